/**
 * Lanes of 8 and 16 bits inside of a 32-bit word, several at a time ("SIMD within a register"; the
 * formulas are those of Warren, Hacker's Delight, 2-18 and following, unless said). Operands are atoms:
 * each is read more than once. `keep` puts a word into a variable.
 */
import {
  add,
  and,
  binary,
  constant,
  eqz,
  mul,
  or,
  select,
  shl,
  shrS,
  shrU,
  sub,
  xor,
} from './int.js';
import { I, type Node, Op } from './ir.js';

/** How a word is divided. */
export interface Lanes {
  readonly bits: 8 | 16;
  /** The highest bit of each lane, the lowest one. */
  readonly high: Node;
  readonly low: Node;
  /** All but the highest. */
  readonly rest: Node;
}

export type Keep = (node: Node) => Node;

const lanesOf = (bits: 8 | 16, one: number): Lanes => ({
  bits,
  low: constant(one),
  high: constant(one << (bits - 1)),
  rest: constant(~(one << (bits - 1))),
});
/** Four bytes, two halves. */
export const BYTES = lanesOf(8, 0x01010101);
export const HALVES = lanesOf(16, 0x00010001);

export const complement = (a: Node): Node => xor(a, constant(-1));
/** The low and the high half of a word as signed integers, the low one unsigned, bits of the high one. */
export const lowHalf = (a: Node): Node => shrS(shl(a, constant(16)), constant(16));
export const highHalf = (a: Node): Node => shrS(a, constant(16));
const LOW_HALF = constant(0xffff);
const HIGH_HALF = constant(0xffff0000);
/** Two halves as a word: the low 16 bits of each. */
export const halves = (low: Node, high: Node): Node =>
  or(and(low, LOW_HALF), shl(high, constant(16)));

/** Byte `i` of a word, sign-extended or not. */
export function byte(a: Node, i: number, signed: boolean): Node {
  if (signed) return shrS(shl(a, constant(24 - 8 * i)), constant(24));
  return i === 3 ? shrU(a, constant(24)) : and(shrU(a, constant(8 * i)), constant(255));
}
/** Half `i` of a word, sign-extended or not. */
export function half(a: Node, i: number, signed: boolean): Node {
  if (signed) return i === 0 ? lowHalf(a) : highHalf(a);
  return i === 0 ? and(a, LOW_HALF) : shrU(a, constant(16));
}
/** A word with lane `i` of 8 or 16 bits replaced by the low bits of x. */
export function withLane(a: Node, bits: 8 | 16, i: number, x: Node): Node {
  const mask = ((1 << bits) - 1) << (bits * i);
  const last = bits * (i + 1) === 32;
  const moved = shl(x, constant(bits * i));
  return or(and(a, constant(~mask)), last ? moved : and(moved, constant(mask)));
}
/** The low bits of x in every lane. */
export function spread(bits: 8 | 16, x: Node): Node {
  return bits === 8 ? mul(and(x, constant(255)), BYTES.low) : mul(and(x, LOW_HALF), HALVES.low);
}

/** Sum, lane by lane. */
export function addLanes(lanes: Lanes, a: Node, b: Node, keep: Keep): Node {
  if (lanes.bits === 16) {
    // The carry into the upper lane is taken back.
    const sum = keep(add(a, b));
    return sub(sum, and(xor(xor(sum, a), b), constant(0x10000)));
  }
  const { rest, high } = lanes;
  return xor(add(and(a, rest), and(b, rest)), and(xor(a, b), high));
}
/** Difference, lane by lane. */
export function subLanes(lanes: Lanes, a: Node, b: Node, keep: Keep): Node {
  if (lanes.bits === 16) {
    const difference = keep(sub(a, b));
    return add(difference, and(xor(xor(difference, a), b), constant(0x10000)));
  }
  const { rest, high } = lanes;
  return xor(sub(or(a, high), and(b, rest)), and(xor(a, complement(b)), high));
}

