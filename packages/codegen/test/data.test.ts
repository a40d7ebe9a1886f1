import { expect, test } from 'vitest';
import {
  build,
  evaluate,
  evaluateBare,
  importFile,
  load,
  native,
  text,
  writeFiles,
} from './building.js';

const DATA = `(module (memory (export "m") 1) (data (i32.const 1) "\\00\\ffhello") (data (i32.const 100) "")
  (data (i32.const 10) "x") (data (i32.const 12) "yz"))`;
const EXPECTED = [0, 0, 255, 104, 101, 108, 108, 111, 0, 0, 120, 0, 121, 122, 0];

/** The first bytes of the exported memory. */
const bytes = (x: { m: { buffer: ArrayBuffer } }) => [...new Uint8Array(x.m.buffer, 0, 15)];

test('inline data, whatever the host has to decode it', async () => {
  const source = await text(DATA);
  expect(bytes(evaluate(source))).toEqual(EXPECTED);
  const bare = evaluateBare(source);
  expect(bytes(bare)).toEqual(EXPECTED);
});

test('large data comes in several literals', async () => {
  const block = 'abcdefg'.repeat(60000);
  const { chunks } = await build(
    `(module (memory (export "m") 7) (data (i32.const 0) "${block}"))`,
  );
  const source = chunks.join('');
  expect(Math.max(...source.split("'").map((part) => part.length))).toBeLessThan(300000);
  for (const x of [evaluate(source), evaluateBare(source)]) {
    const u = new Uint8Array(x.m.buffer);
    expect(u.length).toBe(7 * 65536);
    expect(String.fromCharCode(...u.subarray(419990, 420002))).toBe('efgabcdefg\0\0');
  }
});

test('kept data is decoded once, and no instance changes it for the next', async () => {
  const { chunks } = await build(DATA, { keepData: true });
  const source = chunks.join('');
  for (const { instantiate } of [evaluate(source), evaluateBare(source)]) {
    for (let round = 0; round < 2; round++) {
      const u = new Uint8Array(instantiate().m.buffer);
      expect([...u.subarray(0, 15)]).toEqual(EXPECTED);
      u.fill(7);
    }
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
  expect(source).toContain('.u.set([97],0);');
  expect(new Uint8Array(evaluate(source).m.buffer, 0, 2)).toEqual(new Uint8Array([97, 0]));
});

const zeros = (n: number) => '\\00'.repeat(n);

test.each([
  ['bytes as numbers', 'ab', 'cd'],
  ['bytes as text', 'ab'.repeat(300), 'cd'.repeat(300)],
])(
  'long runs of zeros take no space, and overwrite what segments before have written: %s',
  async (_, a, b) => {
    const size = a.length + 3000 + b.length + 5000;
    // The second segment lies in the zeros of the first; the third puts zeros over both and the place beside them.
    const wat = `(module (memory (export "m") 1)
    (data (i32.const 7) "${zeros(300)}${a}${zeros(2000)}${b}${zeros(5000)}")
    (data (i32.const ${7 + 300 + a.length + 10}) "hello")
    (data $p "x${zeros(1000)}y${zeros(5000)}")
    (data (i32.const 20000) "zzzz")
    (data (i32.const 20001) "${zeros(600)}w")
    (data (i32.const ${65536 - 700}) "${zeros(700)}")
    (func (export "init") (param i32 i32 i32)
      local.get 0 local.get 1 local.get 2 memory.init $p))`;
    const expected = new Uint8Array(65536);
    const put = (at: number, text: string) => {
      expected.set(new TextEncoder().encode(text), at);
    };
    put(307, a);
    put(307 + a.length + 2000, b);
    put(307 + a.length + 10, 'hello');
    put(20000, `z${'\0'.repeat(600)}w`);
    const check = (x: {
      m: { buffer: ArrayBuffer };
      init(a: number, b: number, c: number): void;
    }) => {
      expect(Buffer.compare(Buffer.from(x.m.buffer), expected)).toBe(0);
      x.init(30000, 0, 6002);
      x.init(40000, 990, 20);
      const memory = new Uint8Array(x.m.buffer);
      expect([memory[30000], memory[31001], memory[36001], memory[40011]]).toEqual([
        120, 121, 0, 121,
      ]);
      expect(() => x.init(0, 1, 6002)).toThrow('out of bounds memory access');
    };
    const source = await text(wat);
    expect(source.length).toBeLessThan(12000 + size / 4);
    check(evaluate(source));
    const { chunks, dataFile } = await build(wat, { data: 'file', dataFileName: 'm.data' });
    expect(dataFile!.length).toBeLessThan(a.length + b.length + 50);
    check(evaluate(chunks.join('')).instantiate({}, { data: dataFile }));
  },
);

test('zeros are written where a segment lies is not known, and bounds are those of the whole segment', async () => {
  const wat = (
    offset: string,
    size: number,
  ) => `(module (import "e" "m" (memory 1)) (import "e" "g" (global $g i32))
    (data (${offset}) "a${zeros(size)}b${zeros(4100)}"))`;
  const memory = () => {
    const m = new WebAssembly.Memory({ initial: 1 });
    new Uint8Array(m.buffer).fill(9);
    return m;
  };
  const m = memory();
  const { instantiate } = await load(wat('global.get $g', 500));
  instantiate({ e: { m, g: 3 } });
  const bytes = [...new Uint8Array(m.buffer, 0, 3 + 502 + 4101)];
  const written = [97, ...new Array(500).fill(0), 98, ...new Array(4100).fill(0)];
  expect(bytes).toEqual([9, 9, 9, ...written, 9].slice(0, bytes.length));
  const n = memory();
  const outside = { e: { m: n, g: 65536 - 502 - 4099 } };
  expect(() => instantiate(outside)).toThrow('out of bounds memory access');
  expect(new Uint8Array(n.buffer).every((byte) => byte === 9)).toBe(true);
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
    const { chunks, helpers } = await build(wat);
    const source = chunks.join('');
    expect(helpers).toContain('_text_bytes');
    expect(source).toMatch(/^[\n -~]*$/);
    expect(source).not.toContain('</');
    const { m } = evaluate(source);
    expect([...new Uint8Array(m.buffer, 8, 3000)]).toEqual(bytes);
  }
});

