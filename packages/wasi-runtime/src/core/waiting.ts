/**
 * How calls of a guest wait. A guest of one thread waits within the call. Where one thread serves the calls
 * of several (wasi-threads), a call must never keep the others waiting: it is left by a `Waiting` instead,
 * and made again later with the same arguments; what it has done by then is kept in between.
 */
import { skip, totalLength } from './buffers.js';
import { isError } from './errno.js';
import type { Host, Stream } from './host.js';

/** Longest pause in milliseconds between two looks at something that may have happened. */
export const LONGEST_NAP = 10;

/** Thrown by a call that would have to wait: to be made again after `wait` milliseconds or earlier. */
export class Waiting {
  /** Milliseconds. */
  readonly wait: number;

  constructor(wait: number) {
    this.wait = wait;
  }
}

/** How the calls of one thread wait. */
export interface Waiter {
  /** What a call has kept of its earlier rounds, or what `first` makes in the first one. */
  state<T>(first: () => T): T;
  /** Waits about `ms` milliseconds; whoever calls it looks again if it returns. */
  sleep(ms: number): void;
  /** Does what waits unless it is told not to, and throws `EAGAIN` then. */
  attempt<T>(nonblock: boolean, call: (nonblock: boolean) => T): T;
  /** Writes to a stream; returns the count of bytes. */
  write(stream: Stream, buffers: Uint8Array[], nonblock: boolean): number;
  /** The call is over: nothing of it is kept. */
  done(): void;
}

/** Waits within the call, by the host's ways. */
export function waitingHere(host: Host): Waiter {
  return {
    state: (first) => first(),
    sleep: (ms) => host.sleep(ms),
    attempt: (nonblock, call) => call(nonblock),
    write: (stream, buffers, nonblock) => stream.write(buffers, nonblock),
    done() {},
  };
}

/** Never waits: throws a {@link Waiting}. To be used by one thread, which makes one call at a time. */
export function waitingElsewhere(): Waiter {
  let kept: unknown;
  let round = 0;
  let written = 0;
  const nap = (): never => {
    throw new Waiting(Math.min(LONGEST_NAP, 1 + round++ / 8));
  };
  return {
    state<T>(first: () => T): T {
      kept ??= first();
      return kept as T;
    },
    sleep(ms) {
      throw new Waiting(ms);
    },
    attempt(nonblock, call) {
      try {
        return call(true);
      } catch (error) {
        if (nonblock || !isError(error, 'AGAIN')) throw error;
        return nap();
      }
    },
    write(stream, buffers, nonblock) {
      if (nonblock) return stream.write(buffers, true);
      const total = totalLength(buffers);
      while (written < total) {
        try {
          written += stream.write(skip(buffers, written), true);
        } catch (error) {
          if (isError(error, 'AGAIN')) nap();
          if (written === 0) throw error;
          break;
        }
      }
      return written;
    },
    done() {
      kept = undefined;
      round = 0;
      written = 0;
    },
  };
}
