/** Functions above the budget are split; what they do stays the same. */
import { expect, test } from 'vitest';
import { Flat } from '../src/lower/analyses/flat.js';
import { constant } from '../src/lower/ir/int.js';
import { exprStmt, S, Stmt } from '../src/lower/ir/ir.js';
import { Contents } from '../src/lower/passes/outline-content.js';
import { load, native, text } from './building.js';

const TINY = { functionBudget: 60 };

/** Calls an export of both and compares results and traps. */
async function same(wat: string, calls: [string, ...unknown[]][]): Promise<void> {
  expect(await text(wat, TINY)).toMatch(/function d\$/);
  const [ours, theirs] = [await load(wat, TINY), await native(wat)];
  const outcome = (of: typeof ours, [name, ...args]: [string, ...unknown[]]): unknown => {
    try {
      return of[name](...args);
    } catch (error) {
      return (error as Error).name;
    }
  };
  for (const item of calls)
    expect([item, outcome(ours, item)]).toEqual([item, outcome(theirs, item)]);
}

test('branches out of loops, and returns from inside them', async () => {
  const wat = `(module (memory (export "m") 1) (func (export "f") (param i32 i64) (result i64)
    (local i32 i64)
    (local.set 2 (local.get 0))
    (block $out (loop $again
      (br_if $out (i32.eqz (local.get 2)))
      (if (i32.and (local.get 2) (i32.const 1))
        (then
          (local.set 3 (i64.add (local.get 3) (local.get 1)))
          (i64.store (i32.const 8) (i64.mul (local.get 3) (local.get 1)))
          (if (i32.eq (local.get 2) (i32.const 77))
            (then (return (i64.mul (local.get 3) (i64.const 3))))))
        (else
          (local.set 3 (i64.sub (local.get 3) (i64.load (i32.const 8))))
          (i64.store (i32.const 16) (local.get 3))
          (if (i64.eq (local.get 3) (i64.const 5)) (then (unreachable)))))
      (local.set 2 (i32.sub (local.get 2) (i32.const 1)))
      (br $again)))
    (i64.add (local.get 3) (i64.load (i32.const 16)))))`;
  await same(wat, [
    ['f', 10, 3n],
    ['f', 100, -7n],
    ['f', 2, -5n],
    ['f', 0, 1n],
  ]);
});

test('tables of branches', async () => {
  const arm = (n: number) => `
    (local.set 1 (i32.add (local.get 1) (i32.mul (local.get 2) (i32.const ${n + 3}))))
    (local.set 2 (i32.xor (local.get 2) (i32.shl (local.get 1) (i32.const ${n}))))
    (i32.store (i32.const ${n * 4}) (i32.sub (local.get 1) (local.get 2)))`;
  const wat = `(module (memory 1) (func (export "f") (param i32 i32) (result i32) (local i32)
    (local.set 2 (i32.const 9))
    (loop $next
      (block $end (block $c (block $b (block $a
        (br_table $a $b $c $end $next (i32.rem_u (local.get 0) (i32.const 5))))
        ${arm(1)} (local.set 0 (i32.add (local.get 0) (i32.const 7))) (br $next))
        ${arm(2)} (br_if $end (i32.lt_s (local.get 1) (i32.const 0))))
        ${arm(3)} (local.set 0 (i32.sub (local.get 0) (i32.const 4)))
        (br_if $next (i32.gt_s (local.get 0) (i32.const 2))))
      ${arm(4)})
    (i32.add (local.get 1) (i32.load (i32.const 8)))))`;
  const inputs = [0, 1, 2, 3, 5, 6, 7, 8, 50, 51, 52, 53];
  await same(
    wat,
    inputs.map((n) => ['f', n, n * 1000 - 7]),
  );
});

