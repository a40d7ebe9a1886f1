/** Code for interpreters, and memory without checks: same results, traps where they belong, other byte orders. */
import { expect, test } from 'vitest';
import type { CompileOptions } from '../src/index.js';
import { evaluate, load, native, otherByteOrder, text } from './building.js';

const KINDS = ['i32', 'i64', 'f32', 'f64'] as const;
const NARROW = ['i32.load8_s', 'i32.load8_u', 'i32.load16_s', 'i32.load16_u'];
const WAT = `(module (memory (export "memory") 1 4)
  ${KINDS.map(
    (kind) => `(func (export "${kind}") (param i32) (result ${kind})
      (${kind}.load offset=4 (local.get 0)))
    (func (export "${kind}s") (param i32 ${kind}) (${kind}.store offset=8 (local.get 0) (local.get 1)))
    (func (export "${kind}x") (param i32 i32) (result ${kind})
      (${kind}.load (i32.add (local.get 0) (i32.shl (local.get 1) (i32.const 3)))))`,
  ).join('\n')}
  ${NARROW.map(
    (name) => `(func (export "${name}") (param i32) (result i32) (${name} offset=6 (local.get 0)))`,
  ).join('\n')}
  ${NARROW.map(
    (name) => `(func (export "${name}x") (param i32) (result i32)
      (${name} offset=2 (i32.and (local.get 0) (i32.const 0x7fff))))`,
  ).join('\n')}
  (func (export "twice") (param i32) (result i32)
    (i32.store (local.get 0) (i32.const 7)) (i32.store offset=4 (local.get 0) (i32.const 9))
    (i32.store8 offset=9 (local.get 0) (i32.const 200))
    (i32.add (i32.load8_u offset=9 (local.get 0))
      (i32.mul (i32.load (local.get 0)) (i32.load offset=4 (local.get 0)))))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "behind") (param i32) (result i32)
    (drop (memory.grow (i32.const 1)))
    (i32.store8 offset=2 (i32.mul (local.get 0) (i32.const 3)) (i32.const 9))
    (i32.load8_u offset=2 (i32.mul (local.get 0) (i32.const 3))))
  (func (export "constant") (result i32)
    (drop (memory.grow (i32.const 1)))
    (i32.store (i32.const 131068) (i32.const 9))
    (i32.load (i32.const 131068)))
  (func (export "grown") (param i32) (result i32)
    (i32.store (local.get 0) (i32.const 1))
    (drop (memory.grow (i32.const 1)))
    (i32.store offset=65536 (local.get 0) (i32.const 5))
    (i32.add (i32.load offset=65536 (local.get 0)) (i32.load (local.get 0)))))`;

const ADDRESSES = [0, 1, 2, 3, 4, 64, 1000, 65517, 65524, 65527, 65528, 65529, 65535, 65536, 70001];
const HUGE = [-1, -4, -8, -12, 0x7fffffff, -0x80000000];

/** What a call gives: its value, or that it traps. */
function outcome(f: (...args: unknown[]) => unknown, args: unknown[]): string {
  try {
    return String(f(...args));
  } catch (error) {
    return error instanceof WebAssembly.RuntimeError ? 'trap' : String(error);
  }
}

function script(x: Record<string, (...args: unknown[]) => unknown>, addresses: number[]): string[] {
  const lines: string[] = [];
  const memory = new Uint8Array((x['memory'] as unknown as WebAssembly.Memory).buffer);
  for (let i = 0; i < memory.length; i++) memory[i] = (i * 37) ^ (i >> 3);
  const run = (name: string, ...args: unknown[]) =>
    lines.push(`${name} ${args.map(String)} ${outcome(x[name]!, args)}`);
  for (const a of addresses) {
    for (const name of [...KINDS, ...NARROW]) run(name, a);
    for (const name of NARROW) run(`${name}x`, a);
    for (const kind of KINDS) {
      for (const i of [0, 1, 5, -1, 536870912, 268435457]) run(`${kind}x`, a, i);
      run(`${kind}s`, a, kind === 'i64' ? 0x123456789abcdefn : 12345678);
      run(kind, a + 4);
    }
    run('twice', a);
  }
  return lines;
}

