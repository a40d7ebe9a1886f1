import type { Context } from '../core/context.js';
import type { Descriptor } from '../core/descriptors.js';
import { ERRNO, fail, isError, WasiError } from '../core/errno.js';
import type { Ready } from '../core/host.js';
import { CLOCK, RIGHTS } from '../core/types.js';
import { LONGEST_NAP } from '../core/waiting.js';

/** Size of an `event` in bytes. */
const EVENT_SIZE = 32;
/** `eventtype`. */
const EVENT_CLOCK = 0;
const EVENT_FD_READ = 1;
const EVENT_FD_WRITE = 2;
/** `subclockflags`: the timeout is a time, not a duration. */
const ABSTIME = 1;
/** `eventrwflags`. */
const HANGUP = 1;
/** Longest single wait in milliseconds for a clock alone. */
const LONGEST_SLEEP = 1 << 30;

interface Event {
  userdata: bigint;
  type: number;
  errno: number;
  ready: Ready;
}

interface ClockSubscription {
  userdata: bigint;
  clock: number;
  /** Time on `clock` at which it fires, in nanoseconds. */
  deadline: bigint;
}

interface FdSubscription {
  userdata: bigint;
  write: boolean;
  fd: number;
  descriptor: Descriptor;
}

/** A call that may have to look several times. */
interface Polling {
  clocks: ClockSubscription[];
  fds: FdSubscription[];
  events: Event[];
  round: number;
}

const NOTHING: Ready = { nbytes: 0, hangup: false };

/** Whether a descriptor is ready; files always are. */
function poll(descriptor: Descriptor, write: boolean): Ready | undefined {
  switch (descriptor.kind) {
    case 'directory':
      fail('BADF');
      break;
    case 'listener':
      return write ? fail('BADF') : descriptor.listener.poll();
    case 'file': {
      if (write || descriptor.position === null) return { nbytes: 1, hangup: false };
      const left = Number(descriptor.file.stat().size) - descriptor.position;
      return { nbytes: Math.max(0, left), hangup: false };
    }
    default:
      return descriptor.stream.poll(write);
  }
}

/** `poll_oneoff`. */
export function pollFunctions(c: Context) {
  const { descriptors, host, limits, waiter } = c;

  /** Reads one subscription; a bad descriptor becomes an event at once. */
  function subscribe(pointer: number, { clocks, fds, events }: Polling): void {
    const { memory, layout } = c;
    const userdata = memory.getU64(pointer);
    const type = memory.getU8(pointer + 8);
    const failed = (errno: number): void => {
      events.push({ userdata, type, errno, ready: NOTHING });
    };
    if (type === EVENT_CLOCK) {
      const clock = memory.getU32(pointer + layout.clock.id);
      const timeout = memory.getU64(pointer + layout.clock.timeout);
      const flags = memory.getU16(pointer + layout.clock.flags);
      if (clock > CLOCK.THREAD_CPUTIME_ID || flags & ~ABSTIME) {
        failed(ERRNO.INVAL);
      } else {
        const absolute = (flags & ABSTIME) !== 0;
        // The time of day may be set while it is waited for; an interval does not depend on that.
        const measure = clock === CLOCK.REALTIME && !absolute ? CLOCK.MONOTONIC : clock;
        const deadline = absolute ? timeout : host.now(measure) + timeout;
        clocks.push({ userdata, clock: measure, deadline });
      }
    } else if (type === EVENT_FD_READ || type === EVENT_FD_WRITE) {
      try {
        const fd = memory.getU32(pointer + 16);
        const descriptor = descriptors.withRights(fd, RIGHTS.POLL_FD_READWRITE);
        fds.push({ userdata, write: type === EVENT_FD_WRITE, fd, descriptor });
      } catch (error) {
        failed(error instanceof WasiError ? error.errno : ERRNO.IO);
      }
    } else {
      fail('INVAL');
    }
  }

  /** Adds the events that have come. */
  function collect({ clocks, fds, events }: Polling): void {
    for (const { userdata, write, fd, descriptor } of fds) {
      const type = write ? EVENT_FD_WRITE : EVENT_FD_READ;
      try {
        // Another thread may have closed it.
        if (descriptors.get(fd) !== descriptor) fail('BADF');
        const ready = poll(descriptor, write);
        if (ready) events.push({ userdata, type, errno: 0, ready });
      } catch (error) {
        if (!(error instanceof WasiError)) throw error;
        if (!isError(error, 'AGAIN')) {
          events.push({ userdata, type, errno: error.errno, ready: NOTHING });
        }
      }
    }
    for (const { userdata, clock, deadline } of clocks) {
      if (host.now(clock) >= deadline) {
        events.push({ userdata, type: EVENT_CLOCK, errno: 0, ready: NOTHING });
      }
    }
  }

  /** Milliseconds to wait before looking again, given how often it has been in vain. */
  function pause({ clocks, fds, round }: Polling): number {
    let wait = fds.length > 0 ? Math.min(LONGEST_NAP, 1 + round / 8) : LONGEST_SLEEP;
    for (const { clock, deadline } of clocks) {
      const left = Number(deadline - host.now(clock)) / 1e6;
      wait = Math.min(wait, Math.max(left, 0));
    }
    return wait;
  }

  return {
    /**
     * `poll_oneoff`: waits until one of the subscriptions has something to tell and writes an event
     * for each that has. `EINVAL` without subscriptions, or with more than the limit.
     */
    poll_oneoff(subscriptions: number, out: number, count: number, countOut: number): void {
      if (count === 0 || count > limits.subscriptions) fail('INVAL');
      const { memory, layout } = c;
      memory.bytes(subscriptions, count * layout.subscriptionSize);
      memory.bytes(out, count * EVENT_SIZE);
      memory.bytes(countOut, 4);
      const polling = waiter.state(() => {
        const first: Polling = { clocks: [], fds: [], events: [], round: 0 };
        for (let i = 0; i < count; i++) {
          subscribe(subscriptions + i * layout.subscriptionSize, first);
        }
        return first;
      });
      const { events } = polling;
      for (;;) {
        collect(polling);
        if (events.length > 0) break;
        const wait = pause(polling);
        polling.round++;
        waiter.sleep(wait);
      }
      events.forEach((event, i) => {
        const at = out + i * EVENT_SIZE;
        memory.bytes(at, EVENT_SIZE).fill(0);
        memory.setU64(at, event.userdata);
        memory.setU16(at + 8, event.errno);
        memory.setU8(at + 10, event.type);
        memory.setU64(at + 16, BigInt(event.ready.nbytes));
        memory.setU16(at + 24, event.ready.hangup ? HANGUP : 0);
      });
      memory.setU32(countOut, events.length);
    },
  };
}
