/**
 * How deep recursion goes on the host that executes this file; prints JSON.
 *   probe.mjs native|ours FILE                      kernels: by name, the depths {cold, warm}; DEPTH_COLD: no warm
 *   probe.mjs native|ours FILE PROGRAM DEPTH GLUE   a program: whether it recurses that deep
 */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

const [contender, file, program, depth, ...glue] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(path).href);
const engine = globalThis.WebAssembly;
const { instantiate } =
  contender === 'native'
    ? (() => {
        const module = new engine.Module(readFileSync(file));
        return { instantiate: (imports) => new engine.Instance(module, imports).exports };
      })()
    : await load(file);

/** Calls until the stack is full. */
function fill(exports, name) {
  exports.reset();
  try {
    exports[name](-1, 1);
  } catch {
    return exports.depth();
  }
  throw new Error(`${name} has returned`);
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 100));

async function kernels() {
  const found = {};
  const other = new Set(['reset', 'depth']);
  const make = () => {
    const exports = instantiate({ env: { host: (n) => exports.host(n, 1) } });
    return exports;
  };
  // One instance: a second one would share the first one's compiled code.
  const exports = make();
  for (const name of Object.keys(exports).filter((key) => !other.has(key))) {
    const cold = fill(exports, name);
    if (process.env['DEPTH_COLD'] !== undefined) {
      found[name] = { cold };
      continue;
    }
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 1500; i++) exports[name](40, 1);
      await pause();
    }
    found[name] = { cold, warm: fill(exports, name) };
  }
  return found;
}

/** An instance of the host's own class, as the glue of some packages asks for. */
const instanceOf = (exports) =>
  Object.create(engine.Instance.prototype, { exports: { value: exports } });

const wasi = async (args, preopens = {}) => {
  const { WASI } = await load(
    new URL('../../packages/wasi-runtime/dist/index.js', import.meta.url).pathname,
  );
  return new WASI({ version: 'preview1', args, env: {}, preopens, returnOnExit: true });
};

/** Each recurses `n` deep in the program's own recursive functions, and fails where that is too deep. */
const programs = {
  async quickjs(n) {
    const [core, ffi, emscripten] = await Promise.all(glue.map(load));
    const quickjs = await core.newQuickJSWASMModuleFromVariant({
      type: 'sync',
      importFFI: async () => ffi.QuickJSFFI,
      importModuleLoader: async () => (options) =>
        emscripten.default({
          ...options,
          wasmMemory: new engine.Memory({ initial: 256, maximum: 32768 }),
          instantiateWasm(imports, done) {
            const exports = instantiate(imports);
            done({ exports });
            return exports;
          },
        }),
    });
    const script = `function f(n) { return n === 0 ? 0 : 1 + f(n - 1) } f(${n})`;
    return quickjs.evalCode(script, { maxStackSizeBytes: 0 }) === n;
  },
  async resvg(n) {
    const { initWasm, Resvg } = await load(glue[0]);
    // The glue takes an instance only from the host's own functions.
    const own = engine.instantiate;
    engine.instantiate = async (_, imports) => ({
      instance: { exports: instantiate(imports) },
      module: {},
    });
    await initWasm(new Uint8Array());
    engine.instantiate = own;
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4">${'<g opacity=".9">'.repeat(n)}<rect width="4" height="4"/>${'</g>'.repeat(n)}</svg>`;
    return new Resvg(svg).render().asPng().length > 0;
  },
  async ruby(n) {
    const { RubyVM } = await load(glue[0]);
    const system = await wasi(['ruby']);
    const vm = new RubyVM();
    const imports = { ...system.getImportObject() };
    vm.addToImports(imports);
    const instance = instanceOf(instantiate(imports));
    system.initialize(instance);
    await vm.setInstance(instance);
    vm.initialize(['ruby', '-EUTF-8', '--disable=gems', '-e_=0']);
    // A method of C between any two of Ruby, so that the interpreter's function itself recurses.
    const script = `def f(n) = n == 0 ? 0 : [n].map { |x| 1 + f(x - 1) }[0]\nf(${n})`;
    return Number(vm.eval(script).toString()) === n;
  },
  async python(n) {
    // Through a function of C each time, so that the interpreter's function itself recurses.
    const script = `import sys
sys.setrecursionlimit(10**9)
def f(n):
  return 0 if n == 0 else 1 + next(map(f, (n - 1,)))
assert f(${n}) == ${n}`;
    const system = await wasi(['python', '-c', script], { '/usr': glue[0] });
    return system.start(instanceOf(instantiate(system.getImportObject()))) === 0;
  },
};

if (program === undefined) console.log(JSON.stringify(await kernels()));
else {
  try {
    console.log(JSON.stringify(await programs[program](Number(depth))));
  } catch (error) {
    console.log(JSON.stringify(false));
    if (process.env['DEPTH_DEBUG']) console.error(error);
  }
  process.exit(0);
}
