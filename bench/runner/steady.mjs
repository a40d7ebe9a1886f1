/**
 * Calls `step` until its time no longer falls, then times it: at least three samples, and as many
 * as fit into `budget` milliseconds.
 * @returns the first call's time, the median and the best of the samples, their number, the value
 */
export function drive(step, budget, now) {
  const timed = () => {
    const before = now();
    const value = step();
    return { value, ms: now() - before };
  };
  const { value, ms: first } = timed();
  const begin = now();
  let best = first;
  for (let calm = 0; calm < 5 && now() - begin < budget; ) {
    const { ms } = timed();
    calm = ms < best * 0.97 ? 0 : calm + 1;
    best = Math.min(best, ms);
  }
  const samples = [];
  const from = now();
  while (samples.length < 3 || now() - from < budget / 2) samples.push(timed().ms);
  samples.sort((a, b) => a - b);
  return {
    first,
    ms: samples[samples.length >> 1],
    best: samples[0],
    samples: samples.length,
    value,
  };
}
