/**
 * Selects by one condition that follow each other, as the halves of a shifted 64-bit integer are made. Gets finished
 * statements; leaves one `if` in place of them, for hosts where a condition is evaluated each time it is written. Keeps: what is
 * assigned, and in which order, on either way.
 */
import { isBool } from '../ir/int.js';
import { Fx, I, type Node, Op, reads, S, type Stmt, setStmt, type Variable } from '../ir/ir.js';
import { isPrinted, ownReads } from '../ir/reads.js';
import { eachList, eachStatement } from '../ir/traverse.js';

/** Is a statement the printed assignment of an integer select, whose condition is of variables alone? */
const isSelect = (stmt: Stmt): boolean => {
  const { kind, e, v } = stmt;
  if (kind !== S.Set || v!.type !== I || e!.op !== Op.Select || !isPrinted(stmt)) return false;
  return (e!.c!.fx & ~Fx.readLocal) === 0;
};

/** Are two expressions without effects the same? */
function isSame(x: Node | null, y: Node | null): boolean {
  if (x === null || y === null || x === y) return x === y;
  return (
    x.op === y.op &&
    x.v === y.v &&
    x.n === y.n &&
    x.m === y.m &&
    x.name === y.name &&
    x.list === null &&
    y.list === null &&
    isSame(x.a, y.a) &&
    isSame(x.b, y.b) &&
    isSame(x.c, y.c)
  );
}

/** The assignments from a place on that are selects by one condition, none of which changes it. */
function runFrom(list: readonly Stmt[], at: number): Stmt[] {
  const run: Stmt[] = [];
  for (let i = at; i < list.length; i++) {
    const stmt = list[i]!;
    if (stmt.kind === S.Skip || (stmt.kind === S.Set && !isPrinted(stmt))) continue;
    if (!isSelect(stmt)) break;
    const first = run[0] ?? stmt;
    if (!isSame(first.e!.c, stmt.e!.c)) break;
    run.push(stmt);
    if (reads(stmt.e!.c!, stmt.v!)) break;
  }
  return run;
}

/** The assignment of one operand of a select, unless the variable has that value. */
function assignment({ v, at }: Stmt, value: Node): Stmt[] {
  if (value.op === Op.Get && value.v === v) return [];
  const made = setStmt(v!, value);
  made.at = at;
  return [made];
}

/** Puts selects by one condition together, in statements and all inside, in place. */
export function joinSelects(body: Stmt[]): void {
  new Joiner(body).list(body);
}

class Joiner {
  /** How often each variable is read, counted when that is asked first. */
  private reads: Map<Variable, number> | undefined;

  constructor(private readonly body: Stmt[]) {}

  /** Puts selects of a list and of all inside together. */
  list(list: Stmt[]): void {
    for (let i = 0; i < list.length; i++) {
      eachList(list[i]!, (inside) => this.list(inside));
      this.at(list, i);
    }
  }

  private at(list: Stmt[], i: number): void {
    const stmt = list[i]!;
    if (!isSelect(stmt)) return;
    const run = runFrom(list, i);
    if (run.length < 2) return;
    const body = run.flatMap((set) => assignment(set, set.e!.a!));
    const alt = run.flatMap((set) => assignment(set, set.e!.b!));
    const condition = this.conditionOf(stmt.e!.c!, list, i, run.length);
    for (const set of run) forget(set);
    stmt.kind = S.If;
    stmt.e = condition;
    stmt.body = body;
    stmt.alt = alt;
  }

  /** A condition that is a variable for these selects alone, assigned right before them, is what that is assigned. */
  private conditionOf(condition: Node, list: Stmt[], at: number, uses: number): Node {
    let before = at - 1;
    while (before >= 0 && list[before]!.kind === S.Skip) before--;
    const set = list[before];
    if (condition.op !== Op.Get || set?.kind !== S.Set || set.v !== condition.v) return condition;
    if (set.v!.param >= 0 || this.readsOf(set.v!) !== uses) return condition;
    const value = set.e!;
    if (!isBool(value)) return condition;
    forget(set);
    return value;
  }

  private readsOf(v: Variable): number {
    if (this.reads === undefined) {
      const reads = new Map<Variable, number>();
      eachStatement(this.body, (stmt) =>
        ownReads(stmt, (found) => reads.set(found, (reads.get(found) ?? 0) + 1)),
      );
      this.reads = reads;
    }
    return this.reads.get(v) ?? 0;
  }
}

/** Turns an assignment into nothing. */
function forget(set: Stmt): void {
  const v: Variable = set.v!;
  v.sets = v.sets.filter((other) => other !== set);
  set.kind = S.Skip;
  set.v = null;
  set.e = null;
}
