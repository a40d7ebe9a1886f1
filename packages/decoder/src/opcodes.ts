/**
 * The opcode table: every instruction of WebAssembly 3.0, relaxed SIMD, threads, legacy exceptions,
 * wide arithmetic and custom descriptors, by its opcode id.
 *
 * An opcode id is one dense number for an instruction: `prefix base + code`, see `PREFIX_BASE`.
 * Every phase (reader, validator, lowering, feature detection, printer) derives from this table.
 */
import type { Feature, ImmKind, OpcodeRow } from './opcode-row.js';
import { CORE_ROWS } from './opcode-rows-core.js';
import { ATOMIC_ROWS, GC_ROWS, MISC_ROWS } from './opcode-rows-prefixed.js';
import { SIMD_ROWS } from './opcode-rows-simd.js';
import { F32, F64, Heap, I32, I64, refType, V128, type ValType } from './types.js';

export type { Feature, ImmKind } from './opcode-row.js';

/** Opcode ids are below this number. */
export const OPCODE_COUNT = 0x600;

/** The opcode id of code 0 behind each prefix byte. */
export const PREFIX_BASE: Readonly<Record<number, number>> = {
  251: 0x100,
  252: 0x200,
  253: 0x300,
  254: 0x500,
};

/**
 * Stands in a signature for the address type (i32 or i64) of the memory that the instruction names
 * (`x` of the instruction reader). It is no value type and equals none.
 */
export const ADDR: ValType = 1;

/** One instruction of the table. */
export interface OpcodeInfo {
  /** Opcode id. */
  readonly id: number;
  /**
   * Name in the text format. Where one name has several encodings, the second has a suffix:
   * `select_t` (with types), `ref.test_null`, `ref.cast_null`, `ref.cast_desc_eq_null`.
   */
  readonly mnemonic: string;
  /** Bytes: the prefix byte, where there is one, and the code (an unsigned LEB128 behind a prefix). */
  readonly encoding: { readonly prefix: number | undefined; readonly code: number };
  readonly immediates: ImmKind;
  /** Operand types, the last on top; undefined where they depend on more than the opcode. */
  readonly params: readonly ValType[] | undefined;
  /** Result types; undefined exactly where `params` is. */
  readonly results: readonly ValType[] | undefined;
  readonly feature: Feature;
  /** Base-2 logarithm of the natural alignment of a memory access; -1 for other instructions. */
  readonly align: number;
  /** Lane immediates must be below this number; 0 for instructions without lanes. */
  readonly lanes: number;
}

const TYPE_WORDS: Readonly<Record<string, ValType>> = {
  i32: I32,
  i64: I64,
  f32: F32,
  f64: F64,
  v128: V128,
  addr: ADDR,
  eqref: refType(Heap.eq, true),
  arrayref: refType(Heap.array, true),
  i31ref: refType(Heap.i31, true),
  '(ref i31)': refType(Heap.i31, false),
};

function parseTypes(text: string): readonly ValType[] {
  const words = text.match(/\([^)]*\)|\S+/g) ?? [];
  return words.map((word) => {
    const type = TYPE_WORDS[word];
    if (type === undefined) throw new RangeError(`unknown type in the opcode table: ${word}`);
    return type;
  });
}

function buildTable(): readonly (OpcodeInfo | undefined)[] {
  const table: (OpcodeInfo | undefined)[] = Array.from({ length: OPCODE_COUNT }, () => undefined);
  const add = (prefix: number | undefined, rows: readonly OpcodeRow[]): void => {
    const base = prefix === undefined ? 0 : PREFIX_BASE[prefix]!;
    for (const [mnemonic, code, immediates, signature, feature, align = -1, lanes = 0] of rows) {
      const id = base + code;
      if (table[id])
        throw new RangeError(`two rows of the opcode table share an encoding: ${mnemonic}`);
      const [params, results] =
        signature === 'special' ? [] : signature.split('->').map((part) => parseTypes(part));
      const encoding = { prefix, code };
      table[id] = { id, mnemonic, encoding, immediates, params, results, feature, align, lanes };
    }
  };
  add(undefined, CORE_ROWS);
  add(0xfb, GC_ROWS);
  add(0xfc, MISC_ROWS);
  add(0xfd, SIMD_ROWS);
  add(0xfe, ATOMIC_ROWS);
  return table;
}

/** The table, indexed by opcode id; undefined where no instruction has the id. */
export const OPCODES: readonly (OpcodeInfo | undefined)[] = buildTable();

const ID_BY_MNEMONIC: ReadonlyMap<string, number> = new Map(
  OPCODES.flatMap((info) => (info ? [[info.mnemonic, info.id] as const] : [])),
);

/**
 * The opcode id of a mnemonic as it is spelled in the table.
 * @throws RangeError for a name that is not in the table.
 */
export function opcodeId(mnemonic: string): number {
  const id = ID_BY_MNEMONIC.get(mnemonic);
  if (id === undefined) throw new RangeError(`unknown instruction: ${mnemonic}`);
  return id;
}

/** The mnemonic of an opcode id; for an id without an instruction, its hexadecimal number. */
export function opcodeName(id: number): string {
  return OPCODES[id]?.mnemonic ?? `0x${id.toString(16)}`;
}
