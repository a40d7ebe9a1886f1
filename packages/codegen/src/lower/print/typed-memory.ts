/**
 * Accesses to memory by typed arrays, which cost a third of a call where code is interpreted. Gets loads and stores
 * of a memory that has such views, gives expressions. Exact: what is not aligned goes to the `DataView`; so does
 * what an array does not have (`V[i]??…`), which thereby traps as it should. Unchecked: the array alone.
 */
import type { Expression, Pattern, Statement } from 'estree';
import { type MemoryPlan, type ModuleContext, ROOM } from '../../context.js';
import { assign, at, bin, call, cond, expr, id, logic, member, num, YES } from '../../estree.js';
import {
  baseOf,
  boundBehind,
  type Elements,
  elementsOf,
  isCertain,
  isConstantElement,
  isDirect,
  isRepeatable,
  isStepped,
  lowZeros,
  provesBounds,
  type Span,
  spanOf,
  storesTested,
  testedBound,
} from '../analyses/elements.js';
import { and, constant, isAtom, isNonNegative, shrU, width } from '../ir/int.js';
import {
  Guard,
  I,
  type IrType,
  NEVER_INDEX,
  NO_INDEX,
  type Node,
  Op,
  type Variable,
} from '../ir/ir.js';
import { chosenName } from '../ir/names.js';
import { ANY, INT, UINT, type Want } from './wants.js';

/** What printing an access needs of the printer of expressions. */
export interface AddressPrinter {
  readonly ctx: ModuleContext;
  /** Variables known not to be negative. */
  readonly facts: { has(v: Variable): boolean; scope<T>(body: () => T): T };
  int(node: Node, want: Want): Expression;
  address(a: Node, offset: number, memory: number): Expression;
  typedView(memory: number, kind: string): Expression;
  temporary(type: IrType): string;
  accessed(node: Node): void;
}

/** A sum with a constant. */
export const plus = (e: Expression, n: number): Expression =>
  n === 0 ? e : bin(n < 0 ? '-' : '+', e, num(Math.abs(n)));

/** The index of a byte, of an address that is valid: sums wrap only where both operands may be negative. */
function byteIndex(printer: AddressPrinter, a: Node, offset: number, plan: MemoryPlan): Expression {
  if (a.op === Op.Const) return num((a.n >>> 0) + offset);
  if (!plan.small) return plus(printer.int(a, UINT), offset);
  const positive = (node: Node): boolean =>
    isNonNegative(node) || (node.v !== null && printer.facts.has(node.v));
  const plain = a.op === Op.Add && (positive(a.a!) || positive(a.b!));
  return plus(printer.int(a, plain ? ANY : INT), offset);
}

/**
 * A field of bits that an address is, as an index: it is moved down by as much as it was to be above its element's size.
 * @returns undefined where the address is none
 */
function fieldIndex({ op, a: field, b: mask }: Node, shift: number): Node | undefined {
  if (shift === 0 || op !== Op.And || mask!.op !== Op.Const || mask!.n < 0) return undefined;
  if (field!.op !== Op.ShrU || field!.b!.op !== Op.Const) return undefined;
  const bits = (field!.b!.n & 31) + shift;
  if (bits > 31) return undefined;
  return and(shrU(field!.a!, constant(bits)), constant(mask!.n >>> shift));
}

/** The index of an element, for an access that is taken to be valid. */
function uncheckedIndex(
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
  const field = offset % 2 ** shift === 0 ? fieldIndex(a, shift) : undefined;
  if (field !== undefined) return plus(printer.int(field, INT), offset / 2 ** shift);
  return bin(plan.small ? '>>' : '>>>', plus(printer.int(a, ANY), offset), num(shift));
}

/**
 * The last argument of a view's methods, lowest byte first. SpiderMonkey compiles such a call to an instruction where that is a
 * boolean; an interpreter has the number sooner.
 */
export const lowestFirst = (ctx: ModuleContext): Expression =>
  ctx.costs.typedMemory ? num(1) : YES;

