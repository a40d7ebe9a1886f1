/**
 * Chooses for each variable that holds a word of bytes or halves in which form it is kept: as the word, or each of
 * its lanes as a number in a variable of its own (`ir/lane-numbers.ts`). Fixed-point arithmetic, which widens bytes,
 * multiplies and narrows again, is shorter lane by lane; what adds or compares bytes is shorter within words.
 *
 * Gets a function whose operations on lanes are single nodes (`Op.Lane`) and leaves none: each is calculated in
 * the form that it is asked for. Variables that are copied into each other have one form. It is found by trying: what
 * is emitted for the statements that touch a variable is made for each of its forms, and counted.
 */
import { disjoint, type Field, masked, slice, wordOfFields } from '../ir/bit-fields.js';
import { constant, isAtom, rebuild, shrU } from '../ir/int.js';
import { get, I, Node, Op, S, type Stmt, setStmt, Variable } from '../ir/ir.js';
import { noteLaneBounds } from '../ir/lane-bounds.js';
import {
  fitsSigned,
  fitsUnsigned,
  GREATEST,
  joinLanes,
  type LaneNumber,
  LEAST,
  laneNumber,
  laneOfLoad,
  signedLane,
  unsignedLane,
} from '../ir/lane-numbers.js';
import { type LaneAccess, laneOperation, pickOf } from '../ir/lane-operations.js';
import { andMask } from '../ir/swar.js';
import { eachStatement } from '../ir/traverse.js';
import { tabulate } from './byte-functions.js';

/** What the module's context gives. */
export interface LaneSupport {
  helper(name: string): string;
  nibbleTable(words: readonly number[]): string;
  byteTable(bytes: readonly number[]): string;
}

/** The forms: as a word, two halves, four bytes; bits of a lane. */
type Form = 32 | 16 | 8;
const FORMS: readonly Form[] = [32, 16, 8];

/** A statement in a loop counts so many times one outside, for some levels. */
const LOOP_WEIGHT = 8;
const MAX_DEPTH = 4;
/** Sweeps over all variables, at most; one in functions with more variables than that. */
const SWEEPS = 3;
const MANY = 3000;
/** A variable that more statements touch stays a word. */
const MAX_TOUCHING = 400;

interface Bounds {
  readonly low: number;
  readonly high: number;
}
const UNKNOWN: Bounds = { low: LEAST, high: GREATEST };

/** Variables that are copied into each other. */
class Group {
  form: Form = 32;
  readonly touching = new Set<Stmt>();
  /** Operations that make or take lanes of these widths. */
  halves = false;
  bytes = false;
}

/** Rewrites a function that has operations on lanes, in place. New variables are appended. */
export function chooseLaneForms(body: Stmt[], variables: Variable[], support: LaneSupport): void {
  let found = false;
  const look = (node: Node): void => {
    if (node.op === Op.Lane) found = true;
    else if (!found) for (const part of partsOf(node)) look(part);
  };
  eachStatement(body, (stmt) => {
    for (const node of expressionsOf(stmt)) if (!found) look(node);
  });
  if (!found) return;
  tabulate(body, variables, support);
  new Chooser(body, variables, support).run();
}

const partsOf = (node: Node): Node[] =>
  [node.a, node.b, node.c, ...(node.list ?? [])].filter((part) => part !== null);
const expressionsOf = (stmt: Stmt): Node[] =>
  stmt.e === null ? (stmt.values ?? []) : [stmt.e, ...(stmt.values ?? [])];

const isBitwise = (op: Op): boolean => op === Op.And || op === Op.Or || op === Op.Xor;
const isMoving = (node: Node): boolean =>
  isBitwise(node.op) || ((node.op === Op.Shl || node.op === Op.ShrU) && node.b!.op === Op.Const);
const isWordLoad = (node: Node): boolean =>
  node.op === Op.Load && node.name === 'getInt32' && isAtom(node.a!);

/** So many operations are evaluated for an expression. */
function cost(node: Node): number {
  if (isAtom(node) || node.op === Op.Name) return 0;
  let sum = node.op === Op.Helper ? 6 : node.op === Op.Select ? 2 : 1;
  for (const part of partsOf(node)) sum += cost(part);
  return sum;
}

