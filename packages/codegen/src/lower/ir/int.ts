/**
 * Constructors of integer expressions. Each simplifies what it can see (constants, identities), so
 * that a dead or known high word of an i64 disappears while the tree is being built.
 */
import { AHEAD } from '../../ahead.js';
import { Certain, D, F, Fx, get, I, type IrType, isPure, Node, Op } from './ir.js';

/** The constant n (taken modulo 2^32). */
export const constant = (n: number): Node => new Node(Op.Const, I, 0, null, null, null, n | 0);
export const isConst = (node: Node, n?: number): boolean =>
  node.op === Op.Const && (n === undefined || node.n === n);

const node2 = (op: Op, a: Node, b: Node): Node => new Node(op, I, a.fx | b.fx, a, b, null, 0);
const node1 = (op: Op, a: Node): Node => new Node(op, I, a.fx, a, null, null, 0);

/** Is the value known to be 0 or 1? */
export function isBool(node: Node): boolean {
  if ((node.op >= Op.Eq && node.op <= Op.LOr) || (node.op >= Op.FEq && node.op <= Op.RefEq))
    return true;
  if (node.op === Op.HasType || node.op === Op.IsSmall) return true;
  if (node.op === Op.Const) return node.n === 0 || node.n === 1;
  if (node.op === Op.And) return isConst(node.b!, 1) || (isBool(node.a!) && isBool(node.b!));
  if (node.op === Op.Or) return isBool(node.a!) && isBool(node.b!);
  if (node.op === Op.Select) return isBool(node.a!) && isBool(node.b!);
  return false;
}

/** How many bits are enough to hold the value, which is looked at as unsigned? */
export function width(node: Node): number {
  switch (node.op) {
    case Op.Const:
      return 32 - Math.clz32(node.n);
    case Op.Get: {
      const { stable, sets } = node.v!;
      const value = stable && sets.length === 1 ? sets[0]!.e : null;
      return value !== null && value.op !== Op.Get ? width(value) : 32;
    }
    case Op.And:
      return Math.min(width(node.a!), width(node.b!));
    case Op.Or:
    case Op.Xor:
    case Op.Select:
      return Math.max(width(node.a!), width(node.b!));
    case Op.ShrU:
      return node.b!.op === Op.Const ? Math.max(0, width(node.a!) - (node.b!.n & 31)) : 32;
    case Op.Load:
      return node.name === 'getUint8' ? 8 : node.name === 'getUint16' ? 16 : 32;
    case Op.Clz:
      return 6;
    case Op.Entry:
      return 32 - Math.clz32(node.m);
    default:
      return isBool(node) ? 1 : 32;
  }
}

/** What ranges are known of (`analyses/ranges.ts`). */
const isArithmetic = ({ op }: Node): boolean =>
  op === Op.Get || op === Op.Add || op === Op.Sub || op === Op.Mul;

/** Is the value known not to be negative as a signed integer? */
export function isNonNegative(node: Node): boolean {
  switch (node.op) {
    case Op.Const:
      return node.n >= 0;
    case Op.And:
      return isNonNegative(node.a!) || isNonNegative(node.b!);
    case Op.ShrU:
      return (node.b!.op === Op.Const && (node.b!.n & 31) !== 0) || isNonNegative(node.a!);
    case Op.ShrS:
      return isNonNegative(node.a!);
    case Op.Or:
    case Op.Xor:
      return isNonNegative(node.a!) && isNonNegative(node.b!);
    case Op.Select:
      return isNonNegative(node.a!) && isNonNegative(node.b!);
    case Op.Clz:
    case Op.Entry:
      return true;
    case Op.RemS:
      return isNonNegative(node.a!);
    case Op.Load:
      return node.name === 'getUint8' || node.name === 'getUint16';
    default:
      return isBool(node) || (AHEAD && isArithmetic(node) && (node.m & Certain.positive) !== 0);
  }
}

const swap = (op: Op): Op => {
  switch (op) {
    case Op.LtS:
      return Op.GtS;
    case Op.LtU:
      return Op.GtU;
    case Op.LeS:
      return Op.GeS;
    case Op.LeU:
      return Op.GeU;
    case Op.GtS:
      return Op.LtS;
    case Op.GtU:
      return Op.LtU;
    case Op.GeS:
      return Op.LeS;
    case Op.GeU:
      return Op.LeU;
    default:
      return op;
  }
};

