/**
 * i64 operations on pairs of 32-bit expressions. Every function takes halves that are free of
 * effects other than reading; where a half is used twice the caller has made it an atom.
 */
import {
  add,
  and,
  binary,
  byteSum,
  constant,
  eqz,
  f64Const,
  floatOp,
  isConst,
  isNonZero,
  logical,
  mul,
  nibbleCounts,
  or,
  popcount,
  select,
  shl,
  shrS,
  shrU,
  sub,
  trailingZeros,
  unary,
  width,
  xor,
} from './int.js';
import { D, Fx, I, type Node, Op } from './ir.js';

/** An i64 expression: low and high half. */
export type Pair = [lo: Node, hi: Node];

const zero = () => constant(0);

/** What multiplication needs of its caller. */
export interface Keeper {
  /** Puts a word into a variable. */
  word(node: Node): Node;
  /** Puts a number into a variable that is assigned whether or not it is read. */
  number(node: Node): Node;
}

/**
 * The high word of the 64-bit product of two unsigned 32-bit atoms; `lo` is its low word, an
 * atom where one of them is a constant.
 */
export function mulHigh(a: Node, b: Node, lo: Node, keep: Keeper): Node {
  if (b.op !== Op.Const && a.op === Op.Const) [a, b] = [b, a];
  if (width(a) + width(b) <= 32) return zero();
  if (b.op === Op.Const) {
    if (a.op === Op.Const) return constant(Number((BigInt(a.n >>> 0) * BigInt(b.n >>> 0)) >> 32n));
    return mulHighConst(a, b, lo, keep);
  }
  // Four products of half words; every sum of them fits in 32 bits. Half words are made where they are used: engines
  // see that they are the same, and four variables more would be in the frame of whatever multiplies.
  const low = (x: Node): Node => and(x, constant(65535));
  const high = (x: Node): Node => shrU(x, constant(16));
  const middle = keep.word(add(mul(low(a), high(b)), high(mul(low(a), low(b)))));
  const cross = add(mul(high(a), low(b)), low(middle));
  return add(add(mul(high(a), high(b)), high(middle)), high(cross));
}

/** Products of a double are wrong by less than this part of them. */
const SLACK = 2 ** -51;
/** Above this low word, what `SLACK` takes away leaves the high word as it is. */
const NEAR = 2 ** 14;

/** `mulHigh` by a constant b. */
function mulHighConst(a: Node, b: Node, lo: Node, keep: Keeper): Node {
  const n = b.n >>> 0;
  const half = constant(16);
  const top = 31 - Math.clz32(n);
  if (n === 1) return zero();
  if (n === 2 ** top) return shrU(a, constant(32 - top));
  // a * 2^top + a: the carry shows in the low word.
  if (n === 2 ** top + 1) return add(shrU(a, constant(32 - top)), binary(Op.LtU, lo, a));
  if (n <= 65535) {
    // Two products, whose sum fits in 32 bits.
    const low = and(a, constant(65535));
    return shrU(add(mul(shrU(a, half), b), shrU(mul(low, b), half)), half);
  }
  const times = (factor: number): Node =>
    floatOp(Op.FMul, D, floatOp(Op.ConvertU, D, a), f64Const(factor * 2 ** -32));
  const whole = (product: Node): Node => floatOp(Op.Whole, I, product);
  const zeros = 31 - Math.clz32(n & -n);
  // Up to 53 bits a double holds the product.
  if (width(a) + width(b) - zeros <= 53) return whole(times(n));
  // Beyond, it is a little too small or a little too large. The former has the right high word
  // except for the lowest of low words, the latter for these. Choosing between two products that are
  // there is what all engines do well (of two factors: not JavaScriptCore; a product in the arm that is
  // hardly ever taken: V8 leaves optimised code there).
  const below = keep.number(times(n * (1 - SLACK)));
  const above = keep.number(times(n * (1 + SLACK)));
  return whole(select(D, binary(Op.LtU, lo, constant(NEAR)), above, below));
}

