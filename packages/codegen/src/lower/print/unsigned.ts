/**
 * Operands of unsigned comparisons where code is interpreted, and the sign bit that some are changed by. Keeps: integers as
 * far as possible, of which engines make no objects.
 */
import type { Expression } from 'estree';
import { AHEAD } from '../../ahead.js';
import type { ModuleContext } from '../../context.js';
import { bin, num } from '../../estree.js';
import { COUNTS, isNonNegative } from '../ir/int.js';
import { type Node, Op, type Variable } from '../ir/ir.js';
import { ANY, INT, UINT, type Want } from './wants.js';

/** What prints the operands. */
export interface WordPrinter {
  readonly ctx: ModuleContext;
  /** Has the function variables of 64 bits? */
  readonly hasWords: boolean | undefined;
  /** Variables known not to be negative. */
  readonly facts: { has(v: Variable): boolean };
  int(node: Node, want: Want): Expression;
}

/** The bit that is a signed word's sign. */
export const SIGN = -2147483648;

/**
 * The word of which only the sign is set. Where nothing is compiled, it is a shift: engines fold it, and QuickJS, which takes
 * the literal for the negative of a double, has integers throughout.
 */
export const signBit = ({ costs }: ModuleContext): Expression =>
  AHEAD && costs.signedCompares ? bin('<<', num(1), num(31)) : num(SIGN);

/** Is the value known not to be negative, also by what has been printed before it? */
function isCounted(printer: WordPrinter, node: Node): boolean {
  if (isNonNegative(node)) return true;
  return !printer.ctx.uncheckedMemory && node.op === Op.Get && printer.facts.has(node.v!);
}

/**
 * Are operands of an unsigned comparison compared as signed ones with the highest bit changed? Words of larger integers are
 * negative as often as not; lengths, indices and pointers hardly ever are, and where small integers have 31 bits, as in
 * Chromium, the changed ones are objects. A constant without a sign that has the highest bit is a double.
 */
function flips(printer: WordPrinter, parts: Node[], m: number): boolean {
  if (parts.some(({ op, n }) => op === Op.Const && n < 0)) return true;
  if (m === COUNTS || printer.hasWords !== true) return false;
  const isLimit = ({ op, n }: Node): boolean => op === Op.Const && n < 2 ** 30;
  return !parts.every((part) => isCounted(printer, part)) && !parts.some(isLimit);
}

/** The operands of an unsigned comparison, for JavaScript's operator. */
export function comparedWords(printer: WordPrinter, { a, b, m }: Node): [Expression, Expression] {
  const parts = [a!, b!];
  const isFlipped = flips(printer, parts, m);
  const made = parts.map((part) => {
    if (!isFlipped) return printer.int(part, isCounted(printer, part) ? INT : UINT);
    if (part.op === Op.Const) return num(part.n ^ SIGN);
    return bin('^', printer.int(part, ANY), signBit(printer.ctx));
  });
  return [made[0]!, made[1]!];
}
