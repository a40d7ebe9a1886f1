/** Operations of the representation that are one operator or one function of JavaScript. */
import type { BinaryOperator } from 'estree';
import { Op } from '../ir/ir.js';

export const SIGNED: Partial<Record<Op, BinaryOperator>> = {
  [Op.Eq]: '===',
  [Op.Ne]: '!==',
  [Op.LtS]: '<',
  [Op.LeS]: '<=',
  [Op.GtS]: '>',
  [Op.GeS]: '>=',
};
export const UNSIGNED: Partial<Record<Op, BinaryOperator>> = {
  [Op.LtU]: '<',
  [Op.LeU]: '<=',
  [Op.GtU]: '>',
  [Op.GeU]: '>=',
};
export const BITWISE: Partial<Record<Op, BinaryOperator>> = {
  [Op.And]: '&',
  [Op.Or]: '|',
  [Op.Xor]: '^',
  [Op.Shl]: '<<',
  [Op.ShrS]: '>>',
};
export const FLOAT_COMPARE: Partial<Record<Op, BinaryOperator>> = {
  [Op.FEq]: '===',
  [Op.FNe]: '!==',
  [Op.FLt]: '<',
  [Op.FLe]: '<=',
  [Op.FGt]: '>',
  [Op.FGe]: '>=',
};
export const FLOAT_BINARY: Partial<Record<Op, BinaryOperator>> = {
  [Op.FAdd]: '+',
  [Op.FSub]: '-',
  [Op.FMul]: '*',
  [Op.FDiv]: '/',
};
export const MATH: Partial<Record<Op, string>> = {
  [Op.FAbs]: 'abs',
  [Op.FCeil]: 'ceil',
  [Op.FFloor]: 'floor',
  [Op.FTrunc]: 'trunc',
};
