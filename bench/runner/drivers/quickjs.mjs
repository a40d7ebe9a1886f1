/** QuickJS through quickjs-emscripten-core: a step evaluates the script in a fresh context. */
export default async ({ instantiate, memory, load, program: { glue, args } }) => {
  const { readFileSync } = await load('node:fs');
  const [core, ffi, emscripten] = await Promise.all(glue.map(load));
  const instantiateWasm = (imports, done) => {
    const exports = instantiate(imports);
    done({ exports });
    return exports;
  };
  const wasmMemory = memory({ initial: 256, maximum: 32768 });
  const quickjs = await core.newQuickJSWASMModuleFromVariant({
    type: 'sync',
    importFFI: async () => ffi.QuickJSFFI,
    importModuleLoader: async () => (options) =>
      emscripten.default({ ...options, wasmMemory, instantiateWasm }),
  });
  const script = readFileSync(args[0], 'utf8');
  return () => String(quickjs.evalCode(script));
};
