/**
 * Where a large function can be split: runs of consecutive statements, with what they weigh and how
 * often they are likely to run. The weights only rank the runs; nothing depends on them being right.
 */

import { AHEAD } from '../../ahead.js';
import { type Label, S, type Stmt } from '../ir/ir.js';
import type { Flat } from './flat.js';

/** The statements `list[start..end)`. */
export interface Region {
  list: Stmt[];
  start: number;
  end: number;
  size: number;
  /** Guessed frequency, relative to the function's entry. */
  heat: number;
  /** Positions in the function. */
  from: number;
  to: number;
  /** The handler around it, if there is one: what it assigns must not be read there. */
  handler: Stmt[] | undefined;
}

/** Guessed frequencies of what a loop repeats, of one way of two, of leaving for good. */
const REPEATED = 8;
const EITHER = 0.5;
const LEAVING = 0.1;
const TRAPPING = 0.01;
/** Part that takes the way that a hint calls unlikely. */
const UNLIKELY = 0.02;
/** Guessed part that goes on behind a conditional exit. */
const STAYING = 0.8;

/** Which regions are wanted. */
export interface Limits {
  /** Bytes. */
  least: number;
  most: number;
  /** Does the dispatch of an interpreter's loop stay in it? */
  keepDispatch: boolean;
}

/** A table of this many ways makes a loop an interpreter's. */
const DISPATCH = 16;

/** Enumerates the regions within the limits. */
export function findRegions(body: Stmt[], flat: Flat, limits: Limits): Region[] {
  const search = new Search(flat, limits);
  search.list(body, 1, false, false);
  return search.found;
}

class Search {
  readonly found: Region[] = [];

  private readonly least: number;
  private readonly most: number;
  private readonly keepDispatch: boolean;
  /** By position: does the statement dispatch (2) or not (1)? */
  private readonly dispatching: Uint8Array;
  private handler: Stmt[] | undefined;
  /** By position: in the same list, where the regions end that begin there. */
  private readonly ends: (number[] | undefined)[] | undefined;
  /** Numbers of different targets. */
  private readonly known = new Map<Stmt, number>();

  constructor(
    private readonly flat: Flat,
    { least, most, keepDispatch }: Limits,
  ) {
    this.least = least;
    this.most = most;
    this.keepDispatch = keepDispatch;
    this.dispatching = new Uint8Array(flat.start.length);
    if (AHEAD) this.ends = new Array(flat.start.length).fill(undefined);
  }

  /**
   * @param whole may the list as a whole be a region
   * @param looped is it inside of a loop
   */
  list(list: Stmt[], heat: number, whole: boolean, looped: boolean): void {
    // What is inside weighs no more.
    const { sizes } = this.flat;
    let total = 0;
    for (const stmt of list) total += sizes[stmt.position]!;
    if (total < this.least) return;
    const stays = (stmt: Stmt): boolean => looped && this.keepDispatch && this.dispatches(stmt);
    const heats: number[] = [];
    let present = heat * this.leaving(list);
    for (const stmt of list) {
      heats.push(present);
      this.inside(stmt, present, looped);
      if (stmt.kind === S.If) present *= staying(stmt);
      else if (stmt.kind === S.Block) present = Math.min(present, heat / this.dispatched(stmt));
    }
    const joined = (i: number): boolean => i < list.length && list[i]!.glued;
    const partly = (start: number, i: number): boolean => whole || start > 0 || i + 1 < list.length;
    const add = (start: number, end: number, size: number): void => {
      if (joined(start) || joined(end) || (AHEAD && this.isKnown(list[start]!, end))) return;
      this.found.push({
        list,
        start,
        end,
        size,
        heat: heats[start]!,
        from: list[start]!.position,
        to: end < list.length ? list[end]!.position : this.flat.behind[list[end - 1]!.position]!,
        handler: this.handler,
      });
    };
    if (whole && total <= this.most && !list.some(stays)) add(0, list.length, total);
    for (const step of [this.most, this.most / 4, this.most / 16, this.least]) {
      if (step < this.least || step > total) continue;
      let start = 0;
      let size = 0;
      for (let i = 0; i < list.length; i++) {
        const stmt = list[i]!;
        const stay = stays(stmt);
        const more = sizes[stmt.position]!;
        if (stay || size + more > this.most) {
          if (size >= this.least && start < i) add(start, i, size);
          start = i;
          size = 0;
          if (stay || more > this.most) {
            start = i + 1;
            continue;
          }
        }
        size += more;
        if (size >= step && !joined(i + 1)) {
          if (partly(start, i)) add(start, i + 1, size);
          start = i + 1;
          size = 0;
        }
      }
      if (size >= this.least && (whole || start > 0)) add(start, list.length, size);
    }
  }

