/**
 * Type equivalence and matching (specification, sections 3.1 "Types" and 3.3 "Matching").
 *
 * Defined types are iso-recursive: two are equal when their recursion groups are equal, with
 * references inside the group compared by position and references outside by equality. Each
 * group is therefore written as a string in which outer references are canonical already, and
 * the first group with a string lends its type indices to all others as their canonical ids.
 */

import {
  ABSTRACT_BIT,
  type CompType,
  type FieldType,
  type FuncType,
  Heap,
  type HeapType,
  heapOf,
  isAbstract,
  isExact,
  isNullable,
  isRef,
  type Module,
  refType,
  type StorageType,
  type SubType,
  type ValType,
} from '@wasm2js/decoder';

/** The bottom heap type: it matches every heap type and exists in unreachable code only. */
export const BOT_HEAP: HeapType = ABSTRACT_BIT;

/** Reference flags of a type alone, with the heap type removed. */
const flagsOf = (type: ValType): number => type - heapOf(type);

/** Writes the comparable form of one recursion group. */
class GroupWriter {
  private readonly parts: (number | string)[] = [];

  constructor(
    private readonly start: number,
    private readonly size: number,
    private readonly canonical: Int32Array,
  ) {}

  subType(type: SubType): void {
    this.parts.push(type.final ? 'final' : 'open');
    for (const index of type.supers) this.index('<', index);
    if (type.describes !== undefined) this.index('describes', type.describes);
    if (type.descriptor !== undefined) this.index('descriptor', type.descriptor);
    this.compType(type.comp);
  }

  toString(): string {
    return this.parts.join(' ');
  }

  private compType(comp: CompType): void {
    this.parts.push(comp.kind);
    if (comp.kind === 'func') {
      for (const type of comp.params) this.storageType(type);
      this.parts.push('->');
      for (const type of comp.results) this.storageType(type);
    } else if (comp.kind === 'struct') {
      for (const field of comp.fields) this.fieldType(field);
    } else {
      this.fieldType(comp.element);
    }
    this.parts.push(';');
  }

  private fieldType(field: FieldType): void {
    if (field.mutable) this.parts.push('mut');
    this.storageType(field.type);
  }

  private storageType(type: StorageType): void {
    if (isRef(type) && !isAbstract(heapOf(type))) {
      this.parts.push(flagsOf(type));
      this.index('ref', heapOf(type));
    } else {
      this.parts.push(type);
    }
  }

  private index(label: string, index: number): void {
    const position = index - this.start;
    const inside = position >= 0 && position < this.size;
    // Canonical ids are below the group's start; negative numbers are positions in the group.
    this.parts.push(label, inside ? -1 - position : (this.canonical[index] ?? index));
  }
}

/**
 * The defined types of a module with their equivalence and subtype relations. Recursion groups
 * are added in order (`addGroup`), so that a group can be checked against those before it.
 */
export class TypeSystem {
  /** The sub types, by type index. */
  readonly types: readonly SubType[];
  /**
   * Canonical id of every added type: the smallest type index that denotes an equal type.
   * Two types of the module are equal exactly when these numbers are.
   */
  readonly canonical: Int32Array;

  private readonly groups = new Map<string, number>();
  /** By canonical id: the canonical declared supertype, or -1. */
  private readonly parent: Int32Array;
  /** By canonical id: the number of proper supertypes that are declared. */
  private readonly depth: Int32Array;
  /** By canonical id: a far ancestor, so that walks up take logarithmic time. */
  private readonly jump: Int32Array;

  /** @param types all sub types of a module, by type index; none is added yet */
  constructor(types: readonly SubType[]) {
    this.types = types;
    this.canonical = new Int32Array(types.length);
    this.parent = new Int32Array(types.length);
    this.depth = new Int32Array(types.length);
    this.jump = new Int32Array(types.length);
  }

