/** Waiting that leaves the thread to others: what the core cannot tell yet is asked again when it may have changed. */
import { isError } from '../core/errno.js';
import type { Host } from '../core/host.js';
import { LONGEST_NAP } from '../core/waiting.js';

/** Waits without keeping the thread; where the host has no timers it sleeps. */
export function pause(ms: number, sleep: (ms: number) => void): Promise<void> {
  const { setTimeout: later } = globalThis as { setTimeout?: (f: () => void, ms: number) => void };
  if (later === undefined) sleep(ms);
  return new Promise((done) => (later === undefined ? done() : later(done, ms)));
}

/** Waits until something may have happened. */
export async function change(host: Host): Promise<void> {
  if (host.change) await host.change(LONGEST_NAP);
  else await pause(LONGEST_NAP, (ms) => host.sleep(ms));
}

/** What `look` gives, as soon as it does not throw `EAGAIN`, and `enough` says so. */
export async function eventually<T>(
  host: Host,
  look: () => T,
  enough: (value: T) => boolean = () => true,
): Promise<T> {
  for (;;) {
    try {
      const value = look();
      if (enough(value)) return value;
    } catch (error) {
      if (!isError(error, 'AGAIN')) throw error;
    }
    await change(host);
  }
}
