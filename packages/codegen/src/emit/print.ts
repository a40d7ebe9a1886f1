/**
 * Prints the trees of functions as short text: no indentation, no blanks, a line for each statement
 * (the line feed is the statement's end, so that positions in stack traces stay useful at the price of
 * a semicolon), local variables and labels renamed to one or two letters in the order of their
 * declaration. Alike functions then have alike text, which is what compressors live on (`letters.ts` does more of that).
 * `tokens.ts` reads this text again.
 */

import type {
  BinaryExpression,
  CallExpression,
  Expression,
  FunctionDeclaration,
  LogicalExpression,
  Node,
  Pattern,
  Statement,
  SwitchStatement,
  VariableDeclaration,
} from 'estree';
import { AHEAD } from '../ahead.js';
import { not } from '../estree.js';
import { HELPER_LETTERS, shortName } from '../names.js';
import { Text } from './text.js';

/** Precedences of what may need parentheses; a larger number binds tighter. */
const SEQUENCE = 0;
const ASSIGNMENT = 1;
const CONDITIONAL = 2;
const UNARY = 15;
const CALL = 18;
const PRECEDENCE = new Map<string, number>(
  Object.entries({
    // Never beside the other two without parentheses.
    '??': 2.5,
    '||': 3,
    '&&': 4,
    '|': 5,
    '^': 6,
    '&': 7,
    '===': 8,
    '!==': 8,
    '<': 9,
    '<=': 9,
    '>': 9,
    '>=': 9,
    '<<': 10,
    '>>': 10,
    '>>>': 10,
    '+': 11,
    '-': 11,
    '*': 12,
    '/': 12,
    '%': 12,
  }),
);

/** Operators that have an assignment form. */
const COMPOUND = new Set(['|', '^', '&', '<<', '>>', '>>>', '+', '-', '*', '/', '%']);

/** Operators whose operands may be grouped either way: `a | (b | c)` needs no parentheses. */
const ASSOCIATIVE = new Set(['|', '^', '&', '||', '&&']);

/** Appends a statement that stands outside of functions. */
export function printStatement(text: Text, node: Statement): void {
  new FunctionPrinter(text).whole(node);
}

/** The text of an expression that stands outside of functions, as an argument or initialiser. */
export function expressionSource(node: Expression): string {
  const text = new Text(256);
  // A constant expression of many objects has variables, and helpers that it calls may have letters by now.
  new FunctionPrinter(text, AHEAD ? new Set(HELPER_LETTERS) : undefined).argument(node);
  return text.pieces().join('');
}

/** Appends a function, its local variables renamed. @param taken short names that these must not have */
export function printFunction(
  text: Text,
  node: FunctionDeclaration,
  taken?: ReadonlySet<string>,
): void {
  new FunctionPrinter(text, taken).func(node);
}

/** Prints one function or statement. */
export class FunctionPrinter {
  /** New names of local variables, and of the labels around the present point. */
  private readonly locals = new Map<string, string>();
  private readonly labels = new Map<string, string>();
  private given = 0;
  private depth = 0;

  /** @param taken short names that local variables must not have */
  constructor(
    private readonly text: Text,
    private readonly taken?: ReadonlySet<string>,
  ) {}

  whole(node: Statement): void {
    this.statement(node);
  }

  argument(node: Expression): void {
    this.expression(node, ASSIGNMENT);
  }

  func({ id, params, body, generator }: FunctionDeclaration): void {
    for (const param of params) this.declare(param);
    // Declarations stand at the head of the function; what comes before names parameters only.
    for (const item of body.body) if (item.type === 'VariableDeclaration') this.declareAll(item);
    this.text.add(`function${generator === true ? '*' : ' '}${id!.name}(`);
    params.forEach((param, i) => {
      if (i > 0) this.text.add(',');
      this.expression(param, ASSIGNMENT);
    });
    this.text.add(')');
    this.statement(body);
  }

  /** Is a line feed in front of a statement enough to end the one before? */
  protected isSeparate(node: Node): boolean {
    return startsWithWord(node);
  }

