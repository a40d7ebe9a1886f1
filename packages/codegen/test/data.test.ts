import { expect, test } from 'vitest';
import { build, evaluate, evaluateBare, importFile, text, writeFiles } from './building.js';

const DATA = `(module (memory (export "m") 1) (data (i32.const 1) "\\00\\ffhello") (data (i32.const 100) "")
  (data (i32.const 10) "x") (data (i32.const 12) "yz"))`;
const EXPECTED = [0, 0, 255, 104, 101, 108, 108, 111, 0, 0, 120, 0, 121, 122, 0];

/** The first bytes of the exported memory. */
const bytes = (x: { m: { buffer: ArrayBuffer } }) => [...new Uint8Array(x.m.buffer, 0, 15)];

test('inline data, whatever the host has to decode it', async () => {
  const source = await text(DATA);
  expect(bytes(evaluate(source))).toEqual(EXPECTED);
  const bare = evaluateBare(source);
  expect(Array.from({ length: 15 }, (_, i) => bare.m[Symbol.for('wasm2js.memory')].u[i])).toEqual(
    EXPECTED,
  );
});

test('large data comes in several literals', async () => {
  const block = 'abcdefg'.repeat(60000);
  const { chunks } = await build(
    `(module (memory (export "m") 7) (data (i32.const 0) "${block}"))`,
  );
  const source = chunks.join('');
  expect(Math.max(...source.split("'").map((part) => part.length))).toBeLessThan(300000);
  for (const x of [evaluate(source), evaluateBare(source)]) {
    const { u } = x.m[Symbol.for('wasm2js.memory')];
    expect(u.length).toBe(7 * 65536);
    expect(String.fromCharCode(...u.subarray(419990, 420002))).toBe('efgabcdefg\0\0');
  }
});

test('data in a file beside an ES module', async () => {
  const { chunks, dataFile } = await build(DATA, {
    format: 'esm',
    data: 'file',
    dataFileName: 'm.data',
  });
  expect([...dataFile!]).toEqual([0, 255, 104, 101, 108, 108, 111, 120, 121, 122]);
  const path = writeFiles({ 'm.mjs': chunks.join(''), 'm.data': dataFile! });
  const { instantiate } = await importFile(path);
  expect(instantiate.dataFile).toBe('m.data');
  expect(instantiate.dataURL).toMatch(/^file:.*m\.data$/);
  expect(bytes(instantiate())).toEqual(EXPECTED);
  expect(bytes(instantiate())).toEqual(EXPECTED);
});

test('data given by the host', async () => {
  const { chunks, dataFile } = await build(DATA, { data: 'file', dataFileName: 'm.data' });
  const source = chunks.join('');
  expect(() => evaluate(source).instantiate()).toThrow('the data file m.data is needed');
  expect(() => evaluate(source).instantiate({}, { data: dataFile!.subarray(1) })).toThrow(
    'does not belong to this module',
  );
  expect(bytes(evaluate(source).instantiate({}, { data: dataFile }))).toEqual(EXPECTED);
});

test('without data there is no file', async () => {
  const { chunks, dataFile } = await build(
    '(module (func (export "f") (result i32) i32.const 1))',
    {
      data: 'file',
      dataFileName: 'm.data',
    },
  );
  expect(dataFile).toBe(undefined);
  expect(evaluate(chunks.join('')).f()).toBe(1);
});

test('zeros at the end of a segment take no space', async () => {
  const source = await text(
    `(module (memory (export "m") 1) (data (i32.const 0) "a${'\\00'.repeat(999)}"))`,
  );
  expect(source).toContain("_base64(['YQ=='],1000)");
  expect(new Uint8Array(evaluate(source).m.buffer, 0, 2)).toEqual(new Uint8Array([97, 0]));
});

test('more data is text, every byte of it', async () => {
  const hex = (byte: number) => `\\${byte.toString(16).padStart(2, '0')}`;
  for (const weight of [1, 7, 255]) {
    // Other bytes are frequent each time.
    const bytes = Array.from({ length: 3000 }, (_, i) =>
      i < 256 ? i : (Math.floor((i * i) / 7) * weight) & (weight === 7 ? 0x7f : 0xff),
    );
    const wat = `(module (memory (export "m") 1)
      (data (i32.const 8) "${bytes.slice(0, 1000).map(hex).join('')}")
      (data (i32.const 1008) "${bytes.slice(1000).map(hex).join('')}\\00\\00"))`;
    const source = await text(wat);
    expect(source).toContain('_text_bytes(');
    expect(source).toMatch(/^[\n -~]*$/);
    expect(source).not.toContain('</');
    const { m } = evaluate(source);
    expect([...new Uint8Array(m.buffer, 8, 3000)]).toEqual(bytes);
  }
});