class Chooser implements LaneAccess {
  private readonly groups = new Map<Variable, Group>();
  /** Bounds of the lanes of variables as numbers, by width. */
  private readonly bounds = { 8: new Map<Variable, Bounds[]>(), 16: new Map<Variable, Bounds[]>() };
  /** Bounds of what variables hold that lanes are kept in. */
  private readonly numbers = new Map<Variable, Bounds>();
  private readonly parts = new Map<Variable, Variable[]>();
  private readonly weights = new Map<Stmt, number>();
  /** What `keep` has put into variables for the present statement. */
  private out: Stmt[] = [];
  private readonly kept = new Map<Node, Node>();
  private count = 0;
  /** Are statements only tried? */
  private dry = true;
  /** Are bounds being looked for? Then what is not known of a word is not known of its lanes in any form. */
  private finding = true;

  constructor(
    private readonly body: Stmt[],
    private readonly variables: Variable[],
    private readonly support: LaneSupport,
  ) {}

  run(): void {
    this.findGroups();
    this.findBounds();
    this.noteBounds();
    this.choose();
    this.dry = false;
    this.parts.clear();
    for (const [v, { form }] of this.groups) if (form !== 32) this.partsOf(v, form);
    this.rewrite(this.body);
  }

  // What there is.

  private findGroups(): void {
    const candidates = this.candidates();
    const root = new Map<Variable, Variable>();
    const find = (v: Variable): Variable => {
      let at = v;
      for (let next = root.get(at); next !== undefined && next !== at; next = root.get(at))
        at = next;
      root.set(v, at);
      return at;
    };
    eachStatement(this.body, ({ kind, v, e }) => {
      if (kind === S.Set && e!.op === Op.Get && candidates.has(v!) && candidates.has(e!.v!)) {
        const [a, b] = [find(v!), find(e!.v!)];
        if (a !== b) root.set(a, b);
      }
    });
    const groups = new Map<Variable, Group>();
    for (const v of candidates) {
      const at = find(v);
      let group = groups.get(at);
      if (group === undefined) groups.set(at, (group = new Group()));
      this.groups.set(v, group);
    }
    this.findTouching(this.body, 1, 0);
    // What comes as a parameter is a word.
    for (const [v, group] of this.groups) if (v.param >= 0) group.touching.clear();
  }

  /** Variables that operations on lanes make or take, and what moves bits between those. */
  private candidates(): Set<Variable> {
    const found = new Set<Variable>();
    const sets: Stmt[] = [];
    const look = (node: Node): void => {
      if (node.op === Op.Lane)
        for (const word of node.list!) if (word.op === Op.Get) found.add(word.v!);
      for (const part of partsOf(node)) look(part);
    };
    eachStatement(this.body, (stmt) => {
      for (const node of expressionsOf(stmt)) look(node);
      if (stmt.kind !== S.Set || stmt.v!.type !== I) return;
      const e = stmt.e!;
      if (e.op === Op.Lane && laneOperation(e).bits !== 32) found.add(stmt.v!);
      else if (e.op === Op.Get || isMoving(e)) sets.push(stmt);
    });
    const leaves = (node: Node, each: (v: Variable) => void): void => {
      if (node.op === Op.Get) each(node.v!);
      else if (isMoving(node)) for (const part of partsOf(node)) leaves(part, each);
    };
    for (let round = 0; round < 4; round++) {
      const before = found.size;
      for (const { v, e } of sets) {
        if (found.has(v!)) {
          leaves(e!, (leaf) => {
            if (e!.op === Op.Get && leaf.type === I) found.add(leaf);
          });
          continue;
        }
        leaves(e!, (leaf) => {
          if (found.has(leaf)) found.add(v!);
        });
      }
      if (found.size === before) break;
    }
    for (const v of found) if (v.type !== I) found.delete(v);
    return found;
  }

