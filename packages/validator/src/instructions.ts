/**
 * Validation of instruction sequences (specification, section 3.4 "Instructions").
 *
 * Most instructions are validated from the opcode table alone: their immediates by kind, their
 * operands and results by signature. Those with the signature `special` have a rule by mnemonic.
 */

import {
  ADDR,
  I32,
  I64,
  type InstructionReader,
  MalformedError,
  type Module,
  OPCODE_COUNT,
  OPCODES,
  type OpcodeInfo,
  opcodeId,
  opcodeName,
  type ValType,
} from '@wasm2js/decoder';
import type { Body } from './body.js';
import { AGGREGATE_RULES } from './rules/aggregates.js';
import { CALL_RULES } from './rules/calls.js';
import { CONTROL_RULES } from './rules/control.js';
import { EXCEPTION_RULES } from './rules/exceptions.js';
import { type ImmediateCheck, immediateCheck } from './rules/immediates.js';
import { REFERENCE_RULES } from './rules/references.js';
import type { Rule, Rules } from './rules/rule.js';
import { TABLE_RULES } from './rules/tables.js';
import { VARIABLE_RULES } from './rules/variables.js';

/** The rules of all instructions whose signature in the opcode table is `special`. */
export const SPECIAL_RULES: Rules = {
  ...CONTROL_RULES,
  ...CALL_RULES,
  ...EXCEPTION_RULES,
  ...VARIABLE_RULES,
  ...TABLE_RULES,
  ...REFERENCE_RULES,
  ...AGGREGATE_RULES,
};

/**
 * Instructions that may occur in a constant expression (specification, section 3.4,
 * "Expressions", with the allocations of the custom descriptors proposal).
 */
const CONSTANT = [
  ...['i32.const', 'i64.const', 'f32.const', 'f64.const', 'v128.const', 'end'],
  ...['i32.add', 'i32.sub', 'i32.mul', 'i64.add', 'i64.sub', 'i64.mul'],
  ...['ref.null', 'ref.func', 'ref.i31', 'global.get'],
  ...['struct.new', 'struct.new_default', 'struct.new_desc', 'struct.new_default_desc'],
  ...['array.new', 'array.new_default', 'array.new_fixed'],
  ...['any.convert_extern', 'extern.convert_any'],
];

const EMPTY: readonly ValType[] = [];
const RULES: (Rule | undefined)[] = new Array(OPCODE_COUNT).fill(undefined);
const PARAMS: (readonly ValType[])[] = new Array(OPCODE_COUNT).fill(EMPTY);
const RESULTS: (readonly ValType[])[] = new Array(OPCODE_COUNT).fill(EMPTY);
const IS_CONSTANT = new Uint8Array(OPCODE_COUNT);

/** A signature with the address type in place of `ADDR`. */
const withAddress = (types: readonly ValType[], address: ValType): readonly ValType[] =>
  types.includes(ADDR) ? types.map((type) => (type === ADDR ? address : type)) : types;

/** The rule of an instruction with a signature whose immediates need a check. */
function checkedRule(info: OpcodeInfo, check: ImmediateCheck): Rule {
  const params = info.params!;
  const results = info.results!;
  const params32 = withAddress(params, I32);
  const results32 = withAddress(results, I32);
  if (params32 === params && results32 === results) {
    return (body) => {
      check(body, info);
      body.popAll(params);
      body.pushAll(results);
    };
  }
  const params64 = withAddress(params, I64);
  const results64 = withAddress(results, I64);
  return (body) => {
    const memory = check(body, info);
    const addr64 = body.memoryAddress(memory) === I64;
    body.popAll(addr64 ? params64 : params32);
    body.pushAll(addr64 ? results64 : results32);
  };
}

for (const info of OPCODES) {
  if (info === undefined) continue;
  if (info.params === undefined) {
    const rule = SPECIAL_RULES[info.mnemonic];
    if (rule === undefined) throw new RangeError(`no validation rule for ${info.mnemonic}`);
    RULES[info.id] = rule;
  } else {
    PARAMS[info.id] = info.params;
    RESULTS[info.id] = info.results!;
    const check = immediateCheck(info.immediates);
    if (check !== undefined) RULES[info.id] = checkedRule(info, check);
  }
}
for (const mnemonic of CONSTANT) IS_CONSTANT[opcodeId(mnemonic)] = 1;

/**
 * Validates the instructions from the reader's position to the `end` that closes the outermost
 * frame, which must be the last byte of the reader's range.
 * @param body the machine, with its outermost frame open
 * @throws {InvalidError} when an instruction is not valid
 * @throws {MalformedError} when the bytes are not an expression
 */
export function validateInstructions(body: Body): void {
  const { reader, nesting, constant } = body;
  while (nesting.depth > 0) {
    if (!reader.next()) throw unfinished(body.context.module, reader, body.func);
    const { op } = reader;
    if (constant && IS_CONSTANT[op] === 0) {
      body.fail(`constant expression required: found ${opcodeName(op)}`);
    }
    const rule = RULES[op];
    if (rule === undefined) {
      body.popAll(PARAMS[op]!);
      body.pushAll(RESULTS[op]!);
    } else {
      rule(body, reader);
    }
  }
  if (reader.pos !== reader.end) throw trailing(reader, body.func);
}

/**
 * The error of an expression whose bytes are at an end before its last `end`.
 * @param module the module; @param reader stands at the end; @param func the function index
 */
export function unfinished(
  module: Module,
  reader: InstructionReader,
  func: number | undefined,
): MalformedError {
  const offset = reader.pos;
  const inside = module.sections.some(({ range }) => range.start <= offset && offset < range.end);
  const message = inside ? 'END opcode expected' : 'unexpected end of section or function';
  return new MalformedError(message, { offset, func });
}

/**
 * The error of bytes behind the `end` that closes an expression.
 * @param reader stands behind the `end`; @param func the function index
 */
export function trailing(reader: InstructionReader, func: number | undefined): MalformedError {
  const offset = reader.pos;
  return new MalformedError('END opcode expected: code continues behind the end', { offset, func });
}
