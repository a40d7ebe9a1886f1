/**
 * Value types and the structure of a module, in the specification's terms
 * (WebAssembly 3.0, chapter 2 "Structure").
 *
 * A value type is one integer, so that comparing two of them is `===` and no phase allocates
 * objects for types. Numeric and vector types are their binary code; reference types pack a heap
 * type and the nullable and exact flags:
 *
 *     bit 27     reference type
 *     bit 26     nullable
 *     bit 25     exact (custom descriptors)
 *     bit 24     the heap type is abstract (bits 0..7 are its binary code); else a type index
 *     bits 0..23 type index or abstract heap type code
 */

/** A value type: see the module comment for its encoding. */
export type ValType = number;
/** A heap type: the low 25 bits of a reference type (bit 24: abstract). */
export type HeapType = number;
/** A storage type: a value type, or the packed types `I8` and `I16`. */
export type StorageType = number;

export const I32 = 0x7f;
export const I64 = 0x7e;
export const F32 = 0x7d;
export const F64 = 0x7c;
export const V128 = 0x7b;
/** Packed storage types of fields. */
export const I8 = 0x78;
export const I16 = 0x77;
/** The bottom type of validation (an operand of unreachable code). */
export const BOT = 0;

const REF_BIT = 1 << 27;
const NULLABLE_BIT = 1 << 26;
const EXACT_BIT = 1 << 25;
/** Set in a heap type that is abstract. */
export const ABSTRACT_BIT = 1 << 24;
const HEAP_MASK = (1 << 25) - 1;

/** Abstract heap types. */
export const Heap = {
  noexn: ABSTRACT_BIT | 0x74,
  nofunc: ABSTRACT_BIT | 0x73,
  noextern: ABSTRACT_BIT | 0x72,
  none: ABSTRACT_BIT | 0x71,
  func: ABSTRACT_BIT | 0x70,
  extern: ABSTRACT_BIT | 0x6f,
  any: ABSTRACT_BIT | 0x6e,
  eq: ABSTRACT_BIT | 0x6d,
  i31: ABSTRACT_BIT | 0x6c,
  struct: ABSTRACT_BIT | 0x6b,
  array: ABSTRACT_BIT | 0x6a,
  exn: ABSTRACT_BIT | 0x69,
} as const;

/** Makes the reference type `(ref null? exact? heap)`. */
export const refType = (heap: HeapType, nullable: boolean, exact = false): ValType =>
  REF_BIT | (nullable ? NULLABLE_BIT : 0) | (exact ? EXACT_BIT : 0) | heap;
/** Is this a reference type? */
export const isRef = (type: ValType): boolean => (type & REF_BIT) !== 0;
/** Is this reference type nullable? */
export const isNullable = (type: ValType): boolean => (type & NULLABLE_BIT) !== 0;
/** Is this reference type exact? */
export const isExact = (type: ValType): boolean => (type & EXACT_BIT) !== 0;
/** The heap type of a reference type. */
export const heapOf = (type: ValType): HeapType => type & HEAP_MASK;
/** Is this heap type abstract (not a type index)? */
export const isAbstract = (heap: HeapType): boolean => (heap & ABSTRACT_BIT) !== 0;
/** The same reference type with the nullable flag set or cleared. */
export const withNullable = (type: ValType, nullable: boolean): ValType =>
  nullable ? type | NULLABLE_BIT : type & ~NULLABLE_BIT;

export const FUNCREF: ValType = refType(Heap.func, true);
export const EXTERNREF: ValType = refType(Heap.extern, true);
export const ANYREF: ValType = refType(Heap.any, true);
export const EXNREF: ValType = refType(Heap.exn, true);

/** Byte range `[start, end)` of the module. */
export interface Range {
  start: number;
  end: number;
}

export interface FuncType {
  kind: 'func';
  params: ValType[];
  results: ValType[];
}
export interface FieldType {
  type: StorageType;
  mutable: boolean;
}
export interface StructType {
  kind: 'struct';
  fields: FieldType[];
}
export interface ArrayType {
  kind: 'array';
  element: FieldType;
}
export type CompType = FuncType | StructType | ArrayType;

/** One sub type; its type index is its position in `Module.types`. */
export interface SubType {
  comp: CompType;
  final: boolean;
  /** Declared supertypes (type indices; at most one in 3.0). */
  supers: number[];
  /** Custom descriptors proposal: type indices, or undefined. */
  describes: number | undefined;
  descriptor: number | undefined;
  /** First type index of its recursion group and the group's size. */
  groupStart: number;
  groupSize: number;
  /** Byte offset of the definition. */
  offset: number;
}

