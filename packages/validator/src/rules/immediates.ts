/**
 * What the immediates of ordinary instructions must satisfy, by kind of immediate. Operands and
 * results of these instructions are in the opcode table.
 */

import type { ImmKind, OpcodeInfo } from '@wasm2js/decoder';
import type { Body } from '../body.js';

/** Static offsets into memories with 32-bit addresses are below this. */
const OFFSET_LIMIT = 2 ** 32;
/** Lanes that `i8x16.shuffle` chooses from. */
const SHUFFLE_LANES = 32;

/** Checks the immediates that were read last; returns the index of the memory in use, or -1. */
export type ImmediateCheck = (body: Body, info: OpcodeInfo) => number;

const memarg: ImmediateCheck = (body, info) => {
  const { align, x, memOffset } = body.reader;
  const exact = info.feature === 'threads';
  if (align > info.align || (exact && align < info.align)) {
    const rule = align > info.align ? 'not be larger than' : 'be';
    body.fail(
      `alignment must ${rule} natural: expected ${2 ** info.align}, found ${2 ** align} bytes`,
    );
  }
  const { limits } = body.context.memory(x, body.reader.offset, body.func);
  if (!limits.addr64 && memOffset >= OFFSET_LIMIT) {
    body.fail(`offset out of range: expected less than 2^32, found ${memOffset}`);
  }
  return x;
};

const lane: ImmediateCheck = (body, { lanes }) => {
  if (body.reader.lane >= lanes) {
    body.fail(`invalid lane index: expected less than ${lanes}, found ${body.reader.lane}`);
  }
  return -1;
};

const CHECKS: Partial<Record<ImmKind, ImmediateCheck>> = {
  memarg,
  lane,
  'memarg lane'(body, info) {
    lane(body, info);
    return memarg(body, info);
  },
  lanes(body) {
    for (const found of body.reader.lanes) {
      if (found >= SHUFFLE_LANES) {
        body.fail(`invalid lane index: expected less than ${SHUFFLE_LANES}, found ${found}`);
      }
    }
    return -1;
  },
  memory(body) {
    body.memoryAddress(body.reader.x);
    return body.reader.x;
  },
  data(body) {
    body.checkData(body.reader.x);
    return -1;
  },
  elem(body) {
    body.context.elemType(body.reader.x, body.reader.offset, body.func);
    return -1;
  },
  'data memory'(body) {
    body.memoryAddress(body.reader.y);
    body.checkData(body.reader.x);
    return body.reader.y;
  },
};

/** Kinds of immediates without a condition beyond the binary grammar. */
const FREE: ReadonlySet<ImmKind> = new Set(['none', 'i32', 'i64', 'f32', 'f64', 'v128', 'zero']);

/**
 * The check for a kind of immediate of an ordinary instruction.
 * @returns undefined when every value is valid
 * @throws {RangeError} for a kind that needs a rule of its own
 */
export function immediateCheck(kind: ImmKind): ImmediateCheck | undefined {
  const check = CHECKS[kind];
  if (check === undefined && !FREE.has(kind)) {
    throw new RangeError(`no check for immediates of kind ${kind}`);
  }
  return check;
}
