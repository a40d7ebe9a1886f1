/** The JS variables that a variable is kept in, and nodes over them. */
import {
  D,
  FX_CALL,
  Fx,
  get,
  I,
  type IrType,
  type Label,
  Node,
  nameNode,
  Op,
  S,
  Stmt,
  setList,
  Variable,
} from '../ir/ir.js';
import { highName, lowName } from '../ir/names.js';

/** Types of the JS variables that a variable is kept in: the number, then the words of its bits. */
export function partTypes(v: Variable): IrType[] {
  const types: IrType[] = v.needNumber ? [v.type] : [];
  if (v.needBits) types.push(I);
  if (v.needBits && v.type === D) types.push(I);
  return types;
}

/** Number of JS variables that a variable is kept in. */
export const partsOf = (v: Variable): number =>
  (v.needNumber ? 1 : 0) + (v.needBits ? (v.type === D ? 2 : 1) : 0);

export const isSingle = (v: Variable): boolean => v.needNumber && !v.needBits;

/** Names of those JS variables. */
export function partNames(v: Variable): string[] {
  const names = v.needNumber ? [v.name] : [];
  if (v.needBits) names.push(lowName(v));
  if (v.needBits && v.type === D) names.push(highName(v));
  return names;
}

/** Reads of those JS variables. */
export function partReads(v: Variable): Node[] {
  const nodes = v.needNumber ? [get(v)] : [];
  const word = (op: Op): Node => new Node(op, I, Fx.readLocal, get(v), null, null, 0);
  if (v.needBits) nodes.push(word(Op.BitsLo));
  if (v.needBits && v.type === D) nodes.push(word(Op.BitsHi));
  return nodes;
}

/** The value of a variable whose parts came through the channel. */
export function received(v: Variable, names: string[]): Node {
  const parts = partTypes(v).map((type, i) => nameNode(names[i]!, type));
  if (isSingle(v)) return parts[0]!;
  const [first, low, high] = v.needNumber ? parts : [undefined, ...parts];
  const op = first === undefined ? Op.FromBits : Op.Received;
  return first === undefined
    ? new Node(op, v.type, Fx.readState, low!, high ?? null, null, 0)
    : new Node(op, v.type, Fx.readState, first, low!, high ?? null, 0);
}

export function keptVariable(name: string, type: IrType): Variable {
  const v = new Variable(name, type, false, false);
  v.needNumber = true;
  return v;
}

/** An assignment that the analyses, which are done, need not know of. */
export function assignStmt(v: Variable, e: Node): Stmt {
  const stmt = new Stmt(S.Set);
  stmt.v = v;
  stmt.e = e;
  return stmt;
}

export function returnStmt(values: Node[]): Stmt {
  const stmt = new Stmt(S.Return);
  stmt.values = values;
  return stmt;
}

export function branchStmt(label: Label): Stmt {
  const stmt = new Stmt(S.Br);
  stmt.label = label;
  return stmt;
}

export function callNode(name: string, type: IrType, list: Node[], grows: boolean): Node {
  const node = new Node(Op.Call, type, FX_CALL | Fx.readLocal, null, null, null, 0);
  node.call = {
    kind: 'func',
    index: -1,
    type: 0,
    view: '',
    changing: false,
    bits: undefined,
    grows,
    name,
  };
  setList(node, list);
  return node;
}
