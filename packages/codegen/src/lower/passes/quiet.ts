/**
 * Which NaNs are quiet: those that an operation of the machine has made or gone through. Engines fold operations
 * that give one operand back, where they know the other; so what counts is what an engine may take for a constant.
 * Gets variables with their assignments.
 */
import { isNumber } from '../analyses/floats.js';
import { floatValue } from '../ir/int.js';
import { type Node, Op, type Stmt, someOperand, type Variable } from '../ir/ir.js';
import { readsOf } from '../ir/reads.js';

/** Is the value none that an engine takes for a constant, by what is known of its variables? */
const isVarying = (node: Node, varying: ReadonlySet<Variable>): boolean =>
  node.op === Op.Load ||
  (node.op === Op.Get
    ? varying.has(node.v!)
    : someOperand(node, (part) => isVarying(part, varying)));

/** The variables all of whose values depend on a load, or on hidden ones. */
function findVarying(variables: readonly Variable[], hidden: ReadonlySet<Variable>): Set<Variable> {
  const varying = new Set(hidden);
  const work = [...hidden];
  // For each variable, how many of its assignments are not known to depend on a load; who reads it where.
  const open = new Map<Variable, number>();
  const readers = new Map<Variable, Set<Stmt>>();
  const settle = (v: Variable): void => {
    const left = open.get(v)! - 1;
    open.set(v, left);
    if (left > 0) return;
    varying.add(v);
    work.push(v);
  };
  for (const v of variables) {
    const sets = v.sets.filter(({ e }) => e !== null);
    if (v.param >= 0 || v.zeroed || sets.length === 0 || hidden.has(v)) continue;
    open.set(v, sets.length);
    for (const set of sets) {
      if (isVarying(set.e!, varying)) settle(v);
      else
        readsOf(set.e!, (other) => {
          const list = readers.get(other);
          if (list === undefined) readers.set(other, new Set([set]));
          else list.add(set);
        });
    }
  }
  const done = new Set<Stmt>();
  for (let v = work.pop(); v !== undefined; v = work.pop())
    for (const set of readers.get(v) ?? [])
      if (!done.has(set)) {
        done.add(set);
        settle(set.v!);
      }
  return varying;
}

/** How deep variables are looked into. */
const MAX_LOOKS = 2;

/** Operands that make an operation give back the other one, or its negation: the first's, the second's. */
const IDENTITIES: Partial<Record<Op, [readonly number[], readonly number[]]>> = {
  [Op.FAdd]: [[-0], [-0]],
  [Op.FSub]: [
    [0, -0],
    [0, -0],
  ],
  [Op.FMul]: [
    [1, -1],
    [1, -1],
  ],
  [Op.FDiv]: [[], [1, -1]],
  // Where these settle (`extremes.ts`), a NaN is the sum of both.
  [Op.FMin]: [[-0], [-0]],
  [Op.FMax]: [[-0], [-0]],
};

/** What it takes for the NaN of an expression to be quiet, and canonical where all NaNs that went in were. */
export interface Terms {
  /** Variables whose NaN has to be. */
  needs: Variable[];
  /** Operands of which engines must not know that they are constants. */
  unknown: Node[];
  /** It may not be, whatever they hold. */
  never: boolean;
}

/** What is known of the NaNs of a function's floats. */
export class Quiet {
  private readonly varying: Set<Variable>;

  /** @param hidden variables that no engine knows to be constants */
  constructor(variables: readonly Variable[], hidden: ReadonlySet<Variable> = new Set()) {
    this.varying = findVarying(variables, hidden);
  }

  /** Can an engine take the value for one of the constants? */
  private canBe(node: Node, constants: readonly number[], looks = MAX_LOOKS): boolean {
    if (node.op === Op.FConst) {
      const x = floatValue(node);
      return constants.some((constant) => Object.is(x, constant));
    }
    if (isVarying(node, this.varying)) return false;
    if (node.op !== Op.Get || looks === 0) return true;
    const { sets, param, zeroed } = node.v!;
    if (param >= 0 || (zeroed && constants.some((constant) => Object.is(constant, 0)))) return true;
    return sets.some(({ e }) => e !== null && this.canBe(e, constants, looks - 1));
  }

  /** Finds what it takes for the NaN of an expression to be quiet. */
  terms(node: Node): Terms {
    const terms: Terms = { needs: [], unknown: [], never: false };
    this.visit(node, terms);
    return terms;
  }

  private visit(node: Node, terms: Terms): void {
    if (isNumber(node)) return;
    const identities = IDENTITIES[node.op];
    if (identities !== undefined) {
      this.handedOn(node.b!, node.a!, identities[0], terms);
      this.handedOn(node.a!, node.b!, identities[1], terms);
      return;
    }
    switch (node.op) {
      case Op.Get:
        if (node.v!.exact) terms.needs.push(node.v!);
        else terms.never = true;
        return;
      case Op.FSqrt:
        return;
      case Op.Demote:
        // Of what may have been an f32, engines fold it.
        if (node.a!.op !== Op.Load) this.visit(node.a!, terms);
        return;
      case Op.FNeg:
      case Op.FAbs:
      case Op.FCeil:
      case Op.FFloor:
      case Op.FTrunc:
      case Op.FNearest:
      case Op.Promote:
        this.visit(node.a!, terms);
        return;
      case Op.Select:
        this.visit(node.a!, terms);
        this.visit(node.b!, terms);
        return;
      default:
        terms.never = true;
    }
  }

  /** An operand that the operation gives back where the other one is one of the constants. */
  private handedOn(x: Node, other: Node, constants: readonly number[], terms: Terms): void {
    if (!this.canBe(other, constants)) return;
    const own = this.terms(x);
    terms.needs.push(...own.needs);
    if (own.never || own.unknown.length > 0) terms.unknown.push(other);
  }
}
