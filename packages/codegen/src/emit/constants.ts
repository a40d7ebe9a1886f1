/** Constant expressions of globals, tables and segments as JavaScript source. */
import { InstructionReader, opcodeId, type Range, type ValType } from '@wasm2js/decoder';
import type { ModuleContext } from '../context.js';
import type { Lowering } from './lowering.js';
import { expressionSource } from './print.js';

const END = opcodeId('end');
const I32_CONST = opcodeId('i32.const');
const I64_CONST = opcodeId('i64.const');
const F32_CONST = opcodeId('f32.const');
const F64_CONST = opcodeId('f64.const');
const REF_NULL = opcodeId('ref.null');
const REF_FUNC = opcodeId('ref.func');
const GLOBAL_GET = opcodeId('global.get');

/**
 * The components of a constant expression's value.
 * @param ctx its references are registered there
 * @param lowering for expressions of more than one instruction
 * @param range the instructions
 * @param type of the value
 * @returns JavaScript source of each component; floats are bits, as in globals
 * @throws UnsupportedError from the lowering
 */
export function constantParts(
  ctx: ModuleContext,
  lowering: Lowering,
  range: Range,
  type: ValType,
): string[] {
  const reader = new InstructionReader(ctx.module.bytes, range.start, range.end);
  reader.next();
  const { op, x, lo, hi } = reader;
  if (reader.next() && reader.op === END && reader.pos === range.end) {
    if (op === I32_CONST || op === F32_CONST) return [String(lo)];
    if (op === I64_CONST || op === F64_CONST) return [String(lo), String(hi)];
    if (op === REF_NULL) return ['null'];
    if (op === REF_FUNC) return [ctx.refFunc(x)];
    if (op === GLOBAL_GET) return ctx.global(x).parts;
  }
  return lowering.lowerConstExpr(ctx, range, type).map(expressionSource);
}