/** A read by the memory's `DataView`, fetched for it: what is rare need not be cheap. */
export function slowRead(
  ctx: ModuleContext,
  plan: MemoryPlan,
  method: string,
  at: Expression,
): Expression {
  const args = method.endsWith('8') ? [at] : [at, lowestFirst(ctx)];
  return call(member(id(`${plan.name}.v`), ctx.viewMethod(method)), args);
}

/** The same for a write. */
export function slowWrite(
  ctx: ModuleContext,
  plan: MemoryPlan,
  method: string,
  at: Expression,
  value: Expression,
): Expression {
  const args = method.endsWith('8') ? [at, value] : [at, value, lowestFirst(ctx)];
  return call(member(id(`${plan.name}.v`), ctx.viewMethod(method)), args);
}

/** The index of a pointer, or `NO_INDEX` where it fails its test. */
export function pointerIndex(printer: AddressPrinter, { a, n, m, memory }: Node): Expression {
  const plan = printer.ctx.memory(memory);
  const pointer = (): Expression => printer.int(a!, INT);
  if (m === Guard.unchecked) return bin(plan.small ? '>>' : '>>>', pointer(), num(n));
  const odd = lowZeros(a!) >= n ? undefined : bin('&', pointer(), num(2 ** n - 1));
  const index = n === 0 ? pointer() : bin('>>>', pointer(), num(n));
  const tested = (found: Expression, none: number): Expression =>
    odd === undefined ? found : cond(odd, num(none), found);
  if (m === Guard.aligned) return tested(index, NO_INDEX);
  const signed = (): Expression => bin('>>', pointer(), num(n));
  if (m === Guard.signed) return tested(signed(), NO_INDEX);
  if (isStepped(m)) {
    const known = m === Guard.stepped && plan.small ? signed() : index;
    return tested(known, NEVER_INDEX);
  }
  const outside = bin('>', printer.int(a!, UINT), printer.typedView(memory, 'n'));
  const fails = odd === undefined ? outside : logic('||', odd, outside);
  // In a large memory an address may be negative as a signed integer.
  const exact = n === 0 && !plan.small ? printer.int(a!, UINT) : index;
  return cond(fails, num(NO_INDEX), exact);
}

/** How many elements a word is that is shifted by constant bits, no fewer than an element's `shift`. */
function elementsIn(printer: AddressPrinter, word: Node, { n }: Node, shift: number): Expression {
  const more = (n & 31) - shift;
  return more === 0 ? printer.int(word, INT) : bin('<<', printer.int(word, ANY), num(more));
}

/** The element of an access through a pointer whose index is known. */
export function guardedElement(
  printer: AddressPrinter,
  node: Node,
  offset: number,
  { kind, shift }: Elements,
): Expression {
  const view =
    node.guard >= Guard.chosen
      ? id(chosenName(node.c!.v!, kind))
      : printer.typedView(node.memory, kind);
  const index = id(node.c!.v!.name);
  const { p, constant: added } = baseOf(node.a!)!;
  if (shift === node.unit && added !== undefined)
    return at(view, plus(index, (added + offset) / 2 ** shift));
  if (shift === node.unit) {
    const { a, b } = node.a!;
    const [x, bits] = b!.op === Op.Shl ? [b!.a!, b!.b!] : [a!.a!, a!.b!];
    return at(view, bin('+', index, elementsIn(printer, x!, bits!, shift)));
  }
  // In a large memory an address may be negative as a signed integer.
  const want = printer.ctx.memory(node.memory).small ? INT : UINT;
  const address = plus(printer.int(p, want), added! + offset);
  return at(view, shift === 0 ? address : bin('>>>', address, num(shift)));
}

/** Is the index of the access's pointer in bounds, for all of a span? */
export function inBounds(printer: AddressPrinter, node: Node, span: Span): Expression {
  const [below, above] = bounds(printer, node, span);
  const enough = below === undefined ? undefined : bin('>=', ...below);
  const within = above === undefined ? undefined : bin('>=', ...above);
  return enough && within ? logic('&&', enough, within) : (enough ?? within)!;
}

