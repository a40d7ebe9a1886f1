/** Constant expressions that are one `i32.const`, as offsets of segments mostly are. */
import { InstructionReader, type Module, opcodeId } from '@wasm2js/decoder';

const I32_CONST = opcodeId('i32.const');
const END = opcodeId('end');

/**
 * The value of a constant expression that is an `i32.const` and nothing else.
 * @param range its instructions, with the `end`
 * @returns the signed value; undefined where it is made otherwise: of a sum, the first operand says nothing
 */
export function plainConstant(
  { bytes }: Module,
  { start, end }: { start: number; end: number },
): number | undefined {
  const reader = new InstructionReader(bytes, start, end);
  reader.next();
  if (reader.op !== I32_CONST) return undefined;
  const value = reader.lo;
  reader.next();
  return reader.op === END ? value : undefined;
}
