/**
 * The form of functions on whole 64-bit words: run from the first call on (`always`) beside the engine's own WebAssembly, and
 * after many calls of the other form, as V8 has it. All kinds of instructions and constructs that it takes, at the limits.
 */
import { expect, test } from 'vitest';
import { load, native, text } from './building.js';

const VALUES = [
  0n,
  1n,
  -1n,
  63n,
  64n,
  0x80000000n,
  0xffffffffn,
  0x7fffffffffffffffn,
  -(2n ** 63n),
  0x123456789abcdefn,
];
const BINARY = 'add sub mul and or xor shl shr_s shr_u rotl rotr'.split(' ');
const COMPARE = 'eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u'.split(' ');
const UNARY = [
  'i64.extend_i32_s (i32.wrap_i64',
  'i64.extend_i32_u (i32.wrap_i64',
  'i64.extend8_s (i64.add (i64.const 0)',
  'i64.extend16_s (i64.add (i64.const 0)',
  'i64.extend32_s (i64.add (i64.const 0)',
  'i64.extend_i32_u (i64.eqz',
];

const binary = (name: string, body: string): string =>
  `(func (export "${name}") (param $a i64) (param $b i64) (result i64) ${body})`;
const a = '(local.get $a)';
const b = '(local.get $b)';

const OPERATIONS = [
  ...BINARY.map((op) => binary(op, `(i64.${op} ${a} ${b})`)),
  ...BINARY.map((op) =>
    binary(
      `${op}_const`,
      `(i64.xor (i64.${op} ${a} (i64.const 13)) (i64.${op} ${b} (i64.const -9)))`,
    ),
  ),
  ...COMPARE.map((op) => binary(op, `(i64.extend_i32_u (i64.${op} ${a} ${b}))`)),
  ...UNARY.map((op, i) => binary(`unary${i}`, `(${op} ${a}))`)),
  binary('select', `(select ${a} ${b} (i64.lt_u ${a} ${b}))`),
];

/** Constructs: words that are carried around loops, out of blocks and arms, and memory at its end. */
const CONSTRUCTS = `
  (func (export "loops") (param $a i64) (param $n i32) (result i64) (local $s i64) (local $t i64) (local $i i32)
    (block $out
      (loop $outer
        (local.set $t (i64.add (local.get $t) (local.get $a)))
        (local.set $i (i32.const 0))
        (loop $inner
          (local.set $s (i64.rotl (i64.add (local.get $s) (i64.mul (local.get $t) (i64.const 0x9e3779b97f4a7c15))) (i64.const 31)))
          (br_if $out (i64.eq (local.get $s) (i64.const 0)))
          (br_if $inner (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3))))
        (if (i64.lt_s (local.get $s) (i64.const 0))
          (then (local.set $t (i64.xor (local.get $t) (local.get $s))) (br_if $out (i32.eqz (local.get $n))))
          (else (local.set $a (i64.add (local.get $a) (i64.const 1)))))
        (br_if $outer (i32.gt_s (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (i32.const 0))))
      (local.set $t (i64.add (local.get $t) (i64.const 7))))
    (i64.xor (local.get $s) (i64.add (local.get $t) (local.get $a))))
  (func (export "arms") (param $a i64) (param $n i32) (result i64) (local $x i64)
    (local.set $x (i64.const 5))
    (i64.add
      (local.get $x)
      (i64.add
        (if (result i64) (i32.and (local.get $n) (i32.const 1))
          (then (local.set $x (i64.mul (local.get $a) (i64.const 3))) (i64.add (local.get $x) (i64.const 1)))
          (else (if (i32.and (local.get $n) (i32.const 2)) (then (return (local.get $a)))) (i64.const -1)))
        (i64.add (local.get $x)
          (block $b (result i64)
            (drop (br_if $b (i64.const 9) (i32.and (local.get $n) (i32.const 4))))
            (local.set $x (i64.const 77))
            (i64.extend_i32_s (local.get $n)))))))
  (func (export "swapped") (param $a i64) (param $n i32) (result i64) (local $b i64) (local $t i64)
    (loop $l
      (local.set $t (local.get $a)) (local.set $a (local.get $b)) (local.set $b (i64.add (local.get $t) (i64.const 1)))
      (br_if $l (i32.gt_s (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (i32.const 0))))
    (i64.sub (local.get $a) (i64.shl (local.get $b) (i64.const 7))))
  (func (export "memory") (param $p i32) (param $v i64) (result i64)
    (i64.store offset=3 (local.get $p) (local.get $v))
    (i64.store8 (local.get $p) (i64.load offset=2 (local.get $p)))
    (i64.store16 offset=1 (local.get $p) (i64.load32_s offset=4 (local.get $p)))
    (i64.store32 offset=11 (local.get $p) (i64.load8_s offset=5 (local.get $p)))
    (i64.store offset=16 (local.get $p)
      (i64.xor (i64.load16_u offset=3 (local.get $p)) (i64.load32_u offset=7 (local.get $p))))
    (i64.add (i64.load (local.get $p)) (i64.add (i64.load16_s offset=8 (local.get $p)) (i64.load8_u offset=19 (local.get $p)))))
  (func (export "order") (param $p i32) (param $v i64) (result i64) (local $i i32)
    (i64.sub
      (i64.load (local.get $p))
      (block (result i64)
        (i64.store (local.get $p) (local.get $v))
        (global.set $g (i32.add (global.get $g) (i32.wrap_i64 (local.get $v))))
        (i64.add (i64.load (local.get $p)) (i64.extend_i32_s (global.get $g))))))
  (func (export "trap") (param $a i64) (param $n i32) (result i64)
    (if (i32.eq (local.get $n) (i32.const 3)) (then (unreachable)))
    (i64.add (local.get $a) (i64.load (i32.sub (i32.const 0) (local.get $n)))))`;