/**
 * The high word of the product of two numbers below 2^32 in magnitude, of which the atom `lo` is the low word: the product
 * of doubles is wrong by less than 2^11, and the low word tells by how much.
 * @param signed may the numbers be negative?
 */
export function mulHighNumber(a: Node, b: Node, lo: Node, signed: boolean): Node {
  const low = floatOp(signed ? Op.ConvertS : Op.ConvertU, D, lo);
  const rest = floatOp(Op.FSub, D, floatOp(Op.FMul, D, a, b), low);
  const scaled = floatOp(Op.FMul, D, rest, f64Const(2 ** -32));
  if (!signed) return floatOp(Op.Whole, I, floatOp(Op.FAdd, D, scaled, f64Const(0.5)));
  // What is no part of a word makes the number positive; a low word read as a negative one has left one too much.
  const high = floatOp(Op.Word, I, floatOp(Op.FAdd, D, scaled, f64Const(2 ** 32 + 0.5)));
  return add(high, shrS(lo, constant(31)));
}

/** Sum; `lo` is `add(al, bl)` made an atom, one of al and bl an atom or constant. */
export function addHigh(lo: Node, al: Node, ah: Node, bl: Node, bh: Node): Node {
  if (isConst(bl, 0) || isConst(al, 0)) return add(ah, bh);
  // A small negative constant: no carry takes one away.
  if (bl.op === Op.Const && isConst(bh, -1)) return sub(ah, binary(Op.GeU, lo, bl));
  const carry = binary(Op.LtU, lo, bl.op === Op.Const || al.op !== Op.Get ? bl : al);
  return add(add(ah, bh), carry);
}

/** Difference: the high half. al and bl are atoms. */
export function subHigh(al: Node, ah: Node, bl: Node, bh: Node): Node {
  if (isConst(bl, 0)) return sub(ah, bh);
  return sub(sub(ah, bh), binary(Op.LtU, al, bl));
}

/** Product: the high half. `lo` is the low one, al and bl are atoms; see `mulHigh`. */
export function mulHighHalf(lo: Node, al: Node, ah: Node, bl: Node, bh: Node, keep: Keeper): Node {
  return add(add(mulHigh(al, bl, lo, keep), mul(al, bh)), mul(ah, bl));
}

/** Shift left by a constant (al atom). */
export function shlConst(al: Node, ah: Node, n: number): Pair {
  n &= 63;
  if (n === 0) return [al, ah];
  if (n >= 32) return [zero(), shl(al, constant(n - 32))];
  const k = constant(n);
  return [shl(al, k), or(shl(ah, k), shrU(al, constant(32 - n)))];
}

/** Shift right by a constant (ah atom). */
export function shrConst(al: Node, ah: Node, n: number, signed: boolean): Pair {
  n &= 63;
  if (n === 0) return [al, ah];
  const shr = signed ? shrS : shrU;
  if (n >= 32) return [shr(ah, constant(n - 32)), signed ? shrS(ah, constant(31)) : zero()];
  const k = constant(n);
  return [or(shrU(al, k), shl(ah, constant(32 - n))), shr(ah, k)];
}

/** Rotate left by a constant (both halves atoms). */
export function rotlConst(al: Node, ah: Node, n: number): Pair {
  n &= 63;
  if (n >= 32) return rotlConst(ah, al, n - 32);
  if (n === 0) return [al, ah];
  const k = constant(n);
  const rest = constant(32 - n);
  return [or(shl(al, k), shrU(ah, rest)), or(shl(ah, k), shrU(al, rest))];
}

/** What remains of x after a shift by 32 - (n mod 32), right for n mod 32 = 0 as well. */
const spill = (x: Node, n: Node): Node => shrU(shrU(x, constant(1)), xor(n, constant(-1)));
const spillLeft = (x: Node, n: Node): Node => shl(shl(x, constant(1)), xor(n, constant(-1)));

const big = (n: Node): Node => and(n, constant(32));

