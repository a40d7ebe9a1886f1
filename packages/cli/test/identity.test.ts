/** No build writes a file that it reads, and no two outputs are one file, however they are reached. */

import { spawnSync } from 'node:child_process';
import {
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../src/errors.js';
import { build } from '../src/index.js';
import { writeFiles } from '../src/output.js';
import { command, temporaryFolder, wasm2js } from './cli.js';
import { add } from './programs.js';

const withData = '(module (memory (export "memory") 1) (data (i32.const 0) "hello"))';

/** Makes what a case needs in an empty folder. */
type Setup = (at: (name: string) => string) => void;
const input =
  (name: string, text = add): Setup =>
  (at) =>
    writeFileSync(at(name), text);
const all =
  (...parts: Setup[]): Setup =>
  (at) => {
    for (const part of parts) part(at);
  };
const link =
  (target: string, name: string): Setup =>
  (at) =>
    symlinkSync(target, at(name));

const overwriting: [string, Setup, string[], RegExp][] = [
  ['by name', input('a.mjs'), ['a.mjs', '-o', './a.mjs'], /overwrite the input a\.mjs/],
  [
    'by a link to the input',
    all(input('a.wat'), link('a.wat', 'a.mjs')),
    ['a.wat', '-o', 'a.mjs'],
    /overwrite the input a\.wat/,
  ],
  [
    'by a link that is the input',
    all(input('a.mjs'), link('a.mjs', 'a.wat')),
    ['a.wat', '-o', 'a.mjs'],
    /overwrite the input a\.wat/,
  ],
  [
    'by a hard link',
    all(input('a.wat'), (at) => linkSync(at('a.wat'), at('a.mjs'))),
    ['a.wat', '-o', 'a.mjs', '--no-dts'],
    /overwrite the input a\.wat/,
  ],
  [
    'by a folder that is a link',
    all((at) => mkdirSync(at('real')), input('real/a.mjs'), link('real', 'other')),
    ['real/a.mjs', '-o', 'other/a.mjs'],
    /overwrite the input/,
  ],
  [
    'by links over links',
    all(input('a.wat'), link('a.wat', 'b'), link('b', 'a.mjs')),
    ['b', '-o', 'a.mjs'],
    /overwrite the input/,
  ],
  ['the declarations', input('b.d.mts'), ['b.d.mts', '-o', 'b.mjs'], /output b\.d\.mts would over/],
  [
    'the declarations, by a link',
    all(input('b.wat'), link('b.wat', 'b.d.cts')),
    ['b.wat', '-o', 'b.cjs'],
    /output b\.d\.cts would over/,
  ],
  [
    'the data file',
    input('app.data', withData),
    ['app.data', '-o', 'app.mjs', '--data', 'file'],
    /output app\.data would overwrite the input app\.data/,
  ],
  [
    'the data file, by a hard link',
    all(input('a.wat', withData), (at) => linkSync(at('a.wat'), at('app.data'))),
    ['a.wat', '-o', 'app.mjs', '--data', 'file', '--no-dts'],
    /output app\.data would overwrite/,
  ],
];

const twice: [string, Setup, string[]][] = [
  [
    'script and data file',
    input('a.wat', withData),
    ['a.wat', '-o', 'app.data', '--data', 'file', '--format', 'esm'],
  ],
  [
    'script and declarations, by a link',
    all(input('a.wat'), input('x', ''), link('x', 'a.mjs'), link('x', 'a.d.mts')),
    ['a.wat', '-o', 'a.mjs'],
  ],
  [
    'script and declarations, by a link to nothing yet',
    all(input('a.wat'), link('a.mjs', 'a.d.mts')),
    ['a.wat', '-o', 'a.mjs'],
  ],
  [
    'data file and declarations, by hard links',
    all(input('a.wat', withData), input('b.data', ''), (at) =>
      linkSync(at('b.data'), at('b.d.mts')),
    ),
    ['a.wat', '-o', 'b.mjs', '--data', 'file'],
  ],
  [
    'two links into a folder to be made',
    all(input('a.wat'), link('new/x', 'a.mjs'), link('./new/../new/x', 'a.d.mts')),
    ['a.wat', '-o', 'a.mjs'],
  ],
];

/** The tree with the contents of its files. */
const snapshot = (folder: string): [string, string][] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry): [string, string] => {
      const path = join(entry.parentPath, entry.name);
      return [path, entry.isFile() ? readFileSync(path, 'utf8') : ''];
    })
    .sort();

