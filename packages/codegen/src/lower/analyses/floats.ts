/**
 * Two analyses over the variables of a function.
 *
 * Exactness: a float variable is exact when its number tells every value it holds, that is, when
 * only arithmetic results and constants reach it. The bits of a NaN that was merely moved (loaded,
 * received as an argument) are lost when it becomes a JS number, so a variable that is not exact
 * carries its bits in integer variables wherever they are needed.
 *
 * Demand: which variables are read, and as what (number or bits). What nobody needs — the high word
 * of an i64 that is wrapped, the bits of a float that is only calculated with — is never computed.
 */
import { AHEAD } from '../../ahead.js';
import { floatValue } from '../ir/int.js';
import { D, eachOperand, F, isPure, type Node, Op, S, type Stmt, type Variable } from '../ir/ir.js';
import { eachStatement, walk } from '../ir/traverse.js';

/** Demands on a value. */
export const NUMBER = 1;
export const BITS = 2;

const isFloat = (type: number): boolean => type === F || type === D;

/** Helpers that convert integers, and so never give a NaN. */
const CONVERSIONS = new Set(['_f32_convert_i64_s', '_f32_convert_i64_u']);

/** Can the float never be NaN, whatever its variables hold? */
export function isNumber(node: Node): boolean {
  switch (node.op) {
    case Op.FConst:
      return !Number.isNaN(floatValue(node));
    case Op.ConvertS:
    case Op.ConvertU:
    case Op.Convert64S:
    case Op.Convert64U:
      return true;
    case Op.Helper:
      return CONVERSIONS.has(node.name);
    case Op.FNeg:
    case Op.FAbs:
    case Op.FCeil:
    case Op.FFloor:
    case Op.FTrunc:
    case Op.FNearest:
    case Op.Promote:
    case Op.Demote:
    case Op.FCopysign:
      return isNumber(node.a!);
    case Op.Select:
      return isNumber(node.a!) && isNumber(node.b!);
    default:
      return false;
  }
}

/** Does the number of this float expression tell all of it (by what is known of the variables)? */
export function isExact(node: Node): boolean {
  switch (node.op) {
    case Op.FConst:
      return !Number.isNaN(floatValue(node));
    case Op.Get:
      return node.v!.exact;
    case Op.Load:
    case Op.Field:
    case Op.Elem:
    case Op.FromBits:
    case Op.Received:
      return false;
    case Op.Select:
      return isExact(node.a!) && isExact(node.b!);
    case Op.FAbs:
      return isExact(node.a!);
    case Op.FNeg:
      // The sign of a NaN is open as long as nothing else takes it.
      return isExact(node.a!) && isFresh(node.a!);
    case Op.FCopysign:
      return false;
    default:
      return true;
  }
}

/** Does the operation hand a float on whose bits may be any, or change only its sign? */
function handsOn(op: Op): boolean {
  switch (op) {
    case Op.Get:
    case Op.Load:
    case Op.Field:
    case Op.Elem:
    case Op.FromBits:
    case Op.Received:
    case Op.Select:
    case Op.FAbs:
    case Op.FNeg:
    case Op.FCopysign:
      return true;
    default:
      return false;
  }
}

/** Does the operation make a value, and not hand one on? */
const isMade = ({ op, call }: Node): boolean =>
  op === Op.Call ? call!.fresh === true : !handsOn(op);

/** Can the bits of this float expression differ from those of its number? */
const movesBits = ({ op }: Node): boolean => op === Op.FConst || handsOn(op);

/** Is this the only place where the value is read, and its sign as a NaN still open? */
export const isFresh = (node: Node): boolean => (node.op === Op.Get ? node.v!.fresh : isMade(node));

/**
 * Can a NaN's bits be had without a look at those of a number: are they kept beside it, or made by arithmetic?
 * @param moved count values that were moved, or only those that arithmetic made
 */
