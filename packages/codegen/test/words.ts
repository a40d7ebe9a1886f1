/** Words for tests of integers: edges, and a generator of others. */

/** A generator of 32-bit words that is the same in each run. */
export function words(seed: number): () => number {
  let x = seed;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
}

/** A generator of numbers from 0 to before one that is given, the same in each run. */
export function numbersBelow(seed: number): (bound: number) => number {
  const next = words(seed);
  return (bound) => (next() >>> 4) % bound;
}

const EDGES = [0, 1, 2, 3, 0x3fff, 0x4000, 0xffff, 0x10000, 0x1fffff, 0x7fffffff, 0x80000000];
/** Words at which something changes. */
export const EDGE_WORDS = [...EDGES, 0x80000001, 0xaaaaaaab, 0xfffeffff, 0xfffffffe, 0xffffffff];

/** The 64-bit integer of two unsigned words. */
export const join64 = (high: number, low: number): bigint => (BigInt(high) << 32n) | BigInt(low);
