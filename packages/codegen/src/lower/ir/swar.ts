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
  isBool,
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
import { laneBounds } from './lane-bounds.js';

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

/** May the lanes of two words be added (or one subtracted from the other) as words, nothing being carried? */
function carries(lanes: Lanes, sums: number[]): boolean {
  // What the highest lane carries is lost anyway.
  return sums.slice(0, -1).some((sum) => sum < 0 || sum >= 2 ** lanes.bits);
}

/** Sum, lane by lane. */
export function addLanes(lanes: Lanes, a: Node, b: Node, keep: Keep): Node {
  const bounds = laneBounds(b, lanes.bits);
  if (
    !carries(
      lanes,
      laneBounds(a, lanes.bits).map((bound, i) => bound + bounds[i]!),
    )
  )
    return add(a, b);
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
  const bounds = laneBounds(b, lanes.bits);
  const least = a.op === Op.Const ? laneBounds(a, lanes.bits) : bounds.map(() => 0);
  if (
    !carries(
      lanes,
      least.map((bound, i) => bound - bounds[i]!),
    )
  )
    return sub(a, b);
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
  // z: the bits below the highest of p are less than those of q. Where the highest bits differ they decide.
  const z = complement(sub(or(p, high), isBelow(lanes, q) ? q : and(q, rest)));
  const less = decided(lanes, signed, p, q, z, keep);
  return and(orEqual ? complement(less) : less, high);
}

/** Is the highest bit of every lane known to be 0; to be 1? */
const isBelow = (lanes: Lanes, a: Node): boolean =>
  laneBounds(a, lanes.bits).every((bound) => bound < 2 ** (lanes.bits - 1));
const isAbove = ({ high }: Lanes, a: Node): boolean =>
  a.op === Op.Const && (a.n & high.n) === high.n;

/**
 * Is p less than q, by the highest bits where they differ, by z where they are equal? Only the highest bits of
 * the result count.
 */
function decided(lanes: Lanes, signed: boolean, p: Node, q: Node, z: Node, keep: Keep): Node {
  const below = [p, q].map((x) => isBelow(lanes, x));
  if (below[0] && below[1]) return z;
  // One that has the bit, and one that has not: whether the first is the lesser one.
  const [one, zero] = signed ? [p, q] : [q, p];
  const [oneBelow, zeroBelow] = signed ? [below[0], below[1]] : [below[1], below[0]];
  if (oneBelow) return and(complement(zero), z);
  if (zeroBelow) return or(one, z);
  if (isAbove(lanes, one)) return or(complement(zero), z);
  if (isAbove(lanes, zero)) return and(one, z);
  const kept = keep(z);
  return xor(kept, and(xor(kept, one), xor(p, q)));
}

/** The condition that a mask of 32 bits stands for, if it is one. */
export const conditionOf = (mask: Node): Node | undefined =>
  mask.op === Op.Sub && mask.a!.op === Op.Const && mask.a!.n === 0 && isBool(mask.b!)
    ? mask.b!
    : undefined;

const COMPARISON = /\.(eq|ne|[lg][te]_[su])$/;

/** The highest bits that a mask of whole lanes was expanded from, if it was. */
export function maskBits(lanes: Lanes, mask: Node): Node | undefined {
  if (mask.op === Op.Get) {
    const { stable, sets } = mask.v!;
    const e = stable && sets.length === 1 ? sets[0]!.e! : mask;
    // What is tried before it is calculated: a word as good as that.
    if (e.op === Op.Lane && COMPARISON.test(e.name) && e.name.startsWith(`i${lanes.bits}`))
      return mask;
    return e.op === Op.Sub ? maskBits(lanes, e) : undefined;
  }
  if (mask.op !== Op.Sub || mask.a!.op !== Op.Shl || mask.b!.op !== Op.ShrU) return undefined;
  const [left, right] = [mask.a!, mask.b!];
  const m = left.a!;
  const matches =
    m.op === Op.Get &&
    m.v!.stable &&
    right.a!.op === Op.Get &&
    right.a!.v === m.v &&
    left.b!.op === Op.Const &&
    left.b!.n === 1 &&
    right.b!.op === Op.Const &&
    right.b!.n === lanes.bits - 1;
  // m has no other bits: it is what `expand` was given.
  return matches &&
    laneBounds(m, lanes.bits).every((bound) => bound <= 2 ** (lanes.bits - 1)) &&
    isHigh(lanes, m)
    ? m
    : undefined;
}

/** Has the word highest bits of lanes only? */
function isHigh({ high }: Lanes, m: Node): boolean {
  const e = m.v!.sets[0]?.e;
  return e?.op === Op.And && e.b!.op === Op.Const && (e.b!.n & ~high.n) === 0;
}

/** a & b, where a mask keeps the same constant in each of its lanes. */
export function andMask(a: Node, b: Node): Node {
  for (const lanes of [BYTES, HALVES])
    for (const [mask, value] of [
      [a, b],
      [b, a],
    ] as const) {
      if (value.op !== Op.Const) continue;
      const lane = (value.n >>> (32 - lanes.bits)) >>> 0;
      if (Math.imul(lane, lanes.low.n) !== value.n) continue;
      const m = maskBits(lanes, mask);
      if (m === undefined) continue;
      const top = 31 - Math.clz32(lane);
      if (lane === 2 ** top) return shrU(m, constant(lanes.bits - 1 - top));
      return mul(shrU(m, constant(lanes.bits - 1)), constant(lane));
    }
  return and(a, b);
}