/** All bits of the lanes whose highest bit is set in m, which has no other bit. */
export const expand = (lanes: Lanes, m: Node): Node =>
  sub(shl(m, constant(1)), shrU(m, constant(lanes.bits - 1)));

/** Comparisons of lanes; the highest bit of each lane tells. */
export type Compare =
  | 'eq'
  | 'ne'
  | 'lt_s'
  | 'lt_u'
  | 'gt_s'
  | 'gt_u'
  | 'le_s'
  | 'le_u'
  | 'ge_s'
  | 'ge_u';

/** The lanes for which the comparison holds, as highest bits. */
export function compareBits(lanes: Lanes, how: Compare, a: Node, b: Node, keep: Keep): Node {
  const { high, rest } = lanes;
  if (how === 'eq' || how === 'ne') {
    const x = keep(xor(a, b));
    const differs = or(add(and(x, rest), rest), x);
    return and(how === 'ne' ? differs : complement(differs), high);
  }
  const signed = how.endsWith('s');
  const swapped = how.startsWith('g');
  const orEqual = how[1] === 'e';
  // a > b is b < a, a <= b is not b < a.
  const [p, q] = swapped !== orEqual ? [b, a] : [a, b];
  // z: the bits below the highest of p are at least those of q. Where the highest bits differ they decide.
  const z = keep(complement(sub(or(p, high), and(q, rest))));
  const decides = signed ? p : q;
  const less = xor(z, and(xor(z, decides), xor(p, q)));
  return and(orEqual ? complement(less) : less, high);
}

/** The comparison as a mask. */
export const compareLanes = (lanes: Lanes, how: Compare, a: Node, b: Node, keep: Keep): Node =>
  expand(lanes, keep(compareBits(lanes, how, a, b, keep)));

/** `mask ? a : b` bit by bit; b is an atom. */
export const choose = (mask: Node, a: Node, b: Node): Node => xor(b, and(xor(a, b), mask));

/** The lesser or greater of each two lanes. */
export function extreme(
  lanes: Lanes,
  how: 'lt_s' | 'lt_u' | 'gt_s' | 'gt_u',
  a: Node,
  b: Node,
  keep: Keep,
): Node {
  return choose(compareLanes(lanes, how, a, b, keep), a, b);
}

/** Absolute value, wrapping. */
export function absLanes(lanes: Lanes, a: Node, keep: Keep): Node {
  const sign = keep(and(shrU(a, constant(lanes.bits - 1)), lanes.low));
  const mask = sub(shl(sign, constant(lanes.bits)), sign);
  // A lane's sum never leaves it.
  return add(xor(a, mask), sign);
}

/** The average, rounded up. */
export const averageLanes = (lanes: Lanes, a: Node, b: Node): Node =>
  sub(or(a, b), shrU(and(xor(a, b), complement(lanes.low)), constant(1)));

/** Sum or difference that stops at the least and greatest value of a lane. */
export function saturating(
  lanes: Lanes,
  isSum: boolean,
  signed: boolean,
  a: Node,
  b: Node,
  keep: Keep,
): Node {
  const { high, low, rest } = lanes;
  const result = keep((isSum ? addLanes : subLanes)(lanes, a, b, keep));
  if (!signed) {
    const carry = isSum
      ? or(and(a, b), and(or(a, b), complement(result)))
      : or(and(complement(a), b), and(complement(xor(a, b)), result));
    const mask = expand(lanes, keep(and(carry, high)));
    return isSum ? or(result, mask) : and(result, complement(mask));
  }
  const differs = xor(a, b);
  const over = and(isSum ? complement(differs) : differs, xor(a, result));
  const mask = expand(lanes, keep(and(over, high)));
  // The greatest value, or the least where a is negative.
  const limit = add(and(shrU(a, constant(lanes.bits - 1)), low), rest);
  return choose(mask, limit, result);
}

