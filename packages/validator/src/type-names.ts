/** Types in the words of the text format, for messages. */

import { formatValType, heapOf, isRef, type StorageType, type ValType } from '@wasm2js/decoder';
import { BOT_HEAP } from './subtyping.js';

/**
 * A value or storage type as the text format writes it, for example `i32`, `funcref` or
 * `(ref null 3)`; the references of unreachable code, which have no notation, are "a reference".
 * @param type the type (specification, section 6.4 "Types")
 */
export function typeName(type: ValType | StorageType): string {
  return isRef(type) && heapOf(type) === BOT_HEAP ? 'a reference' : formatValType(type);
}

/** At most this many types of a sequence are spelled out in a message. */
const SHOWN = 12;

/**
 * A sequence of value types in brackets, `[i32 i64]`; long ones are cut short.
 * @param types the result type
 */
export function typesName(types: ArrayLike<ValType>): string {
  const names: string[] = [];
  for (let i = 0; i < types.length && i < SHOWN; i++) names.push(typeName(types[i]!));
  if (types.length > SHOWN) names.push(`... ${types.length - SHOWN} more`);
  return `[${names.join(' ')}]`;
}
