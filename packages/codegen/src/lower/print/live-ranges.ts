/**
 * Where variables are live: gets a function's events in a row, gives for each variable the stretches of that row
 * during which its value is still wanted. Liveness is found for 32 variables at a time, which have their first
 * events near each other: nothing is stored for each block and variable.
 */
import { EV_BITS, EV_MASK, Ev, type Flow } from './flow.js';

/** Stretches `[start, end)` of the row, in order and apart: starts and ends by turns. */
export type Ranges = number[];

/** Where variables are live. */
export interface LiveRanges {
  /**
   * By variable: its ranges; undefined where finding them would take too long (the variable is to be taken for live
   * everywhere).
   */
  ranges: (Ranges | undefined)[];
  /** Events that give a variable a first value that nothing reads. */
  idle: Set<number>;
}

/** Arrays that are used again for the next function: making and freeing them is much of the time for a small one. */
const ROOMS: Int32Array[] = [];

/** An array of at least this length, for one purpose; of any content. */
function room(purpose: number, length: number): Int32Array {
  let found = ROOMS[purpose];
  if (found === undefined || found.length < length) {
    found = new Int32Array(Math.max(1024, 2 * length));
    ROOMS[purpose] = found;
  }
  return found;
}

/** An array of at least this length that begins with so many zeros. */
const zeros = (purpose: number, length: number): Int32Array =>
  room(purpose, length).fill(0, 0, length);

/** Basic blocks and the ways between them. */
class Blocks {
  readonly count: number;
  /** By event: its block. */
  readonly of: Int32Array;
  /** By block: its first event; behind the last one the number of events. */
  readonly starts: Int32Array;
  /** By block: where its successors begin in `successors`. */
  readonly first: Int32Array;
  readonly successors: Int32Array;
  /** By block: the first and last block of the outermost loop around it (itself where there is none). */
  readonly outerFirst: Int32Array;
  readonly outerLast: Int32Array;
  /** By block: the first block that control comes from (itself where there is none before it). */
  readonly earliest: Int32Array;
  /** By block: does control come back to it? */
  readonly heads: Int32Array;

  constructor({ events, labels }: Flow) {
    const { length } = events;
    const leads = zeros(0, length + 1);
    leads[0] = 1;
    for (let i = 0; i < labels.length; i++) if (labels[i]! >= 0) leads[labels[i]!] = 1;
    // A block ends in all the jumps that stand together, those of a switch for example.
    const of = room(1, length);
    let jumps = false;
    let count = 0;
    let ways = 0;
    for (let i = 0; i < length; i++) {
      const jump = (events[i]! & EV_MASK) >= Ev.jump;
      if (jumps && !jump) leads[i] = 1;
      if (leads[i] === 1) count++;
      ways += jump ? 2 : leads[i]!;
      jumps = jump;
      of[i] = count - 1;
    }
    const starts = room(2, count + 1);
    for (let i = length - 1; i >= 0; i--) starts[of[i]!] = i;
    starts[count] = length;
    const first = room(3, count + 1);
    const successors = room(4, ways);
    const heads = zeros(5, count);
    const outerFirst = room(6, count);
    const outerLast = room(7, count);
    for (let b = 0; b < count; b++) outerLast[b] = b;
    const earliest = room(18, count);
    for (let b = 0; b < count; b++) earliest[b] = b;
    const come = (from: number, to: number): void => {
      if (from < earliest[to]!) earliest[to] = from;
    };
    let used = 0;
    for (let b = 0; b < count; b++) {
      first[b] = used;
      let i = starts[b + 1]! - 1;
      const last = events[i]! & EV_MASK;
      for (; i >= starts[b]! && (events[i]! & EV_MASK) >= Ev.jump; i--) {
        if ((events[i]! & EV_MASK) === Ev.stop) continue;
        const to = of[labels[events[i]! >> EV_BITS]!]!;
        successors[used++] = to;
        come(b, to);
        if (to > b) continue;
        heads[to] = 1;
        outerLast[to] = b;
      }
      if ((last < Ev.jump || last === Ev.branch) && b + 1 < count) {
        successors[used++] = b + 1;
        come(b, b + 1);
      }
    }
    first[count] = used;
    this.count = count;
    this.first = first;
    this.successors = successors;
    this.cutUnreachable();
    for (let b = 0, from = 0, to = -1; b < count; b++) {
      if (b > to) {
        from = b;
        to = outerLast[b]!;
      }
      outerFirst[b] = from;
      outerLast[b] = to;
    }
    this.of = of;
    this.starts = starts;
    this.outerFirst = outerFirst;
    this.outerLast = outerLast;
    this.heads = heads;
    this.earliest = earliest;
  }