/** The comparison as a mask. */
export const compareLanes = (lanes: Lanes, how: Compare, a: Node, b: Node, keep: Keep): Node =>
  expand(lanes, keep(compareBits(lanes, how, a, b, keep)));

/** `mask ? a : b` bit by bit; b is an atom. */
export const choose = (mask: Node, a: Node, b: Node): Node => xor(b, and(xor(a, b), mask));
/** The same where the mask may be one of whole lanes. */
const chooseLanes = (mask: Node, a: Node, b: Node): Node => xor(b, andMask(xor(a, b), mask));

/** The lesser or greater of each two lanes. */
export function extreme(
  lanes: Lanes,
  how: 'lt_s' | 'lt_u' | 'gt_s' | 'gt_u',
  a: Node,
  b: Node,
  keep: Keep,
): Node {
  return chooseLanes(compareLanes(lanes, how, a, b, keep), a, b);
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
    // A carry out of a lane: from the highest bits, or from below where they differ; likewise a borrow.
    const carry = isSum
      ? or(and(a, b), and(or(a, b), complement(result)))
      : decided(lanes, false, a, b, result, keep);
    const mask = expand(lanes, keep(and(carry, high)));
    return isSum ? or(result, mask) : and(result, complement(mask));
  }
  const differs = xor(a, b);
  const over = and(isSum ? complement(differs) : differs, xor(a, result));
  const mask = expand(lanes, keep(and(over, high)));
  // The greatest value, or the least where a is negative.
  const limit = add(and(shrU(a, constant(lanes.bits - 1)), low), rest);
  return chooseLanes(mask, limit, result);
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
  const bounds = laneBounds(a, lanes.bits);
  if (how === 'shr_s' && isBelow(lanes, a)) how = 'shr_u';
  if (how === 'shl') {
    // The highest lane's bits are lost anyway.
    if (
      amount.op === Op.Const &&
      !carries(
        lanes,
        bounds.map((bound) => bound * 2 ** amount.n),
      )
    )
      return shl(a, amount);
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
  const mask = maskBits(lanes, a);
  if (lanes.bits === 8)
    // The product puts bits 0, 8, 16, 24 side by side at the top.
    return shrU(
      mul(
        mask === undefined ? and(shrU(a, constant(7)), lanes.low) : shrU(mask, constant(7)),
        constant(0x10204080),
      ),
      constant(28),
    );
  return or(and(shrU(a, constant(15)), constant(1)), and(shrU(a, constant(30)), constant(2)));
}

/** Product of two halves each, the low bits. */
export function mulHalves(a: Node, b: Node): Node {
  if (a.op === Op.Const && b.op !== Op.Const) return mulHalves(b, a);
  if (b.op === Op.Const) {
    const factor = b.n >>> 16;
    // The same factor twice, and a product that stays in its lane.
    if ((b.n & 0xffff) === factor && laneBounds(a, 16)[0]! * factor <= 0xffff)
      return mul(a, constant(factor));
  }
  return or(and(mul(a, b), LOW_HALF), mul(shrU(a, constant(16)), and(b, HIGH_HALF)));
}

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

/**
 * A signed integer, an atom, brought into the range of `bits` bits. What is returned where it is beyond is
 * calculated in any case (`hold`): code that never ran in the arm of a choice makes engines leave compiled code.
 */
export function saturate(x: Node, bits: 8 | 16, signed: boolean, hold: Keep): Node {
  const beyond = constant(32 - bits);
  const sign = shrS(x, constant(31));
  if (signed) {
    const limit = hold(xor(sign, constant(2 ** (bits - 1) - 1)));
    return select(I, binary(Op.Eq, shrS(shl(x, beyond), beyond), x), x, limit);
  }
  const all = constant(2 ** bits - 1);
  const limit = hold(and(complement(sign), all));
  return select(I, eqz(and(x, complement(all))), x, limit);
}

/** Two words of two halves each, none above 255, as four bytes. */
export const packHalves = (p: Node, q: Node): Node =>
  or(and(or(p, shrU(p, constant(8))), LOW_HALF), shl(or(q, shrU(q, constant(8))), constant(16)));
/** Signed halves brought into 0 to 255, without a branch. */
export function clampHalves(a: Node, keep: Keep): Node {
  const negative = keep(and(a, HALVES.high));
  const least = keep(and(a, complement(expand(HALVES, negative))));
  // The highest bit tells what is above 255; the byte becomes all ones.
  const above = keep(and(add(least, constant(0x7f007f00)), HALVES.high));
  const ones = sub(shrU(above, constant(7)), shrU(above, constant(15)));
  return and(or(least, ones), constant(0x00ff00ff));
}
/** Is no half of the word above 255? */
export const areBytes = (word: Node): boolean =>
  laneBounds(word, 16).every((bound) => bound <= 255);
