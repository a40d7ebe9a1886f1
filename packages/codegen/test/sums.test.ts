/** Sums of 64-bit products, grown at random over operands of all kinds, against the host's WebAssembly. */
import { expect, test } from 'vitest';
import type { CompileOptions } from '../src/index.js';
import { load, native, text } from './building.js';
import { EDGE_WORDS, join64, words } from './words.js';

/** A generator's choice among alternatives. */
type Pick = <T>(all: readonly T[]) => T;

const WIDE = ['0', '1', '-1', '19', '38', '65535', '65536', '-65537', '4294967295', '-4294967296'];
const LIMITS = ['2147483647', '-2147483648', '6364136223846793005', '9223372036854775807'];

/** An i64 operand: $a to $d are i32 parameters, $p and $q i64 ones, $s, $u, $m, $l, $r locals made of them. */
function operand(pick: Pick): string {
  const word = pick(['$a', '$b', '$c', '$d']);
  const get = `(local.get ${word})`;
  return pick([
    `(i64.extend_i32_s ${get})`,
    `(i64.extend_i32_s ${get})`,
    `(i64.extend_i32_u ${get})`,
    `(i64.extend_i32_u ${get})`,
    `(i64.extend_i32_s (i32.shl ${get} (i32.const 1)))`,
    `(i64.extend_i32_u (i32.and ${get} (i32.const ${pick([1, 255, 65535, 0x3ffffff])})))`,
    `(i64.extend_i32_u (i32.shr_u ${get} (i32.const ${pick([1, 6, 16, 20])})))`,
    `(i64.extend16_s (local.get $p))`,
    `(i64.shr_s (local.get $q) (i64.const 32))`,
    `(i64.and (local.get $p) (i64.const 4294967295))`,
    `(i64.and (local.get $q) (i64.const -4294967296))`,
    `(i64.load32_s (i32.and ${get} (i32.const 255)))`,
    `(i64.load32_u (i32.and ${get} (i32.const 255)))`,
    `(i64.load (i32.and ${get} (i32.const 7)))`,
    `(i64.and (i64.shl (local.get ${pick(['$p', '$q', '$r'])}) (i64.const 1)) (i64.const 8589934590))`,
    `(i64.const ${pick([...WIDE, ...LIMITS])})`,
    ...['$p', '$q', '$s', '$s', '$u', '$u', '$m', '$l', '$r'].map((v) => `(local.get ${v})`),
  ]);
}

/** A sum of so many terms: products mostly, or numbers only. */
function sum(pick: Pick, terms: number, plain = pick([true, false, false])): string {
  if (terms <= 1) {
    if (plain || pick([0, 1, 2, 3]) === 0) return operand(pick);
    return `(i64.mul ${operand(pick)} ${operand(pick)})`;
  }
  const left = pick([1, Math.ceil(terms / 2), terms - 1]);
  const halves = [sum(pick, left, plain), sum(pick, terms - left, plain)].join(' ');
  return `(i64.${pick(['add', 'add', 'sub'])} ${halves})`;
}

/** A function's body: locals that are assigned once and more often, and sums of which words are used apart. */
function body(pick: Pick): string {
  const size = (): number => pick([1, 1, 2, 2, 3, 4, 5, 9, 10, 14, 20]);
  const word = (): string => `(local.get ${pick(['$a', '$b', '$c', '$d'])})`;
  return `
    (local.set $s (i64.extend_i32_s ${word()}))
    (local.set $u (i64.extend_i32_u ${word()}))
    (local.set $m (i64.extend_i32_s ${word()}))
    (if ${word()} (then (local.set $m ${pick(['(i64.extend_i32_s', '(i64.extend_i32_u'])} ${word()}))))
    (local.set $n (i32.and (local.get $d) (i32.const 3)))
    (loop $again
      (local.set $r (i64.add (local.get $r) ${sum(pick, size())}))
      (i64.store (i32.const 512) ${sum(pick, size())})
      (local.set $l ${pick(['(i64.extend_i32_s', '(i64.extend_i32_u'])} (i32.add ${word()} ${word()})))
      (local.set $a (i32.add ${word()} (i32.const ${pick([1, -7, 65537])})))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br_if $again (i32.gt_s (local.get $n) (i32.const 0))))
    (local.set $t ${sum(pick, size())})
    (local.set $s ${pick(['(i64.extend_i32_s', '(i64.extend_i32_u'])} ${word()}))
    (i64.xor (i64.xor (local.get $t) (i64.load (i32.const 512)))
      (i64.xor (i64.add (local.get $r) (i64.shr_s (local.get $t) (i64.const ${pick([1, 26, 32, 51])})))
        (i64.extend_i32_s (i32.wrap_i64 (i64.shr_u ${sum(pick, size())} (i64.const ${pick([0, 26, 32])}))))))`;
}

