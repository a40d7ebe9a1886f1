/**
 * Which accesses are in bounds whatever happens: gets the statements of a function in which values are in their places,
 * marks loads and stores (`m` is 1) whose address is in the least size of their memory. Follows intervals of integers
 * from constants, masks and comparisons through the statements; loops that count by constants have a greatest number of
 * rounds, which bounds all that moves by constants in them. What is not known is left out, and a function that takes too
 * many steps is given up: nothing is marked then.
 */
import type { ModuleContext } from '../../context.js';
import { width } from '../ir/int.js';
import { I, type Label, type Node, Op, operands, S, type Stmt, type Variable } from '../ir/ir.js';
import { eachList, eachStatement, expressionsOf } from '../ir/traverse.js';

/** Signed integers, both included. */
interface Interval {
  lo: number;
  hi: number;
}

/** What is known of variables; undefined where control does not come. */
type Known = Map<Variable, Interval> | undefined;

const LEAST = -(2 ** 31);
const MOST = 2 ** 31 - 1;

/** Rounds of one loop that are looked at before what still grows is given up. */
const ROUNDS = 3;
/** Statements that are looked at, for each that a function has, and functions that are looked at at all. */
const EFFORT = 60;
const LARGEST = 4000;

const interval = (lo: number, hi: number): Interval | undefined =>
  lo >= LEAST && hi <= MOST ? { lo, hi } : undefined;

const join = (a: Interval, b: Interval): Interval => ({
  lo: Math.min(a.lo, b.lo),
  hi: Math.max(a.hi, b.hi),
});

/** What holds on both ways. */
function joinKnown(a: Known, b: Known): Known {
  if (a === undefined || b === undefined) return a ?? b;
  const both: Known = new Map();
  for (const [v, range] of a) {
    const other = b.get(v);
    if (other !== undefined) both.set(v, join(range, other));
  }
  return both;
}

/** The interval of 0 to the next power of two above n, exclusive. */
const below = (n: number): Interval => ({ lo: 0, hi: 2 ** (32 - Math.clz32(n)) - 1 });

