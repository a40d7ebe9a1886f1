/**
 * Pointers that become indices. Gets statements whose addresses are in their places, with what is certain of integers; where
 * a variable is only an address, of accesses that take no test, it holds the index of its element instead:
 * `l=l+1024|0;…V[l>>2]` is `l+=256;…V[l]`. Keeps: the variable is a multiple of the element's size wherever that tells, and its
 * sums do not wrap, so an index is the address divided, exactly. Without checks that is taken to hold of what is accessed.
 */

import type { ModuleContext } from '../../context.js';
import { baseOf, elementsOf, lowZeros, needsView } from '../analyses/elements.js';
import { weightInside } from '../analyses/loop-weight.js';
import { constant, shrS } from '../ir/int.js';
import {
  Certain,
  Guard,
  get,
  I,
  Node,
  Op,
  operands,
  S,
  type Stmt,
  type Variable,
} from '../ir/ir.js';
import { lists } from '../ir/traverse.js';

/** Elements that a step adds at most where nothing says that it does not wrap. */
const LONGEST = 1024;

/** What is known of a variable that may be an index. */
interface Candidate {
  /** The logarithm of its elements' size; undefined as long as no access tells. */
  unit: number | undefined;
  accesses: Node[];
  /** Comparisons with constants. */
  compared: Node[];
  sets: { stmt: Stmt; weight: number }[];
  /** Reads at all, and those that an index serves: accesses, comparisons, assignments of others. */
  reads: number;
  served: number;
  /** Rounds of accesses, by which they count. */
  weight: number;
}

/** A value that follows a variable by a constant; undefined where it is something else. */
function stepOf({ op, a, b, v }: Node): { from: Variable; bytes: number } | undefined {
  if (op === Op.Get) return { from: v!, bytes: 0 };
  if ((op !== Op.Add && op !== Op.Sub) || a!.op !== Op.Get || b!.op !== Op.Const) return undefined;
  return { from: a!.v!, bytes: op === Op.Add ? b!.n : -b!.n };
}

const COMPARISONS = new Set<Op>([Op.Eq, Op.Ne, Op.LtS, Op.LeS, Op.GtS, Op.GeS]);

/** Is a float read or written as number alone? */
const isWhole = ({ op, type, mode }: Node): boolean => op === Op.Store || type === I || mode === 1;

class Search {
  private readonly candidates = new Map<Variable, Candidate>();

  constructor(
    private readonly ctx: ModuleContext,
    params: readonly Variable[],
    variables: readonly Variable[],
  ) {
    const given = new Set(params);
    for (const v of variables)
      if (v.type === I && !given.has(v))
        this.candidates.set(v, {
          unit: undefined,
          accesses: [],
          compared: [],
          sets: [],
          reads: 0,
          served: 0,
          weight: 0,
        });
  }

  /** Looks at statements. */
  list(body: readonly Stmt[], weight: number): void {
    for (const stmt of body) {
      if (stmt.kind === S.Set) this.candidates.get(stmt.v!)?.sets.push({ stmt, weight });
      if (stmt.e !== null) this.visit(stmt.e, weight);
      if (stmt.kind === S.If) this.condition(stmt.e!);
      if (stmt.values !== null) for (const node of stmt.values) this.visit(node, weight);
      for (const inner of lists(stmt)) this.list(inner, weightInside(stmt, inner, weight));
    }
  }

  private visit(node: Node, weight: number): void {
    const { op } = node;
    if (op === Op.Get) {
      const read = this.candidates.get(node.v!);
      if (read !== undefined) read.reads++;
      return;
    }
    if (op === Op.Load || op === Op.Store) this.access(node, weight);
    for (const part of operands(node)) this.visit(part, weight);
  }

  private access(node: Node, weight: number): void {
    const { ctx } = this;
    const base = baseOf(node.a!);
    const found = base === undefined ? undefined : this.candidates.get(base.p.v!);
    const elements = elementsOf(ctx, node, node.name, node.n);
    if (found === undefined || elements === undefined || base!.constant === undefined) return;
    const { shift } = elements;
    const added = base!.constant + node.n;
    const isPlain = ctx.uncheckedMemory ? base!.constant >= 0 : node.m === 1;
    if (shift === 0 || added % 2 ** shift !== 0 || !isPlain || !isWhole(node)) return;
    if (!ctx.memory(node.memory).small || needsView(ctx, node)) return;
    if ((found.unit ?? shift) !== shift) return;
    found.unit = shift;
    found.accesses.push(node);
    found.served++;
    found.weight += weight;
  }

  /** What a condition compares. */
  private condition(node: Node): void {
    if (node.op === Op.Eqz) this.condition(node.a!);
    const place = node.op === Op.Get ? node : COMPARISONS.has(node.op) ? node.a! : undefined;
    if (place?.op !== Op.Get || (place !== node && node.b!.op !== Op.Const)) return;
    const found = this.candidates.get(place.v!);
    if (found === undefined) return;
    found.compared.push(node);
    found.served++;
  }

