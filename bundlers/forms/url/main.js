import url from './plain.wasm?url';
import { read } from './read.js';

const { instance, module } = await WebAssembly.instantiate(await read(url), {});
console.log(instance.exports.twice(5), module instanceof WebAssembly.Module);
