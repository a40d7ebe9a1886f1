/**
 * Which words are two truths of which one may decide: gets an And or Or, gives the condition whose second operand is
 * evaluated only where it counts. Keeps: what may trap or changes anything is always evaluated.
 */
import { isBool, logical } from '../ir/int.js';
import { conflicts, Fx, type Node, Op, WRITES } from '../ir/ir.js';

/**
 * An And or Or as a condition, undefined where it is none of two truths, or each has to be evaluated.
 * @param condition does only count whether the word is zero?
 * @param unchecked do accesses to memory not trap?
 */
export function shortcutOf(
  { op, a, b }: Node,
  condition: boolean,
  unchecked: boolean,
): Node | undefined {
  const [x, y] = [a!, b!];
  if (op !== Op.And && op !== Op.Or) return undefined;
  const truths = Number(isBool(x)) + Number(isBool(y));
  if (y.op === Op.Const || truths < (op === Op.Or && condition ? 1 : 2)) return undefined;
  const needed = WRITES | Fx.trap | (unchecked ? 0 : Fx.trapMemory);
  const made = op === Op.And ? Op.LAnd : Op.LOr;
  if ((y.fx & needed) === 0) return logical(made, x, y);
  return (x.fx & needed) === 0 && !conflicts(x.fx, y.fx) ? logical(made, y, x) : undefined;
}