test('the dispatch of an interpreter stays in its loop', async () => {
  const ways = Array.from({ length: 20 }, (_, i) => i);
  const arm = (n: number) => `
    ${ways.map((i) => `(i32.store (i32.const ${n * 80 + i * 4}) (i32.mul (local.get 1) (i32.const ${i + n})))`).join('\n')}
    (local.set 1 (i32.add (local.get 1) (i32.load (i32.const ${n * 80 + 8})))) (br $next)`;
  const body = ways.reduce(
    (inner, n) => `(block $l${n} ${inner}) ${arm(n)}`,
    `(br_table ${ways.map((n) => `$l${n}`).join(' ')} $end
      (i32.load8_u (i32.add (local.get 0) (i32.const 2000))))`,
  );
  const wat = `(module (memory 1) (data (i32.const 2000) "\\03\\07\\13\\00\\14")
    (func (export "f") (param i32 i32) (result i32)
      (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
      (block $end (loop $next
        (local.set 0 (i32.add (local.get 0) (i32.const 1)))
        ${body}))
      (local.get 1)))`;
  const source = await text(wat, { functionBudget: 6000 });
  const [whole, ...parts] = source.slice(source.indexOf('function $0(')).split('function d$0$');
  expect(parts.length).toBeGreaterThan(8);
  expect(whole).toContain('case 17:');
  expect(parts.join('')).not.toContain('switch');
  const [ours, theirs] = [await load(wat, { functionBudget: 6000 }), await native(wat)];
  expect([ours.f(0, 5), ours.f(2, -9)]).toEqual([theirs.f(0, 5), theirs.f(2, -9)]);
});

test('results of every type, through several exits', async () => {
  const wat = `(module
    (func (export "f") (param i32 f64 f32 i64) (result i64 f32 i32 f64) (local f64 i64)
      (local.set 4 (f64.mul (local.get 1) (f64.const 2)))
      (if (i32.gt_s (local.get 0) (i32.const 5))
        (then
          (local.set 4 (f64.sqrt (local.get 4)))
          (local.set 5 (i64.div_s (local.get 3) (i64.extend_i32_s (local.get 0))))
          (if (i32.eq (local.get 0) (i32.const 9))
            (then (return (local.get 5) (local.get 2) (i32.const 1) (local.get 4))))
          (local.set 2 (f32.neg (local.get 2))))
        (else
          (local.set 5 (i64.rotl (local.get 3) (i64.const 7)))
          (if (i32.eqz (local.get 0))
            (then (return (i64.const -1) (f32.const 1.5) (i32.const 2) (local.get 1))))))
      (i64.add (local.get 5) (local.get 3)) (local.get 2) (i32.const 3) (local.get 4)))`;
  await same(
    wat,
    [0, 3, 7, 9].map((n) => ['f', n, 2.25, 0.5, -(2n ** 40n) + 3n]),
  );
});

test('the bits of a NaN survive', async () => {
  const wat = `(module (memory 1)
    (func $pick (param i32 f64 f32) (result f64) (local f64 f32)
      (local.set 3 (local.get 1))
      (local.set 4 (local.get 2))
      (if (i32.and (local.get 0) (i32.const 1))
        (then
          (f32.store (i32.const 40) (local.get 4))
          (local.set 3 (f64.load (i32.const 24)))
          (if (i32.and (local.get 0) (i32.const 2)) (then (return (local.get 3)))))
        (else (local.set 4 (f32.load (i32.const 32))) (f64.store (i32.const 48) (local.get 3))))
      (f32.store (i32.const 44) (local.get 4))
      (f64.store (i32.const 56) (local.get 3))
      (local.get 3))
    (func (export "f") (param i32) (result i64 i32 i64)
      (i64.store (i32.const 24) (i64.const 0x7ff4000000abcdef))
      (i32.store (i32.const 32) (i32.const 0x7fa12345))
      (i64.reinterpret_f64 (call $pick (local.get 0)
        (f64.reinterpret_i64 (i64.const 0xfff4123456789abc))
        (f32.reinterpret_i32 (i32.const 0xffa54321))))
      (i32.load (i32.const 44)) (i64.load (i32.const 56))))`;
  await same(
    wat,
    [0, 1, 2, 3].map((n) => ['f', n]),
  );
});

