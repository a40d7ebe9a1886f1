/**
 * The control flow of a printed function: gets its ESTree, gives what it reads and assigns of its variables as one
 * row of events in the order of evaluation, cut into basic blocks. It recurses, as printing does: how deep trees are is
 * bounded before.
 */

import type {
  AssignmentExpression,
  BreakStatement,
  ContinueStatement,
  Node as EsNode,
  FunctionDeclaration,
  Identifier,
  Statement,
  SwitchStatement,
  VariableDeclarator,
} from 'estree';
import { AHEAD } from '../../ahead.js';

/** Kinds of events: the low bits of each; above them the number of the variable or label. */
export const Ev = {
  read: 0,
  write: 1,
  /** Goes to a label; goes there or on; neither (the function is left). */
  jump: 2,
  branch: 3,
  stop: 4,
} as const;
export const EV_BITS = 3;
export const EV_MASK = (1 << EV_BITS) - 1;

/** A statement `x = y` or `x = x | 0` that may turn out to do nothing. */
export interface Move {
  statement: Statement;
  /** Number of the variable that is assigned, and of the one that is read (the same for a coercion). */
  to: number;
  from: number;
  /** Number of events before it. */
  at: number;
}

const SMALL_A = 97;
const NONE: readonly string[] = [];

/** What a jump can refer to: numbers of the labels behind the statement, and where a loop goes on (-1: no loop). */
interface Target {
  end: number;
  next: number;
  /** What a loop does first: choose a place by the value of a variable. */
  choice?: Choice;
}

/** Where the values of a variable lead: labels. */
interface Choice {
  variable: number;
  places: ReadonlyMap<number, number>;
  otherwise: number;
}

/** What a statement that jumps can refer to is. */
const Kind = { block: 0, switch: 1, loop: 2 } as const;

export class Flow {
  readonly events: number[] = [];
  /** By label: the number of events before it. */
  readonly labels: number[] = [];
  /** The identifiers that name variables, and the number of the variable of each. */
  readonly names: Identifier[] = [];
  readonly numbers: number[] = [];
  readonly moves: Move[] = [];
  /** By event: the declaration that gives a variable its first value. */
  readonly inits = new Map<number, VariableDeclarator>();
  /** By name, and those that a jump without a name refers to. */
  private readonly targets = new Map<string, Target>();
  private readonly breakable: Target[] = [];
  private readonly loops: Target[] = [];
  /** Labels of the statement that comes next. */
  private pending: readonly string[] = NONE;
  /** Labels of the handlers of the `try` statements around the present point. */
  private readonly handlers: number[] = [];
  /** First values of variables, as long as nothing else has been assigned to them. */
  private readonly firsts = new Map<number, number>();
  /** The assignment of a constant that is the last event, if control comes to its end from it alone. */
  private last = { variable: -1, value: 0, at: -1 };
  /** Labels of the cases of switches that have them already. */
  private readonly starts = new Map<SwitchStatement, number[]>();

  /** By number: the first event of a watched expression, and the first one behind it. */
  readonly spans: [number, number][] = [];

  /**
   * @param variables numbers of the variables by name; other names are not looked at
   * @param watched expressions of which the events are asked for, and their numbers
   */
  constructor(
    { body }: FunctionDeclaration,
    private readonly variables: ReadonlyMap<string, number>,
    private readonly watched: ReadonlyMap<EsNode, number> = new Map(),
  ) {
    this.statement(body);
    this.add(Ev.stop, 0);
  }

  private add(kind: number, value: number): void {
    this.events.push((value << EV_BITS) | kind);
  }

  private newLabel(): number {
    return this.labels.push(-1) - 1;
  }

  private place(label: number): void {
    this.labels[label] = this.events.length;
    this.last.at = -1;
  }

  private jump(label: number): void {
    this.protect();
    this.add(Ev.jump, label);
  }

  /** What is going on here may fail: control may go to the handler. */
  private protect(): void {
    const { handlers } = this;
    if (handlers.length > 0) this.add(Ev.branch, handlers[handlers.length - 1]!);
  }

  private numberOf(node: EsNode): number {
    if (node.type !== 'Identifier') return -1;
    // Most other names begin with `$`, `_` or a capital.
    return node.name.charCodeAt(0) < SMALL_A ? -1 : (this.variables.get(node.name) ?? -1);
  }

  private named(node: Identifier, number: number): void {
    this.names.push(node);
    this.numbers.push(number);
  }

  private write(node: Identifier, number: number): void {
    this.named(node, number);
    this.add(Ev.write, number);
    this.firsts.delete(number);
    this.protect();
  }

  /** An expression that stands directly in a statement, or is assigned: it may be watched. */
  private whole(node: EsNode): void {
    const number = AHEAD ? this.watched.get(node) : undefined;
    const start = this.events.length;
    this.visit(node);
    if (AHEAD && number !== undefined) this.spans[number] = [start, this.events.length];
  }

