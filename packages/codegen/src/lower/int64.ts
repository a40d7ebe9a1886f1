/**
 * i64 operations on pairs of 32-bit expressions. Every function takes halves that are free of
 * effects other than reading; where a half is used twice the caller has made it an atom.
 */
import {
  add,
  and,
  binary,
  constant,
  eqz,
  isConst,
  logical,
  mul,
  or,
  popcount,
  select,
  shl,
  shrS,
  shrU,
  sub,
  trailingZeros,
  unary,
  xor,
} from './int.js';
import { I, type Node, Op } from './ir.js';

/** An i64 expression: low and high half. */
export type Pair = [lo: Node, hi: Node];

const zero = () => constant(0);

/**
 * The high word of the 64-bit product of two unsigned 32-bit atoms, by four products of half words;
 * every sum of them fits in 32 bits. `keep` puts a word into a variable.
 */
export function mulHigh(a: Node, b: Node, keep: (node: Node) => Node): Node {
  if (isConst(a, 0) || isConst(b, 0)) return zero();
  if (isConst(a, 1) || isConst(b, 1)) return zero();
  if (a.op === Op.Const && b.op === Op.Const)
    return constant(Number((BigInt(a.n >>> 0) * BigInt(b.n >>> 0)) >> 32n) | 0);
  const low = constant(65535);
  const half = constant(16);
  if (b.op !== Op.Const && a.op === Op.Const) [a, b] = [b, a];
  if (b.op === Op.Const && b.n >>> 16 === 0) {
    // A factor of 16 bits: two products, whose sum fits in 32 bits.
    const top = mul(shrU(a, half), b);
    return shrU(add(top, shrU(mul(and(a, low), b), half)), half);
  }
  const al = keep(and(a, low));
  const ah = keep(shrU(a, half));
  const bl = keep(and(b, low));
  const bh = keep(shrU(b, half));
  const middle = keep(add(mul(al, bh), shrU(mul(al, bl), half)));
  const cross = add(mul(ah, bl), and(middle, low));
  return add(add(mul(ah, bh), shrU(middle, half)), shrU(cross, half));
}

/** Sum; `lo` is `add(al, bl)` made an atom, one of al and bl an atom or constant. */
export function addHigh(lo: Node, al: Node, ah: Node, bl: Node, bh: Node): Node {
  if (isConst(bl, 0) || isConst(al, 0)) return add(ah, bh);
  const carry = binary(Op.LtU, lo, bl.op === Op.Const || al.op !== Op.Get ? bl : al);
  return add(add(ah, bh), carry);
}

/** Difference: the high half. al and bl are atoms. */
export function subHigh(al: Node, ah: Node, bl: Node, bh: Node): Node {
  if (isConst(bl, 0)) return sub(ah, bh);
  return sub(sub(ah, bh), binary(Op.LtU, al, bl));
}

/** Product: the high half. al and bl are atoms; see `mulHigh`. */
export function mulHighHalf(
  al: Node,
  ah: Node,
  bl: Node,
  bh: Node,
  keep: (node: Node) => Node,
): Node {
  return add(add(mulHigh(al, bl, keep), mul(al, bh)), mul(ah, bl));
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
  select(I, al, trailingZeros(al), add(trailingZeros(ah), constant(32)));
export const popcnt64 = (al: Node, ah: Node, keep: (node: Node) => Node): Node =>
  add(popcount(al, keep), popcount(ah, keep));

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
