/**
 * Guards for pointers. Gets statements whose addresses are in their places; where a variable is the base of enough
 * accesses, its index in elements of a typed array goes into a variable beside it, behind each assignment. A memory only
 * grows, so a test of alignment and bounds that is made where a pointer is assigned holds until the next one: accesses
 * need none of their own, and nothing is repeated in loops that do not change the pointer.
 */

import type { ModuleContext } from '../../context.js';
import { baseOf, elementsOf, isCertain, lowZeros } from '../analyses/elements.js';
import { ROUNDS, weightInside } from '../analyses/loop-weight.js';
import { markRanges } from '../analyses/ranges.js';
import { constant, shrS, shrU } from '../ir/int.js';
import {
  Guard,
  get,
  I,
  isPure,
  type Label,
  Node,
  Op,
  operands,
  replaceOperands,
  S,
  type Stmt,
  setStmt,
  Variable,
} from '../ir/ir.js';
import { ownReads } from '../ir/reads.js';
import { eachStatement, lists } from '../ir/traverse.js';
import { chooseArrays } from './chosen-arrays.js';
import { makeIndices } from './plain-indices.js';
import {
  type Assignment,
  isNear,
  type Plan,
  type Pointer,
  planSteps,
  sourceOf,
  type Use,
} from './pointer-steps.js';
import { sinkIndices } from './sink-indices.js';
import { splitIntegers } from './webs.js';

/** What the pass has to know beside the statements. */
export interface GuardContext {
  ctx: ModuleContext;
  params: readonly Variable[];
}

/** Loops around one another in which what is wanted at a head is found exactly. */
const DEEPEST = 4;

/**
 * About the nanoseconds that interpreters take: what a guard saves of a load, of one at an index, of a store, and what
 * it costs to test alignment, and bounds as well.
 */
const SAVED = { load: 3, indexed: 6, store: 7, plain: 1 } as const;
const COST = { aligned: 6, bounded: 11, plain: 3 } as const;

/** Is it a sum of which no part is constant: a place in an array, or in bytes that are copied? */
const isComputed = (value: Node | null): boolean =>
  (value?.op === Op.Add || value?.op === Op.Sub) && value.b!.op !== Op.Const;

/** The pointer that a statement stores through, if it does nothing else. */
const storedThrough = ({ kind, e }: Stmt): Variable | undefined =>
  kind === S.Expr && e!.op === Op.Store ? (baseOf(e!.a!)?.p.v ?? undefined) : undefined;

/** Finds stores that are among others of more than bytes through the same pointer. @param joined where they are put */
function joinBytes(statements: readonly Stmt[], joined: Set<Node>): void {
  for (let from = 0; from < statements.length; ) {
    const v = storedThrough(statements[from]!);
    let to = from + 1;
    if (v !== undefined) {
      while (to < statements.length && storedThrough(statements[to]!) === v) to++;
      const stores = statements.slice(from, to).map(({ e }) => e!);
      if (stores.some(({ name }) => name !== 'setInt8'))
        for (const node of stores) joined.add(node);
    }
    from = to;
  }
}

