import init, { memory, twice } from './plain.wasm';

let message;
try {
  twice(1);
} catch (error) {
  message = error.message;
}
await init();
console.log(message, twice(9), memory.buffer.byteLength);
