/**
 * Which typed array has what an access reads or writes, and what is known of alignments. Gets loads and stores, and
 * the context for the memories' plans.
 */
import { LAST_ELEMENTS, type ModuleContext, NEAR_LAST_ELEMENTS } from '../../context.js';
import { isAtom, width } from '../ir/int.js';
import {
  conflicts,
  Fx,
  Guard,
  I,
  type Node,
  Op,
  operands,
  REACH,
  S,
  type Variable,
} from '../ir/ir.js';
import { isExact } from './floats.js';

/** The typed array that has the elements of an access: its letter, and the logarithm of an element's bytes. */
export interface Elements {
  kind: string;
  shift: number;
}

const ELEMENTS: Readonly<Record<string, Elements>> = {
  getInt8: { kind: 'c', shift: 0 },
  getUint8: { kind: 'b', shift: 0 },
  getInt16: { kind: 's', shift: 1 },
  getUint16: { kind: 'h', shift: 1 },
  getInt32: { kind: 'i', shift: 2 },
  getFloat32: { kind: 'f', shift: 2 },
  getFloat64: { kind: 'd', shift: 3 },
  setInt8: { kind: 'b', shift: 0 },
  setInt16: { kind: 'h', shift: 1 },
  setInt32: { kind: 'i', shift: 2 },
  setFloat32: { kind: 'f', shift: 2 },
  setFloat64: { kind: 'd', shift: 3 },
};

/**
 * What an access may take of a typed array; undefined where it has to be the `DataView`'s: its hint says that it is
 * odd by nature, or its offset is.
 */
export function elementsOf(
  ctx: ModuleContext,
  node: Node,
  method: string,
  offset: number,
): Elements | undefined {
  const found = ELEMENTS[method]!;
  if (!ctx.memory(node.memory).typed || node.align < found.shift) return undefined;
  if (ctx.uncheckedMemory) return found;
  // The alignment of the address is that of its base.
  return offset % 2 ** found.shift === 0 && offset < 2 ** 31 ? found : undefined;
}

/**
 * Does an access use the function's own `DataView`? Asked before anything is printed, so that it is read anew where it has
 * to be; what needs it in rare cases asks the memory for it.
 */
export function needsView(ctx: ModuleContext, node: Node): boolean {
  const elements = elementsOf(ctx, node, node.name, node.n);
  if (elements === undefined) return true;
  const { op, a, b, type } = node;
  // A NaN may have to be written by its bits.
  if (op === Op.Store && type !== I && (node.guarded || !isExact(b!))) return true;
  if (ctx.uncheckedMemory || isDirect(node)) return false;
  if (a!.op === Op.Const)
    return !isConstantElement(ctx, node, node.n, elements.shift, op === Op.Store);
  if (op === Op.Load || provesBounds(node)) return false;
  if (isCertain(ctx, node, node.n, elements.shift)) return false;
  if (updateOf(ctx, node) !== undefined) return false;
  return !storesTested(ctx, node, elements.shift);
}

/** Is an access an element as it stands: it is in bounds, or nothing is checked, or an array was chosen for it? */
export const isDirect = ({ guard }: Node): boolean =>
  guard === Guard.unchecked || guard >= Guard.chosen;

/** Is an index made of others by steps? */
export const isStepped = (guard: number): boolean =>
  guard === Guard.stepped || guard === Guard.positive;

/** Is an access through a pointer whose index tells, maybe by one more test, that it is aligned and in bounds? */
export const provesBounds = ({ guard }: Node): boolean =>
  guard === Guard.bounded || isStepped(guard);

/** Indices of a pointer with which accesses are in bounds: least, and how many elements they reach beyond it. */
export interface Span {
  least: number;
  beyond: number;
}

/**
 * The span of an access through a pointer whose index is known. A negative index is that of a pointer without offsets: with
 * what is added it may be an address.
 */
export function spanOf({ a, n, op, name, unit, guard }: Node): Span {
  const added = baseOf(a!)!.constant ?? 0;
  const size = op === Op.Store && name.endsWith('64') ? 8 : 2 ** unit;
  return {
    least: added < 0 || guard === Guard.stepped ? 0 - Math.floor(added / 2 ** unit) : 0,
    beyond: Math.ceil((added + n + size) / 2 ** unit) - 1,
  };
}

/** The letter of the bound for accesses that reach so many elements behind a pointer. */
export const boundBehind = ({ unit }: Node, beyond: number): string =>
  (beyond > 0 ? NEAR_LAST_ELEMENTS : LAST_ELEMENTS)[unit]!;

