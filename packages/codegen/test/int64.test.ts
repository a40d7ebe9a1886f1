/** 64-bit integer arithmetic whose lowering depends on what is known of the operands. */
import { expect, test } from 'vitest';
import { load, text } from './building.js';
import { EDGE_WORDS, join64, words } from './words.js';

const signed = (x: bigint): bigint => BigInt.asIntN(64, x);

test('products with constants', async () => {
  const random = words(1);
  const factors = [
    ...EDGE_WORDS,
    ...[5, 9, 10, 31, 33, 1000, 65537, 100003, 1953125, 1e9, 4e9, 0x80000003, 0x7ffffffd],
    ...Array.from({ length: 24 }, (_, i) => random() >>> (i % 16)),
  ];
  const constants = factors.map((low, i) => join64(i % 3 === 0 ? random() : 0, low));
  const exports = await load(
    `(module ${constants
      .map(
        (c, i) => `(func (export "m${i}") (param i64) (result i64)
        (i64.mul (local.get 0) (i64.const ${signed(c)})))
      (func (export "u${i}") (param i32) (result i64)
        (i64.mul (i64.const ${signed(c)}) (i64.extend_i32_u (local.get 0))))
      (func (export "b${i}") (param i32) (result i64)
        (i64.mul (i64.extend_i32_u (i32.and (local.get 0) (i32.const 255))) (i64.const ${signed(c)})))`,
      )
      .join('\n')})`,
  );
  const wrong: string[] = [];
  constants.forEach((c, i) => {
    const low = factors[i]!;
    // The lowest of low words are where a product in doubles is rounded across.
    let inverse = low;
    for (let k = 0; k < 5; k++) inverse = Math.imul(inverse, 2 - Math.imul(low, inverse));
    const near = [0, 1, 2, 1023, 16383, 16384, 16385, -1, -2, -1024, -16384].map(
      (k) => Math.imul(k, inverse) >>> 0,
    );
    const all = [...EDGE_WORDS, ...near, ...Array.from({ length: 60 }, random)];
    for (const a of all) {
      const wide = join64(random(), a);
      if (exports[`m${i}`](signed(wide)) !== signed(wide * c)) wrong.push(`m ${wide} ${c}`);
      if (exports[`u${i}`](a | 0) !== signed(BigInt(a) * c)) wrong.push(`u ${a} ${c}`);
      if (exports[`b${i}`](a | 0) !== signed(BigInt(a & 255) * c)) wrong.push(`b ${a} ${c}`);
    }
  });
  expect(wrong).toEqual([]);
});

test('products of two variables', async () => {
  const { mul, narrow } = await load(`(module
    (func (export "mul") (param i64 i64) (result i64) (i64.mul (local.get 0) (local.get 1)))
    (func (export "narrow") (param i32 i32) (result i64) (i64.mul
      (i64.extend_i32_u (i32.and (local.get 0) (i32.const 65535)))
      (i64.extend_i32_u (i32.shr_u (local.get 1) (i32.const 16))))))`);
  const random = words(2);
  for (const a of [...EDGE_WORDS, ...Array.from({ length: 30 }, random)])
    for (const b of [...EDGE_WORDS, ...Array.from({ length: 30 }, random)]) {
      const [x, y] = [join64(random(), a), join64(random(), b)];
      expect(mul(signed(x), signed(y))).toBe(signed(x * y));
      expect(narrow(a | 0, b | 0)).toBe(BigInt(a & 65535) * BigInt(b >>> 16));
    }
});

test('a product in doubles has both roundings ready', async () => {
  const source = await text(`(module (func (export "f") (param i64) (result i64)
    (i64.mul (local.get 0) (i64.const 0x9e3779b185ebca87))))`);
  expect(source).toMatch(/<\s*16384\s*\?\s*\w+\s*:\s*\w+\)\s*>>>\s*0/);
});

test('quotients and remainders', async () => {
  const names = ['div_u', 'rem_u', 'div_s', 'rem_s'] as const;
  const exports = await load(
    `(module ${names
      .map(
        (name) => `(func (export "${name}") (param i64 i64) (result i64)
        (i64.${name} (local.get 0) (local.get 1)))`,
      )
      .join('\n')})`,
  );
  const random = words(3);
  const any = (): bigint => join64(random(), random()) >> BigInt(random() & 63);
  const divisors = [...EDGE_WORDS.map(BigInt), ...EDGE_WORDS.map((w) => join64(w, random()))];
  const pairs: [bigint, bigint][] = [];
  for (const divisor of [...divisors, ...Array.from({ length: 300 }, any)]) {
    if (divisor === 0n) continue;
    for (const b of [divisor, BigInt.asUintN(64, -divisor)]) {
      for (const w of EDGE_WORDS) pairs.push([join64(w, random()), b], [BigInt(w), b]);
      for (let i = 0; i < 8; i++) {
        // A multiple of the divisor and its neighbours: where estimates are off.
        const multiple = BigInt.asUintN(64, b * (any() / b));
        for (const d of [-1n, 0n, 1n]) pairs.push([BigInt.asUintN(64, multiple + d), b]);
        pairs.push([any(), b]);
      }
    }
  }
  const wrong: string[] = [];
  for (const [a, b] of pairs) {
    const [x, y] = [signed(a), signed(b)];
    const overflow = x === -(2n ** 63n) && y === -1n;
    const right = [signed(a / b), signed(a % b), overflow ? undefined : x / y, x % y];
    names.forEach((name, i) => {
      if (right[i] !== undefined && exports[name](x, y) !== right[i])
        wrong.push(`${name} ${x} ${y}`);
    });
  }
  expect(wrong).toEqual([]);
  for (const name of names) {
    expect(() => exports[name](5n, 0n)).toThrow('integer divide by zero');
    expect(() => exports[name](2n ** 40n, 0n)).toThrow('integer divide by zero');
  }
  expect(() => exports.div_s(-(2n ** 63n), -1n)).toThrow('integer overflow');
  expect(exports.rem_s(-(2n ** 63n), -1n)).toBe(0n);
});

