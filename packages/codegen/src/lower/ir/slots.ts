/** How many expressions (slots of the symbolic stack) a value of a WebAssembly type is, and of which types. */
import { F32, F64, I32, I64, V128, type ValType } from '@wasm2js/decoder';
import { D, F, I, type IrType, R } from './ir.js';

/** Number of components (stack slots) of a value of this type. */
export const slotCount = (type: ValType): number => (type === I64 ? 2 : type === V128 ? 4 : 1);

/** Type of each component of a value of this type. */
export const slotType = (type: ValType): IrType =>
  type === F32 ? F : type === F64 ? D : type === I32 || type === I64 || type === V128 ? I : R;

/** Type of each component of values of these types, in order. */
export const slotTypes = (types: readonly ValType[]): IrType[] =>
  types.flatMap((type) => new Array<IrType>(slotCount(type)).fill(slotType(type)));

/** Total number of slots of values of these types. */
export function slotTotal(types: readonly ValType[]): number {
  let total = 0;
  for (const type of types) total += slotCount(type);
  return total;
}
