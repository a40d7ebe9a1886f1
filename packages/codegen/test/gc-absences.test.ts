/** Elements past the end of an array of references, of which the engine's own error may be the trap; casts in closed modules. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { load, text } from './building.js';
import { message, WAYS } from './ways.js';

/** Three elements: a structure, null, and one of another type. */
const OBJECTS = `(module
  (type $s (sub (struct (field $x (mut i32)) (field $y (mut f64)))))
  (type $t (sub $s (struct (field (mut i32)) (field (mut f64)) (field $z (mut i64)))))
  (type $a (array (mut (ref null $s)))) (type $n (array (mut (ref $s))))
  (global $last (mut (ref null $s)) (ref.null $s))
  (global $a (ref $a) (array.new_fixed $a 3 (struct.new $s (i32.const 7) (f64.const 0.5)) (ref.null $s)
    (struct.new $t (i32.const 9) (f64.const 1.5) (i64.const -3))))
  (global $seen (mut i32) (i32.const 0))
  (func $see (global.set $seen (i32.add (global.get $seen) (i32.const 1))))
  (func (export "seen") (result i32) (global.get $seen))
  (func $get (param i32) (result (ref null $s)) (array.get $a (global.get $a) (local.get 0)))
  (func (export "get") (param i32) (drop (call $get (local.get 0))))
  (func (export "field") (param i32) (result i32) (local $e (ref null $s))
    (local.set $e (array.get $a (global.get $a) (local.get 0)))
    (i32.add (struct.get $s $x (local.get $e)) (struct.get $s $x (local.get $e))))
  (func (export "nested") (param i32) (result f64) (struct.get $s $y (array.get $a (global.get $a) (local.get 0))))
  (func (export "nonnull") (param i32) (result i32) (local $e (ref $s))
    (local.set $e (ref.as_non_null (array.get $a (global.get $a) (local.get 0))))
    (i32.add (i32.const 1) (struct.get $s $x (local.get $e))))
  (func (export "nonnullCast") (param i32) (result i64)
    (struct.get $t $z (ref.cast (ref $t) (ref.as_non_null (array.get $a (global.get $a) (local.get 0))))))
  (func (export "test") (param i32) (result i32) (local $e (ref null $s))
    (local.set $e (array.get $a (global.get $a) (local.get 0)))
    (if (result i32) (ref.test (ref $t) (local.get $e)) (then (i32.const 1)) (else (i32.const 2))))
  (func (export "cast") (param i32) (result i64) (local $e (ref null $s))
    (local.set $e (array.get $a (global.get $a) (local.get 0)))
    (struct.get $t $z (ref.cast (ref null $t) (local.get $e))))
  (func (export "isNull") (param i32) (result i32) (local $e (ref null $s))
    (local.set $e (array.get $a (global.get $a) (local.get 0)))
    (if (result i32) (ref.is_null (local.get $e)) (then (i32.const 5)) (else (struct.get $s $x (local.get $e)))))
  (func (export "written") (param i32) (result i32) (local $e (ref null $s))
    (local.set $e (array.get $a (global.get $a) (local.get 0)))
    (global.set $seen (i32.const 100))
    (struct.get $s $x (local.get $e)))
  (func (export "unread") (param i32) (result i32) (local $e (ref $s)) (local $x i32)
    (local.set $e (array.get $n (array.new $n (struct.new $s (i32.const 7) (f64.const 0.5)) (i32.const 3)) (local.get 0)))
    (local.set $x (struct.get $s $x (local.get $e)))
    (global.set $seen (i32.const 100)) (global.set $last (local.get $e))
    (struct.get $s $x (local.get $e)))
  (func (export "untested") (param i32) (result i32) (local $e (ref $s)) (local $x i32)
    (local.set $e (array.get $n (array.new $n (struct.new $s (i32.const 7) (f64.const 0.5)) (i32.const 3)) (local.get 0)))
    (local.set $x (ref.test (ref $t) (local.get $e)))
    (global.set $seen (i32.const 100)) (global.set $last (local.get $e))
    (i32.const 1))
  (func (export "called") (param i32) (result i32) (local $e (ref null $s))
    (local.set $e (array.get $a (global.get $a) (local.get 0)))
    (call $see)
    (struct.get $s $x (local.get $e)))
  (func (export "trapped") (param i32 i32) (result i32) (local $e (ref null $s))
    (local.set $e (array.get $a (global.get $a) (local.get 0)))
    (i32.add (i32.div_s (i32.const 8) (local.get 1)) (struct.get $s $x (local.get $e))))
  (func (export "sometimes") (param i32 i32) (result i32) (local $e (ref null $s))
    (local.set $e (array.get $a (global.get $a) (local.get 0)))
    (if (result i32) (local.get 1) (then (struct.get $s $x (local.get $e))) (else (i32.const 4))))
  (func (export "handed") (param i32 i32) (local $e (ref null $s))
    (local.set $e (array.get $a (global.get $a) (local.get 0)))
    (array.set $a (global.get $a) (local.get 1) (local.get $e)))
  (func (export "put") (param i32) (local $e (ref null $s))
    (local.set $e (array.get $a (global.get $a) (local.get 0)))
    (struct.set $s $x (local.get $e) (i32.const 7)))
  (func (export "caught") (param i32) (result i32) (local $e (ref null $s))
    (block $h (try_table (result i32) (catch_all $h)
      (local.set $e (array.get $a (global.get $a) (local.get 0))) (struct.get $s $x (local.get $e))) (return))
    (i32.const -1)))`;

