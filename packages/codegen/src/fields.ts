/** How objects of structures are laid out: what the lowering of bodies and the classes of the emitted module agree on. */
import {
  F32,
  F64,
  type FieldType,
  I64,
  type StorageType,
  type StructType,
  V128,
} from '@wasm2js/decoder';

/** Names of the properties that hold the components of a field: `a2`, `a2h`. A float has one. */
export function fieldParts(index: number, type: StorageType): string[] {
  const suffixes = type === V128 ? ['', 'b', 'c', 'd'] : type === I64 ? ['', 'h'] : [''];
  return suffixes.map((suffix) => `a${index}${suffix}`);
}

/** Names of all properties of a structure, in order. */
export const structParts = ({ fields }: StructType): string[] =>
  fields.flatMap(({ type }: FieldType, i) => fieldParts(i, type));

/** Has a structure a field that can hold a NaN? Then its objects have the property `z`. */
export const hasFloats = ({ fields }: StructType): boolean =>
  fields.some(({ type }) => type === F32 || type === F64);
