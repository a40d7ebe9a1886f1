/**
 * Lowerings of the integer vector instructions: 32-bit lanes are words, 64-bit lanes pairs of them, bytes and
 * halves are calculated several at a time (`ir/swar.ts`).
 */
import { I32 } from '@wasm2js/decoder';
import {
  add,
  and,
  binary,
  COMPARISONS,
  constant,
  eqz,
  isBool,
  maskOf,
  mul,
  or,
  select,
  shl,
  shrS,
  shrU,
  sub,
  xor,
} from '../../ir/int.js';
import {
  addHigh,
  compare64,
  eq64,
  shlConst,
  shlVar,
  shrConst,
  shrVar,
  subHigh,
} from '../../ir/int64.js';
import { I, type Node, Op } from '../../ir/ir.js';
import {
  absLanes,
  addBytePairs,
  addLanes,
  andMask,
  averageLanes,
  BYTES,
  type Compare,
  compareLanes,
  complement,
  countBytes,
  extreme,
  HALVES,
  half,
  halves,
  highHalf,
  type Lanes,
  lowHalf,
  maskBits,
  mulHalves,
  saturating,
  shiftLanes,
  signBits,
  someZero,
  subLanes,
} from '../../ir/swar.js';
import { lowering } from '../builder.js';
import { eachPair, eachWord, popAtom, popAtoms, popVectors, type Words } from '../vector.js';
import { multiply } from './numeric.js';

/** An instruction that is done word by word, each operand read once. */
function wordwise(name: string, arity: number, make: (...words: Node[]) => Node): void {
  lowering(name, ({ stack }) => stack.pushVector(eachWord(popVectors(stack, arity), make)));
}

type Keep = (node: Node) => Node;
/** An instruction that is done word by word, operands being read more than once. */
function swar(name: string, arity: number, make: (keep: Keep, ...words: Node[]) => Node): void {
  lowering(name, ({ stack }) => {
    const keep = (node: Node) => stack.toTemp(node);
    const vectors = popAtoms(stack, arity);
    stack.pushVector(eachWord(vectors, (...words) => make(keep, ...words)));
  });
}

// Bits.

wordwise('v128.not', 1, complement);
wordwise('v128.and', 2, andMask);
wordwise('v128.andnot', 2, (a, b) => and(a, complement(b)));
wordwise('v128.or', 2, or);
wordwise('v128.xor', 2, xor);

/** The condition that a mask of 32 bits stands for, if it is one. */
export const conditionOf = (mask: Node): Node | undefined =>
  mask.op === Op.Sub && mask.a!.op === Op.Const && mask.a!.n === 0 && isBool(mask.b!)
    ? mask.b!
    : undefined;

/** Is a word different from 0? Masks are told by their conditions. */
const anyOf = (a: Node, b: Node): Node => {
  const test = (mask: Node): Node =>
    conditionOf(mask) ?? maskBits(BYTES, mask) ?? maskBits(HALVES, mask) ?? mask;
  return or(test(a), test(b));
};
lowering('v128.any_true', ({ stack }) => {
  const [[a, b, c, d]] = popVectors(stack, 1) as [Words];
  const any = or(anyOf(a, b), anyOf(c, d));
  stack.push(I32, eqz(eqz(any)));
});

// 32-bit lanes.

wordwise('i32x4.add', 2, add);
wordwise('i32x4.sub', 2, sub);
wordwise('i32x4.mul', 2, mul);
wordwise('i32x4.neg', 1, (a) => sub(constant(0), a));
swar('i32x4.abs', 1, (keep, a) => {
  const sign = keep(shrS(a, constant(31)));
  return sub(xor(a, sign), sign);
});
for (const [name, op] of COMPARISONS)
  wordwise(`i32x4.${name}`, 2, (a, b) => maskOf(binary(op, a, b)));
for (const [name, op] of [
  ['min_s', Op.LtS],
  ['min_u', Op.LtU],
  ['max_s', Op.GtS],
  ['max_u', Op.GtU],
] as const)
  swar(`i32x4.${name}`, 2, (_, a, b) => select(I, binary(op, a, b), a, b));

for (const [name, shift] of [
  ['shl', shl],
  ['shr_s', shrS],
  ['shr_u', shrU],
] as const)
  lowering(`i32x4.${name}`, ({ stack }) => {
    const amount = popAtom(stack);
    stack.pushVector(eachWord(popVectors(stack, 1), (a) => shift(a, amount)));
  });

