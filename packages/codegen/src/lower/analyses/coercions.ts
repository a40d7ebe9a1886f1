/**
 * Which variables are told to be numbers at a loop's head, and which loops run in strips for it. An
 * engine does not know the type of a loop's variables when their first values come from parameters,
 * calls or (in a loop that is compiled while it runs) from anywhere; it then computes them as tagged or
 * floating values. An `x = x | 0` at the head costs nothing once compiled and makes them machine
 * integers; floats need strips (`statements.ts`).
 */

import { AHEAD } from '../../ahead.js';
import { I, type Label, type Node, Op, R, S, type Stmt, type Variable } from '../ir/ir.js';
import { lists } from '../ir/traverse.js';

/** Variables to coerce: at the head of each loop, and parameters at the function's entry. */
export interface Coercions {
  heads: Map<Label, Variable[]>;
  /** Loops that run in strips, with the coercions between these. */
  strips: Set<Label>;
  params: Set<Variable>;
  /** Variables assigned in each loop. */
  assigned: Map<Label, Set<Variable>>;
}

/** Finds them for the statements of a function. */
export function findCoercions(body: Stmt[]): Coercions {
  const found: Coercions = {
    heads: new Map(),
    strips: new Set(),
    params: new Set(),
    assigned: new Map(),
  };
  visit(body, found, true);
  return found;
}

function visit(body: Stmt[], found: Coercions, outermost: boolean): void {
  for (const stmt of body) {
    if (stmt.kind === S.Loop) {
      const scan = new LoopScan();
      scan.list(stmt.body!);
      const carried = [...scan.live].filter(
        (v) => v.type !== R && v.needNumber && scan.assigned.has(v),
      );
      const integers = carried.filter((v) => v.type === I);
      const floats = carried.length - integers.length;
      if (outermost && floats >= FLOATS && isLarge(stmt.body!)) {
        found.strips.add(stmt.label!);
        found.heads.set(stmt.label!, carried);
      } else
        found.heads.set(
          stmt.label!,
          (AHEAD && stmt.label!.dispatches === true) || dispatches(stmt.body!) ? [] : integers,
        );
      found.assigned.set(stmt.label!, scan.assigned);
      for (const v of scan.live) if (v.param >= 0 && v.type === I) found.params.add(v);
    }
    const inside = outermost && stmt.kind !== S.Loop;
    if (stmt.body !== null) visit(stmt.body, found, inside);
    if (stmt.alt !== null) visit(stmt.alt, found, inside);
    if (stmt.cases !== null) for (const item of stmt.cases) visit(item.body, found, inside);
  }
}

/** So many floats that a loop carries are worth strips: boxing one is no more than a strip costs. */
const FLOATS = 3;
/** A loop of this many statements is large. */
const LARGE = 16;

/** Does the body hold a loop, or many statements? */
function isLarge(body: Stmt[]): boolean {
  let count = 0;
  const visitList = (list: Stmt[]): boolean =>
    list.some((stmt) => ++count > LARGE || stmt.kind === S.Loop || lists(stmt).some(visitList));
  return visitList(body);
}

/** A table of this many targets makes a loop an interpreter's. */
const DISPATCH = 8;

/**
 * Is the loop's body mostly a switch? There the coercions cost more than they bring: every arm is a
 * way back to the head.
 */
function dispatches(body: Stmt[]): boolean {
  return body.some(
    (stmt) =>
      (stmt.kind === S.Switch && stmt.targets!.length >= DISPATCH) ||
      (stmt.kind === S.Block && dispatches(stmt.body!)) ||
      (AHEAD && stmt.kind === S.If && lists(stmt).some(dispatches)),
  );
}

/** Finds the variables that a loop may read before it has assigned them in the same round. */
class LoopScan {
  readonly live = new Set<Variable>();
  readonly assigned = new Set<Variable>();
  /** Assigned for certain on the way to the present point. */
  private readonly done = new Set<Variable>();

  list(body: Stmt[]): void {
    const added: Variable[] = [];
    for (const stmt of body) this.statement(stmt, added);
    // What a nested list assigns is not certain outside it.
    for (const v of added) this.done.delete(v);
  }

  private statement(stmt: Stmt, added: Variable[]): void {
    if (stmt.e !== null) this.node(stmt.e);
    if (stmt.values !== null) for (const node of stmt.values) this.node(node);
    if (stmt.kind === S.Set) {
      const v = stmt.v!;
      if (!v.needNumber && !v.needBits) return;
      this.assigned.add(v);
      if (!this.done.has(v)) {
        this.done.add(v);
        added.push(v);
      }
    }
    if (stmt.body !== null) this.list(stmt.body);
    if (stmt.alt !== null) this.list(stmt.alt);
    if (stmt.cases !== null) for (const item of stmt.cases) this.list(item.body);
  }

  private node(node: Node): void {
    if (node.op === Op.Get) {
      if (!this.done.has(node.v!)) this.live.add(node.v!);
      return;
    }
    if (node.a !== null) this.node(node.a);
    if (node.b !== null) this.node(node.b);
    if (node.c !== null) this.node(node.c);
    if (node.list !== null) for (const arg of node.list) this.node(arg);
  }
}
