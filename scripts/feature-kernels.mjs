/**
 * Measures garbage-collected objects (gc-kernels.wat), exceptions (exception-kernels.wat) or atomic accesses
 * (atomic-kernels.wat): compiled to JavaScript, and by the engine's own WebAssembly.
 * `hosts/node_modules/node-26/bin/node scripts/feature-kernels.mjs gc` (or `exception`, `atomic`) prints the best of nine runs of each in milliseconds, and the ratio.
 */
import { readFileSync } from 'node:fs';
import { runInThisContext } from 'node:vm';
import { parse } from '@bytecodealliance/jco';
import { compile } from '@wasm2js/codegen';
import { decodeModule } from '@wasm2js/decoder';

/** Rounds of each kernel, by feature. */
const FEATURES = {
  gc: {
    alloc: 200,
    list: 3000,
    float: 3000,
    sieve: 300,
    matrix: 3000,
    virtual: 3000,
    casts: 3000,
    small: 300000,
  },
  atomic: Object.fromEntries(
    'add32 add16 add8 add64 cmpxchg32 cmpxchg64 load32 load64 store32 store64 plain8 plain32 plain64 plainf64'
      .split(' ')
      .map((name) => [name, 300000]),
  ),
  exception: { throw: 50000, quiet: 5000000, plain: 5000000 },
};
const feature = process.argv[2] ?? 'gc';
const KERNELS = FEATURES[feature];

const bytes = new Uint8Array(
  await parse(readFileSync(new URL(`${feature}-kernels.wat`, import.meta.url), 'utf8')),
);
const options = { format: 'iife', names: 'keep', data: 'inline' };
const ours = runInThisContext(compile(decodeModule(bytes), options).chunks.join('')).instantiate();
const engine = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;

const best = (run, rounds) => {
  // Engines compile beside what runs, and take their time on a busy machine.
  for (const start = performance.now(); performance.now() - start < 500; ) run(rounds);
  const times = Array.from({ length: 9 }, () => {
    // The processor's time: others may be at work.
    const start = process.cpuUsage();
    run(rounds);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  return Math.min(...times);
};

let sum = 0;
for (const [name, rounds] of Object.entries(KERNELS)) {
  // Memories may hold what other kernels left.
  for (const { reset } of [ours, engine]) reset?.();
  if (!Object.is(ours[name](5), engine[name](5))) throw new Error(`${name} differs`);
  const [a, b] = [best(ours[name], rounds), best(engine[name], rounds)];
  sum += Math.log(a / b);
  console.log(name.padEnd(9), a.toFixed(2), b.toFixed(2), (a / b).toFixed(2));
}
console.log('geomean', Math.exp(sum / Object.keys(KERNELS).length).toFixed(2));
