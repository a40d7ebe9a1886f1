/**
 * The control flow of a printed function: gets its ESTree, gives what it reads and assigns of its variables as one
 * row of events in the order of evaluation, cut into basic blocks. Walks with a stack of its own, so that the depth
 * of the tree does not matter.
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

/** What is still to be done beside visiting nodes, in the low bits; above them the label. */
const Do = {
  place: 0,
  jump: 1,
  branch: 2,
  stop: 3,
  /** Assigns: the identifier is the next item, the declaration that gives a first value behind it. */
  write: 4,
  writeFirst: 5,
  /** What jumps refer to ends: the innermost block (nothing to do), `switch` or loop. */
  leaveSwitch: 6,
  leaveLoop: 7,
  leaveTry: 8,
  /** Ends an expression that is watched. */
  watched: 9,
} as const;
const DO_BITS = 4;
const DO_MASK = (1 << DO_BITS) - 1;

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
  /** Nodes and tasks; the last comes first. */
  private readonly work: (EsNode | number)[] = [];
  /** Labels of the statement that comes next. */
  private pending: readonly string[] = NONE;
  /** Labels of the handlers of the `try` statements around the present point. */
  private readonly handlers: number[] = [];
  /** First values of variables, as long as nothing else has been assigned to them. */
  private readonly first = new Map<number, number>();
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
    const { work } = this;
    work.push(body);
    for (let item = work.pop(); item !== undefined; item = work.pop()) {
      if (typeof item === 'number') this.task(item & DO_MASK, item >> DO_BITS);
      else this.visit(item);
    }
    this.add(Ev.stop, 0);
  }

  private add(kind: number, value: number): void {
    this.events.push((value << EV_BITS) | kind);
  }

  private push(node: EsNode | null | undefined): void {
    if (node !== null && node !== undefined) this.work.push(node);
  }

  /** Asks for the nodes in this order. */
  private all(nodes: readonly (EsNode | null)[]): void {
    for (let i = nodes.length - 1; i >= 0; i--) this.push(nodes[i]);
  }

  private later(task: number, label: number): void {
    this.work.push((label << DO_BITS) | task);
  }

  private task(task: number, label: number): void {
    switch (task) {
      case Do.place:
        this.place(label);
        return;
      case Do.jump:
        this.jump(label);
        return;
      case Do.branch:
        this.add(Ev.branch, label);
        return;
      case Do.stop:
        this.protect();
        this.add(Ev.stop, 0);
        return;
      case Do.writeFirst: {
        const declarator = this.work.pop() as VariableDeclarator;
        this.inits.set(this.events.length, declarator);
        this.write(this.work.pop() as Identifier, label);
        const value = numberIn(declarator.init);
        if (value !== undefined) this.first.set(label, value);
        return;
      }
      case Do.write:
        this.write(this.work.pop() as Identifier, label);
        return;
      case Do.leaveLoop:
        this.loops.pop();
        this.breakable.pop();
        this.place(label);
        return;
      case Do.watched:
        this.spans[label]![1] = this.events.length;
        return;
      case Do.leaveSwitch:
        this.breakable.pop();
        this.place(label);
        return;
      default:
        this.protect();
        this.handlers.pop();
    }
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
    this.first.delete(number);
    this.protect();
  }

  private visit(node: EsNode): void {
    const number = AHEAD && this.watched.size > 0 ? this.watched.get(node) : undefined;
    if (AHEAD && number !== undefined) {
      const start = this.events.length;
      this.spans[number] = [start, start];
      this.later(Do.watched, number);
    }
    switch (node.type) {
      case 'Identifier': {
        const number = this.numberOf(node);
        if (number < 0) return;
        this.named(node, number);
        this.add(Ev.read, number);
        return;
      }
      case 'Literal':
      case 'EmptyStatement':
        return;
      case 'BinaryExpression':
      case 'LogicalExpression':
        this.work.push(node.right, node.left);
        return;
      case 'CallExpression':
        this.all(node.arguments);
        this.push(node.callee);
        return;
      case 'MemberExpression':
        if (node.computed) this.push(node.property);
        this.push(node.object);
        return;
      case 'NewExpression':
        this.all(node.arguments);
        return;
      case 'ArrayExpression':
        this.all(node.elements as EsNode[]);
        return;
      case 'UnaryExpression':
        this.push(node.argument);
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
    if (otherwise) {
      const end = this.newLabel();
      this.later(Do.place, end);
      this.push(otherwise);
      this.later(Do.place, other);
      this.later(Do.jump, end);
    } else this.later(Do.place, other);
    this.push(then);
    this.later(Do.branch, other);
    this.push(test);
  }

  private assignment({ left, right }: AssignmentExpression): void {
    const number = this.numberOf(left);
    const value = number < 0 ? undefined : numberIn(right);
    if (value !== undefined) {
      this.write(left as Identifier, number);
      this.last = { variable: number, value, at: this.events.length };
    } else if (number >= 0) {
      this.push(left);
      this.later(Do.write, number);
      this.push(right);
    } else {
      this.push(right);
      this.push(left);
    }
  }

  private statement(node: EsNode): void {
    const labels = this.pending;
    this.pending = NONE;
    switch (node.type) {
      case 'ExpressionStatement':
        if (node.expression.type === 'AssignmentExpression' && this.move(node, node.expression))
          return;
        this.push(node.expression);
        return;
      case 'BlockStatement':
        if (labels.length > 0) this.enter(labels, Do.place);
        this.all(node.body);
        return;
      case 'VariableDeclaration':
        for (let i = node.declarations.length - 1; i >= 0; i--) {
          const declarator = node.declarations[i]!;
          const number = this.numberOf(declarator.id);
          if (number >= 0 && declarator.init) {
            this.work.push(declarator.id, declarator);
            this.later(Do.writeFirst, number);
          }
          this.push(declarator.init);
        }
        return;
      case 'IfStatement':
        this.if(node.test, node.consequent, node.alternate);
        return;
      case 'ForStatement': {
        const target = this.enter(labels, Do.leaveLoop);
        const { end, next } = target;
        const head = this.newLabel();
        if (!node.test && !node.update) this.choose(node.body, target);
        this.later(Do.jump, head);
        this.push(node.update);
        this.later(Do.place, next);
        this.push(node.body);
        if (node.test) this.later(Do.branch, end);
        this.push(node.test);
        this.later(Do.place, head);
        this.push(node.init);
        return;
      }
      case 'DoWhileStatement': {
        const { next } = this.enter(labels, Do.leaveLoop);
        const head = this.newLabel();
        this.place(head);
        this.later(Do.branch, head);
        this.push(node.test);
        this.later(Do.place, next);
        this.push(node.body);
        return;
      }
      case 'SwitchStatement':
        this.switch(node, labels);
        return;
      case 'LabeledStatement':
        this.pending = [...labels, node.label.name];
        this.push(node.body);
        return;
      case 'BreakStatement':
      case 'ContinueStatement':
        this.leave(node);
        return;
      case 'ReturnStatement':
      case 'ThrowStatement':
        this.later(Do.stop, 0);
        this.push(node.argument);
        return;
      case 'TryStatement': {
        const handler = this.newLabel();
        const end = this.newLabel();
        this.later(Do.place, end);
        this.push(node.finalizer);
        this.push(node.handler?.body);
        this.later(Do.place, handler);
        this.later(Do.jump, end);
        this.later(Do.leaveTry, 0);
        this.push(node.block);
        this.handlers.push(handler);
        this.protect();
        return;
      }
      default:
        throw new TypeError(`no statement ${node.type}`);
    }
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

  /** A statement that jumps can refer to; its parts are pushed next. */
  private enter(labels: readonly string[], leave: number): Target {
    const loop = leave === Do.leaveLoop;
    const target = { end: this.newLabel(), next: loop ? this.newLabel() : -1 };
    for (const label of labels) this.targets.set(label, target);
    if (leave !== Do.place) this.breakable.push(target);
    if (loop) this.loops.push(target);
    this.later(leave, target.end);
    return target;
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
    const value = this.first.get(variable);
    if (value !== undefined && this.loops.length === 1) this.goTo(target.choice, value);
  }

  /** The state is read all the same. */
  private goTo({ variable, places, otherwise }: Choice, value: number): void {
    this.add(Ev.read, variable);
    this.jump(places.get(value) ?? otherwise);
  }

  private switch(node: SwitchStatement, labels: readonly string[]): void {
    const { discriminant, cases } = node;
    const { end } = this.enter(labels, Do.leaveSwitch);
    const starts = this.starts.get(node) ?? cases.map(() => this.newLabel());
    for (let i = cases.length - 1; i >= 0; i--) {
      this.all(cases[i]!.consequent);
      this.later(Do.place, starts[i]!);
    }
    const otherwise = cases.findIndex(({ test }) => !test);
    this.later(Do.jump, otherwise < 0 ? end : starts[otherwise]!);
    cases.forEach(({ test, consequent }, i) => {
      // Of cases that share their code, the last stands for all.
      if (test && (consequent.length > 0 || i + 1 === cases.length))
        this.later(Do.branch, starts[i]!);
    });
    this.push(discriminant);
  }
}

/** The value of a number that stands in the text. */
function numberIn(node: EsNode | null | undefined): number | undefined {
  return node?.type === 'Literal' && typeof node.value === 'number' ? node.value : undefined;
}
