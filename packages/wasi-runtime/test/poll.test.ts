import { describe, expect, test } from 'vitest';
import { ERRNO, MemoryHost, type Stream } from '../src/index.js';
import { errorName, Guest } from './guest.js';

/** A subscription: `[userdata, 'clock', id, timeout, flags]` or `[userdata, 'read' | 'write', fd]`. */
type Subscription =
  | [bigint, 'clock', number, bigint, number]
  | [bigint, 'read' | 'write' | 'bad', number];

/** Calls `poll_oneoff`; returns the events, or the error's name. */
function poll(guest: Guest, subscriptions: Subscription[]): unknown {
  const at = 8192;
  const out = 65536;
  subscriptions.forEach(([userdata, kind, ...rest], i) => {
    const p = at + i * 48;
    guest.bytes.fill(0, p, p + 48);
    guest.view.setBigUint64(p, userdata, true);
    guest.view.setUint8(p + 8, { clock: 0, read: 1, write: 2, bad: 3 }[kind]);
    guest.view.setUint32(p + 16, rest[0] as number, true);
    if (kind !== 'clock') return;
    guest.view.setBigUint64(p + 24, rest[1] as bigint, true);
    guest.view.setUint16(p + 40, rest[2] as number, true);
  });
  const error = guest.run('poll_oneoff', at, out, subscriptions.length, guest.out);
  if (error !== 'SUCCESS') return error;
  return Array.from({ length: guest.u32() }, (_, i) => {
    const p = out + i * 32;
    const errno = guest.view.getUint16(p + 8, true);
    const event = { userdata: guest.u64(p), type: guest.bytes[p + 10] };
    return errno === ERRNO.SUCCESS ? event : { ...event, error: errorName(errno) };
  });
}

/** Milliseconds that `call` took. */
function duration(call: () => void): number {
  const start = performance.now();
  call();
  return performance.now() - start;
}

describe.each([
  ['node', undefined],
  ['memory', new MemoryHost()],
])('poll_oneoff on %s', (_name, host) => {
  test('clocks really sleep, and the first one wakes', () => {
    const guest = new Guest({ host });
    const took = duration(() => {
      expect(
        poll(guest, [
          [1n, 'clock', 1, 30_000_000n, 0],
          [2n, 'clock', 0, 60_000_000_000n, 0],
        ]),
      ).toEqual([{ userdata: 1n, type: 0 }]);
    });
    expect(took).toBeGreaterThan(28);
    expect(took).toBeLessThan(5000);
  });

  test('absolute times', () => {
    const guest = new Guest({ host });
    const soon = BigInt(Date.now() + 20) * 1_000_000n;
    const took = duration(() => {
      expect(poll(guest, [[7n, 'clock', 0, soon, 1]])).toEqual([{ userdata: 7n, type: 0 }]);
    });
    expect(took).toBeGreaterThan(10);
    expect(poll(guest, [[8n, 'clock', 0, 1n, 1]])).toEqual([{ userdata: 8n, type: 0 }]);
  });

  test('streams, files and bad descriptors answer at once', () => {
    const guest = new Guest({ host, stdin: 'x' });
    expect(
      poll(guest, [
        [1n, 'clock', 1, 60_000_000_000n, 0],
        [2n, 'read', 0],
        [3n, 'write', 1],
        [4n, 'write', 0],
        [5n, 'read', 55],
        [6n, 'clock', 9, 1n, 0],
      ]),
    ).toEqual([
      { userdata: 5n, type: 1, error: 'BADF' },
      { userdata: 6n, type: 0, error: 'INVAL' },
      { userdata: 2n, type: 1 },
      { userdata: 3n, type: 2 },
      { userdata: 4n, type: 2, error: 'BADF' },
    ]);
  });

  test('a stream that becomes ready wakes', () => {
    const ready = performance.now() + 30;
    const stdin: Stream = {
      filetype: 0,
      readable: true,
      writable: false,
      read: () => 0,
      write: () => 0,
      poll: () => (performance.now() > ready ? { nbytes: 5, hangup: true } : undefined),
      close: () => {},
    };
    const guest = new Guest({ host, stdin });
    expect(
      poll(guest, [
        [1n, 'read', 0],
        [2n, 'clock', 1, 60_000_000_000n, 0],
      ]),
    ).toEqual([{ userdata: 1n, type: 1 }]);
    expect(guest.u64(65536 + 16)).toBe(5n);
    expect(guest.view.getUint16(65536 + 24, true)).toBe(1);
  });

  test('refusals', () => {
    const guest = new Guest({ host, limits: { subscriptions: 2 } });
    expect(poll(guest, [])).toBe('INVAL');
    expect(poll(guest, [[1n, 'bad', 0]])).toBe('INVAL');
    expect(guest.run('poll_oneoff', 0, 0, 3, guest.out)).toBe('INVAL');
    expect(guest.run('poll_oneoff', -8, 0, 1, guest.out)).toBe('FAULT');
    expect(guest.run('poll_oneoff', 0, -8, 1, guest.out)).toBe('FAULT');
  });
});

test('an interval of the time of day passes in full where that is set meanwhile', () => {
  /** A host whose time of day is put forward by an hour once it has been asked for. */
  class Adjusted extends MemoryHost {
    private asked = 0n;
    override now(clock: number): bigint {
      const hour = clock === 0 ? this.asked * 3_600_000_000_000n : 0n;
      if (clock === 0) this.asked = 1n;
      return super.now(clock) + hour;
    }
  }
  const guest = new Guest({ host: new Adjusted() });
  const took = duration(() => {
    expect(poll(guest, [[1n, 'clock', 0, 30_000_000n, 0]])).toEqual([{ userdata: 1n, type: 0 }]);
  });
  expect(took).toBeGreaterThan(28);
});
