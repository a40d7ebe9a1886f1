/** Tests of indices, types and null: those that one before has answered are gone, all others still trap. */
import { describe, expect, test } from 'vitest';
import { text } from './building.js';
import { message, WAYS } from './ways.js';

const TYPES = `
  (type $s (sub (struct (field $x (mut i32)))))
  (type $t (sub $s (struct (field (mut i32)) (field $y (mut i32)))))
  (type $u (sub $t (struct (field (mut i32)) (field (mut i32)) (field $z (mut i32)))))
  (type $i (array (mut i32))) (type $v (array (mut v128))) (type $l (array (mut i64))) (type $r (array (mut (ref null $s))))
  (func $new (param i32) (result (ref null $s))
    (if (i32.eq (local.get 0) (i32.const 1)) (then (return (struct.new $s (i32.const 1)))))
    (if (i32.eq (local.get 0) (i32.const 2)) (then (return (struct.new $t (i32.const 2) (i32.const 20)))))
    (if (i32.eq (local.get 0) (i32.const 3)) (then (return (struct.new $u (i32.const 3) (i32.const 30) (i32.const 300)))))
    (ref.null $s))`;

/** What an index or an object is asked again for; the array has four elements. */
const MODULE = `(module ${TYPES}
  (func (export "twice") (param i32) (result i32) (local $a (ref $i))
    (local.set $a (array.new $i (i32.const 5) (i32.const 4)))
    (array.set $i (local.get $a) (local.get 0) (i32.add (array.get $i (local.get $a) (local.get 0)) (i32.const 1)))
    (array.get $i (local.get $a) (local.get 0)))
  (func (export "wide") (param i32) (result i64) (local $a (ref $l))
    (local.set $a (array.new $l (i64.const 5) (i32.const 4)))
    (array.set $l (local.get $a) (local.get 0) (i64.add (array.get $l (local.get $a) (local.get 0)) (i64.const -6)))
    (array.get $l (local.get $a) (local.get 0)))
  (func (export "low") (param i32) (result i32) (local $a (ref $l)) (local $x i64)
    (local.set $a (array.new $l (i64.const -7) (i32.const 4)))
    (local.set $x (array.get $l (local.get $a) (local.get 0)))
    (i32.wrap_i64 (local.get $x)))
  (func (export "high") (param i32) (result i32) (local $a (ref $l)) (local $x i64)
    (local.set $a (array.new $l (i64.const -7) (i32.const 4)))
    (local.set $x (array.get $l (local.get $a) (local.get 0)))
    (i32.wrap_i64 (i64.shr_s (local.get $x) (i64.const 32))))
  (func (export "halves") (param i32) (result i32) (local $a (ref $l)) (local $x i64) (local $h i32)
    (local.set $a (array.new $l (i64.const -7) (i32.const 4)))
    (local.set $x (array.get $l (local.get $a) (local.get 0)))
    (local.set $h (i32.wrap_i64 (i64.shr_s (local.get $x) (i64.const 32))))
    (if (local.get $h) (then (return (i32.add (local.get $h) (i32.wrap_i64 (local.get $x))))))
    (local.get $h))
  (func (export "unread") (param i32) (local $a (ref $l)) (local $x i64)
    (local.set $a (array.new $l (i64.const -7) (i32.const 4)))
    (local.set $x (array.get $l (local.get $a) (local.get 0))))
  (func (export "lane") (param i32) (result i32) (local $a (ref $v)) (local $x v128)
    (local.set $a (array.new $v (v128.const i32x4 1 2 3 4) (i32.const 4)))
    (local.set $x (array.get $v (local.get $a) (local.get 0)))
    (i32x4.extract_lane 0 (local.get $x)))
  (func (export "moved") (param i32) (result i32) (local $a (ref $i))
    (local.set $a (array.new $i (i32.const 5) (i32.const 4)))
    (array.set $i (local.get $a) (local.get 0) (i32.const 1))
    (local.set 0 (i32.add (local.get 0) (i32.const 1)))
    (array.get $i (local.get $a) (local.get 0)))
  (func (export "shorter") (param i32) (result i32) (local $a (ref $i))
    (local.set $a (array.new $i (i32.const 5) (i32.const 4)))
    (array.set $i (local.get $a) (local.get 0) (i32.const 1))
    (if (i32.eq (local.get 0) (i32.const 3)) (then (local.set $a (array.new $i (i32.const 6) (i32.const 3)))))
    (array.get $i (local.get $a) (local.get 0)))
  (func (export "one") (param i32 i32) (result i32) (local $a (ref $i))
    (local.set $a (array.new $i (i32.const 5) (i32.const 4)))
    (if (local.get 1) (then (array.set $i (local.get $a) (local.get 0) (i32.const 1))))
    (array.get $i (local.get $a) (local.get 0)))
  (func (export "either") (param i32 i32) (result i32) (local $a (ref $i))
    (local.set $a (array.new $i (i32.const 5) (i32.const 4)))
    (if (local.get 1) (then (array.set $i (local.get $a) (local.get 0) (i32.const 1)))
      (else (array.set $i (local.get $a) (local.get 0) (i32.const 2))))
    (array.get $i (local.get $a) (local.get 0)))
  (func (export "left") (param i32 i32) (result i32) (local $a (ref $i))
    (local.set $a (array.new $i (i32.const 5) (i32.const 4)))
    (block $b (br_if $b (local.get 1)) (array.set $i (local.get $a) (local.get 0) (i32.const 1)))
    (array.get $i (local.get $a) (local.get 0)))
  (func (export "round") (param i32) (result i32) (local $a (ref $i)) (local $n i32)
    (local.set $a (array.new $i (i32.const 5) (i32.const 4)))
    (drop (array.get $i (local.get $a) (local.get 0)))
    (loop $l
      (local.set $n (i32.add (local.get $n) (array.get $i (local.get $a) (local.get 0))))
      (local.set 0 (i32.add (local.get 0) (i32.const 1)))
      (br_if $l (i32.lt_s (local.get $n) (i32.const 15))))
    (local.get $n))
  (func (export "chosen") (param i32 i32) (result i32) (local $a (ref $i))
    (local.set $a (array.new $i (i32.const 5) (i32.const 4)))
    (block $d (block $c (block $b (br_table $b $c $d (local.get 1)))
      (array.set $i (local.get $a) (local.get 0) (i32.const 1)))
      (array.set $i (local.get $a) (i32.const 0) (array.get $i (local.get $a) (local.get 0))))
    (array.get $i (local.get $a) (local.get 0)))
  (func (export "caught") (param i32) (result i32) (local $a (ref $i))
    (local.set $a (array.new $i (i32.const 5) (i32.const 4)))
    (block $h
      (try_table (catch_all $h) (call $throw (local.get 0)) (array.set $i (local.get $a) (local.get 0) (i32.const 1)))
      (return (array.get $i (local.get $a) (local.get 0))))
    (array.get $i (local.get $a) (i32.sub (local.get 0) (i32.const 10))))
  (tag $e)
  (func $throw (param i32) (if (i32.ge_s (local.get 0) (i32.const 10)) (then (throw $e))))
  (func (export "tested") (param i32) (result i32) (local $o (ref null $s))
    (local.set $o (call $new (local.get 0)))
    (if (ref.test (ref $t) (local.get $o)) (then (return (struct.get $t $y (ref.cast (ref $t) (local.get $o))))))
    (struct.get $s $x (local.get $o)))
  (func (export "other") (param i32) (result i32) (local $o (ref null $s))
    (local.set $o (call $new (local.get 0)))
    (if (ref.test (ref $t) (local.get $o)) (then (return (struct.get $u $z (ref.cast (ref $u) (local.get $o))))))
    (struct.get $t $y (ref.cast (ref $t) (local.get $o))))
  (func (export "cast") (param i32) (result i32) (local $o (ref null $s))
    (local.set $o (call $new (local.get 0)))
    (i32.add (struct.get $t $y (ref.cast (ref null $t) (local.get $o)))
      (struct.get $t $y (ref.cast (ref $t) (local.get $o)))))
  (func (export "null") (param i32) (result i32) (local $o (ref null $s)) (local $c (ref null $t))
    (local.set $o (call $new (local.get 0)))
    (local.set $c (ref.cast (ref null $t) (local.get $o)))
    (local.set $c (ref.cast (ref null $t) (local.get $o)))
    (if (ref.test (ref $t) (local.get $o)) (then (return (i32.const 7))))
    (if (ref.is_null (local.get $c)) (then (return (i32.const 8))))
    (i32.const 9))
  (func (export "nonnull") (param i32) (result i32) (local $o (ref null $s))
    (local.set $o (call $new (local.get 0)))
    (drop (ref.as_non_null (local.get $o)))
    (i32.add (struct.get $s $x (ref.as_non_null (local.get $o))) (ref.test (ref null $t) (local.get $o))))
  (func (export "again") (param i32 i32) (result i32) (local $o (ref null $s))
    (local.set $o (call $new (local.get 0)))
    (drop (ref.cast (ref $t) (local.get $o)))
    (local.set $o (call $new (local.get 1)))
    (struct.get $t $y (ref.cast (ref $t) (local.get $o))))
  (func (export "search") (param i32) (result i32) (local $o (ref null $s)) (local $n i32)
    (local.set $n (local.get 0))
    (loop $l
      (local.set $o (call $new (local.get $n)))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br_if $l (i32.eqz (ref.test (ref $t) (local.get $o))))
      (return (struct.get $t $y (ref.cast (ref $t) (local.get $o)))))
    (unreachable))
  (func (export "branch") (param i32) (result i32)
    (block $t (result (ref $t))
      (return (struct.get $s $x (ref.cast (ref null $s) (br_on_cast $t (ref null $s) (ref $t) (call $new (local.get 0)))))))
    (struct.get $t $y)))`;

