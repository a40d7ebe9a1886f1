const math = await import.source('./math.wasm');
console.log(
  WebAssembly.Module.imports(math)
    .map(({ module, name }) => `${module} ${name}`)
    .join(),
);
