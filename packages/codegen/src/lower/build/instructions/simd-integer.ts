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
import { laneNode } from '../../ir/lane-operations.js';
import { complement, conditionOf } from '../../ir/swar.js';
import { lowering } from '../builder.js';
import {
  eachPair,
  eachWord,
  popAtom,
  popAtoms,
  popVectors,
  pushLanes,
  type Words,
} from '../vector.js';
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

/** An instruction on bytes or halves that is done word by word. */
function lanewise(name: string, arity: number, operation = name): void {
  lowering(name, ({ stack }) =>
    pushLanes(stack, popAtoms(stack, arity), (...words) => laneNode(operation, words)),
  );
}

// Bits.

wordwise('v128.not', 1, complement);
wordwise('v128.and', 2, and);
wordwise('v128.andnot', 2, (a, b) => and(a, complement(b)));
wordwise('v128.or', 2, or);
wordwise('v128.xor', 2, xor);

lowering('v128.any_true', ({ stack }) => {
  const [words] = popVectors(stack, 1) as [Words];
  stack.push(I32, laneNode('any_true', words));
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
lanewise('i32x4.dot_i16x8_s', 2, 'i32x4.dot');
for (const sign of ['s', 'u'])
  lanewise(`i32x4.extadd_pairwise_i16x8_${sign}`, 1, `i32x4.extadd_${sign}`);

// 8- and 16-bit lanes.

for (const [prefix, bits] of [
  ['i8x16', 8],
  ['i16x8', 16],
] as const) {
  for (const name of ['neg', 'abs']) lanewise(`${prefix}.${name}`, 1);
  const comparisons = COMPARISONS.map(([name]) => name);
  for (const name of ['add', 'sub', 'avgr_u', 'min_s', 'min_u', 'max_s', 'max_u', ...comparisons])
    lanewise(`${prefix}.${name}`, 2);
  for (const name of ['add_sat_s', 'add_sat_u', 'sub_sat_s', 'sub_sat_u'])
    lanewise(`${prefix}.${name}`, 2);
  for (const how of ['shl', 'shr_s', 'shr_u'])
    lowering(`${prefix}.${how}`, ({ stack }) => {
      const amount = stack.toTemp(and(popAtom(stack), constant(bits - 1)));
      pushLanes(stack, popAtoms(stack, 1), (a) => laneNode(`${prefix}.${how}`, [a!, amount]));
    });
  for (const question of ['all_true', 'bitmask'])
    lowering(`${prefix}.${question}`, ({ stack }) => {
      const [words] = popAtoms(stack, 1) as [Words];
      stack.push(I32, laneNode(`${prefix}.${question}`, words));
    });
}
lanewise('i8x16.popcnt', 1);
lanewise('i16x8.mul', 2);
for (const name of ['i16x8.q15mulr_sat_s', 'i16x8.relaxed_q15mulr_s']) lanewise(name, 2);
for (const sign of ['s', 'u'])
  lanewise(`i16x8.extadd_pairwise_i8x16_${sign}`, 1, `i16x8.extadd_${sign}`);

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