test('sums and differences with constants', async () => {
  const constants = EDGE_WORDS.flatMap((w) =>
    [0, 1, 0x7fffffff, 0xffffffff].map((h) => join64(h, w)),
  );
  const exports = await load(
    `(module ${constants
      .map(
        (c, i) => `(func (export "a${i}") (param i64) (result i64)
        (i64.add (local.get 0) (i64.const ${signed(c)})))
      (func (export "s${i}") (param i64) (result i64)
        (i64.sub (local.get 0) (i64.const ${signed(c)})))
      (func (export "r${i}") (param i64) (result i64)
        (i64.sub (i64.const ${signed(c)}) (local.get 0)))`,
      )
      .join('\n')})`,
  );
  const wrong: string[] = [];
  constants.forEach((c, i) => {
    for (const x of [...constants, BigInt.asUintN(64, -c), BigInt.asUintN(64, -c - 1n)]) {
      if (exports[`a${i}`](signed(x)) !== signed(x + c)) wrong.push(`${x} + ${c}`);
      if (exports[`s${i}`](signed(x)) !== signed(x - c)) wrong.push(`${x} - ${c}`);
      if (exports[`r${i}`](signed(x)) !== signed(c - x)) wrong.push(`${c} - ${x}`);
    }
  });
  expect(wrong).toEqual([]);
});

test('comparisons as numbers', async () => {
  const pairs = {
    lt_u: (x: bigint, y: bigint) => x < y,
    le_u: (x: bigint, y: bigint) => x <= y,
    gt_u: (x: bigint, y: bigint) => x > y,
    ge_u: (x: bigint, y: bigint) => x >= y,
    lt_s: (x: bigint, y: bigint) => signed(x) < signed(y),
    ge_s: (x: bigint, y: bigint) => signed(x) >= signed(y),
    eq: (x: bigint, y: bigint) => x === y,
    ne: (x: bigint, y: bigint) => x !== y,
  };
  const names = Object.keys(pairs) as (keyof typeof pairs)[];
  const source = `(module ${names
    .map((name) => {
      const test = `(i64.${name} (local.get 0) (local.get 1))`;
      return `(func (export "${name}.wide") (param i64 i64) (result i64)
        (i64.add (i64.const 7) (i64.extend_i32_u ${test})))
      (func (export "${name}.count") (param i64 i64) (result i32)
        (i32.sub (i32.const 7) (i32.add ${test} ${test})))
      (func (export "${name}.least") (param i64 i64) (result i64)
        (select (local.get 0) (local.get 1) ${test}))
      (func (export "${name}.carry") (param i64 i64) (result i64) (local $sum i64)
        (local.set $sum (i64.add (local.get 0) (local.get 1)))
        (i64.extend_i32_u (select (i64.${name} (local.get $sum) (local.get 0))
          (i64.eq (local.get $sum) (local.get 1)) ${test})))`;
    })
    .join('\n')})`;
  const random = words(9);
  const some = [...EDGE_WORDS.slice(0, 8), ...Array.from({ length: 4 }, random)];
  const all = some.flatMap((high) => some.slice(0, 6).map((low) => join64(high, low)));
  for (const optimizeFor of ['jit', 'interpreter'] as const) {
    const exports = await load(source, { optimizeFor });
    const wrong: string[] = [];
    for (const x of all)
      for (const y of all)
        for (const name of names) {
          const [a, b] = [signed(x), signed(y)];
          const holds = pairs[name](x, y);
          const sum = BigInt.asUintN(64, x + y);
          const expected = {
            wide: 7n + BigInt(holds),
            count: 7 - 2 * Number(holds),
            least: holds ? a : b,
            carry: BigInt(holds ? pairs[name](sum, x) : sum === y),
          };
          for (const [kind, value] of Object.entries(expected))
            if (exports[`${name}.${kind}`](a, b) !== value) wrong.push(`${name}.${kind} ${a} ${b}`);
        }
    expect(wrong).toEqual([]);
  }
});

test('carries are found without a branch where there is a JIT', async () => {
  const source = `(module (func (export "f") (param i64 i64) (result i64)
    (i64.extend_i32_u (i64.lt_u (i64.add (local.get 0) (local.get 1)) (local.get 0)))))`;
  const branch = /\|\|\s*\w+\s*===\s*\w+\s*&&/;
  expect(await text(source)).not.toMatch(branch);
  expect(await text(source, { optimizeFor: 'interpreter' })).toMatch(branch);
});
