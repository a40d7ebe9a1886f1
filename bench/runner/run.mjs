// Runs one benchmark of one contender in the host that executes this file, and prints one line of
// JSON. Plain JavaScript, so that Node, Deno and Bun run the very same text.
//   run.mjs CONTENDER FILE SUPPORT WORK
// SUPPORT is the module that the contender needs (polywasm), or `-`. WORK is JSON: of a kernel
// {n, expect}, of a program {driver, glue, args, stdin, dir, wasi}; with {budget, minimum} it is
// repeated until it is steady, else run once.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { drive } from '../../packages/cli/dist/measure/steady.js';

const [contender, file, support, text] = (
  globalThis.Deno ? globalThis.Deno.args : process.argv.slice(2)
).map(String);
const work = JSON.parse(text);
const load = (path) =>
  import(path instanceof URL || path.startsWith('node:') ? `${path}` : pathToFileURL(path).href);

/** The host's own; drivers replace the global one for the scripts of packages. */
const engine = globalThis.WebAssembly;

/** How each contender turns its file into exports, and what it takes for an imported memory. */
const engines = {
  async native() {
    const module = new engine.Module(readFileSync(file));
    return {
      instantiate: (imports) => new engine.Instance(module, imports).exports,
      memory: (limits) => new engine.Memory(limits),
    };
  },
  async polywasm() {
    const { WebAssembly: Poly } = await load(support);
    const module = new Poly.Module(readFileSync(file));
    return {
      instantiate: (imports) => new Poly.Instance(module, imports).exports,
      memory: (limits) => new Poly.Memory(limits),
    };
  },
  async javascript() {
    const module = await load(file);
    const { instantiate } = module;
    const memory = ({ initial, maximum }) =>
      instantiate.Memory
        ? new instantiate.Memory({ initial, maximum })
        : { buffer: new ArrayBuffer(initial * 65536) };
    // A module without imports is an instance already; nobody would make a second one.
    const instance = module.run === undefined ? instantiate : () => module;
    return { instantiate: instance, memory };
  },
};

/** Binaryen's output hands the high half of an i64 result to an import. */
const high = { value: 0 };
const env = { setTempRet0: (value) => (high.value = value), getTempRet0: () => high.value };

/** A result as the decimal text that the manifest expects. */
const resultText = (value, expect) =>
  typeof value === 'bigint' || BigInt.asIntN(32, BigInt(expect)) === BigInt(expect)
    ? String(value)
    : String((BigInt(high.value) << 32n) | BigInt(value >>> 0));

/**
 * Milliseconds: of the wall; for a machine that others use, of the processor: of all threads (BENCH_CLOCK=cpu), or of
 * this one (BENCH_CLOCK=thread), which leaves out what engines compile meanwhile.
 */
const cpuClock = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const threadClock = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};
const clocks = { cpu: cpuClock, thread: threadClock };
const now = clocks[process.env['BENCH_CLOCK']] ?? (() => performance.now());

const start = now();
const { instantiate, memory } = await engines[contender]();
const withEnv = (imports) => instantiate({ ...imports, env: { ...env, ...imports.env } });

/** What the harness itself needs, and makes for a program to read: its time is no part of loading. */
let inputs = 0;
const outside = (make) => {
  const before = now();
  const made = make();
  inputs += now() - before;
  return made;
};
const loadOutside = async (path) => {
  const before = now();
  const module = await load(path);
  inputs += now() - before;
  return module;
};

/** What is done once or again and again, ready to be timed. */
async function prepare() {
  if (work.driver === undefined) {
    const { run } = withEnv({});
    return () => run(work.n);
  }
  const { WASI } = await loadOutside(work.wasi);
  const { default: driver } = await loadOutside(
    new URL(`drivers/${work.driver}.mjs`, import.meta.url),
  );
  return driver({ instantiate: withEnv, memory, outside, WASI, load, program: work });
}

const step = await prepare();
const ready = now();
const once = () => {
  const value = step();
  return { ms: now() - ready, value };
};
const result = work.budget === undefined ? once() : drive(step, work.budget, now, work.minimum);
if (work.driver === undefined) result.value = resultText(result.value, work.expect);
if (result.value instanceof Uint8Array) {
  result.value = createHash('sha256').update(result.value).digest('hex');
}
const memoryUsed = process.resourceUsage?.().maxRSS / 1024;
console.log(
  JSON.stringify({ load: ready - start - inputs, ...result, cpu: cpuClock(), memory: memoryUsed }),
);
