/** Chains of operations on bytes and halves, in whatever form they are kept, against the engine's own vectors. */
import { describe, expect, test } from 'vitest';
import { load, native, text } from './building.js';
import { numbersBelow } from './words.js';

const SHAPES = ['i8x16', 'i16x8'];
const COMPARISONS = ['eq', 'ne', 'lt_s', 'lt_u', 'gt_s', 'gt_u', 'le_s', 'le_u', 'ge_s', 'ge_u'];
const BINARY = [
  'add',
  'sub',
  'min_s',
  'min_u',
  'max_s',
  'max_u',
  'avgr_u',
  'add_sat_s',
  'add_sat_u',
]
  .concat(['sub_sat_s', 'sub_sat_u'], COMPARISONS)
  .flatMap((name) => SHAPES.map((shape) => `${shape}.${name}`))
  .concat(['i16x8.mul', 'i16x8.q15mulr_sat_s', 'v128.and', 'v128.or', 'v128.xor', 'v128.andnot'])
  .concat(['i8x16.narrow_i16x8_u', 'i8x16.narrow_i16x8_s', 'i8x16.swizzle'])
  .concat(['i16x8.narrow_i32x4_u', 'i16x8.narrow_i32x4_s', 'i32x4.dot_i16x8_s', 'i32x4.add'])
  .concat(
    ['low', 'high'].flatMap((part) =>
      ['s', 'u'].flatMap((sign) => [
        `i16x8.extmul_${part}_i8x16_${sign}`,
        `i32x4.extmul_${part}_i16x8_${sign}`,
      ]),
    ),
  );
const UNARY = ['i8x16.abs', 'i16x8.abs', 'i8x16.neg', 'i16x8.neg', 'i8x16.popcnt', 'v128.not']
  .concat(['i16x8.extadd_pairwise_i8x16_s', 'i16x8.extadd_pairwise_i8x16_u'])
  .concat(
    ['low', 'high'].flatMap((part) =>
      ['s', 'u'].flatMap((sign) => [
        `i16x8.extend_${part}_i8x16_${sign}`,
        `i32x4.extend_${part}_i16x8_${sign}`,
      ]),
    ),
  );
const SHIFTS = ['shl', 'shr_s', 'shr_u'].flatMap((how) =>
  ['i8x16', 'i16x8', 'i32x4'].map((shape) => `${shape}.${how}`),
);
const CONSTANTS = [
  '(v128.const i8x16 15 15 15 15 15 15 15 15 15 15 15 15 15 15 15 15)',
  '(v128.const i8x16 -128 -128 -128 -128 -128 -128 -128 -128 -128 -128 -128 -128 -128 -128 -128 -128)',
  '(v128.const i8x16 65 65 65 65 65 65 65 65 65 65 65 65 65 65 65 65)',
  '(v128.const i16x8 128 128 128 128 128 128 128 128)',
  '(v128.const i16x8 90 90 90 90 90 90 90 90)',
  '(v128.const i8x16 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16)',
  '(v128.const i32x4 63 16128 -1 65535)',
];

/**
 * A function that reads overlapping vectors, runs random instructions over four locals in a loop, and writes them:
 * values live in a loop, are moved across lanes, are looked at as words, and are written over what is read next.
 */
