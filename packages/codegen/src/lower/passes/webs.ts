/**
 * Splits variables by their uses: those of composite values (64-bit integers, floats), and pointers. Compilers that emit WebAssembly put unrelated values into one
 * local when their lifetimes do not overlap; what the analyses find of a variable (a high word that
 * is always 0, a float whose bits are never read) would then hold for none of them. Every set of
 * assignments that reach a common read becomes a variable of its own.
 *
 * Reaching definitions are found in one walk: where control joins, a variable with different
 * definitions gets a phi; only phis that are read tie their operands together.
 */

import { AHEAD } from '../../ahead.js';
import { SharedArray } from '../analyses/shared-array.js';
import { addSet, I, type Label, type Node, Op, S, type Stmt, Variable } from '../ir/ir.js';
import { eachStatement } from '../ir/traverse.js';

/** Constants below are about as short as the name of a variable with an offset. */
const SHORT = 10_000;

/** For each tracked variable the definition that holds at a point. */
type State = SharedArray;

/**
 * Splits the variables of a function in place.
 * @param body its statements
 * @param variables all its variables; new ones are appended
 */
export function splitWebs(body: Stmt[], variables: Variable[]): void {
  splitVariables(
    body,
    variables,
    variables.filter(
      (v) => (v.composite || (AHEAD && isOneConstant(v))) && !v.stable && v.sets.length > 0,
    ),
    'v',
  );
}

/**
 * Splits integers, in place: independent uses of one are variables of their own, with their own alignment and range. What a
 * parameter is given is a use as well.
 * @param prefix of the names of new ones, which are appended to `variables`
 */
export function splitIntegers(body: Stmt[], variables: Variable[], prefix: string): void {
  const mixed = variables.filter(
    ({ type, stable, composite, sets, param }) =>
      type === I && !stable && !composite && sets.length > (param < 0 ? 1 : 0),
  );
  splitVariables(body, variables, mixed, prefix);
}

/** Is one small constant all that a variable is ever given? Where its first value is not read, it is that constant. */
const isOneConstant = ({ type, param, sets }: Variable): boolean =>
  type === I &&
  param < 0 &&
  sets.length === 1 &&
  sets[0]!.e!.op === Op.Const &&
  Math.abs(sets[0]!.e!.n) < SHORT;

/**
 * Splits some variables of a function in place.
 * @param tracked those that are split
 * @param prefix of the names of new ones, which are appended to `variables`
 */
export function splitVariables(
  body: Stmt[],
  variables: Variable[],
  tracked: Variable[],
  prefix: string,
): void {
  if (tracked.length > 0) new Splitter(tracked, variables, prefix).run(body);
}

class Splitter {
  // Of definitions, by number. The first are the values at entry, one for each variable.
  /** The variable. */
  private readonly owners: number[] = [];
  /** The assignment; undefined for values at entry and for phis. */
  private readonly sets: (Stmt | undefined)[] = [];
  /** Phi: definitions that come together. */
  private readonly operands: (number[] | undefined)[] = [];
  private readonly isRead: boolean[] = [];
  private readonly parents: number[] = [];
  /** Reads of tracked variables, each with one above its definition as `n` until it is renamed. */
  private readonly reads: Node[] = [];
  private readonly again: [Node, number][] = [];
  /** State at a block's end, joined from the branches to it so far. */
  private readonly exits = new Map<Label, State>();
  /** State at a loop's head: phis for what the loop assigns. */
  private readonly heads = new Map<Label, State>();
  private count = 0;
  /** Undefined where control does not come. */
  private state: State | undefined;

  constructor(
    private readonly tracked: Variable[],
    private readonly variables: Variable[],
    private readonly prefix: string,
  ) {
    tracked.forEach((v, i) => {
      v.number = i;
    });
  }

  /** The index of a variable; undefined where it is not tracked. */
  private indexOf(v: Variable): number | undefined {
    return v.number >= 0 && this.tracked[v.number] === v ? v.number : undefined;
  }

  run(body: Stmt[]): void {
    const entry = SharedArray.zeros(this.tracked.length);
    this.tracked.forEach((_, i) => {
      entry.set(i, this.define(i));
    });
    this.state = entry;
    this.list(body);
    this.tie();
    this.rename();
  }

  private define(variable: number, set?: Stmt, operands?: number[]): number {
    this.owners.push(variable);
    this.sets.push(set);
    this.operands.push(operands);
    this.isRead.push(false);
    return this.parents.push(this.parents.length) - 1;
  }

  private list(body: Stmt[]): void {
    for (const stmt of body) this.statement(stmt);
  }

  private statement(stmt: Stmt): void {
    if (stmt.e !== null) this.expression(stmt.e);
    if (stmt.values !== null) for (const node of stmt.values) this.expression(node);
    switch (stmt.kind) {
      case S.Set: {
        const i = this.indexOf(stmt.v!);
        if (i === undefined) return;
        const id = this.define(i, stmt);
        this.state?.set(i, id);
        return;
      }
      case S.Br:
        this.jump(stmt.label!);
        this.state = undefined;
        return;
      case S.Return:
      case S.Trap:
      case S.TailCall:
      case S.Throw:
        this.state = undefined;
        return;
      case S.Switch:
        for (const label of new Set(stmt.targets!)) this.jump(label);
        this.state = undefined;
        for (const { label, body } of stmt.cases ?? []) {
          this.exit(label);
          this.list(body);
        }
        return;
      case S.If:
        this.if(stmt);
        return;
      case S.Block: {
        this.list(stmt.body!);
        this.exit(stmt.label!);
        return;
      }
      case S.Loop:
        this.loop(stmt);
        return;
      case S.Try:
        this.try(stmt);
        return;
      default:
    }
  }

