/** Code for interpreters: selects by one condition become one `if`; results as native ones. */
import { expect, test } from 'vitest';
import { evaluate, native, text } from './building.js';

const WAT = `(module
  (func (export "shl") (param $x i64) (param $n i64) (result i64) (i64.shl (local.get $x) (local.get $n)))
  (func (export "shr_s") (param $x i64) (param $n i64) (result i64) (i64.shr_s (local.get $x) (local.get $n)))
  (func (export "shr_u") (param $x i64) (param $n i64) (result i64) (i64.shr_u (local.get $x) (local.get $n)))
  (func (export "rotl") (param $x i64) (param $n i64) (result i64) (i64.rotl (local.get $x) (local.get $n)))
  (func (export "select") (param $x i64) (param $n i64) (result i64)
    (i64.mul (local.tee $x (select (local.get $x) (local.get $n) (i32.wrap_i64 (local.get $n)))) (local.get $x)))
  (func (export "condition") (param $x i64) (param $n i64) (result i64) (local $c i32) (local $d i32)
    (local.set $c (i32.wrap_i64 (local.get $n))) (local.set $d (i32.wrap_i64 (local.get $x)))
    ;; The first select changes the condition of the second.
    (local.set $c (select (i32.const 0) (local.get $d) (local.get $c)))
    (local.set $d (select (i32.const 7) (local.get $d) (local.get $c)))
    (i64.add (i64.extend_i32_s (i32.mul (local.get $c) (local.get $c))) (i64.extend_i32_s (i32.mul (local.get $d) (local.get $d)))))
  (func (export "chain") (param $x i64) (param $n i64) (result i64) (local $c i32) (local $d i32)
    (local.set $c (i32.wrap_i64 (local.get $x)))
    ;; The second select reads what the first one assigns.
    (local.set $c (select (local.get $c) (i32.const 5) (i32.wrap_i64 (local.get $n))))
    (local.set $d (select (i32.add (local.get $c) (i32.const 1)) (local.get $c) (i32.wrap_i64 (local.get $n))))
    (i64.extend_i32_s (i32.mul (i32.xor (local.get $c) (local.get $d)) (i32.mul (local.get $d) (local.get $c)))))
  (func (export "unused") (param $x i64) (param $n i64) (result i64) (local $y i64) (local $z i64)
    ;; The first two selects are of what nobody wants, by another condition.
    (drop (i64.add (i64.shr_u (local.get $y) (local.get $z)) (local.tee $y (i64.shr_s (local.get $x) (local.get $n)))))
    (local.get $y))
  (func (export "unwanted") (param $x i64) (param $n i64) (result i64)
    (drop (i64.add (i64.shr_u (local.get $n) (local.get $x)) (local.tee $x (i64.shr_s (local.get $x) (local.get $n)))))
    (local.get $x)))`;

const WORDS = [0n, 1n, 5n, 31n, 32n, 33n, 63n, 64n, -1n, 2n ** 40n + 77n, -(2n ** 62n)];

test('selects by one condition give what native ones do', async () => {
  const source = await text(WAT, { optimizeFor: 'interpreter' });
  const ours = evaluate(source).instantiate();
  const theirs = await native(WAT);
  for (const name of [
    'shl',
    'shr_s',
    'shr_u',
    'rotl',
    'select',
    'condition',
    'chain',
    'unused',
    'unwanted',
  ])
    for (const x of WORDS)
      for (const n of WORDS) expect(ours[name](x, n), `${name} ${x} ${n}`).toBe(theirs[name](x, n));
});

test('two selects test one condition; words that are inverted take one operator', async () => {
  const source = await text(WAT, { optimizeFor: 'interpreter' });
  expect(source).toMatch(/if\(\w+&32\)/);
  expect(source).toMatch(/>>>~\w/);
  expect(source).not.toMatch(/\^-1\b/);
});
