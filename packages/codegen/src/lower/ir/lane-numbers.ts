/**
 * A lane of 8 or 16 bits as a number of its own: an integer that is the lane modulo 2^bits, and between which bounds
 * it is. So sums and products are those of integers, and bits above the lane are cut off where they count only.
 */
import { and, binary, constant, eqz, or, select, shl, shrS, shrU, xor } from './int.js';
import { Fx, I, Node, Op } from './ir.js';

/** An integer and its bounds, inclusive. */
export interface LaneNumber {
  readonly node: Node;
  readonly low: number;
  readonly high: number;
}

export const LEAST = -2147483648;
export const GREATEST = 2147483647;

/** A number between bounds; where they are beyond 32 bits nothing is known, since the number has wrapped. */
export function laneNumber(node: Node, low: number, high: number): LaneNumber {
  if (node.op === Op.Const) return { node, low: node.n, high: node.n };
  return low < LEAST || high > GREATEST
    ? { node, low: LEAST, high: GREATEST }
    : { node, low, high };
}

const greatestOf = (bits: number): number => (bits < 31 ? (1 << bits) - 1 : 2 ** bits - 1);
/** Are the bounds those of an unsigned lane; of a signed one? */
export const fitsUnsigned = (x: { low: number; high: number }, bits: number): boolean =>
  x.low >= 0 && x.high <= greatestOf(bits);
export const fitsSigned = (x: { low: number; high: number }, bits: number): boolean =>
  x.low >= -1 - greatestOf(bits - 1) && x.high <= greatestOf(bits - 1);

/** The same load with another method. */
function loadAs(load: Node, name: string): Node {
  const node = new Node(Op.Load, I, load.fx, load.a, null, null, load.n);
  node.name = name;
  node.memory = load.memory;
  return node;
}

/** Lane `i` of the word at an address, an atom; only the highest one may trap for all. */
export function laneOfLoad(load: Node, bits: 8 | 16, i: number): LaneNumber {
  const last = (i + 1) * bits === 32;
  const node = loadAs(load, bits === 8 ? 'getUint8' : 'getUint16');
  if (!last) node.fx &= ~Fx.trapMemory;
  const lane = new Node(Op.Load, I, node.fx, node.a, null, null, load.n + (i * bits) / 8);
  lane.name = node.name;
  lane.memory = load.memory;
  return laneNumber(lane, 0, greatestOf(bits));
}

/** The lane as an unsigned integer. */
export function unsignedLane(x: LaneNumber, bits: 8 | 16): LaneNumber {
  if (fitsUnsigned(x, bits)) return x;
  const { node } = x;
  if (node.op === Op.Load && node.name === (bits === 8 ? 'getInt8' : 'getInt16'))
    return laneNumber(loadAs(node, bits === 8 ? 'getUint8' : 'getUint16'), 0, greatestOf(bits));
  if (node.op === Op.ShrS && node.b!.op === Op.Const && node.b!.n === 32 - bits)
    return laneNumber(shrU(node.a!, node.b!), 0, greatestOf(bits));
  return laneNumber(and(node, constant(greatestOf(bits))), 0, greatestOf(bits));
}

/** The lane as a signed integer. */
export function signedLane(x: LaneNumber, bits: 8 | 16): LaneNumber {
  if (fitsSigned(x, bits)) return x;
  const least = -(2 ** (bits - 1));
  const most = -least - 1;
  const beyond = constant(32 - bits);
  let { node } = x;
  if (node.op === Op.Load && node.name === (bits === 8 ? 'getUint8' : 'getUint16'))
    return laneNumber(loadAs(node, bits === 8 ? 'getInt8' : 'getInt16'), least, most);
  // Bits above the lane that were cut off need not be.
  if (
    node.op === Op.And &&
    node.b!.op === Op.Const &&
    (node.b!.n & most) === most &&
    node.b!.n & (most + 1)
  )
    node = node.a!;
  if (node.op === Op.ShrU && node.b!.op === Op.Const && node.b!.n <= 32 - bits)
    return laneNumber(shrS(shl(node.a!, constant(32 - bits - node.b!.n)), beyond), least, most);
  return laneNumber(shrS(shl(node, beyond), beyond), least, most);
}

/** Two or four lanes as a word. */
export function joinLanes(lanes: readonly LaneNumber[], bits: 8 | 16): Node {
  return lanes
    .map((lane, i) => {
      const last = (i + 1) * bits === 32;
      return shl((last ? lane : unsignedLane(lane, bits)).node, constant(i * bits));
    })
    .reduce(or);
}

/** Puts a node into a variable; `hold`: one that stays where it is assigned. */
export interface Keeper {
  keep(node: Node): Node;
  hold(node: Node): Node;
}

/** The integer x, an atom, brought into the range of a lane. */
export function clampLane(
  x: LaneNumber,
  bits: 8 | 16,
  signed: boolean,
  keeper: Keeper,
): LaneNumber {
  const least = signed ? -(2 ** (bits - 1)) : 0;
  const most = signed ? 2 ** (bits - 1) - 1 : greatestOf(bits);
  if (x.low >= least && x.high <= most) return x;
  const { node } = x;
  const low = Math.max(x.low, least);
  const high = Math.min(x.high, most);
  if (!signed && x.high <= most)
    return laneNumber(and(node, xor(shrS(node, constant(31)), constant(-1))), low, high);
  const sign = shrS(node, constant(31));
  if (signed) {
    const beyond = constant(32 - bits);
    const limit = keeper.hold(xor(sign, constant(most)));
    const inside = binary(Op.Eq, shrS(shl(node, beyond), beyond), node);
    return laneNumber(select(I, inside, node, limit), least, most);
  }
  const limit = keeper.hold(and(xor(sign, constant(-1)), constant(most)));
  return laneNumber(select(I, eqz(and(node, constant(~most))), node, limit), low, high);
}
