/**
 * Estimates how many bytes of V8 bytecode the statements of a function become. Engines leave a
 * function unoptimised beyond a limit (V8: 60 KiB), so what counts is to be right for large ones:
 * their registers, constants and feedback slots are beyond the first 256, hence every operand takes
 * two bytes and every instruction a prefix. The weights were fitted to what `node
 * scripts/bytecode-sizes.mjs` measures.
 */
import { D, F, I, isPure, type Node, Op, S, type Stmt } from './ir.js';

/** Reading or writing a register, an operation with a feedback slot, a jump. */
const MOVE = 4;
const OPERATION = 6;
const JUMP = 4;
/** A method of the view: its property, the receiver, the little-endian flag, the call. */
const ACCESS = 33;
const CALL = 16;
/** Entering and leaving a handler's scope. */
const TRY = 24;

/** Bytes of an expression that leaves its value in the accumulator. */
function nodeSize(node: Node): number {
  const { a, b, c } = node;
  let size = ownSize(node);
  if (a !== null) size += nodeSize(a);
  if (b !== null) size += nodeSize(b);
  if (c !== null) size += nodeSize(c);
  if (node.list !== null) for (const arg of node.list) size += MOVE + nodeSize(arg);
  // The bits of a float are printed beside its number, from the same operands.
  return node.mode === 3 ? 2 * size : size;
}

function ownSize(node: Node): number {
  const { a, b, op } = node;
  // An operand that is no variable waits in a register.
  const waits = a !== null && a.op !== Op.Get && b !== null && b.op !== Op.Const ? MOVE : 0;
  const constant = b?.op === Op.Const ? -3 : 0;
  switch (op) {
    case Op.Const:
      return 3;
    case Op.FConst:
    case Op.Get:
    case Op.Name:
    case Op.Null:
    case Op.Thrown:
      return MOVE;
    case Op.SetName:
      return MOVE;
    case Op.Add:
    case Op.Sub:
      return 2 * OPERATION + waits + constant;
    case Op.LtU:
    case Op.LeU:
    case Op.GtU:
    case Op.GeU:
      return 3 * OPERATION + MOVE + constant;
    case Op.Load:
    case Op.Store: {
      const address = a!.op === Op.Const ? 0 : (node.n === 0 ? 0 : 2) * OPERATION;
      const words = node.type === D && op === Op.Store ? 2 : 1;
      return words * (ACCESS + address + (op === Op.Store ? MOVE : 0));
    }
    case Op.Call:
      return CALL + OPERATION + (node.call!.kind === 'view' ? OPERATION + MOVE : 0);
    case Op.Helper:
      return CALL + OPERATION;
    case Op.Mul:
    case Op.DivS:
    case Op.DivU:
    case Op.RemS:
    case Op.RemU:
    case Op.Clz:
    case Op.FMin:
    case Op.FMax:
    case Op.FSqrt:
    case Op.FAbs:
    case Op.FCeil:
    case Op.FFloor:
    case Op.FTrunc:
    case Op.FNearest:
    case Op.FCopysign:
    case Op.Demote:
    case Op.FromBits:
      return CALL + OPERATION + MOVE;
    case Op.Extend8:
    case Op.Extend16:
      return 2 * OPERATION;
    case Op.LAnd:
    case Op.LOr:
      return JUMP;
    case Op.Select:
      return 2 * JUMP;
    case Op.BitsLo:
    case Op.BitsHi:
      return a!.op === Op.Get && !a!.v!.exact ? 0 : CALL;
    case Op.Received:
      return CALL + 2 * OPERATION;
    case Op.Elem:
    case Op.SetElem:
      return 5 * OPERATION + JUMP;
    case Op.NonNull:
      return OPERATION + JUMP;
    case Op.HasType:
      return (node.n < 0 ? 2 : 3) * OPERATION;
    case Op.New:
      return CALL + MOVE;
    case Op.Promote:
      return 0;
    default:
      return OPERATION + waits + constant + (node.type === F ? CALL + MOVE : 0);
  }
}

/** Bytes of what stands directly in a statement. It is found once: no expression changes while a function is split. */
function ownWeight(stmt: Stmt): number {
  if (stmt.weight >= 0) return stmt.weight;
  let size = stmt.e === null ? 0 : nodeSize(stmt.e);
  if (stmt.values !== null) for (const node of stmt.values) size += nodeSize(node) + MOVE;
  stmt.weight = size;
  return size;
}

/** Estimated bytes of these statements, with all that is inside. */
export function sizeOf(body: readonly Stmt[]): number {
  let size = 0;
  for (const stmt of body) {
    let inside = 0;
    if (stmt.body !== null) inside += sizeOf(stmt.body);
    if (stmt.alt !== null) inside += sizeOf(stmt.alt);
    if (stmt.cases !== null) for (const item of stmt.cases) inside += sizeOf(item.body);
    size += statementSize(stmt, inside);
  }
  return size;
}

/**
 * Estimated bytes of a statement.
 * @param inside those of the statements inside it
 */
export function statementSize(stmt: Stmt, inside: number): number {
  switch (stmt.kind) {
    case S.Set: {
      const v = stmt.v!;
      if (v.needNumber || v.needBits) return ownWeight(stmt) + (v.type === I ? MOVE : 2 * MOVE);
      return isPure(stmt.e!.fx) ? 0 : ownWeight(stmt);
    }
    case S.If:
      return ownWeight(stmt) + inside + JUMP + (stmt.alt!.length > 0 ? JUMP : 0);
    case S.Br:
      return JUMP;
    case S.Loop:
      return inside + 2 * JUMP;
    case S.Switch:
      return ownWeight(stmt) + inside + 2 * OPERATION + JUMP * new Set(stmt.targets!).size;
    case S.Return:
      return ownWeight(stmt) + 1;
    case S.Trap:
      return CALL + MOVE;
    case S.Try:
      return inside + TRY;
    case S.Throw:
      return ownWeight(stmt) + 1;
    case S.Reload:
      return OPERATION + 2 * MOVE;
    default:
      return ownWeight(stmt) + inside;
  }
}
