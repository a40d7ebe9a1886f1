/**
 * Accesses to memory by typed arrays, which cost a third of a call where code is interpreted. Gets loads and stores
 * of a memory that has such views, gives expressions. Exact: what is not aligned goes to the `DataView`; so does
 * what an array does not have (`V[i]??…`), which thereby traps as it should. Unchecked: the array alone.
 */
import type { Expression, Pattern, Statement } from 'estree';
import type { MemoryPlan, ModuleContext } from '../../context.js';
import { assign, at, bin, call, cond, expr, id, logic, member, num } from '../../estree.js';
import { isAtom, isNonNegative, width } from '../ir/int.js';
import { I, type IrType, type Node, Op, type Variable } from '../ir/ir.js';
import { ANY, INT, UINT, type Want } from './wants.js';

/** What printing an access needs of the printer of expressions. */
export interface AddressPrinter {
  readonly ctx: ModuleContext;
  /** Variables known not to be negative. */
  readonly facts: { has(v: Variable): boolean };
  int(node: Node, want: Want): Expression;
  address(a: Node, offset: number, memory: number): Expression;
  typedView(memory: number, kind: string): Expression;
  temporary(type: IrType): string;
  accessed(node: Node): void;
}

/** The typed array that has the elements of an access: its letter, and the logarithm of an element's bytes. */
interface Elements {
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

/** Does an access need the `DataView` always? What needs it in rare cases asks the memory for it. */
export const needsView = (ctx: ModuleContext, node: Node): boolean =>
  elementsOf(ctx, node, node.name, node.n) === undefined ||
  (node.op === Op.Store && !ctx.uncheckedMemory);

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

const plus = (e: Expression, n: number): Expression => (n === 0 ? e : bin('+', e, num(n)));

/** The index of a byte, of an address that is valid: sums wrap only where both operands may be negative. */
function byteIndex(printer: AddressPrinter, a: Node, offset: number, plan: MemoryPlan): Expression {
  if (a.op === Op.Const) return num((a.n >>> 0) + offset);
  if (!plan.small) return plus(printer.int(a, UINT), offset);
  const positive = (node: Node): boolean =>
    isNonNegative(node) || (node.v !== null && printer.facts.has(node.v));
  const plain = a.op === Op.Add && (positive(a.a!) || positive(a.b!));
  return plus(printer.int(a, plain ? ANY : INT), offset);
}

/** The index of an element, for an access that is taken to be valid. */
export function uncheckedIndex(
  printer: AddressPrinter,
  a: Node,
  offset: number,
  shift: number,
  plan: MemoryPlan,
): Expression {
  if (a.op === Op.Const) return num(Math.floor(((a.n >>> 0) + offset) / 2 ** shift));
  if (shift === 0) return byteIndex(printer, a, offset, plan);
  if (a.op === Op.Shl && a.b!.op === Op.Const && offset % 2 ** shift === 0) {
    const more = (a.b!.n & 31) - shift;
    if (more >= 0 && width(a.a!) + (a.b!.n & 31) <= 31) {
      const index = printer.int(a.a!, INT);
      return plus(more === 0 ? index : bin('<<', index, num(more)), offset / 2 ** shift);
    }
  }
  return bin(plan.small ? '>>' : '>>>', plus(printer.int(a, ANY), offset), num(shift));
}

/** A read by the memory's `DataView`, fetched for it: what is rare need not be cheap. */
function slowRead(
  ctx: ModuleContext,
  plan: MemoryPlan,
  method: string,
  at: Expression,
): Expression {
  const args = method.endsWith('8') ? [at] : [at, num(1)];
  return call(member(id(`${plan.name}.v`), ctx.viewMethod(method)), args);
}

/**
 * A load by a typed array.
 * @returns undefined where it has to be the `DataView`'s
 */
export function typedLoad(
  printer: AddressPrinter,
  node: Node,
  method: string,
  offset: number,
): Expression | undefined {
  const { ctx } = printer;
  const elements = elementsOf(ctx, node, method, offset);
  if (elements === undefined) return undefined;
  const { kind, shift } = elements;
  const plan = ctx.memory(node.memory);
  const view = printer.typedView(node.memory, kind);
  const a = node.a!;
  if (ctx.uncheckedMemory) {
    const found = at(view, uncheckedIndex(printer, a, offset, shift, plan));
    printer.accessed(node);
    return found;
  }
  if (a.op === Op.Const) {
    const address = (a.n >>> 0) + offset;
    if (address % 2 ** shift !== 0) return undefined;
    const slow = slowRead(ctx, plan, method, num(address));
    return logic('??', at(view, num(address / 2 ** shift)), slow);
  }
  const aligned = lowZeros(a) >= shift;
  let first: Expression;
  let again: () => Expression;
  if (isAtom(a)) {
    first = printer.int(a, ANY);
    again = () => printer.address(a, offset, node.memory);
  } else {
    const name = printer.temporary(I);
    // A number that is congruent will do where no offset is added: what is no index goes to the view.
    first = assign(name, printer.int(a, INT));
    again = () => {
      if (offset === 0) return plan.small ? id(name) : bin('>>>', id(name), num(0));
      return bin('+', bin('>>>', id(name), num(0)), num(offset));
    };
  }
  const value = isAtom(a) ? () => printer.int(a, ANY) : () => first;
  if (shift === 0) {
    const index = isAtom(a)
      ? printer.address(a, offset, node.memory)
      : offset === 0 && plan.small
        ? first
        : plus(bin('>>>', first, num(0)), offset);
    const slow = slowRead(ctx, plan, method, again());
    printer.accessed(node);
    return logic('??', at(view, index), slow);
  }
  const test = aligned ? undefined : bin('&', value(), num(2 ** shift - 1));
  const whole =
    aligned || isAtom(a) ? value() : id((first as { left: { name: string } }).left.name);
  const index = plus(bin('>>>', whole, num(shift)), offset / 2 ** shift);
  const found = logic('??', at(view, index), slowRead(ctx, plan, method, again()));
  const result =
    test === undefined ? found : cond(test, slowRead(ctx, plan, method, again()), found);
  printer.accessed(node);
  return result;
}

/**
 * A store by a typed array.
 * @param value gives the value; called once for each place that it is printed at
 * @returns undefined where it has to be the `DataView`'s
 */
export function typedStore(
  printer: AddressPrinter,
  node: Node,
  method: string,
  offset: number,
  value: () => Expression,
): Statement | undefined {
  const { ctx } = printer;
  const elements = elementsOf(ctx, node, method, offset);
  if (elements === undefined || !ctx.uncheckedMemory) return undefined;
  const { kind, shift } = elements;
  const view = printer.typedView(node.memory, kind);
  const index = uncheckedIndex(printer, node.a!, offset, shift, ctx.memory(node.memory));
  printer.accessed(node);
  const left = at(view, index) as Pattern;
  return expr({ type: 'AssignmentExpression', operator: '=', left, right: value() });
}
