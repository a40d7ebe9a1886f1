/**
 * Measures garbage-collected objects (gc-kernels.wat), exceptions (exception-kernels.wat) or atomic accesses
 * (atomic-kernels.wat): compiled to JavaScript, and by the engine's own WebAssembly.
 * `hosts/node_modules/node-26/bin/node scripts/feature-kernels.mjs gc` (or `exception`, `atomic`) prints the best of nine runs of each in milliseconds, and the ratio.
 * With `atomic`, first of a memory that no other thread can have, then (`+`) of one whose buffer has been asked for.
 * With `gc`, the last is a Java program, `examples/ledger` (not on Node 20, whose WebAssembly lacks what that needs).
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runInThisContext } from 'node:vm';
import { compile } from '@wasm2js/codegen';
import { decodeModule } from '@wasm2js/decoder';
import { createImports, start } from '../examples/ledger/host.mjs';

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

/** A module as what makes it ready. Both are given the same bytes. */
const sides = (bytes, builtins) => {
  const options = { format: 'iife', names: 'keep', data: 'inline' };
  const { instantiate } = runInThisContext(compile(decodeModule(bytes), options).chunks.join(''));
  const module = new WebAssembly.Module(bytes, { builtins });
  return [
    (imports) => instantiate(imports(instantiate.Memory)),
    (imports) => new WebAssembly.Instance(module, imports(WebAssembly.Memory)).exports,
  ];
};

/**
 * A file of text, assembled by a process of its own: the assembler's memory grows, and where a buffer has ever been detached, V8
 * looks at each access to a typed array whether its own is still there.
 */
const assembled = (file) =>
  execFileSync(process.execPath, [
    '--input-type=module',
    '--eval',
    `import { readFileSync } from 'node:fs';
    import { parse } from ${JSON.stringify(import.meta.resolve('@bytecodealliance/jco'))};
    process.stdout.write(await parse(readFileSync(process.argv[1], 'utf8')));`,
    fileURLToPath(file),
  ]);

const bytesOfKernels = new Uint8Array(
  assembled(new URL(`${feature}-kernels.wat`, import.meta.url)),
);
const instances = () => sides(bytesOfKernels, []).map((make) => make(() => undefined));
/** The kernels of one pair of instances. */
const kernelsOf = (pair, mark) =>
  Object.entries(FEATURES[feature]).map(([name, rounds]) => ({
    name: name + mark,
    rounds,
    runs: pair.map((exports) => exports[name]),
    // Memories may hold what other kernels left.
    reset() {
      for (const { reset } of pair) reset?.();
    },
  }));
const groups = [kernelsOf(instances(), '')];
if (feature === 'atomic') {
  const escaped = instances();
  for (const { memory } of escaped) void memory.buffer;
  groups.push(kernelsOf(escaped, '+'));
}

/** The Java program on one side: its answer to so many rounds of work. */
function ledger(make) {
  let lines;
  const exports = make((Memory) =>
    createImports(
      (line) => lines.push(line),
      Memory,
      () => exports,
    ),
  );
  return (rounds) => {
    lines = [];
    start(exports, [String(rounds)]);
    return lines.join();
  };
}
if (feature === 'gc' && Number(process.versions.node.split('.')[0]) >= 24) {
  const bytes = readFileSync(new URL('../examples/ledger/ledger.wasm', import.meta.url));
  const runs = sides(new Uint8Array(bytes), ['js-string']).map(ledger);
  groups[0].push({ name: 'ledger', rounds: 1000, runs, reset() {} });
}

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

for (const measured of groups) {
  const ratios = measured.map(({ name, rounds, runs, reset }) => {
    reset();
    const [ours, engine] = runs;
    if (!Object.is(ours(5), engine(5))) throw new Error(`${name} differs`);
    const [a, b] = [best(ours, rounds), best(engine, rounds)];
    console.log(name.padEnd(10), a.toFixed(2), b.toFixed(2), (a / b).toFixed(2));
    return a / b;
  });
  const mean = ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length;
  console.log('geomean', Math.exp(mean).toFixed(2));
}