function chain(seed: number): string {
  const random = numbersBelow(seed);
  const of = <T>(list: readonly T[]): T => list[random(list.length)]!;
  const local = (): string => `(local.get ${2 + random(4)})`;
  const operand = (): string => (random(3) === 0 ? of(CONSTANTS) : local());
  const value = (): string => {
    switch (random(8)) {
      case 0:
        return `(${of(UNARY)} ${operand()})`;
      case 1:
        return `(${of(SHIFTS)} ${operand()} (i32.const ${random(20)}))`;
      case 2: {
        // Lanes from anywhere; or whole halves.
        const halves = Array.from({ length: 8 }, () => 2 * random(16)).flatMap((i) => [i, i + 1]);
        const bytes = Array.from({ length: 16 }, () => random(32));
        return `(i8x16.shuffle ${of([halves, bytes]).join(' ')} ${operand()} ${operand()})`;
      }
      case 3:
        return `(v128.bitselect ${operand()} ${operand()} (${of(SHAPES)}.${of(COMPARISONS)} ${operand()} ${operand()}))`;
      case 4:
        return `(v128.load offset=${random(24)} (local.get 0))`;
      default:
        return `(${of(BINARY)} ${operand()} ${operand()})`;
    }
  };
  const steps = Array.from({ length: 14 }, () => `(local.set ${2 + random(4)} ${value()})`);
  const store = (i: number): string =>
    `(v128.store offset=${64 + 16 * i} (local.get 0) (local.get ${2 + i}))`;
  const question = of(['v128.any_true', 'i8x16.all_true', 'i16x8.all_true', 'i8x16.bitmask']);
  return `(func (export "f${seed}") (param i32 i32) (result i32)
    (local v128 v128 v128 v128)
    (local.set 2 (v128.load (local.get 0))) (local.set 3 (v128.load offset=1 (local.get 0)))
    (local.set 4 (v128.load offset=2 (local.get 0)))
    (loop ${steps.join('\n')}
      (v128.store offset=3 (local.get 0) (local.get 5))
      ${steps.slice(0, 5).join('\n')}
      (br_if 0 (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))
    ${[0, 1, 2, 3].map(store).join('\n')}
    (${question} (local.get 4)))`;
}

const COUNT = 60;
const SEEDS = Array.from({ length: COUNT }, (_, i) => 1000 + 7919 * i);
const SOURCE = `(module (memory (export "m") 1) ${SEEDS.map(chain).join('\n')})`;