  private all(nodes: readonly EsNode[]): void {
    for (let i = 0; i < nodes.length; i++) this.visit(nodes[i]!);
  }

  private visit(node: EsNode): void {
    switch (node.type) {
      case 'Identifier': {
        const number = this.numberOf(node);
        if (number < 0) return;
        this.named(node, number);
        this.add(Ev.read, number);
        return;
      }
      case 'Literal':
        return;
      case 'BinaryExpression':
      case 'LogicalExpression':
        this.visit(node.left);
        this.visit(node.right);
        return;
      case 'CallExpression':
        this.visit(node.callee);
        this.all(node.arguments);
        return;
      case 'MemberExpression':
        this.visit(node.object);
        if (node.computed) this.visit(node.property);
        return;
      case 'NewExpression':
        this.all(node.arguments);
        return;
      case 'ArrayExpression':
        this.all(node.elements as EsNode[]);
        return;
      case 'UnaryExpression':
        this.visit(node.argument);
        return;
      case 'AssignmentExpression':
        this.assignment(node);
        return;
      case 'ConditionalExpression':
        this.if(node.test, node.consequent, node.alternate);
        return;
      case 'SequenceExpression':
        this.all(node.expressions);
        return;
      case 'ArrowFunctionExpression':
        // What it captures is declared in the block around it.
        return;
      default:
        this.statement(node);
    }
  }

  /** Both ways, whichever is taken: a conditional expression or statement. */
  private if(test: EsNode, then: EsNode, otherwise: EsNode | null | undefined): void {
    const other = this.newLabel();
    const end = otherwise ? this.newLabel() : other;
    this.whole(test);
    this.add(Ev.branch, other);
    this.visit(then);
    if (otherwise) {
      this.jump(end);
      this.place(other);
      this.visit(otherwise);
    }
    this.place(end);
  }

  private assignment({ left, right }: AssignmentExpression): void {
    const number = this.numberOf(left);
    const value = number < 0 ? undefined : numberIn(right);
    if (value !== undefined) {
      this.write(left as Identifier, number);
      this.last = { variable: number, value, at: this.events.length };
      return;
    }
    if (number < 0) this.visit(left);
    this.whole(right);
    if (number >= 0) this.write(left as Identifier, number);
  }

  private statement(node: EsNode): void {
    const labels = this.pending;
    this.pending = NONE;
    switch (node.type) {
      case 'EmptyStatement':
        return;
      case 'ExpressionStatement':
        if (node.expression.type === 'AssignmentExpression' && this.move(node, node.expression))
          return;
        this.whole(node.expression);
        return;
      case 'BlockStatement': {
        const target = labels.length > 0 ? this.enter(labels, Kind.block) : undefined;
        this.all(node.body);
        if (target !== undefined) this.place(target.end);
        return;
      }
      case 'VariableDeclaration':
        for (const declarator of node.declarations) this.first(declarator);
        return;
      case 'IfStatement':
        this.if(node.test, node.consequent, node.alternate);
        return;
      case 'ForStatement': {
        const target = this.enter(labels, Kind.loop);
        const head = this.newLabel();
        if (!node.test && !node.update) this.choose(node.body, target);
        if (node.init) this.visit(node.init);
        this.place(head);
        if (node.test) {
          this.visit(node.test);
          this.add(Ev.branch, target.end);
        }
        this.visit(node.body);
        this.place(target.next);
        if (node.update) this.visit(node.update);
        this.jump(head);
        this.leaveLoop(target);
        return;
      }
      case 'DoWhileStatement': {
        const target = this.enter(labels, Kind.loop);
        const head = this.newLabel();
        this.place(head);
        this.visit(node.body);
        this.place(target.next);
        this.visit(node.test);
        this.add(Ev.branch, head);
        this.leaveLoop(target);
        return;
      }
      case 'SwitchStatement':
        this.switch(node, labels);
        return;
      case 'LabeledStatement':
        this.pending = [...labels, node.label.name];
        this.statement(node.body);
        return;
      case 'BreakStatement':
      case 'ContinueStatement':
        this.leave(node);
        return;
      case 'ReturnStatement':
      case 'ThrowStatement':
        if (node.argument) this.whole(node.argument);
        this.protect();
        this.add(Ev.stop, 0);
        return;
      case 'TryStatement': {
        const handler = this.newLabel();
        const end = this.newLabel();
        this.handlers.push(handler);
        this.protect();
        this.visit(node.block);
        this.protect();
        this.handlers.pop();
        this.jump(end);
        this.place(handler);
        if (node.handler) this.visit(node.handler.body);
        if (node.finalizer) this.visit(node.finalizer);
        this.place(end);
        return;
      }
      default:
        throw new TypeError(`no statement ${node.type}`);
    }
  }

