import { expect, test } from 'vitest';
import { load, text } from './building.js';

const TABLE = `(module
  (type $i (func (param i32) (result i32))) (type $v (func))
  (table $t (export "t") 4 8 funcref)
  (elem (i32.const 1) $double $nothing)
  (func $double (export "double") (param i32) (result i32) local.get 0 local.get 0 i32.add)
  (func $nothing (export "nothing"))
  (func (export "call") (param i32 i32) (result i32) local.get 1 local.get 0 call_indirect (type $i))
  (func (export "run") (param i32) local.get 0 call_indirect (type $v))
  (func (export "grow") (param i32) (result i32) ref.null func local.get 0 table.grow $t)
  (func (export "set") (param i32) local.get 0 ref.func $double table.set $t)
  (func (export "get") (param i32) (result funcref) local.get 0 table.get $t))`;

test('indirect calls check the type and trap', async () => {
  const { instantiate } = await load(TABLE);
  const x = instantiate();
  expect(x.call(1, 21)).toBe(42);
  x.run(2);
  for (const [i, message] of [
    [0, 'uninitialized element'],
    [2, 'indirect call type mismatch'],
    [4, 'undefined element'],
    [-1, 'undefined element'],
  ] as const) {
    expect(() => x.call(i, 1)).toThrow(new instantiate.RuntimeError(message));
  }
});

test('the table object reads, writes and grows; calls see it', async () => {
  const x = (await load(TABLE)).instantiate();
  expect(x.t.length).toBe(4);
  expect(x.t.get(1)).toBe(x.double);
  x.t.set(0, x.double);
  expect(x.call(0, 2)).toBe(4);
  x.t.set(0);
  expect(() => x.call(0, 2)).toThrow('uninitialized element');
  expect(x.t.grow(2, x.double)).toBe(4);
  expect(x.call(5, 2)).toBe(4);
  expect(x.grow(1)).toBe(6);
  expect(() => x.call(6, 2)).toThrow('uninitialized element');
  x.set(6);
  expect(x.call(6, 3)).toBe(6);
  expect(x.grow(2)).toBe(-1);
  expect(() => x.t.grow(2)).toThrow(RangeError);
  expect(() => x.t.get(7)).toThrow(RangeError);
  expect(() => x.t.set(7, null)).toThrow(RangeError);
  expect(() => x.t.set(0, () => 0)).toThrow(TypeError);
  expect(() => x.t.get(-1)).toThrow(TypeError);
  expect(() => x.get(7)).toThrow('out of bounds table access');
});

test('tables of host references', async () => {
  const { instantiate } =
    await load(`(module (import "e" "t" (table $t 1 externref)) (export "t" (table $t))
    (func (export "get") (param i32) (result externref) local.get 0 table.get $t)
    (func (export "set") (param i32 externref) local.get 0 local.get 1 table.set $t))`);
  const t = new instantiate.Table({ element: 'externref', initial: 2 }, 'x');
  const x = instantiate({ e: { t } });
  expect(x.t).toBe(t);
  expect([x.get(0), x.get(1)]).toEqual(['x', 'x']);
  x.set(0, undefined);
  expect(t.get(0)).toBe(undefined);
  t.set(1, null);
  expect(x.get(1)).toBe(null);
  expect(() => new instantiate.Table({ element: 'i32', initial: 1 })).toThrow(TypeError);
  expect(() => new instantiate.Table({ element: 'anyfunc', initial: 2, maximum: 1 })).toThrow(
    RangeError,
  );
  expect(Object.prototype.toString.call(t)).toBe('[object WebAssembly.Table]');
  expect([t.set.length, t.grow.length]).toEqual([1, 1]);
});

test('tables with an initial value', async () => {
  const x = (
    await load(`(module (func $f (export "f")) (table (export "t") 3 (ref func) (ref.func $f)))`)
  ).instantiate();
  expect(x.t.get(2)).toBe(x.f);
  expect(() => x.t.set(0, null)).toThrow(TypeError);
  expect(() => x.t.grow(1)).toThrow(TypeError);
});

test('active element segments trap out of bounds and keep what came before', async () => {
  const { instantiate } =
    await load(`(module (import "e" "t" (table 2 funcref)) (func $f (result i32) i32.const 7)
    (elem (i32.const 0) $f) (elem (i32.const 1) $f $f))`);
  const t = new instantiate.Table({ element: 'anyfunc', initial: 2 });
  expect(() => instantiate({ e: { t } })).toThrow(
    new instantiate.RuntimeError('out of bounds table access'),
  );
  expect(t.get(0)()).toBe(7);
  expect(t.get(1)).toBe(null);
});

test('a function of a declared subtype can be called', async () => {
  const x = (
    await load(`(module (type $s (sub (func (result i32)))) (type $t (sub $s (func (result i32))))
      (table 2 funcref) (elem (i32.const 0) $sup $sub)
      (func $sup (type $s) i32.const 1) (func $sub (type $t) i32.const 2)
      (func (export "s") (param i32) (result i32) local.get 0 call_indirect (type $s))
      (func (export "t") (param i32) (result i32) local.get 0 call_indirect (type $t)))`)
  ).instantiate();
  expect([x.s(0), x.s(1), x.t(1)]).toEqual([1, 2, 2]);
  expect(() => x.t(0)).toThrow('indirect call type mismatch');
});

test('long segments are several literals', async () => {
  const { instantiate } =
    await load(`(module (table (export "t") 3000 funcref) (func $f (export "f")) (func $g)
    (elem (i32.const 0) ${'$f $g '.repeat(1500)}))`);
  const x = instantiate();
  expect([x.t.get(0), x.t.get(512), x.t.get(2998), x.t.get(3 - 2).name]).toEqual([
    x.f,
    x.f,
    x.f,
    '1',
  ]);
});

test('a table that nobody can see is left out', async () => {
  const module = (body: string) => text(`(module (table 3 funcref) (func $f) ${body})`);
  expect(await module('')).not.toContain('const T0');
  for (const body of [
    '(export "t" (table 0))',
    '(elem (i32.const 0) $f)',
    '(func (result i32) table.size 0)',
    '(func (call_indirect (i32.const 0)))',
  ])
    expect(await module(body)).toContain('const T0');
});
