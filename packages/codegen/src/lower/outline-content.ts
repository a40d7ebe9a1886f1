/** What the statements of a region do: what they read, assign, and how control leaves them. */
import { Fx, type Label, type Node, operands, S, type Stmt, type Variable } from './ir.js';
import { isKept, isPrinted, statementReads } from './liveness.js';

/** The branches of a region to one label outside. */
export interface Jumps {
  places: number;
  /** Variables that may have been assigned before one of them. */
  assigned: Set<Variable>;
}

/** What a region reads, assigns and how control leaves it. */
export interface Content {
  reads: Set<Variable>;
  assigned: Set<Variable>;
  /** Labels outside that it branches to. */
  exits: Map<Label, Jumps>;
  /** Number of returns. */
  returns: number;
  /** Does control reach its end? */
  falls: boolean;
  grows: boolean;
}

/** Does control reach the end of the statements? */
export function falls(list: Stmt[]): boolean {
  const last = list[list.length - 1];
  if (last === undefined) return true;
  switch (last.kind) {
    case S.Br:
    case S.Return:
    case S.Trap:
    case S.TailCall:
      return false;
    case S.Switch:
      return last.cases !== null;
    case S.If:
      return falls(last.body!) || falls(last.alt!);
    case S.Loop:
      return falls(last.body!);
    default:
      return true;
  }
}

/** Collects what a region does; undefined where it cannot be split off. */
export function inspect(region: Stmt[]): Content | undefined {
  const content: Content = {
    reads: new Set(),
    assigned: new Set(),
    exits: new Map(),
    returns: 0,
    falls: falls(region),
    grows: false,
  };
  const inner = new Set<Label>();
  const loops: Set<Variable>[] = [];
  let possible = true;
  const node = (e: Node): void => {
    if (e.call?.grows === true || e.name === '_memory_grow') content.grows = true;
    for (const part of operands(e)) node(part);
  };
  const goTo = (label: Label): void => {
    if (inner.has(label)) return;
    let jumps = content.exits.get(label);
    if (jumps === undefined) {
      jumps = { places: 0, assigned: new Set() };
      content.exits.set(label, jumps);
    }
    jumps.places++;
    // In code without loops, what may have been assigned stands further up.
    for (const v of content.assigned) jumps.assigned.add(v);
    for (const loop of loops) for (const v of loop) jumps.assigned.add(v);
  };
  const visit = (list: Stmt[]): void => {
    for (const stmt of list) {
      statementReads(stmt, (v) => content.reads.add(v));
      if (stmt.e !== null && (stmt.e.fx & Fx.writeState) !== 0) node(stmt.e);
      for (const e of stmt.values ?? []) if ((e.fx & Fx.writeState) !== 0) node(e);
      if (stmt.kind === S.Set && isKept(stmt.v!) && isPrinted(stmt)) content.assigned.add(stmt.v!);
      if (stmt.kind === S.Block || stmt.kind === S.Loop) inner.add(stmt.label!);
      for (const item of stmt.cases ?? []) inner.add(item.label);
      if (stmt.kind === S.Br) goTo(stmt.label!);
      for (const label of new Set(stmt.targets ?? [])) goTo(label);
      if (stmt.kind === S.Return) content.returns++;
      if (stmt.kind === S.TailCall) possible = false;
      if (stmt.kind === S.Loop) loops.push(assignedIn(stmt.body!));
      for (const nested of lists(stmt)) visit(nested);
      if (stmt.kind === S.Loop) loops.pop();
    }
  };
  visit(region);
  return possible ? content : undefined;
}

/** Variables that the statements assign and keep. */
export function assignedIn(body: Stmt[]): Set<Variable> {
  const found = new Set<Variable>();
  const visit = (list: Stmt[]): void => {
    for (const stmt of list) {
      if (stmt.kind === S.Set && isKept(stmt.v!)) found.add(stmt.v!);
      for (const inner of lists(stmt)) visit(inner);
    }
  };
  visit(body);
  return found;
}

export function visitReturns(body: Stmt[], visit: (values: Node[]) => void): void {
  for (const stmt of body) {
    if (stmt.kind === S.Return) visit(stmt.values!);
    for (const inner of lists(stmt)) visitReturns(inner, visit);
  }
}

export function highestLabel(body: Stmt[]): number {
  let highest = 0;
  for (const stmt of body) {
    if (stmt.label !== null && stmt.label.id > highest) highest = stmt.label.id;
    for (const { label } of stmt.cases ?? []) highest = Math.max(highest, label.id);
    for (const inner of lists(stmt)) highest = Math.max(highest, highestLabel(inner));
  }
  return highest;
}

/** The statement lists inside a statement. */
export function lists(stmt: Stmt): Stmt[][] {
  const found: Stmt[][] = [];
  if (stmt.body !== null) found.push(stmt.body);
  if (stmt.alt !== null) found.push(stmt.alt);
  if (stmt.cases !== null) for (const item of stmt.cases) found.push(item.body);
  return found;
}
