/** What instructions are in JavaScript: operators, methods of memory views, literals of 64-bit words. */
import type { BinaryOperator, Expression } from 'estree';

/** A literal of a word. */
export const bigint = (value: bigint): Expression => ({
  type: 'Literal',
  value: value as never,
  raw: `${value}n`,
});
/** The word that a literal has. */
export const constantOf = (e: Expression): bigint | undefined =>
  e.type === 'Literal' && typeof e.value === 'bigint' ? e.value : undefined;

/** The operators of instructions, conditions without their sign. */
export const OPERATORS: Readonly<Record<string, BinaryOperator>> = {
  add: '+',
  sub: '-',
  mul: '*',
  and: '&',
  or: '|',
  xor: '^',
  shl: '<<',
  shr_s: '>>',
  shr_u: '>>>',
  eq: '===',
  ne: '!==',
  lt: '<',
  gt: '>',
  le: '<=',
  ge: '>=',
};

/** Methods of memory views by the width of an access and what it makes of it. */
export const LOADS: Readonly<Record<string, string>> = {
  load: 'getInt32',
  load8_s: 'getInt8',
  load8_u: 'getUint8',
  load16_s: 'getInt16',
  load16_u: 'getUint16',
  load32_s: 'getInt32',
  load32_u: 'getUint32',
};
/** The same for what is written. */
export const STORES: Readonly<Record<string, string>> = {
  store: 'setInt32',
  store8: 'setInt8',
  store16: 'setInt16',
  store32: 'setInt32',
};
