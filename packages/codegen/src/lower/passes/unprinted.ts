/** Assignments that are not printed: of what nobody reads, by what has no effect. Gets demands; leaves none of them. */

import { S, type Stmt } from '../ir/ir.js';
import { isPrinted } from '../ir/reads.js';
import { eachStatement } from '../ir/traverse.js';

/** Empties the assignments, so that nobody takes what they would evaluate for evaluated. */
export function dropUnprinted(body: Stmt[]): void {
  eachStatement(body, (stmt) => {
    if (stmt.kind !== S.Set || isPrinted(stmt)) return;
    stmt.kind = S.Skip;
    stmt.e = null;
    stmt.v = null;
  });
}
