/** What the rules see: the context C of the specification (section 3.1, "Contexts"). */

import {
  type ElemSegment,
  type FieldType,
  type FuncType,
  Heap,
  heapOf,
  I8,
  I16,
  I32,
  InvalidError,
  isAbstract,
  isRef,
  MalformedError,
  type MemoryType,
  type Module,
  refType,
  type StorageType,
  type TableType,
  type ValType,
} from '@wasm2js/decoder';
import type { TypeSystem } from './subtyping.js';

/** Where proposals contradict WebAssembly 3.0 or each other, the caller may choose. */
export interface ValidateOptions {
  /**
   * Accept `br_on_cast` and `br_on_cast_fail` whose target type is not a subtype of the source
   * type but of the same hierarchy, as the custom descriptors proposal does. WebAssembly 3.0
   * refuses them, and so does the default.
   */
  unrelatedCasts?: boolean;
  /** Most memories a module may have; 1 is the rule before multi-memory. Default: no limit. */
  maxMemories?: number;
  /** Most tables a module may have; 1 is the rule before reference types. Default: no limit. */
  maxTables?: number;
}

/** The module under validation, with the lookups that many rules share. */
export class ModuleContext {
  /** Function indices that occur outside of function bodies (C.refs). */
  readonly declaredFuncs = new Set<number>();
  /** Imported functions whose import type is not exact. */
  readonly inexactFuncs = new Set<number>();
  /** By type index: operand types of a structure's fields, made on first use. */
  private readonly operands: (readonly ValType[] | undefined)[] = [];

  constructor(
    readonly module: Module,
    readonly types: TypeSystem,
    readonly options: ValidateOptions,
  ) {
    let index = 0;
    for (const { desc } of module.imports) {
      if (desc.kind !== 'func') continue;
      if (!desc.exact) this.inexactFuncs.add(index);
      index++;
    }
  }

  /**
   * The function type at a type index.
   * @throws {InvalidError} "unknown type" when it is out of range or no function type
   */
  funcType(index: number, offset: number, func?: number): FuncType {
    const comp = this.module.types[index]?.comp;
    if (comp?.kind === 'func') return comp;
    const found = comp === undefined ? outOf(this.module.types.length, 'types') : `a ${comp.kind}`;
    throw new InvalidError(`unknown type ${index}: expected a function type, found ${found}`, {
      offset,
      func,
    });
  }

  /**
   * Checks that a value type refers to defined types only (section 3.2 "Types").
   * @throws {InvalidError} "unknown type"
   */
  checkValType(type: ValType, offset: number, func?: number): void {
    if (!isRef(type)) return;
    const heap = heapOf(type);
    if (isAbstract(heap) || heap < this.module.types.length) return;
    const found = outOf(this.module.types.length, 'types');
    throw new InvalidError(`unknown type ${heap}: ${found}`, { offset, func });
  }

  /**
   * The memory type at an index.
   * @throws {InvalidError} "unknown memory"
   */
  memory(index: number, offset: number, func?: number): MemoryType {
    return lookup(this.module.memoryTypes, index, 'memory', 'memories', offset, func);
  }

  /**
   * The table type at an index.
   * @throws {InvalidError} "unknown table"
   */
  table(index: number, offset: number, func?: number): TableType {
    return lookup(this.module.tableTypes, index, 'table', 'tables', offset, func);
  }

  /**
   * The parameter types of a tag.
   * @throws {InvalidError} "unknown tag"
   */
  tagParams(index: number, offset: number, func?: number): ValType[] {
    const tag = lookup(this.module.tagTypes, index, 'tag', 'tags', offset, func);
    return this.funcType(tag.type, offset, func).params;
  }

  /**
   * The element type of an element segment.
   * @throws {InvalidError} "unknown elem segment"
   */
  elemType(index: number, offset: number, func?: number): ValType {
    const { elems } = this.module;
    return segmentType(lookup(elems, index, 'elem segment', 'element segments', offset, func));
  }

  /**
   * Checks that a data segment exists, in an instruction of a function body.
   * @throws {MalformedError} "data count section required"
   * @throws {InvalidError} "unknown data segment"
   */
  checkData(index: number, offset: number, func: number | undefined): void {
    const { dataCount } = this.module;
    if (dataCount === undefined) {
      throw new MalformedError('data count section required', { offset, func });
    }
    if (index >= dataCount) {
      const found = outOf(dataCount, 'data segments');
      throw new InvalidError(`unknown data segment ${index}: ${found}`, { offset, func });
    }
  }

  /** The operand types of the fields of the structure type at an index, made once for each. */
  fieldOperands(index: number, fields: readonly FieldType[]): readonly ValType[] {
    let types = this.operands[index];
    if (types === undefined) {
      types = fields.map((field) => unpacked(field.type));
      this.operands[index] = types;
    }
    return types;
  }
}

const FUNC_ELEMENT: ValType = refType(Heap.func, false);

/** The element type of a segment: segments of function indices hold non-null functions. */
export function segmentType(segment: ElemSegment): ValType {
  return segment.funcs === undefined ? segment.type : FUNC_ELEMENT;
}

/** Is a storage type packed, that is `i8` or `i16`? */
export const isPacked = (type: StorageType): boolean => type === I8 || type === I16;

/**
 * The type of a field's values as operands (specification, section 3.4, "Aggregate Reference
 * Instructions": unpacking).
 */
export const unpacked = (type: StorageType): ValType => (isPacked(type) ? I32 : type);

/** "the module has 2 functions", for messages about an index. */
export const outOf = (count: number, things: string): string => `the module has ${count} ${things}`;

/**
 * The entry of an index space.
 * @throws {InvalidError} `unknown <thing> <index>`
 */
export function lookup<T>(
  space: readonly T[],
  index: number,
  thing: string,
  things: string,
  offset: number,
  func?: number,
): T {
  const entry = space[index];
  if (entry !== undefined) return entry;
  throw new InvalidError(`unknown ${thing} ${index}: ${outOf(space.length, things)}`, {
    offset,
    func,
  });
}