/** The bound that a store is compared with, by its letter; undefined where it is with none. */
export function boundOf(ctx: ModuleContext, node: Node): string | undefined {
  if (updateOf(ctx, node) !== undefined) return undefined;
  if (isStepped(node.guard)) return boundBehind(node, spanOf(node).beyond);
  const elements = elementsOf(ctx, node, node.name, node.n);
  if (elements === undefined || ctx.uncheckedMemory || node.guard !== Guard.none) return undefined;
  return storesTested(ctx, node, elements.shift) ? testedBound(node, elements.shift) : undefined;
}

/** Is a constant address an element of an array, for a store one that is in bounds from the start? */
export function isConstantElement(
  ctx: ModuleContext,
  { a, memory }: Node,
  offset: number,
  shift: number,
  inBounds: boolean,
): boolean {
  const address = (a!.n >>> 0) + offset;
  const size = 2 ** shift;
  return address % size === 0 && (!inBounds || address + size <= ctx.memory(memory).least);
}

/** So many assignments are looked at for one address. */
const LOOKED_AT = 32;

/** The variables whose assignments are being looked at for an address, and how many more assignments may be. */
class Search {
  readonly open = new Set<Variable>();
  left = LOOKED_AT;

  /**
   * What holds of every value of a variable.
   * @param assumed what is taken to hold of a variable that its own assignments read
   * @param unknown what is known of one whose assignments are not known
   */
  overAssignments(
    v: Variable,
    assumed: number,
    unknown: number,
    of: (value: Node) => number,
    join: (a: number, b: number) => number,
  ): number {
    if (this.open.has(v)) return assumed;
    const sets = v.sets.filter(({ kind, e }) => kind === S.Set && e !== null);
    this.left -= sets.length;
    if (v.param >= 0 || sets.length === 0 || this.left < 0) return unknown;
    this.open.add(v);
    const found = sets.map(({ e }) => of(e!)).reduce(join);
    this.open.delete(v);
    return found;
  }
}

/** No more than this is a value as an unsigned integer, of operations that compilers put into addresses. */
function greatest(node: Node, search = new Search()): number {
  const { op, a, b } = node;
  const known = 2 ** width(node) - 1;
  const of = (part: Node): number => greatest(part, search);
  switch (op) {
    case Op.Const:
      return node.n >>> 0;
    case Op.Get:
      // A variable that is also zero at entry is no greater for that.
      return Math.min(
        known,
        search.overAssignments(node.v!, Infinity, Infinity, of, (x, y) => Math.max(x, y)),
      );
    case Op.And:
      return Math.min(of(a!), of(b!));
    case Op.Shl: {
      const shifted = b!.op === Op.Const ? of(a!) * 2 ** (b!.n & 31) : known;
      return shifted < 2 ** 32 ? shifted : known;
    }
    case Op.ShrU:
      return b!.op === Op.Const ? Math.min(known, Math.floor(of(a!) / 2 ** (b!.n & 31))) : known;
    case Op.Add: {
      const sum = of(a!) + of(b!);
      return sum < 2 ** 32 ? sum : known;
    }
    case Op.RemU:
      return b!.op === Op.Const && b!.n !== 0 ? Math.min(known, (b!.n >>> 0) - 1) : known;
    case Op.Select:
      return Math.min(known, Math.max(of(a!), of(b!)));
    default:
      return known;
  }
}

/** Is an address that is no constant aligned and in bounds whatever its operands are, as those of small tables are? */
export const isCertain = (
  ctx: ModuleContext,
  { a, m, memory }: Node,
  offset: number,
  shift: number,
): boolean =>
  a!.op !== Op.Const &&
  offset % 2 ** shift === 0 &&
  lowZeros(a!) >= shift &&
  (m === 1 || greatest(a!) + offset + 2 ** shift <= ctx.memory(memory).least);

/** Is it a variable, or told by one: a pointer that is kept as its index? */
const isPointer = ({ op }: Node): boolean => op === Op.Get || op === Op.PointerOf;

/** The variable that a pointer is or is told by. */
const variableOf = ({ a, v }: Node): Variable => (v ?? a!.v)!;

/** Is the address cheap and pure: a variable, or one and a constant or another one? It may be printed more than once. */
export const isRepeatable = (a: Node): boolean =>
  isAtom(a) || isPointer(a) || (a.op === Op.Add && isPointer(a.a!) && isAtom(a.b!));

/** Is the store's address tested for bounds at its place: that of a byte, or of what is certain to be aligned? */
export const storesTested = (ctx: ModuleContext, node: Node, shift: number): boolean =>
  node.n < REACH &&
  ctx.memory(node.memory).small &&
  node.a!.op !== Op.Const &&
  (shift === 0
    ? isRepeatable(node.a!) || !conflicts(node.a!.fx, node.b!.fx)
    : storesAligned(node, shift)) &&
  !isCertain(ctx, node, node.n, shift);

