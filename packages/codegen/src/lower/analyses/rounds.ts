/**
 * How often loops run that count by constants. Gets a loop and what is known before it, gives intervals of what the loop moves
 * by constants, at its head. Keeps: what is not bounded by a comparison at the end of a round is left out.
 */
import { I, type Node, Op, S, type Stmt, type Variable } from '../ir/ir.js';
import { eachList, eachStatement } from '../ir/traverse.js';

/** Signed integers, both included. */
export interface Interval {
  lo: number;
  hi: number;
}

/** The least and the greatest signed integer. */
export const LEAST = -(2 ** 31);
export const MOST = 2 ** 31 - 1;
/** An interval, unless it leaves what signed integers are. */
export const interval = (lo: number, hi: number): Interval | undefined =>
  lo >= LEAST && hi <= MOST ? { lo, hi } : undefined;

/** The comparison that holds where the other does not. */
export const OPPOSITE: Partial<Record<Op, Op>> = {
  [Op.Eq]: Op.Ne,
  [Op.Ne]: Op.Eq,
  [Op.LtS]: Op.GeS,
  [Op.GeS]: Op.LtS,
  [Op.LeS]: Op.GtS,
  [Op.GtS]: Op.LeS,
  [Op.LtU]: Op.GeU,
  [Op.GeU]: Op.LtU,
  [Op.LeU]: Op.GtU,
  [Op.GtU]: Op.LeU,
};

/** The variable and the constant whose sum a value is; undefined where it is something else. */
function sumOf({ op, a, b }: Node): { v: Variable; n: number } | undefined {
  if ((op !== Op.Add && op !== Op.Sub) || a!.op !== Op.Get || b!.op !== Op.Const) return undefined;
  return { v: a!.v!, n: op === Op.Add ? b!.n : -b!.n };
}

/** How variables move in a round of a loop: at most up and at most down; undefined where not by constants alone. */
type Moves = Map<Variable, { up: number; down: number } | undefined>;

/** A loop, and what is found out about one round of it. */
class Round {
  readonly moves: Moves = new Map();
  /** `next=v+1; …; v=next`: by the variable that has the next value, that which gets it. */
  private readonly nexts = new Map<Variable, Variable>();
  /** `last=v; …; v=last+1`: by the assignment of the variable, the constant. */
  private readonly steps = new Map<Stmt, number>();
  /** Statements that each whole round runs once. */
  private readonly always: Stmt[] = [];
  private readonly counts = new Map<Variable, number>();

  constructor({ body }: Stmt) {
    for (const stmt of body!) this.begin(stmt);
    eachStatement(body!, ({ kind, v }) => {
      if (kind === S.Set) this.counts.set(v!, (this.counts.get(v!) ?? 0) + 1);
    });
    this.findNexts();
    this.collect(body!, false);
  }

  /** A statement of the loop's own, or how a block begins: up to what may leave it. */
  private begin(stmt: Stmt): boolean {
    if (stmt.kind === S.Block) return stmt.body!.every((inner) => this.begin(inner));
    this.always.push(stmt);
    return stmt.kind === S.Set || stmt.kind === S.Expr || stmt.kind === S.Skip;
  }

  /** Assignments that each round makes once. */
  private own(v: Variable): Stmt[] {
    return this.always.filter((stmt) => stmt.kind === S.Set && stmt.v === v);
  }

  private findNexts(): void {
    const known = new Map<Variable, Variable>();
    const copies = new Map<Variable, Variable>();
    for (const stmt of this.always) {
      const { kind, v, e } = stmt;
      if (kind !== S.Set || this.counts.get(v!) !== 1) continue;
      const sum = sumOf(e!);
      if (sum !== undefined) {
        known.set(v!, sum.v);
        if (copies.get(sum.v) === v) this.steps.set(stmt, sum.n);
      } else if (e!.op === Op.Get) {
        if (known.get(e!.v!) === v) this.nexts.set(e!.v!, v!);
        copies.set(v!, e!.v!);
      }
    }
  }

  /** The constant that an assignment moves its own variable by; undefined where it does something else. */
  private stepOf(stmt: Stmt): number | undefined {
    const known = this.steps.get(stmt);
    if (known !== undefined) return known;
    const { v, e } = stmt;
    const sum = sumOf(e!);
    if (sum?.v === v) return sum?.n;
    const next = e!.op === Op.Get && this.nexts.get(e!.v!) === v ? e!.v! : undefined;
    return next === undefined ? undefined : sumOf(this.own(next)[0]!.e!)!.n;
  }

  private collect(list: readonly Stmt[], inLoop: boolean): void {
    for (const stmt of list) {
      if (stmt.kind === S.Set && stmt.v!.type === I) this.move(stmt, inLoop);
      const inner = inLoop || stmt.kind === S.Loop;
      eachList(stmt, (inside) => this.collect(inside, inner));
    }
  }

