import { read } from './read.js';

const url = new URL('plain.wasm', import.meta.url);
const { instance } = await WebAssembly.instantiate(await read(url), {});
console.log(instance.exports.twice(6));
