let wasm;
export function __wbg_set_wasm(value) {
  wasm = value;
}
export const log = (value) => console.log(`from WebAssembly: ${value}`);
export function greet(name) {
  console.log(`hello, ${name}: ${wasm.run(7)}`);
}