  private move(stmt: Stmt, inLoop: boolean): void {
    const v = stmt.v!;
    const step = inLoop ? undefined : this.stepOf(stmt);
    const moved = this.moves.has(v) ? this.moves.get(v) : { up: 0, down: 0 };
    const next = { up: Math.max(step ?? 0, 0), down: Math.min(step ?? 0, 0) };
    this.moves.set(
      v,
      step === undefined || moved === undefined
        ? undefined
        : { up: moved.up + next.up, down: moved.down + next.down },
    );
  }

  /**
   * The variable that is compared at the end of a round when it has its next value, and the constant that it moves by: it is
   * assigned once, at the loop's own level.
   */
  counter(compared: Variable): { v: Variable; step: number } | undefined {
    const v = this.nexts.get(compared) ?? compared;
    const [set, ...others] = this.own(v);
    if (set === undefined || others.length > 0 || this.counts.get(v) !== 1) return undefined;
    const step = this.stepOf(set);
    return step === undefined || step === 0 ? undefined : { v, step };
  }
}

/**
 * What variables can be at the head of a loop that runs a bounded number of rounds: those that the loop moves by constants
 * alone, outside of loops in it.
 */
export function countedBy(
  loop: Stmt,
  before: ReadonlyMap<Variable, Interval>,
): Map<Variable, Interval> {
  const found = new Map<Variable, Interval>();
  const last = lastOf(loop);
  if (last === undefined || branchesTo(loop) !== 1) return found;
  const round = new Round(loop);
  const rounds = roundsOf(last.e!, round, before);
  if (rounds === undefined) return found;
  const more = rounds - 1;
  for (const [v, moved] of round.moves) {
    const first = before.get(v);
    if (moved === undefined || first === undefined) continue;
    const range = interval(first.lo + moved.down * more, first.hi + moved.up * more);
    if (range !== undefined) found.set(v, range);
  }
  return found;
}

/** The statement at the end of a loop that starts it again if a condition holds. */
function lastOf({ label, body }: Stmt): Stmt | undefined {
  const last = body!.filter(({ kind }) => kind !== S.Skip).at(-1);
  if (last?.kind !== S.If) return undefined;
  const then = last.body!.filter(({ kind }) => kind !== S.Skip);
  const other = last.alt!.filter(({ kind }) => kind !== S.Skip);
  const again = then.length === 1 && then[0]!.kind === S.Br && then[0]!.label === label;
  return again && other.length === 0 ? last : undefined;
}

function branchesTo({ label, body }: Stmt): number {
  let count = 0;
  eachStatement(body!, (stmt) => {
    if (stmt.kind === S.Br && stmt.label === label) count++;
    for (const target of stmt.targets ?? []) if (target === label) count++;
  });
  return count;
}

/** So many rounds a loop runs at most, told by the variable in its last condition. */
function roundsOf(
  condition: Node,
  round: Round,
  before: ReadonlyMap<Variable, Interval>,
): number | undefined {
  const negated = condition.op === Op.Eqz;
  const test = negated ? condition.a! : condition;
  const isPlain = test.op === Op.Get;
  const place = isPlain ? test : test.a;
  const compared = isPlain ? (negated ? Op.Eq : Op.Ne) : negated ? OPPOSITE[test.op] : test.op;
  if (compared === undefined || place?.op !== Op.Get) return undefined;
  if (!isPlain && test.b?.op !== Op.Const) return undefined;
  const end = isPlain ? 0 : test.b!.n;
  const counter = round.counter(place.v!);
  const first = counter === undefined ? undefined : before.get(counter.v);
  if (first === undefined) return undefined;
  const { step } = counter!;
  const way = step > 0 ? end - first.lo : first.hi - end;
  const size = Math.abs(step);
  // The first step must not wrap either.
  if (first.hi + size > MOST || first.lo - size < LEAST) return undefined;
  switch (compared) {
    case Op.Ne:
      return first.lo === first.hi && way > 0 && way % size === 0 ? way / size : undefined;
    case Op.LtU:
    case Op.LeU:
      if (step < 0 || first.lo < 0 || end < 0) return undefined;
      return roundsBelow(way, size, compared === Op.LeU, end);
    case Op.LtS:
    case Op.LeS:
      return step > 0 ? roundsBelow(way, size, compared === Op.LeS, end) : undefined;
    case Op.GtS:
    case Op.GeS:
      return step < 0 ? roundsBelow(way, size, compared === Op.GeS, -end) : undefined;
    default:
      return undefined;
  }
}

/** Rounds of a loop that goes on while it is below its end, or there; undefined where it could wrap. */
function roundsBelow(way: number, size: number, there: boolean, end: number): number | undefined {
  if (end + size > MOST) return undefined;
  return Math.max(1, there ? Math.floor(way / size) + 1 : Math.ceil(way / size));
}
