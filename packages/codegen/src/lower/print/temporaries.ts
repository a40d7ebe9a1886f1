/**
 * How many temporaries the expressions of a printed function need at once, and fewer of them: interpreters and baseline
 * compilers keep operands, callees and arguments in the frame, as many as the worst expression needs, on each
 * activation. Where a variable of the function is free then, part of such an expression is computed into it before:
 * `m.setInt32(x, m.getInt32(y, !0), !0)` is `z = m.getInt32(y, !0), m.setInt32(x, z, !0)`. Gets the tree, rewrites it.
 * Must keep: what is moved and what it is moved across has no effects; loads trap alike, whichever is first.
 */
import type {
  BinaryExpression,
  CallExpression,
  Node as EsNode,
  Expression,
  FunctionDeclaration,
  Identifier,
  MemberExpression,
  Statement,
} from 'estree';
import { AHEAD } from '../../ahead.js';
import { VIEW_METHODS } from '../../context.js';
import { assign, id } from '../../estree.js';
import { mathOf } from '../../names.js';

/** Up to so many are left alone: a store needs five. */
const ENOUGH = 4;
/** Parts of one expression that are computed ahead, and how deep expressions are looked at. */
const MOST_PARTS = 4;
const DEEPEST = 200;
/** Whole numbers below are part of an instruction. */
const SMALL = 2 ** 31;

const LOADS = new Map<string, boolean>();
for (const [method, short] of Object.entries(VIEW_METHODS))
  if (method.startsWith('get'))
    for (const name of [method, short]) LOADS.set(name, !method.includes('Float'));
const INTEGER_OPERATORS = new Set(['|', '&', '^', '<<', '>>']);
const COMMUTATIVE = new Set(['+', '&', '|', '^']);
const COMPARISONS = new Set(['===', '!==', '==', '!=', '<', '>', '<=', '>=']);

/** An expression of a statement that is computed whenever the statement is. */
export interface Root {
  /** The statement, and where it has the expression. */
  holder: Holder;
  key: string;
  whole: Expression;
  /** What is evaluated: of an assignment to a variable, its value. */
  value: Expression;
  need: number;
}

/** What is known of the expressions of a function. */
export interface Needs {
  /** The most temporaries that anything needs, and that what cannot be changed does. */
  peak: number;
  fixed: number;
  /** Expressions that need more than what is enough; none where they cannot be changed so that they need less. */
  roots: Root[];
}

/** Finds what expressions need. Of functions that call none, nothing: they are on the stack once. */
export function findNeeds(func: FunctionDeclaration): Needs | undefined {
  const finder = new Finder();
  finder.list(func.body.body);
  if (!finder.measure.calls) return undefined;
  const better = finder.peak > Math.max(ENOUGH, finder.fixed);
  if (!better || sharesNodes(finder.large)) finder.roots.length = 0;
  return finder;
}

class Finder implements Needs {
  peak = 0;
  fixed = 0;
  readonly roots: Root[] = [];
  /** All expressions that need more than what is enough. */
  readonly large: EsNode[] = [];
  readonly measure = new Measure();

  list(statements: readonly Statement[], fixed = false): void {
    for (const statement of statements) this.statement(statement, fixed);
  }

  private keep(expression: EsNode | null | undefined): void {
    if (!expression) return;
    const need = this.measure.need(expression);
    if (need > ENOUGH) this.large.push(expression);
    this.fixed = Math.max(this.fixed, need);
    this.peak = Math.max(this.peak, this.fixed);
  }

  private root(statement: Statement, key: string, fixed: boolean): void {
    const holder = statement as unknown as Holder;
    const whole = holder[key] as Expression | null | undefined;
    if (fixed || !whole) {
      this.keep(whole);
      return;
    }
    const need = this.measure.need(whole);
    this.peak = Math.max(this.peak, need);
    if (need <= ENOUGH) return;
    this.large.push(whole);
    const toVariable = whole.type === 'AssignmentExpression' && whole.left.type === 'Identifier';
    this.roots.push({ holder, key, whole, value: toVariable ? whole.right : whole, need });
  }

