import { expect, test } from 'vitest';
import { evaluateBare, load, text } from './building.js';

test('link errors name module, name, what is expected and what was found', async () => {
  const cases: [string, unknown, string][] = [
    [
      '(func (param i32) (result i64))',
      { e: {} },
      'unknown import "e" "x": expected (func (param i32) (result i64)), found undefined',
    ],
    [
      '(func)',
      { e: { x: 5 } },
      'incompatible import type for "e" "x": expected (func), found a number',
    ],
    [
      '(func)',
      { e: { x: null } },
      'incompatible import type for "e" "x": expected (func), found null',
    ],
    [
      '(memory 1 2)',
      { e: { x: {} } },
      'incompatible import type for "e" "x": expected (memory 1 2), found an object',
    ],
    [
      '(global i32)',
      { e: { x: 1n } },
      'incompatible import type for "e" "x": expected (global i32), found a bigint',
    ],
    [
      '(global (mut i32))',
      { e: { x: 1 } },
      'incompatible import type for "e" "x": expected (global (mut i32)), found a number',
    ],
    [
      '(table 1 funcref)',
      { e: { x: {} } },
      'incompatible import type for "e" "x": expected (table 1 (ref null func)), found an object',
    ],
  ];
  for (const [type, imports, message] of cases) {
    const { instantiate } = await load(`(module (import "e" "x" ${type}))`);
    expect(() => instantiate(imports)).toThrow(new WebAssembly.LinkError(message));
  }
  const { instantiate } = await load('(module (import "e" "x" (func)))');
  for (const imports of [undefined, null, 5]) {
    expect(() => instantiate(imports)).toThrow(new TypeError('invalid imports'));
  }
  for (const imports of [{}, { e: null }, { e: 'x' }]) {
    expect(() => instantiate(imports)).toThrow(
      new TypeError('unknown import "e" "x": "e" is no object'),
    );
  }
});

test('types of what other compiled modules export must match', async () => {
  const x = (
    await load(`(module (func (export "f") (param i32)) (memory (export "m") 2 4) (table (export "t") 2 4 funcref)
      (global (export "c") i32 (i32.const 1)) (global (export "v") (mut i64) (i64.const 1))
      (global (export "r") (ref func) (ref.func 0)) (tag (export "e") (param i32)))`)
  ).instantiate();
  const links = async (name: string, type: string) => {
    const { instantiate } = await load(`(module (import "x" "${name}" ${type}))`);
    try {
      instantiate({ x });
      return true;
    } catch (error) {
      expect((error as Error).message).toMatch(/^incompatible import type/);
      return false;
    }
  };
  const cases: [string, string, boolean][] = [
    ['f', '(func (param i32))', true],
    ['f', '(func (param i64))', false],
    ['f', '(func (param i32) (result i32))', false],
    ['f', '(memory 1)', false],
    ['m', '(memory 1)', true],
    ['m', '(memory 2 4)', true],
    ['m', '(memory 0 5)', true],
    ['m', '(memory 3)', false],
    ['m', '(memory 2 3)', false],
    ['m', '(func)', false],
    ['t', '(table 2 funcref)', true],
    ['t', '(table 2 4 funcref)', true],
    ['t', '(table 3 funcref)', false],
    ['t', '(table 2 3 funcref)', false],
    ['t', '(table 2 externref)', false],
    ['t', '(table 2 (ref func))', false],
    ['c', '(global i32)', true],
    ['c', '(global (mut i32))', false],
    ['c', '(global i64)', false],
    ['v', '(global (mut i64))', true],
    ['v', '(global i64)', false],
    ['r', '(global funcref)', true],
    ['r', '(global (ref func))', true],
    ['r', '(global externref)', false],
    ['e', '(tag (param i32))', true],
    ['e', '(tag (param i64))', false],
  ];
  for (const [name, type, expected] of cases) {
    expect([name, type, await links(name, type)]).toEqual([name, type, expected]);
  }
});

