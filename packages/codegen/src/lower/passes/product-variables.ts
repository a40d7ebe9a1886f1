/** What sums of products ask of variables: which hold the sign of others, which twice a word. Gets a body, changes nothing. */
import { isConst } from '../ir/int.js';
import { get, Op, S, type Stmt, type Variable } from '../ir/ir.js';
import { isSignExtended } from '../ir/sums.js';
import { eachList } from '../ir/traverse.js';

/** Variables that hold twice a word. */
export interface Double {
  high: Variable;
  /** The assignment of the high one, behind that of the low one; the word is unchanged there. */
  set: Stmt;
  word: Variable;
}

/** Visits each statement with the one before it in the same list. Of a body that nests no deeper than it may. */
function eachPair(list: Stmt[], visit: (before: Stmt, stmt: Stmt) => void): void {
  const inside = (part: Stmt[]): void => eachPair(part, visit);
  for (let i = 0; i < list.length; i++) {
    if (i > 0) visit(list[i - 1]!, list[i]!);
    eachList(list[i]!, inside);
  }
}

/**
 * The variables that hold the sign of another one whenever both are read: each assignment of the one follows one of
 * the other (see `local.set`). By the high half.
 */
export function extendedVariables(body: Stmt[]): Map<Variable, Variable> {
  const found = new Map<Variable, Variable>();
  const counts = new Map<Variable, number>();
  eachPair(body, (low, { kind, v, e }) => {
    if (kind !== S.Set || e!.op !== Op.ShrS) return;
    if (low.kind !== S.Set || !isSignExtended(get(low.v!), e!)) return;
    const before = found.get(v!);
    if (before !== undefined && before !== low.v) counts.set(v!, Number.NaN);
    found.set(v!, low.v!);
    counts.set(v!, (counts.get(v!) ?? 0) + 1);
  });
  for (const [high, low] of found)
    if (
      counts.get(high) !== high.sets.length ||
      high.sets.length !== low.sets.length ||
      high.param >= 0 ||
      low.param >= 0
    )
      found.delete(high);
  return found;
}

/** The pairs that are twice a word, in variables that are assigned once, one after the other. By the low one. */
export function doubledVariables(body: Stmt[]): Map<Variable, Double> {
  const found = new Map<Variable, Double>();
  const isShift = ({ kind, v, e }: Stmt, op: Op, bits: number): boolean =>
    kind === S.Set && v!.stable && e!.op === op && isConst(e!.b!, bits) && e!.a!.op === Op.Get;
  eachPair(body, (low, set) => {
    if (!isShift(low, Op.Shl, 1) || !isShift(set, Op.ShrU, 31)) return;
    const word = set.e!.a!.v!;
    if (low.e!.a!.v === word) found.set(low.v!, { high: set.v!, set, word });
  });
  return found;
}
