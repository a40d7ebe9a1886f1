/**
 * Fuel: the marks of what takes a unit of it besides functions that begin and rounds of loops. The pass `fuel` finds
 * them; none is left behind it.
 */
import { exprStmt, Fx, helper, I, Op, S, type Stmt } from './ir.js';

const MARK = '_charge';

/** A call that was taken in begins here. */
export const chargeMark = (): Stmt => exprStmt(helper(MARK, I, Fx.trap | Fx.writeState, []));

/** Is this such a mark? */
export const isChargeMark = ({ kind, e }: Stmt): boolean =>
  kind === S.Expr && e!.op === Op.Helper && e!.name === MARK;

/** The tank of an instance (`support/fuel.js`). */
export const TANK = 'K0';