test('equal recursive types of two modules are one type; declared subtypes link', async () => {
  const types = `(rec (type $a (sub (func (param (ref null $b))))) (type $b (func (param (ref null $a)))))
    (type $c (sub $a (func (param (ref null $b)))))`;
  const x = (
    await load(
      `(module ${types} (func (export "a") (type $a)) (func (export "b") (type $b)) (func (export "c") (type $c)))`,
    )
  ).instantiate();
  const links = async (name: string, type: string) => {
    const { instantiate } = await load(
      `(module (type $other (func)) ${types} (import "x" "${name}" (func (type ${type}))))`,
    );
    try {
      return Boolean(instantiate({ x }));
    } catch {
      return false;
    }
  };
  expect(await links('a', '$a')).toBe(true);
  expect(await links('b', '$b')).toBe(true);
  expect(await links('c', '$a')).toBe(true);
  expect(await links('c', '$c')).toBe(true);
  expect(await links('a', '$c')).toBe(false);
  expect(await links('b', '$a')).toBe(false);
});

const OWNER = `(module (type $p (func (param i64) (result i64 i32 f64)))
  (func (export "p") (type $p) local.get 0 i32.const 3 f64.const 4.5)
  (table (export "t") 3 funcref) (memory (export "m") 1 3) (global (export "g") (mut i64) (i64.const 1)))`;
const USER = `(module (type $p (func (param i64) (result i64 i32 f64)))
  (import "a" "p" (func $p (type $p))) (import "a" "t" (table $t 1 funcref)) (import "a" "m" (memory 1 4))
  (import "a" "g" (global $g (mut i64)))
  (elem (i32.const 1) $p $own)
  (func $own (type $p) i64.const -1 i32.const -2 f64.const -3)
  (func (export "direct") (type $p) local.get 0 call $p)
  (func (export "indirect") (param i64 i32) (result i64 i32 f64) local.get 0 local.get 1 call_indirect (type $p))
  (func (export "store") (param i32 i32) local.get 0 local.get 1 i32.store)
  (func (export "set") (param i64) local.get 0 global.set $g)
  (func (export "grow") (param i32) (result i32) local.get 0 memory.grow)
  (export "p" (func $p)))`;

test('two compiled modules share functions, tables, memories and globals', async () => {
  const a = (await load(OWNER)).instantiate();
  const b = (await load(USER)).instantiate({ a });
  expect(b.p).toBe(a.p);
  expect(b.direct(-5n)).toEqual([-5n, 3, 4.5]);
  expect(b.indirect(-6n, 1)).toEqual([-6n, 3, 4.5]);
  expect(b.indirect(0n, 2)).toEqual([-1n, -2, -3]);
  expect(a.t.get(1)).toBe(a.p);
  expect(a.t.get(2)(0n)).toEqual([-1n, -2, -3]);
  b.store(4, 77);
  expect(new Int32Array(a.m.buffer)[1]).toBe(77);
  expect(b.grow(1)).toBe(1);
  expect(a.m.buffer.byteLength).toBe(131072);
  b.set(-9n);
  expect(a.g.value).toBe(-9n);
});

test('the same without WebAssembly in the host', async () => {
  const source = `({ owner: ${await text(OWNER)}, user: ${await text(USER)} })`;
  const { owner, user } = evaluateBare(source);
  const a = owner.instantiate();
  const b = user.instantiate({ a });
  expect([...b.indirect(-6n, 1)]).toEqual([-6n, 3, 4.5]);
  expect(() => user.instantiate({ a: {} })).toThrow(user.instantiate.LinkError);
});

test('NaN bits survive from module to module', async () => {
  const a = (
    await load(`(module (memory (export "m") 1)
      (func (export "f") (param f32) (result f32) local.get 0)
      (func (export "d") (param f64) (result f64) local.get 0))`)
  ).instantiate();
  const b = (
    await load(`(module (import "a" "f" (func $f (param f32) (result f32))) (import "a" "d" (func $d (param f64) (result f64)))
      (func (export "f") (param i32) (result i32) local.get 0 f32.reinterpret_i32 call $f i32.reinterpret_f32)
      (func (export "d") (param i64) (result i64) local.get 0 f64.reinterpret_i64 call $d i64.reinterpret_f64))`)
  ).instantiate({ a });
  for (const bits of [0x7fa00001, 0x7fc00000 | 3, 0xffa12345 | 0]) expect(b.f(bits)).toBe(bits);
  for (const bits of [0x7ff0000000000001n, -0x000f_ffff_ffff_fff0n]) expect(b.d(bits)).toBe(bits);
});