test('memory grown in a part is seen outside it', async () => {
  const wat = `(module (memory 1) (func $grow (drop (memory.grow (i32.const 1))))
    (func (export "f") (param i32) (result i32) (local i32)
      (i32.store (i32.const 0) (i32.const 3))
      (if (local.get 0)
        (then
          (i32.store (i32.const 4) (i32.add (i32.load (i32.const 0)) (local.get 0)))
          (call $grow)
          (local.set 1 (i32.add (i32.load (i32.const 4)) (i32.const 5)))
          (i32.store (i32.const 70000) (local.get 1))))
      (i32.store (i32.const 70004) (i32.load (i32.const 70000)))
      (i32.add (memory.size) (i32.load (i32.const 70004)))))`;
  await same(wat, [
    ['f', 0],
    ['f', 1],
    ['f', 0],
    ['f', 6],
  ]);
});

test('a function of many thousand instructions is split by default', async () => {
  const arms = Array.from(
    { length: 400 },
    (_, n) => `(if (i32.eq (local.get 0) (i32.const ${n})) (then
      ${`(i32.store (i32.const ${n}) (i32.add (i32.load (i32.const ${n})) (local.get 0)))\n`.repeat(5)}
      (local.set 1 (i32.add (i32.load (i32.const ${n})) (i32.const ${n})))))`,
  );
  const wat = `(module (memory 1) (func (export "f") (param i32) (result i32) (local i32)
    ${arms.join('\n')} (local.get 1)))`;
  expect(await text(wat)).toMatch(/function d\$0\$1\(/);
  const [ours, theirs] = [await load(wat), await native(wat)];
  for (const n of [0, 7, 399, 400]) expect(ours.f(n)).toBe(theirs.f(n));
});

test('what a part reads beyond eight arguments comes through the channel', async () => {
  const locals = Array.from({ length: 12 }, (_, i) => i + 2);
  const wat = `(module (memory 1) (func (export "f") (param i32 i64) (result i64)
    (local ${locals.map(() => 'i64').join(' ')})
    ${locals.map((i) => `(local.set ${i} (i64.mul (local.get 1) (i64.const ${i * 1234567891})))`).join('\n')}
    (block $out
      (if (i32.and (local.get 0) (i32.const 1)) (then
        ${locals.map((i) => `(i64.store offset=${8 * i} (i32.const 0) (i64.xor (local.get ${i}) (i64.load (i32.const ${8 * i}))))`).join('\n')}
        (local.set 3 (i64.add (local.get 4) (local.get 5)))
        (br_if $out (i64.eqz (local.get 7)))
        (local.set 6 (i64.sub (local.get 12) (local.get 13)))))
      (local.set 2 (i64.const 99)))
    ${locals.map((i) => `(local.set 1 (i64.add (i64.rotl (local.get 1) (i64.const 7)) (local.get ${i})))`).join('\n')}
    (local.get 1)))`;
  const source = await text(wat, TINY);
  const counts = [...source.matchAll(/^function d\$\S*?\(([^)]*)\)/gm)].map(
    ([, list]) => list!.split(',').length,
  );
  expect(Math.max(...counts)).toBe(8);
  expect(source).toMatch(/_oh\d+=[a-z]+\n/);
  await same(wat, [
    ['f', 1, 7n],
    ['f', 0, -3n],
    ['f', 1, 0n],
    ['f', 3, 0x7fffffffffffffn],
  ]);
});