/** Finds what is accessed through each variable, and what each is assigned. */
function findPointers(
  body: Stmt[],
  variables: readonly Variable[],
  { ctx, params }: GuardContext,
): {
  pointers: Map<Variable, Pointer>;
  sets: Map<Variable, Assignment[]>;
  reads: Map<Variable, number>;
} {
  const pointers = new Map<Variable, Pointer>();
  const sets = new Map<Variable, Assignment[]>(
    params.map((v) => [v, [{ value: null, weight: 1 }]]),
  );
  const reads = new Map<Variable, number>();
  const access = (node: Node, weight: number): void => {
    const elements = elementsOf(ctx, node, node.name, node.n);
    if (elements === undefined || node.guard !== Guard.none) return;
    const { shift } = elements;
    const base = baseOf(node.a!);
    if (base === undefined) return;
    if (!ctx.uncheckedMemory && isCertain(ctx, node, node.n, shift)) return;
    const { p, constant } = base;
    const v = p.v!;
    const indexed = constant === undefined;
    if (indexed) {
      const { a, b } = node.a!;
      const bits = (a === p ? b! : a!).b!.n & 31;
      if (
        node.op === Op.Store ||
        ctx.uncheckedMemory ||
        shift === 0 ||
        node.n !== 0 ||
        bits < shift
      )
        return;
    } else if (constant % 2 ** shift !== 0) return;
    // Without checks an index that wraps would be another one; bytes are read without an index anyway.
    if (ctx.uncheckedMemory && (shift === 0 || node.n % 2 ** shift !== 0 || (constant ?? 0) < 0))
      return;
    if (shift === 0 && node.op === Op.Load) return;
    // What is taken off a pointer must not be given back by an offset, which never wraps.
    if (constant !== undefined && constant < 0 && node.n > 0) return;
    const found = pointers.get(v) ?? { memory: node.memory, uses: [], sets: [], guard: undefined };
    if (found.memory !== node.memory) return;
    const lone = shift === 0 && !joined.has(node) && lowZeros(get(v)) === 0;
    found.uses.push({
      node,
      shift,
      weight,
      indexed,
      added: constant ?? 0,
      again: v === before,
      lone,
    });
    pointers.set(v, found);
    readHere(v, lone ? loneIn : readIn);
  };
  /** The loops around the present statement, innermost last; by variable, those in which its index would be read, or one of bytes alone. */
  const around: Stmt[] = [];
  const readIn = new Map<Variable, Set<Stmt>>();
  const loneIn = new Map<Variable, Set<Stmt>>();
  const readHere = (v: Variable, where: Map<Variable, Set<Stmt>>): void => {
    if (around.length === 0) return;
    const known = where.get(v) ?? new Set();
    for (const loop of around) known.add(loop);
    where.set(v, known);
  };
  /** The pointer that the statement before stores through. */
  let before: Variable | undefined;
  /** Stores of bytes that stand among stores of words through the same pointer, whose test they share. */
  const joined = new Set<Node>();
  const visit = (node: Node, weight: number): void => {
    if (node.op === Op.Get) reads.set(node.v!, (reads.get(node.v!) ?? 0) + weight);
    if (node.op === Op.Load || node.op === Op.Store) access(node, weight);
    for (const part of operands(node)) visit(part, weight);
  };
  const list = (statements: Stmt[], weight: number): void => {
    joinBytes(statements, joined);
    for (const stmt of statements) {
      if (stmt.e !== null) visit(stmt.e, weight);
      if (stmt.values !== null) for (const node of stmt.values) visit(node, weight);
      if (stmt.kind === S.Set) {
        const set = { value: stmt.e!, weight, loops: [...around] };
        const known = sets.get(stmt.v!);
        if (known === undefined) sets.set(stmt.v!, [set]);
        else known.push(set);
        const from = sourceOf(stmt.e!);
        if (from !== undefined) readHere(from, readIn);
      }
      before = storedThrough(stmt);
      if (stmt.kind === S.Loop) around.push(stmt);
      for (const inner of lists(stmt)) list(inner, weightInside(stmt, inner, weight));
      if (stmt.kind === S.Loop) around.pop();
    }
  };
  list(body, 1);
  for (const v of variables)
    if (v.zeroed) sets.set(v, [{ value: constant(0), weight: 1 }, ...(sets.get(v) ?? [])]);
  for (const [v, pointer] of pointers) {
    pointer.sets = sets.get(v) ?? [];
    // Whoever gives places in structures gives aligned ones.
    const isBytes = pointer.sets.some(({ value }) => isComputed(value));
    if (!isBytes) for (const use of pointer.uses) use.lone = false;
    for (const set of pointer.sets) {
      set.ofBytes = foundAt(set, [readIn.get(v), loneIn.get(v)]);
      set.weight = isBytes ? foundAt(set, [readIn.get(v)]) : set.ofBytes;
    }
  }
  return { pointers, sets, reads };
}

/** How often an index is found, by weight: one that is read behind a loop alone, there (`sink-indices.ts`). @param readIn loops that read it */
function foundAt(
  { weight, loops = [] }: Assignment,
  readIn: readonly (ReadonlySet<Stmt> | undefined)[],
): number {
  let found = weight;
  for (const loop of [...loops].reverse()) {
    if (readIn.some((read) => read?.has(loop))) break;
    found /= ROUNDS;
  }
  return found;
}

/** The plan for a pointer by itself that saves most; undefined where none saves anything. */
function planOf({ uses, sets: assignments }: Pointer, unchecked: boolean): Plan | undefined {
  let best: Plan | undefined;
  const consider = (plan: Omit<Plan, 'gain'>, gain: number): void => {
    if (gain > (best?.gain ?? 0)) best = { ...plan, gain };
  };
  const sum = (list: Use[], of: (use: Use) => number): number =>
    list.reduce((total, use) => total + use.weight * of(use), 0);
  for (const unit of new Set(uses.map(({ shift }) => shift))) {
    const same = uses.filter(({ shift }) => shift === unit);
    const sets = assignments.reduce(
      (total, { weight, ofBytes = weight }) => total + (unit === 0 ? ofBytes : weight),
      0,
    );
    if (unchecked) {
      consider(
        { guard: Guard.unchecked, unit, uses: same },
        sum(same, () => SAVED.plain) - sets * COST.plain,
      );
      continue;
    }
    const loads = same.filter(({ node }) => node.op === Op.Load);
    if (unit > 0) {
      const gains = (list: Use[]): number =>
        sum(list, ({ indexed }) => (indexed ? SAVED.indexed : SAVED.load));
      // An index that is added may be negative, and so may the sum.
      const unsigned = loads.filter(({ added }) => added >= 0);
      consider(
        { guard: Guard.aligned, unit, uses: unsigned },
        gains(unsigned) - sets * COST.aligned,
      );
      const signed = loads.filter(({ node }) => node.n === 0);
      consider({ guard: Guard.signed, unit, uses: signed }, gains(signed) - sets * COST.aligned);
    }
    // What is as aligned as the unit says is aligned for smaller elements as well.
    const near = uses.filter(
      ({ node, shift, indexed, added, lone }) =>
        shift <= unit &&
        !(lone && unit > 0) &&
        (indexed ? shift === unit : isNear(added, node.n, shift)),
    );
    const saved = sum(near, ({ node, indexed, shift }) =>
      node.op === Op.Store
        ? SAVED.store
        : indexed
          ? SAVED.indexed
          : shift === unit
            ? SAVED.load
            : 1,
    );
    consider({ guard: Guard.bounded, unit, uses: near }, saved - sets * COST.bounded);
  }
  return best;
}

