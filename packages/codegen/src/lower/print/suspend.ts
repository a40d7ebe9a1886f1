/**
 * The suspendable form of functions (JavaScript Promise Integration): gets the declarations that a function became,
 * gives a second set of them as generator functions, in which every call that may suspend is `yield*`. Both forms
 * compute the same; a generator gives back to whoever started it the promises that suspending imports return.
 */
import type {
  ArrowFunctionExpression,
  CallExpression,
  Expression,
  FunctionDeclaration,
  LabeledStatement,
  Node,
  Statement,
  SwitchCase,
} from 'estree';
import { type ModuleContext, suspendableName, VIEW_METHODS } from '../../context.js';
import { assign, at, block, call, expr, id, num, ret } from '../../estree.js';
import { tailBodyName } from './results.js';

/** Names of functions by what they stand for, of one module. */
interface Names {
  functions: Map<string, number>;
  tailBodies: Map<string, number>;
}
const NAMES = new WeakMap<ModuleContext, Names>();

function namesOf(ctx: ModuleContext): Names {
  let found = NAMES.get(ctx);
  if (found === undefined) {
    found = { functions: new Map(), tailBodies: new Map() };
    for (let i = 0; i < ctx.module.funcTypes.length; i++) {
      found.functions.set(ctx.funcName(i), i);
      found.tailBodies.set(tailBodyName(ctx.funcName(i)), i);
    }
    NAMES.set(ctx, found);
  }
  return found;
}

/**
 * The suspendable form of a function.
 * @param name of the function
 * @param twin name of its second copy, if there is one: the form needs none
 * @param suspends may a call of that function suspend?
 * @param declarations what `lowerFunction` made of the function: it, its parts and its tail body
 * @returns the declarations, and the statements that tie them to the function
 */
export function suspendable(
  ctx: ModuleContext,
  { name, twin }: { name: string; twin: string },
  suspends: (index: number) => boolean,
  declarations: readonly Statement[],
): Statement[] {
  const own = declarations.filter((node) => node.type === 'FunctionDeclaration');
  const names = new Set(own.map((node) => node.id.name));
  const rewriter = new Rewriter(ctx, suspends, names, { name, twin });
  const made: Statement[] = own
    .filter((node) => node.id.name !== twin)
    .map((node) => rewriter.declaration(node));
  made.push(expr(assign(`${name}.s`, id(suspendableName(name)))));
  const body = tailBodyName(name);
  if (names.has(body)) made.push(expr(assign(`${name}.t`, id(suspendableName(body)))));
  return made;
}

class Rewriter {
  private readonly known: Names;
  /** How many loops and `switch`es are around. */
  private around = 0;
  /** The labels in scope: how many of those are around them, and whether one inside is left by them. */
  private readonly labels = new Map<string, { around: number; fromWithin: boolean }>();

  constructor(
    private readonly ctx: ModuleContext,
    private readonly suspends: (index: number) => boolean,
    /** The declarations that belong to the function. */
    private readonly own: ReadonlySet<string>,
    private readonly twins: { name: string; twin: string },
  ) {
    this.known = namesOf(ctx);
  }

  declaration(node: FunctionDeclaration): FunctionDeclaration {
    return {
      ...node,
      id: id(suspendableName(node.id.name)),
      generator: true,
      body: this.rewrite(node.body),
    };
  }

  /** A copy of a tree in which calls that may suspend do; what has none stays the same object. */
  private rewrite<T extends Node>(node: T): T {
    if (node.type === 'LabeledStatement') return this.labelled(node) as Node as T;
    if (!LEFT.has(node.type)) return this.children(node);
    this.around++;
    const made = this.children(node);
    this.around--;
    return made;
  }

  /**
   * A labelled block that calls suspend in and that is left from within a loop or `switch` is one in a `switch` of its
   * own: TypeScript, which makes a state machine of a generator for ES5, takes its label for the inner one's.
   */
  private labelled(node: LabeledStatement): LabeledStatement {
    const label = { around: this.around, fromWithin: false };
    this.labels.set(node.label.name, label);
    const made = this.children(node);
    this.labels.delete(node.label.name);
    let { body } = made;
    while (body.type === 'LabeledStatement') body = body.body;
    if (made === node || !label.fromWithin || LEFT.has(body.type)) return made;
    const only: SwitchCase = { type: 'SwitchCase', test: null, consequent: [made.body] };
    return { ...made, body: { type: 'SwitchStatement', discriminant: num(0), cases: [only] } };
  }

