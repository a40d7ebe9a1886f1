/**
 * A function's statements in one row: what they read, assign and jump to as a sequence of events. A
 * region is a range of that row, so looking at thousands of overlapping ones allocates nothing.
 * Positions number the statements in the order of the text; the end of a list has one, too.
 */
import { AHEAD } from '../../ahead.js';
import {
  Fx,
  type Label,
  type Node,
  Op,
  S,
  type Stmt,
  someOperand,
  type Variable,
} from '../ir/ir.js';
import { isKept, isPrinted, statementReads } from '../ir/reads.js';
import { statementSize } from '../ir/size.js';

/** Kinds of events: the low bits of each; above them the number of what it is about. */
export const Event = {
  /** Reads a variable. */
  read: 0,
  /** Assigns a variable that is kept. */
  assign: 1,
  /** Jumps to a label. */
  jump: 2,
  return: 3,
  tailCall: 4,
  /** A call: one that may replace the view of a memory (0), or one of the function itself (1). */
  call: 5,
  /** The end of the loop that stands at a position. */
  loopEnd: 6,
  /** Looks at what the handler of the try that stands at a position has caught. */
  thrown: 7,
} as const;
export const EVENT_BITS = 3;
export const EVENT_MASK = (1 << EVENT_BITS) - 1;

/** Numbers statements, variables and labels of a function, and records the events. */
export class Flat {
  readonly variables: Variable[];
  readonly labels: Label[];
  /** Event after event. */
  readonly events: number[] = [];
  /** By position: the first event at it. */
  readonly start: number[] = [];
  /** By position of a statement: the first event behind its own ones (those inside follow). */
  readonly inside: number[] = [];
  /** By position of a statement: the position behind all that is inside it. */
  readonly behind: number[] = [];
  /** By position of a statement: its estimated bytes. */
  readonly sizes: number[] = [];
  /** Estimated bytes of all statements. */
  readonly size: number;
  /** May views of memories be read anew, here or behind the call of what was taken out? */
  reloads = !AHEAD;
  /** Position of the try whose handler is being numbered. */
  private handled = -1;

  /**
   * @param index the function's index: calls of it are noted
   * @param before the same function before statements were taken out of it: what is left does what it did
   */
  constructor(
    body: Stmt[],
    private readonly index = -1,
    private readonly before?: Flat,
  ) {
    // Numbers stay, so that events do.
    this.variables = before?.variables ?? [];
    this.labels = before?.labels ?? [];
    if (AHEAD) this.reloads = before?.reloads ?? false;
    this.size = this.list(body);
    this.before = undefined;
  }

  private readonly read = (v: Variable): void => this.add(Event.read, this.numberOf(v));
  /** Does evaluating the expression call the function with this index? */
  private readonly callsSelf = (node: Node): boolean => {
    if ((node.fx & Fx.writeState) === 0) return false;
    if (node.call?.kind === 'func' && node.call.index === this.index) return true;
    return someOperand(node, this.callsSelf);
  };

  private add(kind: number, value: number): void {
    this.events.push((value << EVENT_BITS) | kind);
  }

  private numberOf(v: Variable): number {
    // A number may be another row's.
    if (v.number < 0 || this.variables[v.number] !== v) {
      v.number = this.variables.length;
      this.variables.push(v);
    }
    return v.number;
  }

  private define(label: Label, position: number): void {
    label.position = position;
    if (this.labels[label.number] === label) return;
    label.number = this.labels.length;
    this.labels.push(label);
  }

  /** @returns the bytes of the statements */
  private list(list: Stmt[]): number {
    let size = 0;
    for (const stmt of list) size += this.statement(stmt);
    this.start.push(this.events.length);
    this.inside.push(this.events.length);
    this.behind.push(this.start.length);
    this.sizes.push(0);
    return size;
  }

  private statement(stmt: Stmt): number {
    const position = this.start.length;
    this.start.push(this.events.length);
    this.inside.push(0);
    this.behind.push(0);
    this.sizes.push(0);
    const { before } = this;
    if (before !== undefined && stmt.position >= 0 && this.handled < 0)
      this.again(stmt, position, before);
    else this.own(stmt, position);
    stmt.position = position;
    this.inside[position] = this.events.length;
    let inside = 0;
    if (stmt.body !== null) inside += this.list(stmt.body);
    const { handled } = this;
    if (stmt.kind === S.Try) this.handled = position;
    if (stmt.alt !== null) inside += this.list(stmt.alt);
    this.handled = handled;
    if (stmt.cases !== null) for (const item of stmt.cases) inside += this.list(item.body);
    if (stmt.kind === S.Loop) this.add(Event.loopEnd, position);
    this.behind[position] = this.start.length;
    const size = statementSize(stmt, inside);
    this.sizes[position] = size;
    return size;
  }

  /** The statement's own events as they were before. */
  private again(stmt: Stmt, position: number, { events, start, inside }: Flat): void {
    const end = inside[stmt.position]!;
    for (let i = start[stmt.position]!; i < end; i++) this.events.push(events[i]!);
    if (stmt.kind === S.Block || stmt.kind === S.Loop) this.define(stmt.label!, position);
    else if (stmt.cases !== null) for (const { label } of stmt.cases) this.define(label, position);
  }

  private own(stmt: Stmt, position: number): void {
    statementReads(stmt, this.read);
    // What reads views anew for others is no less: whoever calls a part that begins with it reads them, too.
    if (stmt.kind === S.Reload || someExpression(stmt, grows)) {
      this.add(Event.call, 0);
      if (AHEAD) this.reloads = true;
    }
    if (this.index >= 0 && someExpression(stmt, this.callsSelf)) this.add(Event.call, 1);
    if (this.handled >= 0 && stmt.e !== null && readsThrown(stmt.e))
      this.add(Event.thrown, this.handled);
    switch (stmt.kind) {
      case S.Set: {
        const n = this.numberOf(stmt.v!);
        if (isKept(stmt.v!) && isPrinted(stmt)) this.add(Event.assign, n);
        break;
      }
      case S.Block:
      case S.Loop:
        this.define(stmt.label!, position);
        break;
      case S.Br:
        this.add(Event.jump, stmt.label!.number);
        break;
      case S.Switch:
        for (const item of stmt.cases ?? []) this.define(item.label, position);
        for (const label of new Set(stmt.targets!)) this.add(Event.jump, label.number);
        break;
      case S.Return:
        this.add(Event.return, 0);
        break;
      case S.TailCall:
        this.add(Event.tailCall, 0);
        break;
      default:
    }
  }
}

/** Does the statement's expression, or one of its results, fulfil the test? */
function someExpression({ e, values }: Stmt, test: (node: Node) => boolean): boolean {
  return e === null ? values?.some(test) === true : test(e);
}

/** May evaluating the expression replace the view of a memory? */
function grows(node: Node): boolean {
  if ((node.fx & Fx.writeState) === 0) return false;
  if (node.call?.grows === true || node.name === '_memory_grow') return true;
  return someOperand(node, grows);
}

/** Does evaluating the expression look at what was caught? */
const readsThrown = (node: Node): boolean =>
  node.op === Op.Thrown || someOperand(node, readsThrown);
