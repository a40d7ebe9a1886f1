import { afterEach, expect, test, vi } from 'vitest';
import { evaluate, load, state, text } from './building.js';
import { caseText } from './cases.js';

const MEMORY = `(module (memory (export "m") 1 4)
  (func (export "grow") (param i32) (result i32) local.get 0 memory.grow)
  (func (export "size") (result i32) memory.size)
  (func (export "load") (param i32) (result i32) local.get 0 i32.load)
  (func (export "store") (param i32 i32) local.get 0 local.get 1 i32.store))`;

test('the buffer has the exact length and is detached by growth', async () => {
  const x = (await load(MEMORY)).instantiate();
  const first = x.m.buffer;
  expect(first).toBeInstanceOf(ArrayBuffer);
  expect(first.byteLength).toBe(65536);
  expect(x.m.buffer).toBe(first);
  x.store(0, 1234);
  expect(x.grow(1)).toBe(1);
  expect(first.byteLength).toBe(0);
  expect(x.m.buffer.byteLength).toBe(131072);
  expect(new Int32Array(x.m.buffer)[0]).toBe(1234);
  new Int32Array(x.m.buffer)[32767] = 7;
  expect(x.load(131068)).toBe(7);
  const second = x.m.buffer;
  expect(x.m.grow(0)).toBe(2);
  expect(second.byteLength).toBe(0);
  expect(x.load(131068)).toBe(7);
});

test('growth in steps keeps the contents and stops at the maximum', async () => {
  const x = (await load(MEMORY)).instantiate();
  x.store(65532, 99);
  expect([x.grow(1), x.grow(1), x.grow(1), x.grow(1), x.size()]).toEqual([1, 2, 3, -1, 4]);
  expect(x.load(65532)).toBe(99);
  expect(x.load(4 * 65536 - 4)).toBe(0);
  expect(() => x.load(4 * 65536 - 3)).toThrow('out of bounds memory access');
  expect(x.grow(-1)).toBe(-1);
  expect(() => x.m.grow(1)).toThrow(RangeError);
  expect(() => x.m.grow(-1)).toThrow(TypeError);
});

test('many small growths do not copy each time', async () => {
  const x = (
    await load(
      `(module (memory 1) (func (export "grow") (param i32) (result i32) local.get 0 memory.grow))`,
    )
  ).instantiate();
  const start = performance.now();
  for (let i = 0; i < 2000; i++) expect(x.grow(1)).toBe(i + 1);
  expect(performance.now() - start).toBeLessThan(2000);
});

afterEach(() => vi.unstubAllGlobals());

test.each(['with', 'without'])(
  'growth between looks at the buffer, %s memories of the host',
  async (kind) => {
    const { instantiate } = await load(MEMORY);
    if (kind === 'without') vi.stubGlobal('WebAssembly', undefined);
    const x = instantiate();
    const seen = [];
    for (let pages = 1; pages <= 4; pages++) {
      const { buffer } = x.m;
      seen.push(buffer);
      expect(buffer.byteLength).toBe(65536 * pages);
      new Uint8Array(buffer)[65536 * pages - 4] = pages;
      expect(x.load(65536 * pages - 4)).toBe(pages);
      expect(x.m.buffer).toBe(buffer);
      expect(x.grow(1)).toBe(pages < 4 ? pages : -1);
    }
    expect(seen.map((buffer) => buffer.byteLength)).toEqual([0, 0, 0, 4 * 65536]);
    expect([1, 2, 3, 4].map((pages) => x.load(65536 * pages - 4))).toEqual([1, 2, 3, 4]);
    expect(() => x.load(4 * 65536 - 3)).toThrow('out of bounds memory access');
    expect([x.grow(1), x.size()]).toEqual([-1, 4]);
  },
);

test('a memory that cannot be allocated', async () => {
  const { grow } = await load(
    '(module (memory 1) (func (export "grow") (param i32) (result i32) local.get 0 memory.grow))',
  );
  expect(grow(65536)).toBe(-1);
});

