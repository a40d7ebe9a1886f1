/**
 * Walks over statements, without recursion: a body may nest as deep as the module says. Passes that look at
 * every statement use these; a kind of statement that holds lists is known here and nowhere else.
 */
import { type Node, S, type Stmt } from './ir.js';

/** The statement lists inside a statement, in the order of the text. */
export function lists(stmt: Stmt): Stmt[][] {
  const found: Stmt[][] = [];
  if (stmt.body !== null) found.push(stmt.body);
  if (stmt.alt !== null) found.push(stmt.alt);
  if (stmt.cases !== null) for (const item of stmt.cases) found.push(item.body);
  return found;
}

/** What a walk calls. */
export interface Visitor {
  /** A statement, before what is inside it; its lists may be replaced, or changed in place. */
  enter?(stmt: Stmt): void;
  /** A statement, behind all that is inside it. */
  leave?(stmt: Stmt): void;
  /** Behind all of a list, before its statement is left. @param owner undefined for the outermost one */
  leaveList?(list: Stmt[], owner: Stmt | undefined): void;
}

/** A list that is being walked over. */
interface Place {
  list: Stmt[];
  owner: Stmt | undefined;
  next: number;
  /** Is it the last one inside its owner? */
  last: boolean;
}

/** Visits all statements in the order of the text. */
export function traverse(body: Stmt[], visitor: Visitor): void {
  const places: Place[] = [{ list: body, owner: undefined, next: 0, last: false }];
  for (let place = places.at(-1); place !== undefined; place = places.at(-1)) {
    const stmt = place.list[place.next++];
    if (stmt === undefined) {
      places.pop();
      visitor.leaveList?.(place.list, place.owner);
      if (place.last) visitor.leave?.(place.owner!);
      continue;
    }
    visitor.enter?.(stmt);
    if (stmt.body === null && stmt.cases === null) {
      visitor.leave?.(stmt);
      continue;
    }
    const inside = lists(stmt);
    for (let i = inside.length - 1; i >= 0; i--)
      places.push({ list: inside[i]!, owner: stmt, next: 0, last: i === inside.length - 1 });
    if (inside.length === 0) visitor.leave?.(stmt);
  }
}

/** Calls `visit` with every statement, nested ones included, in the order of the text. */
export function eachStatement(body: Stmt[], visit: (stmt: Stmt) => void): void {
  traverse(body, { enter: visit });
}

/** The expressions that stand directly in a statement. */
export const expressionsOf = ({ e, values }: Stmt): Node[] =>
  e === null ? (values ?? []) : [e, ...(values ?? [])];

/** Calls `visit` with every expression that stands directly in a statement, nested ones included. */
export function walk(body: Stmt[], visit: (node: Node) => void): void {
  eachStatement(body, (stmt) => {
    if (stmt.e !== null) visit(stmt.e);
    if (stmt.values !== null) for (const node of stmt.values) visit(node);
  });
}

/** The greatest number of a label that the statements define. */
export function highestLabel(body: Stmt[]): number {
  let highest = 0;
  eachStatement(body, (stmt) => {
    if (stmt.label !== null && stmt.label.id > highest) highest = stmt.label.id;
    for (const { label } of stmt.cases ?? []) highest = Math.max(highest, label.id);
  });
  return highest;
}

/** Takes out statements that a pass has left empty. */
export function sweep(list: Stmt[]): void {
  let count = 0;
  for (const stmt of list) if (stmt.kind !== S.Skip) list[count++] = stmt;
  list.length = count;
}
