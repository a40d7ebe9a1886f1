/**
 * Integer variables that only ever hold one constant become that constant: above all the high words
 * of 64-bit variables that hold 32-bit values. Conditions that are constant then choose their way here.
 */
import { constant, rebuild } from '../ir/int.js';
import { endsAbruptly, I, type Node, Op, S, type Stmt, type Variable } from '../ir/ir.js';
import { eachStatement, traverse } from '../ir/traverse.js';

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
    prune(body);
  }
}

/** Takes out the ways that constant conditions never go. */
export function prune(body: Stmt[]): void {
  traverse(body, {
    leaveList: (list) => {
      let end = list.length;
      for (let i = 0; i < end; i++) {
        const stmt = list[i]!;
        if (stmt.kind !== S.If || stmt.e!.op !== Op.Const) continue;
        const [taken, other] = stmt.e!.n === 0 ? [stmt.alt!, stmt.body!] : [stmt.body!, stmt.alt!];
        drop(other);
        // What control cannot come to goes as well.
        if (endsAbruptly(taken)) drop(list.splice(i + 1));
        list.splice(i, 1, ...taken);
        i += taken.length - 1;
        end = list.length;
      }
    },
  });
}

/** Forgets what statements that are gone have assigned and where they branched to. */
function drop(gone: Stmt[]): void {
  const sets = new Set<Stmt>();
  eachStatement(gone, (stmt) => {
    if (stmt.kind === S.Set) sets.add(stmt);
    else if (stmt.kind === S.Br) stmt.label!.uses--;
    for (const target of stmt.targets ?? []) target.uses--;
  });
  for (const { v } of sets) v!.sets = v!.sets.filter((set) => !sets.has(set));
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