  private findTouching(list: readonly Stmt[], weight: number, depth: number): void {
    for (const stmt of list) {
      this.weights.set(stmt, weight);
      const touch = (v: Variable): void => {
        this.groups.get(v)?.touching.add(stmt);
      };
      const look = (node: Node): void => {
        if (node.op === Op.Get) touch(node.v!);
        if (node.op === Op.Lane) {
          const { bits } = laneOperation(node);
          for (const word of node.list!) {
            const group = word.op === Op.Get ? this.groups.get(word.v!) : undefined;
            if (group === undefined) continue;
            if (node.name.startsWith('i16x8.e') ? false : bits === 8) group.bytes = true;
            else group.halves = true;
          }
        }
        for (const part of partsOf(node)) look(part);
      };
      for (const node of expressionsOf(stmt)) look(node);
      if (stmt.kind === S.Set) {
        touch(stmt.v!);
        const group = this.groups.get(stmt.v!);
        if (group !== undefined && stmt.e!.op === Op.Lane) {
          const { bits } = laneOperation(stmt.e!);
          if (bits === 8) group.bytes = true;
          if (bits === 16) group.halves = true;
        }
      }
      const inside = stmt.kind === S.Loop && depth < MAX_DEPTH ? LOOP_WEIGHT : 1;
      for (const part of [stmt.body, stmt.alt])
        if (part !== null) this.findTouching(part, weight * inside, depth + (inside > 1 ? 1 : 0));
      for (const item of stmt.cases ?? []) this.findTouching(item.body, weight, depth);
    }
  }

  // Bounds, in two rounds: those of variables that are assigned several times need the others'.

  private findBounds(): void {
    for (let round = 0; round < 2; round++) {
      const several = new Map<Variable, Stmt[]>();
      eachStatement(this.body, (stmt) => {
        if (stmt.kind !== S.Set || !this.groups.has(stmt.v!)) return;
        const { sets, param } = stmt.v!;
        if (param >= 0) return;
        if (sets.length === 1) this.setBounds(stmt.v!, [stmt]);
        else several.set(stmt.v!, sets);
      });
      if (round === 0) for (const [v, sets] of several) this.setBounds(v, sets);
    }
  }

  private setBounds(v: Variable, sets: readonly Stmt[]): void {
    for (const bits of [8, 16] as const) {
      const all = Array.from({ length: 32 / bits }, (_, i): Bounds => {
        let low = v.zeroed ? 0 : Infinity;
        let high = v.zeroed ? 0 : -Infinity;
        for (const { e } of sets) {
          const lane = this.tried(() => this.lane(e!, bits, i));
          low = Math.min(low, lane.low);
          high = Math.max(high, lane.high);
        }
        const both = { low, high };
        return fitsUnsigned(both, bits) || fitsSigned(both, bits) ? both : UNKNOWN;
      });
      this.bounds[bits].set(v, all);
    }
  }

  /** What is known of lanes is known of words as well. */
  private noteBounds(): void {
    this.finding = false;
    for (const bits of [8, 16] as const)
      for (const [v, lanes] of this.bounds[bits])
        noteLaneBounds(
          v,
          bits,
          lanes.map((lane) => (fitsUnsigned(lane, bits) ? lane.high : 2 ** bits - 1)),
        );
  }

  private tried<T>(make: () => T): T {
    this.out = [];
    this.kept.clear();
    return make();
  }

  private boundsOf(v: Variable, bits: 8 | 16, i: number): Bounds {
    return this.bounds[bits].get(v)?.[i] ?? UNKNOWN;
  }

  // The choice.

  private choose(): void {
    const groups = [...new Set(this.groups.values())].filter(
      ({ touching }) => touching.size > 0 && touching.size <= MAX_TOUCHING,
    );
    const sweeps = groups.length > MANY ? 1 : SWEEPS;
    const settle = (): Map<Group, Form> => {
      for (let sweep = 0; sweep < sweeps; sweep++) {
        let changed = false;
        for (const group of groups) changed = this.improve(group) || changed;
        if (!changed) break;
      }
      return new Map(groups.map((group) => [group, group.form]));
    };
    const words = settle();
    const all = new Set(groups.flatMap(({ touching }) => [...touching]));
    const wordsCost = this.costOf(all);
    for (const group of groups) group.form = group.halves ? 16 : group.bytes ? 8 : 32;
    settle();
    if (this.costOf(all) >= wordsCost) for (const [group, form] of words) group.form = form;
  }

  private improve(group: Group): boolean {
    const before = group.form;
    let best = before;
    let least = this.costOf(group.touching);
    for (const form of FORMS) {
      if (form === before) continue;
      group.form = form;
      const sum = this.costOf(group.touching);
      if (sum < least) {
        least = sum;
        best = form;
      }
    }
    group.form = best;
    return best !== before;
  }

