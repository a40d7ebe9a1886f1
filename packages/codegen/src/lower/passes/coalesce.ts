/**
 * Gives a variable that is only copied into another one the other's place: the result of a call that
 * goes into a local, the result of a block that each way out of it leaves in the same variable. Saves
 * the copy, the variable, and their text.
 */
import {
  endsAbruptly,
  isPure,
  type Label,
  Op,
  reads,
  S,
  type Stmt,
  type Variable,
} from '../ir/ir.js';

/** Merges variables, in place; reads are counted (`countReads`). */
export function coalesce(body: Stmt[]): void {
  for (let i = 0; i < body.length; i++) {
    const stmt = body[i]!;
    if (stmt.kind === S.Set) {
      if (isCopy(stmt)) merge(body, i);
      continue;
    }
    if (stmt.body !== null) coalesce(stmt.body);
    if (stmt.alt !== null) coalesce(stmt.alt);
    if (stmt.cases !== null) for (const item of stmt.cases) coalesce(item.body);
  }
}

/** Is this the only read of a variable that can be replaced? */
function isCopy({ v, e }: Stmt): boolean {
  if (e!.op !== Op.Get) return false;
  const from = e!.v!;
  return (
    from !== v &&
    from.gets === 1 &&
    from.param < 0 &&
    !from.zeroed &&
    from.type === v!.type &&
    from.needNumber &&
    !from.needBits &&
    v!.needNumber &&
    !v!.needBits
  );
}

/** So far in front of a copy may the assignment be that it copies. */
const REACH = 256;

/** Merges the variables of the copy at position `at`, if what comes before it allows that. */
function merge(body: Stmt[], at: number): void {
  const copy = body[at]!;
  const to = copy.v!;
  const from = copy.e!.v!;
  let i = at - 1;
  const least = Math.max(0, at - REACH);
  while (i >= least && passes(body[i]!, from, to)) i--;
  if (i < least) return;
  const source = body[i];
  if (source === undefined) return;
  const sets =
    source.kind === S.Set && source.v === from ? [source] : new Ways(from, to).into(source);
  if (sets.length !== from.sets.length) return;
  for (const set of sets) {
    set.v = to;
    to.sets.push(set);
  }
  to.sets.splice(to.sets.indexOf(copy), 1);
  from.needNumber = false;
  copy.kind = S.Skip;
  copy.v = null;
  copy.e = null;
}

/** May the assignment of `to` move ahead of the statement? */
function passes(stmt: Stmt, from: Variable, to: Variable): boolean {
  if (stmt.kind === S.Skip || stmt.kind === S.Reload) return true;
  if (stmt.kind !== S.Set || stmt.v === from || stmt.v === to) return false;
  return isPure(stmt.e!.fx) && !reads(stmt.e!, to);
}

/** Statements that are looked at for one copy. */
const LIMIT = 4000;

/** Is a variable assigned on every way out of a statement, as the last thing that is done there? */
class Ways {
  private readonly found: Stmt[] = [];
  private readonly exits = new Set<Label>();
  private left = LIMIT;
  private failed = false;

  constructor(
    private readonly from: Variable,
    private readonly to: Variable,
  ) {}

  /** The assignments inside the statement; none if there is another way out. */
  into(stmt: Stmt): Stmt[] {
    if (stmt.kind !== S.Block && stmt.kind !== S.If) return [];
    this.nested(stmt, true);
    return this.failed ? [] : this.found;
  }

  /** @param last is the statement left at the end of the list? */
  private list(body: Stmt[], last: boolean): void {
    // Has the variable just been assigned; is the end reached only then?
    let fresh = false;
    let ended = false;
    for (let i = 0; i < body.length && !this.failed; i++) {
      const stmt = body[i]!;
      if (this.left-- === 0) this.failed = true;
      if (stmt.kind === S.Set && stmt.v === this.from) {
        this.found.push(stmt);
        fresh = true;
        ended = true;
      } else if (!passes(stmt, this.from, this.to)) {
        const exit = stmt.kind === S.Br && this.exits.has(stmt.label!);
        if (exit !== fresh) this.failed = true;
        fresh = false;
        const tail = last && this.leaves(body, i + 1);
        if (!exit) this.nested(stmt, tail);
        ended =
          endsAbruptly([stmt]) ||
          (tail && (stmt.kind === S.Block || stmt.kind === S.If || stmt.kind === S.Switch));
      }
    }
    if (last ? !ended : fresh) this.failed = true;
  }

  private nested(stmt: Stmt, last: boolean): void {
    const ends = last && stmt.kind === S.Switch;
    const through = last && (stmt.kind === S.Block || stmt.kind === S.If);
    if (stmt.kind === S.Block && through) this.exits.add(stmt.label!);
    if (stmt.targets?.some((label) => this.exits.has(label))) this.failed = true;
    if (stmt.body !== null) this.list(stmt.body, through);
    if (stmt.alt !== null) this.list(stmt.alt, through);
    // The end of the last arm is the end of the switch.
    const arms = stmt.cases ?? [];
    for (const item of arms) this.list(item.body, ends && item === arms[arms.length - 1]);
  }

  /** Does nothing that matters stand in the list from there? */
  private leaves(body: Stmt[], at: number): boolean {
    for (let i = at; i < body.length; i++) if (!passes(body[i]!, this.from, this.to)) return false;
    return true;
  }
}