  /** Makes blocks that control never comes to their own only successors: they want nothing of others. */
  private cutUnreachable(): void {
    const { count, first, successors } = this;
    const reached = zeros(19, count);
    reached[0] = 1;
    const work = [0];
    for (let b = work.pop(); b !== undefined; b = work.pop())
      for (let i = first[b]!; i < first[b + 1]!; i++) {
        const to = successors[i]!;
        if (reached[to] === 1) continue;
        reached[to] = 1;
        work.push(to);
      }
    for (let b = 0; b < count; b++)
      if (reached[b] === 0) successors.fill(b, first[b]!, first[b + 1]!);
  }
}

const WIDTH = 32;
/** Blocks that may be looked at for each event, and at least. */
const STEPS = 64;
const LEAST_STEPS = 1 << 22;

/** Finds where each variable is live. @param count number of variables */
export function liveRanges(flow: Flow, count: number): LiveRanges {
  const finder = new Finder(flow, new Blocks(flow), count);
  finder.run();
  return finder;
}

class Finder implements LiveRanges {
  readonly ranges: (Ranges | undefined)[];
  readonly idle = new Set<number>();
  /** The events of each variable, in order, and where they begin. */
  private readonly own: Int32Array;
  private readonly places: Int32Array;
  /** By block, one bit for each variable of a group: read before it is assigned, assigned, live at both ends. */
  private readonly read: Int32Array;
  private readonly assigned: Int32Array;
  private readonly before: Int32Array;
  private readonly behind: Int32Array;
  /** By variable: its bit in its group. */
  private readonly indices: Int32Array;
  private steps: number;

  constructor(
    private readonly flow: Flow,
    private readonly blocks: Blocks,
    count: number,
  ) {
    const { events } = flow;
    this.ranges = new Array(count).fill(undefined);
    const own = zeros(8, count + 1);
    for (let i = 0; i < events.length; i++)
      if ((events[i]! & EV_MASK) <= Ev.write) own[events[i]! >> EV_BITS]!++;
    let total = 0;
    for (let v = 0; v <= count; v++) {
      total += own[v]!;
      own[v] = total;
    }
    this.own = own;
    this.places = room(9, total);
    for (let i = events.length - 1; i >= 0; i--)
      if ((events[i]! & EV_MASK) <= Ev.write) this.places[--own[events[i]! >> EV_BITS]!] = i;
    this.read = room(10, blocks.count);
    this.assigned = room(11, blocks.count);
    this.before = room(12, blocks.count);
    this.behind = room(13, blocks.count);
    this.indices = room(17, count);
    this.steps = LEAST_STEPS + STEPS * events.length;
  }

  run(): void {
    const { own, places, ranges } = this;
    const order: number[] = [];
    for (let v = 0; v < ranges.length; v++) {
      if (own[v]! < own[v + 1]!) order.push(v);
      else ranges[v] = [];
    }
    order.sort((x, y) => places[own[x]!]! - places[own[y]!]!);
    for (let i = 0; i < order.length; i += WIDTH) this.group(order.slice(i, i + WIDTH));
  }

  /** Finds the ranges of up to 32 variables. */
  private group(variables: readonly number[]): void {
    const { own, places, blocks } = this;
    let from = blocks.count;
    let to = 0;
    for (const v of variables) {
      from = Math.min(from, blocks.of[places[own[v]!]!]!);
      to = Math.max(to, blocks.of[places[own[v + 1]! - 1]!]!);
    }
    from = blocks.outerFirst[from]!;
    to = blocks.outerLast[to]!;
    for (;;) {
      this.summarise(variables, from, to);
      if (!this.propagate(from, to)) return;
      if (from === 0 || !this.isEntered(from, to)) break;
      // Something comes from further up: a parameter, say, that one way assigns.
      from = 0;
    }
    this.collect(variables, from, to);
  }

  /** Is any of the variables live where control comes from before the first block? */
  private isEntered(from: number, to: number): boolean {
    const { earliest } = this.blocks;
    for (let b = from; b <= to; b++) if (this.before[b] !== 0 && earliest[b]! < from) return true;
    return false;
  }