test('the hidden state is reachable for a WASI runtime', async () => {
  const x = (await load(MEMORY)).instantiate();
  const behind = state(x.m);
  x.store(4, 5);
  expect(behind.v.getInt32(4, true)).toBe(5);
  x.grow(1);
  expect(behind.u.length).toBe(131072);
  expect(behind.n).toBe(2);
  expect(Object.keys(x.m)).toEqual([]);
});

test('a memory made by the host without WebAssembly', async () => {
  const { instantiate } = await load(`(module (import "e" "m" (memory 2 5)) (export "m" (memory 0))
    (func (export "load") (param i32) (result i32) local.get 0 i32.load))`);
  const m = new instantiate.Memory({ initial: 2, maximum: 4 });
  new Int32Array(m.buffer)[3] = 33;
  const x = instantiate({ e: { m } });
  expect(x.m).toBe(m);
  expect(x.load(12)).toBe(33);
  m.grow(1);
  new Int32Array(m.buffer)[4] = 44;
  expect(x.load(16)).toBe(44);
  expect(() => new instantiate.Memory()).toThrow(TypeError);
  expect(() => new instantiate.Memory({})).toThrow(TypeError);
  expect(() => new instantiate.Memory({ initial: 3, maximum: 2 })).toThrow(RangeError);
  expect(() => new instantiate.Memory({ initial: 65537 })).toThrow(RangeError);
  expect(Object.prototype.toString.call(m)).toBe('[object WebAssembly.Memory]');
});

test('active data segments trap out of bounds and keep what came before', async () => {
  const { instantiate } = await load(`(module (import "e" "m" (memory 1))
    (data (i32.const 0) "abc") (data (i32.const 65535) "de") (data (i32.const 4) "f"))`);
  const m = new instantiate.Memory({ initial: 1 });
  expect(() => instantiate({ e: { m } })).toThrow(
    new instantiate.RuntimeError('out of bounds memory access'),
  );
  expect([...new Uint8Array(m.buffer, 0, 5)]).toEqual([97, 98, 99, 0, 0]);
});

test('custom page sizes', async () => {
  const { instantiate } = await load(`(module (memory (export "m") 3 (pagesize 1))
    (func (export "grow") (param i32) (result i32) local.get 0 memory.grow))`);
  const x = instantiate();
  expect(x.m.buffer.byteLength).toBe(3);
  expect(x.grow(5)).toBe(3);
  expect(x.m.buffer.byteLength).toBe(8);
});

test('views need no class syntax, which tools lower so that DataView cannot be extended', async () => {
  const nops = 'i32.const 0 i32.load drop '.repeat(2000);
  const script = await text(`(module (memory (export "m") 1)
    (func (export "f") (result i32) ${nops} i32.const 8 i32.load)
    (data (i32.const 8) "\\2a"))`);
  expect(script).toContain('Reflect.construct(DataView');
  expect(script).not.toMatch(/extends DataView/);
  expect(evaluate(script).instantiate().f()).toBe(42);
});

test('copies and fills of any length and overlap', async () => {
  const x = (
    await load(`(module (memory (export "m") 1)
    (func (export "copy") (param i32 i32 i32) local.get 0 local.get 1 local.get 2 memory.copy)
    (func (export "fill") (param i32 i32 i32) local.get 0 local.get 1 local.get 2 memory.fill))`)
  ).instantiate();
  const bytes = new Uint8Array(x.m.buffer);
  const numbers = bytes.map((_, i) => i * 7 + (i >> 8));
  const expected = new Uint8Array(bytes.length);
  for (const count of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 31, 63, 64, 65, 100]) {
    for (let distance = -9; distance <= 9; distance++) {
      for (const array of [bytes, expected]) array.set(numbers.subarray(0, 512));
      x.copy(200 + distance, 200, count);
      expected.copyWithin(200 + distance, 200, 200 + count);
      x.fill(400 + distance, 0x1f0 + distance, count);
      expected.fill(0x1f0 + distance, 400 + distance, 400 + distance + count);
      expect(bytes.subarray(0, 600)).toEqual(expected.subarray(0, 600));
    }
    bytes.set(numbers.subarray(0, 512));
    const end = 65536 - count;
    x.copy(end, 100, count);
    expect(bytes.subarray(end)).toEqual(numbers.subarray(100, 100 + count));
    const error = 'out of bounds memory access';
    for (const [to, from] of [
      [end + 1, 0],
      [0, end + 1],
      [-1, 0],
      [0, -1],
    ])
      expect(() => x.copy(to, from, count)).toThrow(error);
    expect(() => x.fill(end + 1, 1, count)).toThrow(error);
    expect(() => x.fill(-1, 1, count)).toThrow(error);
    expect(bytes.subarray(end)).toEqual(numbers.subarray(100, 100 + count));
  }
});

