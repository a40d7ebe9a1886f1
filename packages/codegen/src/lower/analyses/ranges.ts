/**
 * Which accesses are in bounds whatever happens, and which sums do not wrap: gets the statements of a function in which
 * values are in their places, marks loads and stores (`m` is 1) whose address is in the least size of their memory, and
 * integers by what is certain of them (`Certain`). Follows intervals of integers from constants, masks and comparisons through
 * the statements; loops that count by constants have a greatest number of rounds, which bounds all that moves by constants
 * in them. What is not known is left out, and a function that takes too many steps is given up: nothing is marked then.
 */
import type { ModuleContext } from '../../context.js';
import { constant, width } from '../ir/int.js';
import { Certain, I, type Label, type Node, Op, S, type Stmt, type Variable } from '../ir/ir.js';
import { eachStatement, expressionsOf } from '../ir/traverse.js';
import { countedBy, type Interval, interval, LEAST, MOST, OPPOSITE } from './rounds.js';

/** What is known of variables; undefined where control does not come. */
type Known = Map<Variable, Interval> | undefined;

const ANY: Interval = { lo: LEAST, hi: MOST };
/** Numbers tell integers up to this one exactly. */
const EXACT = 2 ** 53;

/** Rounds of one loop that are looked at before what still grows is given up. */
const ROUNDS = 3;
/** Statements that are looked at, for each that a function has, and functions that are looked at at all. */
const EFFORT = 60;
const LARGEST = 4000;

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

/** An interval that grows from round to round, up to what a comparison with anything leaves a step of room to. */
const widened = (before: Interval, { lo, hi }: Interval): Interval => ({
  lo: lo === before.lo ? lo : Math.min(lo, lo >= 0 ? 0 : LEAST + 1),
  hi: hi === before.hi ? hi : Math.max(hi, MOST - 1),
});

/** The interval of 0 to the next power of two above n, exclusive. */
const below = (n: number): Interval => ({ lo: 0, hi: 2 ** (32 - Math.clz32(n)) - 1 });

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

/**
 * Marks the accesses that are in bounds, unless nothing is checked, and the integers of which something is certain.
 * @param variables all of the function
 */