  /** What each block reads and assigns. */
  private summarise(variables: readonly number[], from: number, to: number): void {
    const { own, places, read, assigned, flow } = this;
    const { of } = this.blocks;
    read.fill(0, from, to + 1);
    assigned.fill(0, from, to + 1);
    variables.forEach((v, k) => {
      const bit = 1 << k;
      for (let i = own[v]!; i < own[v + 1]!; i++) {
        const at = places[i]!;
        const block = of[at]!;
        if ((flow.events[at]! & EV_MASK) === Ev.write) assigned[block]! |= bit;
        else if ((assigned[block]! & bit) === 0) read[block]! |= bit;
      }
    });
  }

  /** Finds what is live at the ends of blocks. @returns whether that was not too much work */
  private propagate(from: number, to: number): boolean {
    const { read, assigned, before, behind } = this;
    const { first, successors, heads } = this.blocks;
    before.fill(0, from, to + 1);
    for (let changed = true; changed; ) {
      changed = false;
      this.steps -= to - from;
      if (this.steps < 0) return false;
      for (let b = to; b >= from; b--) {
        let live = 0;
        for (let i = first[b]!; i < first[b + 1]!; i++) {
          const next = successors[i]!;
          if (next >= from && next <= to) live |= before[next]!;
        }
        behind[b] = live;
        live = read[b]! | (live & ~assigned[b]!);
        if (live === before[b]) continue;
        before[b] = live;
        if (heads[b] === 1) changed = true;
      }
    }
    return true;
  }

  /** Walks the row once and notes where each variable becomes live and ceases to be. */
  private collect(variables: readonly number[], from: number, to: number): void {
    const { own, places, before, behind, ranges } = this;
    const { of, starts } = this.blocks;
    const { events, inits } = this.flow;
    const lists = variables.map((): Ranges => []);
    /** Where the present range begins (-1: none), and ends as far as is known. */
    const start = room(14, WIDTH).fill(-1, 0, WIDTH);
    const end = room(15, WIDTH);
    const close = (k: number, position: number): void => {
      const list = lists[k]!;
      const begin = start[k]!;
      start[k] = -1;
      if (begin >= position) return;
      if (list.length > 0 && list[list.length - 1] === begin) list[list.length - 1] = position;
      else if (list.length === 0) lists[k] = [begin, position];
      else list.push(begin, position);
    };
    /** The value is not wanted behind the last event. */
    const finish = (k: number): void => {
      const begin = start[k]!;
      if (end[k]! >= 0) close(k, end[k]!);
      // An assignment that nothing reads still overwrites what is there.
      else if (!inits.has(begin)) close(k, begin + 1);
      else {
        this.idle.add(begin);
        start[k] = -1;
      }
    };
    const { indices } = this;
    let length = 0;
    for (let k = 0; k < variables.length; k++) {
      indices[variables[k]!] = k;
      length += own[variables[k]! + 1]! - own[variables[k]!]!;
    }
    const row = room(16, length).subarray(0, length);
    length = 0;
    for (const v of variables)
      for (let i = own[v]!; i < own[v + 1]!; i++) row[length++] = places[i]!;
    if (variables.length > 1) row.sort();
    let live = 0;
    let i = 0;
    for (let b = from; b <= to; b++) {
      const at = starts[b]!;
      for (let rest = live ^ before[b]!; rest !== 0; rest &= rest - 1) {
        const k = 31 - Math.clz32(rest & -rest);
        this.steps--;
        if ((live & (1 << k)) !== 0) close(k, at);
        else start[k] = at;
      }
      live = behind[b]!;
      if (i === row.length || row[i]! >= starts[b + 1]!) continue;
      let touched = 0;
      for (; i < row.length && of[row[i]!] === b; i++) {
        const place = row[i]!;
        const k = indices[events[place]! >> EV_BITS]!;
        touched |= 1 << k;
        if ((events[place]! & EV_MASK) === Ev.write) {
          if (start[k]! >= 0) finish(k);
          start[k] = place;
          end[k] = -1;
        } else end[k] = place;
      }
      for (let rest = touched & ~live; rest !== 0; rest &= rest - 1) {
        const k = 31 - Math.clz32(rest & -rest);
        finish(k);
      }
    }
    variables.forEach((v, k) => {
      if ((live & (1 << k)) !== 0) close(k, starts[to + 1]!);
      ranges[v] = lists[k]!;
    });
  }
}
