/**
 * The bits of floats that arithmetic made, where they are NaNs: canonical, so that their sign is all that is to be
 * told. Gets expressions whose number tells the rest (`isNumeric`).
 */
import type { Expression } from 'estree';
import { bin, cond, id, num } from '../../estree.js';
import { isExact } from '../analyses/floats.js';
import { F, type Node, Op } from '../ir/ir.js';
import { highName, lowName } from '../ir/names.js';

/** What prints the parts that are not known. */
interface PartPrinter {
  /** A condition as a truth value. */
  condition(node: Node): Expression;
  /** A word whose sign bit is that of the float. */
  signWord(node: Node): Expression;
}

/**
 * The bits of a float where it is a NaN; elsewhere they mean nothing.
 * @returns one word of an f32, low and high word of an f64
 */
export function nanBits(printer: PartPrinter, node: Node): Expression[] {
  const high = expression(signed(printer, node));
  return node.type === F ? [high] : [num(0), high];
}

const expression = (word: number | Expression): Expression =>
  typeof word === 'number' ? num(word) : word;

/** The word with the sign: a number where it is known. */
function signed(printer: PartPrinter, node: Node): number | Expression {
  const canonical = node.type === F ? 0x7fc00000 : 0x7ff80000;
  if (isExact(node)) return canonical;
  const word = (): number | Expression => signed(printer, node.a!);
  switch (node.op) {
    case Op.FNeg: {
      const a = word();
      return typeof a === 'number' ? a ^ -2147483648 : bin('^', a, num(-2147483648));
    }
    case Op.FAbs: {
      const a = word();
      return typeof a === 'number' ? a & 2147483647 : bin('&', a, num(2147483647));
    }
    case Op.FCopysign:
      return bin('|', num(canonical), bin('&', printer.signWord(node.b!), num(-2147483648)));
    case Op.Select:
      return cond(
        printer.condition(node.c!),
        expression(word()),
        expression(signed(printer, node.b!)),
      );
    default:
      // A variable that carries its bits.
      return id(node.type === F ? lowName(node.v!) : highName(node.v!));
  }
}
