/**
 * The form of functions on whole 64-bit words: run from the first call on (`always`) beside the engine's own WebAssembly, and
 * after many calls of the other form, as V8 has it. All kinds of instructions and constructs that it takes, at the limits.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { evaluate, load, native, text, writeFiles } from './building.js';

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

/** Loops that are left in all ways, with what is kept in both kinds of locals; each pays. */
const STEP = (x: string, y: string): string =>
  `(local.set ${x} (i64.rotl (i64.mul (i64.add (local.get ${x}) (i64.xor (local.get ${y}) (i64.const 0x1234567))) (i64.const 0x9e3779b97f4a7c15)) (i64.const 29)))`;
const NEXT = '(i32.gt_s (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (i32.const 0))';
const LOOPS = `(module (memory 1) (global $g (mut i32) (i32.const 0))
  (func (export "returns") (param $a i64) (param $n i32) (result i64) (local $s i64) (local $k i32)
    (loop $l ${STEP('$s', '$a').repeat(8)} (local.set $k (i32.add (local.get $k) (i32.const 3)))
      (if (i32.eq (i32.and (local.get $n) (i32.const 255)) (i32.const 77)) (then (return (i64.add (local.get $s) (i64.load32_u (i32.and (local.get $k) (i32.const 1023)))))))
      (br_if $l ${NEXT}))
    (i64.sub (local.get $s) (i64.extend_i32_s (local.get $k))))
  (func (export "returns32") (param $a i64) (param $n i32) (result i32) (local $s i64)
    (block $b (loop $l ${STEP('$s', '$a').repeat(8)}
      (br_if $b (i32.eq (i32.and (local.get $n) (i32.const 127)) (i32.const 9)))
      (if (i32.eqz (local.get $n)) (then (return (i32.const -5))))
      (br_if $l ${NEXT}))
      (return (local.get $n)))
    (i32.wrap_i64 (local.get $s)))
  (func (export "nothing") (param $a i64) (param $n i32) (local $s i64)
    (loop $l ${STEP('$s', '$a').repeat(8)} (i64.store (i32.const 8) (local.get $s))
      (if (i32.eq (local.get $n) (i32.const 2)) (then (return)))
      (br_if $l ${NEXT})))
  (func (export "clear") (i64.store (i32.const 8) (i64.const 0)))
  (func (export "read") (result i64) (i64.load (i32.const 8)))
  (func (export "outer") (param $a i64) (param $n i32) (result i64) (local $s i64) (local $t i64) (local $kept i64) (local $i i32)
    (local.set $kept (i64.mul (local.get $a) (i64.const 3)))
    (block $far
      (block $near
        (local.set $kept (i64.add (local.get $kept) (i64.const 1)))
        (loop $o ${STEP('$s', '$a').repeat(9)}
          (local.set $i (i32.const 0))
          (loop $i ${STEP('$t', '$s').repeat(9)}
            (br_if $near (i64.eq (i64.and (local.get $t) (i64.const 1023)) (i64.const 3)))
            (br_if $far (i64.eq (i64.and (local.get $t) (i64.const 1023)) (i64.const 5)))
            (br_if $i (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 5))))
          (br_if $o ${NEXT})))
      (local.set $s (i64.xor (local.get $s) (local.get $kept))))
    (loop $second ${STEP('$t', '$kept').repeat(3)} (br_if $second (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 20))))
    (i64.add (i64.add (local.get $s) (local.get $t)) (i64.add (local.get $kept) (i64.extend_i32_s (i32.add (local.get $i) (local.get $n))))))
  (func (export "handed") (param $a i64) (param $n i32) (result i64) (local $s i64)
    (block $b (result i64)
      (loop $l ${STEP('$s', '$a').repeat(8)}
        (drop (br_if $b (local.get $s) (i32.eq (i32.and (local.get $n) (i32.const 63)) (i32.const 40))))
        (br_if $l ${NEXT}))
      (i64.const 12)))
  (func (export "result") (param $a i64) (param $n i32) (result i64) (local $s i64)
    (i64.mul (i64.const 5) (loop $l (result i64) ${STEP('$s', '$a').repeat(8)}
      (br_if $l ${NEXT}) (i64.add (local.get $s) (i64.const 1))))))`;
const LOOPED = ['returns', 'returns32', 'nothing', 'outer', 'handed', 'result'];

/** All functions of `LOOPS`, several times: what they give. */
function runLoops(functions: Functions): string[] {
  const out: string[] = [];
  functions['clear']!();
  for (const n of [1, 2, 3, 5, 9, 100, 1500, 2600])
    for (const name of LOOPED)
      for (const a of VALUES)
        out.push(`${name}(${a},${n}) ${functions[name]!(a, n)} ${functions['read']!()}`);
  return out;
}

