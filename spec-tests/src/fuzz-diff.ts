/**
 * `npm run fuzz:diff`: random modules by our output against the engine's own WebAssembly. Results,
 * traps, calls of imports, memories and globals must be equal after each call of each export.
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { print } from '@bytecodealliance/jco';
import { type Comparison, NATIVE } from './fuzz/compare.js';
import { Generator, MORE_FEATURES, recipeOf } from './fuzz/generate.js';
import { grow, type MoreFeatures } from './fuzz/grow.js';
import { reduce } from './fuzz/reduce.js';
import { objectShapes } from './fuzz/shape-objects.js';
import { pointerShapes } from './fuzz/shape-pointers.js';
import { wordShapes } from './fuzz/shape-words.js';
import type { CompareRequest } from './fuzz/worker.js';
import { Random } from './mutate/random.js';
import { assemble } from './prepare.js';
import { Child, hostCommand } from './run/child.js';
import { loadModule, UNCHECKED } from './run/pipeline.js';
import { toBase64 } from './script/parse.js';

const USAGE = `npm run fuzz:diff -- [options]
  --count N     number of seeds (2000)
  --seed N      the first seed (1)
  --source S    where modules come from, separated by commas: ttf (wasm-opt), own (fuzz/grow.ts), shapes
                (what passes take for granted: fuzz/shape-*.ts); each seed stands for one module of each
                of them (all)
  --features F  more features, separated by commas, for a host that knows them:
                ${MORE_FEATURES.join(', ')}
  --jobs N      at the same time (2)
  --host PATH   what compares them: a Node, Deno or Bun (the Node that runs this)
  --keep DIR    where finds are kept as text, reduced (spec-tests/fuzzcases)
  --no-reduce   keep finds as they are`;

const WORKER = fileURLToPath(new URL('./fuzz/worker.js', import.meta.url));
const FUZZCASES = fileURLToPath(new URL('../fuzzcases/', import.meta.url));
/** Limit for one comparison, in milliseconds: more is a hang. */
const TIMEOUT = 30_000;
const REDUCED_TIMEOUT = 5_000;
/** Comparisons that a reduction may take. */
const BUDGET = 100_000;

/** Where modules come from. */
type Source = 'ttf' | 'own' | 'shapes';
const sourceNames: Source[] = ['ttf', 'own', 'shapes'];

type Comparer = Child<CompareRequest, Comparison>;

/** What works on one seed at a time; `stem` is a path for its temporary files. */
interface Lane {
  child: Comparer;
  generator: Generator;
  stem: string;
}

async function compareIn(
  child: Comparer,
  bytes: Uint8Array,
  seed: number,
  timeout: number,
  twin?: Uint8Array,
): Promise<Comparison> {
  const request = { bytes: toBase64(bytes), seed, twin: twin && toBase64(twin) };
  const reply = await child.request(request, timeout);
  if ('result' in reply) return reply.result;
  // What does not end natively either says nothing about us.
  const outcome = reply.progress === NATIVE ? 'inconclusive' : 'different';
  return { outcome, detail: `lost: ${reply.lost}`, calls: 0 };
}

/** What a difference is about, without the values: a reduction must not wander to another one. */
const kindOf = (detail: string): string =>
  /(lost|ReferenceError|TypeError|SyntaxError|outcome|log entry|memory|global)/.exec(detail)?.[1] ??
  detail;

/** Features of our own modules by their names on the command line. */
function moreOf(seed: number, features: readonly string[]): MoreFeatures {
  const standard = features.includes('exceptions') && 'standard';
  const legacy = features.includes('legacy-exceptions') && 'legacy';
  // A module has one of the encodings: with both features every second pair of seeds has the other.
  const form = standard && legacy ? (seed & 2 ? standard : legacy) : standard || legacy;
  const atomics = features.includes('threads');
  // Atomic instructions are for other memories, too.
  const memory = {
    atomics,
    shared: atomics && seed % 7 > 1,
    wide: features.includes('memory64') && seed % 5 > 2,
  };
  return { objects: features.includes('gc'), exceptions: form || undefined, memory };
}

/** A module of the shapes that passes are about: values, pointers, and objects where hosts know them. */
const shapeOf = (seed: number, features: readonly string[]): string => {
  const random = new Random(seed);
  if (seed % 3 === 0) return wordShapes(random, UNCHECKED);
  if (features.includes('gc') && seed % 2 === 1) return objectShapes(random, features);
  return pointerShapes(random, features, UNCHECKED);
};

