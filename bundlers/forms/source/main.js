import source math from './math.wasm';

console.log(math instanceof WebAssembly.Module);
console.log(
  WebAssembly.Module.exports(math)
    .map(({ name, kind }) => `${name}:${kind}`)
    .join(),
);
const imports = {
  './env.js': { base: () => 100 },
  './counter.wasm': { counter: new WebAssembly.Global({ value: 'i32', mutable: true }, 9) },
};
const { exports } = new WebAssembly.Instance(math, imports);
console.log(exports.add(1, 2), exports.shared(), exports.answer.value);