/** Is it not? What is rare comes first in a statement, so that what is not needs no jump behind it. */
export function outOfBounds(printer: AddressPrinter, node: Node, span: Span): Expression {
  const [below, above] = bounds(printer, node, span);
  const little = below === undefined ? undefined : bin('<', ...below);
  // What is the first operand is kept while the second one is found, unless it is a variable.
  const much =
    above === undefined
      ? undefined
      : above[1].type === 'Identifier'
        ? bin('>', above[1], above[0])
        : bin('<', ...above);
  return little && much ? logic('||', little, much) : (little ?? much)!;
}

type Pair = [Expression, Expression];

/** An index and the least that it may be; the greatest that it may be and the index: what is tested of both. */
function bounds(
  printer: AddressPrinter,
  node: Node,
  { least, beyond }: Span,
): [Pair | undefined, Pair | undefined] {
  const index = (): Expression => id(node.c!.v!.name);
  const below: Pair = [index(), num(least)];
  if (!isStepped(node.guard)) return [below, undefined];
  const last = printer.typedView(node.memory, boundBehind(node, beyond));
  const above: Pair = [last, plus(index(), Math.max(0, beyond - ROOM))];
  return [node.guard === Guard.positive && least <= 0 ? undefined : below, above];
}

/** Is an access an element of an array as it stands: of the memory's, or of one that was chosen? */
const isElement = (node: Node, { kind, shift }: Elements): boolean =>
  shift === node.unit &&
  (node.guard === Guard.unchecked ||
    (node.guard >= Guard.chosen && node.c!.v!.chosen!.kinds.includes(kind)));

/** A load through a pointer whose index is known; undefined where its test does not tell enough. */
function guardedLoad(
  printer: AddressPrinter,
  node: Node,
  method: string,
  offset: number,
  elements: Elements,
): Expression | undefined {
  if (node.guard === Guard.none) return undefined;
  const { ctx } = printer;
  const same = elements.shift === node.unit;
  if (!same && (node.guard !== Guard.bounded || elements.shift > node.unit)) return undefined;
  if (isDirect(node) && !isElement(node, elements)) return undefined;
  const element = guardedElement(printer, node, offset, elements);
  if (isDirect(node)) {
    printer.accessed(node);
    return element;
  }
  const plan = ctx.memory(node.memory);
  const slow = slowRead(ctx, plan, method, printer.address(node.a!, offset, node.memory));
  printer.accessed(node);
  return same
    ? logic('??', element, slow)
    : cond(inBounds(printer, node, spanOf(node)), element, slow);
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
  const guarded = guardedLoad(printer, node, method, offset, elements);
  if (guarded !== undefined) return guarded;
  if (ctx.uncheckedMemory) {
    const found = at(view, uncheckedIndex(printer, a, offset, shift, plan));
    printer.accessed(node);
    return found;
  }
  const slow = (address: Expression): Expression => slowRead(ctx, plan, method, address);
  if (a.op === Op.Const) {
    const address = (a.n >>> 0) + offset;
    if (!isConstantElement(ctx, node, offset, shift, false)) return undefined;
    const found = at(view, num(address / 2 ** shift));
    return address + 2 ** shift <= plan.least ? found : logic('??', found, slow(num(address)));
  }
  if (isCertain(ctx, node, offset, shift)) return certainElement(printer, node, offset, elements);
  const scaled = scaledIndex(printer, a, offset, shift);
  if (scaled !== undefined) return logic('??', at(view, scaled.index), slow(scaled.address));
  const { first, again } = isRepeatable(a)
    ? repeated(printer, node, offset)
    : kept(printer, node, offset);
  const found = (): Expression => elementBy(printer, node, offset, elements, { first, again });
  let result: Expression;
  if (shift === 0 || lowZeros(a) >= shift) result = logic('??', found(), slow(again()));
  else {
    // Whichever comes first at run time puts the address into its variable.
    const base = alignedBase(printer, a, shift);
    const test = bin('&', base ?? first(), num(2 ** shift - 1));
    const whole = (): Expression => printer.address(a, offset, node.memory);
    const odd = base === undefined ? again() : printer.facts.scope(whole);
    result = cond(test, slow(odd), logic('??', found(), slow(again())));
  }
  printer.accessed(node);
  return result;
}