const ctz32 = (a: number): number => (a === 0 ? 32 : 31 - Math.clz32(a & -a));
function popcnt32(a: number): number {
  let count = 0;
  for (; a !== 0; a &= a - 1) count++;
  return count;
}

/** Value of a binary operation on constants, or undefined when it would trap. */
function fold(op: Op, a: number, b: number): number | undefined {
  switch (op) {
    case Op.Add:
      return (a + b) | 0;
    case Op.Sub:
      return (a - b) | 0;
    case Op.Mul:
      return Math.imul(a, b);
    case Op.And:
      return a & b;
    case Op.Or:
      return a | b;
    case Op.Xor:
      return a ^ b;
    case Op.Shl:
      return a << b;
    case Op.ShrS:
      return a >> b;
    case Op.ShrU:
      return (a >>> b) | 0;
    case Op.DivS:
      return b === 0 || (a === -2147483648 && b === -1) ? undefined : (a / b) | 0;
    case Op.DivU:
      return b === 0 ? undefined : ((a >>> 0) / (b >>> 0)) | 0;
    case Op.RemS:
      return b === 0 ? undefined : (a % b) | 0;
    case Op.RemU:
      return b === 0 ? undefined : ((a >>> 0) % (b >>> 0)) | 0;
    case Op.Eq:
      return a === b ? 1 : 0;
    case Op.Ne:
      return a !== b ? 1 : 0;
    case Op.LtS:
      return a < b ? 1 : 0;
    case Op.LtU:
      return a >>> 0 < b >>> 0 ? 1 : 0;
    case Op.LeS:
      return a <= b ? 1 : 0;
    case Op.LeU:
      return a >>> 0 <= b >>> 0 ? 1 : 0;
    case Op.GtS:
      return a > b ? 1 : 0;
    case Op.GtU:
      return a >>> 0 > b >>> 0 ? 1 : 0;
    case Op.GeS:
      return a >= b ? 1 : 0;
    case Op.GeU:
      return a >>> 0 >= b >>> 0 ? 1 : 0;
    default:
      return undefined;
  }
}

/** Is the value a word shifted to the left of all bits of the mask n? */
const isAbove = ({ op, b }: Node, n: number): boolean =>
  op === Op.Shl && b!.op === Op.Const && (b!.n & 31) >= 32 - Math.clz32(n);

/** Identities with a constant right operand. */
function withConst(op: Op, a: Node, b: Node): Node | undefined {
  const n = b.n;
  switch (op) {
    case Op.Add:
      if (n === 0) return a;
      if (a.op === Op.Add && a.b!.op === Op.Const)
        return binary(Op.Add, a.a!, constant(a.b!.n + n));
      return undefined;
    case Op.Sub:
      return n === 0 ? a : binary(Op.Add, a, constant(-n));
    case Op.Mul:
      if (n === 1) return a;
      return n === 0 && isPure(a.fx) ? b : undefined;
    case Op.And:
      if (n === -1) return a;
      if (n === 0 && isPure(a.fx)) return b;
      if (a.op === Op.And && a.b!.op === Op.Const)
        return binary(Op.And, a.a!, constant(a.b!.n & n));
      if (isAbove(a, ~n) && n < 0) return a;
      // Low bits of what has no others; of bits from two words those of the lower one.
      if (n > 0 && (n & (n + 1)) === 0 && width(a) <= width(b)) return a;
      if (a.op === Op.Or && n > 0) {
        if (isAbove(a.a!, n) && isPure(a.a!.fx)) return binary(Op.And, a.b!, b);
        if (isAbove(a.b!, n) && isPure(a.b!.fx)) return binary(Op.And, a.a!, b);
      }
      return undefined;
    case Op.Or:
      if (n === 0) return a;
      return n === -1 && isPure(a.fx) ? b : undefined;
    case Op.Xor:
      if (n === 1 && isBool(a)) return eqz(a);
      return n === 0 ? a : undefined;
    case Op.Shl:
    case Op.ShrS:
    case Op.ShrU:
      if ((n & 31) === 0) return a;
      if (a.op === op && a.b!.op === Op.Const && (a.b!.n & 31) + (n & 31) < 32)
        return binary(op, a.a!, constant((a.b!.n & 31) + (n & 31)));
      return n === (n & 31) ? undefined : binary(op, a, constant(n & 31));
    case Op.DivS:
    case Op.DivU:
      return n === 1 ? a : undefined;
    case Op.Eq:
      if (n === 0) return eqz(a);
      return n === 1 && isBool(a) ? a : undefined;
    case Op.Ne:
      return n === 0 && isBool(a) ? a : undefined;
    case Op.LtU:
      if (n === 0 && isPure(a.fx)) return constant(0);
      return n === 1 ? eqz(a) : undefined;
    case Op.GeU:
      if (n === -1) return binary(Op.Eq, a, b);
      return n === 0 && isPure(a.fx) ? constant(1) : undefined;
    case Op.GtU:
      return n === 0 ? binary(Op.Ne, a, b) : undefined;
    default:
      return undefined;
  }
}

