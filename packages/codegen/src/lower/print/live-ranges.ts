/**
 * Where variables are live: gets a function's events in a row, gives for each variable the stretches of that row
 * during which its value is still wanted. Liveness is found for 32 variables at a time, which have their first
 * events near each other: nothing is stored for each block and variable.
 */
import { EV_BITS, EV_MASK, Ev, type Flow } from './flow.js';

/** Stretches `[start, end)` of the row, in order and apart: starts and ends by turns. */
export type Ranges = number[];

/** Index of the first end above a position; ends have odd indices. */
export function firstBeyond(ranges: Ranges, position: number): number {
  let low = 0;
  let high = ranges.length >> 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[2 * middle + 1]! > position) high = middle;
    else low = middle + 1;
  }
  return 2 * low + 1;
}

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

/**
 * Basic blocks and the ways between them. Each loop over the row has a method: V8 enters a loop that runs long in
 * optimised code, leaves that behind the loop where it had not run yet what follows, and does so again at each call.
 */
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
    this.of = room(1, events.length);
    const count = cut(events, leaders(labels, events.length), this.of);
    this.count = count;
    this.starts = room(2, count + 1);
    this.start(events.length);
    this.first = room(3, count + 1);
    this.successors = room(4, 2 * events.length);
    this.heads = zeros(5, count);
    this.outerFirst = room(6, count);
    this.outerLast = room(7, count);
    this.earliest = room(18, count);
    for (let b = 0; b < count; b++) this.earliest[b] = this.outerLast[b] = b;
    this.connect(events, labels);
    this.cutUnreachable();
    this.findOuter();
  }

  private start(length: number): void {
    const { of, starts } = this;
    starts[this.count] = length;
    for (let i = length - 1; i >= 0; i--) starts[of[i]!] = i;
  }

  /** Finds where each block leads. */
  private connect(events: readonly number[], labels: readonly number[]): void {
    const { count, of, starts, first, successors, heads, outerLast, earliest } = this;
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
  }

  private findOuter(): void {
    const { count, outerFirst, outerLast } = this;
    for (let b = 0, from = 0, to = -1; b < count; b++) {
      if (b > to) {
        from = b;
        to = outerLast[b]!;
      }
      outerFirst[b] = from;
      outerLast[b] = to;
    }
  }

  /** Makes blocks that control never comes to their own only successors: they want nothing of others. */
  private cutUnreachable(): void {
    const { count, first, successors } = this;
    const reached = this.reach();
    for (let b = 0; b < count; b++)
      if (reached[b] === 0) successors.fill(b, first[b]!, first[b + 1]!);
  }

  /** By block: does control come to it (1)? */
  private reach(): Int32Array {
    const { count, first, successors } = this;
    const reached = zeros(19, count);
    const work = room(20, count + 1);
    reached[0] = 1;
    work[0] = 0;
    for (let top = 1; top > 0; ) {
      const b = work[--top]!;
      for (let i = first[b]!; i < first[b + 1]!; i++) {
        const to = successors[i]!;
        if (reached[to] === 1) continue;
        reached[to] = 1;
        work[top++] = to;
      }
    }
    return reached;
  }
}

/** Gives each event its block (`of`), of which these are the first ones. @returns the number of blocks */
function cut(events: readonly number[], leads: Int32Array, of: Int32Array): number {
  // A block ends in all the jumps that stand together, those of a switch for example.
  let jumps = false;
  let count = 0;
  for (let i = 0; i < events.length; i++) {
    const jump = (events[i]! & EV_MASK) >= Ev.jump;
    if (leads[i] === 1 || (jumps && !jump)) count++;
    jumps = jump;
    of[i] = count - 1;
  }
  return count;
}

/** By event: does a block begin with it, since a label leads there (1)? */
function leaders(labels: readonly number[], length: number): Int32Array {
  const leads = zeros(0, length + 1);
  leads[0] = 1;
  for (let i = 0; i < labels.length; i++) if (labels[i]! >= 0) leads[labels[i]!] = 1;
  return leads;
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

/** Counts the events of variables: puts the sums up to each one into `own`. @returns the sum */
function countEvents(events: readonly number[], own: Int32Array, count: number): number {
  for (let i = 0; i < events.length; i++)
    if ((events[i]! & EV_MASK) <= Ev.write) own[events[i]! >> EV_BITS]!++;
  let total = 0;
  for (let v = 0; v <= count; v++) {
    total += own[v]!;
    own[v] = total;
  }
  return total;
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
    this.own = zeros(8, count + 1);
    this.places = room(9, countEvents(events, this.own, count));
    this.place(events);
    this.read = room(10, blocks.count);
    this.assigned = room(11, blocks.count);
    this.before = room(12, blocks.count);
    this.behind = room(13, blocks.count);
    this.indices = room(17, count);
    this.steps = LEAST_STEPS + STEPS * events.length;
  }

  private place(events: readonly number[]): void {
    const { own, places } = this;
    for (let i = events.length - 1; i >= 0; i--)
      if ((events[i]! & EV_MASK) <= Ev.write) places[--own[events[i]! >> EV_BITS]!] = i;
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