  /** The first value of a variable. */
  private first(declarator: VariableDeclarator): void {
    const { id, init } = declarator;
    if (!init) return;
    this.visit(init);
    const number = this.numberOf(id);
    if (number < 0) return;
    this.inits.set(this.events.length, declarator);
    this.write(id as Identifier, number);
    const value = numberIn(init);
    if (value !== undefined) this.firsts.set(number, value);
  }

  /** Notes a statement that does nothing where its two variables are one, or where nothing reads it. */
  private move(statement: Statement, { left, right }: AssignmentExpression): boolean {
    const to = this.numberOf(left);
    if (to < 0) return false;
    const at = this.events.length;
    const from = this.numberOf(right);
    if (from >= 0) {
      this.moves.push({ statement, to, from, at });
      return false;
    }
    const source =
      right.type === 'UnaryExpression' && right.operator === '+'
        ? right.argument
        : right.type === 'BinaryExpression' &&
            right.operator === '|' &&
            right.right.type === 'Literal' &&
            right.right.value === 0
          ? right.left
          : undefined;
    if (source === undefined || this.numberOf(source) !== to) return false;
    // A coercion changes no value that counts: it is no event, and goes where nothing reads the variable.
    this.named(left as Identifier, to);
    this.named(source as Identifier, to);
    this.moves.push({ statement, to, from: to, at });
    return true;
  }

  /** A statement that jumps can refer to; what is visited next is inside it. */
  private enter(labels: readonly string[], kind: number): Target {
    const loop = kind === Kind.loop;
    const target = { end: this.newLabel(), next: loop ? this.newLabel() : -1 };
    for (const label of labels) this.targets.set(label, target);
    if (kind !== Kind.block) this.breakable.push(target);
    if (loop) this.loops.push(target);
    return target;
  }

  private leaveLoop({ end }: Target): void {
    this.loops.pop();
    this.breakable.pop();
    this.place(end);
  }

  private leave({ type, label }: BreakStatement | ContinueStatement): void {
    const { breakable, loops } = this;
    if (type === 'BreakStatement') {
      this.jump((label ? this.targets.get(label.name)! : breakable[breakable.length - 1]!).end);
      return;
    }
    const { next, choice } = label ? this.targets.get(label.name)! : loops[loops.length - 1]!;
    const { variable, value, at } = this.last;
    if (choice?.variable === variable && at === this.events.length) this.goTo(choice, value);
    else this.jump(next);
  }

  /** Where a loop only chooses a place, jumps with a known state lead there, the one into the loop as well. */
  private choose(body: Statement, target: Target): void {
    const inner = body.type === 'BlockStatement' && body.body.length === 1 ? body.body[0]! : body;
    if (inner.type !== 'SwitchStatement') return;
    const variable = this.numberOf(inner.discriminant);
    if (variable < 0) return;
    const starts = inner.cases.map(() => this.newLabel());
    this.starts.set(inner, starts);
    const places = new Map<number, number>();
    let otherwise = target.next;
    inner.cases.forEach(({ test }, i) => {
      const value = numberIn(test);
      if (value !== undefined && !places.has(value)) places.set(value, starts[i]!);
      if (!test) otherwise = starts[i]!;
    });
    target.choice = { variable, places, otherwise };
    const value = this.firsts.get(variable);
    if (value !== undefined && this.loops.length === 1) this.goTo(target.choice, value);
  }

  /** The state is read all the same. */
  private goTo({ variable, places, otherwise }: Choice, value: number): void {
    this.add(Ev.read, variable);
    this.jump(places.get(value) ?? otherwise);
  }

  private switch(node: SwitchStatement, labels: readonly string[]): void {
    const { discriminant, cases } = node;
    const { end } = this.enter(labels, Kind.switch);
    const starts = this.starts.get(node) ?? cases.map(() => this.newLabel());
    this.whole(discriminant);
    for (let i = cases.length - 1; i >= 0; i--) {
      const { test, consequent } = cases[i]!;
      // Of cases that share their code, the last stands for all.
      if (test && (consequent.length > 0 || i + 1 === cases.length))
        this.add(Ev.branch, starts[i]!);
    }
    const otherwise = cases.findIndex(({ test }) => !test);
    this.jump(otherwise < 0 ? end : starts[otherwise]!);
    cases.forEach(({ consequent }, i) => {
      this.place(starts[i]!);
      this.all(consequent);
    });
    this.breakable.pop();
    this.place(end);
  }
}

/** The value of a number that stands in the text. */
function numberIn(node: EsNode | null | undefined): number | undefined {
  return node?.type === 'Literal' && typeof node.value === 'number' ? node.value : undefined;
}