/**
 * The element at an address that is certain to be one; a constant that is added is no part of the shift. Where intervals
 * say so (`m`), no sum in the address wraps, and what a constant is added to may be negative.
 */
function certainElement(
  printer: AddressPrinter,
  { a, m, memory }: Node,
  offset: number,
  { kind, shift }: Elements,
): Expression {
  const split = a!.op === Op.Add && a!.b!.op === Op.Const && lowZeros(a!.b!) >= shift;
  const base = split ? a!.a! : a!;
  const added = (offset + (split ? a!.b!.n : 0)) / 2 ** shift;
  const field = fieldIndex(base, shift);
  let index: Expression;
  if (field !== undefined) index = printer.int(field, INT);
  else if (base.op === Op.Shl && base.b!.op === Op.Const && (base.b!.n & 31) >= shift)
    index = elementsIn(printer, base.a!, base.b!, shift);
  else if (shift === 0) index = printer.int(base, m === 1 ? ANY : INT);
  else index = bin(m === 1 ? '>>' : '>>>', printer.int(base, ANY), num(shift));
  return at(printer.typedView(memory, kind), plus(index, added));
}

/** What an address is as aligned as, where that is a variable: a constant that is added does not matter. */
const alignedBase = (printer: AddressPrinter, a: Node, shift: number): Expression | undefined =>
  a.op === Op.Add && a.a!.op === Op.Get && lowZeros(a.b!) >= shift
    ? printer.int(a.a!, INT)
    : undefined;

/** Is an address that may be printed again not aligned? */
export const oddness = (printer: AddressPrinter, a: Node, shift: number): Expression =>
  bin('&', alignedBase(printer, a, shift) ?? printer.int(a, ANY), num(2 ** shift - 1));

/** The element at an address that may be printed again; what is not aligned has been found out. */
export const elementAt = (
  printer: AddressPrinter,
  node: Node,
  offset: number,
  elements: Elements,
): Expression => elementBy(printer, node, offset, elements, repeated(printer, node, offset));

/** The element at an address. */
function elementBy(
  printer: AddressPrinter,
  { memory }: Node,
  offset: number,
  { kind, shift }: Elements,
  { first, again }: Address,
): Expression {
  const view = printer.typedView(memory, kind);
  // A number that is congruent will do where no offset is added: what is no index goes to the view. JavaScriptCore makes two
  // bytecodes of `>>>`; with an offset a negative index would become one of another element.
  const isCongruent = offset === 0 && printer.ctx.memory(memory).small;
  if (shift === 0) return at(view, isCongruent ? first() : again());
  const shifted = bin(isCongruent ? '>>' : '>>>', first(), num(shift));
  return at(view, plus(shifted, offset / 2 ** shift));
}

/** An address that is printed in two ways: as a number that is congruent, and exactly with its offset. */
interface Address {
  first(): Expression;
  again(): Expression;
}

const repeated = (printer: AddressPrinter, { a, memory }: Node, offset: number): Address => ({
  first: () => printer.int(a!, ANY),
  again: () => printer.address(a!, offset, memory),
});

/** An address that goes into a variable where it is used first. */
function kept(printer: AddressPrinter, { a, memory }: Node, offset: number): Address {
  const name = printer.temporary(I);
  const { small } = printer.ctx.memory(memory);
  let used = false;
  return {
    first: () => {
      if (used) return id(name);
      used = true;
      return assign(name, printer.int(a!, ANY));
    },
    again: () => {
      const whole = (): Expression => (used ? id(name) : assign(name, printer.int(a!, ANY)));
      const exact = bin(offset === 0 && small ? '|' : '>>>', whole(), num(0));
      used = true;
      return plus(exact, offset);
    },
  };
}

