import { expect, test } from 'vitest';
import { load } from './building.js';

test('exported globals', async () => {
  const x = (
    await load(`(module
      (global $i (export "i") (mut i32) (i32.const -7)) (global $l (export "l") (mut i64) (i64.const -8))
      (global $f (export "f") (mut f32) (f32.const 0.5)) (global $d (export "d") (export "d2") f64 (f64.const -0.0))
      (global $r (export "r") (mut externref) (ref.null extern))
      (global $copy (export "copy") f64 (global.get $d))
      (func (export "i_get") (result i32) global.get $i)
      (func (export "l_set") (param i64) local.get 0 global.set $l))`)
  ).instantiate();
  expect([x.i.value, x.l.value, x.f.value, x.d.value, x.r.value, x.copy.value]).toEqual([
    -7,
    -8n,
    0.5,
    -0,
    null,
    -0,
  ]);
  expect(x.d2).toBe(x.d);
  x.i.value = 2 ** 32 + 1;
  expect(x.i_get()).toBe(1);
  x.l_set(-(2n ** 40n));
  expect(x.l.value).toBe(-(2n ** 40n));
  x.l.value = 5n;
  expect(x.l.valueOf()).toBe(5n);
  x.f.value = 0.1;
  expect(x.f.value).toBe(Math.fround(0.1));
  expect(() => (x.l.value = 5)).toThrow(TypeError);
  expect(() => (x.d.value = 5)).toThrow(TypeError);
  const thing = {};
  x.r.value = thing;
  expect(x.r.value).toBe(thing);
  expect(Object.prototype.toString.call(x.i)).toBe('[object WebAssembly.Global]');
});

test('imported globals: numbers and objects', async () => {
  const { instantiate } =
    await load(`(module (import "e" "i" (global $i i32)) (import "e" "l" (global $l i64))
    (import "e" "m" (global $m (mut f64))) (import "e" "x" (global $x externref)) (export "m" (global $m))
    (global $c i32 (global.get $i))
    (func (export "i") (result i32) global.get $c)
    (func (export "l") (result i64) global.get $l)
    (func (export "set") (param f64) local.get 0 global.set $m))`);
  const m = new instantiate.Global({ value: 'f64', mutable: true }, 1.5);
  const x = instantiate({ e: { i: 3.9, l: 5n, m, x: undefined } });
  expect([x.i(), x.l(), x.m]).toEqual([3, 5n, m]);
  x.set(2.25);
  expect(m.value).toBe(2.25);
  expect(new instantiate.Global({ value: 'i64' }).value).toBe(0n);
  expect(new instantiate.Global({ value: 'i32' }, 12).value).toBe(12);
  expect(() => new instantiate.Global({ value: 'i64' }, 12)).toThrow(TypeError);
  expect(() => new instantiate.Global({ value: 'i31' })).toThrow(TypeError);
  expect(() => new instantiate.Global()).toThrow(TypeError);
  for (const [name, value] of [
    ['i', 1n],
    ['i', '1'],
    ['l', 1],
    ['m', 1.5],
  ] as const) {
    expect(() => instantiate({ e: { i: 1, l: 1n, m, x: null, [name]: value } })).toThrow(
      instantiate.LinkError,
    );
  }
  // What is missing is undefined, which is an external reference.
  expect(instantiate({ e: { i: 1, l: 1n, m } }).i()).toBe(1);
});

test('an initial value of many objects has no variable with the letter of a helper', async () => {
  // Each float that comes from a global is a variable, its bits are another, and helpers convert them.
  const objects = Array.from(
    { length: 24 },
    () => '(struct.new $p (global.get $f) (array.new_fixed $a 2 (i32.const 1) (i32.const 2)))',
  );
  const x = (
    await load(
      `(module (type $a (array i8)) (type $p (struct (field f32) (field (ref $a))))
        (type $all (array (mut (ref null $p))))
        (global $f f32 (f32.const 1.5))
        (global $g (mut (ref $all)) (array.new_fixed $all 24 ${objects.join(' ')}))
        (func (export "f") (param i32) (result f32)
          (struct.get $p 0 (array.get $all (global.get $g) (local.get 0)))))`,
    )
  ).instantiate();
  expect([0, 11, 23].map((i) => x.f(i))).toEqual([1.5, 1.5, 1.5]);
});