  private costOf(statements: Iterable<Stmt>): number {
    let sum = 0;
    for (const stmt of statements) sum += this.statementCost(stmt) * this.weights.get(stmt)!;
    return sum;
  }

  private statementCost(stmt: Stmt): number {
    return this.tried(() => {
      let sum = 0;
      const { kind, v, e } = stmt;
      if (kind === S.Set) for (const node of this.values(v!, e!)) sum += cost(node);
      else for (const node of expressionsOf(stmt)) sum += cost(this.word(node));
      for (const { e: kept } of this.out) sum += cost(kept!);
      return sum;
    });
  }

  /** What is assigned to a variable, or to those of its lanes. */
  private values(v: Variable, e: Node): Node[] {
    const form = this.formOf(v);
    if (form === 32) return [this.word(e)];
    return Array.from({ length: 32 / form }, (_, i) => {
      const lane = this.lane(e, form, i);
      const { low, high } = this.boundsOf(v, form, i);
      if (low <= lane.low && lane.high <= high) return lane.node;
      return (fitsUnsigned({ low, high }, form) ? unsignedLane : signedLane)(lane, form).node;
    });
  }

  // What is made of it.

  private formOf(v: Variable): Form {
    return this.groups.get(v)?.form ?? 32;
  }

  private partsOf(v: Variable, form: 8 | 16): Variable[] {
    let parts = this.parts.get(v);
    if (parts === undefined || parts.length !== 32 / form) {
      parts = Array.from({ length: 32 / form }, (_, i) => {
        const part = new Variable(`${v.name}l${i}`, I, v.stable, v.zeroed);
        part.composite = v.composite;
        if (!this.dry) this.variables.push(part);
        this.numbers.set(part, this.boundsOf(v, form, i));
        return part;
      });
      this.parts.set(v, parts);
    }
    return parts;
  }

  private rewrite(list: Stmt[]): void {
    const result: Stmt[] = [];
    for (const stmt of list) {
      this.out = [];
      this.kept.clear();
      if (stmt.kind === S.Set) this.rewriteSet(stmt);
      else {
        if (stmt.e !== null) stmt.e = this.word(stmt.e);
        if (stmt.values !== null) stmt.values = stmt.values.map((node) => this.word(node));
        this.out.push(stmt);
      }
      result.push(...this.out);
      if (stmt.body !== null) this.rewrite(stmt.body);
      if (stmt.alt !== null) this.rewrite(stmt.alt);
      for (const item of stmt.cases ?? []) this.rewrite(item.body);
    }
    list.length = 0;
    for (const stmt of result) list.push(stmt);
  }

  private rewriteSet(stmt: Stmt): void {
    const v = stmt.v!;
    const form = this.formOf(v);
    if (form === 32) {
      stmt.e = this.word(stmt.e!);
      this.out.push(stmt);
      return;
    }
    let values = this.values(v, stmt.e!);
    const parts = this.partsOf(v, form);
    // Lanes that are moved within the variable are read before any of them is assigned.
    const crosses = (node: Node, i: number): boolean =>
      node.op === Op.Get
        ? node.v !== parts[i] && parts.includes(node.v!)
        : partsOf(node).some((part) => crosses(part, i));
    if (values.some(crosses)) values = values.map((node) => this.keep(node));
    parts.forEach((part, i) => {
      this.out.push(setStmt(part, values[i]!));
    });
    v.sets = [];
  }

  // Access to operands (`LaneAccess`).

  helper(name: string): string {
    return this.dry ? name : this.support.helper(name);
  }

  nibbleTable(words: readonly number[]): string {
    return this.dry ? '' : this.support.nibbleTable(words);
  }

  readonly keep = (node: Node): Node => {
    if (isAtom(node)) return node;
    const v = new Variable(`l${this.count++}`, I, true, false);
    if (!this.dry) this.variables.push(v);
    this.out.push(setStmt(v, node));
    return get(v);
  };

  readonly hold = (node: Node): Node => {
    const kept = this.keep(node);
    if (kept.v !== null && !this.dry) kept.v.pinned = true;
    return kept;
  };

