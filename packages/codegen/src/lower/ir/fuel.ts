/**
 * Fuel: gets nothing, gives the statements that take one unit of it. `K0` is the instance's tank (`support/fuel.js`): its
 * field `n` counts down, and `_refuel` fills it up again or traps.
 */
import { exprStmt, Fx, helper, I, Node, nameNode, Op, R, S, Stmt, setName } from './ir.js';

/** The tank of an instance. */
export const TANK = 'K0';

/** Takes one unit of fuel; traps where there is none, or where another thread has asked for that. */
export function charge(): Stmt[] {
  const counter = (): Node => nameNode(`${TANK}.n`, I);
  const one = new Node(Op.Const, I, 0, null, null, null, 1);
  const less = new Node(Op.Sub, I, Fx.readState, counter(), one, null, 0);
  const zero = new Node(Op.Const, I, 0, null, null, null, 0);
  const empty = new Stmt(S.If);
  empty.e = new Node(Op.LtS, I, Fx.readState, counter(), zero, null, 0);
  const fill = helper('_refuel', I, Fx.trap | Fx.writeState, [nameNode(TANK, R, 0)]);
  empty.body = [exprStmt(fill)];
  empty.alt = [];
  empty.likely = false;
  return [setName(`${TANK}.n`, less), empty];
}
