/** Brotli (Rust, wasm-bindgen): a step compresses a file, decompresses it again and compares. */
export default async ({ instantiate, load, program: { glue, args } }) => {
  const { readFileSync } = await load('node:fs');
  // The package's script instantiates through the global object.
  const engine = globalThis.WebAssembly;
  const replacement = {
    __proto__: engine ?? null,
    Instance: class {},
    instantiate: async (_, imports) => ({ instance: { exports: instantiate(imports) } }),
  };
  globalThis.WebAssembly = replacement;
  const brotli = await load(glue);
  await brotli.default(new Uint8Array());
  globalThis.WebAssembly = engine;
  const input = readFileSync(args[0]);
  return () => {
    const packed = brotli.compress(input, { quality: Number(args[1]) });
    return `${packed.length} ${Buffer.compare(input, brotli.decompress(packed)) === 0}`;
  };
};
