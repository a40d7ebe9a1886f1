/**
 * Keeps the lanes of long calculations apart. Engines put machine code of what does not write in an order of their own: V8
 * calculates all four words of a vector side by side, level by level, whatever the order of statements, and where a loop
 * carries more words than there are registers, temporaries of four words go through memory in place of those of one.
 * What V8 does keep in its place is a store. So what is calculated of each word stands together, and behind it comes a store
 * into an array that nobody reads.
 *
 * Gets assignments in the places where they are printed. Leaves those of vectors of four words in loops lane by lane,
 * a store behind each lane. Keeps: what each variable holds behind such a group; no other statement moves.
 */
import { constant } from '../ir/int.js';
import {
  Fx,
  I,
  type Node,
  Op,
  operands,
  S,
  type Stmt,
  setNameAt,
  type Variable,
  WRITES,
} from '../ir/ir.js';
import { isPrinted, readsOf, statementReads } from '../ir/reads.js';
import { eachList, eachStatement } from '../ir/traverse.js';

const LANES = 4;
/** A lane of fewer operations needs no store. */
const LEAST_EFFORT = 12;
/** Where so many operations of a lane do not go on side by side, other lanes fill the time in which it waits for itself. */
const LEAST_WIDTH = 2;
/** A loop that carries fewer words keeps temporaries in registers, or nearly so: the machines have 16 to 32. */
const LEAST_CARRIED = 24;

/** Assignments of all words of vectors that follow each other; those of one lane need none of another. */
interface Group {
  readonly list: Stmt[];
  /** For each lane its assignments, in order. */
  readonly lanes: Stmt[][];
}

/** Puts the lanes of vectors apart, in place. @param array the name of the array that is written, asked for where one is */
export function fenceLanes(body: Stmt[], array: () => string): void {
  new Fencer(array).list(body, undefined);
}

/** Do two lanes calculate the same, of other variables or other places in memory? */
function isAlike(a: Node, b: Node): boolean {
  if (a.op !== b.op || a.type !== b.type || a.name !== b.name || a.m !== b.m) return false;
  if (a.op === Op.Get) return true;
  if (a.n !== b.n && a.op !== Op.Load) return false;
  const [x, y] = [operands(a), operands(b)];
  return x.length === y.length && x.every((part, i) => isAlike(part, y[i]!));
}

/** Is this an assignment of an integer that may change places with others? */
const isMovable = ({ kind, v, e }: Stmt): boolean =>
  kind === S.Set && v!.type === I && e!.op !== Op.Get && (e!.fx & (WRITES | Fx.trap)) === 0;

const effortOf = (node: Node): number =>
  operands(node).reduce(
    (sum, part) => sum + effortOf(part),
    node.op === Op.Get || node.op === Op.Const ? 0 : 1,
  );

class Fencer {
  constructor(private readonly array: () => string) {}

  /** @param loop groups of the innermost loop around the list */
  list(list: Stmt[], loop: Group[] | undefined): void {
    if (loop !== undefined) loop.push(...groupsOf(list).filter(isWide));
    for (const stmt of [...list]) {
      const own: Group[] | undefined = stmt.kind === S.Loop ? [] : loop;
      eachList(stmt, (inside) => this.list(inside, own));
      if (stmt.kind === S.Loop && own!.length > 0 && carried(stmt.body!) >= LEAST_CARRIED)
        this.fence(own!);
    }
  }

  /** Puts the assignments of each lane together, and a store behind them. */
  private fence(groups: readonly Group[]): void {
    const first = new Map(groups.map((group) => [group.lanes[0]![0]!, group]));
    const moved = new Set(groups.flatMap(({ lanes }) => lanes.flat()));
    for (const list of new Set(groups.map((group) => group.list))) {
      const before = list.splice(0, list.length);
      for (const stmt of before) {
        first.get(stmt)?.lanes.forEach((sets, lane) => {
          for (const set of [...sets, this.store(sets, lane)]) list.push(set);
        });
        if (!moved.has(stmt)) list.push(stmt);
      }
    }
  }