/** The comparison that holds where the other does not. */
const OPPOSITE: Partial<Record<Op, Op>> = {
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

/** The comparison with its operands exchanged. */
const MIRRORED: Partial<Record<Op, Op>> = {
  [Op.Eq]: Op.Eq,
  [Op.Ne]: Op.Ne,
  [Op.LtS]: Op.GtS,
  [Op.GtS]: Op.LtS,
  [Op.LeS]: Op.GeS,
  [Op.GeS]: Op.LeS,
  [Op.LtU]: Op.GtU,
  [Op.GtU]: Op.LtU,
  [Op.LeU]: Op.GeU,
  [Op.GeU]: Op.LeU,
};

/** Marks the accesses that are in bounds. @param variables all of the function */
export function markBounds(body: Stmt[], variables: readonly Variable[], ctx: ModuleContext): void {
  let size = 0;
  let accesses = false;
  eachStatement(body, (stmt) => {
    size++;
    accesses ||= expressionsOf(stmt).some(({ fx }) => fx !== 0);
  });
  if (!accesses || size > LARGEST) return;
  const known: Known = new Map();
  for (const v of variables) if (v.zeroed && v.type === I) known.set(v, { lo: 0, hi: 0 });
  const ranges = new Ranges(size * EFFORT);
  ranges.list(body, known);
  if (ranges.left < 0) return;
  for (const [node, { range }] of ranges.addresses) {
    if (range === undefined) continue;
    const bytes = BYTES[node.name] ?? 8;
    if (range.lo >= 0 && range.hi + node.n + bytes <= ctx.memory(node.memory).least) node.m = 1;
  }
}

const BYTES: Readonly<Record<string, number>> = {
  getInt8: 1,
  getUint8: 1,
  setInt8: 1,
  getInt16: 2,
  getUint16: 2,
  setInt16: 2,
  getInt32: 4,
  setInt32: 4,
  getFloat32: 4,
  setFloat32: 4,
};

class Ranges {
  /**
   * What addresses can be, and the statement of each: found when they were looked at last, which is when all that is
   * known of loops holds.
   */
  readonly addresses = new Map<Node, { stmt: Stmt; range: Interval | undefined }>();
  /** What holds at branches to labels. */
  private readonly branches = new Map<Label, Known>();

  /** @param left statements that may be looked at */
  constructor(public left: number) {}

  /** What is known behind statements, given what is known before them. */
  list(body: readonly Stmt[], before: Known): Known {
    let known = before;
    for (const stmt of body) {
      if (known === undefined || --this.left < 0) return undefined;
      for (const node of expressionsOf(stmt)) this.visit(node, stmt, known);
      known = this.statement(stmt, known);
    }
    return known;
  }

  private statement(stmt: Stmt, known: Map<Variable, Interval>): Known {
    const { label, body } = stmt;
    switch (stmt.kind) {
      case S.Set: {
        const { v, e } = stmt;
        if (v!.type !== I) return known;
        const found = this.of(e!, known);
        if (found === undefined) known.delete(v!);
        else known.set(v!, found);
        return known;
      }
      case S.Block: {
        this.branches.set(label!, undefined);
        const end = this.list(body!, known);
        return joinKnown(end, this.branches.get(label!));
      }
      case S.Loop:
        return this.loop(stmt, known);
      case S.If: {
        const other = new Map(known);
        const then = this.list(body!, this.given(stmt.e!, true, known));
        return joinKnown(then, this.list(stmt.alt!, this.given(stmt.e!, false, other)));
      }
      case S.Br:
        this.branch(label!, known);
        return undefined;
      case S.Switch: {
        for (const target of stmt.targets!) this.branch(target, known);
        let end: Known;
        for (const item of stmt.cases ?? []) {
          const begin = joinKnown(end, this.branches.get(item.label));
          end = this.list(item.body, begin === undefined ? undefined : new Map(begin));
        }
        return end;
      }
      case S.Try: {
        // The handler is entered from anywhere.
        const handled = withoutAssigned(known, body!);
        return joinKnown(this.list(body!, known), this.list(stmt.alt!, handled));
      }
      case S.Return:
      case S.Trap:
      case S.TailCall:
      case S.Throw:
        return undefined;
      default:
        return known;
    }
  }

  private branch(label: Label, known: Map<Variable, Interval>): void {
    const before = this.branches.get(label);
    this.branches.set(label, before === undefined ? new Map(known) : joinKnown(before, known));
  }

  /** A loop: what moves by constants is bounded by its rounds, the rest is found by repetition. */
  private loop(loop: Stmt, before: Map<Variable, Interval>): Known {
    const { label, body } = loop;
    const counted = countedBy(loop, before);
    let head = new Map(before);
    for (const [v, range] of counted) head.set(v, range);
    for (let round = 1; ; round++) {
      this.branches.set(label!, undefined);
      const end = this.list(body!, new Map(head));
      const again = this.branches.get(label!);
      if (again === undefined || this.left < 0) return end;
      const next = new Map<Variable, Interval>();
      let grown = false;
      for (const [v, range] of head) {
        const other = counted.has(v) ? range : again.get(v);
        const both = other === undefined ? undefined : join(range, other);
        if (both !== undefined && both.lo === range.lo && both.hi === range.hi) next.set(v, range);
        else {
          grown = true;
          if (both !== undefined && round < ROUNDS) next.set(v, both);
        }
      }
      if (!grown) return end;
      head = next;
    }
  }

  /** Looks at the accesses in an expression of a statement. */
  private visit(node: Node, stmt: Stmt, known: Map<Variable, Interval>): void {
    if (node.fx === 0) return;
    if (node.op === Op.Load || node.op === Op.Store) {
      const before = this.addresses.get(node);
      // What stands at two places is not followed.
      const range =
        before === undefined || before.stmt === stmt ? this.of(node.a!, known) : undefined;
      this.addresses.set(node, { stmt: before?.stmt ?? stmt, range });
    }
    for (const part of operands(node)) this.visit(part, stmt, known);
  }

  /** What is known where a condition holds, or does not; changes what it gets. */
  private given(node: Node, holds: boolean, known: Map<Variable, Interval>): Known {
    const { op, a, b } = node;
    if (op === Op.Eqz) return this.given(a!, !holds, known);
    if (op === Op.LAnd || op === Op.LOr) {
      if ((op === Op.LAnd) !== holds) return known;
      const first = this.given(a!, holds, known);
      return first === undefined ? undefined : this.given(b!, holds, first);
    }
    if (op === Op.Get) {
      if (!holds) known.set(node.v!, { lo: 0, hi: 0 });
      return known;
    }
    const compared = holds ? op : OPPOSITE[op];
    if (compared === undefined || OPPOSITE[compared] === undefined) return known;
    this.compared(compared, a!, b!, known);
    this.compared(MIRRORED[compared]!, b!, a!, known);
    return known;
  }

  /** Narrows what is known of a variable that compares with something as said. */
  private compared(op: Op, x: Node, y: Node, known: Map<Variable, Interval>): void {
    const other = x.op === Op.Get ? this.of(y, known) : undefined;
    if (other === undefined) return;
    const v = x.v!;
    const { lo, hi } = known.get(v) ?? { lo: LEAST, hi: MOST };
    let [least, most] = [lo, hi];
    if (op === Op.Eq) [least, most] = [Math.max(lo, other.lo), Math.min(hi, other.hi)];
    else if (op === Op.LtS) most = Math.min(hi, other.hi - 1);
    else if (op === Op.LeS) most = Math.min(hi, other.hi);
    else if (op === Op.GtS) least = Math.max(lo, other.lo + 1);
    else if (op === Op.GeS) least = Math.max(lo, other.lo);
    else if ((op === Op.LtU || op === Op.LeU) && other.lo >= 0) {
      least = Math.max(lo, 0);
      most = Math.min(hi < 0 ? MOST : hi, other.hi - (op === Op.LtU ? 1 : 0));
    } else return;
    // What cannot be is not looked into: control does not come here, and anything holds.
    if (least > most || (least === LEAST && most === MOST)) return;
    known.set(v, { lo: least, hi: most });
  }

  /** What an integer can be; undefined where that is not known. */
  private of(node: Node, known: Map<Variable, Interval>): Interval | undefined {
    const { op, a, b } = node;
    switch (op) {
      case Op.Const:
        return { lo: node.n, hi: node.n };
      case Op.Get:
        return known.get(node.v!);
      case Op.Select: {
        const [x, y] = [this.of(a!, known), this.of(b!, known)];
        return x === undefined || y === undefined ? undefined : join(x, y);
      }
      case Op.Extend8:
        return { lo: -128, hi: 127 };
      case Op.Extend16:
        return { lo: -32768, hi: 32767 };
      case Op.Load:
        if (node.name === 'getInt8') return { lo: -128, hi: 127 };
        if (node.name === 'getInt16') return { lo: -32768, hi: 32767 };
        break;
      default:
        if (a !== null && b !== null && op >= Op.Add && op <= Op.RemU) {
          const found = binary(op, this.of(a, known), this.of(b, known));
          if (found !== undefined) return found;
        }
    }
    const bits = node.type === I ? width(node) : 32;
    return bits < 32 ? { lo: 0, hi: 2 ** bits - 1 } : undefined;
  }
}

/** What an operation gives of what its operands can be. */
function binary(op: Op, x: Interval | undefined, y: Interval | undefined): Interval | undefined {
  if (op === Op.And) {
    const most = [x, y].filter((range) => range !== undefined && range.lo >= 0);
    if (most.length === 0) return undefined;
    return { lo: 0, hi: Math.min(...most.map((range) => range!.hi)) };
  }
  if (y === undefined) return undefined;
  const isExact = y.lo === y.hi;
  if (op === Op.RemU && isExact && y.lo > 0)
    return { lo: 0, hi: x !== undefined && x.lo >= 0 ? Math.min(x.hi, y.lo - 1) : y.lo - 1 };
  if (op === Op.ShrU && isExact && (x === undefined || x.lo < 0))
    return (y.lo & 31) > 0 ? { lo: 0, hi: 2 ** (32 - (y.lo & 31)) - 1 } : undefined;
  if (x === undefined) return undefined;
  switch (op) {
    case Op.Add:
      return interval(x.lo + y.lo, x.hi + y.hi);
    case Op.Sub:
      return interval(x.lo - y.hi, x.hi - y.lo);
    case Op.Mul: {
      const products = [x.lo * y.lo, x.lo * y.hi, x.hi * y.lo, x.hi * y.hi];
      return interval(Math.min(...products), Math.max(...products));
    }
    case Op.Or:
    case Op.Xor:
      return x.lo >= 0 && y.lo >= 0 ? below(x.hi | y.hi) : undefined;
    case Op.Shl: {
      const factor = 2 ** (y.lo & 31);
      return isExact ? interval(x.lo * factor, x.hi * factor) : undefined;
    }
    case Op.ShrS:
    case Op.ShrU:
      return isExact ? { lo: x.lo >> (y.lo & 31), hi: x.hi >> (y.lo & 31) } : undefined;
    case Op.DivS:
    case Op.DivU:
      if (!isExact || y.lo <= 0 || x.lo < 0) return undefined;
      return { lo: Math.floor(x.lo / y.lo), hi: Math.floor(x.hi / y.lo) };
    case Op.RemS:
      return isExact && y.lo > 0 && x.lo >= 0 ? { lo: 0, hi: Math.min(x.hi, y.lo - 1) } : undefined;
    default:
      return undefined;
  }
}

/** What is known without the variables that statements assign. */
function withoutAssigned(known: Map<Variable, Interval>, body: readonly Stmt[]): Known {
  const left = new Map(known);
  eachStatement([...body], ({ kind, v }) => {
    if (kind === S.Set) left.delete(v!);
  });
  return left;
}

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
    for (const { kind, v, e } of this.always) {
      if (kind !== S.Set || this.counts.get(v!) !== 1) continue;
      const sum = sumOf(e!);
      if (sum !== undefined) known.set(v!, sum.v);
      else if (e!.op === Op.Get && known.get(e!.v!) === v) this.nexts.set(e!.v!, v!);
    }
  }

  /** The constant that an assignment moves its own variable by; undefined where it does something else. */
  private stepOf({ v, e }: Stmt): number | undefined {
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
function countedBy(loop: Stmt, before: ReadonlyMap<Variable, Interval>): Map<Variable, Interval> {
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
