/**
 * How often statements run for each call of their function, as far as their places tell. Gets a statement and its own
 * weight, gives that of what is inside; the function's own statements have 1.
 */
import { S, type Stmt } from '../ir/ir.js';

/** What a round of a loop counts against what is outside of it; how much loops around one another count at most. */
export const ROUNDS = 8;
const MOST = 8 ** 4;
/** What stands in an arm of a condition, or in a case: one way of several. */
const ARM = 0.5;

/** Does a list end with the next round of a loop? What leads there is the loop itself, whatever it is an arm of. */
function goesOn(list: readonly Stmt[]): boolean {
  const last = list[list.length - 1];
  return last?.kind === S.Br && last.label!.isLoop;
}

/** How often a list inside a statement is expected to run. @param weight how often the statement is */
export function weightInside({ kind }: Stmt, list: readonly Stmt[], weight: number): number {
  if (kind === S.Loop) return Math.min(weight * ROUNDS, MOST);
  const isArm = (kind === S.If || kind === S.Switch) && !goesOn(list);
  return isArm ? weight * ARM : weight;
}
