/** Types in the notation of the text format (specification, chapter 6), for messages and listings. */
import {
  BOT,
  type CompType,
  type ExternType,
  F32,
  F64,
  type FieldType,
  Heap,
  type HeapType,
  heapOf,
  I8,
  I16,
  I32,
  I64,
  isAbstract,
  isExact,
  isNullable,
  isRef,
  type Limits,
  type MemoryType,
  type Module,
  type StorageType,
  type SubType,
  type TableType,
  V128,
  type ValType,
} from './types.js';

/** Names of type indices, as in `NameSection.types`. */
export type TypeNames = ReadonlyMap<number, string>;

const PLAIN: ReadonlyMap<number, string> = new Map([
  [I32, 'i32'],
  [I64, 'i64'],
  [F32, 'f32'],
  [F64, 'f64'],
  [V128, 'v128'],
  [I8, 'i8'],
  [I16, 'i16'],
  [BOT, 'any type'],
]);

const ABSTRACT: ReadonlyMap<HeapType, string> = new Map(
  Object.entries(Heap).map(([name, heap]) => [heap, name] as const),
);

const SHORT: ReadonlyMap<HeapType, string> = new Map([
  [Heap.any, 'anyref'],
  [Heap.eq, 'eqref'],
  [Heap.i31, 'i31ref'],
  [Heap.struct, 'structref'],
  [Heap.array, 'arrayref'],
  [Heap.func, 'funcref'],
  [Heap.extern, 'externref'],
  [Heap.exn, 'exnref'],
  [Heap.none, 'nullref'],
  [Heap.nofunc, 'nullfuncref'],
  [Heap.noextern, 'nullexternref'],
  [Heap.noexn, 'nullexnref'],
]);

const DEFAULT_PAGE_SIZE_LOG2 = 16;

/** A heap type: `func`, `any`... or a type index as `$name` or number. */
export function formatHeapType(heap: HeapType, names?: TypeNames): string {
  if (isAbstract(heap)) return ABSTRACT.get(heap) ?? `heap type 0x${(heap & 0xff).toString(16)}`;
  const name = names?.get(heap);
  return name === undefined ? String(heap) : `$${name}`;
}

/** A value or storage type: `i32`, `funcref`, `(ref null 3)`, `(ref (exact $point))`. */
export function formatValType(type: ValType | StorageType, names?: TypeNames): string {
  if (!isRef(type)) return PLAIN.get(type) ?? `type 0x${type.toString(16)}`;
  const heap = heapOf(type);
  const short = isNullable(type) && !isExact(type) ? SHORT.get(heap) : undefined;
  if (short !== undefined) return short;
  const inner = formatHeapType(heap, names);
  return `(ref ${isNullable(type) ? 'null ' : ''}${isExact(type) ? `(exact ${inner})` : inner})`;
}

function clause(word: string, types: readonly ValType[], names?: TypeNames): string {
  return types.length
    ? ` (${word}${types.map((type) => ` ${formatValType(type, names)}`).join('')})`
    : '';
}

function formatField({ type, mutable }: FieldType, names?: TypeNames): string {
  const text = formatValType(type, names);
  return mutable ? `(mut ${text})` : text;
}

/** A composite type: `(func (param i32) (result i64))`, `(struct (field i8))`, `(array (mut f32))`. */
export function formatCompType(comp: CompType, names?: TypeNames): string {
  switch (comp.kind) {
    case 'func':
      return `(func${clause('param', comp.params, names)}${clause('result', comp.results, names)})`;
    case 'struct':
      return `(struct${comp.fields.map((field) => ` (field ${formatField(field, names)})`).join('')})`;
    case 'array':
      return `(array ${formatField(comp.element, names)})`;
  }
}

function formatLimits({ min, max, addr64, shared }: Limits): string {
  const words = [BigInt(min).toString()];
  if (addr64) words.unshift('i64');
  if (max !== undefined) words.push(BigInt(max).toString());
  if (shared) words.push('shared');
  return words.join(' ');
}

/** A memory type: `(memory i64 1 2 shared)`, with `(pagesize 1)` where it is not the default. */
export function formatMemoryType({ limits, pageSizeLog2 }: MemoryType): string {
  const page = pageSizeLog2 === DEFAULT_PAGE_SIZE_LOG2 ? '' : ` (pagesize ${2 ** pageSizeLog2})`;
  return `(memory ${formatLimits(limits)}${page})`;
}

/** A table type: `(table 1 10 funcref)`. */
export function formatTableType({ limits, element }: TableType, names?: TypeNames): string {
  return `(table ${formatLimits(limits)} ${formatValType(element, names)})`;
}

/**
 * An external type: `(func (param i32))`, `(memory 1)`, `(table 0 funcref)`, `(global (mut i32))`,
 * `(tag (param i32))`. A type index that names no function type is printed as `(type n)`.
 * @param type the type of an import or export
 * @param module gives the types and their names
 */
export function formatExternType(
  type: ExternType,
  module: { types: readonly SubType[]; names?: { types: TypeNames } | undefined },
): string {
  const names = module.names?.types;
  switch (type.kind) {
    case 'memory':
      return formatMemoryType(type);
    case 'table':
      return formatTableType(type, names);
    case 'global':
      return `(global ${formatField(type, names)})`;
    case 'func':
    case 'tag': {
      const comp = module.types[type.type]?.comp;
      if (comp?.kind !== 'func') return `(${type.kind} (type ${type.type}))`;
      const text = formatCompType(comp, names);
      return type.kind === 'tag' ? text.replace('(func', '(tag') : text;
    }
  }
}

/**
 * The external type behind an export (or any entry of an index space). Imported functions count as
 * not exact.
 * @returns undefined when the index is out of range
 */
export function externTypeOf(
  module: Module,
  kind: ExternType['kind'],
  index: number,
): ExternType | undefined {
  switch (kind) {
    case 'func': {
      const type = module.funcTypes[index];
      const exact = index >= module.importCounts.func;
      return type === undefined ? undefined : { kind, type, exact };
    }
    case 'table':
      return module.tableTypes[index] && { kind, ...module.tableTypes[index] };
    case 'memory':
      return module.memoryTypes[index] && { kind, ...module.memoryTypes[index] };
    case 'global':
      return module.globalTypes[index] && { kind, ...module.globalTypes[index] };
    case 'tag':
      return module.tagTypes[index] && { kind, ...module.tagTypes[index] };
  }
}
