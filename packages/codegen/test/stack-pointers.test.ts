/** Code for interpreters: frames on a stack in memory, whose pointer is aligned or not, against native ones. */
import { expect, test } from 'vitest';
import { evaluate, load, native, otherByteOrder, text } from './building.js';

/**
 * A frame is filled, its words are turned around by two pointers that meet, and another frame is put below it. The stack
 * goes below its end after a few, where all accesses trap.
 */
const FRAME = `
  (func $frame (export "frame") (param $depth i32) (param $n i32) (result i32)
    (local $fp i32) (local $p i32) (local $q i32) (local $i i32) (local $x i32)
    (global.set $sp (local.tee $fp (i32.sub (global.get $sp) (i32.const 208))))
    (local.set $p (i32.add (local.get $fp) (i32.const 16)))
    (loop $fill
      (i32.store (i32.add (local.get $p) (i32.shl (local.get $i) (i32.const 2)))
        (i32.add (i32.mul (local.get $i) (local.get $n)) (local.get $depth)))
      (br_if $fill (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 40))))
    (local.set $q (i32.add (local.get $p) (i32.shl (i32.and (local.get $n) (i32.const 63)) (i32.const 2))))
    (loop $turn
      (local.set $x (i32.load (local.get $p)))
      (i32.store (local.get $p) (i32.load (local.get $q)))
      (i32.store (local.get $q) (local.get $x))
      (local.set $p (i32.add (local.get $p) (i32.const 4)))
      (local.set $q (i32.sub (local.get $q) (i32.const 4)))
      (br_if $turn (i32.lt_u (local.get $p) (local.get $q))))
    (i64.store offset=8 (local.get $fp) (i64.load offset=16 (local.get $fp)))
    (f64.store (local.get $fp) (f64.convert_i32_s (local.get $n)))
    (if (local.get $depth) (then (local.set $x (i32.add (local.get $x)
      (call $frame (i32.sub (local.get $depth) (i32.const 1)) (i32.add (local.get $n) (i32.const 7)))))))
    (local.set $x (i32.xor (local.get $x) (i32.load offset=28 (local.get $fp))))
    (global.set $sp (i32.add (local.get $fp) (i32.const 208)))
    (i32.add (local.get $x) (i32.sub (local.get $q) (local.get $p))))`;

/** What else writes the stack pointer, and whether frames are then known to be aligned. */
const OTHERS: [name: string, source: string, isKnown: boolean][] = [
  ['alone', '', true],
  [
    'a block of any size',
    `(func (export "move") (param i32) (global.set $sp
       (i32.and (i32.sub (global.get $sp) (local.get 0)) (i32.const -16))))`,
    true,
  ],
  [
    'a half',
    `(func (export "move") (param i32) (global.set $sp (i32.sub (global.get $sp) (i32.const 8))))`,
    true,
  ],
  [
    'a frame that is kept in a parameter',
    `(func (export "move") (param i32)
       (i32.store (i32.const 8) (local.get 0))
       (global.set $sp (local.tee 0 (i32.sub (global.get $sp) (i32.const 32))))
       (i32.store offset=12 (local.get 0) (i32.const 7))
       (global.set $sp (i32.add (local.get 0) (i32.const 32))))`,
    true,
  ],
  [
    'a parameter that is kept or a frame',
    `(func (export "move") (param i32)
       (if (i32.load (i32.const 8)) (then
         (local.set 0 (i32.sub (global.get $sp) (i32.const 32)))))
       (global.set $sp (local.get 0)))`,
    false,
  ],
  [
    'a word that is odd',
    `(func (export "move") (param i32) (global.set $sp (i32.or (global.get $sp) (i32.const 2))))`,
    false,
  ],
  ['what is given', `(func (export "move") (param i32) (global.set $sp (local.get 0)))`, false],
  [
    'what is read',
    `(func (export "move") (param i32) (i32.store (i32.const 8) (i32.add (local.get 0) (i32.const 1)))
       (global.set $sp (i32.load (i32.const 8))))`,
    false,
  ],
  [
    'by another global',
    `(global $other (mut i32) (i32.const 64))
     (func (export "move") (param i32) (global.set $sp (global.get $other))
       (global.set $other (i32.add (local.get 0) (i32.const 3))))`,
    false,
  ],
  ['from outside', '(export "sp" (global $sp))', false],
];

const wat = (source: string, sp = '(i32.const 2048)'): string =>
  `(module (memory (export "memory") 1) (global $sp (mut i32) ${sp})${FRAME}${source})`;

type Exports = Record<string, (...args: unknown[]) => unknown>;

function script(x: Exports): string[] {
  const words = new Int32Array((x['memory'] as unknown as WebAssembly.Memory).buffer);
  const lines: string[] = [];
  const attempt = (call: () => unknown): string => {
    try {
      return String(call());
    } catch (error) {
      return error instanceof WebAssembly.RuntimeError ? 'trap' : String(error);
    }
  };
  for (const to of [1024, 65533, 1030, 4, 0, 60000, 65528, -208, 2001]) {
    lines.push(`move ${to}: ${attempt(() => x['move']?.(to))}`);
    const sp = x['sp'] as unknown as WebAssembly.Global | undefined;
    if (sp !== undefined) sp.value = to;
    for (const [depth, n] of [
      [0, 39],
      [2, 5],
      [4, 60],
      [12, 1],
    ]) {
      const found = attempt(() => x['frame']!(depth, n));
      lines.push(
        `${depth} ${n}: ${found} ${words.reduce((hash, w) => Math.imul(hash, 31) + w, 0)}`,
      );
    }
  }
  return lines;
}

test.each(OTHERS)('a stack whose pointer is written by %s', async (_, source, isKnown) => {
  const expected = script(await native(wat(source)));
  expect(expected.some((line) => line.includes('trap'))).toBe(true);
  const code = await text(wat(source), { optimizeFor: 'interpreter' });
  // Where nothing is known of a frame, its alignment is tested.
  expect(/&3(\?Infinity|\|\|)/.test(code)).toBe(!isKnown);
  expect(script(await load(wat(source), { optimizeFor: 'interpreter' }))).toEqual(expected);
  expect(script(evaluate(otherByteOrder(code)))).toEqual(expected);
});

// Node 20 knows no sums of constants: it is given what they are.
test.each([
  ['odd', '(i32.add (i32.const 2048) (i32.const 3))', 2051],
  ['odd by what is behind the first constant', '(i32.sub (i32.const 4096) (i32.const 2046))', 2050],
  ['even', '(i32.mul (i32.const 2) (i32.const 1024))', 2048],
])('a stack whose pointer begins as a sum that is %s', async (_, sp, value) => {
  const expected = script(await native(wat('', `(i32.const ${value})`)));
  const code = await text(wat('', sp), { optimizeFor: 'interpreter' });
  expect(code).toMatch(/&3\?Infinity/);
  expect(script(evaluate(code))).toEqual(expected);
});
