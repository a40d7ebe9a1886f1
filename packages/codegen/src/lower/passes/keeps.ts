/**
 * What is kept beside fields of floats that arithmetic made. Gets the statements that keep bits of NaNs (`Op.KeepBits`):
 * those of an exact value are the canonical NaN's, so that a new object has nothing to keep, and others only to forget.
 */
import { isExact } from '../analyses/floats.js';
import { Op, S, type Stmt } from '../ir/ir.js';
import { eachStatement } from '../ir/traverse.js';

/** Takes exact values out of the statements that keep their bits, in place; `Skip` where nothing is to be done. */
export function settleKeeps(body: Stmt[]): void {
  eachStatement(body, (stmt) => {
    const { e } = stmt;
    if (stmt.kind !== S.Expr || e?.op !== Op.KeepBits || !isExact(e.b!)) return;
    if (e.m === 1) {
      stmt.kind = S.Skip;
      stmt.e = null;
    } else e.b = null;
  });
}