/** Takes out assignments of integers that nobody reads, as of zeros that locals begin with. */
function dropUnread(body: Stmt[]): void {
  const read = new Set<Variable>();
  eachStatement(body, (stmt) => ownReads(stmt, (v) => read.add(v)));
  eachStatement(body, (stmt) => {
    if (stmt.kind !== S.Set || stmt.v!.type !== I || read.has(stmt.v!)) return;
    if (isPure(stmt.e!.fx)) stmt.kind = S.Skip;
  });
}

/** The index that is kept of a pointer, its unit, and how aligned the pointer is. */
interface Replacement {
  index: Variable;
  unit: number;
  align: number;
}

/** Makes pointers of their indices wherever they are read. */
function replaceReads(body: Stmt[], replaced: ReadonlyMap<Variable, Replacement>): void {
  const made = (node: Node): Node => {
    const found = node.op === Op.Get ? replaced.get(node.v!) : undefined;
    if (found === undefined) {
      replaceOperands(node, made);
      return node;
    }
    const { index, unit, align } = found;
    const pointer = new Node(Op.PointerOf, I, get(index).fx, get(index), null, null, unit);
    pointer.align = align;
    return pointer;
  };
  eachStatement(body, (stmt) => {
    if (stmt.e !== null) stmt.e = made(stmt.e);
    if (stmt.values !== null) stmt.values = stmt.values.map(made);
  });
}

/** Puts guards beside the pointers for which they pay. Rewrites statements and variables in place. */
export function guardPointers(body: Stmt[], variables: Variable[], context: GuardContext): void {
  const { ctx, params } = context;
  splitIntegers(body, variables, 'pointer');
  dropUnread(body);
  markRanges(body, variables, ctx);
  makeIndices(body, variables, params, ctx);
  const { pointers, sets, reads } = findPointers(body, variables, context);
  for (const pointer of pointers.values()) pointer.guard = planOf(pointer, ctx.uncheckedMemory);
  if (!ctx.uncheckedMemory) {
    planSteps(pointers, sets, reads);
    chooseArrays(body, pointers, ctx);
  }
  const indices = new Map<Variable, Variable>();
  for (const [v, { guard }] of pointers) {
    if (guard === undefined) continue;
    const index = new Variable(`index${variables.length}`, I, false, false);
    index.needNumber = true;
    index.chosen = guard.chosen;
    variables.push(index);
    for (const { node } of guard.uses) {
      node.c = get(index);
      node.guard += guard.guard;
      node.unit = guard.unit;
    }
    indices.set(v, index);
  }
  if (indices.size === 0) return;
  /** The assignment of a pointer's index, behind that of the pointer: of a value, or of what is not known. */
  const indexSet = (v: Variable, value: Node | null): Stmt | undefined => {
    const index = indices.get(v);
    if (index === undefined) return undefined;
    const { guard, memory } = pointers.get(v)!;
    const step = value === null ? undefined : guard!.steps?.(value);
    if (step !== undefined) {
      const from = step.from === undefined ? undefined : indices.get(step.from)!;
      const { elements } = step;
      if (from === undefined) return setStmt(index, constant(elements));
      if (elements === 0) return setStmt(index, get(from));
      const sum = new Node(Op.IndexSum, I, get(from).fx, get(from), null, null, elements);
      return setStmt(index, sum);
    }
    if (guard!.alone === true) {
      const isSigned =
        guard!.guard === Guard.stepped && guard!.chosen === undefined && ctx.memory(memory).small;
      return setStmt(index, (isSigned ? shrS : shrU)(value!, constant(guard!.unit)));
    }
    const node = new Node(Op.PointerIndex, I, get(v).fx, get(v), null, null, guard!.unit);
    node.m = guard!.guard;
    node.memory = memory;
    return setStmt(index, node);
  };
  const fresh = new Set<Stmt>();
  const replaced = new Map<Variable, Replacement>();
  const insert = (list: Stmt[]): void => {
    const old = list.splice(0);
    for (const stmt of old) {
      for (const inner of lists(stmt)) insert(inner);
      const made = stmt.kind === S.Set ? indexSet(stmt.v!, stmt.e!) : undefined;
      const alone = made !== undefined && pointers.get(stmt.v!)!.guard!.alone === true;
      if (!alone) list.push(stmt);
      if (made === undefined) continue;
      if (!alone) fresh.add(made);
      list.push(made);
    }
  };
  insert(body);
  // What a variable has at entry: what it is given, or zero.
  const given = new Set(params);
  for (const v of [...indices.keys()].reverse()) {
    const made =
      given.has(v) || v.zeroed ? indexSet(v, given.has(v) ? null : constant(0)) : undefined;
    if (made === undefined) continue;
    fresh.add(made);
    body.unshift(made);
  }
  for (const [v, index] of indices) {
    const { alone, unit } = pointers.get(v)!.guard!;
    if (alone === true) replaced.set(v, { index, unit, align: lowZeros(get(v)) });
  }
  if (replaced.size > 0) replaceReads(body, replaced);
  new Wanted(fresh).list(body, new Set());
  sinkIndices(body, fresh);
}

