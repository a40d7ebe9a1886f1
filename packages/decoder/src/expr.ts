/** Finding the end of a constant expression (specification, section 5.4.9 "Expressions"). */
import { UNEXPECTED_END } from './cursor.js';
import type { InstructionReader } from './instructions.js';
import { opcodeId } from './opcodes.js';
import type { ExprRange } from './types.js';

const END = opcodeId('end');
const DELEGATE = opcodeId('delegate');
const OPENERS: ReadonlySet<number> = new Set(
  ['block', 'loop', 'if', 'try', 'try_table'].map((mnemonic) => opcodeId(mnemonic)),
);

/**
 * Reads an expression up to the `end` that closes it.
 * @param reader at the first instruction; afterwards behind the `end`
 * @returns the bytes of the expression, `end` included
 * @throws MalformedError for bytes that are no instruction, and when no `end` closes the expression
 */
export function readExpr(reader: InstructionReader): ExprRange {
  const start = reader.pos;
  let depth = 1;
  while (depth > 0) {
    if (!reader.next()) throw reader.malformed(UNEXPECTED_END);
    if (OPENERS.has(reader.op)) depth++;
    else if (reader.op === END || reader.op === DELEGATE) depth--;
  }
  return { start, end: reader.pos };
}
