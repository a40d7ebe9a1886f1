/** The type section (specification, sections 5.3.8 "Composite Types" to 5.3.10 "Recursive Types"). */
import type { Cursor } from './cursor.js';
import { checkLimit } from './limits.js';
import type { CompType, FieldType, SubType, ValType } from './types.js';

const REC = 0x4e;
const SUB = 0x50;
const SUB_FINAL = 0x4f;
const DESCRIPTOR = 0x4d;
const DESCRIBES = 0x4c;
const FUNC = 0x60;
const STRUCT = 0x5f;
const ARRAY = 0x5e;

/**
 * Reads the content of a type section.
 * @param cursor at the vector of recursion groups
 * @param types receives one entry for each type index
 */
export function readTypeSection(cursor: Cursor, types: SubType[]): void {
  for (let left = cursor.u32(); left > 0; left--) {
    const groupStart = types.length;
    if (cursor.peek() === REC) {
      cursor.pos++;
      for (let members = cursor.u32(); members > 0; members--)
        readSubType(cursor, types, groupStart);
    } else {
      readSubType(cursor, types, groupStart);
    }
    const groupSize = types.length - groupStart;
    for (let index = groupStart; index < types.length; index++) types[index]!.groupSize = groupSize;
  }
}

function readSubType(cursor: Cursor, types: SubType[], groupStart: number): void {
  const offset = cursor.pos;
  checkLimit('types', types.length + 1, offset);
  const supers: number[] = [];
  let final = true;
  let form = readForm(cursor);
  if (form === SUB || form === SUB_FINAL) {
    final = form === SUB_FINAL;
    for (let left = cursor.u32(); left > 0; left--) supers.push(cursor.u32());
    form = readForm(cursor);
  }
  let describes: number | undefined;
  let descriptor: number | undefined;
  if (form === DESCRIBES) {
    describes = cursor.u32();
    form = readForm(cursor);
  }
  if (form === DESCRIPTOR) {
    descriptor = cursor.u32();
    form = readForm(cursor);
  }
  const comp = readCompType(cursor, form);
  types.push({ comp, final, supers, describes, descriptor, groupStart, groupSize: 1, offset });
}

function readForm(cursor: Cursor): number {
  const form = cursor.u8();
  if (form >= 0x80) throw cursor.malformed('integer representation too long', cursor.pos - 1);
  return form;
}

function readCompType(cursor: Cursor, form: number): CompType {
  switch (form) {
    case FUNC: {
      const params = readResultType(cursor, 'params');
      return { kind: 'func', params, results: readResultType(cursor, 'results') };
    }
    case STRUCT: {
      const fields: FieldType[] = [];
      const offset = cursor.pos;
      const count = cursor.u32();
      checkLimit('fields', count, offset);
      for (let left = count; left > 0; left--) fields.push(readFieldType(cursor));
      return { kind: 'struct', fields };
    }
    case ARRAY:
      return { kind: 'array', element: readFieldType(cursor) };
    default:
      throw cursor.malformed('malformed definition type', cursor.pos - 1);
  }
}

function readResultType(cursor: Cursor, limit: 'params' | 'results'): ValType[] {
  const types: ValType[] = [];
  const offset = cursor.pos;
  const count = cursor.u32();
  checkLimit(limit, count, offset);
  for (let left = count; left > 0; left--) types.push(cursor.valType());
  return types;
}

function readFieldType(cursor: Cursor): FieldType {
  const type = cursor.storageType();
  return { type, mutable: readMutability(cursor) };
}

/** Reads the mutability of a global or field: true for mutable. */
export function readMutability(cursor: Cursor): boolean {
  const byte = cursor.u8();
  if (byte > 1) throw cursor.malformed('malformed mutability', cursor.pos - 1);
  return byte === 1;
}
