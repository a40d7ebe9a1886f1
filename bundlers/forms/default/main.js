import load from './plain.wasm';

const module = await load();
const { instance } = await load({});
console.log(module instanceof WebAssembly.Module, instance.exports.twice(4));