export function isNumeric(node: Node, moved = true): boolean {
  switch (node.op) {
    case Op.Get:
      return node.v!.exact || node.v!.lazy;
    case Op.Select:
    case Op.FCopysign:
      return isNumeric(node.a!, moved) && isNumeric(node.b!, moved);
    case Op.FAbs:
    case Op.FNeg:
      return isNumeric(node.a!, moved);
    case Op.FConst:
    case Op.Field:
    case Op.Elem:
    case Op.Received:
      return moved || isExact(node);
    default:
      return isExact(node);
  }
}

/** Is this float expression told by its number, whatever its variables hold? */
export function isExactNow(node: Node): boolean {
  if (node.type !== F && node.type !== D) return true;
  switch (node.op) {
    case Op.Get:
      return false;
    case Op.Select:
      return isExactNow(node.a!) && isExactNow(node.b!);
    case Op.FAbs:
      return isExactNow(node.a!);
    case Op.FNeg:
    case Op.FCopysign:
      return false;
    default:
      return isExact(node);
  }
}

/** Operations of floats that take an operand's value, and not what it is made of: a NaN of theirs is a new one. */
const isArithmetic = (op: Op): boolean =>
  (op >= Op.FAdd && op <= Op.FMax) ||
  (op >= Op.FSqrt && op <= Op.FNearest) ||
  (op >= Op.FEq && op <= Op.FGe) ||
  op === Op.Promote ||
  op === Op.Demote;

/** Counts the places where the bits of variables may be taken, as their `gets`. */
function countTaken(node: Node): void {
  if (node.op === Op.Get) {
    if (isFloat(node.type)) node.v!.gets++;
    return;
  }
  const calculates = isArithmetic(node.op);
  eachOperand(node, (part) => {
    if (!calculates || part.op !== Op.Get) countTaken(part);
  });
}

/** Finds the exact variables: the greatest fixed point over all assignments. */
export function findExact(variables: readonly Variable[], body: Stmt[]): void {
  const floats = variables.filter((v) => isFloat(v.type));
  if (floats.length === 0) return;
  walk(body, countTaken);
  for (const v of floats) {
    v.exact = v.param < 0;
    v.fresh = v.exact && v.gets <= 1 && v.sets.every(({ e }) => isMade(e!));
    v.gets = 0;
  }
  for (let changed = floats.length > 0; changed; ) {
    changed = false;
    for (const v of floats) {
      if (!v.exact) continue;
      for (const set of v.sets)
        if (!isExact(set.e!)) {
          v.exact = false;
          changed = true;
          break;
        }
    }
  }
  // Of the others, those that arithmetic made all the same: only their sign as a NaN is not told.
  const rest = floats.filter((v) => !v.exact);
  if (AHEAD && rest.length === 0) return;
  findLazy(
    rest.filter((v) => v.param < 0),
    false,
  );
  // And those of whose numbers nobody wants the bits: they are returned, stored, or kept beside a field.
  const split = new Set<Variable>();
  walk(body, (node) => {
    if (node.op === Op.BitsLo || node.op === Op.BitsHi) addHandedOn(node.a!, split);
    else if (node.op === Op.FCopysign) addHandedOn(node.b!, split);
  });
  findLazy(
    rest.filter((v) => !v.lazy && !split.has(v)),
    true,
  );
}

/** Marks those of the variables that need bits for NaNs alone: the greatest fixed point over all assignments. */
function findLazy(variables: readonly Variable[], moved: boolean): void {
  for (const v of variables) v.lazy = true;
  for (let changed = variables.length > 0; changed; ) {
    changed = false;
    for (const v of variables)
      if (v.lazy && !v.sets.every(({ e }) => isNumeric(e!, moved))) {
        v.lazy = false;
        changed = true;
      }
  }
}

/** Adds the variables whose values an expression hands on. */
function addHandedOn(node: Node, found: Set<Variable>): void {
  if (node.op === Op.Get) found.add(node.v!);
  else if (handsOn(node.op)) eachOperand(node, (part) => addHandedOn(part, found));
}

/** Marks what is needed, from the statements with effects backwards. */
export class Demand {
  private readonly work: [Variable, number][] = [];
  private readonly deadSets: Stmt[] = [];

