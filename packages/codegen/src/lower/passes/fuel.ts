/**
 * Metering: puts what takes a unit of fuel (`ir/fuel.ts`) where the function begins and where each round of a loop does.
 * Gets the finished body; what calls that were taken in cost is in it already.
 */
import { charge } from '../ir/fuel.js';
import type { Stmt } from '../ir/ir.js';
import { S } from '../ir/ir.js';

/** Meters a function. */
export function meter(body: Stmt[]): void {
  const lists: Stmt[][] = [body];
  for (let list = lists.pop(); list !== undefined; list = lists.pop()) {
    for (const stmt of list) {
      if (stmt.body !== null) lists.push(stmt.body);
      if (stmt.alt !== null) lists.push(stmt.alt);
      for (const { body: inside } of stmt.cases ?? []) lists.push(inside);
      if (stmt.kind === S.Loop) stmt.body!.unshift(...charge());
    }
  }
  body.unshift(...charge());
}
