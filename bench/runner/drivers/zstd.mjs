/** zstd: a step compresses a file, decompresses it again and compares. */
export default async ({ instantiate, load, program: { glue, args } }) => {
  const { readFileSync } = await load('node:fs');
  const { Module } = await load(glue);
  const ready = new Promise((resolve) => (Module.onRuntimeInitialized = resolve));
  Module.instantiateWasm = (imports, done) => done({ exports: instantiate(imports) });
  Module.init();
  await ready;
  const input = readFileSync(args[0]);
  return () => {
    const bound = Module._ZSTD_compressBound(input.length);
    const [source, packed, back] = [input.length, bound, input.length].map(Module._malloc);
    Module.HEAPU8.set(input, source);
    const size = Module._ZSTD_compress(packed, bound, source, input.length, Number(args[1]));
    const length = Module._ZSTD_decompress(back, input.length, packed, size);
    const same = Buffer.compare(input, Module.HEAPU8.subarray(back, back + length)) === 0;
    for (const pointer of [source, packed, back]) Module._free(pointer);
    return `${size} ${same}`;
  };
};
