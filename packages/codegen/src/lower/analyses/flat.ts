/**
 * A function's statements in one row: what they read, assign and jump to as a sequence of events. A
 * region is a range of that row, so looking at thousands of overlapping ones allocates nothing.
 * Positions number the statements in the order of the text; the end of a list has one, too.
 */
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
  readonly variables: Variable[] = [];
  readonly labels: Label[] = [];
  /** Event after event. */
  readonly events: number[] = [];
  /** By position: the first event at it. */
  readonly start: number[] = [];
  /** By position of a statement: the first event behind its own ones (those inside follow). */
  readonly inside: number[] = [];
  /** By position of a statement: the position behind all that is inside it. */
  readonly behind: number[] = [];
  /** Position of the try whose handler is being numbered. */
  private handled = -1;

  /** @param index the function's index: calls of it are noted */
  constructor(
    body: Stmt[],
    private readonly index = -1,
  ) {
    this.list(body);
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
    label.number = this.labels.length;
    label.position = position;
    this.labels.push(label);
  }

  private list(list: Stmt[]): void {
    for (const stmt of list) this.statement(stmt);
    this.start.push(this.events.length);
    this.inside.push(this.events.length);
    this.behind.push(this.start.length);
  }

  private statement(stmt: Stmt): void {
    const position = this.start.length;
    stmt.position = position;
    this.start.push(this.events.length);
    this.inside.push(0);
    this.behind.push(0);
    this.own(stmt, position);
    this.inside[position] = this.events.length;
    if (stmt.body !== null) this.list(stmt.body);
    const { handled } = this;
    if (stmt.kind === S.Try) this.handled = position;
    if (stmt.alt !== null) this.list(stmt.alt);
    this.handled = handled;
    if (stmt.cases !== null) for (const item of stmt.cases) this.list(item.body);
    if (stmt.kind === S.Loop) this.add(Event.loopEnd, position);
    this.behind[position] = this.start.length;
  }

  private own(stmt: Stmt, position: number): void {
    statementReads(stmt, this.read);
    if (someExpression(stmt, grows)) this.add(Event.call, 0);
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