  /** Where branches to a label that is no loop's come together with what falls through. */
  private exit(label: Label): void {
    const exit = this.exits.get(label);
    if (exit !== undefined) this.state = this.join(exit, this.state);
    this.exits.delete(label);
  }

  private if(stmt: Stmt): void {
    const then = stmt.body!;
    const otherwise = stmt.alt!;
    if (otherwise.length === 0 && then.length === 1 && then[0]!.kind === S.Br) {
      this.jump(then[0]!.label!);
      return;
    }
    const before = this.state?.copy();
    this.list(then);
    const after = this.state;
    this.state = before;
    this.list(otherwise);
    if (after !== undefined) this.state = this.join(after, this.state);
  }

  private loop(stmt: Stmt): void {
    const state = this.state;
    if (state !== undefined) {
      for (const i of this.assigned(stmt.body!))
        state.set(i, this.define(i, undefined, [state.get(i)]));
      this.heads.set(stmt.label!, state.copy());
    }
    this.list(stmt.body!);
    this.heads.delete(stmt.label!);
  }

  /** A handler may be entered with any definition of the body, or with what held before it. */
  private try(stmt: Stmt): void {
    const before = this.state?.copy();
    const first = this.owners.length;
    this.list(stmt.body!);
    const after = this.state;
    if (before !== undefined) {
      const inside = new Map<number, number[]>();
      for (let id = first; id < this.owners.length; id++) {
        if (this.sets[id] === undefined) continue;
        const variable = this.owners[id]!;
        const found = inside.get(variable);
        if (found === undefined) inside.set(variable, [before.get(variable), id]);
        else found.push(id);
      }
      for (const [i, operands] of inside) before.set(i, this.define(i, undefined, operands));
    }
    this.state = before;
    this.list(stmt.alt!);
    if (after !== undefined) this.state = this.join(after, this.state);
  }

  /** Indices of the variables that the statements assign. */
  private assigned(body: Stmt[]): Set<number> {
    const found = new Set<number>();
    eachStatement(body, (stmt) => {
      const i = stmt.kind === S.Set ? this.indexOf(stmt.v!) : undefined;
      if (i !== undefined) found.add(i);
    });
    return found;
  }

  /** A branch to a label with the present state. */
  private jump(label: Label): void {
    const state = this.state;
    if (state === undefined) return;
    if (!label.isLoop) {
      const exit = this.exits.get(label);
      this.exits.set(label, exit === undefined ? state.copy() : this.join(exit, state));
      return;
    }
    const head = this.heads.get(label)!;
    head.differences(state, (_, phi, definition) => {
      this.operands[phi]!.push(definition);
    });
  }

  /** Joins two states into the first. */
  private join(a: State, b: State | undefined): State {
    if (b === undefined) return a;
    a.differences(b, (i, mine, theirs) => {
      a.set(i, this.define(i, undefined, [mine, theirs]));
    });
    return a;
  }

  private expression(node: Node): void {
    if (node.op === Op.Get) {
      const i = this.indexOf(node.v!);
      if (i === undefined || this.state === undefined) return;
      const definition = this.state.get(i);
      this.isRead[definition] = true;
      if (node.n === 0) {
        node.n = definition + 1;
        this.reads.push(node);
      } else if (node.n !== definition + 1) this.again.push([node, definition]);
      return;
    }
    if (node.a !== null) this.expression(node.a);
    if (node.b !== null) this.expression(node.b);
    if (node.c !== null) this.expression(node.c);
    if (node.list !== null) for (const arg of node.list) this.expression(arg);
  }

  private find(id: number): number {
    let root = id;
    const { parents } = this;
    while (parents[root] !== root) root = parents[root]!;
    while (parents[id] !== root) {
      const next = parents[id]!;
      parents[id] = root;
      id = next;
    }
    return root;
  }

  private union(a: number, b: number): void {
    this.parents[this.find(a)] = this.find(b);
  }

  /** Ties the operands of every phi that is read, directly or through other phis. */
  private tie(): void {
    const work: number[] = [];
    const { operands, isRead } = this;
    operands.forEach((phi, id) => {
      if (phi !== undefined && isRead[id]) work.push(id);
    });
    for (let id = work.pop(); id !== undefined; id = work.pop()) {
      for (const operand of operands[id]!) {
        this.union(id, operand);
        if (isRead[operand]) continue;
        isRead[operand] = true;
        if (operands[operand] !== undefined) work.push(operand);
      }
    }
    for (const [node, definition] of this.again) this.union(node.n - 1, definition);
  }

  /** Gives every class of definitions its variable. */
  private rename(): void {
    const entries = new Set<number>();
    this.tracked.forEach((_, id) => {
      if (this.isRead[id]) entries.add(this.find(id));
    });
    const variableOf: (Variable | undefined)[] = new Array(this.owners.length).fill(undefined);
    const classVariable = (id: number): Variable => {
      const root = this.find(id);
      let v = variableOf[root];
      if (v !== undefined) return v;
      const original = this.tracked[this.owners[root]!]!;
      const fromEntry = entries.has(root);
      if (fromEntry && original.param >= 0) v = original;
      else {
        v = new Variable(`${this.prefix}${this.count++}`, original.type, false, fromEntry);
        v.composite = original.composite;
        v.needNumber = original.needNumber;
        v.needBits = original.needBits;
        this.variables.push(v);
      }
      variableOf[root] = v;
      return v;
    };
    for (const v of this.tracked) v.sets = [];
    this.sets.forEach((set, id) => {
      if (set === undefined) return;
      const v = classVariable(id);
      set.v = v;
      addSet(v, set);
    });
    for (const node of this.reads) {
      node.v = classVariable(node.n - 1);
      node.n = 0;
    }
  }
}