  private children<T extends Node>(node: T): T {
    if (node.type === 'BreakStatement' && node.label) {
      const label = this.labels.get(node.label.name);
      if (label !== undefined && this.around > label.around) label.fromWithin = true;
    }
    let copy: Record<string, unknown> | undefined;
    for (const [key, value] of Object.entries(node)) {
      if (typeof value !== 'object' || value === null) continue;
      const next: unknown = Array.isArray(value)
        ? this.list(value as (Node | null)[])
        : this.rewrite(value as Node);
      if (next === value) continue;
      copy ??= { ...node };
      copy[key] = next;
    }
    const made = (copy ?? node) as T;
    if (made.type === 'CallExpression') return this.call(made) as Node as T;
    if (made.type === 'ArrowFunctionExpression') return this.later(made) as Node as T;
    return made;
  }

  private list(items: (Node | null)[]): (Node | null)[] {
    const made = items.map((item) => (item === null ? null : this.rewrite(item)));
    return made.some((item, i) => item !== items[i]) ? made : items;
  }

  /** A tail call that is still to be made: `_suspendable_bounce` makes it by `yield*`. */
  private later({ body, ...arrow }: ArrowFunctionExpression): Expression {
    // The generator itself, where it is all that there is: one more would cost as much again.
    if (body.type === 'YieldExpression') return { ...arrow, body: body.argument! };
    return {
      type: 'FunctionExpression',
      params: [],
      generator: true,
      body: body.type === 'BlockStatement' ? body : block([ret(body)]),
    };
  }

  private call(node: CallExpression): Expression {
    const args = node.arguments as Expression[];
    const callee = node.callee as Expression;
    if (callee.type === 'Identifier') return this.named(node, callee.name, args);
    if (callee.type === 'MemberExpression' && !callee.computed) {
      const method = (callee.property as { name: string }).name;
      if (METHODS.has(method) || isHelper(callee.object as Expression)) return node;
    }
    if (
      callee.type === 'CallExpression' &&
      callee.callee.type === 'Identifier' &&
      callee.callee.name === '_callee'
    )
      return this.delegate('_suspendable_callee', callee.arguments[0] as Expression, args);
    // The body of a function that makes tail calls, or the function: `f.b ?? f`.
    if (callee.type === 'LogicalExpression' && isTailBody(callee.left))
      return this.delegate('_suspendable_tail', callee.right, args);
    return this.delegate('_suspendable', callee, args);
  }

  private named(node: CallExpression, name: string, args: Expression[]): Expression {
    const { ctx } = this;
    if (name === this.twins.twin) return yieldFrom(suspendableName(this.twins.name), args);
    if (this.own.has(name)) return yieldFrom(suspendableName(name), args);
    const dispatcher = /^S(\d+)_(\d+)$/.exec(name);
    if (dispatcher !== null) {
      const view = ctx.tableView(Number(dispatcher[1]), Number(dispatcher[2]));
      return this.delegate('_suspendable', at(id(view), args[0]!), args.slice(1));
    }
    if (name === '_bounce') return yieldFrom(ctx.helper('_suspendable_bounce'), args);
    const index = this.known.functions.get(name);
    if (index !== undefined)
      return this.suspends(index) ? yieldFrom(suspendableName(name), args) : node;
    const tail = this.known.tailBodies.get(name);
    if (tail !== undefined)
      return this.suspends(tail)
        ? yieldFrom(suspendableName(name), args)
        : call(id(ctx.funcName(tail)), args);
    // Helpers, functions of the host; what is left is a variable that holds a function.
    if (name.startsWith('_') || name.includes('.')) return node;
    return this.delegate('_suspendable', id(name), args);
  }

  /** `yield* helper(callee)(args)` */
  private delegate(helper: string, callee: Expression, args: Expression[]): Expression {
    return delegated(call(call(id(this.ctx.helper(helper)), [callee]), args));
  }
}

/** What a `break` without a label leaves; none stands in a labelled block for anything outside. */
const LEFT = new Set<string>([
  'SwitchStatement',
  'ForStatement',
  'WhileStatement',
  'DoWhileStatement',
]);

/** `f.b` */
const isTailBody = (node: Expression): boolean =>
  node.type === 'MemberExpression' && (node.property as { name?: string }).name === 'b';

/** A helper, of which `call` is asked for where it is seldom needed. */
const isHelper = (object: Expression): boolean =>
  object.type === 'Identifier' && object.name.startsWith('_');

/** Methods of memory views, which suspend nothing. */
const METHODS = new Set(Object.entries(VIEW_METHODS).flat());

const delegated = (argument: Expression): Expression => ({
  type: 'YieldExpression',
  delegate: true,
  argument,
});

const yieldFrom = (name: string, args: Expression[]): Expression => delegated(call(id(name), args));