/** Division by this node can trap. */
const divisorTraps = (op: Op, b: Node): boolean =>
  !(b.op === Op.Const && b.n !== 0 && !(op === Op.DivS && b.n === -1));

/** A binary integer operation or comparison (Add … RemU, Eq … GeU). */
export function binary(op: Op, a: Node, b: Node): Node {
  if (a.op === Op.Const) {
    if (b.op === Op.Const) {
      const value = fold(op, a.n, b.n);
      if (value !== undefined) return constant(value);
    } else if (op === Op.Add || op === Op.Mul || (op >= Op.And && op <= Op.Xor)) {
      [a, b] = [b, a];
    } else if (op >= Op.Eq && op <= Op.GeU) {
      op = swap(op);
      [a, b] = [b, a];
    } else if (a.n === 0 && op >= Op.Shl && op <= Op.ShrU && isPure(b.fx)) {
      return a;
    }
  }
  if (b.op === Op.Const) {
    const simpler = withConst(op, a, b);
    if (simpler !== undefined) return simpler;
  }
  // An address p + c minus or plus: keep the constant outermost, where loads absorb it.
  const node = node2(op, a, b);
  if (op >= Op.DivS && op <= Op.RemU && divisorTraps(op, b)) node.fx |= Fx.trap;
  return node;
}

export const add = (a: Node, b: Node): Node => binary(Op.Add, a, b);
export const sub = (a: Node, b: Node): Node => binary(Op.Sub, a, b);
export const mul = (a: Node, b: Node): Node => binary(Op.Mul, a, b);
export const and = (a: Node, b: Node): Node => binary(Op.And, a, b);
export const or = (a: Node, b: Node): Node => binary(Op.Or, a, b);
export const xor = (a: Node, b: Node): Node => binary(Op.Xor, a, b);
export const shl = (a: Node, b: Node): Node => binary(Op.Shl, a, b);
export const shrS = (a: Node, b: Node): Node => binary(Op.ShrS, a, b);
export const shrU = (a: Node, b: Node): Node => binary(Op.ShrU, a, b);

const INVERSE = new Map<Op, Op>([
  [Op.Eq, Op.Ne],
  [Op.Ne, Op.Eq],
  [Op.LtS, Op.GeS],
  [Op.LtU, Op.GeU],
  [Op.LeS, Op.GtS],
  [Op.LeU, Op.GtU],
  [Op.GtS, Op.LeS],
  [Op.GtU, Op.LeU],
  [Op.GeS, Op.LtS],
  [Op.GeU, Op.LtU],
  [Op.FEq, Op.FNe],
  [Op.FNe, Op.FEq],
]);

/** What `m` of a comparison says that an instruction for 32 bits makes: it compares lengths and places more than words of numbers. */
export const COUNTS = 1;

/** Hands on to a node what `m` says of the comparison that it is made of, if it still is one. */
export function counting(node: Node, m: number): Node {
  if (m !== 0 && node.op >= Op.Eq && node.op <= Op.GeU) node.m = m;
  return node;
}

/** `a = 0` as 0 or 1; a comparison is inverted instead. */
export function eqz(a: Node): Node {
  if (a.op === Op.Const) return constant(a.n === 0 ? 1 : 0);
  const inverse = INVERSE.get(a.op);
  if (inverse !== undefined)
    return AHEAD ? counting(node2(inverse, a.a!, a.b!), a.m) : node2(inverse, a.a!, a.b!);
  if (a.op === Op.Eqz) return isBool(a.a!) ? a.a! : node2(Op.Ne, a.a!, constant(0));
  if (a.op === Op.LAnd) return logical(Op.LOr, eqz(a.a!), eqz(a.b!));
  if (a.op === Op.LOr) return logical(Op.LAnd, eqz(a.a!), eqz(a.b!));
  return node1(Op.Eqz, a);
}