describe.each(WAYS)('elements past the end, %s', (_, build) => {
  test('trap at once, whatever is done with them', async () => {
    const exports = (await build(OBJECTS)).instantiate();
    const outside = 'out of bounds array access';
    for (const index of [3, 4, 1000, -1, -2147483648]) {
      for (const name of [
        ...['get', 'field', 'nested', 'nonnull', 'nonnullCast', 'test', 'cast', 'isNull'],
        ...['written', 'called', 'put', 'caught', 'unread', 'untested'],
      ])
        expect([name, index, message(() => exports[name](index))]).toEqual([name, index, outside]);
      for (const [name, second] of [
        ['trapped', 0],
        ['trapped', 1],
        ['sometimes', 0],
        ['sometimes', 1],
        ['handed', 0],
        ['handed', 9],
      ])
        expect([name, message(() => exports[name!](index, second))]).toEqual([name, outside]);
    }
    expect(exports.seen()).toBe(0);
    expect(message(() => exports.trapped(0, 0))).toMatch(/divide by zero/);
  });

  test('null and objects are what they are', async () => {
    const exports = (await build(OBJECTS)).instantiate();
    const results = (name: string) =>
      [0, 1, 2].map((index) => message(() => exports[name](index)).replace('returned ', ''));
    expect(results('field')).toEqual(['14', 'null structure reference', '18']);
    expect(results('nested')).toEqual(['0.5', 'null structure reference', '1.5']);
    expect(results('nonnull')).toEqual(['8', expect.stringMatching(/^null .*reference$/), '10']);
    expect(results('nonnullCast')).toEqual(['cast failure', 'null reference', '-3']);
    expect(results('test')).toEqual(['2', '2', '1']);
    expect(results('cast')).toEqual(['cast failure', 'null structure reference', '-3']);
    expect(results('isNull')).toEqual(['7', '5', '9']);
    expect(results('put')).toEqual(['undefined', 'null structure reference', 'undefined']);
    expect(exports.isNull(2)).toBe(7);
    expect(results('caught')).toEqual(['7', 'null structure reference', '7']);
    exports.handed(1, 0);
    expect(results('isNull')).toEqual(['5', '5', '7']);
  });
});

test('engines say in their own words that a property of undefined was read', () => {
  const source = readFileSync(new URL('../support/traps.js', import.meta.url), 'utf8');
  const trap = new Function(`${source}; return _element_trap;`)() as (text: string) => unknown;
  for (const words of [
    "Cannot read properties of undefined (reading 'y')",
    "Cannot read properties of undefined (reading 'a12')",
    "Cannot set properties of undefined (setting 'a0')",
    "undefined is not an object (evaluating 'b.v[c].y')",
    "undefined is not an object (evaluating 'e.a0')",
    'can\'t access property "y", e is undefined',
    'can\'t access property "a0", b.v[c] is undefined',
    'e is undefined',
    "cannot read property 'a3' of undefined",
    "Cannot read property 'y' of undefined",
    "cannot set property 'a0' of undefined",
  ])
    expect([words, trap(words)]).toEqual([words, 'out of bounds array access']);
  for (const words of [
    "Cannot read properties of undefined (reading 'd1')",
    "Cannot read properties of undefined (reading 'b')",
    "Cannot read properties of null (reading 'y')",
    "undefined is not an object (evaluating 'e.y.d1')",
    "undefined is not an object (evaluating 'T0_1[a].b')",
    'can\'t access property "d1", e.y is undefined',
    'T0_1[a] is not a function',
    "T[1] is not a function. (In 'T[1](a)', 'T[1]' is undefined)",
    'undefined is not a function',
    'e.y is undefined',
    "null is not an object (evaluating '(a.v[b]===undefined?f.call():a.v[b]).a0=7')",
    "null is not an object (evaluating 'a.v[b].y')",
    'can\'t access property "n", a is null',
  ])
    expect([words, trap(words)]).toEqual([words, undefined]);
  for (const words of [
    "Cannot read properties of null (reading 'a0')",
    "null is not an object (evaluating 'a.v[b].a1')",
    'can\'t access property "a0", b.v[c] is null',
    "Cannot set properties of null (setting 'a2')",
  ])
    expect([words, trap(words)]).toEqual([words, 'null structure reference']);
});

test('a type without subtypes is compared itself where only numbers pass the border', async () => {
  const module = (more: string) =>
    `(module
    (type $s (sub (struct (field i32)))) (type $t (sub $s (struct (field i32) (field i32))))
    (type $u (sub $s (struct (field i32) (field f64))))
    (func $make (param i32) (result (ref $s))
      (if (result (ref $s)) (local.get 0) (then (struct.new $t (i32.const 1) (i32.const 2)))
        (else (struct.new $u (i32.const 1) (f64.const 2)))))
    (func (export "is") (param i32) (result i32) (ref.test (ref $t) (call $make (local.get 0))))
    (func (export "isAbove") (param i32) (result i32) (local $x anyref)
      (local.set $x (call $make (local.get 0))) (ref.test (ref $s) (local.get $x)))
    ${more})`;
  const closed = await text(module(''));
  expect(closed).toMatch(/\.y===Y1\b/);
  expect(closed).toMatch(/\.d0===Y0\b/);
  const open = [
    '(func (export "x") (param anyref))',
    '(global (export "g") externref (ref.null extern))',
    '(table (export "t") 1 funcref)',
    '(func (import "a" "b") (result (ref null $s)))',
    '(tag (export "t") (param (ref $t)))',
  ];
  for (const more of open) {
    const imports = more.includes('import')
      ? module('').replace('(func $make', `${more} (func $make`)
      : module(more);
    expect(await text(imports)).toMatch(/\.d1===Y1\b/);
  }
  const exports = (await load(module(''))).instantiate();
  expect([exports.is(1), exports.is(0), exports.isAbove(0), exports.isAbove(1)]).toEqual([
    1, 0, 1, 1,
  ]);
});
