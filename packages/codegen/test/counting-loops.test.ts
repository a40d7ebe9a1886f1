/**
 * Loops that count, as code for interpreters has them: sums that are known not to wrap are not converted, and pointers become
 * indices. Every kind of start, step and end is run beside the engine's own WebAssembly, at the limits above all.
 */
import { expect, test } from 'vitest';
import { load, native, text } from './building.js';

const STARTS = ['0', '1', '-8', '0x7ffffff8', '-0x7ffffff8', 'param'];
const STEPS = [1, 4, -1, -4, 3];
const ENDS = ['0', '16', '0x7fffffff', '-0x80000000', 'param'];
const TESTS = ['ne', 'lt_s', 'lt_u', 'le_s', 'gt_s', 'ge_s', 'gt_u'];
const VALUES = [0, 1, 5, 16, -1, 0x7fffffff, -0x80000000, 0x7ffffffd, -0x7ffffffe];

const value = (text: string): string =>
  text === 'param' ? '(local.get $n)' : `(i32.const ${text})`;

/** How a round goes on to the next value: in place, by the value before, by the next one. */
const MOVES = [
  (step: string) => `(local.set $i (i32.add (local.get $i) ${step}))`,
  (step: string) =>
    `(local.set $t (local.get $i)) (local.set $i (i32.add (local.get $t) ${step}))
     (local.set $x (i32.xor (local.get $x) (local.get $t)))`,
  (step: string) =>
    `(local.set $t (i32.add (local.get $i) ${step}))
     (local.set $x (i32.add (local.get $x) (i32.lt_s (local.get $t) (local.get $i))))
     (local.set $i (local.get $t))`,
];

/** A loop of at most 40 rounds, which looks at its variable in all ways that tell a word from a number. */
const counting = (
  name: string,
  start: string,
  step: number,
  end: string,
  cmp: string,
  move: number,
) =>
  `(func (export "${name}") (param $n i32) (result f64) (local $i i32) (local $t i32) (local $x i32)
    (local $fuel i32) (local $f f64)
    (local.set $i ${value(start)}) (local.set $fuel (i32.const 40))
    (block $out (loop $again
      (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 31)) (local.get $i)))
      (local.set $f (f64.add (local.get $f) (f64.convert_i32_s (local.get $i))))
      (local.set $f (f64.add (local.get $f) (f64.convert_i32_u (i32.mul (local.get $i) (i32.const 3)))))
      (local.set $x (i32.add (local.get $x) (i32.lt_u (local.get $i) (i32.const 9))))
      (local.set $x (i32.xor (local.get $x) (i32.div_u (local.get $i) (i32.const 7))))
      (local.set $fuel (i32.sub (local.get $fuel) (i32.const 1)))
      (br_if $out (i32.eqz (local.get $fuel)))
      ${MOVES[move]!(`(i32.const ${step})`)}
      (br_if $again (i32.${cmp} (local.get $i) ${value(end)}))))
    (f64.add (local.get $f) (f64.convert_i32_s (i32.add (local.get $x) (local.get $i)))))`;

test('what counts and may wrap is converted, what cannot wrap gives the same', async () => {
  const functions: string[] = [];
  for (const start of STARTS)
    for (const step of STEPS)
      for (const end of ENDS)
        for (const cmp of TESTS)
          functions.push(
            counting(
              `f${functions.length}`,
              start,
              step,
              end,
              cmp,
              functions.length % MOVES.length,
            ),
          );
  const wat = `(module (memory 1) ${functions.join('\n')})`;
  const expected = await native(wat);
  for (const uncheckedMemory of [false, true]) {
    const found = await load(wat, { optimizeFor: 'interpreter', uncheckedMemory });
    const wrong = functions.flatMap((_, i) =>
      VALUES.filter((n) => !Object.is(found[`f${i}`]!(n), expected[`f${i}`]!(n))).map(
        (n) => `${functions[i]} ${n}`,
      ),
    );
    expect(wrong).toEqual([]);
  }
});

/** Pointers that walk: from a constant, by a step, to an end; reads and writes of all sizes behind them. */
const walking = (
  name: string,
  size: string,
  from: number,
  step: number,
  end: number,
  offset: number,
) =>
  `(func (export "${name}") (param $n i32) (result f64) (local $p i32) (local $q i32) (local $f f64)
    (local $fuel i32)
    (local.set $p (i32.const ${from})) (local.set $fuel (i32.const 3000))
    (block $out (loop $again
      (local.set $q (i32.add (local.get $p) (i32.const ${step})))
      (${size}.store offset=${offset} (local.get $p)
        (${size}.add (${size}.load offset=${offset + 8} (local.get $p)) (${size}.load offset=${offset} (local.get $q))))
      (${size}.store offset=${offset + 16} (local.get $p) (${size}.load offset=${offset} (local.get $p)))
      (local.set $fuel (i32.sub (local.get $fuel) (i32.const 1)))
      (br_if $out (i32.eqz (local.get $fuel)))
      (local.set $p (local.get $q))
      (br_if $again (i32.ne (local.get $p) (i32.const ${end})))))
    ${size === 'f64' ? '(f64.load (i32.const 8))' : '(f64.convert_i32_s (i32.load (i32.const 8)))'})`;

