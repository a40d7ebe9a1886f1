/**
 * Exceptions in a function that `nesting.ts` takes apart: what is thrown there goes to its handler as a branch does. A
 * throw takes engines time with the size of the function, and an exception that none of many handlers wants would be
 * thrown once for each. Gets statements with handlers, gives what to take apart, and branches for throws.
 *
 * Must keep: no recursion, and time linear in the statements.
 */
import { type Label, S, Stmt, setStmt, type Variable } from '../ir/ir.js';
import { traverse } from '../ir/traverse.js';

/** Where handlers are taken apart, so many stay inside one another. */
const MAX_TRIES = 2;

/**
 * Where one statement with a handler is to be taken apart, all are that have more than a few inside.
 * @param heights how many levels are inside each statement; raised for what is to be taken apart as well
 * @param limit statements with more levels inside are taken apart
 */
export function deepenTries(body: Stmt[], heights: Map<Stmt, number>, limit: number): void {
  let isOpened = false;
  for (const [{ kind }, height] of heights) isOpened ||= kind === S.Try && height > limit;
  if (!isOpened) return;
  const most = [0];
  traverse(body, {
    enter: () => {
      most.push(0);
    },
    leave: (stmt) => {
      const tries = most.pop()! + (stmt.kind === S.Try ? 1 : 0);
      if (tries > MAX_TRIES) heights.set(stmt, Math.max(heights.get(stmt)!, limit + 1));
      const outer = most.length - 1;
      most[outer] = Math.max(most[outer]!, tries);
    },
  });
}

/**
 * Makes branches of what the statements of a place throw; not of what a handler inside them gets.
 * @param handler where the exceptions of the place go
 * @param thrown the variable that the handler reads
 */
export function branchThrows(body: Stmt[], handler: Label, thrown: Variable): void {
  // In the bodies of so many statements with a handler of their own.
  let guards = 0;
  traverse(body, {
    enter: ({ kind }) => {
      if (kind === S.Try) guards++;
    },
    leaveList: (list, owner) => {
      const last = list[list.length - 1];
      if (last?.kind === S.Throw && guards === 0) {
        const branch = new Stmt(S.Br);
        branch.label = handler;
        list.splice(-1, 1, setStmt(thrown, last.e!), branch);
      }
      if (owner?.kind === S.Try && list === owner.body) guards--;
    },
  });
}