/** A module of our own with pages of a byte that does what the one of this seed does; engines know none. */
function twinOf(seed: number, features: readonly string[]): Uint8Array | undefined {
  if (!features.includes('custom-page-sizes') || seed % 3 > 0) return undefined;
  const { memory, ...more } = moreOf(seed, features);
  return grow(seed, { ...more, memory: { ...memory!, bytes: true } });
}

/** Reduces a find to the text that is kept. */
async function reduceFind(child: Comparer, bytes: Uint8Array, seed: number, found: Comparison) {
  const kind = kindOf(found.detail);
  const holds = async (text: string) => {
    try {
      const candidate = await assemble(text);
      loadModule(candidate);
      const { outcome, detail } = await compareIn(child, candidate, seed, REDUCED_TIMEOUT);
      return outcome === 'different' && kindOf(detail) === kind;
    } catch {
      return false;
    }
  };
  return reduce(await print(bytes), holds, BUDGET);
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '2000' },
      seed: { type: 'string', default: '1' },
      source: { type: 'string', default: sourceNames.join(',') },
      features: { type: 'string', default: '' },
      jobs: { type: 'string', default: '2' },
      host: { type: 'string' },
      keep: { type: 'string', default: FUZZCASES },
      'no-reduce': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const given = values.source.split(',');
  const sources = sourceNames.filter((name) => given.includes(name));
  if (sources.length !== given.length) {
    console.error(`unknown source: ${values.source}`);
    return 2;
  }
  const features = values.features.split(',').filter((name) => name !== '');
  const unknown = features.find((name) => !MORE_FEATURES.includes(name));
  if (unknown !== undefined) {
    console.error(`unknown feature: ${unknown}`);
    return 2;
  }
  const first = Number(values.seed);
  const count = Number(values.count);
  const folder = mkdtempSync(join(tmpdir(), 'wasm2js-fuzz-'));
  const sums = { equal: 0, different: 0, inconclusive: 0, unsupported: 0, calls: 0 };
  let next = first;
  const check = async (lane: Lane, source: Source, seed: number) => {
    const { child, generator, stem } = lane;
    let bytes: Uint8Array;
    try {
      if (source === 'own') bytes = grow(seed, moreOf(seed, features));
      else if (source === 'shapes') bytes = await assemble(shapeOf(seed, features));
      else bytes = await generator.generate(recipeOf(seed, features), stem);
    } catch (error) {
      // The generator gave up on its input: nothing to compare.
      sums.inconclusive++;
      const message = error instanceof Error ? error.message.split('\n')[0] : error;
      console.log(`${source} ${seed}: no module: ${message}`);
      return;
    }
    const twin = source === 'own' ? twinOf(seed, features) : undefined;
    const result = await compareIn(child, bytes, seed, TIMEOUT, twin);
    sums[result.outcome]++;
    sums.calls += result.calls;
    if (result.outcome === 'equal') return;
    console.log(`${source} ${seed}: ${result.outcome}: ${result.detail}`);
    if (result.outcome !== 'different') return;
    // Two modules cannot be reduced at once.
    const text =
      values['no-reduce'] || twin
        ? await print(twin ?? bytes)
        : await reduceFind(child, bytes, seed, result);
    mkdirSync(values.keep, { recursive: true });
    const path = join(values.keep, `${source}-${seed}.wat`);
    const note = result.detail.replaceAll('\n', ' ');
    writeFileSync(path, `;; ${source} ${seed}: ${note}\n${text.trim()}\n`);
    console.log(`  kept as ${path}`);
  };
  const run = async (_: unknown, number: number) => {
    const lane: Lane = {
      child: new Child(hostCommand(values.host, WORKER)),
      generator: new Generator(),
      stem: join(folder, `${number}`),
    };
    for (let seed = next++; seed < first + count; seed = next++) {
      for (const source of sources) await check(lane, source, seed);
    }
    lane.child.stop();
    lane.generator.stop();
  };
  try {
    await Promise.all(Array.from({ length: Number(values.jobs) }, run));
  } finally {
    rmSync(folder, { recursive: true });
  }
  const { equal, different, inconclusive, unsupported, calls } = sums;
  console.log(
    `${calls} calls compared; ${unsupported} modules not supported, ${inconclusive} inconclusive\n` +
      `fuzz:diff: ${equal} passed, ${different + unsupported} failed, ${inconclusive} skipped`,
  );
  return different + unsupported > 0 ? 1 : 0;
}

process.exitCode = await main();