  private statement(node: Statement | null | undefined, fixed: boolean): void {
    if (!node) return;
    switch (node.type) {
      case 'ExpressionStatement':
        this.root(node, 'expression', fixed);
        return;
      case 'ReturnStatement':
      case 'ThrowStatement':
        this.root(node, 'argument', fixed);
        return;
      case 'IfStatement':
        this.root(node, 'test', fixed);
        this.statement(node.consequent, fixed);
        this.statement(node.alternate, fixed);
        return;
      case 'SwitchStatement':
        this.root(node, 'discriminant', fixed);
        for (const { consequent } of node.cases) this.list(consequent, fixed);
        return;
      case 'BlockStatement':
        this.list(node.body, fixed);
        return;
      case 'LabeledStatement':
        this.statement(node.body, fixed);
        return;
      case 'ForStatement':
        this.keep(node.init?.type === 'VariableDeclaration' ? undefined : node.init);
        this.keep(node.test);
        this.keep(node.update);
        this.statement(node.body, fixed);
        return;
      case 'DoWhileStatement':
        this.keep(node.test);
        this.statement(node.body, fixed);
        return;
      case 'VariableDeclaration':
        for (const { init } of node.declarations) this.keep(init);
        return;
      case 'TryStatement':
        // What has been assigned when something fails is seen by the handler.
        this.list(node.block.body, true);
        this.list(node.handler?.body.body ?? [], true);
        this.list(node.finalizer?.body ?? [], true);
        return;
      default:
    }
  }
}

/** Is a node in two places of these expressions? What one of them needs to have changed, all others would have as well. */
function sharesNodes(expressions: readonly EsNode[]): boolean {
  const seen = new Set<EsNode>();
  let shared = false;
  const visit = (node: EsNode): void => {
    if (node.type === 'Identifier' || node.type === 'Literal') return;
    shared ||= seen.has(node);
    seen.add(node);
    if (!shared) eachOperand(node, visit);
  };
  expressions.forEach(visit);
  return shared;
}

/** What holds an operand: a node, or the list of arguments of a call. */
type Holder = Record<string | number, EsNode>;
type Visit = (part: EsNode, taken: number, holder: Holder, key: string | number) => void;

function visitOwn(visit: Visit, node: EsNode, key: string, taken: number): void {
  const holder = node as unknown as Holder;
  visit(holder[key]!, taken, holder, key);
}

function visitList(visit: Visit, list: readonly EsNode[], taken: number): void {
  for (let i = 0; i < list.length; i++) visit(list[i]!, taken + i, list as unknown as Holder, i);
}

/**
 * Visits the operands of an expression in the order of evaluation.
 * @param visit gets each, the temporaries that are taken by then, and where it is held
 */
function eachOperand(node: EsNode, visit: Visit): void {
  switch (node.type) {
    case 'UnaryExpression':
      visitOwn(visit, node, 'argument', 0);
      return;
    case 'BinaryExpression':
      visitOwn(visit, node, 'left', 0);
      visitOwn(visit, node, 'right', besides(node));
      return;
    case 'LogicalExpression':
      visitOwn(visit, node, 'left', 0);
      visitOwn(visit, node, 'right', 0);
      return;
    case 'ConditionalExpression':
      visitOwn(visit, node, 'test', 0);
      visitOwn(visit, node, 'consequent', 0);
      visitOwn(visit, node, 'alternate', 0);
      return;
    case 'AssignmentExpression':
      if (node.left.type !== 'MemberExpression') visitOwn(visit, node, 'right', 0);
      else {
        eachOperand(node.left, visit);
        visitOwn(visit, node, 'right', node.left.computed ? 2 : 1);
      }
      return;
    case 'MemberExpression':
      visitOwn(visit, node, 'object', 0);
      if (node.computed) visitOwn(visit, node, 'property', 1);
      return;
    case 'CallExpression':
      if (node.callee.type === 'MemberExpression') eachOperand(node.callee, visit);
      else visitOwn(visit, node, 'callee', 0);
      visitList(visit, node.arguments, calleeSize(node));
      return;
    case 'NewExpression':
      visitList(visit, node.arguments, 1);
      return;
    case 'SequenceExpression':
      for (let i = 0; i < node.expressions.length; i++)
        visit(node.expressions[i]!, 0, node.expressions as unknown as Holder, i);
      return;
    default:
  }
}

/** A method has a receiver besides; functions of `Math` are one name here. */
const calleeSize = ({ callee }: CallExpression): number =>
  callee.type === 'MemberExpression' || (callee.type === 'Identifier' && callee.name.includes('.'))
    ? 2
    : 1;

/** Temporaries that a left operand takes: none where the right one is part of the instruction. */
const besides = ({ operator, right }: BinaryExpression): number =>
  isSmall(right) && !COMPARISONS.has(operator) ? 0 : 1;