test('a short copy from one memory to another writes nothing where an end is out of bounds', async () => {
  const x = (
    await load(`(module (memory $a (export "a") 1) (memory $b (export "b") 2)
    (func (export "copy") (param i32 i32 i32)
      local.get 0 local.get 1 local.get 2 memory.copy $a $b))`)
  ).instantiate();
  const target = new Uint8Array(x.a.buffer);
  new Uint8Array(x.b.buffer).fill(7);
  for (const count of [1, 2, 3, 4, 5, 8, 33, 64, 65]) {
    for (const [to, from] of [
      [65537 - count, 70000],
      [0, 131073 - count],
    ] as const)
      expect(() => x.copy(to, from, count)).toThrow('out of bounds memory access');
    expect(target.every((byte) => byte === 0)).toBe(true);
    x.copy(65536 - count, 131072 - count, count);
    expect(target.subarray(65536 - count).every((byte) => byte === 7)).toBe(true);
    target.fill(0);
  }
});

test('pages of one byte, addresses of 64 bits and sharing go together', async () => {
  const x = (await load(caseText('pages-of-a-byte.wat'))).instantiate();
  const outside = 'out of bounds memory access';
  expect([x.sz(), x.grow(28n), x.sz()]).toEqual([100n, 100n, 128n]);
  expect([x.grow(5000n), x.grow(-1n), x.sz()]).toEqual([-1n, -1n, 128n]);
  x.st(120n, 0x1122334455667788n);
  expect(x.ld(120n)).toBe(0x1122334455667788n);
  for (const at of [121n, 1n << 40n, -8n, (1n << 32n) + 8n])
    expect(() => x.ld(at)).toThrow(outside);
  // The memory of three bytes that are not shared.
  expect([x.ld8w(2n), x.ld16w(0n)]).toEqual([0, 0]);
  expect(() => x.ld8w(3n)).toThrow(outside);
  expect(() => x.ld16w(1n)).toThrow(outside);
  expect([x.groww(6n), x.groww(1n), x.ld16w(1n)]).toEqual([3n, -1n, 0]);
  expect(x.add(120n, -1n)).toBe(0x1122334455667788n);
  expect(() => x.add(116n, 1n)).toThrow('unaligned atomic');
  for (const at of [128n, (1n << 32n) + 120n]) expect(() => x.add(at, 1n)).toThrow(outside);
  // What is expected of 32 bits is cut to them.
  expect(x.cx(120n, 0x55667787n, 9n)).toBe(0x55667787n);
  expect(x.cx(120n, (7n << 32n) | 9n, 8n)).toBe(9n);
  expect([x.ld(120n), x.al(126n)]).toEqual([0x1122334400000008n, 0x1122n]);
  expect(() => x.al(125n)).toThrow('unaligned atomic');
  expect(() => x.al(1n << 33n)).toThrow(outside);
  expect([x.wait(120n, 1), x.wait(120n, 8), x.notify(124n)]).toEqual([1, 2, 0]);
  expect(() => x.wait(122n, 9)).toThrow('unaligned atomic');
  expect(() => x.notify(128n)).toThrow(outside);
  x.fill(0n, 0xab, 120n);
  expect(() => x.fill(1n, 1, 128n)).toThrow(outside);
  expect(() => x.fill(0n, 1, 1n << 32n)).toThrow(outside);
  x.copy(6n, 0n, 3n);
  x.copy(9n, 128n, 0n);
  expect(x.ld8w(8n)).toBe(0xab);
  expect(() => x.copy(7n, 0n, 3n)).toThrow(outside);
  expect(() => x.copy(10n, 128n, 0n)).toThrow(outside);
  expect(x.v(120n)).toBe(0n);
});