const wholeScript = (x: Record<string, (...args: unknown[]) => unknown>): string[] => [
  ...script(x, [...ADDRESSES, ...HUGE]),
  outcome(x['behind']!, [5]),
  ...script(x, [65536, 65532, 131064, 131068, 131069, 131072]),
  outcome(x['constant']!, []),
  outcome(x['grown']!, [65536]),
  outcome(x['grown']!, [65536 + 1]),
  outcome(x['grow']!, [5]),
];

test.each(['interpreter', 'size'] as const)('%s: all accesses are exact', async (optimizeFor) => {
  const expected = wholeScript(await native(WAT));
  // Small modules have no functions that access memories.
  const large = `${WAT.slice(0, -1)} (func ${'(drop (i32.const 123456))'.repeat(1000)}))`;
  for (const wat of [WAT, large])
    expect(wholeScript(await load(wat, { optimizeFor }))).toEqual(expected);
});

/** Functions with more variables than there are letters, of all kinds, on two memories; what they keep is read back. */
const MANY = 300;
const manyLocals = `(module (memory $a (export "memory") 1) (memory $b 1)
  (func (export "sum") (param i32) (result f64) ${'(local i32)'.repeat(MANY)}
    ${Array.from({ length: MANY }, (_, i) => `(local.set ${i + 1} (i32.load $b offset=${4 * i} (local.get 0)))`).join('\n')}
    ${Array.from({ length: MANY }, (_, i) => `(i32.store $a offset=${8 * i} (local.get 0) (i32.add (local.get ${i + 1}) (local.get ${((i * 7) % MANY) + 1})))`).join('\n')}
    (f64.store $a offset=4000 (local.get 0) (f64.div (f64.load $b (local.get 0)) (f64.load $b offset=8 (local.get 0))))
    (f32.store $b offset=4000 (i32.shl (local.get 0) (i32.const 1)) (f32.sub (f32.load $b (local.get 0)) (f32.load $b offset=8 (local.get 0))))
    (f64.add (f64.load $a offset=4000 (local.get 0)) (f64.promote_f32 (f32.load $b offset=4000 (i32.mul (local.get 0) (i32.const 2))))))
  (func (export "set") (param i32 i64) (i64.store $b (local.get 0) (local.get 1)))
  (func (export "far") (result i32) (i32.load offset=4294967295 (i32.const -1)))
  (func (export "behind") (result i32) (i32.load offset=65533 (i32.const 0)))
  (func (export "wraps") (param i32) (result i32)
    (i32.load offset=16 (i32.add (local.get 0) (i32.add (local.get 0) (local.get 0))))))`;

test('size: functions that access memories are hidden by no variable', async () => {
  const source = await text(manyLocals, { optimizeFor: 'size' });
  expect(source).toContain('var L=(a,o)=>');
  // Node 20 has no modules with two memories.
  const [x, y] = [evaluate(source), await load(manyLocals)];
  for (const a of [0, 8, 24, 256, 60000, 65530, -8]) {
    const results = [x, y].map(({ set, sum, wraps }) => [
      outcome(set, [a, 0x7ff8_0000_1234_5678n]),
      outcome(set, [a + 8, -0x0123_4567_89ab_cdefn]),
      outcome(sum, [a]),
      outcome(wraps, [a]),
      outcome(wraps, [0x55555555 + a]),
    ]);
    expect(results[0]).toEqual(results[1]);
  }
  for (const name of ['far', 'behind']) expect(outcome(x[name], [])).toBe('trap');
  expect(new Uint8Array(x.memory.buffer)).toEqual(new Uint8Array(y.memory.buffer));
});

test('interpreter: a machine of the other byte order keeps the order of WebAssembly', async () => {
  const expected = wholeScript(await native(WAT));
  const source = await text(WAT, { optimizeFor: 'interpreter' });
  const other = otherByteOrder(source);
  expect(wholeScript(evaluate(other))).toEqual(expected);
});

const VALID: Partial<CompileOptions>[] = [
  { uncheckedMemory: true },
  { uncheckedMemory: true, optimizeFor: 'interpreter' },
  { uncheckedMemory: true, largeMemory: true },
];
const aligned = [0, 8, 64, 65520];
test.each(VALID)('%j: valid accesses are right', async (options) => {
  const x = await load(WAT, options);
  const y = await native(WAT);
  const names = ['i32', 'f32', 'i32.load8_s', 'i32.load8_u', 'i32.load16_s', 'i32.load16_u'];
  for (const a of aligned)
    for (const name of names) expect(outcome(x[name], [a]), name).toBe(outcome(y[name], [a]));
  for (const a of aligned) expect(x.twice(a)).toBe(y.twice(a));
  for (const a of aligned)
    for (const name of ['f64', 'i64'])
      expect(outcome(x[name], [a + 4]), name).toBe(outcome(y[name], [a + 4]));
  expect(x.grown(0)).toBe(y.grown(0));
});

