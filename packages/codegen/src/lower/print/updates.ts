/**
 * Updates of memory, `p.x = f(p.x)`, where code is interpreted. Gets a store whose value reads the same place, gives
 * statements in which the read tells that the place can be written: `if((x=V[i])===void 0)…;else V[i]=f(x)`. Keeps: what
 * is read first is that place, so what traps traps as it did; what is not aligned goes to the `DataView`.
 */
import type { Expression, Statement } from 'estree';
import { assign, bin, block, expr, id, logic, num } from '../../estree.js';
import { elementsOf, lowZeros, updateOf } from '../analyses/elements.js';
import { Guard, I, type Node } from '../ir/ir.js';
import type { Printer } from './printer.js';
import { elementAt, guardedElement, oddness, slowRead, slowWrite, write } from './typed-memory.js';

/** `void 0`: for some engines `undefined` is a property of the global object. */
export const nothing: Expression = {
  type: 'UnaryExpression',
  operator: 'void',
  prefix: true,
  argument: num(0),
};

/**
 * Appends the statements of an update.
 * @param value gives the value that is written; called once for each way
 * @returns whether the store is one
 */
export function printUpdate(
  printer: Printer,
  store: Node,
  value: () => Expression,
  out: Statement[],
): boolean {
  const { ctx } = printer;
  const load = updateOf(ctx, store);
  if (load === undefined) return false;
  const read = elementsOf(ctx, load, load.name, load.n)!;
  const written = elementsOf(ctx, store, store.name, store.n)!;
  const x = printer.temporary(load.type);
  const isNothing = (element: Expression): Expression => bin('===', assign(x, element), nothing);
  let test: Expression;
  let fast: Expression;
  if (load.guard !== Guard.none && load.unit === read.shift) {
    test = isNothing(guardedElement(printer, load, load.n, read));
    fast = guardedElement(printer, load, load.n, written);
  } else if (read.shift === 0) {
    test = isNothing(elementAt(printer, load, load.n, read));
    fast = elementAt(printer, load, load.n, written);
  } else {
    const index = printer.temporary(I);
    const found = elementAt(printer, load, load.n, read) as { property: Expression } & Expression;
    const place = { ...found, property: assign(index, found.property) } as Expression;
    fast = { ...found, property: id(index) } as Expression;
    test = isNothing(place);
    if (lowZeros(load.a!) < read.shift)
      test = logic('||', oddness(printer, load.a!, read.shift), test);
  }
  const address = (): Expression => printer.address(load.a!, load.n, load.memory);
  const plan = ctx.memory(load.memory);
  const again = expr(assign(x, slowRead(ctx, plan, load.name, address())));
  printer.loaded = { node: load, name: x };
  // What the value on one way tells does not hold on the other.
  const part = (): Expression => printer.facts.scope(value);
  const slow = expr(slowWrite(ctx, plan, store.name, address(), part()));
  const consequent = block([again, slow]);
  const alternate = write(fast, part());
  printer.loaded = undefined;
  printer.accessed(store);
  out.push({ type: 'IfStatement', test, consequent, alternate });
  return true;
}
