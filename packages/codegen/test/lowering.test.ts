/** The shape of emitted functions, where it matters for speed, and that they still compute the same. */
import { expect, test } from 'vitest';
import { evaluate, load, text } from './building.js';

const func = (signature: string, body: string, more = '') =>
  `(module ${more} (func (export "f") ${signature} ${body}))`;

async function both(wat: string, options = {}) {
  const source = await text(wat, options);
  return { source, exports: evaluate(source).instantiate() };
}

test('a small recursive function has a twin, and they call each other', async () => {
  const { source, exports } = await both(`(module
    (func $fib (export "fib") (param i32) (result i32)
      (if (result i32) (i32.lt_s (local.get 0) (i32.const 2))
        (then (local.get 0))
        (else (i32.add
          (call $fib (i32.sub (local.get 0) (i32.const 1)))
          (call $fib (i32.sub (local.get 0) (i32.const 2))))))))`);
  expect(source).toMatch(/function \$fib\(a\){[^}]*c\$fib\(/);
  expect(source).toMatch(/function c\$fib\(a\){[^}]*[^c]\$fib\(/);
  expect(exports.fib(20)).toBe(6765);
});

test('a select has no branch, and both operands are evaluated', async () => {
  const wat = func(
    '(param i32 i32 i32) (result i32)',
    '(select (i32.load (local.get 0)) (local.get 1) (local.get 2))',
    '(memory 1)',
  );
  const { source, exports } = await both(wat);
  expect(source.slice(source.indexOf('function $0'))).not.toMatch(/\?/);
  expect([exports.f(0, 5, 1), exports.f(0, 5, 0)]).toEqual([0, 5]);
  expect(() => exports.f(65536, 5, 0)).toThrow('out of bounds memory access');
});

test('a select of conditions in front of a branch is a branch of two', async () => {
  const wat = `(module (global $g (mut i32) (i32.const 0)) (global (export "G") i32 (i32.const 0))
    (func $h (result i32) (global.set $g (i32.add (global.get $g) (i32.const 1))) (global.get $g))
    (func (export "set") (param i32) (global.set $g (local.get 0)))
    (func (export "f") (param i32 i32) (result i32)
      (if (select (i32.eq (local.get 0) (i32.const 151)) (i32.const 1) (global.get $g))
        (then (return (i32.const 1))))
      (if (i32.eqz (select (i32.const 0) (i32.lt_u (local.get 0) (local.get 1)) (i32.eqz (global.get $g))))
        (then (return (i32.const 2))))
      (select (i32.ne (local.get 1) (i32.const 7)) (i32.const 0) (global.get $g)))
    (func (export "order") (param i32) (result i32)
      (if (result i32) (select (i32.eq (global.get $g) (i32.const 1)) (i32.const 0) (call $h))
        (then (i32.const 10)) (else (global.get $g)))))`;
  const { source, exports } = await both(wat);
  expect(source).toMatch(/if\(g0===0\|\|a===151\)/);
  const values = [0, 1, 5].flatMap((g) => {
    exports.set(g);
    return [
      [151, 7],
      [2, 7],
      [2, 8],
      [9, 3],
    ].map(([a, b]) => exports.f(a, b));
  });
  expect(values).toEqual([1, 1, 1, 1, 1, 0, 1, 2, 1, 0, 1, 2]);
  exports.set(0);
  expect([exports.order(0), exports.order(0), exports.order(0)]).toEqual([1, 10, 3]);
});

test('addresses are signed where a memory never passes 2 GiB', async () => {
  const wat = func(
    '(param i32) (result i32)',
    '(i32.add (i32.load (local.get 0)) (i32.load offset=8 (local.get 0)))',
    '(memory 1)',
  );
  const small = await both(wat);
  expect(small.source).toContain('m.getInt32(a,!0)');
  expect(small.source).toContain('m.getInt32(a+8|0,!0)');
  const large = await both(wat, { largeMemory: true });
  expect(large.source).toContain('m.getInt32((a>>>0)+8,!0)');
  for (const { exports } of [small, large]) {
    expect(exports.f(65524)).toBe(0);
    for (const address of [65525, -4, -8, 0x7ffffffc])
      expect(() => exports.f(address)).toThrow('out of bounds memory access');
  }
});

test('a sum is made an integer before it is stored', async () => {
  const wat = func(
    '(param i32 i32)',
    '(i32.store (local.get 0) (i32.add (local.get 1) (i32.const 9)))',
    '(memory (export "memory") 1)',
  );
  const { source, exports } = await both(wat);
  expect(source).toContain('m.setInt32(a,b+9|0,!0)');
  exports.f(4, 0x7fffffff);
  expect(new DataView(exports.memory.buffer).getInt32(4, true)).toBe(-2147483640);
});

test('a base is known to be valid only behind an access that happened', async () => {
  const wat = func(
    '(param i32 i32) (result i32)',
    `(if (local.get 1) (then (drop (i32.load (local.get 0)))))
     (i32.load offset=16 (local.get 0))`,
    '(memory 1)',
  );
  const { exports } = await both(wat);
  expect(() => exports.f(-8, 0)).toThrow('out of bounds memory access');
  expect(exports.f(8, 1)).toBe(0);
});

test('a memory grows to 2 GiB unless told otherwise', async () => {
  const wat = func('(param i32) (result i32)', '(memory.grow (local.get 0))', '(memory 1)');
  const { exports } = await both(wat);
  expect(exports.f(32768)).toBe(-1);
  expect(exports.f(1)).toBe(1);
});

test('calls through a table that cannot change are direct', async () => {
  const wat = (extra: string) => `(module
    (type $t (func (param i32) (result i32)))
    (table ${extra} funcref (elem $a $b))
    (func $a (type $t) (i32.add (local.get 0) (i32.const 1)))
    (func $b (type $t) (i32.mul (local.get 0) (i32.const 10)))
    (func (export "f") (param i32 i32) (result i32)
      (call_indirect (type $t) (local.get 1) (local.get 0))))`;
  const fixed = await both(wat(''));
  expect(fixed.source).toMatch(/case 0:return \$a\(/);
  const open = await both(wat('(export "table")'));
  expect(open.source).not.toMatch(/case 0:return \$a\(/);
  for (const { exports } of [fixed, open]) {
    expect([exports.f(0, 4), exports.f(1, 4)]).toEqual([5, 40]);
    expect(() => exports.f(2, 4)).toThrow('undefined element');
    expect(() => exports.f(-1, 4)).toThrow('undefined element');
  }
});

test('a local that holds unrelated values keeps bits of the moved one only', async () => {
  const wat = func(
    '(param i32) (result f64) (local f64)',
    `(local.set 1 (f64.load (local.get 0)))
     (f64.store offset=8 (local.get 0) (local.get 1))
     (local.set 1 (f64.mul (f64.load offset=16 (local.get 0)) (f64.const 2)))
     (f64.store offset=24 (local.get 0) (local.get 1))
     (local.get 1)`,
    '(memory 1)',
  );
  const { source } = await both(wat);
  expect(source).not.toContain('_f64_low(');
  expect(source.match(/setFloat64/g)).toHaveLength(1);
});

test('a high word that is always zero is not computed', async () => {
  const wat = func(
    '(param i32 i32) (result i32) (local i64)',
    `(local.set 2 (i64.extend_i32_u (local.get 0)))
     (local.set 2 (i64.shr_u (i64.mul (local.get 2) (i64.const 3)) (i64.const 32)))
     (i32.wrap_i64 (i64.and (local.get 2) (i64.const 0xffffffff)))`,
  );
  const { source, exports } = await both(wat);
  expect(source).not.toContain('_h0=');
  expect(exports.f(-1, 0)).toBe(2);
});

test('unsigned division by a small constant, every shape of dividend', async () => {
  const wat = `(module
    (func (export "div") (param i64) (result i64) (i64.div_u (local.get 0) (i64.const 10)))
    (func (export "rem") (param i64) (result i64) (i64.rem_u (local.get 0) (i64.const 65536)))
    (func (export "wide") (param i64 i64) (result i64) (i64.div_u (local.get 0) (local.get 1)))
    (func (export "rest") (param i64 i64) (result i64) (i64.rem_s (local.get 0) (local.get 1))))`;
  const { exports } = await both(wat);
  const values = [0n, 1n, 9n, 10n, 65535n, 65536n, 0xffffffffn, 0x100000000n];
  for (let i = 0n; i < 64n; i += 7n) values.push(1n << i, (1n << 64n) - (1n << i), 3n ** i);
  const unsigned = (x: bigint) => BigInt.asUintN(64, x);
  const signed = (x: bigint) => BigInt.asIntN(64, x);
  for (const a of values) {
    expect(unsigned(exports.div(a))).toBe(unsigned(a) / 10n);
    expect(unsigned(exports.rem(a))).toBe(unsigned(a) % 65536n);
    for (const b of values) {
      if (unsigned(b) === 0n) continue;
      expect(unsigned(exports.wide(a, b))).toBe(unsigned(a) / unsigned(b));
      expect(signed(exports.rest(a, b))).toBe(signed(signed(a) % signed(b)));
    }
  }
});

test('the result of a block goes straight into the local that takes it', async () => {
  const wat = func(
    '(param i32) (result i32) (local i32 i32)',
    `(loop $again
       (local.set 1 (block $out (result i32)
         (br_if $out (i32.const 7) (i32.eqz (local.get 0)))
         (drop)
         (if (result i32) (i32.and (local.get 0) (i32.const 1))
           (then (i32.add (local.get 1) (i32.const 10)))
           (else (i32.const 100)))))
       (local.set 2 (i32.add (local.get 2) (local.get 1)))
       (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
       (br_if $again (i32.ge_s (local.get 0) (i32.const 0))))
     (local.get 2)`,
  );
  const { source, exports } = await both(wat);
  const body = source.slice(source.indexOf('function $0'), source.indexOf('Object.freeze'));
  expect(body).toMatch(/var b=0,c=0\n/);
  expect([0, 1, 2, 3].map((n) => exports.f(n))).toEqual([7, 17, 217, 227]);
});

test('a copy that some way into it does not assign stays', async () => {
  const wat = func(
    '(param i32) (result i64) (local i64 i64 i32)',
    `(loop $again
       (if (i32.eqz (local.get 3)) (then (local.set 1 (i64.const 5))))
       (local.set 2 (i64.add (local.get 1) (local.get 2)))
       (local.set 3 (i32.add (local.get 3) (i32.const 1)))
       (br_if $again (i32.lt_s (local.get 3) (local.get 0))))
     (local.get 2)`,
  );
  const { exports } = await both(wat);
  expect(exports.f(4)).toBe(20n);
});

test('large modules call the methods of views by short names, also on a memory of a small one', async () => {
  const many = Array.from(
    { length: 700 },
    (_, i) => `(func (param i32) (result i32) (i32.load offset=${i} (local.get 0)))`,
  ).join('');
  const source = await text(`(module (import "m" "m" (memory 1)) ${many}
    (func (export "f") (param i32) (result i32) (i32.load offset=4 (local.get 0)))
    (func (export "grow") (result i32) (memory.grow (i32.const 1))))`);
  expect(source).toContain('m.i((a>>>0)+4,!0)');
  const small = await load('(module (memory (export "m") 1) (data (i32.const 8) "\\2a"))');
  const x = evaluate(source).instantiate({ m: small });
  expect(x.f(4)).toBe(42);
  expect(x.grow()).toBe(1);
  expect([x.f(4), x.f(131064)]).toEqual([42, 0]);
  expect(() => x.f(131065)).toThrow('out of bounds memory access');
});

test('bits of 64 are counted together; zeros behind a set bit without a test', async () => {
  const wat = func(
    '(param i64 i64) (result i64)',
    `(i64.add (i64.popcnt (local.get 0))
       (i64.mul (i64.const 1000) (i64.ctz (i64.or (local.get 1) (i64.const 0x40000000)))))`,
  );
  const { source, exports } = await both(wat);
  const body = source.slice(source.indexOf('function $0'));
  expect(body.match(/16843009/g)).toHaveLength(1);
  expect(body.slice(0, body.indexOf('}'))).not.toMatch(/\?/);
  expect([exports.f(-1n, 0n), exports.f(0x8000000180000001n, 4n), exports.f(0n, 1n)]).toEqual([
    30064n,
    2004n,
    0n,
  ]);
});

test('a select of costly operands is a branch around what each needs', async () => {
  const wat = func(
    '(param i64) (result i64)',
    `(select
       (i64.add (i64.mul (local.get 0) (i64.const 3)) (i64.const 1))
       (i64.shr_u (local.get 0) (i64.const 1))
       (i32.wrap_i64 (i64.and (local.get 0) (i64.const 1))))`,
  );
  const { source, exports } = await both(wat);
  const body = source.slice(source.indexOf('function $0'));
  expect(body).toMatch(/if ?\([\s\S]*Math\.imul/);
  expect([exports.f(7n), exports.f(6n), exports.f(-1n), exports.f(0x5555555555555555n)]).toEqual([
    22n,
    3n,
    -2n,
    0n,
  ]);
});

test('what is assigned in every round before it is read is not converted at the loop’s head', async () => {
  const names = ['$a', '$b', '$c', '$d', '$e'];
  const arm = (base: number) =>
    names.map((v, i) => `(local.set ${v} (i32.load (i32.const ${base + 4 * i})))`).join('');
  const wat = func(
    `(param i32) (result i32) (local $sum i32) ${names.map((v) => `(local ${v} i32)`).join('')}`,
    `(loop $next
       (block $join
         (block $other
           (br_if $other (i32.and (local.get 0) (i32.const 1)))
           ${arm(0)} (br $join))
         ${arm(20)})
       (i32.store (i32.const 40) (local.get $sum))
       ${names.map((v) => `(local.set $sum (i32.add (local.get $sum) (local.get ${v})))`).join('')}
       (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
     (local.get $sum)`,
    '(memory 1) (data (i32.const 0) "\\01\\00\\00\\00\\02\\00\\00\\00") (data (i32.const 20) "\\0a")',
  );
  const { source, exports } = await both(wat);
  const loop = source.slice(source.indexOf('do{') + 3);
  expect(loop.match(/^(\w+\|=0\n)+/)?.[0].split('\n')).toHaveLength(3);
  expect(exports.f(5)).toBe(3 * 10 + 2 * 3);
});

test('a loop that carries floats runs in strips, with their types told between these', async () => {
  // Halves of x, y and z pile up in a loop that has two ways back and two ways out.
  const turn = (more: string) => `(loop $again
     (local.set 1 (f64.add (local.get 1) (f64.const 0.5)))
     (local.set 2 (f64.add (local.get 2) (local.get 1)))
     (local.set 3 (f64.sub (local.get 3) (local.get 2)))
     (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
     (loop $inner
       (local.set 4 (i32.add (local.get 4) (i32.const 1)))
       (br_if $inner (i32.and (local.get 4) (i32.const 3))))
     ${more})`;
  const wat = (more: string) =>
    func(
      '(param i32) (result f64) (local f64 f64 f64 i32)',
      `(block $out ${turn(more)})
       (f64.add (f64.mul (local.get 1) (local.get 2)) (f64.add (local.get 3) (f64.convert_i32_s (local.get 4))))`,
    );
  const expected = (rounds: number) => {
    let [x, y, z] = [0, 0, 0];
    for (let i = 0; i < rounds; i++) {
      x += 0.5;
      y += x;
      z -= y;
    }
    return x * y + (z + 4 * rounds);
  };
  const least = '(br_if $again (i32.gt_s (local.get 0) (i32.const 0)))';
  const several = `(br_if $again (i32.gt_s (local.get 0) (i32.const 100)))
    (br_if $out (i32.le_s (local.get 0) (i32.const 0)))
    (br $again)`;
  for (const more of [least, several]) {
    const { exports, source } = await both(wat(more));
    expect(source).toMatch(/for\(;;\)\{(\w=\+\w\n){3}/);
    for (const rounds of [1, 63, 64, 65, 128, 1000])
      expect(exports.f(rounds)).toBe(expected(rounds));
  }
});

test('what a loop tells to be a number has a value before it', async () => {
  const { source, exports } = await both(
    func(
      '(param i32) (result i32)',
      `(local i32)
      (loop $again
        (local.set 1 (i32.add (local.get 1)
          (block $either (result i32)
            (block $five
              (br_if $five (i32.and (local.get 0) (i32.const 1)))
              (br_if $five (i32.eq (local.get 0) (i32.const 4)))
              (br $either (i32.const 3)))
            (i32.const 5))))
        (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (local.get 1)`,
    ),
  );
  const [, head] = source.match(/\bdo\{((?:\w\|=0\n)+)/)!;
  const coerced = head!.match(/\w(?=\|=0)/g)!;
  expect(coerced).toHaveLength(3);
  const [, param, declared] = source.match(/^function \$0\((\w)\)\{.*\nvar (.*)$/m)!;
  for (const name of coerced.filter((name) => name !== param))
    expect(declared!.split(',')).toContain(`${name}=0`);
  expect([1, 4, 9].map((n) => exports.f(n))).toEqual([5, 18, 39]);
});