describe.each(WAYS)('what was tested before, %s', (_, build) => {
  const outside = 'out of bounds array access';
  test('indices of arrays', async () => {
    const exports = (await build(MODULE)).instantiate();
    const run = (name: string, ...args: number[]) =>
      message(() => exports[name](...args)).replace('returned ', '');
    expect([0, 3, 4, -1].map((i) => run('twice', i))).toEqual(['6', '6', outside, outside]);
    expect([0, 3, 4, 1 << 30].map((i) => run('wide', i))).toEqual(['-1', '-1', outside, outside]);
    // One word of an element is tested, whichever of them are read.
    for (const [name, value] of [
      ['low', '-7'],
      ['high', '-1'],
      ['halves', '-8'],
      ['unread', 'undefined'],
      ['lane', '1'],
    ] as const)
      expect([name, ...[0, 3, 4, -1, 9].map((i) => run(name, i))]).toEqual([
        ...[name, value, value, outside, outside, outside],
      ]);
    expect([0, 2, 3, 4].map((i) => run('moved', i))).toEqual(['5', '5', outside, outside]);
    expect([2, 3, 4].map((i) => run('shorter', i))).toEqual(['1', outside, outside]);
    for (const name of ['one', 'either', 'left'])
      for (const way of [0, 1])
        expect([name, run(name, 4, way), run(name, -1, way)]).toEqual([name, outside, outside]);
    expect([run('one', 3, 0), run('one', 3, 1)]).toEqual(['5', '1']);
    expect([run('either', 3, 0), run('either', 3, 1)]).toEqual(['2', '1']);
    expect([run('left', 3, 0), run('left', 3, 1)]).toEqual(['1', '5']);
    expect([0, 1, 2, 3].map((i) => run('round', i))).toEqual(['15', '15', outside, outside]);
    expect([0, 1, 2].map((way) => run('chosen', 4, way))).toEqual([outside, outside, outside]);
    expect([0, 1, 2].map((way) => run('chosen', 3, way))).toEqual(['1', '5', '5']);
    expect([3, 4, 12, 14].map((i) => run('caught', i))).toEqual(['1', outside, '5', outside]);
  });

  test('types and null', async () => {
    const exports = (await build(MODULE)).instantiate();
    const results = (name: string, ...more: number[]) =>
      [0, 1, 2, 3].map((i) => message(() => exports[name](i, ...more)).replace('returned ', ''));
    const [absent, failure] = ['null structure reference', 'cast failure'];
    expect(results('tested')).toEqual([absent, '1', '20', '30']);
    expect(results('other')).toEqual([failure, failure, failure, '300']);
    expect(results('cast')).toEqual([absent, failure, '40', '60']);
    expect(results('null')).toEqual(['8', failure, '7', '7']);
    expect(results('nonnull')).toEqual(['null reference', '1', '3', '4']);
    expect(results('again', 1)).toEqual([failure, failure, failure, failure]);
    expect(results('again', 3)).toEqual([failure, failure, '30', '30']);
    expect([exports.search(2), exports.search(3), exports.search(4)]).toEqual([20, 30, 30]);
    expect(results('branch')).toEqual([absent, '1', '20', '30']);
  });
});

