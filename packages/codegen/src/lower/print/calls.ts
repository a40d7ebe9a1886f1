/**
 * Calls: gets call nodes and a printer for what is in them, gives callee and arguments. Where a table never changes,
 * the callee is chosen among the functions that it can be, in place or by a function that does (`dispatch.ts`).
 */
import type { Expression } from 'estree';
import type { ModuleContext } from '../../context.js';
import { at, bin, call, cond, id, num } from '../../estree.js';
import { isExact, isNumeric } from '../analyses/floats.js';
import { type CallTarget, D, F, type Node, Op } from '../ir/ir.js';
import { dispatcher, methodDispatcher } from './dispatch.js';
import { type BitsPrinter, nanBits } from './nan-bits.js';

/** What prints the parts. */
interface PartPrinter extends BitsPrinter {
  readonly ctx: ModuleContext;
  /** A signed 32-bit integer; a value of any type. */
  signed(node: Node): Expression;
  value(node: Node): Expression;
  /** The words of a float's bits. */
  low(node: Node): Expression;
  high(node: Node): Expression;
}

/** A call: arguments, then the bits of floats that the callee wants. */
export function callExpression(printer: PartPrinter, node: Node): Expression {
  const { callee, args } = callParts(printer, node, true);
  return call(callee, args);
}

/** Callee and arguments of a call; `dispatch`: the callee need not be the function itself. */
export function callParts(
  printer: PartPrinter,
  node: Node,
  dispatch = false,
): { callee: Expression; args: Expression[] } {
  const { ctx } = printer;
  const target = node.call!;
  const list = node.list!;
  // The index of an indirect call is evaluated before the arguments.
  const index = target.kind === 'view' ? printer.signed(node.a!) : undefined;
  const args = list.map((arg) => printer.value(arg));
  if (target.bits !== undefined) {
    let last = args.length;
    const missing = (): Expression => id('undefined');
    const trailing: Expression[] = [];
    list.forEach((arg, i) => {
      if (arg.type !== F && arg.type !== D) return;
      const given = target.bits![i] === true && !isExact(arg);
      const bits = given && isNumeric(arg) ? nanBits(printer, arg) : undefined;
      trailing.push(bits?.[0] ?? (given ? printer.low(arg) : missing()));
      if (arg.type === D) trailing.push(bits?.[1] ?? (given ? printer.high(arg) : missing()));
      if (given) last = args.length + trailing.length;
    });
    args.push(...trailing.slice(0, last - args.length));
  }
  if (target.kind === 'func')
    return { callee: id(target.name ?? ctx.funcName(target.index)), args };
  if (index === undefined) {
    const method = dispatch ? methodDispatcher(ctx, target) : undefined;
    if (method === undefined) return { callee: printer.reference(node.a!), args };
    // It looks at the callee itself.
    const own = target.method!.checked ? node.a!.list![0]! : node.a!;
    return { callee: id(method), args: [printer.reference(own), ...args] };
  }
  if (target.among !== undefined)
    return { callee: amongEntries(printer, target, node.a!, index), args };
  const name =
    dispatch && target.traps !== true ? dispatcher(ctx, target.index, target.type) : undefined;
  if (name !== undefined) return { callee: id(name), args: [index, ...args] };
  return { callee: at(id(target.view), index), args };
}

/** The callee of a call through a table that has few functions of its type. */
function amongEntries(
  printer: PartPrinter,
  { among, view }: CallTarget,
  index: Node,
  last: Expression,
): Expression {
  const name = (func: number): Expression => id(printer.ctx.funcName(func));
  if (index.op === Op.Const) {
    const entry = among!.find(({ element }) => element === index.n);
    return entry === undefined ? at(id(view), last) : name(entry.func);
  }
  return among!.reduceRight<Expression>(
    (others, { element, func }) =>
      cond(bin('===', printer.signed(index), num(element)), name(func), others),
    at(id(view), last),
  );
}
