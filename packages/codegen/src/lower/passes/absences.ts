/**
 * Elements of arrays of references whose absence the next access tells: past the end of the storage there is undefined, and
 * a property of it is the engine's error, which the boundary makes the trap. Gets statements in their final order;
 * marks those elements (`memory` is 2), for which no test is printed.
 *
 * That holds where the first thing that happens to the element is such an access, on whatever way: nothing is written, called or
 * trapped before it, nor is the element handed on.
 */
import { eachOperand, isPure, type Node, Op, R, S, type Stmt, type Variable } from '../ir/ir.js';
import { eachList, expressionsOf } from '../ir/traverse.js';

/** What evaluating something does to an element first. */
enum First {
  /** Nothing: it is not looked at, and nothing else happens that can be seen. */
  nothing,
  /** A field of it is read, or its type is. */
  field,
  type,
  /** Something else, or not on all ways. */
  other,
}

/** So many statements further an access is looked for. */
const REACH = 4;

/** Marks the elements. */
export function markAbsences(body: readonly Stmt[]): void {
  body.forEach((stmt, i) => {
    if (stmt.kind === S.Set) {
      const element = openElement(stmt.e!);
      if (element !== undefined) {
        const first = follows(body, i + 1, stmt.v!);
        // A cast of null is another trap than null itself.
        if (first === First.field || (first === First.type && stmt.e === element))
          element.memory = 2;
      }
    }
    expressionsOf(stmt).forEach(inside);
    eachList(stmt, markAbsences);
  });
}

/** Marks elements a field of which is read where they are. */
function inside(node: Node): void {
  if (node.op === Op.Field) {
    const element = openElement(node.a!);
    if (element !== undefined) element.memory = 2;
  }
  eachOperand(node, inside);
}

/** The element that an expression is, which must not be null perhaps, and for which the index has not been tested. */
function openElement(node: Node): Node | undefined {
  const element = node.op === Op.NonNull ? node.a! : node;
  return element.op === Op.Elem && element.type === R && element.memory === 0 ? element : undefined;
}

/** What statements do first to what a variable holds, from one of them on. */
function follows(body: readonly Stmt[], from: number, v: Variable): First {
  for (const stmt of body.slice(from, from + REACH)) {
    if (stmt.kind === S.Skip) continue;
    const first = happens(stmt, v);
    if (first !== First.nothing) return first;
    if (stmt.kind !== S.Set || stmt.v === v) return First.other;
  }
  return First.other;
}

function happens(stmt: Stmt, v: Variable): First {
  switch (stmt.kind) {
    case S.Set:
    case S.Expr:
    case S.Switch:
    case S.Throw:
      return evaluated(stmt.e!, v);
    case S.If: {
      const first = evaluated(stmt.e!, v);
      if (first !== First.nothing) return first;
      const null_ = isNullOf(stmt.e!, v);
      if (null_ === undefined) return First.other;
      // What is undefined is not null.
      const arm = null_ ? stmt.alt : stmt.body;
      return arm === null ? First.other : follows(arm, 0, v);
    }
    case S.Return:
      return stmt.values!.length === 1 ? evaluated(stmt.values![0]!, v) : First.other;
    default:
      return First.other;
  }
}

/** Is the condition that the variable is null (true), or is not (false)? Undefined for any other. */
function isNullOf(node: Node, v: Variable): boolean | undefined {
  if (node.op === Op.IsNull) return reads(node.a!, v) ? true : undefined;
  if (node.op !== Op.Eqz) return undefined;
  const inner = isNullOf(node.a!, v);
  return inner === undefined ? undefined : !inner;
}

const reads = (node: Node, v: Variable): boolean => node.op === Op.Get && node.v === v;

function evaluated(node: Node, v: Variable): First {
  const { op, a, b, c, list, fx } = node;
  switch (op) {
    case Op.Field:
      if (reads(a!, v)) return First.field;
      break;
    case Op.HasType:
      if (reads(a!, v)) return First.type;
      break;
    case Op.Get:
      return First.nothing;
    case Op.Select: {
      const first = evaluated(c!, v);
      if (first !== First.nothing) return first;
      const null_ = isNullOf(c!, v);
      if (null_ !== undefined) return evaluated(null_ ? b! : a!, v);
      const [one, other] = [evaluated(a!, v), evaluated(b!, v)];
      return one === other ? one : First.other;
    }
    case Op.LAnd:
    case Op.LOr: {
      const first = evaluated(a!, v);
      if (first !== First.nothing) return first;
      const second = evaluated(b!, v);
      if (isNullOf(a!, v) === (op === Op.LOr)) return second;
      return second === First.nothing ? second : First.other;
    }
    default:
  }
  // Operands may be evaluated in any order: with an access among them, the others must not be noticed.
  const parts = [a, b, c, ...(list ?? [])].filter((part) => part !== null);
  const firsts = parts.map((part) => evaluated(part, v));
  const at = firsts.findIndex((first) => first === First.field || first === First.type);
  if (at >= 0)
    return parts.every((part, i) => i === at || isPure(part.fx)) ? firsts[at]! : First.other;
  return isPure(fx) && firsts.every((first) => first === First.nothing)
    ? First.nothing
    : First.other;
}
