/**
 * Structures and arrays (specification, section 3.4, "Aggregate Reference Instructions"), with the
 * allocation instructions of the custom descriptors proposal.
 */

import {
  type ArrayType,
  type CompType,
  type FieldType,
  I32,
  isRef,
  refType,
  type StructType,
  type ValType,
} from '@wasm2js/decoder';
import type { Body } from '../body.js';
import { isPacked, lookup, unpacked } from '../context.js';
import { isDefaultable } from '../subtyping.js';
import { typeName } from '../type-names.js';
import type { Rule, Rules } from './rule.js';

function compType(body: Body, index: number, kind: CompType['kind']): CompType {
  const { types } = body.types;
  const { comp } = lookup(types, index, 'type', 'types', body.reader.offset, body.func);
  if (comp.kind !== kind) {
    body.fail(`unknown type ${index}: expected type of kind ${kind}, found ${comp.kind}`);
  }
  return comp;
}

const structType = (body: Body, index: number): StructType =>
  compType(body, index, 'struct') as StructType;
const arrayElement = (body: Body, index: number): FieldType =>
  (compType(body, index, 'array') as ArrayType).element;

function mutableElement(body: Body, index: number): FieldType {
  const element = arrayElement(body, index);
  if (!element.mutable) body.fail(`immutable array: type ${index}`);
  return element;
}

function requireDefault(body: Body, what: string, { type }: FieldType): void {
  if (!isDefaultable(type)) {
    body.fail(`type mismatch: ${what} of type ${typeName(type)} has no default value`);
  }
}

/** Plain access is for unpacked types, `_s` and `_u` for packed ones. */
function requirePacked(body: Body, packed: boolean, { type }: FieldType): void {
  if (isPacked(type) !== packed) {
    const expected = packed ? 'a packed type' : 'an unpacked type';
    body.fail(`type mismatch: access requires ${expected}, found ${typeName(type)}`);
  }
}

// ---- structures

const structNew =
  (withDescriptor: boolean, withDefault: boolean): Rule =>
  (body, { x }) => {
    const { fields } = structType(body, x);
    const { descriptor } = body.types.types[x]!;
    if (!withDescriptor && descriptor !== undefined) {
      body.fail(`type with descriptor requires descriptor allocation: type ${x}`);
    }
    if (withDescriptor) {
      if (descriptor === undefined) {
        return body.fail(`type without descriptor requires non-descriptor allocation: type ${x}`);
      }
      body.pop(refType(descriptor, true, true));
    }
    if (withDefault) {
      for (const field of fields) requireDefault(body, 'a field', field);
    } else {
      body.popAll(body.context.fieldOperands(x, fields));
    }
    body.push(refType(x, false, true));
  };

function fieldType(body: Body, type: number, index: number): FieldType {
  const { fields } = structType(body, type);
  const field = fields[index];
  if (field !== undefined) return field;
  body.fail(`unknown field ${index}: type ${type} has ${fields.length} fields`);
}

const structGet =
  (packed: boolean): Rule =>
  (body, { x, y }) => {
    const field = fieldType(body, x, y);
    requirePacked(body, packed, field);
    body.pop(refType(x, true));
    body.push(unpacked(field.type));
  };

// ---- arrays

const arrayGet =
  (packed: boolean): Rule =>
  (body, { x }) => {
    const element = arrayElement(body, x);
    requirePacked(body, packed, element);
    body.popAll([refType(x, true), I32]);
    body.push(unpacked(element.type));
  };

function requireNumeric(body: Body, { type }: FieldType): void {
  if (isRef(type)) {
    body.fail(`array type is not numeric or vector: found element type ${typeName(type)}`);
  }
}

function requireElements(body: Body, segment: number, { type }: FieldType): void {
  const found = body.context.elemType(segment, body.reader.offset, body.func);
  if (!body.types.matches(found, type)) body.failMismatch('elements of the array', type, found);
}

const pushArray = (body: Body, type: ValType): void => body.push(refType(type, false, true));

/** Rules of aggregate instructions. */
export const AGGREGATE_RULES: Rules = {
  'struct.new': structNew(false, false),
  'struct.new_default': structNew(false, true),
  'struct.new_desc': structNew(true, false),
  'struct.new_default_desc': structNew(true, true),
  'struct.get': structGet(false),
  'struct.get_s': structGet(true),
  'struct.get_u': structGet(true),
  'struct.set'(body, { x, y }) {
    const field = fieldType(body, x, y);
    if (!field.mutable) body.fail(`immutable field ${y} of type ${x}`);
    body.popAll([refType(x, true), unpacked(field.type)]);
  },
  'array.new'(body, { x }) {
    body.popAll([unpacked(arrayElement(body, x).type), I32]);
    pushArray(body, x);
  },
  'array.new_default'(body, { x }) {
    requireDefault(body, 'array element', arrayElement(body, x));
    body.pop(I32);
    pushArray(body, x);
  },
  'array.new_fixed'(body, { x, y }) {
    body.popRepeated(unpacked(arrayElement(body, x).type), y);
    pushArray(body, x);
  },
  'array.new_data'(body, { x, y }) {
    requireNumeric(body, arrayElement(body, x));
    body.checkData(y);
    body.popAll([I32, I32]);
    pushArray(body, x);
  },
  'array.new_elem'(body, { x, y }) {
    requireElements(body, y, arrayElement(body, x));
    body.popAll([I32, I32]);
    pushArray(body, x);
  },
  'array.get': arrayGet(false),
  'array.get_s': arrayGet(true),
  'array.get_u': arrayGet(true),
  'array.set'(body, { x }) {
    body.popAll([refType(x, true), I32, unpacked(mutableElement(body, x).type)]);
  },
  'array.fill'(body, { x }) {
    body.popAll([refType(x, true), I32, unpacked(mutableElement(body, x).type), I32]);
  },
  'array.copy'(body, { x, y }) {
    const destination = mutableElement(body, x).type;
    const source = arrayElement(body, y).type;
    if (!body.types.matchesStorage(source, destination)) {
      body.fail(
        `array types do not match: expected ${typeName(destination)}, found ${typeName(source)}`,
      );
    }
    body.popAll([refType(x, true), I32, refType(y, true), I32, I32]);
  },
  'array.init_data'(body, { x, y }) {
    requireNumeric(body, mutableElement(body, x));
    body.checkData(y);
    body.popAll([refType(x, true), I32, I32, I32]);
  },
  'array.init_elem'(body, { x, y }) {
    requireElements(body, y, mutableElement(body, x));
    body.popAll([refType(x, true), I32, I32, I32]);
  },
};
