import { expect, test } from 'vitest';
import { load, native } from './building.js';

test('a memory of the host, grown by either side', async () => {
  const { instantiate } =
    await load(`(module (import "e" "m" (memory 1)) (import "e" "f" (func $f)) (export "m" (memory 0))
    (func (export "load") (param i32) (result i32) local.get 0 i32.load)
    (func (export "after") (param i32) (result i32) call $f local.get 0 i32.load)
    (func (export "grow") (param i32) (result i32) local.get 0 memory.grow))`);
  const m = new WebAssembly.Memory({ initial: 1, maximum: 10 });
  const f = () => {
    m.grow(1);
    new Int32Array(m.buffer)[1] = 22;
  };
  const x = instantiate({ e: { m, f } });
  expect(x.m).toBe(m);
  new Int32Array(m.buffer)[1] = 11;
  expect(x.load(4)).toBe(11);
  expect(x.after(4)).toBe(22);
  expect(x.grow(1)).toBe(2);
  expect(m.buffer.byteLength).toBe(3 * 65536);
  m.grow(1);
  expect(x.load(3 * 65536)).toBe(0);
  expect(() => x.load(4 * 65536)).toThrow('out of bounds memory access');
  expect(x.grow(100)).toBe(-1);
});

test('limits of host memories and tables are matched', async () => {
  const memory = await load('(module (import "e" "m" (memory 2 4)))');
  const m = (initial: number, maximum: number) => new WebAssembly.Memory({ initial, maximum });
  memory.instantiate({ e: { m: m(2, 4) } });
  expect(() => memory.instantiate({ e: { m: m(1, 4) } })).toThrow(WebAssembly.LinkError);
  expect(() => memory.instantiate({ e: { m: m(2, 5) } })).toThrow(WebAssembly.LinkError);
  const table = await load('(module (import "e" "t" (table 1 externref)))');
  table.instantiate({ e: { t: new WebAssembly.Table({ element: 'externref', initial: 1 }) } });
  expect(() =>
    table.instantiate({ e: { t: new WebAssembly.Table({ element: 'anyfunc', initial: 1 }) } }),
  ).toThrow(/incompatible import type.*found a WebAssembly.Table/);
});

test('functions of the host keep their identity and are checked', async () => {
  const host = await native(
    `(module (func (export "f") (param i64) (result i64) local.get 0 i64.const 1 i64.add))`,
  );
  const { instantiate } =
    await load(`(module (import "e" "f" (func $f (param i64) (result i64))) (export "f" (func $f))
    (func (export "g") (param i64) (result i64) local.get 0 call $f))`);
  const x = instantiate({ e: host });
  expect(x.f).toBe(host.f);
  expect(x.g(-2n)).toBe(-1n);
  const other = await load('(module (import "e" "f" (func (param i32))))');
  expect(() => other.instantiate({ e: host })).toThrow(WebAssembly.LinkError);
});

test('globals of the host', async () => {
  const { instantiate } =
    await load(`(module (import "e" "l" (global $l (mut i64))) (import "e" "d" (global $d f64)) (export "l" (global $l))
    (func (export "get") (result i64) global.get $l) (func (export "set") (param i64) local.get 0 global.set $l)
    (func (export "d") (result f64) global.get $d))`);
  const l = new WebAssembly.Global({ value: 'i64', mutable: true }, -3n);
  const d = new WebAssembly.Global({ value: 'f64' }, 2.5);
  const x = instantiate({ e: { l, d } });
  expect([x.get(), x.d(), x.l]).toEqual([-3n, 2.5, l]);
  x.set(-(2n ** 35n) - 1n);
  expect(l.value).toBe(-(2n ** 35n) - 1n);
  const f = new WebAssembly.Global({ value: 'f32' }, 1);
  expect(() => instantiate({ e: { l, d: f } })).toThrow(
    /expected \(global f64\), found a WebAssembly.Global/,
  );
  expect(() => instantiate({ e: { l: d, d } })).toThrow(WebAssembly.LinkError);
});

test('a table of the host: calls go both ways', async () => {
  const host =
    await native(`(module (type $i (func (param i32) (result i32))) (table $t (export "t") 4 funcref)
    (elem (i32.const 0) $inc) (func $inc (export "inc") (param i32) (result i32) local.get 0 i32.const 1 i32.add)
    (func (export "call") (param i32 i32) (result i32) local.get 1 local.get 0 call_indirect (type $i)))`);
  const { instantiate } =
    await load(`(module (type $i (func (param i32) (result i32))) (import "e" "t" (table $t 1 funcref))
    (elem (i32.const 1) $dec) (func $dec (export "dec") (param i32) (result i32) local.get 0 i32.const -1 i32.add)
    (func (export "call") (param i32 i32) (result i32) local.get 1 local.get 0 call_indirect (type $i))
    (func (export "wrong") (param i32) local.get 0 call_indirect))`);
  const x = instantiate({ e: host });
  expect([x.call(0, 5), x.call(1, 5), host.call(0, 5), host.call(1, 5)]).toEqual([6, 4, 6, 4]);
  expect(() => x.wrong(0)).toThrow('indirect call type mismatch');
  expect(() => x.call(2, 5)).toThrow('uninitialized element');
  host.t.set(2, host.inc);
  expect(x.call(2, 5)).toBe(6);
  host.t.grow(1);
  expect(() => x.call(4, 5)).toThrow('uninitialized element');
});

test('a function of the host as a typed reference can be called', async () => {
  const host = await native(
    '(module (func (export "inc") (param i32) (result i32) local.get 0 i32.const 1 i32.add))',
  );
  const { call } = await load(`(module (type $i (func (param i32) (result i32)))
    (func (export "call") (param (ref $i)) (result i32) i32.const 41 local.get 0 call_ref $i))`);
  expect(call(host.inc)).toBe(42);
  const other = await native('(module (func (export "f")))');
  expect(() => call(other.f)).toThrow(TypeError);
});
