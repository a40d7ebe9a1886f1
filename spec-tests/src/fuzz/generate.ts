/** Random modules from binaryen's `wasm-opt -ttf`, which turns any bytes into a valid module. */

import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Random } from '../mutate/random.js';
import { Child, hostCommand } from '../run/child.js';
import { bytesOf } from '../run/execute.js';
import type { Generated, GenerateRequest } from './generator.js';

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

/** Every second module has vectors. Relaxed instructions are left out: engines differ. */
const VECTORS = ['--enable-simd'];

/** Features by the names of `--features`: what newer engines know. */
const MORE: Record<string, string[]> = {
  // Engines refuse modules that mix both forms of exceptions.
  threads: ['--enable-threads'],
  exceptions: ['--enable-exception-handling', '--emit-exnref'],
  // Its generator knows the other form.
  'legacy-exceptions': [],
  gc: ['--enable-gc'],
  // Its generator makes no such memories.
  memory64: [],
  'custom-page-sizes': [],
};

/** Names of the features that can be asked for. */
export const MORE_FEATURES = Object.keys(MORE);

/** Lengths of the random input; longer ones give larger modules. */
const LENGTHS = [200, 500, 1000, 2000, 4000, 8000, 16000, 30000];
/** Optimisation passes afterwards give the shapes that compilers emit. */
const SHAPES = [[], [], ['--fuzz-passes'], ['-O1'], ['-O2'], ['-O3', '--flatten', '-Os']];

/** The generator's input and options that a seed stands for. */
export interface Recipe {
  input: Uint8Array;
  options: string[];
}

/** The recipe of a seed. @param features names among `MORE_FEATURES` */
export function recipeOf(seed: number, features: readonly string[] = []): Recipe {
  const random = new Random(seed);
  // Flattening knows no exceptions.
  const shape = random.pick(SHAPES).filter((pass) => features.length === 0 || pass !== '--flatten');
  const more = features.flatMap((name) => MORE[name]!);
  const options = [...shape, ...(seed % 2 === 0 ? VECTORS : []), ...more];
  const input = Uint8Array.from({ length: random.pick(LENGTHS) }, () => random.bits());
  return { input, options };
}

/** Limit for one module, in milliseconds. */
const TIMEOUT = 300_000;

/** Makes modules in a child process (generator.ts), one at a time. */
export class Generator {
  private readonly child = new Child<GenerateRequest, Generated>(
    hostCommand(undefined, fileURLToPath(new URL('generator.js', import.meta.url))),
  );

  /**
   * Makes the module of a recipe; `stem` is a path for temporary files, without extension. Throws an
   * Error when wasm-opt gives up.
   */
  async generate({ input, options }: Recipe, stem: string): Promise<Uint8Array> {
    const output = `${stem}.wasm`;
    await writeFile(`${stem}.bin`, input);
    const args = ['-ttf', `${stem}.bin`, '-o', output, ...FEATURES, ...options];
    const reply = await this.child.request({ args, output }, TIMEOUT);
    if ('lost' in reply) throw new Error(reply.lost);
    if ('failed' in reply.result) throw new Error(reply.result.failed);
    return bytesOf(reply.result.bytes);
  }

  /** Ends the child process. */
  stop(): void {
    this.child.stop();
  }
}
