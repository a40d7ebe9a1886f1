import type { Context } from './context.js';
import { fail } from './errno.js';
import { CLOCK, FSTFLAGS } from './types.js';

/**
 * The times that a `*_set_times` function asks for, in nanoseconds; `undefined` where one is kept.
 * Throws `EINVAL` for undefined flags or when a time is both given and "now".
 */
export function requestedTimes(
  c: Context,
  atim: bigint,
  mtim: bigint,
  flags: number,
): { atim: bigint | undefined; mtim: bigint | undefined } {
  const pick = (given: number, current: number, value: bigint): bigint | undefined => {
    if (flags & given && flags & current) fail('INVAL');
    if (flags & current) return c.host.now(CLOCK.REALTIME);
    return flags & given ? BigInt.asUintN(64, value) : undefined;
  };
  if (flags & ~15) fail('INVAL');
  return {
    atim: pick(FSTFLAGS.ATIM, FSTFLAGS.ATIM_NOW, atim),
    mtim: pick(FSTFLAGS.MTIM, FSTFLAGS.MTIM_NOW, mtim),
  };
}