test('unchecked: a wild access neither traps nor reaches out of the memory', async () => {
  const x = await load(WAT, { uncheckedMemory: true });
  for (const a of [65536, 70001, ...HUGE]) {
    expect(() => x.i32s(a, 5)).not.toThrow();
    expect(() => x.i32(a)).not.toThrow();
  }
});

test('unchecked: a machine of the other byte order keeps the order of WebAssembly', async () => {
  const source = await text(WAT, { uncheckedMemory: true });
  const other = evaluate(otherByteOrder(source));
  other.i32s(8, 0x01020304);
  expect([...new Uint8Array(other.memory.buffer).slice(16, 20)]).toEqual([4, 3, 2, 1]);
  expect(other.i32(12)).toBe(0x01020304);
  expect(() => other.i32(65536)).not.toThrow();
});

test('interpreter: fields of bits are indices of tables', async () => {
  const shifts = [1, 2, 6, 14, 22, 28, 29, 30, 31];
  const masks = [4, 252, 1020, 1023, 2044, 0x7ffffffc];
  const wat = `(module (memory 1) ${shifts
    .flatMap((shift) =>
      masks.flatMap((mask) =>
        (['shr_u', 'shr_s'] as const).map(
          (right) => `(func (export "${right}.${shift}.${mask}") (param i32) (result i64)
      (local $at i32)
      (local.set $at (i32.and (i32.const ${mask & 4095}) (i32.${right} (local.get 0) (i32.const ${shift}))))
      (i64.add (i64.load32_u offset=256 (i32.and (i32.const ${mask & 4095})
          (i32.${right} (local.get 0) (i32.const ${shift}))))
        (i64.load32_u (i32.add (local.get $at) (i32.const 1024)))))`,
        ),
      ),
    )
    .join('\n')}
    (func (export "fill") (param i32) (loop $on
      (i32.store8 (local.get 0) (i32.mul (local.get 0) (i32.const 37)))
      (br_if $on (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))`;
  const host = await native(wat);
  host.fill(8000);
  for (const options of [{}, { uncheckedMemory: true }]) {
    const ours = await load(wat, { optimizeFor: 'interpreter', ...options });
    ours.fill(8000);
    const wrong: string[] = [];
    for (const name of Object.keys(host).filter((key) => key !== 'fill')) {
      // What is read without a check is aligned.
      if ('uncheckedMemory' in options && name.endsWith('1023')) continue;
      for (const word of [0, -1, 0x12345678, -0x6543210, 0x7fffffff, -0x80000000, 0x55aa55aa])
        if (ours[name](word) !== host[name](word)) wrong.push(`${name} ${word}`);
    }
    expect(wrong).toEqual([]);
  }
  const source = await text(
    `(module (memory 2) (func (export "f") (param i32) (result i32)
      (i32.load offset=4096 (i32.and (i32.shr_u (local.get 0) (i32.const 14)) (i32.const 1020)))))`,
    { optimizeFor: 'interpreter' },
  );
  expect(source).toMatch(/>>>\s*16\s*&\s*255\)?\s*\+\s*1024/);
});

/** What calls and grows in the midst of an expression, and reads integers or floats behind it; what is true. */
const growing = `(module (memory (export "memory") 1 40)
  (func $grow (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "integer") (param i32) (result i32)
    (i32.store (i32.const 8) (i32.add (call $grow (local.get 0)) (i32.load offset=65500 (local.get 0))))
    (if (i32.ne (call $grow (i32.const 1)) (i32.const 0)) (then (return (i32.load (i32.const 8)))))
    (i32.const -1))
  (func (export "float") (param i32) (result f64)
    (f64.store (i32.const 16) (f64.convert_i32_s (call $grow (local.get 0))))
    (f64.add (f64.convert_i32_s (call $grow (i32.const 1))) (f64.load (i32.const 16))))
  (func (export "truth") (param i32 i32) (result i32) (local i32)
    (local.set 2 (i32.sub (i32.lt_u (local.get 0) (local.get 1)) (i32.eqz (local.get 0))))
    (if (i32.ne (local.get 1) (i32.const 0)) (then (local.set 2 (i32.shl (local.get 2) (i32.gt_s (local.get 0) (local.get 1))))))
    (i32.store8 (i32.const 40) (i32.le_s (local.get 0) (i32.const 5)))
    (i32.xor (i32.mul (local.get 2) (i32.const 77)) (i32.and (i32.ge_u (local.get 1) (i32.const 3)) (i32.load8_s (i32.const 40)))))
  (func ${'(drop (i32.const 123456))'.repeat(1000)}))`;

