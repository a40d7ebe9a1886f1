import module from './plain.wasm?module';

const { exports } = await WebAssembly.instantiate(module, {});
console.log(module instanceof WebAssembly.Module, exports.twice(-3));