  /** A store of what comes last, but for single operations: they are of no weight. */
  private store(sets: readonly Stmt[], lane: number): Stmt {
    const last = sets.findLast(({ e }) => effortOf(e!) > 1) ?? sets.at(-1)!;
    return setNameAt(this.array(), constant(lane), last.v!);
  }
}

/** Is a lane of the group so much, and so much of it independent of the rest, that it is worth a store? */
function isWide({ lanes }: Group): boolean {
  const effort = lanes[0]!.reduce((sum, { e }) => sum + effortOf(e!), 0);
  return effort >= LEAST_EFFORT && effort >= LEAST_WIDTH * lengthOf(lanes[0]!);
}

/** So many operations of a lane follow each other, each of which takes what the one before it gives. */
function lengthOf(sets: readonly Stmt[]): number {
  const lengths = new Map<Variable, number>();
  const of = (node: Node): number => {
    if (node.op === Op.Get) return lengths.get(node.v!) ?? 0;
    return node.op === Op.Const ? 0 : 1 + Math.max(0, ...operands(node).map(of));
  };
  for (const { v, e } of sets) lengths.set(v!, of(e!));
  return Math.max(...lengths.values());
}

/** How many integers a loop hands from round to round: in the order of its text they are read, and assigned. */
function carried(body: Stmt[]): number {
  const read = new Set<Variable>();
  const assigned = new Set<Variable>();
  eachStatement(body, (stmt) => {
    statementReads(stmt, (v) => {
      if (v.type === I && !assigned.has(v)) read.add(v);
    });
    if (stmt.kind === S.Set && isPrinted(stmt)) assigned.add(stmt.v!);
  });
  let count = 0;
  for (const v of read) if (assigned.has(v)) count++;
  return count;
}

/** The groups of a list. */
function groupsOf(list: Stmt[]): Group[] {
  const groups: Builder[] = [];
  const printed = list.filter(
    (stmt) => stmt.kind !== S.Skip && (stmt.kind !== S.Set || isPrinted(stmt)),
  );
  let open: Builder | undefined;
  for (let i = 0; i + LANES <= printed.length; ) {
    const four = printed.slice(i, i + LANES);
    if (!four.every((stmt) => isMovable(stmt) && isAlike(four[0]!.e!, stmt.e!))) open = undefined;
    else if (open?.add(four) !== true) {
      open = new Builder(list);
      if (open.add(four)) groups.push(open);
      else open = undefined;
    }
    i += open === undefined ? 1 : LANES;
  }
  return groups;
}

class Builder implements Group {
  readonly lanes: Stmt[][] = [[], [], [], []];
  /** The lanes that read and that assign a variable, a bit each. */
  private readonly readers = new Map<Variable, number>();
  private readonly writers = new Map<Variable, number>();

  constructor(readonly list: Stmt[]) {}

  /** Adds an assignment for each lane; false where a lane would meet a variable that another assigns: nothing may be added then. */
  add(four: readonly Stmt[]): boolean {
    let apart = true;
    four.forEach(({ v, e }, lane) => {
      readsOf(e!, (read) => {
        if (!this.note(this.readers, read, lane)) apart = false;
      });
      if (!this.note(this.writers, v!, lane)) apart = false;
    });
    if (apart) for (const [lane, stmt] of four.entries()) this.lanes[lane]!.push(stmt);
    return apart;
  }

  /** Notes that a lane reads or assigns a variable. @returns is it read by all, or by one lane alone? */
  private note(by: Map<Variable, number>, v: Variable, lane: number): boolean {
    by.set(v, (by.get(v) ?? 0) | (1 << lane));
    const writers = this.writers.get(v) ?? 0;
    const lanes = writers | (this.readers.get(v) ?? 0);
    return writers === 0 || (lanes & (lanes - 1)) === 0;
  }
}
