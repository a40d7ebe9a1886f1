/** Validation of the type section (specification, section 3.2 "Types"). */

import {
  type CompType,
  heapOf,
  InvalidError,
  isAbstract,
  isRef,
  type Module,
  type StorageType,
  type SubType,
} from '@wasm2js/decoder';
import { TypeSystem } from './subtyping.js';

/**
 * Validates all recursion groups and builds the module's type system.
 * @param module the decoded module
 * @returns the type system with every group added
 * @throws {InvalidError} "unknown type", "sub type", and the custom descriptors proposal's
 *   messages about descriptors and described types
 */
export function validateTypes(module: Module): TypeSystem {
  const { types } = module;
  const system = new TypeSystem(types);
  for (let start = 0; start < types.length; ) {
    const end = start + types[start]!.groupSize;
    for (let i = start; i < end; i++) {
      checkReferences(types, i, end);
      checkDescriptorClauses(types, i, start, end);
    }
    system.addGroup(start);
    for (let i = start; i < end; i++) checkSubtyping(system, i);
    start = end;
  }
  return system;
}

function fail(type: SubType, message: string): never {
  throw new InvalidError(message, { offset: type.offset });
}

function storageTypes(comp: CompType): StorageType[] {
  if (comp.kind === 'func') return [...comp.params, ...comp.results];
  if (comp.kind === 'array') return [comp.element.type];
  return comp.fields.map((field) => field.type);
}

/** Types may refer to their own group and to those before it: indices below `end`. */
function checkReferences(types: readonly SubType[], index: number, end: number): void {
  const type = types[index]!;
  for (const used of storageTypes(type.comp)) {
    if (!isRef(used)) continue;
    const heap = heapOf(used);
    if (!isAbstract(heap) && heap >= end) {
      fail(
        type,
        `unknown type ${heap}: type ${index} can refer to the ${end} types up to its group`,
      );
    }
  }
  if (type.supers.length > 1) {
    fail(
      type,
      `sub type ${index} declares ${type.supers.length} super types, at most one is allowed`,
    );
  }
  const sup = type.supers[0];
  if (sup !== undefined && sup >= index) {
    fail(type, `unknown type ${sup}: the super type of type ${index} must be defined before it`);
  }
}

/** The `describes` and `descriptor` clauses pair up struct types of one recursion group. */
function checkDescriptorClauses(
  types: readonly SubType[],
  index: number,
  start: number,
  end: number,
): void {
  const type = types[index]!;
  const { describes, descriptor } = type;
  const outside = (other: number): boolean => other < start || other >= end;
  if (describes !== undefined) {
    if (outside(describes)) {
      fail(type, `described type is outside rec group: type ${index} describes type ${describes}`);
    }
    if (describes >= index) {
      fail(type, `forward use of described type: type ${index} describes type ${describes}`);
    }
    if (type.comp.kind !== 'struct') {
      fail(type, `described type must be a struct: type ${index} is of kind ${type.comp.kind}`);
    }
    if (types[describes]!.descriptor !== index) {
      fail(
        type,
        `described type is not described by descriptor: type ${describes} has no descriptor ${index}`,
      );
    }
  }
  if (descriptor !== undefined) {
    if (outside(descriptor)) {
      fail(
        type,
        `descriptor type is outside rec group: type ${index} has descriptor ${descriptor}`,
      );
    }
    if (descriptor <= index) {
      fail(type, `forward use of described type: type ${descriptor} precedes type ${index}`);
    }
    if (type.comp.kind !== 'struct') {
      fail(type, `descriptor type must be a struct: type ${index} is of kind ${type.comp.kind}`);
    }
    if (types[descriptor]!.describes !== index) {
      fail(
        type,
        `type is not described by its descriptor: type ${descriptor} does not describe ${index}`,
      );
    }
  }
}

/** A declared supertype must be open, and the composite types and descriptors must match. */
function checkSubtyping(system: TypeSystem, index: number): void {
  const type = system.types[index]!;
  const supIndex = type.supers[0];
  if (supIndex === undefined) return;
  const sup = system.types[supIndex]!;
  const mismatch = `sub type ${index} does not match super type ${supIndex}`;
  if (sup.final) fail(type, `${mismatch}: the super type is final`);
  if (!system.matchesComp(type.comp, sup.comp)) {
    fail(type, `${mismatch}: expected a subtype of its ${sup.comp.kind} type, found another type`);
  }
  const { descriptor, describes } = type;
  if (sup.descriptor !== undefined) {
    if (descriptor === undefined) fail(type, `${mismatch}: expected a descriptor, found none`);
    if (!system.isSubtype(descriptor, sup.descriptor)) {
      fail(type, `descriptor type ${descriptor} does not match descriptor type ${sup.descriptor}`);
    }
  }
  if ((describes === undefined) !== (sup.describes === undefined)) {
    fail(type, `${mismatch}: only one of the two describes a type`);
  }
  if (describes !== undefined && !system.isSubtype(describes, sup.describes!)) {
    fail(type, `described type ${describes} does not match described type ${sup.describes}`);
  }
}