  /**
   * Adds the recursion group that starts at a type index; groups must be added in ascending order
   * and may refer to added types and to themselves only.
   * @param start first type index of the group
   * @returns the first type index after the group
   */
  addGroup(start: number): number {
    const { types, canonical } = this;
    const size = types[start]!.groupSize;
    const writer = new GroupWriter(start, size, canonical);
    for (let i = start; i < start + size; i++) writer.subType(types[i]!);
    const key = writer.toString();
    const first = this.groups.get(key);
    if (first === undefined) this.groups.set(key, start);
    for (let i = 0; i < size; i++) canonical[start + i] = (first ?? start) + i;
    if (first === undefined) for (let i = start; i < start + size; i++) this.link(i);
    return start + size;
  }

  private link(id: number): void {
    const { parent, depth, jump } = this;
    const declared = this.types[id]!.supers[0];
    if (declared === undefined) {
      parent[id] = -1;
      jump[id] = id;
      return;
    }
    const up = this.canonical[declared]!;
    const far = jump[up]!;
    parent[id] = up;
    depth[id] = depth[up]! + 1;
    // Skew-binary jump pointers: two jumps of equal length merge into one of double length.
    const merge = depth[up]! - depth[far]! === depth[far]! - depth[jump[far]!]!;
    jump[id] = merge ? jump[far]! : up;
  }

  /**
   * Is the defined type `sub` equal to `sup` or declared, directly or not, as its subtype?
   * @param sub @param sup type indices (specification, section 3.3, "Defined Types")
   */
  isSubtype(sub: number, sup: number): boolean {
    let id = this.canonical[sub]!;
    const target = this.canonical[sup]!;
    if (id === target) return true;
    const { parent, depth, jump } = this;
    const level = depth[target]!;
    while (depth[id]! > level) {
      const far = jump[id]!;
      id = depth[far]! >= level ? far : parent[id]!;
    }
    return id === target;
  }

  /** Are these two type indices of equal types? */
  equalTypes(a: number, b: number): boolean {
    return this.canonical[a] === this.canonical[b];
  }

  /**
   * Does one heap type match another (specification, section 3.3, "Heap Types")?
   * Exactness is a property of the reference type here: see `matches`.
   */
  matchesHeap(sub: HeapType, sup: HeapType): boolean {
    if (sub === sup || sub === BOT_HEAP) return true;
    if (!isAbstract(sup)) {
      if (!isAbstract(sub)) return this.isSubtype(sub, sup);
      return sub === (this.types[sup]!.comp.kind === 'func' ? Heap.nofunc : Heap.none);
    }
    const kind = isAbstract(sub) ? undefined : this.types[sub]!.comp.kind;
    switch (sup) {
      case Heap.any:
        if (sub === Heap.eq) return true;
        return kind === undefined ? isEqHeap(sub) : kind !== 'func';
      case Heap.eq:
        return kind === undefined ? isEqHeap(sub) : kind !== 'func';
      case Heap.struct:
        return sub === Heap.none || kind === 'struct';
      case Heap.array:
        return sub === Heap.none || kind === 'array';
      case Heap.i31:
        return sub === Heap.none;
      case Heap.func:
        return sub === Heap.nofunc || kind === 'func';
      case Heap.extern:
        return sub === Heap.noextern;
      case Heap.exn:
        return sub === Heap.noexn;
      default:
        return false;
    }
  }

  /**
   * Does one value type match another (specification, section 3.3, "Reference Types", with the
   * exact types of the custom descriptors proposal)? The bottom type matches everything.
   */
  matches(sub: ValType, sup: ValType): boolean {
    if (sub === sup || sub === 0) return true;
    if (!isRef(sub) || !isRef(sup) || (isNullable(sub) && !isNullable(sup))) return false;
    const from = heapOf(sub);
    const to = heapOf(sup);
    if (!isExact(sup) || isAbstract(from)) return this.matchesHeap(from, to);
    return isExact(sub) && this.equalTypes(from, to);
  }