test('loops are functions of their own, entered anew after some rounds, and left as before', async () => {
  const always = await text(LOOPS, { wideWords: 'always' });
  // Not where a value is handed on.
  expect([...(await text(LOOPS)).matchAll(/^function x\$\w+\$\d\(/gm)]).toHaveLength(5);
  const expected = runLoops((await native(LOOPS)) as unknown as Functions);
  expect(runLoops(evaluate(always) as Functions)).toEqual(expected);
});

/** Small functions that are taken in: with results, parameters of both kinds, several ways out, and locals that begin as zero. */
const CALLS = `(module (memory 1) (global $g (mut i32) (i32.const 0))
  (func $mul (param $p i32) (param $a i64) (param $b i64) (local $l i64)
    (local.set $l (i64.add (local.get $l) (i64.mul (i64.and (local.get $a) (i64.const 0xffffffff)) (i64.and (local.get $b) (i64.const 0xffffffff)))))
    (i64.store (local.get $p) (local.get $l))
    (i64.store offset=8 (local.get $p) (i64.add (i64.mul (i64.shr_u (local.get $a) (i64.const 32)) (i64.shr_u (local.get $b) (i64.const 32))) (i64.shr_u (local.get $l) (i64.const 32)))))
  (func $pick (param $a i64) (param $b i64) (result i64) (local $n i32)
    (if (i64.lt_s (local.get $a) (local.get $b)) (then (return (i64.sub (local.get $a) (i64.extend_i32_s (local.get $n))))))
    (local.set $n (i32.const 5))
    (block (br_if 1 (i64.xor (local.get $b) (i64.const 3)) (i64.eqz (i64.and (local.get $a) (i64.const 1)))) (drop))
    (if (i64.gt_u (local.get $b) (i64.const 0x7fffffff)) (then (unreachable)))
    (i64.add (local.get $b) (i64.extend_i32_u (local.get $n))))
  (func $flag (param $a i64) (result i32) (i32.add (i64.ne (local.get $a) (i64.const 0)) (i64.le_u (local.get $a) (i64.const 64))))
  (func $deep (param $a i64) (result i64) (call $pick (local.get $a) (i64.const 1)))
  (func $run (export "run") (param $a i64) (param $b i64) (result i64) (local $s i64) (local $n i32)
    (loop $l
      (call $mul (i32.const 16) (i64.add (local.get $a) (local.get $s)) (local.get $b))
      (local.set $s (i64.add (i64.load (i32.const 16)) (i64.load (i32.const 24))))
      (call $mul (i32.add (i32.const 32) (call $flag (local.get $s))) (local.get $s) (i64.xor (local.get $a) (local.get $b)))
      (local.set $s (i64.xor (local.get $s) (i64.add (i64.load offset=1 (i32.const 32)) (call $pick (i64.shr_u (local.get $a) (i64.const 1)) (i64.and (local.get $s) (i64.const 0x7fffffff))))))
      (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 5))))
    (i64.add (local.get $s) (call $pick (local.get $a) (local.get $b))))
  (func $far (export "far") (param $a i64) (param $b i64) (result i64) (i64.add (call $deep (local.get $a)) (local.get $b))))`;

test('small functions are taken in, which have no calls themselves', async () => {
  const source = await text(CALLS, { wideWords: 'always' });
  const [, body = ''] =
    /^function w\$run\b([\s\S]*?)^function (?!x)/m.exec(`${source}function `) ?? [];
  expect(body).toContain('setBigUint64');
  expect(body).not.toMatch(/\$(mul|pick|flag)\b/);
  expect(source).toMatch(/^function w\$pick\b/m);
  // By default, where it pays.
  const product = '(local.set $s (i64.mul (local.get $s) (i64.const 3)))';
  const pays = CALLS.replaceAll('(loop $l\n', `(loop $l ${product.repeat(100)}`);
  expect(await text(pays)).toMatch(/^function w\$run\b/m);
  expect(await text(CALLS)).not.toMatch(/^function w\$run\b/m);
  const engine = (await native(CALLS)) as unknown as Functions;
  const compiled = evaluate(source) as Functions;
  for (const name of ['run', 'far'])
    for (const a of VALUES)
      for (const b of VALUES)
        expect(`${a} ${b} ${outcome(compiled, name, [a, b])}`).toBe(
          `${a} ${b} ${outcome(engine, name, [a, b])}`,
        );
});

/**
 * The text with low limits and short pauses, and a host that is taken for fast; `handedOn` counts the calls of the second form that are not empty.
 * @param allowed how many milliseconds a call of it may take
 */
const soon = (source: string, allowed: string): string =>
  counting(source)
    .replace('1e6', '400')
    .replace('!Error.isError', '!1')
    .replace('<.2', '<1e9')
    .replace('1e5', '3')
    .replace(/2\*\w\.least\+5e-4/, allowed);
const counting = (source: string): string =>
  source.replace(
    /^function w\$.*?(\w+)\)\{/gm,
    '$&if(!$1)globalThis.handedOn=(globalThis.handedOn||0)+1;',
  );
const handedOn = (): number => (globalThis as { handedOn?: number }).handedOn ?? 0;

/**
 * Functions without loops that go on in others: with words and integers on the operand stack, locals of both kinds, constants, and loads
 * that are read before what is stored; which return in the midst, trap late, hand on nothing, an integer, or a word.
 */
const lengthy = (steps: number): string => {
  const step = (x: string, y: string): string => STEP(x, y).repeat(steps);
  return `(module (memory (export "m") 1) (global $g (mut i32) (i32.const 3))
  (func (export "word") (param $a i64) (param $n i32) (result i64) (local $s i64) (local $t i64) (local $k i32)
    (i64.sub (local.get $a)
      (i64.add (i64.load offset=16 (local.get $n))
        (i64.xor (i64.const 0x123456789)
          (select (i64.const 77) (block (result i64)
              (local.set $k (i32.add (local.get $n) (i32.const 9)))
              (local.get $t))
            (i32.add (i32.mul (local.get $n) (i32.const 5))
              (i32.and (i32.const 1) (block (result i32) (local.get $k)))))))
      ${step('$s', '$a')}
      (i64.store offset=16 (local.get $n) (local.get $s))
      ${step('$t', '$s')}
      (local.set $k (i32.add (local.get $k) (i32.const 1)))
      (local.set $a (i64.const 5))
      ${step('$t', '$a')}
      (i64.store offset=24 (local.get $n) (i64.add (local.get $t) (i64.extend_i32_s (local.get $k)))))
    (i64.xor (local.get $t)))
  (func (export "integer") (param $a i64) (param $n i32) (result i32) (local $s i64)
    ${step('$s', '$a')}
    (if (i32.eq (local.get $n) (i32.const 1)) (then (return (i32.const 12))))
    (i32.sub (i32.add (local.get $n) (global.get $g)) (local.tee $n (i32.const 40)))
    ${step('$s', '$s')}
    (global.set $g (i32.const 4))
    (i64.store offset=65500 (local.get $n) (local.get $s))
    (i32.add (local.get $n)))
  (func (export "nothing") (param $a i64) (param $n i32) (local $s i64)
    ${step('$s', '$a')} (i64.store offset=65524 (local.get $n) (local.get $s)) ${step('$s', '$a')} (i64.store (i32.const 0) (local.get $s)))
  (func (export "looped") (param $a i64) (param $n i32) (result i64) (local $s i64) (local $i i32)
    ${step('$s', '$a')}
    (loop $l ${STEP('$s', '$a').repeat(9)} (br_if $l (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    ${step('$a', '$s')}
    (i64.add (local.get $a) (i64.extend_i32_s (local.get $i)))))`;
};

/** All calls of these functions, several times, with the memory behind each. */
function runLengthy(functions: Functions): string[] {
  const { buffer } = functions['m'] as unknown as { buffer: ArrayBuffer };
  const names = ['word', 'integer', 'nothing', 'looped'];
  const args = VALUES.flatMap((a) => [0, 1, 5, 20, 65530].map((n): [bigint, number] => [a, n]));
  return names.flatMap((name) =>
    args.map(([a, n]) => {
      const result = outcome(functions, name, [a, n]);
      return `${name}(${a},${n}) ${result} ${sum(buffer)}`;
    }),
  );
}
const sum = (buffer: ArrayBuffer): number =>
  new Int32Array(buffer).reduce((all, word, i) => (all + Math.imul(word, i + 1)) | 0, 0);

test('long functions go on in others, and give the same', async () => {
  const short = lengthy(12);
  const always = await text(short, { wideWords: 'always' });
  expect([...always.matchAll(/^function x\$\w+\$\d+\(/gm)].length).toBeGreaterThan(20);
  const expected = runLengthy((await native(short)) as unknown as Functions);
  expect(runLengthy(evaluate(always) as Functions)).toEqual(expected);
  expect(expected.filter((line) => line.includes('RuntimeError')).length).toBeGreaterThan(20);
});

test('functions that are split have the form, too', async () => {
  const long = lengthy(150);
  const source = await text(long);
  expect(source).toMatch(/^function \w+\$\d\$\d/m);
  expect(source).toMatch(/^function w\$/m);
  const functions = source.split(/^(?=function )/m).filter((one) => /^function [wx]\$/.test(one));
  expect(functions.length).toBeGreaterThan(8);
  for (const one of functions) expect(one.length).toBeLessThan(60_000);
  const expected = runLengthy((await native(long)) as unknown as Functions);
  const before = handedOn();
  const compiled = evaluate(soon(source, '1e9')) as Functions;
  for (let round = 0; round < 3; round++) {
    const actual = runLengthy(compiled);
    if (round === 0) expect(actual).toEqual(expected);
  }
  expect(handedOn()).toBeGreaterThan(before + 50);
});

test('the first form hands on after many rounds, however its loops are left, and gives the same', async () => {
  const expected = runLoops((await native(LOOPS)) as unknown as Functions);
  const source = await text(LOOPS);
  expect(source).toMatch(/<2\?w\$\d\(.*?,0\):_wide_step\(/);
  /** Runs some rounds, and gives how often the second form ran. */
  const times = (changed: string): number => {
    const before = handedOn();
    const compiled = evaluate(changed) as Functions;
    for (let round = 0; round < 5; round++) expect(runLoops(compiled)).toEqual(expected);
    return handedOn() - before;
  };
  // Always fast: from the first windows on. Functions with loops that are entered once count calls alone.
  const fast = times(soon(source, '1e9'));
  expect(fast).toBeGreaterThan(VALUES.length * 8 * 6);
  // Never: it is tried. Now and then: it is left, and taken again after empty calls.
  const slow = times(soon(source, '-1'));
  expect(slow).toBeGreaterThan(50);
  expect(slow).toBeLessThan(fast);
  const changing = '((globalThis.turn=(globalThis.turn|0)+1)%5<2?1e9:-1)';
  expect(times(soon(source, changing))).toBeGreaterThan(slow);
  // Neither limit nor host as they are: nothing is handed on.
  expect(times(counting(source))).toBe(0);
});

test('what pays has the form, where code is made for engines with a JIT and memory is checked', async () => {
  expect(await text(ROUNDS)).toMatch(/^function w\$/m);
  expect(await text(MODULE)).not.toMatch(/^function w\$add\b/m);
  // Neither shifts and masks alone, nor some words without a loop.
  const masks = ROUNDS.replaceAll('i64.rotl', 'i64.shl')
    .replaceAll('i64.mul', 'i64.and')
    .replaceAll('i64.add', 'i64.or');
  const once = (n: number): string =>
    `(module (func (export "run") (param $a i64) (result i64) ${STEP('$a', '$a').repeat(n)} (local.get $a)))`;
  for (const few of [masks, once(20)]) expect(await text(few)).not.toMatch(/\bw\$|_words/);
  expect(await text(once(40))).toMatch(/^function w\$/m);
  for (const options of [
    { wideWords: false },
    { uncheckedMemory: true },
    { fuel: 1e9 },
    { optimizeFor: 'interpreter' },
    { optimizeFor: 'size' },
  ] as const)
    for (const wideWords of 'wideWords' in options ? [false] : [undefined, true])
      expect(await text(ROUNDS, { ...options, wideWords })).not.toMatch(/\bw\$|_words|\d\dn\b/);
});

/** Hosts that are installed, with options that make them slow. */
const node = (version: number): string =>
  fileURLToPath(new URL(`../../../hosts/node_modules/node-${version}/bin/node`, import.meta.url));
const HOSTS: [name: string, version: number, options: string[], fast: boolean][] = [
  ['Node 22', 22, [], false],
  ['Node 24', 24, [], true],
  ['Node 26', 26, [], true],
  ['Node 26 without its last tier', 26, ['--max-opt=2'], false],
  ['Node 26 without compilers', 26, ['--max-opt=0'], false],
  ['Node 26 jitless', 26, ['--jitless'], false],
];

test.each(HOSTS)(
  '%s: are words taken as fast there?',
  async (_name, version, options, fast) => {
    if (!existsSync(node(version))) return;
    const source = counting(await text(ROUNDS));
    const script = writeFiles({
      'run.cjs': `const { run } = ${source};
      const end = Date.now() + ${fast ? 60_000 : 1500};
      for (let i = 0; !globalThis.handedOn && Date.now() < end; i++) run(5n, ${options.length > 0 ? 1e6 : 3e6});
      console.log(globalThis.handedOn > 0);`,
    });
    const { stdout, stderr } = spawnSync(node(version), [...options, script], { encoding: 'utf8' });
    expect(stdout || stderr).toBe(`${fast}\n`);
  },
  90_000,
);

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
