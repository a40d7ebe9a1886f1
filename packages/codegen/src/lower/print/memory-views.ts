/**
 * Which views of memories a function keeps in variables. Gets its statements, tells the printer. A reload before the
 * first access needs to know them as well, so this is found before anything is printed.
 */

import { hasAccessors } from '../../accessors.js';
import { AHEAD } from '../../ahead.js';
import { LAST_ELEMENTS } from '../../context.js';
import { boundOf, elementsOf, needsView } from '../analyses/elements.js';
import { weightInside } from '../analyses/loop-weight.js';
import { Guard, I, type Node, Op, S, type Stmt, type Variable } from '../ir/ir.js';
import { lists } from '../ir/traverse.js';
import { declareChoices } from './choices.js';
import type { Printer } from './printer.js';

/** So many reads of a variable outside, weighed, are worth a copy at the entry and behind each reload. */
const WORTH = 5;

/** Finds the `DataView`s and the typed arrays that the statements use. */
export function planViews(body: Stmt[], printer: Printer): void {
  const { ctx, views } = printer;
  const typed: Typed[] = [];
  const viewed: Typed[] = [];
  let reloads = 0;
  // Without typed arrays there is nothing left to be found once all views are.
  const most =
    AHEAD && (ctx.costs.typedMemory || ctx.uncheckedMemory)
      ? Infinity
      : ctx.module.memoryTypes.length;
  const node = (e: Node, weight: number): void => {
    if (e.fx === 0 || views.size === most) return;
    if (e.op === Op.Load || e.op === Op.Store) {
      const accessor = AHEAD && e.type === I && hasAccessors(ctx, e.memory);
      if (!accessor && (!AHEAD || needsView(ctx, e))) {
        if (AHEAD && ctx.memory(e.memory).typed) count(viewed, e.memory, '', weight);
        else views.add(e.memory);
      }
      const elements = AHEAD ? elementsOf(ctx, e, e.name, e.n) : undefined;
      if (elements !== undefined && e.guard < Guard.chosen)
        count(typed, e.memory, elements.kind, weight);
      const bound = AHEAD && e.op === Op.Store ? boundOf(ctx, e) : undefined;
      if (bound !== undefined) count(typed, e.memory, bound, weight);
    }
    if (AHEAD && e.op === Op.PointerIndex && e.m === Guard.bounded)
      count(typed, e.memory, 'n', weight);
    if (e.list !== null) for (const part of e.list) node(part, weight);
    if (e.a !== null) node(e.a, weight);
    if (e.b !== null) node(e.b, weight);
    if (e.c !== null) node(e.c, weight);
  };
  const choice = (index: Variable, weight: number): void => {
    const { kinds, memory, unit } = index.chosen!;
    declareChoices(printer, index);
    for (const kind of kinds) count(typed, memory, kind, weight);
    count(typed, memory, LAST_ELEMENTS[unit]!, weight);
  };
  const list = (statements: Stmt[], weight: number): void => {
    for (const stmt of statements) {
      if (views.size === most) return;
      if (stmt.kind === S.Reload) reloads += weight;
      if (AHEAD && stmt.kind === S.Set && stmt.v!.chosen !== undefined) choice(stmt.v!, weight);
      if (stmt.e !== null) node(stmt.e, weight);
      if (stmt.values !== null) for (const e of stmt.values) node(e, weight);
      for (const inner of lists(stmt))
        list(inner, AHEAD ? weightInside(stmt, inner, weight) : weight);
    }
  };
  list(body, 1);
  if (AHEAD) {
    const seldom = new Set<number>();
    printer.seldom = seldom;
    for (const { memory, uses } of viewed) {
      const again = ctx.memory(memory).growable ? reloads : 0;
      (uses > WORTH * (1 + again) ? views : seldom).add(memory);
    }
    printer.typedViews = worthKeeping(typed, printer, reloads);
  }
}

/** How often a typed array or bound, of this letter, is read, weighed. A function has few: a list is quicker than their names. */
interface Typed {
  memory: number;
  kind: string;
  uses: number;
}

function count(typed: Typed[], memory: number, kind: string, weight: number): void {
  for (const found of typed)
    if (found.memory === memory && found.kind === kind) {
      found.uses += weight;
      return;
    }
  typed.push({ memory, kind, uses: weight });
}

/** The variables of the module that the function has copies of, by their names. */
function worthKeeping(typed: Typed[], { ctx }: Printer, reloads: number): Map<string, string> {
  const kept = new Map<string, string>();
  for (const { memory, kind, uses } of typed) {
    const again = ctx.memory(memory).growable ? reloads : 0;
    if (uses > WORTH * (1 + again))
      kept.set(ctx.memoryView(memory, kind), `m${kind}${memory === 0 ? '' : memory}`);
  }
  return kept;
}