  /** The text of a name that the function does not declare. */
  protected outer(name: string): string {
    return name;
  }

  private declareAll({ declarations }: VariableDeclaration): void {
    for (const { id } of declarations) this.declare(id);
  }

  private declare(pattern: Pattern): void {
    if (pattern.type !== 'Identifier' || this.locals.has(pattern.name)) return;
    let name = pattern.name === 'm' ? 'm' : shortName(this.given++);
    while (AHEAD && this.taken?.has(name)) name = shortName(this.given++);
    this.locals.set(pattern.name, name);
  }

  /** Prints statements; where one needs an end before the next, it is a line feed. */
  private list(body: readonly Node[], open = false): boolean {
    for (const item of body) {
      if (item.type === 'EmptyStatement') continue;
      if (open) this.text.add(this.isSeparate(item) ? '\n' : ';');
      open = this.statement(item as Statement);
    }
    return open;
  }

  /** Prints a statement. @returns does it need an end before another one? */
  protected statement(node: Statement): boolean {
    switch (node.type) {
      case 'ExpressionStatement':
        this.expression(node.expression, SEQUENCE);
        return true;
      case 'BlockStatement':
        this.text.add('{');
        this.list(node.body);
        this.text.add('}');
        return false;
      case 'VariableDeclaration':
        return this.declaration(node);
      case 'IfStatement': {
        const { consequent, alternate: other } = node;
        const only = AHEAD && other && isNothing(consequent);
        this.text.add('if(');
        this.expression(only ? not(node.test) : node.test, SEQUENCE);
        this.text.add(')');
        const open = this.statement(only ? other : consequent);
        if (only || !other || (AHEAD && isNothing(other))) return open;
        if (open) this.text.add('\n');
        this.text.add('else');
        const alternate = onlyStatement(other);
        if (alternate.type !== 'BlockStatement') this.text.add(' ');
        return this.statement(alternate);
      }
      case 'ForStatement':
        this.text.add('for(');
        [node.init, node.test, node.update].forEach((part, i) => {
          if (i > 0) this.text.add(';');
          if (part) this.expression(part as Expression, SEQUENCE);
        });
        this.text.add(')');
        return this.statement(node.body);
      case 'DoWhileStatement': {
        this.text.add('do');
        this.statement(node.body);
        this.text.add('while(');
        this.expression(node.test, SEQUENCE);
        this.text.add(')');
        return true;
      }
      case 'SwitchStatement':
        return this.switch(node);
      case 'LabeledStatement': {
        const label = shortName(this.depth++);
        this.labels.set(node.label.name, label);
        this.text.add(`${label}:`);
        const open = this.statement(node.body);
        this.depth--;
        return open;
      }
      case 'BreakStatement':
      case 'ContinueStatement':
        this.text.add(node.type === 'BreakStatement' ? 'break' : 'continue');
        if (node.label) this.text.add(` ${this.labels.get(node.label.name)}`);
        return true;
      case 'ReturnStatement':
        this.text.add('return');
        if (node.argument) {
          if (node.argument.type !== 'UnaryExpression') this.text.add(' ');
          this.expression(node.argument, SEQUENCE);
        }
        return true;
      case 'ThrowStatement':
        this.text.add('throw ');
        this.expression(node.argument, SEQUENCE);
        return true;
      case 'TryStatement': {
        this.text.add('try');
        this.statement(node.block);
        const { param, body } = node.handler!;
        this.declare(param!);
        this.text.add('catch(');
        this.expression(param!, ASSIGNMENT);
        this.text.add(')');
        return this.statement(body);
      }
      case 'EmptyStatement':
        this.text.add(';');
        return false;
      default:
        throw new TypeError(`no statement ${node.type}`);
    }
  }

  private declaration(node: VariableDeclaration): boolean {
    this.declareAll(node);
    this.text.add(`${node.kind} `);
    node.declarations.forEach(({ id, init }, i) => {
      if (i > 0) this.text.add(',');
      this.expression(id, ASSIGNMENT);
      if (!init) return;
      this.text.add('=');
      this.expression(init, ASSIGNMENT);
    });
    return true;
  }

