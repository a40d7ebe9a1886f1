/** Small functions that call each other in circles, directly and through tables: a frame for several levels. */
import { expect, test } from 'vitest';
import { type Loaded, load, native, text } from './building.js';

const wat = `
(module
 (type $t (func (param i32 i32) (result i32)))
 (type $d (func (param f64 i64) (result f64)))
 (table 8 8 funcref)
 (elem (i32.const 1) $a $b) (elem (i32.const 5) $c $fd)
 (memory 1)
 (func $a (type $t) (if (i32.le_s (local.get 0) (i32.const 0)) (then (return (local.get 1))))
  (i32.add (call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.add (local.get 1) (i32.const 3)) (i32.add (i32.const 1) (i32.rem_u (local.get 0) (i32.const 2)))) (i32.const 1)))
 (func $b (type $t) (if (i32.le_s (local.get 0) (i32.const 0)) (then (return (i32.mul (local.get 1) (i32.const 7)))))
  (i32.xor (call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (local.get 1) (i32.load (i32.and (local.get 0) (i32.const 252)))) (local.get 0)))
 (func $c (type $t) (call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (local.get 1) (local.get 1)))
 (func $fd (type $d) (if (i64.eqz (local.get 1)) (then (return (local.get 0)))) (f64.add (f64.const 1) (call_indirect (type $d) (f64.mul (local.get 0) (f64.const 0.5)) (i64.sub (local.get 1) (i64.const 1)) (i32.const 6))))
 (func (export "set") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
 (export "a" (func $a)) (export "b" (func $b)) (export "c" (func $c)) (export "d" (func $fd))
 (func $s64 (export "s64") (param i64 i32) (result i64) (local i64 i64)
   (if (i32.eqz (local.get 1)) (then (return (i64.add (local.get 2) (local.get 0)))))
   (block (br_if 0 (i32.and (local.get 1) (i32.const 1))) (local.set 2 (i64.const 5)))
   (loop $l (local.set 3 (i64.add (local.get 3) (local.get 2))) (br_if $l (i32.and (i64.ne (local.get 2) (i64.const 0)) (i64.lt_u (local.get 3) (i64.const 4)))))
   (i64.mul (i64.add (local.get 3) (i64.const 3)) (call $s64 (i64.xor (local.get 0) (local.get 3)) (i32.sub (local.get 1) (i32.const 1)))))
 (func $void (export "void") (param i32) (if (local.get 0) (then (call $void (i32.sub (local.get 0) (i32.const 1))) (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1))) (call $void (i32.shr_u (local.get 0) (i32.const 1))))))
 (func $un (export "un") (param i32) (result i32) (if (i32.gt_u (local.get 0) (i32.const 40)) (then (unreachable))) (loop (br_if 0 (i32.const 0))) (return (call $un (i32.add (local.get 0) (i32.const 1)))))
 (func $three (export "three") (param i32) (result i32) (if (i32.eqz (local.get 0)) (then (return (i32.const 1)))) (i32.add (i32.load (i32.const 0)) (call $four (local.get 0))))
 (func $four (param i32) (result i32) (i32.store (i32.const 0) (local.get 0)) (i32.sub (i32.load (i32.const 0)) (call $five (i32.sub (local.get 0) (i32.const 1)))))
 (func $five (param i32) (result i32) (i32.add (call $three (local.get 0)) (local.get 0)))
)`;

/** What a call gives: a value, or that it failed; of the engine's messages of a wrong callee there are several. */
function outcome(exports: Loaded, name: string, args: unknown[]): string {
  try {
    return String(exports[name](...args));
  } catch (error) {
    const { message } = error as Error;
    if (/stack/.test(message)) return 'full stack';
    return /table|null|element|mismatch|signature/.test(message) ? 'wrong callee' : message;
  }
}

test('give and trap what the engine does', async () => {
  const ours = (await load(wat)).instantiate({});
  const theirs = await native(wat);
  const seeds = [(i: number) => 1 + (i % 2), (i: number) => i % 3, (i: number) => i % 9];
  let calls = 0;
  for (const seed of seeds) {
    for (let i = 0; i < 64; i++) for (const exports of [ours, theirs]) exports.set(4 * i, seed(i));
    for (let n = 0; n < 48; n++)
      for (const k of [0, 1, 2, 5, 6, 8, -1])
        for (const [name, args] of [
          ['a', [n, k]],
          ['b', [n, k]],
          ['c', [n, k]],
          ['d', [k + 0.3, BigInt(n)]],
          ['s64', [BigInt(k) * 7919n, n]],
          ['void', [n % 12]],
          ['un', [n]],
          ['three', [n]],
        ] as const) {
          calls++;
          const expected = outcome(theirs, name, [...args]);
          expect(outcome(ours, name, [...args]), `${name}(${args})`).toBe(expected);
        }
  }
  expect(calls).toBe(3 * 48 * 7 * 8);
});

test('are taken in where they are small, and where they call each other in circles', async () => {
  const source = await text(`(module
    (func $f (export "f") (param i32) (result i32) (if (i32.eqz (local.get 0)) (then (return (i32.const 1))))
      (i32.add (call $f (i32.sub (local.get 0) (i32.const 1))) (call $leaf (local.get 0))))
    (func $leaf (param i32) (result i32) (i32.mul (local.get 0) (local.get 0))))`);
  // Once in the function, once in its twin, which takes nothing in.
  expect(source.match(/\bc\$f\(/g)).toHaveLength(2);
  expect(source.match(/\$leaf\(/g)).toHaveLength(4);
});

test('constant conditions of what is taken in choose their way', async () => {
  const source = await text(`(module
    (func $f (export "f") (param i32 i32) (result i32)
      (if (i32.eqz (local.get 1)) (then (return (local.get 0))))
      (call $f (i32.add (local.get 0) (i32.const 1)) (i32.const 0))))`);
  expect(source).not.toMatch(/if\([01]\)/);
});
