/**
 * The bits of floats where these are NaNs, for places that ask for no others. Gets expressions whose number tells the rest
 * (`isNumeric`): what arithmetic made has a canonical NaN with a sign that may not be, what was moved has its words beside it.
 * Gives words that mean nothing while the float is a number, and cost next to nothing then.
 */
import type { Expression } from 'estree';
import { bin, cond, id, num, rareCall } from '../../estree.js';
import { isExact } from '../analyses/floats.js';
import { F, type Node, Op } from '../ir/ir.js';
import { highName, lowName } from '../ir/names.js';
import { INT, type Want } from './wants.js';

/** What prints the parts that are not known. */
export interface BitsPrinter {
  readonly ctx: { helper(name: string): string };
  /** A condition as a truth value. */
  condition(node: Node): Expression;
  /** A word whose sign bit is that of the float. */
  signWord(node: Node): Expression;
  float(node: Node): Expression;
  int(node: Node, want: Want): Expression;
  reference(node: Node): Expression;
}

/**
 * The bits of a float where it is a NaN; elsewhere they mean nothing.
 * @returns one word of an f32, low and high word of an f64
 */
export function nanBits(printer: BitsPrinter, node: Node): Expression[] {
  const words = node.type === F ? [true] : [false, true];
  return words.map((signed) => expression(word(printer, node, signed)));
}

const expression = (part: number | Expression): Expression =>
  typeof part === 'number' ? num(part) : part;

/**
 * One of the words, a number where it is known.
 * @param signed the word with the sign: an f32's only one, an f64's high one
 */
function word(printer: BitsPrinter, node: Node, signed: boolean): number | Expression {
  if (isExact(node)) return signed ? (node.type === F ? 0x7fc00000 : 0x7ff80000) : 0;
  const high = signed && node.type !== F;
  const inner = (): number | Expression => word(printer, node.a!, signed);
  switch (node.op) {
    case Op.FConst:
      return high ? node.m : node.n;
    case Op.FNeg: {
      const a = inner();
      if (!signed) return a;
      return typeof a === 'number' ? a ^ -2147483648 : bin('^', a, num(-2147483648));
    }
    case Op.FAbs: {
      const a = inner();
      if (!signed) return a;
      return typeof a === 'number' ? a & 2147483647 : bin('&', a, num(2147483647));
    }
    case Op.FCopysign: {
      const a = inner();
      if (!signed) return a;
      const rest = typeof a === 'number' ? num(a & 2147483647) : bin('&', a, num(2147483647));
      return bin('|', rest, bin('&', printer.signWord(node.b!), num(-2147483648)));
    }
    case Op.Select:
      return cond(
        printer.condition(node.c!),
        expression(inner()),
        expression(word(printer, node.b!, signed)),
      );
    case Op.Field:
    case Op.Elem: {
      const kind = node.op === Op.Field ? 'field' : 'element';
      const name = `_${kind}_${node.type === F ? 'f32' : high ? 'f64h' : 'f64'}`;
      const place = node.op === Op.Field ? num(node.n) : printer.int(node.b!, INT);
      const x = printer.float(node);
      const kept = rareCall(printer.ctx.helper(name), [printer.reference(node.a!), x, place]);
      return cond(bin('===', x, x), num(0), kept);
    }
    case Op.Received:
      return printer.int(high ? node.c! : node.b!, INT);
    default:
      // A variable that carries its bits.
      return id(high ? highName(node.v!) : lowName(node.v!));
  }
}
