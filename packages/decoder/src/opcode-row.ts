/**
 * The shape of one row of the opcode table.
 *
 * A row names everything that the phases derive from it: the mnemonic of the text format, the
 * encoding, the immediates, the signature, the feature and (for memory access) the alignment.
 */

/** A group of instructions or types that entered the specification together. */
export type Feature =
  | 'mvp'
  | 'sign-extension'
  | 'saturating-float-to-int'
  | 'mutable-globals'
  | 'multi-value'
  | 'bulk-memory'
  | 'reference-types'
  | 'extended-const'
  | 'tail-call'
  | 'function-references'
  | 'gc'
  | 'exceptions'
  | 'simd'
  | 'relaxed-simd'
  | 'multi-memory'
  | 'memory64'
  | 'threads'
  | 'legacy-exceptions'
  | 'custom-page-sizes'
  | 'wide-arithmetic'
  | 'custom-descriptors'
  | 'branch-hinting';

/**
 * The immediates of an instruction, in the order of its encoding. What the instruction reader
 * leaves in its fields for each kind:
 *
 *     none                 nothing
 *     block                a block type: blockKind, blockType
 *     try_table            a block type, then catches
 *     label ... data       one index: x
 *     labels               br_table: targets, the default last
 *     type table           call_indirect: x type, y table
 *     elem table           table.init: x element segment, y table
 *     table table          table.copy: x destination, y source
 *     data memory          memory.init: x data segment, y memory
 *     memory memory        memory.copy: x destination, y source
 *     type field           struct.get...: x type, y field
 *     type type            array.copy: x destination, y source
 *     type data, type elem x type, y segment
 *     type count           array.new_fixed: x type, y number of operands
 *     memarg               align, memOffset, x memory
 *     memarg lane          the same and lane
 *     lane                 lane
 *     i32, i64, f32, f64   lo (and hi)
 *     v128, lanes          lanes: the 16 bytes of a constant, or of i8x16.shuffle
 *     types                select t*: types
 *     heap null            reftype: a nullable reference to the heap type
 *     heap                 reftype: a reference to the heap type, not nullable
 *     cast                 br_on_cast...: x label, reftype source, reftype2 target
 *     zero                 a reserved zero byte, checked by the reader
 */
export type ImmKind =
  | 'none'
  | 'block'
  | 'try_table'
  | 'label'
  | 'func'
  | 'type'
  | 'local'
  | 'global'
  | 'table'
  | 'memory'
  | 'tag'
  | 'elem'
  | 'data'
  | 'labels'
  | 'type table'
  | 'elem table'
  | 'table table'
  | 'data memory'
  | 'memory memory'
  | 'type field'
  | 'type type'
  | 'type data'
  | 'type elem'
  | 'type count'
  | 'memarg'
  | 'memarg lane'
  | 'lane'
  | 'i32'
  | 'i64'
  | 'f32'
  | 'f64'
  | 'v128'
  | 'lanes'
  | 'types'
  | 'heap null'
  | 'heap'
  | 'cast'
  | 'zero';

/**
 * One instruction:
 *
 * - mnemonic of the text format;
 * - code: the byte, or the number behind the prefix byte of its table;
 * - immediates;
 * - signature `operands -> results` in value types; `addr` stands for the address type of the
 *   instruction's memory; `special` where it depends on more than the opcode;
 * - feature;
 * - natural alignment (base-2 logarithm of the access width in bytes), for memory access;
 * - number of lanes that the lane immediate may name, for lane instructions.
 */
export type OpcodeRow = readonly [
  mnemonic: string,
  code: number,
  immediates: ImmKind,
  signature: string,
  feature: Feature,
  align?: number,
  lanes?: number,
];
