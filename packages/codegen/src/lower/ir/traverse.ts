/**
 * Walks over statements. Passes that look at every statement use these; a kind of statement that holds lists is known
 * here and nowhere else. `traverse` does without recursion: before the first pass, a body may nest as deep as the
 * module says. Every pass walks over every function: so walks make nothing that has to be freed.
 */
import { AHEAD } from '../../ahead.js';
import { type Node, S, type Stmt } from './ir.js';

/** The statement lists inside a statement, in the order of the text. */
export function lists(stmt: Stmt): Stmt[][] {
  const found: Stmt[][] = [];
  if (stmt.body !== null) found.push(stmt.body);
  if (stmt.alt !== null) found.push(stmt.alt);
  if (stmt.cases !== null) for (const item of stmt.cases) found.push(item.body);
  return found;
}

/** Calls `visit` with the statement lists inside a statement, in the order of the text. */
export function eachList(stmt: Stmt, visit: (list: Stmt[]) => void): void {
  if (stmt.body !== null) visit(stmt.body);
  if (stmt.alt !== null) visit(stmt.alt);
  if (stmt.cases !== null) for (const item of stmt.cases) visit(item.body);
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
  // Places below `depth` are in use; those above are used again.
  const places: Place[] = [{ list: body, owner: undefined, next: 0, last: false }];
  let depth = 1;
  const push = (list: Stmt[], owner: Stmt, last: boolean): void => {
    const place = places[depth++];
    if (place === undefined) places.push({ list, owner, next: 0, last });
    else {
      place.list = list;
      place.owner = owner;
      place.next = 0;
      place.last = last;
    }
  };
  while (depth > 0) {
    const place = places[depth - 1]!;
    const stmt = place.list[place.next++];
    if (stmt === undefined) {
      depth--;
      visitor.leaveList?.(place.list, place.owner);
      if (place.last) visitor.leave?.(place.owner!);
      continue;
    }
    visitor.enter?.(stmt);
    const { body: inside, alt, cases } = stmt;
    if (inside === null && cases === null) {
      visitor.leave?.(stmt);
      continue;
    }
    const before = depth;
    // The last list first: what is on top comes next.
    if (cases !== null)
      for (let i = cases.length - 1; i >= 0; i--) push(cases[i]!.body, stmt, depth === before);
    if (alt !== null) push(alt, stmt, depth === before);
    if (inside !== null) push(inside, stmt, depth === before);
    if (depth === before) visitor.leave?.(stmt);
  }
}

/** So deep a walk recurses, which is quicker; what is inside is walked over without. */
const DEEP = 200;

/** Calls `visit` with every statement, nested ones included, in the order of the text. */
export function eachStatement(body: Stmt[], visit: (stmt: Stmt) => void, depth = 0): void {
  if (depth > DEEP) {
    traverse(body, { enter: visit });
    return;
  }
  // The length is asked for each time: a visit may change what is behind.
  for (let i = 0; i < body.length; i++) {
    const stmt = body[i]!;
    visit(stmt);
    if (stmt.body !== null) eachStatement(stmt.body, visit, depth + 1);
    if (stmt.alt !== null) eachStatement(stmt.alt, visit, depth + 1);
    if (stmt.cases !== null)
      for (const item of stmt.cases) eachStatement(item.body, visit, depth + 1);
  }
}

/**
 * Calls `visit` with every list of statements, behind all lists inside it; it may change the list.
 * @param owner the statement that has the list; undefined for the outermost one
 */
export function eachListInside(
  list: Stmt[],
  visit: (list: Stmt[], owner: Stmt | undefined) => void,
  owner?: Stmt,
  depth = 0,
): void {
  if (!AHEAD || depth > DEEP) {
    traverse(list, { leaveList: (inner, outer) => visit(inner, outer ?? owner) });
    return;
  }
  for (let i = 0; i < list.length; i++) {
    const stmt = list[i]!;
    if (stmt.body !== null) eachListInside(stmt.body, visit, stmt, depth + 1);
    if (stmt.alt !== null) eachListInside(stmt.alt, visit, stmt, depth + 1);
    if (stmt.cases !== null)
      for (const item of stmt.cases) eachListInside(item.body, visit, stmt, depth + 1);
  }
  visit(list, owner);
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

/** Takes out statements that a pass has left empty, from a list and all lists inside. */
export function sweep(list: Stmt[], depth = 0): void {
  if (depth > DEEP) {
    traverse(list, { leaveList: takeOut });
    return;
  }
  takeOut(list);
  for (const stmt of list) {
    if (stmt.body !== null) sweep(stmt.body, depth + 1);
    if (stmt.alt !== null) sweep(stmt.alt, depth + 1);
    if (stmt.cases !== null) for (const item of stmt.cases) sweep(item.body, depth + 1);
  }
}

/** Takes empty statements out of one list. */
function takeOut(list: Stmt[]): void {
  let count = 0;
  for (const stmt of list) if (stmt.kind !== S.Skip) list[count++] = stmt;
  if (count < list.length) list.length = count;
}
