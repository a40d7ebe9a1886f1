/**
 * Integer variables that only ever hold one constant become that constant: above all the high words
 * of 64-bit variables that hold 32-bit values. Conditions that are constant then choose their way here.
 */
import { constant, rebuild } from '../ir/int.js';
import { endsAbruptly, I, type Node, Op, S, type Stmt, type Variable } from '../ir/ir.js';
import { eachListInside, eachStatement } from '../ir/traverse.js';

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
    if (substitute(body)) prune(body);
  }
}

/** Takes out the ways that constant conditions never go. */
export function prune(body: Stmt[]): void {
  const gone = new Set<Stmt>();
  eachListInside(body, (list) => {
    if (!list.some(isDecided)) return;
    const old = list.splice(0);
    for (const [i, stmt] of old.entries()) {
      if (!isDecided(stmt)) {
        list.push(stmt);
        continue;
      }
      const [taken, other] = stmt.e!.n === 0 ? [stmt.alt!, stmt.body!] : [stmt.body!, stmt.alt!];
      drop(other, gone);
      for (const item of taken) list.push(item);
      if (!endsAbruptly(taken)) continue;
      // What control cannot come to goes as well.
      drop(old.slice(i + 1), gone);
      break;
    }
  });
  // All at once: a variable may have as many assignments as the function has statements.
  const assigned = new Set([...gone].map(({ v }) => v!));
  for (const v of assigned) v.sets = v.sets.filter((set) => !gone.has(set));
}

const isDecided = ({ kind, e }: Stmt): boolean => kind === S.If && e!.op === Op.Const;

/** Forgets where statements that are gone branched to, and notes their assignments in `sets`. */
function drop(gone: Stmt[], sets: Set<Stmt>): void {
  eachStatement(gone, (stmt) => {
    if (stmt.kind === S.Set) sets.add(stmt);
    else if (stmt.kind === S.Br) stmt.label!.uses--;
    for (const target of stmt.targets ?? []) target.uses--;
  });
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

/** @returns is a condition constant now? */
function substitute(body: Stmt[]): boolean {
  let decided = false;
  eachStatement(body, (stmt) => {
    if (stmt.e !== null) {
      stmt.e = replace(stmt.e);
      decided ||= isDecided(stmt);
    }
    if (stmt.values !== null) stmt.values = stmt.values.map(replace);
  });
  return decided;
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