export interface Limits {
  /** Units are pages for memories, elements for tables; above 2^53 rounded to the nearest double. */
  min: number;
  max: number | undefined;
  /** 64-bit addresses (memory64, table64). */
  addr64: boolean;
  shared: boolean;
}
export interface MemoryType {
  limits: Limits;
  /** Base-2 logarithm of the page size: 16, or 0 with custom page sizes. */
  pageSizeLog2: number;
  offset: number;
}
export interface TableType {
  limits: Limits;
  element: ValType;
  offset: number;
}
export interface GlobalType {
  type: ValType;
  mutable: boolean;
}
export interface TagType {
  /** Type index of a function type. */
  type: number;
}

export type ExternKind = 'func' | 'table' | 'memory' | 'global' | 'tag';

export type ExternType =
  | { kind: 'func'; type: number; exact: boolean }
  | ({ kind: 'table' } & TableType)
  | ({ kind: 'memory' } & MemoryType)
  | ({ kind: 'global' } & GlobalType)
  | ({ kind: 'tag' } & TagType);

export interface Import {
  module: string;
  name: string;
  desc: ExternType;
  offset: number;
}
export interface Export {
  name: string;
  kind: ExternKind;
  index: number;
  offset: number;
}

/** A constant or body expression: instructions with the final `end` included. */
export type ExprRange = Range;

export interface TableDef extends TableType {
  /** Initialiser; undefined means null. */
  init: ExprRange | undefined;
}
export interface GlobalDef extends GlobalType {
  init: ExprRange;
  offset: number;
}
export interface ElemSegment {
  mode: 'active' | 'passive' | 'declarative';
  /** For an active segment. */
  table: number;
  offsetExpr: ExprRange | undefined;
  type: ValType;
  /** Either function indices or one expression for each element. */
  funcs: number[] | undefined;
  exprs: ExprRange[] | undefined;
  offset: number;
}
export interface DataSegment {
  mode: 'active' | 'passive';
  memory: number;
  offsetExpr: ExprRange | undefined;
  /** The bytes, as a range of the module. */
  bytes: Range;
  offset: number;
}
/** Data segments in order: an array, or such as are read each time that they are asked for (`rereadDatas`). */
export interface DataSegments extends Iterable<DataSegment> {
  readonly length: number;
  forEach(visit: (segment: DataSegment, index: number) => void): void;
}
export interface FuncDef {
  /** Type index. */
  type: number;
  /** Locals beyond the parameters, run-length encoded; no count is 0. */
  locals: { count: number; type: ValType }[];
  /** Number of locals beyond the parameters (the sum of the counts). */
  localCount: number;
  /** The instructions, final `end` included. */
  body: ExprRange;
  /** Byte offset of the code entry (its size field). */
  offset: number;
}

/** The `name` section (WebAssembly specification, appendix "Custom Sections"). */
export interface NameSection {
  module: string | undefined;
  funcs: Map<number, string>;
  locals: Map<number, Map<number, string>>;
  labels: Map<number, Map<number, string>>;
  types: Map<number, string>;
  tables: Map<number, string>;
  memories: Map<number, string>;
  globals: Map<number, string>;
  elems: Map<number, string>;
  datas: Map<number, string>;
  fields: Map<number, Map<number, string>>;
  tags: Map<number, string>;
}

export interface SectionInfo {
  id: number;
  /** Section name: "type", "import", ...; for a custom section its own name. */
  name: string;
  /** Content, without the id and size fields. */
  range: Range;
}

/** A decoded module. Index spaces start with the imports, as in the specification. */
export interface Module {
  bytes: Uint8Array;
  sections: SectionInfo[];
  types: SubType[];
  imports: Import[];
  /** Numbers of imported functions, tables, memories, globals and tags. */
  importCounts: Record<ExternKind, number>;
  /** Type index of every function, imports first. */
  funcTypes: number[];
  /** Every table, memory, global and tag type, imports first. */
  tableTypes: TableType[];
  memoryTypes: MemoryType[];
  globalTypes: GlobalType[];
  tagTypes: TagType[];
  /** Definitions of this module (without imports). */
  funcs: FuncDef[];
  tables: TableDef[];
  globals: GlobalDef[];
  exports: Export[];
  start: { func: number; offset: number } | undefined;
  elems: ElemSegment[];
  datas: DataSegments;
  dataCount: number | undefined;
  names: NameSection | undefined;
  producers: { field: string; values: { name: string; version: string }[] }[] | undefined;
  targetFeatures: { prefix: string; name: string }[] | undefined;
  /** Function index → (byte offset of the branch in the module → likely?). */
  branchHints: Map<number, Map<number, boolean>> | undefined;
}
