/**
 * Which typed array has what an access reads or writes, and what is known of alignments. Gets loads and stores, and
 * the context for the memories' plans.
 */
import { LAST_ELEMENTS, type ModuleContext } from '../../context.js';
import { isAtom } from '../ir/int.js';
import { Guard, I, type Node, Op, REACH } from '../ir/ir.js';
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
  if (ctx.uncheckedMemory) return false;
  if (a!.op === Op.Const)
    return !isConstantElement(ctx, node, node.n, elements.shift, op === Op.Store);
  if (op === Op.Load || provesBounds(node)) return false;
  return !storesBytes(ctx, node, elements.shift);
}

/** Is an index made of others by steps? */
export const isStepped = (guard: number): boolean =>
  guard === Guard.stepped || guard === Guard.positive;

/** Is an access through a pointer whose index tells, maybe by one more test, that it is aligned and in bounds? */
export const provesBounds = ({ guard }: Node): boolean =>
  guard === Guard.bounded || isStepped(guard);

/** The bound that a store is compared with, by its letter; undefined where it is with none. */
export function boundOf(ctx: ModuleContext, node: Node): string | undefined {
  if (isStepped(node.guard)) return LAST_ELEMENTS[node.unit];
  const elements = elementsOf(ctx, node, node.name, node.n);
  if (elements === undefined || ctx.uncheckedMemory || node.guard !== Guard.none) return undefined;
  return storesBytes(ctx, node, elements.shift) ? byteBound(node) : undefined;
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

/** Is the address cheap and pure: a variable, or one and a constant? It may be printed more than once. */
export const isRepeatable = (a: Node): boolean =>
  isAtom(a) || (a.op === Op.Add && a.a!.op === Op.Get && a.b!.op === Op.Const);

/** Is the store one of a byte whose address is tested at its place? */
export const storesBytes = (ctx: ModuleContext, { a, n, memory }: Node, shift: number): boolean =>
  shift === 0 && n < REACH && ctx.memory(memory).small && a!.op !== Op.Const && isRepeatable(a!);

/** The bound of such a store: the last byte, or one that leaves room for an offset. */
export const byteBound = ({ n }: Node): string => (n === 0 ? LAST_ELEMENTS[0]! : 'n');

/** How many of the low bits of a value are known to be 0. */
export function lowZeros(node: Node): number {
  switch (node.op) {
    case Op.Const:
      return node.n === 0 ? 32 : 31 - Math.clz32(node.n & -node.n);
    case Op.Shl:
      return node.b!.op === Op.Const ? Math.min(32, lowZeros(node.a!) + (node.b!.n & 31)) : 0;
    case Op.Mul:
      return Math.min(32, lowZeros(node.a!) + lowZeros(node.b!));
    case Op.And:
      return Math.max(lowZeros(node.a!), lowZeros(node.b!));
    case Op.Add:
    case Op.Sub:
    case Op.Or:
    case Op.Xor:
      return Math.min(lowZeros(node.a!), lowZeros(node.b!));
    case Op.Select:
      return Math.min(lowZeros(node.a!), lowZeros(node.b!));
    default:
      return 0;
  }
}

/** The pointer of an address: a variable, and what is added to it, undefined where that is a shifted integer. */
export function baseOf(a: Node): { p: Node; constant: number | undefined } | undefined {
  if (a.op === Op.Get) return { p: a, constant: 0 };
  if (a.op !== Op.Add) return undefined;
  const { a: x, b: y } = a;
  if (x!.op === Op.Get && y!.op === Op.Const) return { p: x!, constant: y!.n };
  for (const [p, index] of [
    [x!, y!],
    [y!, x!],
  ] as const)
    if (p.op === Op.Get && index.op === Op.Shl && index.b!.op === Op.Const)
      return { p, constant: undefined };
  return undefined;
}
