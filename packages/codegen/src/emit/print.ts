/**
 * Prints the trees of functions as short text: no indentation, no blanks, a line for each statement
 * (the line feed is the statement's end, so that positions in stack traces stay useful at the price of
 * a semicolon), local variables and labels renamed to one or two letters in the order of their
 * declaration. Alike functions then have alike text, which is what compressors live on.
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

/** Precedences of what may need parentheses; a larger number binds tighter. */
const SEQUENCE = 0;
const ASSIGNMENT = 1;
const CONDITIONAL = 2;
const UNARY = 15;
const CALL = 18;
const PRECEDENCE: Record<string, number> = {
  '??': 3,
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
};

/** Operators that have an assignment form. */
const COMPOUND = new Set(['|', '^', '&', '<<', '>>', '>>>', '+', '-', '*', '/', '%']);

/** Operators whose operands may be grouped either way: `a | (b | c)` needs no parentheses. */
const ASSOCIATIVE = new Set(['|', '^', '&', '||', '&&']);

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Names that must not be given: words of the language, and globals that bodies mention. */
const TAKEN = new Set(['do', 'if', 'in', 'of', 'as', 'for', 'let', 'new', 'try', 'var', 'NaN']);

/** Names by number; grows on demand. `m` is left to the view of the memory. */
const NAMES: string[] = [];

/** The n-th short name: all different, none a word of the language. */
function shortName(n: number): string {
  while (NAMES.length <= n) {
    let text = '';
    for (let rest = made++; rest >= 0; rest = Math.floor(rest / LETTERS.length) - 1)
      text = LETTERS[rest % LETTERS.length]! + text;
    if (text !== 'm' && !TAKEN.has(text)) NAMES.push(text);
  }
  return NAMES[n]!;
}
let made = 0;

/** The text of a statement that stands outside of functions. */
export function printStatement(node: Statement): string {
  return new Printer().whole(node);
}

/** The text of a function, its local variables renamed. */
export function printFunction(node: FunctionDeclaration): string {
  return new Printer().func(node);
}

class Printer {
  private out = '';
  /** New names of local variables, and of the labels around the present point. */
  private readonly locals = new Map<string, string>();
  private readonly labels = new Map<string, string>();
  private given = 0;
  private depth = 0;

  whole(node: Statement): string {
    this.statement(node);
    return this.out;
  }

  func({ id, params, body }: FunctionDeclaration): string {
    for (const param of params) this.declare(param);
    // Declarations stand at the head of the function; what comes before names parameters only.
    for (const item of body.body) if (item.type === 'VariableDeclaration') this.declareAll(item);
    this.out = `function ${id!.name}(`;
    params.forEach((param, i) => {
      if (i > 0) this.out += ',';
      this.expression(param, ASSIGNMENT);
    });
    this.out += ')';
    this.statement(body);
    return this.out;
  }

  private declareAll({ declarations }: VariableDeclaration): void {
    for (const { id } of declarations) this.declare(id);
  }

  private declare(pattern: Pattern): void {
    if (pattern.type !== 'Identifier' || this.locals.has(pattern.name)) return;
    const name = pattern.name === 'm' ? 'm' : shortName(this.given++);
    this.locals.set(pattern.name, name);
  }

  /** Prints statements; where one needs an end before the next, it is a line feed. */
  private list(body: readonly Node[], open = false): boolean {
    for (const item of body) {
      if (open) this.out += startsWithWord(item) ? '\n' : ';';
      open = this.statement(item as Statement);
    }
    return open;
  }

  /** Prints a statement. @returns does it need an end before another one? */
  private statement(node: Statement): boolean {
    switch (node.type) {
      case 'ExpressionStatement':
        this.expression(node.expression, SEQUENCE);
        return true;
      case 'BlockStatement':
        this.out += '{';
        this.list(node.body);
        this.out += '}';
        return false;
      case 'VariableDeclaration':
        return this.declaration(node);
      case 'IfStatement': {
        this.out += 'if(';
        this.expression(node.test, SEQUENCE);
        this.out += ')';
        const open = this.statement(node.consequent);
        if (node.alternate === null || node.alternate === undefined) return open;
        if (open) this.out += '\n';
        this.out += 'else';
        const alternate = onlyStatement(node.alternate);
        if (alternate.type !== 'BlockStatement') this.out += ' ';
        return this.statement(alternate);
      }
      case 'ForStatement':
        this.out += 'for(;;)';
        return this.statement(node.body);
      case 'DoWhileStatement': {
        this.out += 'do';
        this.statement(node.body);
        this.out += 'while(';
        this.expression(node.test, SEQUENCE);
        this.out += ')';
        return true;
      }
      case 'SwitchStatement':
        return this.switch(node);
      case 'LabeledStatement': {
        const label = shortName(this.depth++);
        this.labels.set(node.label.name, label);
        this.out += `${label}:`;
        const open = this.statement(node.body);
        this.depth--;
        return open;
      }
      case 'BreakStatement':
      case 'ContinueStatement':
        this.out += node.type === 'BreakStatement' ? 'break' : 'continue';
        if (node.label) this.out += ` ${this.labels.get(node.label.name)}`;
        return true;
      case 'ReturnStatement':
        this.out += 'return';
        if (node.argument) {
          if (node.argument.type !== 'UnaryExpression') this.out += ' ';
          this.expression(node.argument, SEQUENCE);
        }
        return true;
      case 'ThrowStatement':
        this.out += 'throw ';
        this.expression(node.argument, SEQUENCE);
        return true;
      case 'EmptyStatement':
        return true;
      default:
        throw new TypeError(`no statement ${node.type}`);
    }
  }