const refused = (setup: Setup, args: string[], message: RegExp): void => {
  const folder = temporaryFolder();
  setup((name) => join(folder, name));
  const before = snapshot(folder);
  const result = wasm2js(['build', ...args], { cwd: folder });
  expect(result.stderr).toMatch(/^wasm2js: error: [^\n]+\n$/);
  expect(result.stderr).toMatch(message);
  expect([result.code, result.stdout]).toEqual([2, '']);
  expect(snapshot(folder)).toEqual(before);
};

describe('an input is never overwritten', () => {
  test.each(overwriting)('%s', (_, setup, args, message) => refused(setup, args, message));

  test('standard input and output are files too', () => {
    const folder = temporaryFolder();
    const at = (name: string): string => join(folder, name);
    for (const [args, from, to] of [
      [['-', '-o', 'a.mjs'], 'a.mjs', undefined],
      [['a.mjs', '-o', '-'], undefined, 'a.mjs'],
      [['-', '-o', '-'], 'a.mjs', 'a.mjs'],
      [['a.mjs', '-o', '/dev/stdout'], undefined, 'a.mjs'],
    ] as const) {
      writeFileSync(at('a.mjs'), add);
      const stdin = from === undefined ? 'ignore' : openSync(at(from), 'r');
      const stdout = to === undefined ? 'ignore' : openSync(at(to), 'a');
      const options = { cwd: folder, encoding: 'utf8' } as const;
      const result = spawnSync(process.execPath, [command, 'build', ...args], {
        ...options,
        stdio: [stdin, stdout, 'pipe'],
      });
      for (const one of [stdin, stdout]) if (typeof one === 'number') closeSync(one);
      expect(result.stderr).toMatch(
        /^wasm2js: error: the output would overwrite the input [^\n]+\n$/,
      );
      expect([args, result.status]).toEqual([args, 2]);
      expect(readFileSync(at('a.mjs'), 'utf8')).toBe(add);
      expect(readdirSync(folder)).toEqual(['a.mjs']);
    }
  });

  test('the function build refuses with a UsageError', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'b.d.mts');
    writeFileSync(path, add);
    const building = build({ input: path, output: join(folder, 'b.mjs') });
    await expect(building).rejects.toThrow(UsageError);
    expect(readFileSync(path, 'utf8')).toBe(add);
  });

  test('what only looks alike is built', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'app.data'), add);
    // No data, so no data file.
    const args = ['build', 'app.data', '-o', 'app.mjs', '--data', 'file'];
    expect(wasm2js(args, { cwd: folder }).stderr).toBe('');
    expect(readFileSync(join(folder, 'app.data'), 'utf8')).toBe(add);
    expect(readdirSync(folder)).toEqual(['app.d.mts', 'app.data', 'app.mjs']);
  });
});

describe('no two outputs are one file', () => {
  test.each(twice)('%s', (_, setup, args) => refused(setup, args, /two outputs are one file/));

  test('that the file system takes two names for one shows while writing', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'a');
    const writing = writeFiles([
      { path, chunks: ['1'] },
      { path: join(folder, 'new', '..', 'a'), chunks: ['2'] },
    ]);
    await expect(writing).rejects.toThrow(/two outputs are one file/);
    expect(readdirSync(folder)).toEqual([]);
  });
});

test('a link to nothing yet stays a link', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'a.wat'), add);
  symlinkSync('made/real.mjs', join(folder, 'a.mjs'));
  const args = ['build', 'a.wat', '-o', 'a.mjs', '--no-dts'];
  expect(wasm2js(args, { cwd: folder }).stderr).toBe('');
  expect(readFileSync(join(folder, 'made/real.mjs'), 'utf8')).toContain('add');
});

test('a build that fails leaves no folder behind', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'there'));
  const writing = writeFiles([
    { path: join(folder, 'new/deep/a'), chunks: ['1'] },
    { path: join(folder, 'there'), chunks: ['2'] },
  ]);
  await expect(writing).rejects.toThrow(/is a directory/);
  expect(readdirSync(folder)).toEqual(['there']);
});

test('a name as long as the file system allows is written', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'a.wat'), add);
  const stem = 'y'.repeat(248);
  const names = [`${stem}.d.mts`, `${stem}.mjs`];
  await build({ input: join(folder, 'a.wat'), output: join(folder, names[1]!) });
  expect(readdirSync(folder).sort()).toEqual(['a.wat', ...names]);
});