/** `a && b`, `a || b` of conditions (0 or 1); b must be pure. */
export function logical(op: Op.LAnd | Op.LOr, a: Node, b: Node): Node {
  const absorbing = op === Op.LAnd ? 0 : 1;
  if (a.op === Op.Const) return a.n === absorbing ? a : b;
  if (b.op === Op.Const) {
    if (b.n !== absorbing) return a;
    if (isPure(a.fx)) return b;
  }
  return node2(op, a, b);
}

/** Clz, Extend8, Extend16. */
export function unary(op: Op, a: Node): Node {
  if (a.op === Op.Const) {
    const n = a.n;
    if (op === Op.Clz) return constant(Math.clz32(n));
    if (op === Op.Extend8) return constant((n << 24) >> 24);
    if (op === Op.Extend16) return constant((n << 16) >> 16);
  }
  return node1(op, a);
}

/** `c ? a : b`; a and b must be pure unless they are evaluated conditionally in the program too. */
export function select(type: IrType, c: Node, a: Node, b: Node): Node {
  if (c.op === Op.Const) return c.n !== 0 ? a : b;
  if (type === I && a.op === Op.Const && b.op === Op.Const) {
    if (a.n === b.n && isPure(c.fx)) return a;
    if (a.n === 1 && b.n === 0) return isBool(c) ? c : node2(Op.Ne, c, constant(0));
    if (a.n === 0 && b.n === 1) return eqz(c);
  }
  if (c.op === Op.Eqz) return select(type, c.a!, b, a);
  return new Node(Op.Select, type, a.fx | b.fx | c.fx, a, b, c, 0);
}

/** `m` of an And or Or that a `select` stood for: as the condition of a branch it is one of two. */
const CHOSEN = 1;

/**
 * `c ? a : b` of conditions (0 or 1), one of them constant, as And or Or. In the program c comes last.
 * @returns undefined where it is not that
 */
export function selectTruth(c: Node, a: Node, b: Node): Node | undefined {
  const constantFirst = a.op === Op.Const;
  const [x, y] = constantFirst ? [a, b] : [b, a];
  if (x.op !== Op.Const || y.op === Op.Const || !isBool(x) || !isBool(y)) return undefined;
  const op = x.n === 0 ? Op.And : Op.Or;
  const test = constantFirst === (x.n === 1) ? truth(c) : eqz(c);
  if (!isPure(c.fx) || !isPure(y.fx)) return node2(op, y, test);
  const node = node2(op, test, y);
  node.m = CHOSEN;
  return node;
}

/** A condition as a branch takes it: what a `select` stood for is evaluated only where it counts. */
export function branchCondition(node: Node): Node {
  if (node.op === Op.Eqz) {
    const inner = branchCondition(node.a!);
    return inner === node.a ? node : eqz(inner);
  }
  if ((node.op !== Op.And && node.op !== Op.Or) || node.m !== CHOSEN) return node;
  const op = node.op === Op.And ? Op.LAnd : Op.LOr;
  return logical(op, branchCondition(node.a!), branchCondition(node.b!));
}

/** c as 0 or 1. */
export const truth = (c: Node): Node => (isBool(c) ? c : binary(Op.Ne, c, constant(0)));

/** 0 where c is 0, else -1. */
export function maskOf(c: Node): Node {
  if (c.op === Op.Eqz && isBool(c.a!)) return sub(c.a!, constant(1));
  return sub(constant(0), truth(c));
}

/**
 * `c ? a : b` without a branch: a select is what compilers emit where a branch would be hard to
 * predict. `mask` is `maskOf(c)` and an atom where it is used again; b is an atom.
 */
export function blend(mask: Node, a: Node, b: Node): Node {
  if (b.op === Op.Const && b.n === 0) return and(a, mask);
  if (a.op === Op.Const && a.n === 0) return and(b, xor(mask, constant(-1)));
  return xor(b, and(xor(a, b), mask));
}

/** The numbers of bits set in each four bits of the atom a; `keep` puts a word into a variable. */
export function nibbleCounts(a: Node, keep: (node: Node) => Node): Node {
  const pairs = keep(sub(a, and(shrU(a, constant(1)), constant(0x55555555))));
  return add(and(pairs, constant(0x33333333)), and(shrU(pairs, constant(2)), constant(0x33333333)));
}

/** The sum of a word's four bytes, which is below 256. */
export const byteSum = (a: Node): Node => shrU(mul(a, constant(0x01010101)), constant(24));

