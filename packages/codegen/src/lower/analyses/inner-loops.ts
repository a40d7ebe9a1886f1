/**
 * Loops that are functions of their own although their function is none too large: V8's budgets are multiples of a
 * function's length, and what is called again and again is compiled as a whole, while code that was compiled in the midst
 * of a loop is left where that loop first ends. Gets the statements of a function after all other passes, gives regions
 * for the outliner. A loop that is run once gains nothing by a call; one that stands deeper may have few rounds.
 */

import { S, type Stmt } from '../ir/ir.js';
import type { Flat } from './flat.js';
import type { Region } from './regions.js';

/** Bytes of the bytecode of a loop that is a function. */
const LEAST = 150;
/** Larger ones are slower for good: SHA-256's takes 1.1 of its time. */
const MOST = 1600;
/** It has no larger a part of its function: else that is as long as it was. */
const MOST_PART = 0.5;

/** Finds the loops that stand in just one other. */
export function findInnerLoops(body: Stmt[], flat: Flat): Region[] {
  const found: Region[] = [];
  const most = Math.min(MOST, flat.size * MOST_PART);
  let handler: Stmt[] | undefined;
  const visit = (list: Stmt[], inside: boolean): void => {
    list.forEach((stmt, i) => {
      const { kind, body, alt, cases, position, glued } = stmt;
      const size = flat.sizes[position]!;
      if (size < LEAST) return;
      const isLoop = kind === S.Loop;
      if (isLoop && inside) {
        const next = list[i + 1];
        if (size > most || glued || next?.glued === true) return;
        const to = next === undefined ? flat.behind[position]! : next.position;
        found.push({ list, start: i, end: i + 1, size, heat: 1, from: position, to, handler });
        return;
      }
      const outer = handler;
      if (kind === S.Try) handler = alt!;
      if (body !== null) visit(body, inside || isLoop);
      handler = outer;
      if (alt !== null) visit(alt, inside);
      for (const item of cases ?? []) visit(item.body, inside);
    });
  };
  visit(body, false);
  return found;
}
