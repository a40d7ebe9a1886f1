/** What is measured: the kernels of the manifest, as calls and as programs, and programs from npm. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NpmProgram, npmPrograms } from './npm-programs.js';
import { benchRoot } from './packages.js';

/** A kernel that exports `run(n)`; `expect` is its result as decimal text. */
export interface Kernel {
  kind: 'kernel';
  name: string;
  group: string;
  wasm: string;
  n: number;
  expect: string;
}

/** A whole program; `expect` is its output, undefined where native WebAssembly is the judge. */
export interface Program {
  kind: 'program';
  name: string;
  group: string;
  wasm: string;
  /** Which file of runner/drivers runs it, and the script of its package that it needs for that. */
  driver: string;
  glue?: string;
  args: string[];
  stdin?: string;
  dir?: string;
  expect?: string;
  /** Peers that are known to need hours or more memory than there is, with the reason. */
  hopeless?: Readonly<Record<string, string>>;
}

export type Benchmark = Kernel | Program;

interface ManifestEntry {
  name: string;
  group: string;
  n: number;
  expect: string;
  once?: number;
  expectOnce?: string;
}

const manifest = (): ManifestEntry[] =>
  JSON.parse(readFileSync(join(benchRoot, 'kernels/manifest.json'), 'utf8')).kernels;

/** All kernels, for the steady state. */
export function kernels(): Kernel[] {
  return manifest().map(({ name, group, n, expect }) => ({
    kind: 'kernel',
    name,
    group,
    wasm: join(benchRoot, 'kernels/wasm', `${name}.wasm`),
    n,
    expect,
  }));
}

/** All whole programs, for one run each in a fresh process. */
export function programs(): Program[] {
  const own = manifest().flatMap(({ name, group, once, expectOnce }): Program[] =>
    once === undefined
      ? []
      : [
          {
            kind: 'program',
            name,
            group,
            wasm: join(benchRoot, 'programs', `${name}.wasm`),
            driver: 'command',
            args: [name, String(once)],
            expect: `${expectOnce}\n`,
          },
        ],
  );
  const foreign = npmPrograms().map(
    (program: NpmProgram): Program => ({ kind: 'program', group: 'npm', ...program }),
  );
  return [...own, ...foreign];
}
