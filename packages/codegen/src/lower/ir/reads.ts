/** Which variables statements read, and which assignments are printed. */
import { isPure, type Node, Op, S, type Stmt, type Variable } from './ir.js';

/** Is the assignment printed at all? */
export const isPrinted = (stmt: Stmt): boolean =>
  stmt.v!.needNumber || stmt.v!.needBits || !isPure(stmt.e!.fx);

/** Is a value of the variable kept in a JS variable? */
export const isKept = (v: Variable): boolean => v.needNumber || v.needBits;

/** Calls `visit` with each variable that evaluating the node reads. */
export function readsOf(node: Node, visit: (v: Variable) => void): void {
  if (node.op === Op.Get) {
    visit(node.v!);
    return;
  }
  if (node.a !== null) readsOf(node.a, visit);
  if (node.b !== null) readsOf(node.b, visit);
  if (node.c !== null) readsOf(node.c, visit);
  if (node.list !== null) for (const arg of node.list) readsOf(arg, visit);
}

/** Calls `visit` with each variable that the statement's own expressions read, printed or not. */
export function ownReads(stmt: Stmt, visit: (v: Variable) => void): void {
  if (stmt.e !== null) readsOf(stmt.e, visit);
  if (stmt.values !== null) for (const node of stmt.values) readsOf(node, visit);
}

/** Calls `visit` with each variable that printing the statement's own expressions reads. */
export function statementReads(stmt: Stmt, visit: (v: Variable) => void): void {
  if (stmt.kind !== S.Set || isPrinted(stmt)) ownReads(stmt, visit);
}