test('calls of the function itself stay in it, so that a level of recursion has one frame', async () => {
  const work = (n: number): string =>
    Array.from(
      { length: n },
      (_, i) =>
        `(i32.store offset=${4 * i} (i32.const 0) (i32.mul (local.get 1) (i32.const ${i + 3})))`,
    ).join('\n');
  const wat = `(module (memory 1) (func $f (export "f") (param i32 i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
    (if (i32.and (local.get 0) (i32.const 1))
      (then ${work(90)} (local.set 1 (i32.load offset=8 (i32.const 0))))
      (else ${work(3)} (local.set 1 (call $f (i32.sub (local.get 0) (i32.const 1)) (i32.add (local.get 1) (i32.const 5)))) ${work(3)}))
    (call $f (i32.sub (local.get 0) (i32.const 1)) (local.get 1))))`;
  const options = { functionBudget: 1500 };
  const parts = [
    ...(await text(wat, options)).matchAll(/^function d\$f\$[\s\S]*?\n(?=function|if|const)/gm),
  ];
  expect(parts.length).toBeGreaterThan(0);
  for (const [part] of parts) expect(part).not.toMatch(/[^d]\$f\(/);
  const [ours, theirs] = [await load(wat, options), await native(wat)];
  for (let n = 0; n < 12; n++) expect(ours.f(n, n * 7)).toBe(theirs.f(n, n * 7));
});

test('deep nests: parts leave for the places of the loop that they have become', async () => {
  const depth = 130;
  const opens = Array.from({ length: depth }, (_, i) => `(block $b${i}`).join(' ');
  const closes = Array.from({ length: depth }, (_, k) => {
    const i = depth - 1 - k;
    const out = (i * 7 + 3) % (i + 1);
    return `(br_if $b${out} (i32.eq (i32.rem_u (local.get 0) (i32.const ${i + 2})) (i32.const ${i % 5})))
      (local.set 2 (i64.add (i64.mul (local.get 2) (i64.const ${i + 3})) (local.get 3)))
      (local.set 3 (i64.xor (local.get 3) (i64.extend_i32_u (local.get 0))))
      (if (i32.eq (local.get 1) (i32.const ${i})) (then (br $again)))
      ${i % 9 === 4 ? '(local.set 4 (i32.add (local.get 4) (i32.wrap_i64 (local.get 2))))' : ''})`;
  }).join('\n');
  const wat = `(module (func (export "f") (param i32 i32) (result i64) (local i64 i64 i32)
    (loop $again
      (local.set 0 (i32.add (i32.mul (local.get 0) (i32.const 5)) (i32.const 13)))
      (local.set 1 (i32.sub (local.get 1) (i32.const 11)))
      ${opens}
      (br_if $b7 (i32.gt_u (local.get 0) (i32.const 0xf0000000)))
      ${closes}
      (br_if $again (i32.gt_s (local.get 1) (i32.const 0))))
    (i64.add (local.get 2) (i64.extend_i32_s (local.get 4)))))`;
  expect(await text(wat, TINY)).toMatch(/for\(;;\)\{switch\(/);
  await same(
    wat,
    Array.from({ length: 60 }, (_, i) => ['f', i * 40503 + 1, (i * 37) % 150]),
  );
});

test('parts are not made of parts where one function has room for both', async () => {
  const work = (n: number, at: number): string =>
    Array.from(
      { length: n },
      (_, i) =>
        `(i32.store offset=${at + 4 * i} (i32.const 0) (i32.mul (local.get 1) (i32.const ${i + 3})))`,
    ).join('\n');
  // Arms that leave early, around one that comes back: taken first is what is inside.
  const arm = (k: number): string => `(if (i32.eq (local.get 0) (i32.const ${k})) (then
      ${work(12, 0)}
      (if (i32.load offset=${8 * k} (i32.const 0)) (then
        ${work(40, 80)}
        (br_if $out (i32.eq (i32.load offset=${4 * k} (i32.const 0)) (i32.const 12)))
        (local.set 2 (i32.add (local.get 2) (call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (local.get 1) (i32.const 0))))))
      ${work(12, 400)}
      (local.set 2 (i32.add (local.get 2) (i32.const ${k})))))`;
  const arms = Array.from({ length: 20 }, (_, k) => arm(k)).join('\n');
  const wat = `(module (memory 1) (type $t (func (param i32 i32) (result i32)))
    (table 1 1 funcref) (elem (i32.const 0) $f)
    (func $f (export "f") (param i32 i32) (result i32) (local i32)
      (if (i32.lt_s (local.get 0) (i32.const 0)) (then (return (local.get 1))))
      (block $out ${arms})
      (i32.add (local.get 2) (i32.const 1))))`;
  const options = { functionBudget: 6000 };
  const source = await text(wat, options);
  const parts = [...source.matchAll(/^function d\$f\$[\s\S]*?\n(?=function|if|const)/gm)];
  expect(parts.length).toBeGreaterThan(0);
  for (const [part] of parts) expect(part.slice('function '.length)).not.toMatch(/\nd\$f|=d\$f/);
  const [ours, theirs] = [await load(wat, options), await native(wat)];
  for (let n = -1; n < 21; n++) expect(ours.f(n, n * 7)).toBe(theirs.f(n, n * 7));
});

test('views are read anew where a part has only words of an access that its last one answers for', async () => {
  const kinds = {
    i64: (at: string) =>
      `(i64.store ${at} (i64.add (i64.load offset=16 ${at}) (i64.extend_i32_s (local.get $n))))`,
    v128: (at: string) =>
      `(v128.store ${at} (i32x4.add (v128.load offset=16 ${at}) (i32x4.splat (local.get $n))))`,
  };
  for (const step of Object.values(kinds)) {
    const steps = Array.from(
      { length: 6 },
      (_, k) => `(if (i32.and (local.get $c) (i32.const ${1 << k}))
          (then (local.set $n (call $g (local.get $n)))) (else (local.set $n (i32.const ${k}))))
        (local.set $p (i32.add (local.get $p) (i32.const 8)))
        ${step('(local.get $p)')}`,
    ).join('\n');
    const wat = `(module (memory (export "m") 1 50)
      (func $g (param i32) (result i32) (drop (memory.grow (i32.const 1))) (i32.add (local.get 0) (i32.const 1)))
      (func (export "f") (param $n i32) (param $c i32) (result i64) (local $p i32)
        (i64.store (i32.const 16) (i64.const 0x100000002))
        ${steps}
        (i64.add (i64.load (local.get $p)) (i64.extend_i32_u (local.get $n)))))`;
    for (const functionBudget of [60, 200, 400]) {
      const [ours, theirs] = [await load(wat, { functionBudget }), await native(wat)];
      const run = ({ m, f }: typeof ours): unknown => {
        // What JavaScript has seen is detached when the memory grows.
        expect(m.buffer.byteLength).toBe(65536);
        return [f(7, 63), Buffer.from(m.buffer).subarray(0, 200)];
      };
      expect(run(ours)).toEqual(run(theirs));
    }
  }
});

test('whoever calls a part that begins behind growth reads views anew', async () => {
  const flat = new Flat([new Stmt(S.Reload), exprStmt(constant(1))], 0);
  const grows = (from: number): boolean => new Contents(flat).of(from, from + 1, true)!.grows;
  expect([grows(0), grows(1)]).toEqual([true, false]);
  const steps = Array.from(
    { length: 8 },
    (_, k) => `(drop (memory.grow (i32.const 1)))
      (local.set $y (i64.add (local.get $y) (i64.mul (i64.extend_i32_u (local.get $n)) (i64.extend_i32_u (local.get $x)))))
      (global.set $s (i32.add (global.get $s) (i32.wrap_i64 (i64.shr_u (local.get $y) (i64.const ${k})))))
      (local.set $n (i32.add (i32.mul (local.get $n) (i32.const 31)) (i32.rotl (local.get $x) (i32.const ${k}))))
      (i32.store (i32.const ${8 * k}) (i32.add (local.get $n) (i32.load (i32.const ${8 * k + 4}))))
      (i32.store (i32.const ${8 * k + 4}) (i32.wrap_i64 (local.get $y)))`,
  ).join('\n');
  const wat = `(module (memory (export "m") 1 50) (global $s (export "s") (mut i32) (i32.const 1))
    (func (export "f") (param $n i32) (param $x i32) (result i32) (local $y i64)
      (i32.store (i32.const 4) (local.get $n))
      ${steps}
      (i32.add (local.get $n) (i32.load (i32.const 8)))))`;
  for (const optimizeFor of ['jit', 'interpreter', 'size'] as const)
    for (let functionBudget = 20; functionBudget < 400; functionBudget += 20) {
      const ours = await load(wat, { functionBudget, optimizeFor });
      const theirs = await native(wat);
      const run = ({ m, s, f }: typeof ours): unknown => {
        expect(m.buffer.byteLength).toBe(65536);
        return [f(7, 63), s.value, Buffer.from(m.buffer).subarray(0, 200)];
      };
      expect(run(ours)).toEqual(run(theirs));
    }
});

/**
 * A function of three nests of loops, and an export that calls it: once, or in a loop.
 * @param wayOut an inner loop is left in a second way
 * @param within what stands in an inner loop as well
 * @param around what an inner loop stands in
 */
const nests = (
  repeated: boolean,
  wayOut = '',
  within = '',
  around = (inner: string) => inner,
): string => {
  const loop = (at: number): string => `
    (local.set 2 (i32.const 0))
    (block $out${at} (loop $outer${at}
      (local.set 3 (i32.const 0))
      ${around(`(loop $inner${at}
        (local.set 4 (i32.add (i32.mul (local.get 4) (i32.const 31)) (i32.xor (local.get 3) (local.get 2))))
        (local.set 4 (i32.rotl (local.get 4) (i32.const ${at})))
        (i32.store offset=64 (i32.shl (local.get 3) (i32.const 2)) (i32.add (local.get 4) (i32.load offset=64 (i32.shl (local.get 2) (i32.const 2)))))
        (i32.store16 offset=512 (i32.shl (local.get 2) (i32.const 1)) (i32.sub (local.get 4) (local.get 0)))
        (if (i32.eq (local.get 4) (i32.const 99)) (then (unreachable)))
        ${wayOut && `(br_if $out${at} (i32.eq (local.get 4) (i32.const 98)))`}
        ${within}
        (br_if $inner${at} (i32.lt_s (local.tee 3 (i32.add (local.get 3) (i32.const 1))) (i32.const 20))))`)}
      (local.set 4 (i32.xor (local.get 4) (i32.load16_u offset=512 (i32.shl (local.get 2) (i32.const 1)))))
      (local.set 4 (i32.add (local.get 4) (i32.load8_s offset=64 (local.get 2))))
      (br_if $outer${at} (i32.lt_s (local.tee 2 (i32.add (local.get 2) (i32.const 1))) (i32.const 20)))))`;
  const called = '(local.set 1 (i32.add (local.get 1) (call $f (local.get 0))))';
  return `(module (memory (export "m") 1)
    (func $f (param i32) (result i32) (local i32 i32 i32 i32) ${[3, 5, 7].map(loop).join('')}
      (local.get 4))
    (func (export "run") (param i32) (result i32) (local i32)
      ${repeated ? `(loop $l ${called} (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))` : called}
      (local.get 1)))`;
};

test('inner loops of a function that runs seldom are functions of their own', async () => {
  const wat = nests(false);
  const parts = (await text(wat)).split(/^(?=function )/m).filter((part) => /^\w+ d\$/.test(part));
  expect(parts).toHaveLength(3);
  // What one has worked out it returns.
  for (const part of parts) {
    expect(part.match(/\bdo\{/g)).toHaveLength(1);
    expect(part).toMatch(/return \w+\}/);
  }
  const [ours, theirs] = [await load(wat), await native(wat)];
  for (const n of [0, 1, -5, 77]) expect(ours['run'](n)).toBe(theirs['run'](n));
  for (const optimizeFor of ['interpreter', 'size'] as const)
    expect(await text(wat, { optimizeFor })).not.toMatch(/function d\$/);
});

test('loops of a function that runs often stay in it, as do those that are left in two ways', async () => {
  expect(await text(nests(true))).not.toMatch(/function d\$/);
  expect(await text(nests(false, 'two'))).not.toMatch(/function d\$/);
});

test('inner loops stay where they compute in single precision, or hold a loop and may have no round', async () => {
  const single =
    '(f32.store offset=900 (i32.const 0) (f32.add (f32.load offset=900 (i32.const 0)) (f32.const 1.5)))';
  const loop = `(local.set 1 (i32.const 3)) (loop $least
    (local.set 4 (i32.add (local.get 4) (local.get 1)))
    (br_if $least (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))`;
  const chosen = (inner: string) => `(if (i32.and (local.get 2) (i32.const 3)) (then ${inner}))`;
  const same = (inner: string) => inner;
  for (const [within, around, parts] of [
    [single, same, 0],
    [loop, same, 3],
    ['', chosen, 3],
    [loop, chosen, 0],
  ] as const) {
    const wat = nests(false, '', within, around);
    expect((await text(wat)).match(/function d\$/g) ?? []).toHaveLength(parts);
    const [ours, theirs] = [await load(wat), await native(wat)];
    for (const n of [0, -5]) expect(ours['run'](n)).toBe(theirs['run'](n));
  }
});