  /** Does the expression read lanes? */
  private touches(node: Node): boolean {
    if (node.op === Op.Lane) return true;
    if (node.op === Op.Get) return this.groups.has(node.v!);
    return partsOf(node).some((part) => this.touches(part));
  }

  word(node: Node): Node {
    if (!this.touches(node)) return node;
    switch (node.op) {
      case Op.Get:
        return this.wordOf(node);
      case Op.Lane: {
        const operation = laneOperation(node);
        if (operation.bits === 32) return operation.packed(this, node);
        return this.cheaper(
          () => operation.packed(this, node),
          () => {
            const { bits, lane } = operation;
            if (lane === undefined || bits === 32) return undefined;
            const lanes = Array.from({ length: 32 / bits }, (_, i) => lane(this, node, i));
            return joinLanes(lanes, bits);
          },
        );
      }
      case Op.And:
        return this.cheaper(
          () => andMask(this.word(node.a!), this.word(node.b!)),
          () => this.wordOfFields(node),
        );
      case Op.Or:
      case Op.Xor:
      case Op.Shl:
      case Op.ShrU:
        return this.cheaper(
          () => rebuild(node, this.word(node.a!), this.word(node.b!), null),
          () => this.wordOfFields(node),
        );
      default:
        return this.copy(node);
    }
  }

  /** The shorter one of two ways; what the other one has kept is forgotten. */
  private cheaper(first: () => Node, second: () => Node | undefined): Node {
    const { out, dry, count } = this;
    const attempt = (
      make: () => Node | undefined,
    ): { node: Node | undefined; kept: Stmt[]; sum: number } => {
      this.out = [];
      const node = make();
      let sum = node === undefined ? Infinity : cost(node);
      for (const { e } of this.out) sum += cost(e!);
      return { node, kept: this.out, sum };
    };
    const known = new Map(this.kept);
    const again = (entries: Map<Node, Node>): void => {
      this.kept.clear();
      for (const [from, to] of entries) this.kept.set(from, to);
    };
    this.dry = true;
    const a = attempt(first);
    again(known);
    const b = attempt(second);
    again(known);
    this.dry = dry;
    this.out = out;
    this.count = count;
    return (b.sum < a.sum ? second() : first())!;
  }

  /** The same operation on other operands. */
  private copy(node: Node): Node {
    const part = (x: Node | null): Node | null => (x === null ? null : this.word(x));
    const [a, b, c] = [part(node.a), part(node.b), part(node.c)];
    if (node.type === I && node.op < Op.FAdd && node.op !== Op.Const) return rebuild(node, a, b, c);
    const copy = new Node(node.op, node.type, node.fx, a, b, c, node.n);
    copy.v = node.v;
    copy.name = node.name;
    copy.call = node.call;
    copy.m = node.m;
    copy.memory = node.memory;
    copy.mode = node.mode;
    copy.list = node.list === null ? null : node.list.map((x) => this.word(x));
    copy.depth = node.depth;
    copy.at = node.at;
    return copy;
  }

  /** The word that a variable holds. */
  private wordOf(node: Node): Node {
    const form = this.formOf(node.v!);
    if (form === 32) return node;
    const lanes = this.partsOf(node.v!, form).map((part, i) => {
      const { low, high } = this.boundsOf(node.v!, form, i);
      return laneNumber(get(part), low, high);
    });
    return joinLanes(lanes, form);
  }

  lane(node: Node, bits: 8 | 16, i: number): LaneNumber {
    if (node.op === Op.Const) {
      const n = (node.n >>> (i * bits)) & (2 ** bits - 1);
      return laneNumber(constant(n), n, n);
    }
    if (node.op === Op.Get && this.groups.has(node.v!)) return this.laneOfVariable(node, bits, i);
    if (isWordLoad(node) && this.known(node) === undefined) return laneOfLoad(node, bits, i);
    if (node.op === Op.Lane) {
      const operation = laneOperation(node);
      const half = bits === 16 ? movedHalf(node, i) : undefined;
      if (half !== undefined) return this.lane(half.word, 16, half.i);
      if (operation.bits !== 32 && operation.lane !== undefined) {
        if (operation.bits === bits) return operation.lane(this, node, i);
        const lane = (at: number): LaneNumber => operation.lane!(this, node, at);
        return bits === 8 ? byteOf(lane(i >> 1), i & 1) : halfOf(lane(2 * i), lane(2 * i + 1));
      }
    }
    if (isMoving(node)) {
      const fields = this.laneOfFields(node, bits, i);
      if (!isBitwise(node.op)) {
        if (fields !== undefined) return fields;
      } else {
        const [a, b] = [this.lane(node.a!, bits, i), this.lane(node.b!, bits, i)];
        const whole = bitwise(node, a, b, bits);
        return fields !== undefined && cost(fields.node) <= cost(whole.node) ? fields : whole;
      }
    }
    return this.laneOfWord(this.opaque(node), bits, i, UNKNOWN);
  }