/** The sign of a word as 0 or 1; that of a mask is its condition. */
const sign = (word: Node): Node => conditionOf(word) ?? shrU(word, constant(31));
lowering('i32x4.bitmask', ({ stack }) => {
  const [words] = popVectors(stack, 1) as [Words];
  const bits = words.map((word, i) => shl(sign(word), constant(i)));
  stack.push(I32, or(or(bits[0]!, bits[1]!), or(bits[2]!, bits[3]!)));
});
lowering('i32x4.all_true', ({ stack }) => {
  // All are evaluated: conditions of what has no effects.
  const [words] = popVectors(stack, 1) as [Words];
  const [a, b, c, d] = words.map((word) => eqz(eqz(conditionOf(word) ?? word)));
  stack.push(I32, and(and(a!, b!), and(c!, d!)));
});
swar('i32x4.dot_i16x8_s', 2, (_, a, b) =>
  add(mul(lowHalf(a), lowHalf(b)), mul(highHalf(a), highHalf(b))),
);
for (const signed of [true, false])
  swar(`i32x4.extadd_pairwise_i16x8_${signed ? 's' : 'u'}`, 1, (_, a) =>
    add(half(a, 0, signed), half(a, 1, signed)),
  );

// 8- and 16-bit lanes.

const COMPARE: Compare[] = [
  ...(['eq', 'ne', 'lt_s', 'lt_u', 'gt_s', 'gt_u', 'le_s', 'le_u', 'ge_s', 'ge_u'] as const),
];
for (const [prefix, lanes] of [
  ['i8x16', BYTES],
  ['i16x8', HALVES],
] as [string, Lanes][]) {
  swar(`${prefix}.add`, 2, (keep, a, b) => addLanes(lanes, a, b, keep));
  swar(`${prefix}.sub`, 2, (keep, a, b) => subLanes(lanes, a, b, keep));
  swar(`${prefix}.neg`, 1, (keep, a) => subLanes(lanes, constant(0), a, keep));
  swar(`${prefix}.abs`, 1, (keep, a) => absLanes(lanes, a, keep));
  swar(`${prefix}.avgr_u`, 2, (_, a, b) => averageLanes(lanes, a, b));
  for (const how of COMPARE)
    swar(`${prefix}.${how}`, 2, (keep, a, b) => compareLanes(lanes, how, a, b, keep));
  for (const [name, how] of [
    ['min_s', 'lt_s'],
    ['min_u', 'lt_u'],
    ['max_s', 'gt_s'],
    ['max_u', 'gt_u'],
  ] as const)
    swar(`${prefix}.${name}`, 2, (keep, a, b) => extreme(lanes, how, a, b, keep));
  for (const signed of [true, false])
    for (const isSum of [true, false])
      swar(`${prefix}.${isSum ? 'add' : 'sub'}_sat_${signed ? 's' : 'u'}`, 2, (keep, a, b) =>
        saturating(lanes, isSum, signed, a, b, keep),
      );
  for (const how of ['shl', 'shr_s', 'shr_u'] as const)
    lowering(`${prefix}.${how}`, ({ stack }) => {
      const keep = (node: Node) => stack.toTemp(node);
      const amount = keep(and(popAtom(stack), constant(lanes.bits - 1)));
      const vectors = popAtoms(stack, 1);
      stack.pushVector(eachWord(vectors, (a) => shiftLanes(lanes, how, a, amount, keep)));
    });
  lowering(`${prefix}.all_true`, ({ stack }) => {
    const [words] = popAtoms(stack, 1) as [Words];
    const [a, b, c, d] = words;
    const masks = words.map((word) => maskBits(lanes, word));
    if (masks.every((mask) => mask !== undefined)) {
      const every = and(and(masks[0]!, masks[1]!), and(masks[2]!, masks[3]!));
      stack.push(I32, binary(Op.Eq, every, lanes.high));
      return;
    }
    const zero = (word: Node) => someZero(lanes, word);
    const some = or(or(zero(a), zero(b)), or(zero(c), zero(d)));
    stack.push(I32, eqz(and(some, lanes.high)));
  });
  lowering(`${prefix}.bitmask`, ({ stack }) => {
    const [words] = popAtoms(stack, 1) as [Words];
    const count = 32 / lanes.bits;
    const bits = words.map((word, i) => shl(signBits(lanes, word), constant(i * count)));
    stack.push(I32, or(or(bits[0]!, bits[1]!), or(bits[2]!, bits[3]!)));
  });
}
swar('i8x16.popcnt', 1, (keep, a) => countBytes(a, keep));
swar('i16x8.mul', 2, (_, a, b) => mulHalves(a, b));
for (const signed of [true, false])
  swar(`i16x8.extadd_pairwise_i8x16_${signed ? 's' : 'u'}`, 1, (_, a) => addBytePairs(a, signed));