/** Number of bits set in the atom a; `keep` puts a word into a variable. */
export function popcount(a: Node, keep: (node: Node) => Node): Node {
  if (a.op === Op.Const) return constant(popcnt32(a.n));
  const nibbles = keep(nibbleCounts(a, keep));
  return byteSum(and(add(nibbles, shrU(nibbles, constant(4))), constant(0x0f0f0f0f)));
}

/** Is the integer known not to be 0? */
export function isNonZero(node: Node): boolean {
  if (node.op === Op.Get && node.v!.stable && node.v!.sets.length === 1)
    return isNonZero(node.v!.sets[0]!.e!);
  if (node.op === Op.Or) return isNonZero(node.a!) || isNonZero(node.b!);
  return node.op === Op.Const && node.n !== 0;
}

/** Number of trailing zeros of the atom a; `nonZero`: it is known not to be 0. */
export function trailingZeros(a: Node, nonZero = isNonZero(a)): Node {
  if (a.op === Op.Const) return constant(ctz32(a.n));
  if (nonZero) return sub(constant(31), unary(Op.Clz, and(a, sub(constant(0), a))));
  const below = and(xor(a, constant(-1)), sub(a, constant(1)));
  return sub(constant(32), unary(Op.Clz, below));
}

/** Float constant of type F (lo: bits) or D (lo, hi: bits). */
export function floatConst(type: typeof F | typeof D, lo: number, hi: number): Node {
  const node = new Node(Op.FConst, type, 0, null, null, null, lo);
  node.m = hi;
  return node;
}

const scratch = new DataView(new ArrayBuffer(8));
/** The number of a float constant (NaN for every NaN). */
export function floatValue(node: Node): number {
  scratch.setInt32(0, node.n, true);
  scratch.setInt32(4, node.m, true);
  return node.type === F ? scratch.getFloat32(0, true) : scratch.getFloat64(0, true);
}

/** The f64 constant x. */
export function f64Const(x: number): Node {
  scratch.setFloat64(0, x, true);
  return floatConst(D, scratch.getInt32(0, true), scratch.getInt32(4, true));
}

/** A float operation of the given result type with up to two operands. */
export const floatOp = (op: Op, type: IrType, a: Node, b: Node | null = null): Node =>
  new Node(op, type, a.fx | (b === null ? 0 : b.fx), a, b, null, 0);

/** Can the node be evaluated again at no cost and with the same result at once after? */
export const isAtom = (node: Node): boolean =>
  node.op === Op.Const || node.op === Op.FConst || node.op === Op.Get || node.op === Op.Null;

/** A copy of an expression without effects, of reads and operations that their operands and `n` tell. */
export function copyOf(node: Node): Node {
  if (node.op === Op.Get) return get(node.v!);
  if (node.op === Op.Const || node.op === Op.FConst) return node;
  const part = (x: Node | null): Node | null => (x === null ? null : copyOf(x));
  return new Node(node.op, node.type, node.fx, part(node.a), part(node.b), part(node.c), node.n);
}

/**
 * Builds a node of the same operation over new operands, simplifying again.
 * Only integer operations simplify; others are copied with their effects.
 */
export function rebuild(node: Node, a: Node | null, b: Node | null, c: Node | null): Node {
  const built = rebuilt(node, a, b, c);
  if (built.at === 0) built.at = node.at;
  return built;
}

function rebuilt(node: Node, a: Node | null, b: Node | null, c: Node | null): Node {
  if (node.type === I) {
    if ((node.op >= Op.Add && node.op <= Op.RemU) || (node.op >= Op.Eq && node.op <= Op.GeU))
      return AHEAD ? counting(binary(node.op, a!, b!), node.m) : binary(node.op, a!, b!);
    if (node.op === Op.Eqz) return eqz(a!);
    if (node.op === Op.LAnd || node.op === Op.LOr) return logical(node.op, a!, b!);
    if (node.op >= Op.Clz && node.op <= Op.Extend16) return unary(node.op, a!);
  }
  if (node.op === Op.Select) return select(node.type, c!, a!, b!);
  node.a = a;
  node.b = b;
  node.c = c;
  return node;
}

/** The comparisons of 32-bit integers, by the ends of the instructions' names. */
export const COMPARISONS = [
  ['eq', Op.Eq],
  ['ne', Op.Ne],
  ['lt_s', Op.LtS],
  ['lt_u', Op.LtU],
  ['gt_s', Op.GtS],
  ['gt_u', Op.GtU],
  ['le_s', Op.LeS],
  ['le_u', Op.LeU],
  ['ge_s', Op.GeS],
  ['ge_u', Op.GeU],
] as const;