  /** A word of which nothing else is known, in a variable. */
  private opaque(node: Node): Node {
    const known = this.known(node);
    if (known !== undefined) return known;
    const word = this.keep(this.word(node));
    this.kept.set(node, word);
    return word;
  }

  private known(node: Node): Node | undefined {
    return this.kept.get(node);
  }

  private laneOfVariable(node: Node, bits: 8 | 16, i: number): LaneNumber {
    const v = node.v!;
    const bounds = this.boundsOf(v, bits, i);
    const form = this.formOf(v);
    if (form === bits) {
      const { low, high } = bounds;
      return laneNumber(get(this.partsOf(v, form)[i]!), low, high);
    }
    if (form === 32) return this.laneOfWord(node, bits, i, bounds);
    const parts = this.partsOf(v, form).map((part, at) => {
      const { low, high } = this.boundsOf(v, form, at);
      return laneNumber(get(part), low, high);
    });
    const lane =
      bits === 8 ? byteOf(parts[i >> 1]!, i & 1) : halfOf(parts[2 * i]!, parts[2 * i + 1]!);
    return within(lane, bits, bounds);
  }

  /** A lane of a word that is an atom. */
  private laneOfWord(word: Node, bits: 8 | 16, i: number, bounds: Bounds): LaneNumber {
    const shifted = shrU(word, constant(i * bits));
    const most = (i + 1) * bits === 32 ? 2 ** bits - 1 : GREATEST;
    const lane = laneNumber(shifted, most === GREATEST ? LEAST : 0, most);
    // While bounds are looked for, what is not known is not known in any form.
    if (bounds === UNKNOWN) return this.finding ? { ...lane, ...UNKNOWN } : lane;
    return within(lane, bits, bounds);
  }

  // Fields.

  /** The bit fields of an expression; undefined where it is none. */
  private fields(node: Node): Field[] | undefined {
    switch (node.op) {
      case Op.Const:
        return [{ node, from: 0, width: 32, at: 0 }];
      case Op.Get: {
        if (node.type !== I) return undefined;
        const form = this.formOf(node.v!);
        if (form === 32) return [{ node, from: 0, width: 32, at: 0 }];
        return this.partsOf(node.v!, form).map((part, i) => {
          const { low, high } = this.boundsOf(node.v!, form, i);
          const width = low >= 0 ? Math.min(form, 32 - Math.clz32(high)) : form;
          return { node: get(part), from: 0, width, at: i * form };
        });
      }
      case Op.And: {
        if (node.b!.op !== Op.Const) return undefined;
        const fields = this.fields(node.a!);
        return fields === undefined ? undefined : masked(fields, node.b!.n);
      }
      case Op.Shl:
      case Op.ShrU: {
        if (node.b!.op !== Op.Const) return undefined;
        const n = node.b!.n & 31;
        const fields = this.fields(node.a!);
        if (fields === undefined) return undefined;
        return node.op === Op.Shl ? slice(fields, 0, 32 - n, n) : slice(fields, n, 32 - n, 0);
      }
      case Op.Or: {
        const [a, b] = [this.fields(node.a!), this.fields(node.b!)];
        return a === undefined || b === undefined ? undefined : disjoint(a, b);
      }
      case Op.Lane: {
        if (node.name !== 'bytes') return undefined;
        const all: Field[] = [];
        for (let to = 0; to < 4; to++) {
          const { word, byte } = pickOf(node, to);
          const fields = this.fields(word);
          if (fields === undefined) return undefined;
          all.push(...slice(fields, 8 * byte, 8, 8 * to));
        }
        return all;
      }
      default:
        return undefined;
    }
  }

