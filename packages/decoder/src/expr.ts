/** Finding the end of a constant expression (specification, section 5.4.9 "Expressions"). */
import { type Cursor, UNEXPECTED_END } from './cursor.js';
import { InstructionReader } from './instructions.js';
import { opcodeId } from './opcodes.js';
import type { ExprRange } from './types.js';

const END = opcodeId('end');
const DELEGATE = opcodeId('delegate');
const OPENERS: ReadonlySet<number> = new Set(
  ['block', 'loop', 'if', 'try', 'try_table'].map((mnemonic) => opcodeId(mnemonic)),
);

/**
 * Reads an expression up to the `end` that closes it.
 * @param cursor at the first instruction; afterwards behind the `end`
 * @returns the bytes of the expression, `end` included
 * @throws MalformedError for bytes that are no instruction, and when no `end` closes the expression
 */
export function readExpr(cursor: Cursor): ExprRange {
  const start = cursor.pos;
  const reader = new InstructionReader(cursor.bytes, start, cursor.end);
  let depth = 1;
  while (depth > 0) {
    if (!reader.next()) throw cursor.malformed(UNEXPECTED_END, reader.pos);
    if (OPENERS.has(reader.op)) depth++;
    else if (reader.op === END || reader.op === DELEGATE) depth--;
  }
  cursor.pos = reader.pos;
  return { start, end: reader.pos };
}
