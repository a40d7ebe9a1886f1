import init from './plain.wasm?init';

const instance = await init();
console.log(instance instanceof WebAssembly.Instance, instance.exports.twice(21));