  /** @param returnsBits does the function hand on the bits of float results */
  constructor(private readonly returnsBits: boolean) {}

  /** Marks everything that the statements need. */
  run(body: Stmt[]): void {
    eachStatement(body, (stmt) => this.statement(stmt));
    this.drain();
    // A dead assignment is evaluated for its trap or call all the same.
    for (const stmt of this.deadSets) {
      const v = stmt.v!;
      if (!v.needNumber && !v.needBits) {
        this.need(stmt.e!, NUMBER);
        this.drain();
      }
    }
  }

  private drain(): void {
    for (let item = this.work.pop(); item !== undefined; item = this.work.pop()) {
      const [v, mode] = item;
      for (const set of v.sets) this.need(set.e!, mode);
    }
  }

  private statement(stmt: Stmt): void {
    switch (stmt.kind) {
      case S.Set:
        if (!isPure(stmt.e!.fx)) this.deadSets.push(stmt);
        break;
      case S.Return:
        for (const node of stmt.values!)
          this.need(node, NUMBER | (this.returnsBits && isFloat(node.type) ? BITS : 0));
        break;
      default:
        if (stmt.e !== null) this.need(stmt.e, NUMBER);
    }
  }

  private variable(v: Variable, mode: number): void {
    if (mode & BITS && isFloat(v.type) && !v.exact) {
      if (!v.needBits) {
        v.needBits = true;
        this.work.push([v, BITS]);
      }
      if ((mode & NUMBER) === 0 && !v.lazy) return;
    }
    if (!v.needNumber) {
      v.needNumber = true;
      this.work.push([v, NUMBER]);
    }
  }

  /** Marks what evaluating the node in this mode needs. */
  private need(node: Node, mode: number): void {
    if (node.op === Op.Get) {
      this.variable(node.v!, mode);
      return;
    }
    if (mode & BITS && isFloat(node.type) && !movesBits(node)) mode = NUMBER;
    const fresh = mode & ~node.mode;
    if (fresh === 0) return;
    node.mode |= fresh;
    switch (node.op) {
      case Op.BitsLo:
      case Op.BitsHi:
        this.need(node.a!, BITS);
        return;
      case Op.Store:
        this.need(node.a!, NUMBER);
        if (!isFloat(node.type) || isExact(node.b!)) this.need(node.b!, NUMBER);
        else this.need(node.b!, isNumeric(node.b!) ? NUMBER | BITS : BITS);
        return;
      case Op.Call:
        if (node.a !== null) this.need(node.a, NUMBER);
        for (let i = 0; i < node.list!.length; i++) {
          const arg = node.list![i]!;
          const wanted = node.call!.bits?.[i] === true && !isExact(arg);
          this.need(arg, wanted ? NUMBER | BITS : NUMBER);
        }
        return;
      case Op.SetElem:
        this.need(node.a!, NUMBER);
        this.need(node.b!, NUMBER);
        this.need(node.c!, !isFloat(node.type) || isExact(node.c!) ? NUMBER : NUMBER | BITS);
        return;
      case Op.KeepBits:
        this.need(node.a!, NUMBER);
        if (node.b !== null) this.need(node.b, NUMBER | BITS);
        return;
      case Op.Select:
        this.need(node.c!, NUMBER);
        this.need(node.a!, fresh);
        this.need(node.b!, fresh);
        return;
      case Op.FAbs:
      case Op.FNeg:
        this.need(node.a!, fresh);
        return;
      case Op.FCopysign:
        this.need(node.a!, fresh);
        this.need(node.b!, BITS);
        return;
      default:
        if (node.a !== null) this.need(node.a, NUMBER);
        if (node.b !== null && !(node.op === Op.Received && fresh === NUMBER))
          this.need(node.b, NUMBER);
        if (node.c !== null && !(node.op === Op.Received && fresh === NUMBER))
          this.need(node.c, NUMBER);
        if (node.list !== null) for (const arg of node.list) this.need(arg, NUMBER);
    }
  }
}