export function markRanges(body: Stmt[], variables: readonly Variable[], ctx: ModuleContext): void {
  let size = 0;
  eachStatement(body, () => {
    size++;
  });
  if (size > LARGEST) return;
  const known: Known = new Map();
  for (const v of variables) if (v.zeroed && v.type === I) known.set(v, { lo: 0, hi: 0 });
  const ranges = new Ranges(size * EFFORT);
  ranges.list(body, known);
  if (ranges.left < 0) return;
  for (const [node, { stmt, range, small }] of ranges.found) {
    if (stmt === undefined || range === undefined) continue;
    if (node.op !== Op.Load && node.op !== Op.Store)
      node.m |= (small ? Certain.small : 0) | (range.lo >= 0 ? Certain.positive : 0);
    else if (!ctx.uncheckedMemory) {
      const bytes = BYTES[node.name] ?? 8;
      if (range.lo >= 0 && range.hi + node.n + bytes <= ctx.memory(node.memory).least) node.m = 1;
    }
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
   * What addresses and integers can be, and the statement of each, undefined where it stands in several: found when they
   * were looked at last, which is when all that is known of loops holds. Is an integer the number that its operation gives?
   */
  readonly found = new Map<
    Node,
    { stmt: Stmt | undefined; range: Interval | undefined; small: boolean }
  >();
  /** What holds at branches to labels. */
  private readonly branches = new Map<Label, Known>();

  /** @param left statements that may be looked at */
  constructor(public left: number) {}

  /** What is known behind statements, given what is known before them. */
  list(body: readonly Stmt[], before: Known): Known {
    let known = before;
    for (const stmt of body) {
      if (known === undefined || --this.left < 0) return undefined;
      for (const node of expressionsOf(stmt)) this.of(node, known, stmt);
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
          if (both !== undefined && round < ROUNDS)
            next.set(v, round === 1 ? both : widened(range, both));
        }
      }
      if (!grown) return end;
      head = next;
    }
  }

  /** Notes what a part of a statement can be. */
  private note(node: Node, stmt: Stmt, range: Interval | undefined, small = false): void {
    const before = this.found.get(node);
    if (before === undefined) this.found.set(node, { stmt, range, small });
    else {
      if (before.stmt !== stmt) before.stmt = undefined;
      before.range = range;
      before.small = small;
    }
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
      this.compared(holds ? Op.Ne : Op.Eq, node, constant(0), known);
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
    if (x.op !== Op.Get || x.type !== I) return;
    const other = this.of(y, known) ?? ANY;
    const v = x.v!;
    const { lo, hi } = known.get(v) ?? ANY;
    let [least, most] = [lo, hi];
    if (op === Op.Ne) {
      if (other.lo === other.hi && lo === other.lo) least++;
      else if (other.lo === other.hi && hi === other.lo) most--;
    } else if (op === Op.Eq) [least, most] = [Math.max(lo, other.lo), Math.min(hi, other.hi)];
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

  /**
   * What an expression can be; undefined where that is not known, and for what is no integer.
   * @param stmt the statement that it stands in, whose parts are noted
   */
  private of(node: Node, known: Map<Variable, Interval>, stmt?: Stmt): Interval | undefined {
    const { op } = node;
    const part = (operand: Node | null): Interval | undefined =>
      operand === null ? undefined : this.of(operand, known, stmt);
    if (node.list !== null && stmt !== undefined) for (const item of node.list) part(item);
    const a = part(node.a);
    const b = part(node.b);
    if (stmt !== undefined) {
      part(node.c);
      if (op === Op.Load || op === Op.Store) this.note(node, stmt, a);
    }
    if (node.type !== I) return undefined;
    const range = this.rangeOf(node, a, b, known);
    if (stmt !== undefined && (op === Op.Get || op === Op.Add || op === Op.Sub || op === Op.Mul))
      this.note(node, stmt, range ?? ANY, isSmall(node, a, b, range));
    return range;
  }

  /** What an integer can be, given what its operands can be. */
  private rangeOf(
    node: Node,
    a: Interval | undefined,
    b: Interval | undefined,
    known: Map<Variable, Interval>,
  ): Interval | undefined {
    const { op } = node;
    switch (op) {
      case Op.Const:
        return { lo: node.n, hi: node.n };
      case Op.Get:
        return known.get(node.v!);
      case Op.Select:
        return a === undefined || b === undefined ? undefined : join(a, b);
      case Op.Extend8:
        return { lo: -128, hi: 127 };
      case Op.Extend16:
        return { lo: -32768, hi: 32767 };
      case Op.Load:
        if (node.name === 'getInt8') return { lo: -128, hi: 127 };
        if (node.name === 'getInt16') return { lo: -32768, hi: 32767 };
        break;
      default:
        if (op >= Op.Add && op <= Op.RemU) {
          const found = binary(op, a, b);
          if (found !== undefined) return found;
        }
    }
    const bits = width(node);
    return bits < 32 ? { lo: 0, hi: 2 ** bits - 1 } : undefined;
  }
}

/**
 * Is a sum or product the number that the operation gives, or for a product at least one that is exact and no negative
 * zero, so that a conversion makes it the word?
 */
function isSmall(
  { op }: Node,
  a: Interval | undefined,
  b: Interval | undefined,
  range: Interval | undefined,
): boolean {
  if (op === Op.Add || op === Op.Sub) return range !== undefined;
  if (op !== Op.Mul) return false;
  const magnitude = ({ lo, hi }: Interval): number => Math.max(-lo, hi);
  return magnitude(a ?? ANY) * magnitude(b ?? ANY) < EXACT;
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
