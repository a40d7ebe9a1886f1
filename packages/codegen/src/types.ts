/**
 * Types as text: the canonical form of a recursion group, by which equal types of one or several
 * modules become one (specification, "Defined Types": iso-recursive equality).
 */
import {
  F32,
  F64,
  type FieldType,
  Heap,
  heapOf,
  I8,
  I16,
  I32,
  I64,
  isAbstract,
  isNullable,
  isRef,
  type Module,
  type SubType,
  V128,
  type ValType,
} from '@wasm2js/decoder';

const NUMERIC = new Map<number, string>([
  [I32, 'i32'],
  [I64, 'i64'],
  [F32, 'f32'],
  [F64, 'f64'],
  [V128, 'v128'],
  [I8, 'i8'],
  [I16, 'i16'],
]);
const HEAP_NAMES = new Map<number, string>(
  Object.entries(Heap).map(([name, code]) => [code, name]),
);

/** The name of an abstract heap type. */
export const heapName = (heap: number): string => HEAP_NAMES.get(heap)!;

/** The text of a recursion group. */
export interface GroupText {
  /** One text for each member; `$k` stands for refs[k], `@k` for member k of the group. */
  members: string[];
  /** Canonical indices of types outside the group. */
  refs: number[];
}

/** The name of a value type; a type index is rendered by `index`. */
export function valueTypeName(type: ValType, index: (type: number) => string = String): string {
  if (!isRef(type)) return NUMERIC.get(type)!;
  const heap = heapOf(type);
  const abstract = isAbstract(heap);
  const short = heap === Heap.func || heap === Heap.extern;
  if (abstract && isNullable(type) && short) return `${heapName(heap)}ref`;
  return `(ref ${isNullable(type) ? 'null ' : ''}${abstract ? heapName(heap) : index(heap)})`;
}

/** Canonical types of one module. */
export class TypeTexts {
  /** By type index: the first equal type. */
  private readonly canonicalOf: number[] = [];
  /** By first type index of a group. */
  private readonly groups = new Map<number, GroupText>();

  constructor(readonly module: Module) {
    const seen = new Map<string, number>();
    for (let start = 0; start < module.types.length; ) {
      const size = module.types[start]!.groupSize;
      const group = this.describe(start, size);
      const key = `${group.members.join(' ')}|${group.refs.join(' ')}`;
      const first = seen.get(key) ?? start;
      if (first === start) {
        seen.set(key, start);
        this.groups.set(start, group);
      }
      for (let k = 0; k < size; k++) this.canonicalOf.push(first + k);
      start += size;
    }
  }

  /** The first type of the module that is equal to this one. */
  canonical(type: number): number {
    return this.canonicalOf[type]!;
  }

  /** The recursion group of a canonical type. */
  group(type: number): GroupText {
    return this.groups.get(this.module.types[type]!.groupStart)!;
  }

  /** For people: `(func (param i32) (result i64))`. */
  text(type: number): string {
    return this.member(this.module.types[type]!, (index) => String(index));
  }

  /** For people: a value type. */
  valueText(type: ValType): string {
    return valueTypeName(type);
  }

  private describe(start: number, size: number): GroupText {
    const refs: number[] = [];
    const index = (type: number): string => {
      if (type >= start) return `@${type - start}`;
      const canonical = this.canonicalOf[type]!;
      if (!refs.includes(canonical)) refs.push(canonical);
      return `$${refs.indexOf(canonical)}`;
    };
    const members: string[] = [];
    for (let k = 0; k < size; k++) {
      members.push(this.member(this.module.types[start + k]!, index));
    }
    return { members, refs };
  }

  /** The text of a member of a group; `index` renders type indices. */
  member(type: SubType, index: (type: number) => string): string {
    const value = (one: ValType) => valueTypeName(one, index);
    const list = (word: string, types: ValType[]) =>
      types.length === 0 ? '' : ` (${word} ${types.map(value).join(' ')})`;
    const field = ({ type: storage, mutable }: FieldType) =>
      mutable ? ` (mut ${value(storage)})` : ` ${value(storage)}`;
    const { comp } = type;
    let text: string;
    if (comp.kind === 'func') {
      text = `(func${list('param', comp.params)}${list('result', comp.results)})`;
    } else if (comp.kind === 'struct') text = `(struct${comp.fields.map(field).join('')})`;
    else text = `(array${field(comp.element)})`;
    if (type.descriptor !== undefined) text = `(descriptor ${index(type.descriptor)} ${text})`;
    if (type.describes !== undefined) text = `(describes ${index(type.describes)} ${text})`;
    if (type.final && type.supers.length === 0) return text;
    const supers = type.supers.map((parent) => `${index(parent)} `).join('');
    return `(sub ${type.final ? 'final ' : ''}${supers}${text})`;
  }
}