/** Segments as Go's linker makes them: many, in order, then others in what those left out, over them, and behind zeros. */
function manySegments(): string {
  const segments: string[] = [];
  const add = (offset: number, size: number, seed: number): void => {
    const text = Array.from({ length: size }, (_, i) => ((seed + i * 7) % 256) & (i % 5 ? 255 : 0));
    const hex = text.map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
    segments.push(`(data (i32.const ${offset}) "${hex}")`);
  };
  for (let i = 0; i < 20; i++) add(100 + i * 30, 1 + (i % 25), i);
  for (let i = 0; i < 20; i++) add(40000 + i * 700, 600, i);
  // In front of those, in a gap between them, over some, one behind the other again.
  for (let i = 0; i < 12; i++) add(8000 + i * 20, 12, 3 * i);
  add(125, 3, 9);
  add(40650, 30, 9);
  for (let i = 0; i < 12; i++) add(110 + i * 9, 8, 5 * i);
  for (let i = 0; i < 12; i++) add(30000 + i * 400, i % 3 === 0 ? 0 : 20, 0);
  segments.push('(data "passive")');
  for (let i = 0; i < 12; i++) add(60000 + i * 5, 5, 5 * i);
  return segments.join('\n');
}

test.each([
  ['of its own', '(memory (export "m") 2)'],
  ['from outside', '(import "a" "m" (memory 2)) (export "m" (memory 0))'],
])('many segments for a memory %s are as if each were written', async (_, memory) => {
  const wat = `(module ${memory} ${manySegments()})`;
  const full = (Memory: typeof WebAssembly.Memory): WebAssembly.Memory => {
    const m = new Memory({ initial: 2 });
    new Uint8Array(m.buffer).fill(255);
    return m;
  };
  const expected = new Uint8Array(
    (await native(wat, { a: { m: full(WebAssembly.Memory) } })).m.buffer,
  );
  const source = await text(wat);
  const { instantiate } = evaluate(source);
  const { m } = instantiate({ a: { m: full(instantiate.Memory) } });
  expect(new Uint8Array(m.buffer)).toEqual(expected);
  if (memory.includes('import')) return;
  expect(source.match(/^[A-Z]\(M0,/gm)!.length).toBeLessThan(40);
  const { chunks, dataFile } = await build(wat, { data: 'file', dataFileName: 'm.data' });
  const loaded = evaluate(chunks.join('')).instantiate({}, { data: dataFile });
  expect(new Uint8Array(loaded.m.buffer)).toEqual(expected);
});

test('a segment out of bounds among many traps', async () => {
  const wat = `(module (memory 2) ${manySegments()} (data (i32.const 131070) "abc"))`;
  const { instantiate } = evaluate(await text(wat, { namedExports: false }));
  expect(() => instantiate()).toThrow(/out of bounds memory access/);
});

test('what lies inside a new memory is set there; what does not traps', async () => {
  const of = (data: string, limits = '1 2') =>
    text(`(module (memory (export "m") ${limits}) ${data})`, { namedExports: false });
  const inside = await of('(data (i32.const 65534) "\\01\\ff") (data (i32.const 3) "\\00\\00")');
  expect(inside).toContain('.u.set([1,255],65534);');
  const bytes = new Uint8Array(evaluate(inside).instantiate().m.buffer);
  expect([...bytes.subarray(65532), bytes.indexOf(1)]).toEqual([0, 0, 1, 255, 65534]);
  for (const data of [
    '(data (i32.const 65535) "ab")',
    '(data (i32.const -1) "a")',
    '(data (i32.const 65535) "\\00\\00")',
  ]) {
    const { instantiate } = evaluate(await of(data));
    expect(() => instantiate()).toThrow('out of bounds memory access');
  }
  const over = await of(
    '(data (i32.const 8) "abcd") (data (i32.const 9) "\\00\\00") (data (i32.const 11) "e\\00")',
  );
  expect([...new Uint8Array(evaluate(over).instantiate().m.buffer, 8, 5)]).toEqual([
    97, 0, 0, 101, 0,
  ]);
});
