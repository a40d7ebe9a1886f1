/**
 * Tests of pointers go to where their results are read. Gets statements in which the index of a pointer stands behind the
 * pointer's assignment; where what follows may leave first, as `if(!p)return` does, or reads it on one way only, it
 * is found behind that, or on that way; where it is read behind a loop alone, behind the loop. Keeps: all reads of an index
 * that is moved are behind it in one list of
 * statements, with no assignment of the pointer between, so it is found before it is read wherever control comes from.
 */
import { Op, S, type Stmt, type Variable } from '../ir/ir.js';
import { ownReads } from '../ir/reads.js';
import { eachStatement, lists } from '../ir/traverse.js';

/** So many statements are looked at for one index. */
const LOOKED_AT = 500;

/**
 * Sinks assignments of indices; rewrites lists in place.
 * @param indices the assignments
 */
export function sinkIndices(body: Stmt[], indices: ReadonlySet<Stmt>): void {
  const reads = new Map<Variable, number>([...indices].map(({ v }) => [v!, 0]));
  eachStatement(body, (stmt) =>
    ownReads(stmt, (v) => {
      const known = reads.get(v);
      if (known !== undefined) reads.set(v, known + 1);
    }),
  );
  const walk = (list: Stmt[], around: readonly Around[]): void => {
    for (let i = list.length - 1; i >= 0; i--) {
      const stmt = list[i]!;
      for (const inner of lists(stmt)) walk(inner, [{ list, stmt }, ...around]);
      if (stmt.kind !== S.Set || !indices.has(stmt) || stmt.e!.op !== Op.PointerIndex) continue;
      const sinking = new Sinking(stmt, reads.get(stmt.v!)!);
      if (!sinking.leavesLoop(list, i, around)) sinking.from(list, i);
    }
  };
  walk(body, []);
}

/** A statement around others, and the list that it stands in. */
interface Around {
  list: Stmt[];
  stmt: Stmt;
}

/** Moves one assignment. */
class Sinking {
  private left = LOOKED_AT;

  constructor(
    private readonly stmt: Stmt,
    private readonly reads: number,
  ) {}

  /**
   * Moves it out of a loop that does not read it, behind the innermost statement around the loop behind which all reads are; says
   * whether it did. What is moved tells the index of the pointer as it is then: each assignment of that, which lets anyone
   * read the index, has its own behind it.
   */
  leavesLoop(list: Stmt[], at: number, around: readonly Around[]): boolean {
    let inLoop = false;
    for (const { list: outer, stmt } of around) {
      inLoop ||= stmt.kind === S.Loop;
      if (stmt.kind === S.Try) return false;
      const found = this.look([stmt]);
      if (found === undefined || found.reads > 0) return false;
      const to = outer.indexOf(stmt) + 1;
      if (!inLoop || this.look(outer.slice(to))?.reads !== this.reads) continue;
      list.splice(at, 1);
      outer.splice(to, 0, this.stmt);
      this.from(outer, to);
      return true;
    }
    return false;
  }

  /** Moves it from its place in a list to one that is reached less often, if there is one. */
  from(list: Stmt[], at: number): void {
    let to = at;
    let leaves = false;
    for (; to + 1 < list.length; to++) {
      const found = this.look([list[to + 1]!]);
      if (found === undefined || found.assigns) return;
      if (found.reads > 0) break;
      if (found.leaves) leaves = true;
    }
    const next = list[to + 1];
    if (next === undefined || this.look(list.slice(to + 1))?.reads !== this.reads) return;
    const inner = this.wayInto(next);
    if (inner !== undefined) {
      list.splice(at, 1);
      inner.unshift(this.stmt);
      this.from(inner, 0);
    } else if (leaves) {
      list.splice(at, 1);
      list.splice(to, 0, this.stmt);
    }
  }

  /** The list inside a statement that has all reads, where that is not reached more often than the statement. */
  private wayInto({ kind, body, alt }: Stmt): Stmt[] | undefined {
    if (kind === S.Block) return this.hasAll(body!) ? body! : undefined;
    if (kind !== S.If) return undefined;
    // An arm that has all reads leaves none to the condition.
    return [body!, alt!].find((arm) => this.hasAll(arm));
  }

  private hasAll(list: Stmt[]): boolean {
    return this.look(list)?.reads === this.reads;
  }

  /** What statements do; undefined where that would be too much to look at. */
  private look(list: Stmt[]): { reads: number; assigns: boolean; leaves: boolean } | undefined {
    const index = this.stmt.v!;
    const pointer = this.stmt.e!.a!.v!;
    let reads = 0;
    let assigns = false;
    let leaves = false;
    eachStatement(list, (stmt) => {
      this.left--;
      if (stmt.kind === S.Set && (stmt.v === index || stmt.v === pointer)) assigns = true;
      if (stmt.kind === S.Br || stmt.kind === S.Return || stmt.kind === S.Switch) leaves = true;
      ownReads(stmt, (v) => {
        if (v === index) reads++;
      });
    });
    return this.left < 0 ? undefined : { reads, assigns, leaves };
  }
}
