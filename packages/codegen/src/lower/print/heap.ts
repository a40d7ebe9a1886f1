/**
 * Assignments to elements of arrays, and the bits of NaNs beside fields, as ESTree. Array, index and object are atoms;
 * what is assigned is evaluated behind the test of the index.
 */
import type { Expression, Statement } from 'estree';
import { assign, assignTo, bin, expr, id, member, num, rareCall, when } from '../../estree.js';
import { isExact, isNumeric } from '../analyses/floats.js';
import { D, F, type IrType, type Node, Op } from '../ir/ir.js';
import { nanBits } from './nan-bits.js';
import type { Printer } from './printer.js';
import { INT } from './wants.js';

/**
 * Assigns a word of an element; traps where the index is out of bounds.
 * @param extraName a new variable of the function
 * @param out gets the statements
 */
export function setElement(
  printer: Printer,
  e: Node,
  extraName: (type: IrType) => string,
  out: Statement[],
): void {
  if (e.memory === 0) {
    // Past the end there is nothing. Engines test that for any access, and once for both of these.
    const nothing = bin('===', printer.elementWord(e, true), id('undefined'));
    out.push(when(nothing, expr(rareCall(printer.ctx.helper('_array_bounds')))));
  }
  const value = e.c!;
  const write = (right: Expression): Statement => assignTo(printer.elementWord(e), right);
  const moved = (e.type === F || e.type === D) && !isExact(value);
  if (!moved && !e.guarded) {
    out.push(write(printer.value(value)));
    return;
  }
  const known = value.op === Op.Get;
  const x = id(known ? value.v!.name : extraName(e.type));
  if (!known) out.push(expr(assign(x.name, printer.float(value))));
  if (!moved) {
    out.push(when(bin('===', x, x), write(x), write(id('NaN'))));
    return;
  }
  const args = [printer.value(e.a!), printer.int(e.b!, INT), num(1), ...wordsOfNan(printer, value)];
  const keep = printer.ctx.helper(e.type === F ? '_array_nan32' : '_array_nan64');
  out.push(when(bin('===', x, x), write(x), expr(rareCall(keep, args))));
}

/** Keeps the bits of a NaN beside a field, or forgets others where a new NaN is the canonical one. */
export function keepBits(printer: Printer, e: Node): Statement {
  const object = printer.value(e.a!);
  const keep = printer.ctx.helper(e.type === F ? '_keep_nan32' : '_keep_nan64');
  const value = e.b;
  const test =
    value === null
      ? bin('!==', member(object, 'z'), id('null'))
      : bin('!==', printer.float(value), printer.float(value));
  const words =
    value === null
      ? (e.type === F ? [0x7fc00000] : [0, 0x7ff80000]).map(num)
      : wordsOfNan(printer, value);
  return when(test, expr(rareCall(keep, [object, num(e.n), ...words])));
}

/** The words of a float that is a NaN where they are evaluated. */
function wordsOfNan(printer: Printer, value: Node): Expression[] {
  if (isNumeric(value)) return nanBits(printer, value);
  return value.type === F ? [printer.low(value)] : [printer.low(value), printer.high(value)];
}
