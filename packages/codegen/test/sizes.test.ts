/** What small modules weigh, gzipped, with the default options of a build. `npm run sizes` prints more. */
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { decodeModule } from '@wasm2js/decoder';
import { expect, test } from 'vitest';
import { compile } from '../src/index.js';
import { text } from './building.js';

const weigh = (content: string | Uint8Array): number => gzipSync(content, { level: 9 }).length;
const esm = async (wat: string): Promise<number> => weigh(await text(wat, { format: 'esm' }));

test('add: 0.42 KB', async () => {
  const add = '(func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add)';
  expect(await esm(`(module ${add})`)).toBeLessThanOrEqual(420);
});

const NUMERIC = `(func (export "sum") (param i32 i32) (result i32) (local i32)
    (loop $l (local.set 2 (i32.add (local.get 2) (i32.load (local.get 0))))
      (local.set 0 (i32.add (local.get 0) (i32.const 4)))
      (br_if $l (i32.lt_u (local.get 0) (local.get 1)))) (local.get 2))
  (func (export "store") (param i32 f64) (f64.store (local.get 0) (local.get 1)))`;
const LOAD = '(func (export "f") (param i32) (result i32) (i32.load (local.get 0)))';

test('one memory and numeric exports: 1 KB, 1.4 to 1.6 KB with its export', async () => {
  expect(await esm(`(module (memory 1) ${NUMERIC})`)).toBeLessThanOrEqual(1025);
  expect(await esm(`(module (memory (export "memory") 1) ${LOAD})`)).toBeLessThanOrEqual(1430);
  const integers = NUMERIC.slice(0, NUMERIC.lastIndexOf('(func'));
  expect(
    await esm(`(module (memory (export "memory") 1) ${LOAD} ${integers})`),
  ).toBeLessThanOrEqual(1500);
  expect(await esm(`(module (memory (export "memory") 1) ${NUMERIC})`)).toBeLessThanOrEqual(1590);
});

test('kernels of 5 to 20 KB: less than 2.5 times the module in the median', () => {
  const folder = new URL('../../../bench/kernels/wasm/', import.meta.url);
  const ratios = readdirSync(folder)
    .map((name) => new Uint8Array(readFileSync(new URL(name, folder))))
    .filter(({ length }) => length >= 5_000 && length <= 20_000)
    .map((bytes) => {
      const options = { format: 'esm', names: 'keep', data: 'inline' } as const;
      return weigh(compile(decodeModule(bytes), options).chunks.join('')) / weigh(bytes);
    })
    .sort((a, b) => a - b);
  expect(ratios.length).toBeGreaterThan(2);
  expect(ratios[ratios.length >> 1]).toBeLessThan(2.5);
});