  /** The variables that become indices. */
  settle(): Map<Variable, Candidate> {
    const { candidates } = this;
    this.spread();
    for (const [v, found] of candidates) if (found.unit === undefined) candidates.delete(v);
    for (let settled = false; !settled; ) {
      settled = true;
      const copied = this.copied();
      for (const [v, found] of candidates) {
        if (found.served + (copied.get(v) ?? 0) === found.reads && this.isIndex(v, found)) continue;
        candidates.delete(v);
        settled = false;
      }
    }
    return candidates;
  }

  /** What leads from one variable to another has one unit. */
  private spread(): void {
    for (let settled = false; !settled; ) {
      settled = true;
      for (const [v, found] of this.candidates)
        for (const { stmt } of found.sets) {
          const from = stepOf(stmt.e!)?.from;
          const other = from === undefined ? undefined : this.candidates.get(from);
          if (other === undefined || from === v) continue;
          if (other.unit === undefined && found.unit !== undefined) other.unit = found.unit;
          else if (found.unit === undefined && other.unit !== undefined) found.unit = other.unit;
          else continue;
          settled = false;
        }
    }
  }

  /** So often each variable is read by steps to others that are indices. */
  private copied(): Map<Variable, number> {
    const counts = new Map<Variable, number>();
    for (const [v, { sets }] of this.candidates)
      for (const { stmt } of sets) {
        const step = this.step(v, stmt.e!);
        if (step !== undefined) counts.set(step.from, (counts.get(step.from) ?? 0) + 1);
      }
    return counts;
  }

  /** How the index of a value follows another. */
  step(v: Variable, value: Node): { from: Variable; elements: number } | undefined {
    const step = stepOf(value);
    const unit = this.candidates.get(v)?.unit;
    if (step === undefined || unit === undefined) return undefined;
    if (this.candidates.get(step.from)?.unit !== unit) return undefined;
    const elements = step.bytes / 2 ** unit;
    if (!Number.isInteger(elements)) return undefined;
    const isSafe = this.ctx.uncheckedMemory
      ? Math.abs(elements) <= LONGEST
      : value.op === Op.Get || (value.m & Certain.small) !== 0;
    return isSafe ? { from: step.from, elements } : undefined;
  }

  private isIndex(v: Variable, { unit, sets, compared, weight }: Candidate): boolean {
    const size = 2 ** unit!;
    let paid = 0;
    for (const { stmt, weight: often } of sets) {
      const { op, n } = stmt.e!;
      if (op === Op.Const && n % size !== 0) return false;
      if (op !== Op.Const && this.step(v, stmt.e!) === undefined) paid += often;
    }
    if (compared.some(({ op, b }) => op !== Op.Get && b !== null && b.n % size !== 0)) return false;
    const isMultiple = (): boolean => lowZeros(get(v)) >= unit!;
    if ((!this.ctx.uncheckedMemory || compared.length > 0) && !isMultiple()) return false;
    return weight >= paid;
  }
}

/**
 * Makes indices of pointers where that pays. Rewrites statements in place.
 * @param params variables that come from outside, which stay what they are
 */
export function makeIndices(
  body: Stmt[],
  variables: readonly Variable[],
  params: readonly Variable[],
  ctx: ModuleContext,
): void {
  const search = new Search(ctx, params, variables);
  search.list(body, 1);
  const found = search.settle();
  // All that is asked of addresses is asked before the first is changed.
  const values: [Stmt, Node][] = [];
  for (const [v, { unit, sets }] of found)
    for (const { stmt } of sets) {
      const step = search.step(v, stmt.e!);
      values.push([stmt, step === undefined ? scaled(stmt.e!, unit!) : moved(step)]);
    }
  const done = new Set<Node>();
  for (const [v, { unit, accesses, compared }] of found) {
    for (const node of accesses) {
      node.c = get(v);
      node.guard = Guard.unchecked;
      node.unit = unit!;
    }
    for (const node of compared) {
      if (node.b === null || done.has(node)) continue;
      done.add(node);
      node.b = constant(node.b.n / 2 ** unit!);
    }
  }
  for (const [stmt, value] of values) stmt.e = value;
}

/** The index of an address. */
const scaled = (value: Node, unit: number): Node =>
  value.op === Op.Const ? constant(value.n >> unit) : shrS(value, constant(unit));

/** An index that follows another. */
function moved({ from, elements }: { from: Variable; elements: number }): Node {
  const start = get(from);
  return elements === 0 ? start : new Node(Op.IndexSum, I, start.fx, start, null, null, elements);
}