/** Is a store's address certain to be aligned, and one that may be found behind the value? */
const storesAligned = ({ a, b, type, guarded }: Node, shift: number): boolean =>
  !conflicts(a!.fx, b!.fx) && (type === I || (isExact(b!) && !guarded)) && lowZeros(a!) >= shift;

/** So many operations a value may have that is printed for both ways of an update. */
const UPDATED = 16;

/**
 * The load in the value of a store that reads the very place: where an array has that, it can be written, so that the
 * store needs no test of its own. Undefined where there is none.
 */
export function updateOf(ctx: ModuleContext, store: Node): Node | undefined {
  const value = store.b!;
  const { a, n, name, memory, guard, type } = store;
  const isHarmless = (value.fx & ~(Fx.readLocal | Fx.readMemory | Fx.trapMemory)) === 0;
  if (ctx.uncheckedMemory || isDirect(store)) return undefined;
  if (!isHarmless || (value.fx & Fx.readMemory) === 0) return undefined;
  if (a!.op === Op.Const || !isRepeatable(a!)) return undefined;
  if (type !== I && (!isExact(value) || store.guarded)) return undefined;
  const elements = elementsOf(ctx, store, name, n);
  if (elements === undefined || isCertain(ctx, store, n, elements.shift)) return undefined;
  let left = UPDATED;
  /** Looks where every evaluation of the value comes by. */
  const find = (node: Node): Node | undefined => {
    if (node.op === Op.Load) return isSamePlace(node) ? node : undefined;
    if (left-- === 0 || node.list !== null || node.c !== null) return undefined;
    if (node.op === Op.LAnd || node.op === Op.LOr) return undefined;
    const first = node.a === null ? undefined : find(node.a);
    return first ?? (node.b === null ? undefined : find(node.b));
  };
  const isSamePlace = (load: Node): boolean =>
    load.memory === memory &&
    load.n === n &&
    isSame(load.a!, a!) &&
    elementsOf(ctx, load, load.name, n)?.shift === elements.shift &&
    !isDirect(load) &&
    (load.guard === Guard.none ? guard === Guard.none : load.unit === elements.shift);
  const found = find(value);
  return sizeWithin(value, UPDATED) ? found : undefined;
}

/** Are two cheap addresses the same? */
const isSame = (x: Node, y: Node): boolean =>
  x.op === y.op &&
  (isPointer(x)
    ? variableOf(x) === variableOf(y)
    : x.op === Op.Add &&
      isPointer(x.a!) &&
      x.a!.op === y.a!.op &&
      variableOf(x.a!) === variableOf(y.a!) &&
      x.b!.op === y.b!.op &&
      x.b!.v === y.b!.v &&
      x.b!.n === y.b!.n);

/** Has an expression no more than so many nodes? */
function sizeWithin(node: Node, most: number): boolean {
  let left = most;
  const visit = (part: Node): boolean => --left >= 0 && operands(part).every(visit);
  return visit(node);
}

/** The bound of such a store: the last element, or for a byte one that leaves room for an offset. */
export const testedBound = ({ n }: Node, shift: number): string =>
  shift > 0 || n === 0 ? LAST_ELEMENTS[shift]! : 'n';

/** How many of the low bits of a value are known to be 0. */
export function lowZeros(node: Node, search = new Search()): number {
  const of = (part: Node): number => lowZeros(part, search);
  switch (node.op) {
    case Op.Const:
      return node.n === 0 ? 32 : 31 - Math.clz32(node.n & -node.n);
    case Op.Get:
      // What all assignments keep, given that it held before, always holds.
      return search.overAssignments(node.v!, 32, 0, of, (x, y) => Math.min(x, y));
    case Op.Name:
    case Op.PointerOf:
      return node.align;
    case Op.Shl:
      return node.b!.op === Op.Const ? Math.min(32, of(node.a!) + (node.b!.n & 31)) : 0;
    case Op.Mul:
      return Math.min(32, of(node.a!) + of(node.b!));
    case Op.And:
      return Math.max(of(node.a!), of(node.b!));
    case Op.Add:
    case Op.Sub:
    case Op.Or:
    case Op.Xor:
    case Op.Select:
      return Math.min(of(node.a!), of(node.b!));
    default:
      return 0;
  }
}

/** The pointer of an address: a variable, and what is added to it, undefined where that is a shifted integer. */
export function baseOf(a: Node): { p: Node; constant: number | undefined } | undefined {
  if (isPointer(a)) return { p: a, constant: 0 };
  if (a.op !== Op.Add) return undefined;
  const { a: x, b: y } = a;
  if (isPointer(x!) && y!.op === Op.Const) return { p: x!, constant: y!.n };
  for (const [p, index] of [
    [x!, y!],
    [y!, x!],
  ] as const)
    if (isPointer(p) && index.op === Op.Shl && index.b!.op === Op.Const)
      return { p, constant: undefined };
  return undefined;
}
