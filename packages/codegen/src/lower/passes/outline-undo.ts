/**
 * How the splitting of a part is undone: gets each change that was made to its statements, gives them back as they were.
 * Changes are undone from the last one on, so what was changed in a part since must have been undone before. Nothing of
 * it where modules are compiled when they run.
 */
import { AHEAD } from '../../ahead.js';
import type { Stmt } from '../ir/ir.js';
import { traverse } from '../ir/traverse.js';

/** What undoes changes, in the order in which they were made. */
export type Steps = (() => void)[];

/** Replaces the end of a list, from the jump at index `at` on; nothing behind that is reached. */
export function replaceEnd(list: Stmt[], at: number, end: readonly Stmt[], steps: Steps): void {
  const [jump] = list.splice(at, list.length - at, ...end);
  if (!AHEAD) return;
  steps.push(() => {
    list.length = at;
    if (jump !== undefined) list.push(jump);
  });
}

/** Gives a switch other targets and cases. */
export function redirect(
  stmt: Stmt,
  { targets, cases }: Pick<Stmt, 'targets' | 'cases'>,
  steps: Steps,
): void {
  const before = { targets: stmt.targets, cases: stmt.cases };
  Object.assign(stmt, { targets, cases });
  if (AHEAD) steps.push(() => Object.assign(stmt, before));
}

/** A part that can be put back. */
export interface Undoable<Part> {
  part: Part;
  /** Its statements, the first `ahead` of which were put in front. */
  body: Stmt[];
  ahead: number;
  /** So many stand where it was. */
  count: number;
  /** Its bytes. */
  size: number;
  steps: Steps;
}

/** The parts that a function was split into. */
export class Undos<Part> {
  /** By the statement that begins what stands in a part's place. */
  private readonly all = new Map<Stmt, Undoable<Part>>();

  /** @param first of the statements that stand in the part's place, between which nothing is split */
  add(first: Stmt, undo: Undoable<Part>): void {
    this.all.set(first, undo);
  }

  /**
   * Puts parts back into statements that are about to be one themselves, as long as there is room: each level of
   * recursion that leads through them then has one frame less.
   * @param room bytes
   * @param gone gets each part that is none any more
   * @returns bytes that came back
   */
  putBack(body: Stmt[], room: number, gone: (part: Part) => void): number {
    let back = 0;
    traverse(body, {
      leaveList: (list) => {
        for (let i = list.length - 1; i >= 0; i--) {
          const undo = this.all.get(list[i]!);
          if (undo === undefined || back + undo.size > room) continue;
          back += undo.size;
          this.all.delete(list[i]!);
          gone(undo.part);
          undo.body.splice(0, undo.ahead);
          for (const step of undo.steps.reverse()) step();
          list.splice(i, undo.count, ...undo.body);
        }
      },
    });
    return back;
  }
}