const header = `(param $a i32) (param $b i32) (param $c i32) (param $d i32) (param $p i64) (param $q i64)
  (result i64) (local $n i32) ${['$s', '$u', '$m', '$l', '$r', '$t'].map((v) => `(local ${v} i64)`).join(' ')}`;

const MODES: Partial<CompileOptions>[] = [{}, { optimizeFor: 'interpreter' }];

test.each(MODES)('sums of products, compiled with %o', async (options) => {
  const random = words(77);
  const pick: Pick = (all) => all[random() % all.length]!;
  const wrong: string[] = [];
  for (let round = 0; round < 6; round++) {
    const bodies = Array.from({ length: 16 }, () => body(pick));
    const wat = `(module (memory 1) (data (i32.const 0) "\\ff\\ff\\ff\\ff\\00\\00\\00\\80\\ff\\ff\\ff\\7f\\01\\00\\ff\\ff")
      ${bodies.map((b, i) => `(func (export "f${i}") ${header} ${b})`).join('\n')})`;
    const ours = await load(wat, options);
    const host = await native(wat);
    bodies.forEach((text, i) => {
      for (let k = 0; k < 60; k++) {
        const word = (): number => (pick([true, false]) ? pick(EDGE_WORDS) : random()) | 0;
        const wide = (): bigint => BigInt.asIntN(64, join64(word() >>> 0, word() >>> 0));
        const args = [word(), word(), word(), word(), wide(), wide()];
        if (ours[`f${i}`](...args) === host[`f${i}`](...args)) continue;
        wrong.push(`${args} ${text}`);
        break;
      }
    });
  }
  expect(wrong).toEqual([]);
});

/** ${count} products of extended words, summed. */
const products = (count: number, extend: string): string => {
  const factors = Array.from(
    { length: count },
    (_, i) => `(i64.mul (${extend} (i32.load offset=${4 * i} (local.get 0)))
      (${extend} (i32.load offset=${4 * i} (local.get 1))))`,
  );
  return factors.reduce((sum, factor) => `(i64.add ${sum} ${factor})`);
};

test('many products are summed as numbers, up to the number of terms that is exact', async () => {
  for (const extend of ['i64.extend_i32_s', 'i64.extend_i32_u'])
    for (const count of [1, 2, 7, 8, 10, 15, 16, 17, 31, 33]) {
      const wat = `(module (memory (export "m") 1)
        (func (export "f") (param i32 i32) (result i64) ${products(count, extend)}))`;
      const source = await text(wat);
      expect([extend, count, source.includes('e-10')]).toEqual([extend, count, count > 1]);
      for (const filler of [0xffffffff, 0x80000000, 0x7fffffff, 0xffff0000, 0x0000ffff]) {
        const results = [await load(wat), await native(wat)].map((exports) => {
          const view = new DataView(exports.m.buffer);
          for (let i = 0; i < 2 * count; i++) view.setUint32(4 * i, filler, true);
          return exports.f(0, 4 * count);
        });
        expect(results[0]).toBe(results[1]);
      }
    }
});

/** A chain of products by $b that each add a word and what is left above the one before, as long integers do. */
const chain = (count: number): string =>
  `(local $c i64) ${Array.from(
    { length: count },
    (_, i) => `
      (local.set $c (i64.add
        (i64.add (i64.mul (i64.load32_u offset=${4 * i} (local.get 0)) (i64.load32_u offset=${4 * i} (local.get 1)))
          (i64.load32_u offset=${512 + 4 * i} (local.get 0)))
        (i64.shr_u (local.get $c) (i64.const 32))))
      (i64.store32 offset=${1024 + 4 * i} (local.get 0) (local.get $c))`,
  ).join('')} (local.get $c)`;

test('sums of one product are numbers where a function has many', async () => {
  const random = words(5);
  for (const count of [1, 15, 16, 40]) {
    const wat = `(module (memory (export "m") 1)
      (func (export "f") (param i32 i32) (result i64) ${chain(count)}))`;
    expect([count, (await text(wat)).includes('e-10')]).toEqual([count, count >= 16]);
    const [ours, host] = [await load(wat), await native(wat)];
    for (let round = 0; round < 200; round++) {
      const filled = Array.from({ length: 512 }, () =>
        random() % 2 === 0 ? EDGE_WORDS[random() % EDGE_WORDS.length]! : random(),
      );
      const results = [ours, host].map((exports) => {
        const view = new DataView(exports.m.buffer);
        for (const [i, word] of filled.entries()) view.setUint32(4 * i, word, true);
        const top = exports.f(0, 256);
        return [top, ...Array.from({ length: count }, (_, i) => view.getInt32(1024 + 4 * i, true))];
      });
      expect(results[0]).toEqual(results[1]);
    }
  }
});
