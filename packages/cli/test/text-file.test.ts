/** The file that the text of a large module's functions is in while others are compiled. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { build } from '../src/index.js';
import { TextFile } from '../src/text-file.js';
import { temporaryFolder } from './cli.js';

const folder = temporaryFolder();
const PIECES = [3, 70_000, 5].map((length, i) =>
  Uint8Array.from({ length }, (_, at) => at * 7 + i),
);

/** Writes all pieces from one array, which is overwritten, and reads parts of them. */
function check(file: TextFile): void {
  const shared = new Uint8Array(70_000);
  for (const piece of PIECES) {
    shared.set(piece);
    file.write(shared.subarray(0, piece.length));
    shared.fill(0);
  }
  expect([...file.read(70_003, 70_008)]).toEqual([...PIECES[2]!]);
  expect(file.read(3, 70_003)).toEqual(PIECES[1]);
  expect([...file.read(0, 2)]).toEqual([...PIECES[0]!.subarray(0, 2)]);
  expect([...file.read(1000, 1004)]).toEqual([...PIECES[1]!.subarray(997, 1001)]);
  file.close();
}

test('gives back what was written, and leaves nothing in its folder', () => {
  const own = join(folder, 'own');
  mkdirSync(own);
  check(new TextFile(own));
  expect(readdirSync(own)).toEqual([]);
});

test('without a folder for files text is in memory', () =>
  check(new TextFile(join(folder, 'none'))));

test('a large module is built to the same text as a small one, by way of a file that does not stay', async () => {
  // Each function is alike another one, so that they are put into another order.
  const body = (i: number): string =>
    Array.from({ length: 40 }, (_, k) => `(i32.const ${(i % 20) * 1000 + k}) (i32.xor)`).join(' ');
  const functions = Array.from(
    { length: 60 },
    (_, i) => `(func (export "f${i}") (param i32) (result i32) (local.get 0) ${body(i)})`,
  );
  const wat = join(folder, 'm.wat');
  writeFileSync(wat, `(module ${functions.join('')} (memory 1) (data (i32.const 8) "some data"))`);
  const small = join(folder, 'small.mjs');
  await build({ input: wat, output: small });
  const { toBinary } = await import('../src/input.js');
  const bytes = await toBinary(readFileSync(wat), wat);
  const size = 8 << 20;
  // A custom section: its id, its size in five bytes, an empty name.
  const head = [0, ...[0, 7, 14, 21].map((shift) => ((size >> shift) & 127) | 128), 0, 0];
  const input = new Uint8Array(bytes.length + 6 + size);
  input.set(bytes);
  input.set(head, bytes.length);
  const own = join(folder, 'temporary');
  mkdirSync(own);
  vi.stubEnv('TMPDIR', own);
  const large = join(folder, 'large.mjs');
  await build({ input, output: large });
  vi.unstubAllEnvs();
  expect(readdirSync(own)).toEqual([]);
  // The header names the input.
  const text = (path: string): string => readFileSync(path, 'utf8').replace(/^.*\n/, '');
  expect(text(large)).toBe(text(small));
});