/** Elements that are read twice, with something between. */
const READS = `(module
  (type $i (array (mut i32))) (type $d (array (mut f64))) (type $b (array (mut i8))) (type $s (struct (field $x (mut i32))))
  (global $a (ref $i) (array.new $i (i32.const 3) (i32.const 4)))
  (func $get (result (ref $i)) (array.fill $i (global.get $a) (i32.const 0) (i32.const 3) (i32.const 4)) (global.get $a))
  (func $write (result i32) (array.set $i (global.get $a) (i32.const 1) (i32.const 50)) (i32.const 0))
  (func (export "set") (param i32 i32) (result i32) (local $a (ref $i)) (local $x i32)
    (local.set $a (call $get))
    (local.set $x (array.get $i (local.get $a) (local.get 0)))
    (array.set $i (local.get $a) (local.get 1) (i32.const 9))
    (i32.add (i32.mul (local.get $x) (i32.const 100)) (array.get $i (local.get $a) (local.get 0))))
  (func (export "call") (result i32) (local $a (ref $i)) (local $x i32)
    (local.set $a (call $get))
    (local.set $x (array.get $i (local.get $a) (i32.const 1)))
    (i32.add (i32.mul (local.get $x) (i32.const 100))
      (i32.add (call $write) (array.get $i (local.get $a) (i32.const 1)))))
  (func (export "field") (param i32) (result i32) (local $a (ref $i)) (local $s (ref $s)) (local $x i32)
    (local.set $a (call $get)) (local.set $s (struct.new_default $s))
    (local.set $x (array.get $i (local.get $a) (local.get 0)))
    (struct.set $s $x (local.get $s) (i32.const 8))
    (i32.add (i32.mul (local.get $x) (struct.get $s $x (local.get $s))) (array.get $i (local.get $a) (local.get 0))))
  (func (export "self") (param i32) (result i32) (local $a (ref $i)) (local $x i32)
    (local.set $a (call $get)) (array.set $i (local.get $a) (i32.const 3) (i32.const 2))
    (local.set $x (array.get $i (local.get $a) (local.get 0)))
    (global.set $n (local.get $x))
    (local.set $x (i32.const 70))
    (i32.add (local.get $x) (array.get $i (local.get $a) (local.get 0))))
  (global $n (mut i32) (i32.const 0))
  (func (export "next") (param i32) (result i32) (local $a (ref $i)) (local $x i32)
    (local.set $a (call $get)) (array.set $i (local.get $a) (i32.const 3) (i32.const 2))
    (local.set $x (array.get $i (local.get $a) (local.get 0)))
    (local.set 0 (i32.add (local.get 0) (i32.const 1)))
    (i32.add (i32.mul (local.get $x) (i32.const 100)) (array.get $i (local.get $a) (local.get 0))))
  (func (export "index") (result i32) (local $a (ref $i)) (local $x i32)
    (local.set $a (call $get)) (array.set $i (local.get $a) (i32.const 0) (i32.const 2))
    (local.set $x (array.get $i (local.get $a) (local.get $x)))
    (i32.add (i32.mul (local.get $x) (i32.const 100)) (array.get $i (local.get $a) (local.get $x))))
  (func (export "bytes") (param i32) (result i32) (local $b (ref $b))
    (local.set $b (array.new $b (i32.const 200) (i32.const 4)))
    (i32.add (i32.mul (array.get_s $b (local.get $b) (local.get 0)) (i32.const 1000)) (array.get_u $b (local.get $b) (local.get 0))))
  (func (export "nan") (param i32) (result i64) (local $d (ref $d)) (local $x f64)
    (local.set $d (array.new $d (f64.const nan:0x4000000000123) (i32.const 4)))
    (local.set $x (f64.add (array.get $d (local.get $d) (local.get 0)) (f64.const 1)))
    (array.set $d (local.get $d) (i32.const 0) (array.get $d (local.get $d) (local.get 0)))
    (i64.add (i64.reinterpret_f64 (array.get $d (local.get $d) (i32.const 0))) (i64.extend_i32_u (f64.eq (local.get $x) (local.get $x)))))
  (func (export "first") (param i32 i32) (result i32) (local $a (ref $i))
    (local.set $a (call $get))
    (i32.add (i32.div_s (i32.const 8) (local.get 1))
      (i32.add (array.get $i (local.get $a) (local.get 0)) (array.get $i (local.get $a) (local.get 0))))))`;