for (const name of ['i16x8.q15mulr_sat_s', 'i16x8.relaxed_q15mulr_s'])
  swar(name, 2, (keep, a, b) => {
    const lane = (product: Node): Node => {
      const x = keep(shrS(add(product, constant(0x4000)), constant(15)));
      // Only -1 * -1 is too large.
      return sub(x, binary(Op.Eq, x, constant(32768)));
    };
    return halves(lane(mul(lowHalf(a), lowHalf(b))), lane(mul(highHalf(a), highHalf(b))));
  });

// 64-bit lanes.

/** An instruction that is done lane by lane. */
function pairwise(
  name: string,
  arity: number,
  make: (keep: Keep, ...pairs: [Node, Node][]) => readonly [Node, Node],
): void {
  lowering(name, ({ stack }) => {
    const keep = (node: Node) => stack.toTemp(node);
    const vectors = popAtoms(stack, arity);
    stack.pushVector(eachPair(vectors, (...pairs) => make(keep, ...pairs)));
  });
}

const ZERO: [Node, Node] = [constant(0), constant(0)];
const difference = (keep: Keep, [al, ah]: [Node, Node], [bl, bh]: [Node, Node]): [Node, Node] => [
  keep(sub(al, bl)),
  subHigh(al, ah, bl, bh),
];
pairwise('i64x2.add', 2, (keep, [al, ah], [bl, bh]) => {
  const lo = keep(add(al, bl));
  return [lo, addHigh(lo, al, ah, bl, bh)];
});
pairwise('i64x2.sub', 2, difference);
pairwise('i64x2.neg', 1, (keep, a) => difference(keep, ZERO, a));
pairwise('i64x2.abs', 1, (keep, [lo, hi]) => {
  const negative = keep(shrS(hi, constant(31)));
  const flipped: [Node, Node] = [keep(xor(lo, negative)), keep(xor(hi, negative))];
  return difference(keep, flipped, [negative, negative]);
});
lowering('i64x2.mul', ({ stack }) => {
  const vectors = popAtoms(stack, 2);
  stack.pushVector(eachPair(vectors, (a, b) => multiply(stack, a, b)));
});
for (const [how, op, low] of [
  ['lt_s', Op.LtS, Op.LtU],
  ['gt_s', Op.GtS, Op.GtU],
  ['le_s', Op.LtS, Op.LeU],
  ['ge_s', Op.GtS, Op.GeU],
] as const)
  pairwise(`i64x2.${how}`, 2, (keep, [al, ah], [bl, bh]) => {
    const mask = keep(maskOf(compare64(op, low, al, ah, bl, bh)));
    return [mask, mask];
  });
for (const how of ['eq', 'ne'])
  pairwise(`i64x2.${how}`, 2, (keep, [al, ah], [bl, bh]) => {
    const equal = eq64(al, ah, bl, bh);
    const mask = keep(maskOf(how === 'eq' ? equal : eqz(equal)));
    return [mask, mask];
  });
for (const how of ['shl', 'shr_s', 'shr_u'])
  lowering(`i64x2.${how}`, ({ stack }) => {
    const n = popAtom(stack);
    const signed = how === 'shr_s';
    const vectors = popAtoms(stack, 1);
    stack.pushVector(
      eachPair(vectors, ([lo, hi]) => {
        if (n.op === Op.Const)
          return how === 'shl' ? shlConst(lo, hi, n.n) : shrConst(lo, hi, n.n, signed);
        return how === 'shl' ? shlVar(lo, hi, n) : shrVar(lo, hi, n, signed);
      }),
    );
  });
lowering('i64x2.bitmask', ({ stack }) => {
  const [[, b, , d]] = popAtoms(stack, 1) as [Words];
  stack.push(I32, or(shrU(b, constant(31)), and(shrU(d, constant(30)), constant(2))));
});
lowering('i64x2.all_true', ({ stack }) => {
  const [[a, b, c, d]] = popVectors(stack, 1) as [Words];
  const some = (x: Node, y: Node): Node => eqz(eqz(or(x, y)));
  stack.push(I32, and(some(a, b), some(c, d)));
});