  /** Notes a region, if it is a new one: steps of different size may end at the same statement. */
  private isKnown(first: Stmt, end: number): boolean {
    const { position } = first;
    const ends = this.ends![position];
    if (ends?.includes(end) === true) return true;
    if (ends === undefined) this.ends![position] = [end];
    else ends.push(end);
    return false;
  }

  /** Does the loop around the statement dispatch in it? */
  private dispatches(stmt: Stmt): boolean {
    const { body, alt, cases, position } = stmt;
    if (stmt.kind === S.Switch && this.ways(stmt) >= DISPATCH) return true;
    if (stmt.kind === S.Loop || (body === null && cases === null)) return false;
    if (this.dispatching[position] === 0) {
      const inside = (item: Stmt): boolean => this.dispatches(item);
      const found =
        body?.some(inside) === true ||
        alt?.some(inside) === true ||
        cases?.some((item) => item.body.some(inside)) === true;
      this.dispatching[position] = found ? 2 : 1;
    }
    return this.dispatching[position] === 2;
  }

  private inside(stmt: Stmt, heat: number, looped: boolean): void {
    switch (stmt.kind) {
      case S.If:
        this.list(stmt.body!, heat * share(stmt.likely), true, looped);
        this.list(stmt.alt!, heat * share(opposite(stmt.likely)), true, looped);
        break;
      case S.Block:
        this.list(stmt.body!, heat, true, looped);
        break;
      case S.Try: {
        const outer = this.handler;
        this.handler = stmt.alt!;
        this.list(stmt.body!, heat, true, looped);
        this.handler = outer;
        // A handler begins with what only it can say: what was thrown.
        this.list(stmt.alt!, heat * LEAVING, false, looped);
        break;
      }
      case S.Loop:
        this.list(stmt.body!, heat * REPEATED, true, true);
        break;
      case S.Switch: {
        const share = heat / Math.max(2, this.ways(stmt));
        for (const item of stmt.cases ?? []) this.list(item.body, share, true, looped);
        break;
      }
      default:
    }
  }

  /** Number of different targets of a switch. */
  private ways(choice: Stmt): number {
    let found = this.known.get(choice);
    if (found === undefined) {
      found = new Set<Label>(choice.targets!).size;
      this.known.set(choice, found);
    }
    return found;
  }

  /** Number of ways out of the dispatch that a chain of blocks begins with; 1 where there is none. */
  private dispatched(block: Stmt): number {
    let inner = block;
    while (inner.kind === S.Block && inner.body![0]?.kind === S.Block) inner = inner.body![0];
    const last = inner.body?.[inner.body.length - 1];
    return last?.kind === S.Switch ? Math.max(1, this.ways(last)) : 1;
  }

  /** Factor for a list that ends the function. */
  private leaving(list: Stmt[]): number {
    const last = list[list.length - 1];
    if (last?.kind === S.Trap || last?.kind === S.Throw) return TRAPPING;
    return last?.kind === S.Return && list.length > 1 ? LEAVING : 1;
  }
}

const opposite = (likely: boolean | undefined): boolean | undefined =>
  likely === undefined ? undefined : !likely;
/** Frequency of an arm. */
const share = (likely: boolean | undefined): number =>
  likely === undefined ? EITHER : likely ? 1 - UNLIKELY : UNLIKELY;

/** Part that goes on behind a statement with two arms. */
function staying({ body, alt, likely }: Stmt): number {
  const then = leaves(body!);
  if (!then && !leaves(alt!)) return 1;
  return likely === undefined ? STAYING : share(then ? !likely : likely);
}

/** Does control always leave the list by a jump at its end? */
function leaves(list: Stmt[]): boolean {
  const last = list[list.length - 1]?.kind;
  return last === S.Br || last === S.Return || last === S.Trap || last === S.Throw;
}