  private switch({ discriminant, cases }: SwitchStatement): boolean {
    this.text.add('switch(');
    this.expression(discriminant, SEQUENCE);
    this.text.add('){');
    let open = false;
    for (const { test, consequent } of cases) {
      if (open) this.text.add('\n');
      if (test) {
        this.text.add('case ');
        this.expression(test, SEQUENCE);
        this.text.add(':');
      } else this.text.add('default:');
      open = this.list(consequent);
    }
    this.text.add('}');
    return false;
  }

  /** Prints an expression, in parentheses where it binds less than `least`. */
  protected expression(node: Expression | Pattern | CallExpression['callee'], least: number): void {
    switch (node.type) {
      case 'Identifier':
        this.text.add(this.locals.get(node.name) ?? this.outer(node.name));
        return;
      case 'Literal':
        this.text.add(typeof node.value === 'number' ? number(node.value) : node.raw!);
        return;
      case 'CallExpression':
        this.expression(node.callee as Expression, CALL);
        this.text.add('(');
        this.arguments(node.arguments as Expression[]);
        this.text.add(')');
        return;
      case 'NewExpression':
        this.text.add('new ');
        this.expression(node.callee as Expression, CALL);
        this.text.add('(');
        this.arguments(node.arguments as Expression[]);
        this.text.add(')');
        return;
      case 'ArrayExpression':
        this.text.add('[');
        this.arguments(node.elements as Expression[]);
        this.text.add(']');
        return;
      case 'MemberExpression':
        this.expression(node.object as Expression, CALL);
        if (node.computed) {
          this.text.add('[');
          this.expression(node.property as Expression, SEQUENCE);
          this.text.add(']');
        } else this.text.add(`.${(node.property as { name: string }).name}`);
        return;
      case 'BinaryExpression':
      case 'LogicalExpression':
        this.binary(node, least);
        return;
      case 'UnaryExpression':
        this.text.add(node.operator.length > 1 ? `${node.operator} ` : node.operator);
        // `--x` is another operator than `- -x`.
        if (node.operator === '-' && startsWithMinus(node.argument)) this.text.add(' ');
        this.expression(node.argument, UNARY);
        return;
    }
    const parentheses = (LOOSE.get(node.type) ?? ASSIGNMENT) < least;
    if (parentheses) this.text.add('(');
    this.loose(node as Expression);
    if (parentheses) this.text.add(')');
  }

  /** Prints an expression that binds less than operators do. */
  private loose(node: Expression): void {
    switch (node.type) {
      case 'AssignmentExpression': {
        const { right } = node;
        // `a = a | b` is `a |= b`, `a = a + 1` is `++a`, for which QuickJS has one instruction.
        if (
          right.type === 'BinaryExpression' &&
          right.left.type === 'Identifier' &&
          node.left.type === 'Identifier' &&
          right.left.name === node.left.name &&
          COMPOUND.has(right.operator)
        ) {
          const { operator } = right;
          if ((operator === '+' || operator === '-') && isOne(right.right)) {
            this.text.add(`${operator}${operator}`);
            this.expression(node.left, CALL);
            return;
          }
          this.expression(node.left, CALL);
          this.text.add(`${operator}=`);
          this.expression(right.right, ASSIGNMENT);
          return;
        }
        this.expression(node.left as Expression, CALL);
        this.text.add('=');
        this.expression(right, ASSIGNMENT);
        return;
      }
      case 'ConditionalExpression':
        this.expression(node.test, CONDITIONAL + 1);
        this.text.add('?');
        this.expression(node.consequent, ASSIGNMENT);
        this.text.add(':');
        this.expression(node.alternate, ASSIGNMENT);
        return;
      case 'SequenceExpression':
        this.arguments(node.expressions);
        return;
      case 'ArrowFunctionExpression':
        this.text.add('()=>');
        if (node.body.type === 'BlockStatement') this.statement(node.body);
        else this.expression(node.body, ASSIGNMENT);
        return;
      case 'YieldExpression':
        this.text.add('yield*');
        this.expression(node.argument!, ASSIGNMENT);
        return;
      case 'FunctionExpression':
        this.text.add('function*()');
        this.statement(node.body);
        return;
      default:
        throw new TypeError(`no expression ${node.type}`);
    }
  }

