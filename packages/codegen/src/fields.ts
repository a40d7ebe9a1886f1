/**
 * How objects of structures are laid out: what the lowering of bodies and the classes of the emitted module agree on. A
 * type without relatives has a class of its own. Where a place can meet objects of many types, engines look properties up
 * in few classes only; so types with supertypes or subtypes share a class for each of few sizes, in which the object
 * itself says its type. Fields that can hold a NaN keep numbers unboxed: such types have a class of their own, too.
 */
import {
  F32,
  F64,
  type FieldType,
  I64,
  type Module,
  type StructType,
  type SubType,
  V128,
} from '@wasm2js/decoder';

const slotsOf = ({ type }: FieldType): number => (type === V128 ? 4 : type === I64 ? 2 : 1);

/** Names of the properties that hold the components of a field: slots are numbered. A float has one. */
export function fieldParts({ fields }: StructType, index: number): string[] {
  let slot = 0;
  for (let i = 0; i < index; i++) slot += slotsOf(fields[i]!);
  return Array.from({ length: slotsOf(fields[index]!) }, (_, k) => `a${slot + k}`);
}

/** Names of so many slots. */
export const slotNames = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `a${i}`);

/** Number of slots of a structure. */
export const structSlots = ({ fields }: StructType): number =>
  fields.reduce((sum, field) => sum + slotsOf(field), 0);

/** Has a structure a field that can hold a NaN? Then its objects have the property `z`. */
export const hasFloats = ({ fields }: StructType): boolean =>
  fields.some(({ type }) => type === F32 || type === F64);

/** Has a type supertypes, or may it have subtypes? Then its objects say their type in a property of their own. */
export const hasRelatives = ({ final, supers }: SubType): boolean => !final || supers.length > 0;

/** Sizes of shared classes, in slots: engines handle four classes in one place well. */
const SIZES = [4, 8, 16, 32];

/** The size of the shared class of a type's objects; undefined where it has a class of its own. */
export function sharedSize({ types }: Module, index: number): number | undefined {
  const type = types[index]!;
  const { comp } = type;
  if (comp.kind !== 'struct' || !hasRelatives(type) || hasFloats(comp)) return undefined;
  const count = structSlots(comp);
  return SIZES.find((size) => size >= count);
}
