/**
 * The instructions of which bodies are grown that only calculate, or access a memory: taken from the decoder's opcode
 * table, by what is done with them. The rows keep the table's order, so that a seed goes on to mean the same body.
 */
import { F32, F64, I32, I64, OPCODES, type OpcodeInfo, V128, type ValType } from '@wasm2js/decoder';
import type { Encoder } from '../run/encoder.js';

/** A function type. */
export interface Signature {
  params: ValType[];
  results: ValType[];
}

/** Whether two lists of types are equal. */
export function sameTypes(a: readonly ValType[], b: readonly ValType[]): boolean {
  return a.length === b.length && a.every((type, i) => type === b[i]);
}

/** The numeric types. */
export const NUMERIC: ValType[] = [I32, I64, F32, F64];
/** Those and vectors. (Relaxed instructions are left out: engines differ.) */
export const WITH_VECTORS: ValType[] = [...NUMERIC, V128];

const FEATURES = new Set(['mvp', 'sign-extension', 'saturating-float-to-int', 'simd']);
const isKnown = (types: readonly ValType[] | undefined): boolean =>
  types?.every((type) => WITH_VECTORS.includes(type)) ?? false;

/** Instructions by what is done with them. */
export class Instructions {
  /** From values to a value, with a lane or lanes at most. */
  readonly plain: OpcodeInfo[];
  readonly loads: OpcodeInfo[];
  readonly stores: OpcodeInfo[];

  constructor(vectors: boolean) {
    const rows = OPCODES.filter(
      (row): row is OpcodeInfo =>
        row !== undefined && FEATURES.has(row.feature) && (vectors || row.feature !== 'simd'),
    );
    this.plain = rows.filter(
      (row) =>
        ['none', 'lane', 'lanes'].includes(row.immediates) &&
        isKnown(row.params) &&
        isKnown(row.results) &&
        row.results?.length,
    );
    const accesses = rows.filter((row) => row.immediates.startsWith('memarg'));
    this.loads = accesses.filter((row) => row.results?.length);
    this.stores = accesses.filter((row) => row.results?.length === 0);
  }
}
const SCALAR_INSTRUCTIONS = new Instructions(false);
const ALL_INSTRUCTIONS = new Instructions(true);

/** The instructions on values of these types. */
export const instructionsOf = (kinds: readonly ValType[]): Instructions =>
  kinds.includes(V128) ? ALL_INSTRUCTIONS : SCALAR_INSTRUCTIONS;

/** The NaN of their results is any arithmetic one. */
export const OPEN_NAN =
  /^(f\d\d|f\d\dx\d)\.(add|sub|mul|div|sqrt|min|max|ceil|floor|trunc|nearest|promote|demote)/;

/** Writes an instruction by its row of the opcode table. */
export function write(code: Encoder, { encoding: { prefix, code: opcode } }: OpcodeInfo): Encoder {
  return prefix === undefined ? code.byte(opcode) : code.byte(prefix).u32(opcode);
}
