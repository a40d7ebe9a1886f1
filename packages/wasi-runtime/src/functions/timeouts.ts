/** Waiting that a socket's options bound. */

import type { Context } from '../core/context.js';
import { fail, isError } from '../core/errno.js';
import type { SocketOptions } from '../core/network.js';
import { CLOCK } from '../core/types.js';
import { LONGEST_NAP } from '../core/waiting.js';

/** When a call that begins now has waited as long as the socket's option allows. */
export function deadlineOf(
  { host }: Context,
  options: SocketOptions | undefined,
  name: 'receiveTimeout' | 'sendTimeout',
): bigint | undefined {
  const timeout = options?.get(name);
  return timeout ? host.now(CLOCK.MONOTONIC) + BigInt(timeout) * BigInt(1000) : undefined;
}

/** Does what waits, unless it is told not to, until a deadline at most; `EAGAIN` then. */
export function attemptUntil<T>(
  { host, waiter }: Context,
  nonblock: boolean,
  deadline: bigint | undefined,
  call: (nonblock: boolean) => T,
): T {
  if (nonblock || deadline === undefined) return waiter.attempt(nonblock, call);
  for (;;) {
    try {
      return call(true);
    } catch (error) {
      if (!isError(error, 'AGAIN')) throw error;
    }
    const left = Number(deadline - host.now(CLOCK.MONOTONIC)) / 1e6;
    if (left <= 0) fail('AGAIN');
    waiter.sleep(Math.min(left, LONGEST_NAP));
  }
}
