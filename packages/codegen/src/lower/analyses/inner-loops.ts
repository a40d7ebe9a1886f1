/**
 * Loops that are functions of their own although their function is none too large: V8's budgets are multiples of a
 * function's length, and what is called again and again is compiled as a whole, while code that was compiled in the midst
 * of a loop is left where that loop first ends. Gets the statements of a function after all other passes, gives regions
 * for the outliner. A loop that is run once gains nothing by a call; one that stands deeper may have few rounds.
 */

import { F, type Node, S, type Stmt, someOperand } from '../ir/ir.js';
import { eachStatement, walk } from '../ir/traverse.js';
import type { Flat } from './flat.js';
import type { Region } from './regions.js';

/** Bytes of the bytecode of a loop that is a function. */
const LEAST = 150;
/** Larger ones are slower for good: SHA-256's takes 1.1 of its time. */
const MOST = 1600;
/** It has no larger a part of its function: else that is as long as it was. */
const MOST_PART = 0.5;
/** Nor a smaller one: its function is compiled no sooner without it, and later where the loop's rounds counted for it. */
const LEAST_PART = 0.02;
/**
 * One that holds loops and stands in an `if` of the outer loop may have no round where that has millions: below this its
 * work does not outweigh the call.
 */
const LEAST_NEST = 500;

/** Finds the loops that stand in just one other. */
export function findInnerLoops(body: Stmt[], flat: Flat): Region[] {
  const found: Region[] = [];
  const least = Math.max(LEAST, flat.size * LEAST_PART);
  const most = Math.min(MOST, flat.size * MOST_PART);
  let handler: Stmt[] | undefined;
  /** @param chosen does the list stand in an `if` of the loop around? */
  const visit = (list: Stmt[], inside: boolean, chosen: boolean): void => {
    list.forEach((stmt, i) => {
      const { kind, body, alt, cases, position, glued } = stmt;
      const size = flat.sizes[position]!;
      if (size < LEAST) return;
      const isLoop = kind === S.Loop;
      if (isLoop && inside) {
        const next = list[i + 1];
        if (size < least || size > most || glued || next?.glued === true) return;
        if ((chosen && size < LEAST_NEST && holdsLoop(body!)) || isSingle(body!)) return;
        const to = next === undefined ? flat.behind[position]! : next.position;
        found.push({ list, start: i, end: i + 1, size, heat: 1, from: position, to, handler });
        return;
      }
      const outer = handler;
      if (kind === S.Try) handler = alt!;
      const within = !isLoop && (chosen || kind === S.If);
      if (body !== null) visit(body, inside || isLoop, within);
      handler = outer;
      if (alt !== null) visit(alt, inside, within);
      for (const item of cases ?? []) visit(item.body, inside, within);
    });
  };
  visit(body, false, false);
  return found;
}

function holdsLoop(body: Stmt[]): boolean {
  let found = false;
  eachStatement(body, ({ kind }) => {
    found ||= kind === S.Loop;
  });
  return found;
}

/** Does the loop compute in single precision? V8's middle tier calls a builtin for each rounding, which no form spares it. */
function isSingle(body: Stmt[]): boolean {
  const holds = (node: Node): boolean => node.type === F || someOperand(node, holds);
  let found = false;
  walk(body, (node) => {
    found ||= holds(node);
  });
  return found;
}