/** Shift left by a variable amount n (all atoms). */
export function shlVar(al: Node, ah: Node, n: Node): Pair {
  return [
    select(I, big(n), zero(), shl(al, n)),
    select(I, big(n), shl(al, n), or(shl(ah, n), spill(al, n))),
  ];
}

/** Shift right by a variable amount n (all atoms). */
export function shrVar(al: Node, ah: Node, n: Node, signed: boolean): Pair {
  const shr = signed ? shrS : shrU;
  return [
    select(I, big(n), shr(ah, n), or(shrU(al, n), spillLeft(ah, n))),
    select(I, big(n), signed ? shrS(ah, constant(31)) : zero(), shr(ah, n)),
  ];
}

/** Rotate left; x, y are the halves swapped already when n has bit 5 (all atoms). */
export function rotlVar(x: Node, y: Node, n: Node): Pair {
  return [or(shl(x, n), spill(y, n)), or(shl(y, n), spill(x, n))];
}

/** Rotate right, likewise. */
export function rotrVar(x: Node, y: Node, n: Node): Pair {
  return [or(shrU(x, n), spillLeft(y, n)), or(shrU(y, n), spillLeft(x, n))];
}

export const clz64 = (al: Node, ah: Node): Node =>
  select(I, ah, unary(Op.Clz, ah), add(unary(Op.Clz, al), constant(32)));
export const ctz64 = (al: Node, ah: Node): Node =>
  isNonZero(al)
    ? trailingZeros(al)
    : select(I, al, trailingZeros(al, true), add(trailingZeros(ah), constant(32)));

/** Number of bits set: the counts of both halves are added as long as they fit into four bits. */
export function popcnt64(al: Node, ah: Node, keep: (node: Node) => Node): Node {
  if (al.op === Op.Const || ah.op === Op.Const) return add(popcount(al, keep), popcount(ah, keep));
  const nibbles = keep(add(nibbleCounts(al, keep), nibbleCounts(ah, keep)));
  const mask = constant(0x0f0f0f0f);
  return byteSum(add(and(nibbles, mask), and(shrU(nibbles, constant(4)), mask)));
}

export const eqz64 = (al: Node, ah: Node): Node => eqz(or(al, ah));

/** Equality of two pairs. */
export function eq64(al: Node, ah: Node, bl: Node, bh: Node): Node {
  if (isConst(bl, 0)) return eqz(or(al, xor(ah, bh)));
  if (isConst(bh, 0)) return eqz(or(xor(al, bl), ah));
  return logical(Op.LAnd, binary(Op.Eq, al, bl), binary(Op.Eq, ah, bh));
}

/**
 * Comparison of two pairs (high halves atoms): `strict` the operation on the high halves (LtS, LtU,
 * GtS, GtU), `low` the unsigned operation on the low halves.
 */
export function compare64(strict: Op, low: Op, al: Node, ah: Node, bl: Node, bh: Node): Node {
  // x < 0 and x >= 0 are told by the sign alone.
  if (isConst(bl, 0) && isConst(bh, 0)) {
    if (strict === Op.LtS && low === Op.LtU) return binary(Op.LtS, ah, zero());
    if (strict === Op.GtS && low === Op.GeU) return binary(Op.GeS, ah, zero());
  }
  return logical(
    Op.LOr,
    binary(strict, ah, bh),
    logical(Op.LAnd, binary(Op.Eq, ah, bh), binary(low, al, bl)),
  );
}

/**
 * A condition; a comparison of unsigned pairs is evaluated without a branch. As a number it mostly is a carry, which is as
 * hard to predict as any bit.
 */
export function unbranched(node: Node): Node {
  if (node.op !== Op.LOr || (node.fx & ~Fx.readLocal) !== 0) return node;
  const [strict, equal] = [node.a!, node.b!];
  if ((strict.op !== Op.LtU && strict.op !== Op.GtU) || equal.op !== Op.LAnd) return node;
  return binary(Op.Or, strict, binary(Op.And, equal.a!, equal.b!));
}