test('size: calls stand where their results are used, and what is true as it is', async () => {
  const source = await text(growing, { optimizeFor: 'size' });
  expect(source).toContain('I(8,$grow(a)+L(a,65500))');
  expect(source).not.toContain('?1:0');
  const results = [evaluate(source), await native(growing)].map((x) => [
    ...[1, 2, 30].flatMap((n) => [outcome(x['integer']!, [n]), outcome(x['float']!, [n])]),
    ...[-1, 0, 1, 5, 6].flatMap((a) => [-9, 0, 2, 3, 7].map((b) => outcome(x['truth']!, [a, b]))),
  ]);
  expect(results[0]).toEqual(results[1]);
});

const COMPARED = ['lt_u', 'le_u', 'gt_u', 'ge_u'];
const COMPARISONS = `(module
  ${COMPARED.map(
    (
      name,
    ) => `(func (export "${name}") (param i32 i32) (result i32) (i32.${name} (local.get 0) (local.get 1)))
      (func (export "${name}_half") (param i32 i32) (result i32)
        (i32.${name} (i32.shr_u (local.get 0) (i32.const 1)) (local.get 1)))
      (func (export "${name}_high") (param i32 i32) (result i32)
        (i32.${name} (local.get 0) (i32.const -1000)))
      (func (export "${name}_not") (param i32 i32) (result i32)
        (i32.eqz (i32.${name} (i32.add (local.get 0) (local.get 1)) (local.get 1))))
      (func (export "${name}_wide") (param i32 i32) (result i32)
        (local $x i64) (local.set $x (i64.mul (i64.extend_i32_s (local.get 0)) (i64.const 77)))
        (i64.${name} (local.get $x) (i64.extend_i32_u (local.get 1))))`,
  ).join('\n')}
  (func (export "sign") (param i32 i32) (result i32)
    (i32.xor (i32.and (local.get 0) (i32.const 0x80000000)) (i32.const 0x80000000))))`;

test('unsigned integers are compared without doubles', async () => {
  const words = [0, 1, 2, 1000, 2 ** 30, 2 ** 31 - 1, -(2 ** 31), -1000, -999, -1001, -2, -1];
  const exported = await native(COMPARISONS);
  const names = Object.keys(exported);
  const all = (x: Record<string, (...args: unknown[]) => unknown>): string[] =>
    names.flatMap((name) =>
      words.flatMap((a) => words.map((b) => `${name} ${a} ${b} ${x[name]!(a, b)}`)),
    );
  const code = await text(COMPARISONS, { optimizeFor: 'interpreter' });
  expect(all(evaluate(code))).toEqual(all(exported));
  // QuickJS takes this literal for the negative of a double; what is known to have no sign is not converted.
  expect(code).not.toContain('2147483648');
  expect(code).toContain('1<<31');
  expect(code).toMatch(/a>>>1<b>>>0/);
});

/** Copies of 64 bits within a memory, also where both places overlap or one of them is out of bounds, and words of values. */
const COPIES = `(module (memory (export "memory") 1)
  (func (export "copy") (param i32 i32) (i64.store (local.get 0) (i64.load (local.get 1))))
  (func (export "further") (param i32 i32) (i64.store offset=8 (local.get 0) (i64.load offset=16 (local.get 1))))
  (func (export "from") (param i32 i32) (i64.store (local.get 0) (i64.load offset=3 (local.get 1))))
  (func (export "to") (param i32 i32) (i64.store offset=5 (local.get 0) (i64.load (local.get 1))))
  (func (export "far") (param i32 i32) (i64.store offset=4294967295 (local.get 0) (i64.load offset=2147483644 (local.get 1))))
  (func (export "float") (param i32 i32) (f64.store offset=8 (local.get 0) (f64.load offset=16 (local.get 1))))
  (func (export "exchange") (param i32 i32) (local i64 f64)
    (local.set 2 (i64.load (local.get 0)))
    (local.set 3 (f64.load (local.get 1)))
    (f64.store (local.get 0) (local.get 3))
    (i64.store (local.get 1) (local.get 2)))
  (func (export "add") (param i32 i32)
    (i64.store offset=4 (local.get 0) (i64.add (i64.load offset=4 (local.get 0)) (i64.load (local.get 1)))))
  (func (export "changed") (param i32 i32) (local i32)
    (i64.store (i32.add (local.get 0) (i32.const 4))
      (i64.mul (i64.load (local.get 0)) (i64.load (local.tee 0 (local.get 1))))))
  (func (export "constants") (param i32 i32)
    (i64.store offset=8 (local.get 0) (i64.const 0))
    (i64.store (local.get 1) (i64.const -2))
    (f64.store offset=16 (local.get 1) (f64.const nan:0x4000000000001)))
  (func ${'(drop (i32.const 123456))'.repeat(1000)}))`;