const MODULE = `(module (memory (export "m") 1) (global $g (mut i32) (i32.const 11)) ${OPERATIONS.join('\n')} ${CONSTRUCTS})`;
const CONSTRUCTED = ['loops', 'arms', 'swapped', 'trap'];

type Functions = Record<string, (...args: (bigint | number)[]) => bigint>;

/** What a call gives, or how it ends. */
function outcome(functions: Functions, name: string, args: (bigint | number)[]): string {
  try {
    return String(functions[name]!(...args));
  } catch (error) {
    return (error as Error).constructor.name;
  }
}

/** All calls of the module's functions with what comes of them, and the memory behind. */
function run(functions: Functions, names: readonly string[]): string[] {
  const out: string[] = [];
  const call = (name: string, ...args: (bigint | number)[]) =>
    out.push(`${name}(${args}) ${outcome(functions, name, args)}`);
  for (const name of names) {
    for (const value of VALUES) {
      if (CONSTRUCTED.includes(name))
        for (const n of [0, 1, 2, 3, 4, 5, 8, 20]) call(name, value, n);
      else if (name === 'memory' || name === 'order')
        for (const p of [0, 5, 65512, 65513, 65525, 65535, -1, -65536]) call(name, p, value);
      else for (const other of VALUES) call(name, value, other);
    }
  }
  const { buffer } = functions['m'] as unknown as { buffer: ArrayBuffer };
  return [...out, Buffer.from(buffer).toString('hex')];
}

test('words from the first call on give what the engine gives', async () => {
  const source = await text(MODULE, { wideWords: 'always' });
  // Every function has the form.
  expect(source.match(/^function w\$/gm)).toHaveLength(OPERATIONS.length + 6);
  const engine = (await native(MODULE)) as unknown as Functions;
  const names = Object.keys(engine).filter((name) => name !== 'm');
  const expected = run(engine, names);
  const actual = run((await load(MODULE, { wideWords: 'always' })) as unknown as Functions, names);
  expect(actual).toEqual(expected);
  expect(actual.filter((line) => line.endsWith('RuntimeError')).length).toBeGreaterThan(50);
});

/** A function that pays. */
const ROUNDS = `(module (func (export "run") (param $a i64) (param $n i32) (result i64) (local $s i64)
  (loop $l
    ${'(local.set $s (i64.rotl (i64.mul (i64.add (i64.xor (local.get $s) (local.get $a)) (i64.const 0x1234567)) (i64.const 0x9e3779b97f4a7c15)) (i64.const 29)))'.repeat(4)}
    (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  (local.get $s)))`;

test('the first form hands on after many rounds and gives the same', async () => {
  const options = { wideWords: true } as const;
  const { run: reference } = (await native(ROUNDS)) as unknown as Functions;
  const { run: compiled } = (await load(ROUNDS, options)) as unknown as Functions;
  for (let i = 1; i < 60; i++)
    expect(compiled!(BigInt(i) << 40n, i * 7)).toBe(reference!(BigInt(i) << 40n, i * 7));
  expect(await text(ROUNDS, options)).toMatch(/>_wide_after\)return w\$/);
});

test('nothing has the form unless asked, nor what it does not pay for', async () => {
  expect(await text(ROUNDS)).not.toMatch(/\bw\$|_words/);
  expect(await text(MODULE, { wideWords: true })).not.toMatch(/^function w\$add\b/m);
  for (const optimizeFor of ['interpreter', 'size'] as const)
    expect(await text(ROUNDS, { wideWords: true, optimizeFor })).not.toMatch(/_words/);
});

test('what nests deep or has many loops within loops has the first form alone, deep expressions are taken apart', async () => {
  const nest = (construct: string, n: number) =>
    `(module (func (export "run") (param $a i64) (result i64)
      ${`(${construct} (result i64) `.repeat(n)}(i64.add (local.get $a) (i64.const 1))${')'.repeat(n)}))`;
  const always = { wideWords: 'always' } as const;
  for (const [construct, few, many] of [
    ['block', 90, 2000],
    ['loop', 6, 300],
  ] as const) {
    expect(await text(nest(construct, few), always)).toMatch(/^function w\$/m);
    const { run: compiled } = (await load(nest(construct, few), always)) as unknown as Functions;
    expect(compiled!(41n)).toBe(42n);
    expect(await text(nest(construct, many), always)).not.toMatch(/^function w\$/m);
  }
  const chain = `(module (func (export "run") (param $a i64) (result i64) (local.get $a)
    ${'(i64.add (i64.const 3)) (i64.mul (local.get $a))'.repeat(1600)}))`;
  const { run: reference } = (await native(chain)) as unknown as Functions;
  const { run: compiled } = (await load(chain, always)) as unknown as Functions;
  expect(compiled!(0x123456789n)).toBe(reference!(0x123456789n));
}, 60_000);