  private arguments(list: readonly Expression[]): void {
    for (let i = 0; i < list.length; i++) {
      if (i > 0) this.text.add(',');
      this.expression(list[i]!, ASSIGNMENT);
    }
  }

  private binary(node: BinaryExpression | LogicalExpression, least: number): void {
    const { operator } = node;
    const own = PRECEDENCE.get(operator)!;
    const parentheses = own < least;
    if (parentheses) this.text.add('(');
    this.expression(node.left as Expression, own);
    this.text.add(operator);
    if (operator === '-' && startsWithMinus(node.right)) this.text.add(' ');
    const { right } = node;
    const same =
      right.type === node.type && right.operator === operator && ASSOCIATIVE.has(operator);
    this.expression(right, same ? own : own + 1);
    if (parentheses) this.text.add(')');
  }
}

/** Precedences of the kinds of expression that `loose` prints, where they are not those of assignments. */
const LOOSE = new Map([
  ['SequenceExpression', SEQUENCE],
  ['ConditionalExpression', CONDITIONAL],
]);

/** The only statement of a block, where it can stand behind `else` without braces. */
function onlyStatement(node: Statement): Statement {
  if (node.type !== 'BlockStatement' || node.body.length !== 1) return node;
  const only = node.body[0]!;
  return only.type === 'VariableDeclaration' ? node : only;
}

/** Does nothing stand there, or what is no statement any more? */
const isNothing = (node: Statement): boolean =>
  node.type === 'EmptyStatement' || (node.type === 'BlockStatement' && node.body.every(isNothing));

const isOne = (node: Node): boolean => node.type === 'Literal' && node.value === 1;

/** Integers from there on may be written with an exponent. */
const LONG_INTEGER = 1e21;

/** The shortest text of a number that is not negative. */
function number(value: number): string {
  const text = String(value);
  if (text.length < 4) return text.startsWith('0.') ? text.slice(1) : text;
  if (text.endsWith('000')) {
    const zeros = /^(\d+?)(0{3,})$/.exec(text);
    if (zeros !== null) return `${zeros[1]}e${zeros[2]!.length}`;
  }
  if (Number.isInteger(value) && value < LONG_INTEGER) return text;
  return text.replace(/^0\./, '.').replace('e+', 'e');
}

/** Does the text of a right operand begin with a minus? `true` is always safe. */
function startsWithMinus(node: Node): boolean {
  if (node.type === 'BinaryExpression') return startsWithMinus(node.left);
  return node.type === 'UnaryExpression' && node.operator === '-';
}

/** Does the text begin with a word, so that it cannot continue the line before? `false` is always safe. */
function startsWithWord(node: Node): boolean {
  switch (node.type) {
    case 'ExpressionStatement':
      return startsWithWord(node.expression);
    case 'AssignmentExpression':
      return startsWithWord(node.left);
    case 'CallExpression':
      return node.callee.type === 'Identifier' || node.callee.type === 'MemberExpression'
        ? startsWithWord(node.callee)
        : false;
    case 'MemberExpression':
      return node.object.type === 'Identifier' || node.object.type === 'MemberExpression'
        ? startsWithWord(node.object)
        : false;
    case 'BinaryExpression':
      // Whatever binds less than the operator stands in parentheses there.
      return node.left.type === 'CallExpression' && startsWithWord(node.left);
    case 'SequenceExpression':
    case 'BlockStatement':
    case 'UnaryExpression':
    case 'LogicalExpression':
    case 'ConditionalExpression':
    case 'ArrowFunctionExpression':
      return false;
    default:
      return true;
  }
}
