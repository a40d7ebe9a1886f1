/**
 * Timing of something until it is steady. No imports and nothing but the language: the benchmarks
 * also lower this file for engines that have no modules.
 */

/** What `drive` found out; times in the unit of its clock. */
export interface Steady<T> {
  /** Time of the first call. */
  first: number;
  /** Median of the samples. */
  ms: number;
  /** The fastest sample. */
  best: number;
  /** How many samples there are. */
  samples: number;
  /** What the last call returned. */
  value: T;
}

/**
 * Engines compile a function again while it runs, and not always to something faster: V8's middle tier
 * can replace a loop that its last tier has compiled already, for some calls. So many are not steady.
 */
const LEAST_CALLS = 10;
/** Budgets that they may take. */
const PATIENCE = 20;

/**
 * Calls `step` until its time no longer falls, ten times at least if that takes less than twenty
 * times `budget`, then times it: at least `minimum` samples (fewer of a step that takes many times
 * the budget), and as many as fit into half of `budget`, in the unit of the clock `now`.
 */
export function drive<T>(
  step: () => T,
  budget: number,
  now: () => number,
  minimum: number,
): Steady<T> {
  let value: T;
  const timed = () => {
    const before = now();
    value = step();
    return now() - before;
  };
  const first = timed();
  const begin = now();
  let best = first;
  const goesOn = (calls: number, calm: number): boolean => {
    const spent = now() - begin;
    return calls < LEAST_CALLS ? spent < budget * PATIENCE : calm < 5 && spent < budget;
  };
  for (let calls = 1, calm = 0; goesOn(calls, calm); calls++) {
    const time = timed();
    calm = time < best * 0.97 ? 0 : calm + 1;
    best = Math.min(best, time);
  }
  const samples: number[] = [];
  const from = now();
  for (let spent = 0; ; ) {
    samples.push(timed());
    spent = now() - from;
    const enough = samples.length >= minimum || spent > budget * 10;
    if (enough && spent >= budget / 2) break;
  }
  samples.sort((a, b) => a - b);
  const middle = samples[samples.length >> 1]!;
  return { first, ms: middle, best: samples[0]!, samples: samples.length, value: value! };
}
