/**
 * Variables that are one: gets a function's events and where its variables are live, and finds those between which
 * values are only copied. Two of them are one where none is assigned, but by a copy of the other, while the other's value is
 * wanted (Chaitin's interference). Keeps: kinds of values are not mixed, and no two parameters are one.
 */
import { EV_BITS, EV_MASK, Ev, type Flow } from './flow.js';
import { firstBeyond, type Ranges } from './live-ranges.js';

/** So many variables at most become one: each is compared with each. */
const MOST = 64;

/** What variables that may become one have in common. */
interface Group {
  members: number[];
  ranges: Ranges;
}

/**
 * Finds the variables that are one.
 * @param ranges where each is live; gets where any of its group is
 * @param params so many of the first variables are parameters
 * @param alike may these two share a register?
 * @returns by variable: the one of its group that comes first
 */
export function joinCopies(
  { events, moves }: Flow,
  ranges: (Ranges | undefined)[],
  params: number,
  alike: (v: number, w: number) => boolean,
): number[] {
  const groups: (Group | undefined)[] = [];
  const leaders = ranges.map((_, v) => v);
  const writes: number[][] = [];
  const sources = new Map<number, number>();
  for (const { to, from, at } of moves) {
    if (to === from) continue;
    sources.set(at + 1, from);
    for (const v of [to, from]) {
      const own = ranges[v];
      if (own === undefined || groups[v] !== undefined) continue;
      groups[v] = { members: [v], ranges: own };
      writes[v] = [];
    }
  }
  if (sources.size === 0) return leaders;
  for (let i = 0; i < events.length; i++)
    if ((events[i]! & EV_MASK) === Ev.write) writes[events[i]! >> EV_BITS]?.push(i);
  /** Is one assigned, but by a copy of the other, while the other is wanted? */
  const spoils = (v: number, other: number): boolean => {
    const wanted = ranges[other]!;
    return writes[v]!.some((at) => {
      if (sources.get(at) === other) return false;
      const i = firstBeyond(wanted, at);
      return i < wanted.length && wanted[i - 1]! <= at;
    });
  };
  for (const { to, from } of moves) {
    const one = groups[leaders[to]!];
    const other = groups[leaders[from]!];
    if (one === other || one === undefined || other === undefined) continue;
    const first = Math.min(leaders[to]!, leaders[from]!);
    const second = Math.max(leaders[to]!, leaders[from]!);
    if (second < params || one.members.length + other.members.length > MOST) continue;
    if (!alike(to, from)) continue;
    if (one.members.some((v) => other.members.some((w) => spoils(v, w) || spoils(w, v)))) continue;
    for (const v of groups[second]!.members) leaders[v] = first;
    groups[first] = {
      members: [...one.members, ...other.members],
      ranges: union(one.ranges, other.ranges),
    };
  }
  groups.forEach((group, v) => {
    if (group !== undefined && group.members.length > 1 && leaders[v] === v)
      ranges[v] = group.ranges;
  });
  return leaders;
}

/** Where any of two is live. */
function union(a: Ranges, b: Ranges): Ranges {
  const found: Ranges = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    const first = j === b.length || (i < a.length && a[i]! <= b[j]!);
    const [start, end] = first ? [a[i]!, a[i + 1]!] : [b[j]!, b[j + 1]!];
    if (first) i += 2;
    else j += 2;
    const last = found.length - 1;
    if (last > 0 && start <= found[last]!) found[last] = Math.max(found[last]!, end);
    else found.push(start, end);
  }
  return found;
}
