import { expect, test } from 'vitest';
import { load } from './building.js';

test('arguments are converted as by the JS API', async () => {
  const { i32, i64, f32, f64 } = await load(`(module
    (func (export "i32") (param i32) (result i32) local.get 0)
    (func (export "i64") (param i64) (result i64) local.get 0)
    (func (export "f32") (param f32) (result f32) local.get 0)
    (func (export "f64") (param f64) (result f64) local.get 0))`);
  expect([i32(2 ** 32 + 5), i32('7'), i32(-1.9), i32(), i32(null)]).toEqual([5, 7, -1, 0, 0]);
  expect(() => i32(1n)).toThrow(TypeError);
  expect(() => i32(Symbol.iterator)).toThrow(TypeError);
  expect([i64(-1n), i64(2n ** 63n), i64('12'), i64(true)]).toEqual([-1n, -(2n ** 63n), 12n, 1n]);
  expect(() => i64(1)).toThrow(TypeError);
  expect(() => i64()).toThrow(TypeError);
  expect([f32(0.1), f32('1'), f32()]).toEqual([Math.fround(0.1), 1, Number.NaN]);
  expect([f64(0.1), f64(-0), f64()]).toEqual([0.1, -0, Number.NaN]);
  expect(() => f64(1n)).toThrow(TypeError);
});

test('conversion errors of the caller pass unchanged', async () => {
  const { f } = await load('(module (func (export "f") (param i32 i64)))');
  const error = new RangeError('mine');
  const bad = {
    valueOf() {
      throw error;
    },
  };
  expect(() => f(bad, 0n)).toThrow(error);
});

test('several results are an array', async () => {
  const { f } = await load(`(module (func (export "f") (result i64 f32 i32 f64)
    i64.const -2 f32.const 1.5 i32.const 3 f64.const 4.25))`);
  expect(f()).toEqual([-2n, 1.5, 3, 4.25]);
});

test('length, name and identity of exported functions', async () => {
  const x = (
    await load(`(module (func (param i32)) (func $g (export "g") (export "h") (param i32 i64))
      (table (export "t") 2 funcref) (elem (i32.const 1) $g) (global (export "r") funcref (ref.func $g)))`)
  ).instantiate();
  expect([x.g.name, x.g.length]).toEqual(['1', 2]);
  expect(x.h).toBe(x.g);
  expect(x.t.get(1)).toBe(x.g);
  expect(x.t.get(0)).toBe(null);
  expect(x.r.value).toBe(x.g);
  expect(() => new x.g()).toThrow(TypeError);
});

test('host functions: arguments, this, results', async () => {
  const seen: unknown[][] = [];
  const { instantiate } = await load(`(module
    (import "e" "f" (func $f (param i32 i64 f32 f64 externref) (result i64)))
    (import "e" "g" (func $g (result i32 i64 f64)))
    (func (export "f") (param i32 i64 f32 f64 externref) (result i64)
      local.get 0 local.get 1 local.get 2 local.get 3 local.get 4 call $f)
    (func (export "g") (result i32 i64 f64) call $g))`);
  let results: unknown = [1.7, 2n, '3.5'];
  const x = instantiate({
    e: {
      f(this: unknown, ...args: unknown[]) {
        seen.push([this, ...args]);
        return 2n ** 64n + 3n;
      },
      g: () => results,
    },
  });
  const ref = { any: 'thing' };
  expect(x.f(1, -2n, 0.5, 0.25, ref)).toBe(3n);
  expect(seen).toEqual([[undefined, 1, -2n, 0.5, 0.25, ref]]);
  expect(x.f(1, -2n, 0.5, 0.25, undefined)).toBe(3n);
  expect(seen[1]![5]).toBe(undefined);
  expect(x.g()).toEqual([1, 2n, 3.5]);
  results = new Set([4, 5n, 6]);
  expect(x.g()).toEqual([4, 5n, 6]);
  results = [1, 2n];
  expect(() => x.g()).toThrow(TypeError);
  results = [1, 2, 3];
  expect(() => x.g()).toThrow(TypeError);
  results = 7;
  expect(() => x.g()).toThrow(TypeError);
});

test('a host function that is exported again is a new function', async () => {
  const { instantiate } = await load(
    '(module (import "e" "f" (func $f (param i32) (result i32))) (export "f" (func $f)))',
  );
  const f = (n: number) => n + 1;
  const x = instantiate({ e: { f } });
  expect(x.f).not.toBe(f);
  expect(x.f.name).toBe('0');
  expect(x.f(2)).toBe(3);
  expect(instantiate({ e: x }).f).toBe(x.f);
});

test('references are checked at the boundary', async () => {
  const { any, func, typed, other, ext } = await load(`(module
    (type $t (func (param i32)))
    (func (export "any") (param funcref) (result funcref) local.get 0)
    (func (export "func") (param (ref func)) (result funcref) local.get 0)
    (func (export "typed") (param (ref null $t)))
    (func (export "other") (param i32))
    (func (export "ext") (param (ref extern)) (result externref) local.get 0))`);
  expect(any(null)).toBe(null);
  expect(any(any)).toBe(any);
  expect(() => any(() => 1)).toThrow(TypeError);
  expect(() => any(undefined)).toThrow(TypeError);
  expect(() => func(null)).toThrow(TypeError);
  expect(func(any)).toBe(any);
  typed(null);
  typed(other);
  expect(() => typed(any)).toThrow(TypeError);
  expect(() => ext(null)).toThrow(TypeError);
  expect(ext(undefined)).toBe(undefined);
});

test('functions with a v128 in their type throw a TypeError', async () => {
  const { instantiate } = await load(
    '(module (import "e" "f" (func $f (param v128))) (export "f" (func $f)))',
  );
  expect(() => instantiate({ e: { f() {} } }).f()).toThrow(TypeError);
});
