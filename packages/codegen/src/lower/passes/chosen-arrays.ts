/**
 * Arrays that are chosen for a pointer. Gets what pointers are used for and the guards that they have (`pointers.ts`); where
 * one is read and written often for each assignment, it says so: behind the assignment a variable gets the typed
 * array where all accesses are aligned and in bounds, and else an object that reads and writes as the `DataView` does. The accesses
 * are then elements of that variable and need no test.
 *
 * What holds of an index q of such a pointer p, in elements of 2^u bytes: q * 2^u is p, a fraction where p is not aligned. So
 * the object finds the address of every element, and what is out of bounds traps at its own place. An address to which
 * a constant is added may wrap, and takes no part.
 */
import type { ModuleContext } from '../../context.js';
import { elementsOf, lowZeros } from '../analyses/elements.js';
import { isExact } from '../analyses/floats.js';
import { weightInside } from '../analyses/loop-weight.js';
import {
  eachOperand,
  Guard,
  get,
  I,
  type Node,
  Op,
  S,
  type Stmt,
  type Variable,
} from '../ir/ir.js';
import { eachStatement, lists, walk } from '../ir/traverse.js';
import type { Assignment, Plan, Pointer, Use } from './pointer-steps.js';

/** About nanoseconds again: what an access saves, what a choice takes, and what choosing anew where the memory grew. */
const SAVED = { load: 1, store: 4, again: 0.5 } as const;
const COST = { chosen: 9, again: 4 } as const;

/** Accesses reach no further behind a pointer. */
const FARTHEST = 4096;

/** May an access be an element of the chosen array? */
function isEligible({ node, shift, indexed, added }: Use, unit: number): boolean {
  if (indexed || added !== 0 || shift !== unit || shift === 0 || node.n > FARTHEST) return false;
  return node.op === Op.Load || node.type === I || (isExact(node.b!) && !node.guarded);
}

/** How often a function takes views anew since its memory may have grown, by weight. */
function reloadsIn(body: Stmt[], weight = 1): number {
  let reloads = 0;
  for (const stmt of body) {
    if (stmt.kind === S.Reload) reloads += weight;
    for (const inner of lists(stmt)) reloads += reloadsIn(inner, weightInside(stmt, inner, weight));
  }
  return reloads;
}

/**
 * Chooses arrays for the pointers for which that pays; their plans say so, and no longer make their indices of those of
 * pointers that may be odd.
 * @param pointers with the guards that they have so far
 */
export function chooseArrays(
  body: Stmt[],
  pointers: ReadonlyMap<Variable, Pointer>,
  ctx: ModuleContext,
): void {
  const reloads = reloadsIn(body);
  for (const [v, pointer] of pointers) {
    const { guard: plan, memory } = pointer;
    if (plan === undefined) continue;
    const again = ctx.memory(memory).growable ? reloads : 0;
    choose(v, pointer, plan, again, ctx);
  }
  for (const [v, { guard: plan }] of pointers) {
    const steps = plan?.steps;
    if (steps === undefined) continue;
    plan!.steps = (value) => {
      const step = steps(value);
      if (step === undefined) return undefined;
      const { from, elements } = step;
      const source = from === undefined ? undefined : pointers.get(from)?.guard;
      if (
        from !== undefined &&
        source?.chosen !== undefined &&
        from !== v &&
        !isAligned(from, source)
      )
        return undefined;
      if (plan!.chosen === undefined) return step;
      if (elements < 0) return undefined;
      if (from === undefined || from === v) return step;
      const isPositive = source?.chosen !== undefined || source?.guard === Guard.positive;
      return isPositive && isAligned(from, source!) ? step : undefined;
    };
  }
}

/** Is a pointer certain to be aligned? Its index never is a fraction. */
const isAligned = (v: Variable, { unit }: Plan): boolean => lowZeros(get(v)) >= unit;

function choose(
  v: Variable,
  { memory, sets }: Pointer,
  plan: Plan,
  reloads: number,
  ctx: ModuleContext,
): void {
  const { unit, uses } = plan;
  const eligible = uses.filter((use) => isEligible(use, unit));
  const kinds = new Set<string>();
  let beyond = 0;
  let gain = 0;
  for (const { node, weight, again } of eligible) {
    kinds.add(elementsOf(ctx, node, node.name, node.n)!.kind);
    beyond = Math.max(beyond, node.n / 2 ** unit);
    gain += weight * (node.op === Op.Load ? SAVED.load : again ? SAVED.again : SAVED.store);
  }
  // With a fraction as its index a store of a whole element would be dropped; of smaller ones it tells nothing.
  const aligned = isAligned(v, plan);
  const others = aligned ? [] : uses.filter((use) => !eligible.includes(use));
  if (others.some(({ node, shift }) => node.op === Op.Store && shift === unit)) return;
  // Where bounds were tested for, the index that is chosen with does not tell them to other accesses.
  const untold = plan.guard === Guard.bounded;
  const lost = (untold ? uses.filter((use) => !eligible.includes(use)) : others).filter(
    ({ node, shift }) => shift !== unit || (untold && node.op === Op.Store),
  );
  for (const { weight } of lost) gain -= weight * SAVED.store;
  const paid = sets.reduce((total, { weight }) => total + weight * COST.chosen, 0);
  if (gain <= paid + kinds.size * reloads * COST.again) return;
  plan.chosen = { kinds: [...kinds], memory, unit, beyond, once: isOnce(sets) };
  for (const { node } of eligible) node.guard = Guard.chosen;
  plan.uses = uses.filter((use) => !lost.includes(use));
}

/** Takes all choices back: a function that is split has its variables in several ones. */
export function dropChoices(body: Stmt[]): void {
  eachStatement(body, ({ v }) => {
    if (v !== null) v.chosen = undefined;
  });
  const visit = (node: Node): void => {
    if (node.guard >= Guard.chosen) node.guard -= Guard.chosen;
    eachOperand(node, visit);
  };
  walk(body, visit);
}

const isOnce = (sets: readonly Assignment[]): boolean => sets.length === 1 && sets[0]!.weight === 1;