test('size: 64 bits are copied and written by one function each', async () => {
  const source = await text(COPIES, { optimizeFor: 'size' });
  expect(source).toMatch(/\bF\(a,b\)/);
  expect(source).toMatch(/\bF\(a,b,8,16\)/);
  expect(source).toMatch(/\bE\(a,0,0,8\)/);
  const [x, y] = [evaluate(source), await native(COPIES)];
  const places = [
    0,
    1,
    4,
    7,
    8,
    12,
    100,
    65512,
    65520,
    65524,
    65528,
    65529,
    65535,
    -1,
    -8,
    1 << 31,
  ];
  for (const z of [x, y]) {
    const bytes = new Uint8Array(z.memory.buffer);
    bytes.forEach((_, i) => {
      bytes[i] = (i * 37) ^ (i >> 3);
    });
  }
  for (const name of Object.keys(y).filter((name) => name !== 'memory'))
    for (const a of places) {
      for (const b of places) expect(outcome(x[name], [a, b])).toBe(outcome(y[name], [a, b]));
      expect(Buffer.from(x.memory.buffer).equals(Buffer.from(y.memory.buffer))).toBe(true);
    }
});

test('size: passes know helpers, and tables their maker, by whatever name they have', async () => {
  // The part that grows the memory itself leaves the view of the whole behind.
  const grows = `(module (memory 1 9)
    (func (export "f") (param i32 f64) (result f64) (local f64)
      (f64.store (i32.const 0) (local.get 1))
      (if (local.get 0)
        (then
          (f64.store (i32.const 8) (f64.add (f64.load (i32.const 0)) (local.get 1)))
          (drop (memory.grow (i32.const 1)))
          (f64.store (i32.const 70000) (f64.mul (f64.load (i32.const 8)) (local.get 1)))
          (local.set 2 (f64.sub (f64.load (i32.const 70000)) (f64.load (i32.const 0))))))
      (f64.store (i32.const 65000) (f64.add (local.get 2) (f64.load (i32.const 8))))
      (if (f64.gt (local.get 2) (f64.const 0)) (then (f64.store (i32.const 70008) (local.get 2))))
      (f64.add (f64.load (i32.const 65000)) (f64.convert_i32_s (memory.size)))))`;
  const options: Partial<CompileOptions> = { optimizeFor: 'size', functionBudget: 60 };
  expect(await text(grows, options)).toMatch(/^function d\$/m);
  const [ours, theirs] = [await load(grows, options), await native(grows)];
  for (const n of [0, 1, 1, 0, 2]) expect(ours.f(n, 1.5)).toBe(theirs.f(n, 1.5));

  const swizzles = `(module (func (export "f") (param i32) (result i64)
    (i64x2.extract_lane 0 (i8x16.swizzle
      (v128.const i32x4 0x12345678 0x9abcdef0 0x0fedcba9 0x87654321) (i32x4.splat (local.get 0)))))
    (func (export "whole") (param f64) (result i32) (i32.trunc_sat_f64_s (local.get 0))))`;
  const [table, engine] = [await load(swizzles, { optimizeFor: 'size' }), await native(swizzles)];
  for (const n of [0, 0x03020100, 0x0f0e0d0c, 0x10ff0102]) expect(table.f(n)).toBe(engine.f(n));
  for (const x of [0.5, -3.9, 1e300, -(2 ** 31) - 0.5, 2 ** 31, NaN])
    expect(table.whole(x)).toBe(engine.whole(x));
});