test.each(WAYS)('elements are read again where they may have changed, %s', async (_, build) => {
  const exports = (await build(READS)).instantiate();
  const outside = 'out of bounds array access';
  const run = (name: string, ...args: number[]) =>
    message(() => exports[name](...args)).replace('returned ', '');
  expect([run('set', 1, 1), run('set', 1, 2), run('set', 4, 1)]).toEqual(['309', '303', outside]);
  expect(run('call')).toBe('350');
  expect([run('field', 1), run('field', -1)]).toEqual(['27', outside]);
  expect([run('self', 1), run('self', 3), run('self', 4)]).toEqual(['73', '72', outside]);
  expect([run('next', 1), run('next', 2), run('next', 3)]).toEqual(['303', '302', outside]);
  expect(run('index')).toBe('203');
  expect([run('bytes', 2), run('bytes', 4)]).toEqual(['-55800', outside]);
  expect([run('nan', 0), run('nan', 4)]).toEqual([String(0x7ff4000000000123n), outside]);
  expect(run('first', 4, 0)).toMatch(/divide by zero/);
  expect([run('first', 4, 1), run('first', 3, 2)]).toEqual([outside, '10']);
});

/** How often the text of a module of one function has a word. */
async function count(body: string, word: RegExp): Promise<number> {
  const whole = await text(`(module ${TYPES} (func (export "f") ${body}))`);
  return [...whole.slice(whole.indexOf('instantiate(imports')).matchAll(word)].length;
}

