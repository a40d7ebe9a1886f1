/**
 * Which variables are live where, as bit sets: a backward walk over the structured statements. A
 * branch back to a loop's head takes what the walk before has found there, so walks are repeated
 * until no head changes (nesting depth of loops + 1, at most).
 */
import { isPure, type Label, type Node, Op, S, type Stmt, type Variable } from './ir.js';

/** A set of variables by their number. */
export type Bits = Uint32Array;

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

/** Calls `visit` with each variable that the statement's own expressions read. */
export function statementReads(stmt: Stmt, visit: (v: Variable) => void): void {
  if (stmt.kind === S.Set && !isPrinted(stmt)) return;
  if (stmt.e !== null) readsOf(stmt.e, visit);
  if (stmt.values !== null) for (const node of stmt.values) readsOf(node, visit);
}

export const hasBit = (bits: Bits, n: number): boolean => (bits[n >> 5]! & (1 << (n & 31))) !== 0;

function union(into: Bits, from: Bits): void {
  for (let i = 0; i < into.length; i++) into[i]! |= from[i]!;
}

const equal = (a: Bits, b: Bits): boolean => a.every((word, i) => word === b[i]);

export class Liveness {
  /** Numbers of the variables. */
  readonly numbers = new Map<Variable, number>();
  /** Live at the target of each label. */
  readonly at = new Map<Label, Bits>();
  private readonly reads = new Map<Stmt, number[]>();
  private readonly words: number;
  private readonly wanted = new Map<Stmt[], Map<number, Bits | undefined>>();
  private changed = true;

  constructor(private readonly body: Stmt[]) {
    this.number(body);
    this.words = (this.numbers.size + 31) >> 5;
  }

  /** Asks for what is live before the statement at this index of the list (its length: behind). */
  want(list: Stmt[], index: number): void {
    let points = this.wanted.get(list);
    if (points === undefined) {
      points = new Map();
      this.wanted.set(list, points);
    }
    points.set(index, undefined);
  }

  /** What is live at a point that was asked for. */
  live(list: Stmt[], index: number): Bits {
    return this.wanted.get(list)!.get(index)!;
  }

  /** Finds what is live at all labels and all points asked for. */
  run(): void {
    while (this.changed) {
      this.changed = false;
      this.list(this.body, new Uint32Array(this.words));
    }
  }

  private numberOf(v: Variable): number {
    let n = this.numbers.get(v);
    if (n === undefined) {
      n = this.numbers.size;
      this.numbers.set(v, n);
    }
    return n;
  }

  private number(list: Stmt[]): void {
    for (const stmt of list) {
      const found: number[] = [];
      statementReads(stmt, (v) => found.push(this.numberOf(v)));
      if (found.length > 0) this.reads.set(stmt, found);
      if (stmt.v !== null) this.numberOf(stmt.v);
      if (stmt.body !== null) this.number(stmt.body);
      if (stmt.alt !== null) this.number(stmt.alt);
      if (stmt.cases !== null) for (const item of stmt.cases) this.number(item.body);
    }
  }

  /** Turns what is live behind the list into what is live before it. */
  private list(list: Stmt[], live: Bits): void {
    const points = this.wanted.get(list);
    if (points?.has(list.length)) points.set(list.length, live.slice());
    for (let i = list.length - 1; i >= 0; i--) {
      this.statement(list[i]!, live);
      if (points?.has(i)) points.set(i, live.slice());
    }
  }

  private statement(stmt: Stmt, live: Bits): void {
    switch (stmt.kind) {
      case S.Set: {
        const n = this.numbers.get(stmt.v!)!;
        live[n >> 5]! &= ~(1 << (n & 31));
        break;
      }
      case S.Block:
        this.at.set(stmt.label!, live.slice());
        this.list(stmt.body!, live);
        return;
      case S.Loop: {
        const before = this.at.get(stmt.label!);
        this.list(stmt.body!, live);
        if (before !== undefined) union(live, before);
        if (before === undefined || !equal(before, live)) {
          this.at.set(stmt.label!, live.slice());
          this.changed = true;
        }
        return;
      }
      case S.If: {
        const other = live.slice();
        this.list(stmt.body!, live);
        this.list(stmt.alt!, other);
        union(live, other);
        break;
      }
      case S.Br:
        live.fill(0);
        this.goTo(stmt.label!, live);
        break;
      case S.Switch: {
        const cases = stmt.cases ?? [];
        for (let i = cases.length - 1; i >= 0; i--) {
          this.list(cases[i]!.body, live);
          this.at.set(cases[i]!.label, live.slice());
        }
        live.fill(0);
        for (const label of new Set(stmt.targets!)) this.goTo(label, live);
        break;
      }
      case S.Return:
      case S.Trap:
      case S.TailCall:
        live.fill(0);
        break;
      default:
    }
    for (const n of this.reads.get(stmt) ?? []) live[n >> 5]! |= 1 << (n & 31);
  }

  private goTo(label: Label, live: Bits): void {
    const bits = this.at.get(label);
    if (bits !== undefined) union(live, bits);
  }
}