/** Shifts by an amount below the lane's bits: masks are constants where the amount is. */
export function shiftLanes(
  lanes: Lanes,
  how: 'shl' | 'shr_s' | 'shr_u',
  a: Node,
  amount: Node,
  keep: Keep,
): Node {
  const all = constant((2 ** lanes.bits - 1) | 0);
  if (how === 'shl') {
    const mask = spread(lanes.bits, shl(all, amount));
    return and(shl(a, amount), keep(mask));
  }
  const shifted = and(shrU(a, amount), keep(mul(shrU(all, amount), lanes.low)));
  if (how === 'shr_u') return shifted;
  if (lanes.bits === 16)
    return or(
      and(shrS(a, amount), HIGH_HALF),
      shrU(shrS(shl(a, constant(16)), amount), constant(16)),
    );
  // The sign fills the lane's highest bits.
  const sign = keep(and(a, lanes.high));
  return or(shifted, sub(shl(sign, constant(1)), shrU(sign, amount)));
}

/** Number of bits set in each byte. */
export function countBytes(a: Node, keep: Keep): Node {
  const pairs = keep(sub(a, and(shrU(a, constant(1)), constant(0x55555555))));
  const m = constant(0x33333333);
  const nibbles = keep(add(and(pairs, m), and(shrU(pairs, constant(2)), m)));
  return and(add(nibbles, shrU(nibbles, constant(4))), constant(0x0f0f0f0f));
}

/** Not 0 in a lane's highest bit where some lane is 0 (others above it may be told falsely). */
export const someZero = (lanes: Lanes, a: Node): Node => and(sub(a, lanes.low), complement(a));

/** The highest bits of a word's lanes, together. */
export function signBits(lanes: Lanes, a: Node): Node {
  if (lanes.bits === 8)
    // The product puts bits 0, 8, 16, 24 side by side at the top.
    return shrU(mul(and(shrU(a, constant(7)), lanes.low), constant(0x10204080)), constant(28));
  return or(and(shrU(a, constant(15)), constant(1)), and(shrU(a, constant(30)), constant(2)));
}

/** Product of two halves each, the low bits. */
export const mulHalves = (a: Node, b: Node): Node =>
  or(and(mul(a, b), LOW_HALF), mul(shrU(a, constant(16)), and(b, HIGH_HALF)));

/** The sums of neighbouring bytes as halves. */
export function addBytePairs(a: Node, signed: boolean): Node {
  const even = constant(0x00ff00ff);
  if (!signed) return add(and(a, even), and(shrU(a, constant(8)), even));
  // With 128 added to each byte; 256 less, without a borrow between lanes.
  const x = xor(a, BYTES.high);
  const sum = add(and(x, even), and(shrU(x, constant(8)), even));
  return xor(add(sum, constant(0x7f007f00)), HALVES.high);
}

/** Two bytes of a word, from byte `from`, as halves. */
export function widenBytes(a: Node, from: 0 | 2, signed: boolean): Node {
  if (from === 0)
    return signed
      ? or(and(byte(a, 0, true), LOW_HALF), and(shrS(shl(a, constant(16)), constant(8)), HIGH_HALF))
      : or(and(a, constant(255)), and(shl(a, constant(8)), constant(0xff0000)));
  return signed
    ? or(and(byte(a, 2, true), LOW_HALF), and(shrS(a, constant(8)), HIGH_HALF))
    : or(and(shrU(a, constant(16)), constant(255)), and(shrU(a, constant(8)), constant(0xff0000)));
}

/** A signed integer brought into -2^(bits-1) … or 0 …: most are there already, which the test tells. */
export function saturate(x: Node, bits: 8 | 16, signed: boolean): Node {
  const beyond = constant(32 - bits);
  if (signed) {
    const limit = xor(shrS(x, constant(31)), constant(2 ** (bits - 1) - 1));
    return select(I, binary(Op.Eq, shrS(shl(x, beyond), beyond), x), x, limit);
  }
  const all = constant(2 ** bits - 1);
  const limit = and(complement(shrS(x, constant(31))), all);
  return select(I, eqz(and(x, complement(all))), x, limit);
}