/**
 * Takes out indices that nobody reads before the next assignment. At a label that has not been met, everything
 * counts as wanted.
 */
class Wanted {
  private readonly at = new Map<Label, Set<Variable>>();
  private readonly all = new Set<Variable>();
  /** Is this the last time that the statements are looked at? Loops around the present point. */
  private final = true;
  private depth = 0;

  constructor(private readonly fresh: Set<Stmt>) {
    for (const { v } of fresh) this.all.add(v!);
  }

  /** Turns what is wanted behind the statements into what is wanted before them. */
  list(body: Stmt[], behind: Set<Variable>): Set<Variable> {
    let live = behind;
    for (let i = body.length - 1; i >= 0; i--) live = this.statement(body[i]!, live);
    return live;
  }

  private statement(stmt: Stmt, behind: Set<Variable>): Set<Variable> {
    let live = new Set(behind);
    const join = (other: Iterable<Variable>): void => {
      for (const v of other) live.add(v);
    };
    switch (stmt.kind) {
      case S.Set:
        if (this.fresh.has(stmt)) {
          if (!live.delete(stmt.v!)) {
            if (this.final) stmt.kind = S.Skip;
            return live;
          }
        }
        break;
      case S.Block:
        this.at.set(stmt.label!, behind);
        return this.list(stmt.body!, behind);
      case S.Loop:
        return this.loop(stmt, behind);
      case S.If:
        live = this.list(stmt.body!, behind);
        live = new Set(live);
        join(this.list(stmt.alt!, behind));
        break;
      case S.Try:
        // The handler can be entered from anywhere.
        return new Set(this.all);
      case S.Br:
        live = new Set(this.at.get(stmt.label!) ?? this.all);
        break;
      case S.Switch: {
        let next = behind;
        for (const item of [...(stmt.cases ?? [])].reverse()) {
          next = this.list(item.body, next);
          this.at.set(item.label, next);
        }
        live = new Set();
        for (const label of stmt.targets!) join(this.at.get(label) ?? this.all);
        break;
      }
      case S.Return:
      case S.Trap:
      case S.TailCall:
      case S.Throw:
        live = new Set();
        break;
      default:
    }
    join(this.reads(stmt));
    return live;
  }

  /** A loop: what is wanted at its head is what its body wants, given that; found by repetition, if not too deep. */
  private loop({ label, body }: Stmt, behind: Set<Variable>): Set<Variable> {
    const { final } = this;
    let head = new Set<Variable>();
    if (++this.depth > DEEPEST) head = this.readIn(body!, behind);
    else {
      this.final = false;
      for (;;) {
        this.at.set(label!, head);
        const found = this.list(body!, behind);
        if ([...found].every((v) => head.has(v))) break;
        head = new Set([...head, ...found]);
      }
      this.final = final;
    }
    this.at.set(label!, head);
    const live = this.list(body!, behind);
    this.depth--;
    return live;
  }

  private reads(stmt: Stmt): Variable[] {
    const found: Variable[] = [];
    ownReads(stmt, (v) => {
      if (this.all.has(v)) found.push(v);
    });
    return found;
  }

  private readIn(body: Stmt[], behind: Set<Variable>): Set<Variable> {
    const found = new Set<Variable>(behind);
    eachStatement(body, (stmt) => {
      for (const v of this.reads(stmt)) found.add(v);
    });
    return found;
  }
}