  /** The bits that an atom can have. */
  private readonly possible = (node: Node): number => {
    if (node.op === Op.Const) return node.n;
    const bounds = this.numbers.get(node.v!);
    if (bounds === undefined || bounds.low < 0) return -1;
    return bounds.high === 0 ? 0 : (2 ** (32 - Math.clz32(bounds.high)) - 1) | 0;
  };

  private wordOfFields(node: Node): Node | undefined {
    const fields = this.fields(node);
    return fields === undefined ? undefined : wordOfFields(fields, this.possible);
  }

  private laneOfFields(node: Node, bits: 8 | 16, i: number): LaneNumber | undefined {
    const fields = this.fields(node);
    if (fields === undefined) return undefined;
    const own = slice(fields, i * bits, bits, 0);
    const most = own.reduce((end, { at, width }) => Math.max(end, at + width), 0);
    return laneNumber(wordOfFields(own, this.possible), 0, 2 ** most - 1);
  }

  moved(node: Node): Node {
    const from = [0, 1, 2, 3].map((to) => pickOf(node, to));
    if (from.every(({ word, byte }) => word === from[0]!.word && byte === from[0]!.byte)) {
      const lane = unsignedLane(this.lane(from[0]!.word, 8, from[0]!.byte), 8);
      return rebuildMul(lane.node);
    }
    return wordOfFields(this.fields(node)!, this.possible);
  }
}

const rebuildMul = (node: Node): Node =>
  rebuild(
    new Node(Op.Mul, I, node.fx, node, constant(0x01010101), null, 0),
    node,
    constant(0x01010101),
    null,
  );

/** Where a half of moved bytes comes from, if both of its bytes come from one. */
function movedHalf(node: Node, i: number): { word: Node; i: number } | undefined {
  if (node.name !== 'bytes') return undefined;
  const [low, high] = [pickOf(node, 2 * i), pickOf(node, 2 * i + 1)];
  if (low.word !== high.word || low.byte % 2 !== 0 || high.byte !== low.byte + 1) return undefined;
  return { word: low.word, i: low.byte >> 1 };
}

/** A lane that is known to be between bounds, as a number between them. */
function within(lane: LaneNumber, bits: 8 | 16, bounds: Bounds): LaneNumber {
  if (bounds.low <= lane.low && lane.high <= bounds.high) return lane;
  if (fitsUnsigned(bounds, bits)) return { ...unsignedLane(lane, bits), ...bounds };
  if (fitsSigned(bounds, bits)) return { ...signedLane(lane, bits), ...bounds };
  return lane;
}

/** A byte of a half. */
function byteOf(half: LaneNumber, i: number): LaneNumber {
  if (i === 0) return half.low >= 0 && half.high <= 255 ? half : unsignedLane(half, 8);
  const x = fitsUnsigned(half, 16) ? half : unsignedLane(half, 16);
  return laneNumber(shrU(x.node, constant(8)), x.low >> 8, x.high >> 8);
}

/** Two bytes as a half. */
function halfOf(low: LaneNumber, high: LaneNumber): LaneNumber {
  const top = unsignedLane(high, 8);
  return laneNumber(
    joinLanes([low, top, laneNumber(constant(0), 0, 0)], 8),
    0,
    top.high * 256 + 255,
  );
}

/** And, or, exclusive or of two lanes. */
function bitwise(node: Node, a: LaneNumber, b: LaneNumber, bits: 8 | 16): LaneNumber {
  const result = rebuild(node, a.node, b.node, null);
  const fill = (x: number): number => (x === 0 ? 0 : 2 ** (32 - Math.clz32(x)) - 1);
  if (node.op === Op.And && (a.low >= 0 || b.low >= 0)) {
    const most = Math.min(a.low >= 0 ? a.high : GREATEST, b.low >= 0 ? b.high : GREATEST);
    return laneNumber(result, 0, most);
  }
  if (a.low >= 0 && b.low >= 0) return laneNumber(result, 0, fill(Math.max(a.high, b.high)));
  if (fitsSigned(a, bits) && fitsSigned(b, bits))
    return laneNumber(result, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1);
  return laneNumber(result, LEAST, GREATEST);
}
