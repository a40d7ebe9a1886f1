/** Builders of ESTree nodes: one function for each shape that the code generator prints. */
import type {
  AssignmentExpression,
  BinaryExpression,
  BinaryOperator,
  BlockStatement,
  Expression,
  ExpressionStatement,
  Identifier,
  Literal,
  Pattern,
  Statement,
} from 'estree';
import { AHEAD } from './ahead.js';

declare module 'estree' {
  interface BaseNodeWithoutComments {
    /** Where source maps are made: offset of the instruction that the node comes from. */
    at?: number;
  }
}

/** An identifier. */
export const id = (name: string): Identifier => ({ type: 'Identifier', name });

/** Literals of small numbers: trees share them, since nobody changes a literal. */
const SMALL: readonly Expression[] = Array.from({ length: AHEAD ? 256 : 0 }, (_, value) => ({
  type: 'Literal',
  value,
}));

/** A number literal, printed so that every double comes back exactly (NaN and infinities included). */
export function num(value: number): Expression {
  if (Number.isNaN(value)) return id('NaN');
  if (value === Infinity) return id('Infinity');
  if (value < 0 || Object.is(value, -0)) {
    const argument = num(-value);
    return { type: 'UnaryExpression', operator: '-', prefix: true, argument };
  }
  const shared = AHEAD && value < SMALL.length && (value | 0) === value;
  return shared ? SMALL[value]! : { type: 'Literal', value };
}

/** `true`, as short as it can be; V8 and SpiderMonkey parse it as that. */
export const YES: Literal = { type: 'Literal', value: true, raw: '!0' };

/** A string literal. */
export const str = (value: string): Literal => ({
  type: 'Literal',
  value,
  raw: JSON.stringify(value),
});

export const bin = (
  operator: BinaryOperator,
  left: Expression,
  right: Expression,
): BinaryExpression => ({ type: 'BinaryExpression', operator, left, right });

export const logic = (
  operator: '&&' | '||' | '??',
  left: Expression,
  right: Expression,
): Expression => ({
  type: 'LogicalExpression',
  operator,
  left,
  right,
});

const unary =
  (operator: '!' | '-' | '+' | '~') =>
  (argument: Expression): Expression => ({
    type: 'UnaryExpression',
    operator,
    prefix: true,
    argument,
  });
export const not = unary('!');
export const neg = unary('-');
export const inverted = unary('~');
export const plus = unary('+');

export const cond = (
  test: Expression,
  consequent: Expression,
  alternate: Expression,
): Expression => ({ type: 'ConditionalExpression', test, consequent, alternate });

export const call = (callee: Expression, args: Expression[]): Expression => ({
  type: 'CallExpression',
  callee,
  arguments: args,
  optional: false,
});

/** `new name(args)` */
/** A call that is hardly ever made. A property that no run has read yet is where compiled code ends. */
export const rareCall = (name: string, args: Expression[] = []): Expression =>
  call(member(id(name), 'call'), args.length === 0 ? [] : [id('null'), ...args]);

export const create = (name: string, args: Expression[]): Expression => ({
  type: 'NewExpression',
  callee: id(name),
  arguments: args,
});

/** `[elements]` */
export const arrayOf = (elements: Expression[]): Expression => ({
  type: 'ArrayExpression',
  elements,
});

/** `typeof value === 'type'` */
export const isTypeOf = (value: Expression, type: string): Expression =>
  bin(
    '===',
    { type: 'UnaryExpression', operator: 'typeof', prefix: true, argument: value },
    str(type),
  );

/** `object.property` */
export const member = (object: Expression, property: string): Expression => ({
  type: 'MemberExpression',
  object,
  property: id(property),
  computed: false,
  optional: false,
});

/** `object[index]` */
export const at = (object: Expression, index: Expression): Expression => ({
  type: 'MemberExpression',
  object,
  property: index,
  computed: true,
  optional: false,
});

/** A dotted name (`C0.v`) as an expression. */
export function path(name: string): Identifier {
  // The printer writes an identifier's name as it stands, dots included.
  return id(name);
}

export const assign = (target: string, right: Expression): AssignmentExpression => ({
  type: 'AssignmentExpression',
  operator: '=',
  left: path(target),
  right,
});

export const expr = (expression: Expression): ExpressionStatement => ({
  type: 'ExpressionStatement',
  expression,
});

/** `target = right` for a property or an element. */
export const assignment = (target: Expression, right: Expression): AssignmentExpression => ({
  type: 'AssignmentExpression',
  operator: '=',
  left: target as Pattern,
  right,
});

/** The same as a statement. */
export const assignTo = (target: Expression, right: Expression): Statement =>
  expr(assignment(target, right));

/** `if (test) consequent` and perhaps `else alternate`. */
export const when = (
  test: Expression,
  consequent: Statement,
  alternate: Statement | null = null,
): Statement => ({ type: 'IfStatement', test, consequent, alternate });

export const block = (body: Statement[]): BlockStatement => ({ type: 'BlockStatement', body });

/** `for (; test;)`, without a test `for (;;)`. */
export const endless = (body: Statement[], test: Expression | null = null): Statement => ({
  type: 'ForStatement',
  init: null,
  test,
  update: null,
  body: block(body),
});

/** `break label;` or, without a label, `break;` */
export const brk = (label: string | undefined): Statement => ({
  type: 'BreakStatement',
  label: label === undefined ? null : id(label),
});

export const cont = (label: string | undefined): Statement => ({
  type: 'ContinueStatement',
  label: label === undefined ? null : id(label),
});

export const labeled = (label: string, body: Statement): Statement => ({
  type: 'LabeledStatement',
  label: id(label),
  body,
});

export const ret = (argument: Expression | null): Statement => ({
  type: 'ReturnStatement',
  argument,
});

/** `kind a = x, b;` */
export const declare = (
  kind: 'const' | 'let' | 'var',
  declarations: [name: string, init: Expression | null][],
): Statement => ({
  type: 'VariableDeclaration',
  kind,
  declarations: declarations.map(([name, init]) => ({
    type: 'VariableDeclarator',
    id: id(name),
    init,
  })),
});

/** `() => body` */
export const arrow = (body: Expression | BlockStatement): Expression => ({
  type: 'ArrowFunctionExpression',
  params: [],
  body,
  expression: body.type !== 'BlockStatement',
  generator: false,
  async: false,
});