  /** Does one storage type match another (specification, section 3.3, "Composite Types")? */
  matchesStorage(sub: StorageType, sup: StorageType): boolean {
    return sub === sup || this.matches(sub, sup);
  }

  /** Does one field type match another: invariant when mutable, else covariant? */
  matchesField(sub: FieldType, sup: FieldType): boolean {
    if (sub.mutable !== sup.mutable || !this.matchesStorage(sub.type, sup.type)) return false;
    return !sub.mutable || this.matchesStorage(sup.type, sub.type);
  }

  /** Does one result type match another, position by position (section 3.3, "Result Types")? */
  matchesAll(sub: readonly ValType[], sup: readonly ValType[]): boolean {
    if (sub.length !== sup.length) return false;
    for (let i = 0; i < sub.length; i++) if (!this.matches(sub[i]!, sup[i]!)) return false;
    return true;
  }

  /** Does one function type match another: parameters contravariant, results covariant? */
  matchesFunc(sub: FuncType, sup: FuncType): boolean {
    return this.matchesAll(sup.params, sub.params) && this.matchesAll(sub.results, sup.results);
  }

  /** Does one composite type match another (specification, section 3.3, "Composite Types")? */
  matchesComp(sub: CompType, sup: CompType): boolean {
    if (sub.kind === 'func' && sup.kind === 'func') return this.matchesFunc(sub, sup);
    if (sub.kind === 'array' && sup.kind === 'array') {
      return this.matchesField(sub.element, sup.element);
    }
    if (sub.kind !== 'struct' || sup.kind !== 'struct') return false;
    if (sub.fields.length < sup.fields.length) return false;
    return sup.fields.every((field, i) => this.matchesField(sub.fields[i]!, field));
  }

  /**
   * The top of a heap type's hierarchy: `any`, `func`, `extern` or `exn` (or bottom).
   * @param heap a heap type; a type index must be in range
   */
  topOf(heap: HeapType): HeapType {
    if (!isAbstract(heap)) {
      return this.types[heap]!.comp.kind === 'func' ? Heap.func : Heap.any;
    }
    switch (heap) {
      case Heap.func:
      case Heap.nofunc:
        return Heap.func;
      case Heap.extern:
      case Heap.noextern:
        return Heap.extern;
      case Heap.exn:
      case Heap.noexn:
        return Heap.exn;
      case BOT_HEAP:
        return BOT_HEAP;
      default:
        return Heap.any;
    }
  }

  /**
   * The difference of two reference types: what is left of `from` when a cast to `to` fails
   * (specification, section 3.2, "Reference Types": `rt1 \ rt2`).
   */
  difference(from: ValType, to: ValType): ValType {
    return isNullable(to) ? refType(heapOf(from), false, isExact(from)) : from;
  }
}

const isEqHeap = (heap: HeapType): boolean =>
  heap === Heap.i31 || heap === Heap.struct || heap === Heap.array || heap === Heap.none;

/**
 * Has a type a default value: a number, a vector or a nullable reference
 * (specification, section 3.2, "Defaultable Types")?
 */
export function isDefaultable(type: StorageType): boolean {
  return !isRef(type) || isNullable(type);
}

/**
 * The type system of a module with all its groups.
 * @param module a module with a valid type section (see `validateModule`)
 */
export function typeSystem(module: Module): TypeSystem {
  const system = new TypeSystem(module.types);
  for (let i = 0; i < module.types.length; ) i = system.addGroup(i);
  return system;
}

/**
 * Gives every type index of a module its canonical id: the smallest type index that denotes an
 * equal type under iso-recursive equivalence (specification, section 3.1, "Rolling and Unrolling").
 * @param module a module with a valid type section (see `validateModule`)
 * @returns canonical ids by type index
 */
export function canonicalTypes(module: Module): Int32Array {
  return typeSystem(module).canonical;
}
