/**
 * Chooses for each variable that holds a word of bytes or halves in which form it is kept: as the word, or each of
 * its lanes as a number in a variable of its own (`ir/lane-numbers.ts`). Fixed-point arithmetic, which widens bytes,
 * multiplies and narrows again, is shorter lane by lane; what adds or compares bytes is shorter within words.
 *
 * Gets a function whose operations on lanes are single nodes (`Op.Lane`) and leaves none: each is calculated in
 * the form that it is asked for. Variables that are copied into each other have one form. It is found by trying: what
 * is emitted for the statements that touch a variable is made for each of its forms, and counted.
 */
import { I, type Node, Op, operands, S, type Stmt, setStmt, type Variable } from '../ir/ir.js';
import { noteLaneBounds } from '../ir/lane-bounds.js';
import { fitsSigned, fitsUnsigned, signedLane, unsignedLane } from '../ir/lane-numbers.js';
import { laneOperation } from '../ir/lane-operations.js';
import { eachStatement, expressionsOf } from '../ir/traverse.js';
import { tabulate } from './byte-functions.js';
import { shareLoads } from './lane-loads.js';
import {
  type Bounds,
  cost,
  type Form,
  isMoving,
  type LaneSupport,
  LaneWriter,
  UNKNOWN,
} from './lane-writer.js';

const FORMS: readonly Form[] = [32, 16, 8];

/** A statement in a loop counts so many times one outside, for some levels. */
const LOOP_WEIGHT = 8;
const MAX_DEPTH = 4;
/** Sweeps over all variables, at most; one in functions with more variables than that. */
const SWEEPS = 3;
const MANY = 3000;
/** A variable that more statements touch stays a word. */
const MAX_TOUCHING = 400;

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
    else if (!found) for (const part of operands(node)) look(part);
  };
  eachStatement(body, (stmt) => {
    for (const node of expressionsOf(stmt)) if (!found) look(node);
  });
  if (!found) return;
  tabulate(body, variables, support);
  new Chooser(body, variables, support).run();
}

/** A statement that touches more groups is measured each time. */
const MAX_REMEMBERED = 20;

/** What is known of a statement: the groups that it touches, its costs by their forms. */
interface Known {
  groups: Group[];
  costs: Map<number, number>;
}

class Chooser extends LaneWriter {
  private readonly groups = new Map<Variable, Group>();
  private readonly remembered = new Map<Stmt, Known>();
  private readonly weights = new Map<Stmt, number>();

  constructor(
    private readonly body: Stmt[],
    variables: Variable[],
    support: LaneSupport,
  ) {
    super(variables, support);
  }

  protected override formOf(v: Variable): Form | undefined {
    return this.groups.get(v)?.form;
  }

  run(): void {
    this.findGroups();
    this.findBounds();
    this.noteBounds();
    this.choose();
    this.dry = false;
    this.parts.clear();
    for (const [v, { form }] of this.groups) if (form !== 32) this.partsOf(v, form);
    this.rewrite(this.body);
    shareLoads(this.body, new Set([...this.parts.values()].flat()));
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
      for (const part of operands(node)) look(part);
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
      else if (isMoving(node)) for (const part of operands(node)) leaves(part, each);
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
      const known: Known = { groups: [], costs: new Map() };
      const touch = (v: Variable): void => {
        const group = this.groups.get(v);
        if (group === undefined) return;
        group.touching.add(stmt);
        if (!known.groups.includes(group)) known.groups.push(group);
        this.remembered.set(stmt, known);
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
        for (const part of operands(node)) look(part);
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
    for (const stmt of statements) sum += this.rememberedCost(stmt) * this.weights.get(stmt)!;
    return sum;
  }

  /** A statement's cost depends on the forms of what it touches alone. */
  private rememberedCost(stmt: Stmt): number {
    const { groups, costs } = this.remembered.get(stmt)!;
    if (groups.length > MAX_REMEMBERED) return this.statementCost(stmt);
    let key = 0;
    for (const { form } of groups) key = 3 * key + (form >> 4);
    let sum = costs.get(key);
    if (sum === undefined) costs.set(key, (sum = this.statementCost(stmt)));
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
    const form = this.formOf(v) ?? 32;
    if (form === 32) return [this.word(e)];
    return Array.from({ length: 32 / form }, (_, i) => {
      const lane = this.lane(e, form, i);
      const { low, high } = this.boundsOf(v, form, i);
      if (low <= lane.low && lane.high <= high) return lane.node;
      return (fitsUnsigned({ low, high }, form) ? unsignedLane : signedLane)(lane, form).node;
    });
  }

  // What is made of it.

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
    const form = this.formOf(v) ?? 32;
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
        : operands(node).some((part) => crosses(part, i));
    if (values.some(crosses)) values = values.map((node) => this.keep(node));
    parts.forEach((part, i) => {
      this.out.push(setStmt(part, values[i]!));
    });
    v.sets = [];
  }
}