/** The index of an address that is a shifted integer, which spares shifting it back; it cannot wrap. */
function scaledIndex(
  printer: AddressPrinter,
  a: Node,
  offset: number,
  shift: number,
): { index: Expression; address: Expression } | undefined {
  if (a.op !== Op.Shl || a.b!.op !== Op.Const || shift === 0) return undefined;
  const bits = a.b!.n & 31;
  if (bits < shift || width(a.a!) + bits > 31) return undefined;
  const atom = isAtom(a.a!);
  const name = atom ? '' : printer.temporary(I);
  const x = (): Expression => (atom ? printer.int(a.a!, INT) : id(name));
  const whole = atom ? x() : assign(name, printer.int(a.a!, INT));
  const more = bits - shift;
  const index = plus(more === 0 ? whole : bin('<<', whole, num(more)), offset / 2 ** shift);
  return { index, address: plus(bin('<<', x(), num(bits)), offset) };
}

/**
 * A store by a typed array.
 * @param print gives the value; called once for each place that it is printed at
 * @returns undefined where it has to be the `DataView`'s
 */
export function typedStore(
  printer: AddressPrinter,
  node: Node,
  method: string,
  offset: number,
  print: () => Expression,
): Statement | undefined {
  const { ctx } = printer;
  // What a value on one way tells does not hold on the other.
  const value = (): Expression => printer.facts.scope(print);
  const elements = elementsOf(ctx, node, method, offset);
  if (elements === undefined) return undefined;
  const { kind, shift } = elements;
  const plan = ctx.memory(node.memory);
  if (provesBounds(node) && shift <= node.unit) {
    const address = printer.address(node.a!, offset, node.memory);
    const slow = slowWrite(ctx, plan, method, address, value());
    printer.accessed(node);
    return {
      type: 'IfStatement',
      test: outOfBounds(printer, node, spanOf(node)),
      consequent: expr(slow),
      alternate: write(guardedElement(printer, node, offset, elements), value()),
    };
  }
  if (isElement(node, elements)) {
    printer.accessed(node);
    return write(guardedElement(printer, node, offset, elements), value());
  }
  if (!ctx.uncheckedMemory) return checkedStore(printer, node, method, offset, elements, value);
  const view = printer.typedView(node.memory, kind);
  const index = uncheckedIndex(printer, node.a!, offset, shift, plan);
  printer.accessed(node);
  return write(at(view, index), value());
}

/** A store that is exact by itself: at a constant address that is in bounds from the start, of a byte, or of what is aligned. */
function checkedStore(
  printer: AddressPrinter,
  node: Node,
  method: string,
  offset: number,
  { kind, shift }: Elements,
  value: () => Expression,
): Statement | undefined {
  const { ctx } = printer;
  const plan = ctx.memory(node.memory);
  const a = node.a!;
  const view = printer.typedView(node.memory, kind);
  if (a.op === Op.Const) {
    if (!isConstantElement(ctx, node, offset, shift, true)) return undefined;
    return write(at(view, num(((a.n >>> 0) + offset) / 2 ** shift)), value());
  }
  if (isCertain(ctx, node, offset, shift))
    return write(certainElement(printer, node, offset, { kind, shift }), value());
  if (!storesTested(ctx, node, shift)) return undefined;
  if (shift > 0) {
    const index = printer.temporary(I);
    const found = plus(bin('>>>', printer.int(a, ANY), num(shift)), offset / 2 ** shift);
    const last = printer.typedView(node.memory, testedBound(node, shift));
    const exact = bin('*', id(index), num(2 ** shift));
    const slow = slowWrite(ctx, plan, method, exact, value());
    printer.accessed(node);
    return {
      type: 'IfStatement',
      test: bin('<', last, assign(index, found)),
      consequent: expr(slow),
      alternate: write(at(view, id(index)), value()),
    };
  }
  // A sum with a constant that is not negative does not wrap into bounds.
  const wraps = a.op === Op.Add && (a.b!.op !== Op.Const || a.b!.n < 0);
  const again = isRepeatable(a);
  const address = (): Expression => printer.int(a, wraps || !again ? INT : ANY);
  const sum = isAtom(a) ? undefined : printer.temporary(I);
  const exact = again
    ? printer.address(a, offset, node.memory)
    : plus(bin('>>>', id(sum!), num(0)), offset);
  const slow = slowWrite(ctx, plan, method, exact, value());
  const tested = sum === undefined ? address() : assign(sum, address());
  const test = bin(
    '<=',
    bin('>>>', tested, num(0)),
    printer.typedView(node.memory, testedBound(node, shift)),
  );
  const found = sum === undefined ? address() : id(sum);
  const fast = write(at(view, plus(found, offset)), value());
  printer.accessed(node);
  return { type: 'IfStatement', test, consequent: fast, alternate: expr(slow) };
}

