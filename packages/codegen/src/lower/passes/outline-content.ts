/** What the statements of a region do: what they read, assign, and how control leaves them. */
import { EVENT_BITS, EVENT_MASK, Event, type Flat } from '../analyses/flat.js';
import { type Label, type Node, S, type Stmt, type Variable } from '../ir/ir.js';
import { eachStatement } from '../ir/traverse.js';

/** The branches of a region to one label outside. */
export interface Jumps {
  label: Label;
  places: number;
  /** So many of the assigned variables may have been assigned before one of them. */
  assigned: number;
  /** The last one's event. */
  last: number;
}

/** What a region reads, assigns and how control leaves it. */
export interface Content {
  /** Each once, in the order of the text. */
  reads: Variable[];
  assigned: Variable[];
  /** Its branches, by label outside. */
  exits: Jumps[];
  /** Number of returns. */
  returns: number;
  /** Does control reach its end? */
  falls: boolean;
  grows: boolean;
  /** Does it call the function that it is part of? */
  callsItself: boolean;
}

/** Tells what regions of a function do. */
export class Contents {
  /** By number of the variable or label: the region it was last met in. */
  private readonly readIn: Int32Array;
  private readonly assignedIn: Int32Array;
  private readonly exits: (Jumps | undefined)[];
  private region = 0;

  constructor(private readonly flat: Flat) {
    this.readIn = new Int32Array(flat.variables.length);
    this.assignedIn = new Int32Array(flat.variables.length);
    this.exits = new Array(flat.labels.length).fill(undefined);
  }

  /** Does the region that was asked about last read the variable? */
  isRead(v: Variable): boolean {
    return this.readIn[v.number] === this.region;
  }

  /**
   * What the region between two positions does; undefined where it cannot be split off.
   * @param falls does control reach its end
   */
  of(from: number, to: number, falls: boolean): Content | undefined {
    const { variables, labels, events, start } = this.flat;
    const region = ++this.region;
    const content: Content = {
      reads: [],
      assigned: [],
      exits: [],
      returns: 0,
      falls,
      grows: false,
      callsItself: false,
    };
    const { reads, assigned, exits } = content;
    let possible = true;
    const end = start[to]!;
    for (let i = start[from]!; i < end; i++) {
      const event = events[i]!;
      const n = event >> EVENT_BITS;
      switch (event & EVENT_MASK) {
        case Event.read:
          if (this.readIn[n] === region) break;
          this.readIn[n] = region;
          reads.push(variables[n]!);
          break;
        case Event.assign:
          if (this.assignedIn[n] === region) break;
          this.assignedIn[n] = region;
          assigned.push(variables[n]!);
          break;
        case Event.jump: {
          const label = labels[n]!;
          if (label.position >= from && label.position < to) break;
          let jumps = this.exits[n];
          if (jumps === undefined) {
            jumps = { label, places: 0, assigned: 0, last: i };
            this.exits[n] = jumps;
            exits.push(jumps);
          }
          jumps.places++;
          // In code without loops, what may have been assigned stands further up.
          jumps.assigned = assigned.length;
          jumps.last = i;
          break;
        }
        case Event.loopEnd:
          for (const jumps of exits) if (jumps.last >= start[n]!) jumps.assigned = assigned.length;
          break;
        case Event.return:
          content.returns++;
          break;
        case Event.tailCall:
          possible = false;
          break;
        case Event.thrown:
          possible &&= n >= from;
          break;
        default:
          if (n === 0) content.grows = true;
          else content.callsItself = true;
      }
    }
    for (const { label } of exits) this.exits[label.number] = undefined;
    return possible ? content : undefined;
  }
}

/** Calls `visit` with the values of each return. */
export function visitReturns(body: Stmt[], visit: (values: Node[]) => void): void {
  eachStatement(body, (stmt) => {
    if (stmt.kind === S.Return) visit(stmt.values!);
  });
}
