/** Random modules from binaryen's `wasm-opt -ttf`, which turns any bytes into a valid module. */

import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Random } from '../mutate/random.js';

const run = promisify(execFile);
const WASM_OPT = join(
  dirname(createRequire(import.meta.url).resolve('binaryen/package.json')),
  'bin/wasm-opt',
);

/** What is lowered, and what Node 20's own WebAssembly knows. NaN bits are not deterministic. */
const FEATURES = [
  '-mvp',
  '--enable-sign-ext',
  '--enable-mutable-globals',
  '--enable-nontrapping-float-to-int',
  '--enable-bulk-memory',
  '--enable-bulk-memory-opt',
  '--enable-reference-types',
  '--enable-multivalue',
  '--enable-tail-call',
  '--denan',
];

/** Lengths of the random input; longer ones give larger modules. */
const LENGTHS = [200, 500, 1000, 2000, 4000, 8000, 16000, 30000];
/** Optimisation passes afterwards give the shapes that compilers emit. */
const SHAPES = [[], [], ['--fuzz-passes'], ['-O1'], ['-O2'], ['-O3', '--flatten', '-Os']];

/** The generator's input and options that a seed stands for. */
export interface Recipe {
  input: Uint8Array;
  options: string[];
}

/** The recipe of a seed. */
export function recipeOf(seed: number): Recipe {
  const random = new Random(seed);
  const options = random.pick(SHAPES);
  const input = Uint8Array.from({ length: random.pick(LENGTHS) }, () => random.bits());
  return { input, options };
}

/** Makes the module of a recipe; `stem` is a path for temporary files, without extension. */
export async function generate({ input, options }: Recipe, stem: string): Promise<Uint8Array> {
  await writeFile(`${stem}.bin`, input);
  const args = [WASM_OPT, '-ttf', `${stem}.bin`, '-o', `${stem}.wasm`, ...FEATURES, ...options];
  await run(process.execPath, args, { timeout: 300_000 });
  return new Uint8Array(await readFile(`${stem}.wasm`));
}
