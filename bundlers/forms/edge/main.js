import module from './plain.wasm';

const instance = await WebAssembly.instantiate(module);
console.log(module instanceof WebAssembly.Module, instance.exports.twice(8));
