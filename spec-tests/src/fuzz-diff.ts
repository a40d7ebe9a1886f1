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
import { generate, type Recipe, recipeOf } from './fuzz/generate.js';
import { reduce } from './fuzz/reduce.js';
import type { CompareRequest } from './fuzz/worker.js';
import { assemble } from './prepare.js';
import { Child, hostCommand } from './run/child.js';
import { loadModule } from './run/pipeline.js';
import { toBase64 } from './script/parse.js';

const USAGE = `npm run fuzz:diff -- [options]
  --count N     number of modules (2000)
  --seed N      seed of the first one (1); module i has seed + i
  --jobs N      at the same time (2)
  --keep DIR    where finds are kept as text, reduced (spec-tests/fuzzcases)
  --no-reduce   keep finds as they are`;

const WORKER = fileURLToPath(new URL('./fuzz/worker.js', import.meta.url));
const FUZZCASES = fileURLToPath(new URL('../fuzzcases/', import.meta.url));
/** Limit for one comparison, in milliseconds: more is a hang. */
const TIMEOUT = 30_000;
const REDUCED_TIMEOUT = 5_000;
/** Comparisons that a reduction may take. */
const BUDGET = 4000;

type Comparer = Child<CompareRequest, Comparison>;

async function compareIn(
  child: Comparer,
  bytes: Uint8Array,
  seed: number,
  timeout: number,
): Promise<Comparison> {
  const reply = await child.request({ bytes: toBase64(bytes), seed }, timeout);
  if ('result' in reply) return reply.result;
  // What does not end natively either says nothing about us.
  const outcome = reply.progress === NATIVE ? 'inconclusive' : 'different';
  return { outcome, detail: `lost: ${reply.lost}`, calls: 0 };
}

/** What a difference is about, without the values: a reduction must not wander to another one. */
const kindOf = (detail: string): string =>
  /(lost|ReferenceError|TypeError|SyntaxError|outcome|log entry|memory|global)/.exec(detail)?.[1] ??
  detail;

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
  const text = await foldedText(bytes);
  return (await holds(text)) ? reduce(text, holds, BUDGET) : print(bytes);
}

/** The text of a module with folded instructions, which can be cut more freely. */
async function foldedText(bytes: Uint8Array): Promise<string> {
  const { default: binaryen } = await import('binaryen');
  const module = binaryen.readBinary(bytes);
  try {
    return module.emitText();
  } finally {
    module.dispose();
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '2000' },
      seed: { type: 'string', default: '1' },
      jobs: { type: 'string', default: '2' },
      keep: { type: 'string', default: FUZZCASES },
      'no-reduce': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const first = Number(values.seed);
  const count = Number(values.count);
  const folder = mkdtempSync(join(tmpdir(), 'wasm2js-fuzz-'));
  const sums = { equal: 0, different: 0, inconclusive: 0, unsupported: 0, calls: 0 };
  let next = first;
  const lane = async (_: unknown, laneNumber: number) => {
    const child: Comparer = new Child(hostCommand(undefined, WORKER));
    for (let seed = next++; seed < first + count; seed = next++) {
      const recipe: Recipe = recipeOf(seed);
      const bytes = await generate(recipe, join(folder, `${laneNumber}`));
      const result = await compareIn(child, bytes, seed, TIMEOUT);
      sums[result.outcome]++;
      sums.calls += result.calls;
      if (result.outcome === 'unsupported') console.log(`seed ${seed}: ${result.detail}`);
      if (result.outcome !== 'different') continue;
      console.log(`seed ${seed}: ${result.detail}`);
      const text = values['no-reduce']
        ? await print(bytes)
        : await reduceFind(child, bytes, seed, result);
      mkdirSync(values.keep, { recursive: true });
      const path = join(values.keep, `seed-${seed}.wat`);
      const note = result.detail.replaceAll('\n', ' ');
      writeFileSync(path, `;; seed ${seed}: ${note}\n${text.trim()}\n`);
      console.log(`  kept as ${path}`);
    }
    child.stop();
  };
  try {
    await Promise.all(Array.from({ length: Number(values.jobs) }, lane));
  } finally {
    rmSync(folder, { recursive: true });
  }
  const { equal, different, inconclusive, unsupported, calls } = sums;
  console.log(
    `fuzz: ${equal} equal, ${different} different, ${inconclusive} inconclusive, ` +
      `${unsupported} unsupported; ${calls} calls compared`,
  );
  return different > 0 || unsupported > 0 ? 1 : 0;
}

process.exitCode = await main();
