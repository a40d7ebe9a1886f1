/**
 * Integer variables that only ever hold one constant become that constant: above all the high words
 * of 64-bit variables that hold 32-bit values.
 */
import { constant, rebuild } from '../ir/int.js';
import { I, type Node, Op, type Stmt, type Variable } from '../ir/ir.js';
import { eachStatement } from '../ir/traverse.js';

/** Rounds of substitution: each may make more variables constant. */
const ROUNDS = 4;

/** Replaces constant variables in place; their assignments become dead. */
export function foldConstants(body: Stmt[], variables: readonly Variable[]): void {
  for (let round = 0; round < ROUNDS; round++) {
    let found = false;
    for (const v of variables) {
      if (v.type !== I || v.param >= 0 || v.constant !== undefined || v.sets.length === 0) continue;
      const value = commonConstant(v);
      if (value === undefined) continue;
      v.constant = constant(value);
      found = true;
    }
    if (!found) return;
    substitute(body);
  }
}

/** The constant that all assignments give, if there is one. */
function commonConstant(v: Variable): number | undefined {
  let value: number | undefined = v.zeroed ? 0 : undefined;
  for (const { e } of v.sets) {
    if (e!.op === Op.Get && e!.v === v) continue;
    if (e!.op !== Op.Const) return undefined;
    if (value !== undefined && value !== e!.n) return undefined;
    value = e!.n;
  }
  return value;
}

function substitute(body: Stmt[]): void {
  eachStatement(body, (stmt) => {
    if (stmt.e !== null) stmt.e = replace(stmt.e);
    if (stmt.values !== null) stmt.values = stmt.values.map(replace);
  });
}

function replace(node: Node): Node {
  if (node.op === Op.Get) return node.v!.constant ?? node;
  if (node.list !== null) node.list = node.list.map(replace);
  const a = node.a === null ? null : replace(node.a);
  const b = node.b === null ? null : replace(node.b);
  const c = node.c === null ? null : replace(node.c);
  if (a === node.a && b === node.b && c === node.c) return node;
  return rebuild(node, a, b, c);
}
