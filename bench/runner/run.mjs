// Runs one benchmark of one contender in the host that executes this file, and prints one line of
// JSON. Plain JavaScript, so that Node, Deno and Bun run the very same text.
//   run.mjs steady  CONTENDER FILE SUPPORT N MILLISECONDS   calls the export `run` until it is steady
//   run.mjs program CONTENDER FILE SUPPORT JSON             takes one step of a whole program: {driver, glue, args, stdin, dir}
// SUPPORT is the module that the contender needs (polywasm), or `-`.
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { drive } from './steady.mjs';

const [mode, contender, file, support, ...rest] = (
  globalThis.Deno ? globalThis.Deno.args : process.argv.slice(2)
).map(String);
const load = (path) =>
  import(path instanceof URL || path.startsWith('node:') ? `${path}` : pathToFileURL(path).href);

/** How each contender turns its file into exports: imports → { exports, high }. */
const instantiators = {
  async native() {
    const module = new WebAssembly.Module(readFileSync(file));
    return (imports) => new WebAssembly.Instance(module, imports).exports;
  },
  async polywasm() {
    const { WebAssembly: Poly } = await load(support);
    const module = new Poly.Module(readFileSync(file));
    return (imports) => new Poly.Instance(module, imports).exports;
  },
  async javascript() {
    const { instantiate } = await load(file);
    return (imports) => instantiate(imports);
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

/** Milliseconds: of the wall, or (BENCH_CLOCK=cpu) of the processor, for a machine that others use. */
const cpuClock = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const now = process.env['BENCH_CLOCK'] === 'cpu' ? cpuClock : () => performance.now();

const start = now();
const instantiate = await instantiators[contender]();

if (mode === 'steady') {
  const [n, milliseconds, expect] = rest;
  const exports = instantiate({ env });
  const ready = now();
  const result = drive(() => exports.run(Number(n)), Number(milliseconds), now);
  result.value = resultText(result.value, expect);
  console.log(JSON.stringify({ load: ready - start, ...result }));
} else {
  const program = JSON.parse(rest[0]);
  const { WASI } = await load(program.wasi);
  const { default: driver } = await load(new URL(`drivers/${program.driver}.mjs`, import.meta.url));
  const withEnv = (imports) => instantiate({ ...imports, env: { ...env, ...imports.env } });
  const step = await driver({ instantiate: withEnv, WASI, load, program });
  const ready = now();
  const value = step();
  const end = now();
  console.log(JSON.stringify({ load: ready - start, ms: end - ready, value }));
}