test('pointers that are indices read and write what they did, up to both ends of the memory', async () => {
  const functions: string[] = [];
  for (const size of ['i32', 'f64'])
    for (const step of [8, 16, -8, 24, 4])
      for (const [from, end] of [
        [0, 4800],
        [4800, 0],
        [-4800, 0],
        [64000, 65536],
        [65504, 65536],
        [65520, 64000],
        [12, 4812],
        [2, 4802],
      ] as const)
        for (const offset of [0, 4800, 16])
          functions.push(walking(`w${functions.length}`, size, from, step, end, offset));
  const wat = `(module (memory (export "memory") 1) ${functions.join('\n')})`;
  const expected = await native(wat);
  const found = await load(wat, { optimizeFor: 'interpreter' });
  const memories = [expected, found].map(
    (x) => new Uint8Array((x['memory'] as unknown as WebAssembly.Memory).buffer),
  );
  const call = (f: (n: number) => unknown): string => {
    try {
      return String(f(0));
    } catch (error) {
      return error instanceof WebAssembly.RuntimeError ? 'trap' : String(error);
    }
  };
  for (const [i, source] of functions.entries()) {
    // Positive numbers, whose sums are no NaN.
    for (const memory of memories)
      for (let at = 0; at < memory.length; at++)
        memory[at] = ((at * 7) ^ (at >> 5)) & (at % 8 === 7 ? 0x3f : 255);
    const results = [expected, found].map((x) => call(x[`w${i}`] as (n: number) => unknown));
    expect(results[1], source).toBe(results[0]);
    expect(Buffer.compare(memories[0]!, memories[1]!), source).toBe(0);
  }
});

/** Exchanges through two pointers, which both are odd, the same, overlapping, or out of bounds at one end or the other. */
const EXCHANGES = `(module (memory (export "memory") 1)
  (func (export "swap") (param $p i32) (param $q i32) (result i32) (local $t i32)
    (local.set $t (i32.load offset=4 (local.get $p)))
    (i32.store offset=4 (local.get $p) (i32.load offset=4 (local.get $q)))
    (i32.store offset=4 (local.get $q) (local.get $t))
    (i32.add (i32.load (local.get $p)) (i32.load (local.get $q))))
  (func (export "turn") (param $p i32) (param $q i32) (result i32) (local $t i32) (local $u i32) (local $v i32)
    (local.set $t (i32.load offset=8 (local.get $p)))
    (local.set $u (i32.load offset=12 (local.get $p)))
    (local.set $v (i32.load (local.get $q)))
    (i32.store (local.get $q) (local.get $t))
    (i32.store offset=8 (local.get $p) (i32.add (local.get $u) (i32.const 1)))
    (i32.store offset=12 (local.get $p) (local.get $v))
    (i32.xor (local.get $t) (i32.load offset=16 (local.get $p))))
  (func (export "step") (param $p i32) (param $q i32) (result i32) (local $t i32)
    (local.set $t (i32.load (local.get $p)))
    (i32.store (local.get $p) (i32.add (local.get $q) (i32.const 3)))
    (i32.store offset=4 (local.get $p) (local.get $t))
    (local.get $t)))`;

test('exchanges are exact, and leave what they did before a trap', async () => {
  const expected = await native(EXCHANGES);
  const found = await load(EXCHANGES, { optimizeFor: 'interpreter' });
  expect(await text(EXCHANGES, { optimizeFor: 'interpreter' })).toMatch(/void 0\|\|/);
  const memories = [expected, found].map(
    (x) => new Uint8Array((x['memory'] as unknown as WebAssembly.Memory).buffer),
  );
  const places = [0, 4, 5, 8, 1001, 65516, 65520, 65524, 65526, 65528, 65532, 65536, -4, -8, -16];
  for (const name of ['swap', 'turn', 'step'])
    for (const p of places)
      for (const q of places) {
        for (const memory of memories)
          for (let at = 0; at < memory.length; at += 1 + (at & 3)) memory[at] = at * 7;
        const results = [expected, found].map((x) => {
          try {
            return x[name]!(p, q);
          } catch (error) {
            return error instanceof WebAssembly.RuntimeError ? 'trap' : String(error);
          }
        });
        expect(results[1], `${name} ${p} ${q}`).toBe(results[0]);
        expect(Buffer.compare(memories[0]!, memories[1]!), `${name} ${p} ${q}`).toBe(0);
      }
});

test('a loop over an array neither converts nor shifts', async () => {
  const source = await text(
    `(module (memory 2) (func (export "sum") (result i32) (local $p i32) (local $i i32) (local $x i32)
      (loop $again
        (local.set $x (i32.add (local.get $x) (i32.load offset=1024 (local.get $p))))
        (local.set $p (i32.add (local.get $p) (i32.const 8)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $again (i32.ne (local.get $i) (i32.const 500))))
      (local.get $x)))`,
    { optimizeFor: 'interpreter' },
  );
  expect(source).toMatch(/(\w)\[\w\+256\]/);
  expect(source).toMatch(/\w\+=2\n/);
  expect(source).toMatch(/\+\+\w\}while/);
});