const isSmall = (node: EsNode): boolean =>
  node.type === 'Literal' && Number.isInteger(node.value) && (node.value as number) < SMALL;

/** Counts as V8's bytecode generator does; operand stacks of other interpreters are as deep. */
class Measure {
  /** Has any expression called a function of the module or of the host? */
  calls = false;

  private depth = 0;

  /** Temporaries beside the one for the result. A build asks of many millions of nodes, so this has no visitor. */
  need(node: EsNode): number {
    if (node.type === 'Identifier' || node.type === 'Literal' || this.depth > DEEPEST) return 0;
    this.depth++;
    const found = this.operands(node);
    this.depth--;
    return found;
  }

  /** What the operands need, in the order of `eachOperand`, and the operation itself. */
  private operands(node: EsNode): number {
    switch (node.type) {
      case 'UnaryExpression':
        return this.need(node.argument);
      case 'BinaryExpression': {
        const left = this.need(node.left);
        return Math.max(left, besides(node) + this.need(node.right));
      }
      case 'LogicalExpression':
        return Math.max(this.need(node.left), this.need(node.right));
      case 'ConditionalExpression': {
        const test = this.need(node.test);
        return Math.max(test, this.need(node.consequent), this.need(node.alternate));
      }
      case 'AssignmentExpression': {
        const { left } = node;
        if (left.type !== 'MemberExpression') return this.need(node.right);
        const place = this.member(left);
        return Math.max(place, (left.computed ? 2 : 1) + this.need(node.right));
      }
      case 'MemberExpression':
        return Math.max(1, this.member(node));
      case 'CallExpression': {
        if (!this.calls && !isQuiet(node)) this.calls = true;
        const { callee } = node;
        const size = calleeSize(node);
        const called = callee.type === 'MemberExpression' ? this.member(callee) : this.need(callee);
        const own = size + node.arguments.length;
        return Math.max(own, called, this.list(node.arguments, size));
      }
      case 'NewExpression':
        return this.list(node.arguments, 1);
      case 'SequenceExpression': {
        let most = 0;
        for (const part of node.expressions) most = Math.max(most, this.need(part));
        return most;
      }
      default:
        return 0;
    }
  }

  private member({ object, property, computed }: MemberExpression): number {
    const found = this.need(object);
    return computed ? Math.max(found, 1 + this.need(property)) : found;
  }

  /** Arguments, behind so many temporaries. */
  private list(list: readonly EsNode[], taken: number): number {
    let most = 0;
    for (let i = 0; i < list.length; i++) most = Math.max(most, taken + i + this.need(list[i]!));
    return most;
  }
}

/** What is called without an effect: a load or a function of `Math`. @returns its name */
function quietName({ callee }: CallExpression): string | undefined {
  if (callee.type === 'Identifier') {
    const { name } = callee;
    return name.startsWith('Math.') ? name.slice(5) : AHEAD ? mathOf(name) : undefined;
  }
  if (callee.type !== 'MemberExpression' || callee.computed) return undefined;
  const { name } = callee.property as Identifier;
  if (callee.object.type !== 'Identifier') return undefined;
  return LOADS.has(name) || callee.object.name === 'Math' ? name : undefined;
}

const isQuiet = (node: CallExpression): boolean => quietName(node) !== undefined;

/** Has evaluating this no effect, but that it may trap as a load does? */
function isQuietTree(node: EsNode): boolean {
  switch (node.type) {
    case 'Identifier':
    case 'Literal':
      return true;
    case 'CallExpression':
      return isQuiet(node) && node.arguments.every(isQuietTree);
    case 'UnaryExpression':
      return isQuietTree(node.argument);
    case 'BinaryExpression':
    case 'LogicalExpression':
      return isQuietTree(node.left) && isQuietTree(node.right);
    case 'ConditionalExpression':
      return isQuietTree(node.test) && isQuietTree(node.consequent) && isQuietTree(node.alternate);
    default:
      return false;
  }
}

/** Does it give an int32? */
function isInteger(node: EsNode): boolean {
  if (node.type === 'BinaryExpression') return INTEGER_OPERATORS.has(node.operator);
  const name = node.type === 'CallExpression' ? quietName(node) : undefined;
  return name !== undefined && (LOADS.get(name) ?? (name === 'imul' || name === 'clz32'));
}

