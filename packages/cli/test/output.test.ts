import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeFiles } from '../src/output.js';
import { temporaryFolder } from './cli.js';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

test('writes strings and bytes, far more than a stream holds', async () => {
  const chunks = Array.from({ length: 3000 }, (_, index) => `${index}\n`.repeat(20));
  await writeFiles([
    { path: at('a'), chunks },
    { path: at('b'), chunks: [new Uint8Array([0, 255]), 'é'] },
  ]);
  expect(readFileSync(at('a'), 'utf8')).toBe(chunks.join(''));
  expect([...readFileSync(at('b'))]).toEqual([0, 255, 0xc3, 0xa9]);
});

test('a source that fails leaves everything as it was', async () => {
  writeFileSync(at('old'), 'old');
  function* failing() {
    yield 'half';
    throw new Error('no more');
  }
  const before = readdirSync(folder);
  const writing = writeFiles([
    { path: at('old'), chunks: ['new'] },
    { path: at('other'), chunks: failing() },
  ]);
  await expect(writing).rejects.toThrow('no more');
  expect(readdirSync(folder)).toEqual(before);
  expect(readFileSync(at('old'), 'utf8')).toBe('old');
});

test('a target that turns into a folder meanwhile: earlier ones are put back', async () => {
  writeFileSync(at('first'), 'old');
  function* meanwhile() {
    yield 'text';
    mkdirSync(at('second/x'), { recursive: true });
  }
  const writing = writeFiles([
    { path: at('first'), chunks: ['new'] },
    { path: at('second'), chunks: meanwhile() },
  ]);
  await expect(writing).rejects.toThrow();
  expect(readFileSync(at('first'), 'utf8')).toBe('old');
  expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
});

test.skipIf(!existsSync('/dev/null'))('a device is written to, not replaced', async () => {
  await writeFiles([{ path: '/dev/null', chunks: ['x'] }]);
  expect(readFileSync('/dev/null', 'utf8')).toBe('');
});
