/** Code for interpreters: two truths as a condition; what traps or changes something is evaluated all the same. */
import { expect, test } from 'vitest';
import { evaluate, native, text } from './building.js';

/** Truths of the parameters: plain ones, some that trap, one that counts how often it is asked. */
const TRUTHS = [
  '(i32.eqz (local.get $x))',
  '(i32.lt_s (local.get $x) (local.get $y))',
  '(i32.gt_u (local.get $y) (i32.const 7))',
  '(f64.lt (f64.convert_i32_s (local.get $y)) (f64.const 2.5))',
  '(i32.eq (i32.load (local.get $x)) (local.get $y))',
  '(i32.lt_u (i32.div_u (i32.const 9) (local.get $y)) (i32.const 3))',
  '(call $count)',
  '(local.get $y)',
];
const BODIES = ['and', 'or'].flatMap((op) =>
  TRUTHS.flatMap((a) =>
    TRUTHS.flatMap((b) => [
      `(if (i32.${op} ${a} ${b}) (then (call $hit)))`,
      `(if (i32.eqz (i32.${op} ${b} (i32.${op} ${a} ${b}))) (then (call $hit)))`,
      `(global.set $g (i32.add (global.get $g) (i32.mul (i32.const 3) (i32.${op} ${a} ${b}))))`,
      `(global.set $g (select (i32.const 5) (local.get $x) (i32.${op} ${a} ${b})))`,
    ]),
  ),
);
const WAT = `(module (memory 1) (global $g (mut i32) (i32.const 0)) (export "g" (global $g))
  (func $hit (global.set $g (i32.add (global.get $g) (i32.const 100))))
  (func $count (result i32) (global.set $g (i32.add (global.get $g) (i32.const 1000)))
    (i32.and (global.get $g) (i32.const 1000)) (i32.const 0) (i32.ne))
  ${BODIES.map((body, i) => `(func (export "f${i}") (param $x i32) (param $y i32) ${body})`).join('\n')})`;

type Exports = Record<string, (x: number, y: number) => void> & { g: { value: number } };

function script(exports: Exports): string[] {
  return BODIES.flatMap((body, i) =>
    [0, 1, 8, -1].flatMap((x) =>
      [0, 1, 9, -5].map((y) => {
        let end = '';
        exports.g.value = 1;
        try {
          exports[`f${i}`]!(x, y);
        } catch (error) {
          end = error instanceof WebAssembly.RuntimeError ? 'traps' : String(error);
        }
        return `${body} ${x} ${y}: ${exports.g.value} ${end}`;
      }),
    ),
  );
}

test('conditions of two truths do what native ones do', async () => {
  const source = await text(WAT, { optimizeFor: 'interpreter' });
  expect(script(evaluate(source).instantiate())).toEqual(script(await native(WAT)));
});

test('two comparisons are a condition without numbers', async () => {
  const source = await text(
    `(module (func (export "f") (param $x i32) (param $y i32) (result i32)
      (if (i32.or (i32.eqz (local.get $x)) (i32.lt_s (local.get $x) (local.get $y))) (then (return (i32.const 4))))
      (i32.and (i32.lt_s (local.get $x) (i32.const 5)) (i32.gt_s (local.get $y) (i32.const 6)))))`,
    { optimizeFor: 'interpreter' },
  );
  expect(source).toMatch(/if\(!(\w)\|\|\1<\w\)return 4/);
  expect(source).toMatch(/return \w<5&&\w>6\?1:0/);
});