/**
 * `memory.copy` within a memory and `memory.fill` by the array's own methods, which never leave it. Exact: where operands as
 * signed integers are in bounds, which costs an interpreter less than the call of the helper that looks again. Undefined for
 * other helpers, and where this does not pay.
 */
export function bulkMethod(
  printer: AddressPrinter,
  { name, list, memory }: Node,
): Expression | undefined {
  const isCopy = name === '_bytes_copy';
  if (!isCopy && name !== '_bytes_fill') return undefined;
  const { ctx } = printer;
  const { small } = ctx.memory(memory);
  const [bytes, last, target, second, count] = list! as [Node, Node, Node, Node, Node];
  // The method wants the value first, which is evaluated second.
  const inOrder = isCopy || (isAtom(target) && isAtom(second));
  if (!inOrder || !(small || ctx.uncheckedMemory)) return undefined;
  const want = small ? INT : UINT;
  /** An operand that is printed several times: it goes into a variable where it comes first. */
  const repeated = (node: Node): (() => Expression) => {
    if (isAtom(node)) return () => printer.int(node, want);
    const variable = printer.temporary(I);
    let used = false;
    return () => {
      if (used) return id(variable);
      used = true;
      return assign(variable, printer.int(node, want));
    };
  };
  const to = repeated(target);
  const from = isCopy ? repeated(second) : to;
  const size = repeated(count);
  const method = (): Expression => {
    const range = isCopy
      ? [to(), from(), bin('+', from(), size())]
      : [printer.int(second, INT), to(), bin('+', to(), size())];
    return call(member(id(bytes.name), isCopy ? 'copyWithin' : 'fill'), range);
  };
  if (ctx.uncheckedMemory) return method();
  const isPlain = (node: Node): boolean => node.op === Op.Const && node.n >= 0;
  const starts: [Node, () => Expression][] = isCopy
    ? [
        [target, to],
        [second, from],
      ]
    : [[target, to]];
  const signs = [...starts, [count, size] as const].flatMap(([node, print]): Expression[] =>
    isPlain(node) ? [] : [print()],
  );
  const { least } = ctx.memory(memory);
  const tests = starts.flatMap(([node, print]): Expression[] =>
    isPlain(node) && isPlain(count) && node.n + count.n <= least
      ? []
      : [bin('<=', bin('+', print(), size()), id(last.name))],
  );
  if (signs.length > 0)
    tests.unshift(
      bin(
        '>=',
        signs.reduce((all, sign) => bin('|', all, sign)),
        num(0),
      ),
    );
  if (tests.length === 0) return method();
  const test = tests.reduce((all, one) => logic('&&', all, one));
  const value = isCopy ? from() : printer.int(second, INT);
  const slow = [id(bytes.name), id(last.name), to(), value, size()];
  return cond(test, method(), call(id(ctx.helper(name)), slow));
}

/** Is the value of a store printed on two ways? */
export const isPrintedTwice = (ctx: ModuleContext, node: Node): boolean => {
  if (provesBounds(node)) return true;
  const elements = elementsOf(ctx, node, node.name, node.n);
  return elements !== undefined && !ctx.uncheckedMemory && storesTested(ctx, node, elements.shift);
};

/** Assigns an element. */
export const write = (left: Expression, right: Expression): Statement =>
  expr({ type: 'AssignmentExpression', operator: '=', left: left as Pattern, right });