describe('lanes of 8 and 16 bits', () => {
  test('chains of instructions give what the engine gives', async () => {
    const ours = await load(SOURCE);
    const engine = await native(SOURCE);
    for (const seed of SEEDS) {
      const random = numbersBelow(seed);
      const bytes = Uint8Array.from({ length: 256 }, () => random(256));
      const results = [ours, engine].map((instance) => {
        const memory = new Uint8Array(instance['m'].buffer);
        memory.set(bytes);
        return [instance[`f${seed}`](0, 3), ...memory.slice(0, 256)];
      });
      expect(results[0], `seed ${seed}`).toEqual(results[1]);
    }
  });

  test('nothing is written where a vector is out of bounds, and the trap is that of the vector', async () => {
    const ours = await load(`(module (memory (export "m") 1)
      (func (export "f") (param i32)
        (v128.store (local.get 0) (i8x16.narrow_i16x8_u
          (i16x8.mul (v128.load8x8_u (local.get 0)) (v128.const i16x8 3 3 3 3 3 3 3 3))
          (i16x8.extend_high_i8x16_u (v128.load (local.get 0)))))))`);
    const memory = new Uint8Array(ours['m'].buffer);
    memory.fill(5);
    for (const at of [65521, 65528, 65535, -1, -16])
      expect(() => ours['f'](at)).toThrow('out of bounds memory access');
    expect(memory.every((byte) => byte === 5)).toBe(true);
    ours['f'](65520);
    expect([...memory.slice(-16)]).toEqual([...Array(8).fill(15), ...Array(8).fill(5)]);
  });

  test('what is calculated of single bytes is a table', async () => {
    const source = `(module (memory (export "m") 1) (func (export "f") (local v128 v128)
      (local.set 0 (v128.load (i32.const 0)))
      (local.set 1 (v128.and (i8x16.gt_u (local.get 0) (v128.const i8x16 ${'96 '.repeat(16)}))
        (i8x16.lt_u (local.get 0) (v128.const i8x16 ${'123 '.repeat(16)}))))
      (v128.store (i32.const 16) (i8x16.sub (local.get 0)
        (v128.and (local.get 1) (v128.const i8x16 ${'32 '.repeat(16)}))))))`;
    expect(await text(source)).toMatch(/Uint8Array\.of\(/);
    const ours = await load(source);
    const memory = new Uint8Array(ours['m'].buffer);
    memory.set(new TextEncoder().encode('aZ9{`z \u007f~m MNop!'));
    ours['f']();
    expect(new TextDecoder().decode(memory.slice(16, 32))).toBe('AZ9{`Z \u007f~M MNOP!');
  });

  test('chains of moves inside of each other are compiled in a time that goes with their length', async () => {
    // Each way to write one of them is made of the ways to write the next.
    let chain = '(i32x4.extract_lane 0 (local.get 0))';
    for (let i = 0; i < 60; i++) {
      const moved = i % 3 === 0 ? `(i32.shl ${chain} (i32.const 1))` : chain;
      chain = `(i32.${i % 2 ? 'or' : 'xor'} ${moved} (i32x4.extract_lane ${i % 4} (local.get 0)))`;
    }
    const source = `(module (memory (export "m") 1) (func (export "f") (result i32) (local v128)
      (local.set 0 (i8x16.add (v128.load (i32.const 0)) (v128.load (i32.const 16))))
      ${chain}))`;
    const start = performance.now();
    const ours = await load(source);
    expect(performance.now() - start).toBeLessThan(20_000);
    const other = await native(source);
    for (const { m } of [ours, other])
      new Uint8Array(m.buffer).set(Array.from({ length: 32 }, (_, i) => (i * 37) & 255));
    expect(ours['f']()).toBe(other['f']());
  });
});

test('words of floats in the arms of a br_table, in functions with vectors', async () => {
  const arms = (name: string, type: string, float: string) => `
    (func (export "${name}") (param $c i32) (param $n i32) (result ${type})
      (local $x ${type}) (local $f ${float})
      (local.set $x (${type}.reinterpret_${float} (${float}.load (i32.const 8))))
      (block $end (block $d (block $c (block $b (block $a
        (br_table $a $b $c $d (local.get 0)))
        (local.set $f (${float}.load (i32.const 16)))
        (local.set $x (${type}.reinterpret_${float} (local.get $f))) (br $end))
        (loop $l (local.set $x (${type}.add (local.get $x) (${type}.const 3)))
          (local.set $n (i32.sub (local.get $n) (i32.const 1)))
          (br_if $l (i32.gt_s (local.get $n) (i32.const 0)))) (br $end))
        (${float}.store (i32.const 24) (${float}.reinterpret_${type} (local.get $x))))
        (local.set $x (${type}.xor (local.get $x) (${type}.load (i32.const 24)))))
      (global.set $v (v128.const i32x4 9 9 9 9))
      (local.get $x))
    (func (export "${name}.value") (param i32) (param i32) (result ${type})
      (block $b (result ${type}) (block $d (result ${type})
        (br_table $d $b (${type}.reinterpret_${float} (${float}.load (i32.const 8))) (local.get 0)))
        (${type}.const 1) ${type}.add)
      (global.set $v (v128.const i32x4 9 9 9 9)))`;
  const wat = `(module (memory (export "m") 1) (global $v (mut v128) (v128.const i64x2 0 0))
    (data (i32.const 8) "\\db\\0f\\49\\40\\01\\00\\a0\\7f\\00\\00\\b0\\7f\\55\\00\\f4\\ff")
    ${arms('single', 'i32', 'f32')}
    ${arms('double', 'i64', 'f64')})`;
  const ours = await load(wat);
  const theirs = await native(wat);
  for (const name of ['single', 'double', 'single.value', 'double.value'])
    for (const arm of [0, 1, 2, 3, 4, -1])
      for (const n of [0, 3]) {
        expect(ours[name](arm, n), `${name} ${arm}`).toBe(theirs[name](arm, n));
        expect(new Uint8Array(ours.m.buffer, 0, 64)).toEqual(
          new Uint8Array(theirs.m.buffer, 0, 64),
        );
      }
});
