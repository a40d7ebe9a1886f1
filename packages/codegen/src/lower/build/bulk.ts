/**
 * What instructions on many bytes or elements take of fuel besides the unit of the round that they are in: gets the operand
 * that says how many, gives a statement for behind the instruction, so that one that traps takes nothing.
 */
import { opcodeId } from '@wasm2js/decoder';
import { TANK } from '../ir/fuel.js';
import { constant, copyOf } from '../ir/int.js';
import { FX_CALL, helper, I, type Node, nameNode, Op, R } from '../ir/ir.js';
import type { OperandStack } from './stack.js';

/** A unit is worth 2^6 bytes of a memory, or 2^4 elements of a table or an array. */
const BYTES = 6;
const ELEMENTS = 4;

/** By instruction; made when it is asked for. */
let shifts: Map<number, number> | undefined;

const shiftOf = (op: number): number | undefined => {
  shifts ??= new Map(
    [
      ...['memory.fill', 'memory.copy', 'memory.init'].map((name) => [name, BYTES] as const),
      ...['table.fill', 'table.copy', 'table.init'].map((name) => [name, ELEMENTS] as const),
      ...[
        'fill',
        'copy',
        'init_data',
        'init_elem',
        'new',
        'new_default',
        'new_data',
        'new_elem',
      ].map((name) => [`array.${name}`, ELEMENTS] as const),
    ].map(([name, shift]) => [opcodeId(name), shift]),
  );
  return shifts.get(op);
};

/**
 * The operand that says how many bytes or elements an instruction is about, which is its last one; undefined for other
 * instructions, and where it is known and worth nothing. Must be called before it is lowered.
 */
export function bulkCount(op: number, stack: OperandStack): Node | undefined {
  const shift = shiftOf(op);
  if (shift === undefined) return undefined;
  // Of a number of 64 bits the lower half: what needs the upper one is out of bounds.
  const count = stack.forceLast();
  return count.op === Op.Const && count.n >>> shift === 0 ? undefined : copyOf(count);
}

/** Takes fuel for so much. */
export const burn = (name: string, op: number, count: Node): Node =>
  helper(name, I, FX_CALL, [nameNode(TANK, R, 0), count, constant(shiftOf(op)!)]);
