/** What is measured: the kernels of the manifest, as calls and as programs, and whole programs. */

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Benchmark, Kernel, Program } from './benchmark.js';
import { markdownFile, proseFile } from './inputs.js';
import { npmPrograms } from './npm-programs.js';
import { benchRoot, workspaceRoot } from './packages.js';

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

const kernels = (): Kernel[] =>
  manifest().map(({ name, group, n, expect }) => ({
    kind: 'kernel',
    name,
    group,
    sets: ['steady'],
    wasm: join(benchRoot, 'kernels/wasm', `${name}.wasm`),
    n,
    expect,
  }));

/** The kernels that are programs too. */
const ownPrograms = (): Program[] =>
  manifest().flatMap(({ name, group, once, expectOnce }): Program[] =>
    once === undefined
      ? []
      : [
          {
            kind: 'program',
            name,
            group,
            sets: ['oneshot'],
            wasm: join(benchRoot, 'programs', `${name}.wasm`),
            driver: 'command',
            args: [name, String(once)],
            expect: `${expectOnce}\n`,
          },
        ],
  );

/** The programs of examples/ in C, C++ and Rust, on larger inputs, and started for a small one. */
function exampleProgram(
  name: string,
  small: readonly string[],
  large: Partial<Program>,
): Program[] {
  const folder = join(workspaceRoot, 'examples', name);
  const wasm = join(folder, `${name}.wasm`);
  const common = { kind: 'program', group: 'examples', wasm, driver: 'command' } as const;
  const args = [name, ...small];
  return [
    { ...common, name, sets: ['oneshot'], args: [name], ...large },
    { ...common, name: `${name}-start`, sets: ['cold'], args, dir: folder },
  ];
}

const within = (name: string, file: string, ...options: string[]): Partial<Program> => ({
  args: [name, ...options, file.slice(dirname(file).length + 1)],
  dir: dirname(file),
});

/** Everything that can be measured here. */
export const benchmarks = (): Benchmark[] => [
  ...kernels(),
  ...ownPrograms(),
  ...exampleProgram('wordfreq', ['poem.txt'], within('wordfreq', proseFile(380_000), '-n', '20')),
  ...exampleProgram('markdown', ['sample.md'], within('markdown', markdownFile())),
  ...exampleProgram('primes', ['1000'], { args: ['primes', '6000000'] }),
  ...npmPrograms(),
];