test('one test is enough', async () => {
  const bounds = /_array_bounds\.call/g;
  const failure = /_cast_failure\.call/g;
  const array = '(local $a (ref $i)) (local.set $a (array.new_default $i (local.get 0)))';
  const set = '(array.set $i (local.get $a) (local.get 0) (i32.const 1))';
  const get = '(array.get $i (local.get $a) (local.get 0))';
  const read = '(drop (array.get $i (local.get $a) (local.get 0)))';
  expect(await count(`(param i32) ${array} ${set} ${set} ${read}`, bounds)).toBe(1);
  expect(
    await count(
      `(param i32) ${array} (if (local.get 0) (then ${set}) (else ${set})) ${set}`,
      bounds,
    ),
  ).toBe(2);
  expect(await count(`(param i32) (result i32) ${array} (i32.mul ${get} ${get})`, /\.v\[/g)).toBe(
    1,
  );
  const object = '(local $o (ref null $s)) (local.set $o (call $new (local.get 0)))';
  const cast = '(struct.set $t $y (ref.cast (ref $t) (local.get $o)) (i32.const 1))';
  expect(await count(`(param i32) ${object} ${cast} ${cast} ${cast}`, failure)).toBe(1);
  const test = '(ref.test (ref $t) (local.get $o))';
  expect(await count(`(param i32) ${object} (if ${test} (then ${cast}))`, failure)).toBe(0);
  expect(await count(`(param i32) ${object} (if ${test} (then) (else ${cast}))`, failure)).toBe(1);
});