/** An operand that can be computed ahead. */
interface Place {
  node: Expression;
  holder: Holder;
  key: string | number;
}

/**
 * Takes operands out of the expressions that need most, as long as all of them get better by it.
 * @param needs what is known of the function
 * @param free gives the names of integer variables whose values nobody wants while an expression is evaluated
 */
export function spareTemporaries(
  { roots, peak, fixed }: Needs,
  free: (root: Root) => string[],
): void {
  const measure = new Measure();
  const least = Math.max(fixed, ENOUGH);
  const names = new Map<Root, string[]>();
  const freeOf = (root: Root): string[] => {
    const found = names.get(root) ?? free(root);
    names.set(root, found);
    return found;
  };
  let most = peak;
  while (
    most > least &&
    roots.every((root) => root.need < most || takeOut(measure, root, most - 1, freeOf(root), false))
  )
    most--;
  for (const root of roots) if (root.need > most) takeOut(measure, root, most, freeOf(root), true);
}

/** Takes operands out until the expression needs no more than `most`. @returns whether that is possible */
function takeOut(
  measure: Measure,
  root: Root,
  most: number,
  free: readonly string[],
  keep: boolean,
): boolean {
  const turner = new Turner(measure);
  turner.turn(root.whole);
  const taken: Place[] = [];
  const ahead: Expression[] = [];
  while (measure.need(root.whole) > most && taken.length < Math.min(MOST_PARTS, free.length)) {
    const place = findPlace(measure, root.whole, most);
    if (place === undefined) break;
    const name = free[taken.length]!;
    taken.push(place);
    ahead.push(assign(name, place.node));
    place.holder[place.key] = id(name);
  }
  const done = measure.need(root.whole) <= most;
  if (done && keep) {
    if (ahead.length > 0)
      root.holder[root.key] = { type: 'SequenceExpression', expressions: [...ahead, root.whole] };
    return true;
  }
  for (const { node, holder, key } of taken.reverse()) holder[key] = node;
  for (const pair of turner.turned.reverse()) exchange(...pair);
  return done;
}

function exchange(holder: Holder, x: string | number, y: string | number): void {
  const value = holder[x]!;
  holder[x] = holder[y]!;
  holder[y] = value;
}

/** Puts operands that need more in front, where the order of two integers does not matter. */
class Turner {
  /** What has been exchanged. */
  readonly turned: [Holder, string | number, string | number][] = [];
  private depth = 0;

  constructor(private readonly measure: Measure) {}

  turn(node: EsNode): void {
    if (this.depth > DEEPEST) return;
    if (node.type === 'BinaryExpression' && COMMUTATIVE.has(node.operator)) {
      const { left, right } = node;
      if (isInteger(left) && isInteger(right) && this.better(left, right))
        this.exchange(node as unknown as Holder, 'left', 'right');
    } else if (node.type === 'CallExpression' && quietName(node) === 'imul') {
      const [x, y] = node.arguments;
      if (this.better(x!, y!)) this.exchange(node.arguments as unknown as Holder, 0, 1);
    }
    this.depth++;
    eachOperand(node, this.inside);
    this.depth--;
  }

  private readonly inside = (part: EsNode): void => this.turn(part);

  private better(x: EsNode, y: EsNode): boolean {
    return this.measure.need(y) > this.measure.need(x) && isQuietTree(x) && isQuietTree(y);
  }

  private exchange(holder: Holder, x: string | number, y: string | number): void {
    exchange(holder, x, y);
    this.turned.push([holder, x, y]);
  }
}

/** The first and largest operand, of what needs too much, that can be computed ahead of all. */
function findPlace(measure: Measure, whole: Expression, most: number): Place | undefined {
  let found: Place | undefined;
  /** Has something been passed that nothing can be moved across, or that is not always evaluated? */
  let closed = false;
  const search = (node: EsNode, before: number, depth: number): void => {
    const conditional = node.type === 'ConditionalExpression' || node.type === 'LogicalExpression';
    eachOperand(node, (part, taken, holder, key) => {
      if (closed || found !== undefined) return;
      const need = measure.need(part);
      if (before + taken + need > most) {
        if (need > 0 && need <= most && isInteger(part) && isQuietTree(part)) {
          found = { node: part as Expression, holder, key };
          return;
        }
        if (depth < DEEPEST) search(part, before + taken, depth + 1);
      }
      if (conditional || !isQuietTree(part)) closed = true;
    });
  };
  search(whole, 0, 0);
  return found;
}
