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

const INTEGERS = NUMERIC.slice(0, NUMERIC.lastIndexOf('(func'));
const MEMORY = '(memory (export "memory") 1)';
const FLOATS = `(func (export "load") (param i32) (result f64) (f64.load (local.get 0)))
  (func (export "sum") (param i32 i32) (result f64) (local f64)
    (loop $l (local.set 2 (f64.add (local.get 2) (f64.load (local.get 0))))
      (local.set 0 (i32.add (local.get 0) (i32.const 8)))
      (br_if $l (i32.lt_u (local.get 0) (local.get 1)))) (local.get 2))
  (func (export "scale") (param i32 i32 f64)
    (loop $l (f64.store (local.get 0) (f64.mul (local.get 2) (f64.load (local.get 0))))
      (local.set 0 (i32.add (local.get 0) (i32.const 8)))
      (br_if $l (i32.lt_u (local.get 0) (local.get 1)))))`;

test('one memory and numeric exports: 1 KB, 1.4 to 1.7 KB with its export', async () => {
  expect(await esm(`(module (memory 1) ${NUMERIC})`)).toBeLessThanOrEqual(1007);
  expect(await esm(`(module ${MEMORY} ${LOAD})`)).toBeLessThanOrEqual(1425);
  expect(await esm(`(module ${MEMORY} ${LOAD} ${INTEGERS})`)).toBeLessThanOrEqual(1500);
  expect(await esm(`(module ${MEMORY} ${NUMERIC})`)).toBeLessThanOrEqual(1563);
  expect(await esm(`(module ${MEMORY} ${FLOATS})`)).toBeLessThanOrEqual(1688);
});

const bulk = (name: string): string =>
  `(func (export "f") (param i32 i32 i32) (${name} (local.get 0) (local.get 1) (local.get 2)))`;
const GLOBAL = '(global (export "g") (mut i32) (i32.const 7))';

/** What else a module may have, beside a memory that it exports unless that is said: bytes gzipped. */
const KINDS: [kind: string, text: string, bytes: number][] = [
  ['f32', `${MEMORY} ${FLOATS.replaceAll('f64', 'f32')}`, 1685],
  ['an i64 result', `${MEMORY} ${LOAD.replaceAll('(result i32) (i32', '(result i64) (i64')}`, 1530],
  [
    'i64 alone',
    '(func (export "f") (param i64 i64) (result i64) (i64.add (local.get 0) (local.get 1)))',
    590,
  ],
  [
    'several results',
    '(func (export "f") (param i32) (result i32 i32) (local.get 0) (local.get 0))',
    455,
  ],
  ['a trap alone', '(func (export "f") unreachable)', 790],
  ['memory.size', `${MEMORY} (func (export "f") (result i32) memory.size)`, 1405],
  [
    'memory.grow',
    `${MEMORY} (func (export "f") (param i32) (result i32) (memory.grow (local.get 0)))`,
    1970,
  ],
  ['memory.copy', `${MEMORY} ${bulk('memory.copy')}`, 1735],
  ['memory.fill', `${MEMORY} ${bulk('memory.fill')}`, 1620],
  ['memory.init', `${MEMORY} (data $d "hello") ${bulk('memory.init $d')}`, 1560],
  ['a data segment', `${MEMORY} (data (i32.const 16) "hello, world") ${LOAD}`, 1480],
  [
    'a start function',
    `${MEMORY} (func $s (i32.store (i32.const 0) (i32.const 42))) (start $s) ${LOAD}`,
    1450,
  ],
  ['a mutable global', `${MEMORY} ${GLOBAL} ${LOAD}`, 2180],
  ['a constant', `${MEMORY} ${GLOBAL.replace('(mut i32)', 'i32')} ${LOAD}`, 2185],
  ['an imported memory', `(import "env" "memory" (memory 1)) ${LOAD}`, 2760],
  [
    'an imported function',
    '(import "env" "f" (func $f (param i32))) (func (export "g") (call $f (i32.const 1)))',
    2950,
  ],
];

test.each(KINDS)('%s: what it takes', async (_kind, content, bytes) => {
  expect(await esm(`(module ${content})`)).toBeLessThanOrEqual(bytes);
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
