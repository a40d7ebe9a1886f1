/** Calls of several threads that one serves (`threadImports`): none waits, and what was begun is gone on with. */
import { describe, expect, test } from 'vitest';
import { fail } from '../src/core/errno.js';
import { FILETYPE } from '../src/core/types.js';
import { ERRNO, MemoryHost, type Stream, WASI } from '../src/index.js';

const OUT = 64;
const IOVS = 128;
const DATA = 256;

/** A stream that takes, and has, so many bytes at a time. */
class Slow implements Stream {
  readonly filetype = FILETYPE.UNKNOWN;
  readonly readable = true;
  readonly writable = true;
  /** Bytes that may pass before `EAGAIN`. */
  room = 0;
  passed: number[] = [];
  read(buffers: Uint8Array[], nonblock: boolean): number {
    expect(nonblock).toBe(true);
    expect(buffers[0]!.buffer).toBeInstanceOf(ArrayBuffer);
    const count = Math.min(this.room, buffers[0]!.length);
    if (count === 0) fail('AGAIN');
    this.room -= count;
    buffers[0]!.fill(7, 0, count);
    return count;
  }
  write(buffers: Uint8Array[], nonblock: boolean): number {
    expect(nonblock).toBe(true);
    const count = Math.min(this.room, buffers[0]!.length);
    if (count === 0) fail('AGAIN');
    this.room -= count;
    this.passed.push(...buffers[0]!.subarray(0, count));
    return count;
  }
  poll() {
    return this.room > 0 ? { nbytes: this.room, hangup: false } : undefined;
  }
  close(): void {}
}

const start = () => {
  const stream = new Slow();
  const host = new MemoryHost();
  let time = 1000n;
  host.now = () => time;
  host.sleep = () => expect.fail('the serving thread waits');
  const wasi = new WASI({ host, stdin: stream, stdout: stream });
  const memory = { buffer: new SharedArrayBuffer(65536) };
  wasi.finalizeBindings({ exports: { memory } });
  const view = new DataView(memory.buffer);
  const bytes = new Uint8Array(memory.buffer);
  view.setUint32(IOVS, DATA, true);
  view.setUint32(IOVS + 4, 6, true);
  const thread = () => wasi.threadImports()['wasi_snapshot_preview1']!;
  const advance = (by: bigint) => {
    time += by;
  };
  return { stream, view, bytes, thread, advance };
};

/** What a call gives: its error number, or how long it is to wait. */
const outcome = (call: () => number): unknown => {
  try {
    return call();
  } catch (error) {
    return { wait: (error as { wait: number }).wait };
  }
};
const WAITS = { wait: expect.any(Number) };

describe('a thread that another one serves', () => {
  test('reads what comes later', () => {
    const { stream, view, bytes, thread } = start();
    const { fd_read } = thread();
    const read = () => outcome(() => fd_read!(0, IOVS, 1, OUT));
    expect(read()).toEqual(WAITS);
    stream.room = 4;
    expect(read()).toBe(ERRNO.SUCCESS);
    expect(view.getUint32(OUT, true)).toBe(4);
    expect([...bytes.subarray(DATA, DATA + 6)]).toEqual([7, 7, 7, 7, 0, 0]);
  });

  test('writes everything, once', () => {
    const { stream, view, bytes, thread } = start();
    bytes.set([1, 2, 3, 4, 5, 6], DATA);
    const { fd_write } = thread();
    const write = () => outcome(() => fd_write!(1, IOVS, 1, OUT));
    stream.room = 4;
    expect(write()).toEqual(WAITS);
    expect(write()).toEqual(WAITS);
    stream.room = 1000;
    expect(write()).toBe(ERRNO.SUCCESS);
    expect(view.getUint32(OUT, true)).toBe(6);
    expect(stream.passed).toEqual([1, 2, 3, 4, 5, 6]);
    expect(write()).toBe(ERRNO.SUCCESS);
    expect(stream.passed).toHaveLength(12);
  });

  test('polls until its time has come, apart from other threads', () => {
    const { view, thread, advance } = start();
    const [one, two] = [thread(), thread()];
    const poll = ({ poll_oneoff }: typeof one, at: number) =>
      outcome(() => poll_oneoff!(at, 4096, 1, OUT));
    view.setUint32(1024 + 16, 1, true);
    view.setBigUint64(1024 + 24, 5_000_000n, true);
    view.setUint32(2048 + 16, 1, true);
    view.setBigUint64(2048 + 24, 9_000_000n, true);
    expect(poll(one, 1024)).toEqual({ wait: 5 });
    expect(poll(two, 2048)).toEqual({ wait: 9 });
    advance(3_000_000n);
    expect(poll(one, 1024)).toEqual({ wait: 2 });
    advance(2_000_000n);
    expect(poll(one, 1024)).toBe(ERRNO.SUCCESS);
    expect(poll(two, 2048)).toEqual({ wait: 4 });
    expect(poll(one, 1024)).toEqual({ wait: 5 });
  });

  test('is told when another one closes what it polls', () => {
    const { view, thread } = start();
    const [one, two] = [thread(), thread()];
    view.setUint8(1024 + 8, 1);
    const poll = () => outcome(() => one['poll_oneoff']!(1024, 4096, 1, OUT));
    expect(poll()).toEqual(WAITS);
    expect(two['fd_close']!(0)).toBe(ERRNO.SUCCESS);
    expect(poll()).toBe(ERRNO.SUCCESS);
    expect(view.getUint16(4096 + 8, true)).toBe(ERRNO.BADF);
  });
});