  private declaration(node: VariableDeclaration): boolean {
    this.declareAll(node);
    this.out += `${node.kind} `;
    node.declarations.forEach(({ id, init }, i) => {
      if (i > 0) this.out += ',';
      this.expression(id, ASSIGNMENT);
      if (!init) return;
      this.out += '=';
      this.expression(init, ASSIGNMENT);
    });
    return true;
  }

  private switch({ discriminant, cases }: SwitchStatement): boolean {
    this.out += 'switch(';
    this.expression(discriminant, SEQUENCE);
    this.out += '){';
    let open = false;
    for (const { test, consequent } of cases) {
      if (open) this.out += '\n';
      if (test) {
        this.out += 'case ';
        this.expression(test, SEQUENCE);
        this.out += ':';
      } else this.out += 'default:';
      open = this.list(consequent);
    }
    this.out += '}';
    return false;
  }

  /** Prints an expression, in parentheses where it binds less than `least`. */
  private expression(node: Expression | Pattern | CallExpression['callee'], least: number): void {
    switch (node.type) {
      case 'Identifier':
        this.out += this.locals.get(node.name) ?? node.name;
        return;
      case 'Literal':
        this.out += typeof node.value === 'number' ? number(node.value) : node.raw!;
        return;
      case 'CallExpression':
        this.expression(node.callee as Expression, CALL);
        this.out += '(';
        this.arguments(node.arguments as Expression[]);
        this.out += ')';
        return;
      case 'MemberExpression':
        this.expression(node.object as Expression, CALL);
        if (node.computed) {
          this.out += '[';
          this.expression(node.property as Expression, SEQUENCE);
          this.out += ']';
        } else this.out += `.${(node.property as { name: string }).name}`;
        return;
      case 'BinaryExpression':
      case 'LogicalExpression':
        this.binary(node, least);
        return;
      case 'UnaryExpression':
        this.out += /^[a-z]/.test(node.operator) ? `${node.operator} ` : node.operator;
        // `--x` is another operator than `- -x`.
        if (node.operator === '-' && startsWithMinus(node.argument)) this.out += ' ';
        this.expression(node.argument, UNARY);
        return;
    }
    const own = PARENTHESISED[node.type];
    if (own === undefined) throw new TypeError(`no expression ${node.type}`);
    const parentheses = own < least;
    if (parentheses) this.out += '(';
    this.loose(node as Expression);
    if (parentheses) this.out += ')';
  }

  /** Prints an expression that binds less than operators do. */
  private loose(node: Expression): void {
    switch (node.type) {
      case 'AssignmentExpression': {
        this.expression(node.left as Expression, CALL);
        const { right } = node;
        // `a = a | b` is `a |= b`.
        if (
          right.type === 'BinaryExpression' &&
          COMPOUND.has(right.operator) &&
          right.left.type === 'Identifier' &&
          node.left.type === 'Identifier' &&
          right.left.name === node.left.name
        ) {
          this.out += `${right.operator}=`;
          this.expression(right.right, ASSIGNMENT);
          return;
        }
        this.out += '=';
        this.expression(right, ASSIGNMENT);
        return;
      }
      case 'ConditionalExpression':
        this.expression(node.test, CONDITIONAL + 1);
        this.out += '?';
        this.expression(node.consequent, ASSIGNMENT);
        this.out += ':';
        this.expression(node.alternate, ASSIGNMENT);
        return;
      case 'SequenceExpression':
        this.arguments(node.expressions);
        return;
      case 'ArrowFunctionExpression':
        this.out += '()=>';
        if (node.body.type === 'BlockStatement') this.statement(node.body);
        else this.expression(node.body, ASSIGNMENT);
        return;
    }
  }

  private arguments(list: readonly Expression[]): void {
    list.forEach((item, i) => {
      if (i > 0) this.out += ',';
      this.expression(item, ASSIGNMENT);
    });
  }

  private binary(node: BinaryExpression | LogicalExpression, least: number): void {
    const { operator } = node;
    const own = PRECEDENCE[operator]!;
    const parentheses = own < least;
    if (parentheses) this.out += '(';
    this.expression(node.left as Expression, own);
    this.out += operator;
    if (operator === '-' && startsWithMinus(node.right)) this.out += ' ';
    const { right } = node;
    const same = ASSOCIATIVE.has(operator) && 'operator' in right && right.operator === operator;
    this.expression(right, same ? own : own + 1);
    if (parentheses) this.out += ')';
  }
}

/** Precedences of the kinds of expression that `loose` prints. */
const PARENTHESISED: Partial<Record<string, number>> = {
  SequenceExpression: SEQUENCE,
  AssignmentExpression: ASSIGNMENT,
  ArrowFunctionExpression: ASSIGNMENT,
  ConditionalExpression: CONDITIONAL,
};

/** The only statement of a block, where it can stand behind `else` without braces. */
function onlyStatement(node: Statement): Statement {
  if (node.type !== 'BlockStatement' || node.body.length !== 1) return node;
  const only = node.body[0]!;
  return only.type === 'VariableDeclaration' ? node : only;
}

/** The shortest text of a number that is not negative. */
function number(value: number): string {
  const text = String(value);
  if (text.length < 4) return text.startsWith('0.') ? text.slice(1) : text;
  const zeros = /^(\d+?)(0{3,})$/.exec(text);
  if (zeros !== null) return `${zeros[1]}e${zeros[2]!.length}`;
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
    case 'BlockStatement':
    case 'UnaryExpression':
    case 'BinaryExpression':
    case 'LogicalExpression':
    case 'ConditionalExpression':
    case 'SequenceExpression':
    case 'ArrowFunctionExpression':
      return false;
    default:
      return true;
  }
}
