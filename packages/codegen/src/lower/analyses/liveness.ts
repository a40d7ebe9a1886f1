/**
 * Which variables are live where: a backward walk over the structured statements. A branch back to a
 * loop's head takes what the walk before has found there, so walks are repeated until no head changes
 * (nesting depth of loops + 1, at most).
 */

import { AHEAD } from '../../ahead.js';
import { type Label, S, type Stmt } from '../ir/ir.js';
import { EVENT_BITS, EVENT_MASK, Event, type Flat } from './flat.js';
import { VariableSet } from './variable-set.js';

export class Liveness {
  /** By number of the label: live at its target. */
  private readonly at: (VariableSet | undefined)[];
  /** By position: live there, where it was asked for. */
  private readonly points: (VariableSet | undefined)[];
  private readonly wanted: Uint8Array;
  private readonly none: VariableSet;
  private changed = true;
  /** May this walk be the last? Where there are loops, the first finds not all. */
  private isLast = !AHEAD;
  /** Live at the handler of the body that is being walked: any statement of it may go there. */
  private handler: VariableSet | undefined;

  constructor(
    private readonly body: Stmt[],
    private readonly flat: Flat,
    /** Labels of cases that branches go to from behind. */
    private readonly places: ReadonlySet<Label> = new Set(),
  ) {
    this.none = VariableSet.empty(flat.variables.length);
    this.at = new Array(flat.labels.length).fill(undefined);
    this.points = new Array(flat.start.length + 1).fill(undefined);
    this.wanted = new Uint8Array(flat.start.length + 1);
  }

  /** Asks for what is live at a position. */
  want(position: number): void {
    this.wanted[position] = 1;
  }

  /** What is live at a position that was asked for. */
  live(position: number): VariableSet {
    return this.points[position]!;
  }

  /** What is live where a branch to the label goes. */
  liveAt(label: Label): VariableSet {
    return this.at[label.number]!;
  }

  /** Finds what is live at all labels and all points asked for. */
  run(): void {
    if (AHEAD)
      this.isLast = this.places.size === 0 && !this.flat.labels.some(({ isLoop }) => isLoop);
    while (this.changed) {
      this.changed = false;
      this.list(this.body, this.none.copy());
      if (!AHEAD || this.isLast) continue;
      this.isLast = true;
      this.changed = true;
    }
  }

  private note(position: number, live: VariableSet): void {
    if ((!AHEAD || this.isLast) && this.wanted[position] === 1) this.points[position] = live.copy();
  }

  /** Turns what is live behind the list into what is live before it. */
  private list(list: Stmt[], live: VariableSet): void {
    if (list.length === 0) return;
    this.note(this.flat.behind[list[list.length - 1]!.position]!, live);
    for (let i = list.length - 1; i >= 0; i--) {
      const stmt = list[i]!;
      this.statement(stmt, live);
      if (this.handler !== undefined) live.addAll(this.handler);
      this.note(stmt.position, live);
    }
  }

  /** Adds what is live where the jumps of a statement go. */
  private jumps(position: number, live: VariableSet): void {
    const { events, start, inside } = this.flat;
    for (let i = start[position]!; i < inside[position]!; i++) {
      const event = events[i]!;
      if ((event & EVENT_MASK) !== Event.jump) continue;
      const found = this.at[event >> EVENT_BITS];
      if (found !== undefined) live.addAll(found);
    }
  }

  private statement(stmt: Stmt, live: VariableSet): void {
    switch (stmt.kind) {
      case S.Set:
        live.remove(stmt.v!.number);
        break;
      case S.Block:
        this.at[stmt.label!.number] = live.copy();
        this.list(stmt.body!, live);
        return;
      case S.Loop: {
        const { number } = stmt.label!;
        const before = this.at[number];
        this.list(stmt.body!, live);
        if (before !== undefined) live.addAll(before);
        if (before === undefined || !before.equals(live)) {
          this.at[number] = live.copy();
          this.changed = true;
        }
        return;
      }
      case S.If: {
        const other = live.copy();
        this.list(stmt.body!, live);
        this.list(stmt.alt!, other);
        live.addAll(other);
        break;
      }
      case S.Try: {
        const outer = this.handler;
        const handler = live.copy();
        this.list(stmt.alt!, handler);
        this.handler = handler;
        this.list(stmt.body!, live);
        this.handler = outer;
        live.addAll(handler);
        return;
      }
      case S.Br:
        live.assign(this.at[stmt.label!.number] ?? this.none);
        break;
      case S.Switch: {
        const cases = stmt.cases ?? [];
        for (let i = cases.length - 1; i >= 0; i--) {
          this.list(cases[i]!.body, live);
          const { label } = cases[i]!;
          const before = this.at[label.number];
          this.at[label.number] = live.copy();
          if (this.places.has(label) && (before === undefined || !before.equals(live)))
            this.changed = true;
        }
        live.assign(this.none);
        this.jumps(stmt.position, live);
        break;
      }
      case S.Return:
      case S.Trap:
      case S.TailCall:
      case S.Throw:
        live.assign(this.none);
        break;
      default:
    }
    const { events, start, inside } = this.flat;
    for (let i = start[stmt.position]!; i < inside[stmt.position]!; i++) {
      const event = events[i]!;
      if ((event & EVENT_MASK) === Event.read) live.add(event >> EVENT_BITS);
    }
  }
}
