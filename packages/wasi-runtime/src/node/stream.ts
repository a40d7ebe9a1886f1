import { scatter, skip, totalLength } from '../core/buffers.js';
import { fail, WasiError, WasiExit } from '../core/errno.js';
import type { Ready, Stat, Stream } from '../core/host.js';
import { FILETYPE } from '../core/types.js';
import { builtin } from './builtins.js';
import { errnoName, sys } from './errors.js';
import { fileType, toStat } from './stat.js';

/** Exit status of a process that SIGPIPE ends. */
const BROKEN_PIPE = 141;
/** Most bytes read ahead to find out whether there is input. */
const LOOK_AHEAD = 65536;

/** One of the host's descriptors as a stream; blocking, whatever its mode. */
export class NodeStream implements Stream {
  readonly filetype: number;
  readonly readable = true;
  readonly writable = true;
  private readonly fs = builtin('node:fs');
  private readonly fd: number;
  private readonly sleep: (ms: number) => void;
  private readonly pump: () => Stream;
  /** Input that polling has read ahead. */
  private ahead = new Uint8Array(0);
  private ended = false;
  /** A second description of the same input that does not block; `null` when there is none. */
  private probe: number | null | undefined;
  /** Where input comes from once it had to be read by another thread. */
  private pumped: Stream | undefined;

  /**
   * @param fd the host's descriptor; not closed by this
   * @param sleep waits for some milliseconds
   * @param pump reads the same descriptor in another thread, for when there is no other way to look
   */
  constructor(fd: number, sleep: (ms: number) => void, pump: () => Stream) {
    this.pump = pump;
    this.fd = fd;
    this.sleep = sleep;
    this.filetype = streamType(fd);
  }

  stat(): Stat {
    const stat = sys(() => toStat(this.fs.fstatSync(this.fd, { bigint: true })));
    return { ...stat, filetype: this.filetype };
  }

  read(buffers: Uint8Array[], nonblock: boolean): number {
    if (nonblock && !this.poll(false)) fail('AGAIN');
    if (this.pumped) return this.pumped.read(buffers, nonblock);
    if (this.ahead.length > 0) {
      const count = scatter(this.ahead, buffers);
      this.ahead = this.ahead.subarray(count);
      return count;
    }
    if (this.ended) {
      this.ended = false;
      return 0;
    }
    return this.patiently(false, () => this.readOnce(this.fd, buffers));
  }

  write(buffers: Uint8Array[], nonblock: boolean): number {
    let written = 0;
    const total = totalLength(buffers);
    while (written < total) {
      try {
        const rest = skip(buffers, written);
        written += this.patiently(nonblock, () => this.fs.writevSync(this.fd, rest));
      } catch (error) {
        if (error instanceof WasiError && written > 0) break;
        throw error;
      }
    }
    return written;
  }

  poll(write: boolean): Ready | undefined {
    if (write) return { nbytes: LOOK_AHEAD, hangup: false };
    if (this.ahead.length > 0) return { nbytes: this.ahead.length, hangup: false };
    if (this.ended) return { nbytes: 0, hangup: true };
    if (this.filetype === FILETYPE.REGULAR_FILE) return { nbytes: 1, hangup: false };
    this.probe ??= this.openProbe();
    if (this.probe === null) {
      this.pumped ??= this.pump();
      return this.pumped.poll(false);
    }
    const buffer = new Uint8Array(LOOK_AHEAD);
    try {
      const count = this.readOnce(this.probe, [buffer]);
      this.ahead = buffer.slice(0, count);
      this.ended = count === 0;
      return { nbytes: count, hangup: this.ended };
    } catch (error) {
      if (errnoName(error) === 'AGAIN') return undefined;
      return fail(errnoName(error));
    }
  }

  close(): void {
    if (typeof this.probe === 'number') this.fs.closeSync(this.probe);
    this.probe = null;
    this.pumped?.close();
  }

  /** Reads; the end of input, which some hosts report as an error, is 0. */
  private readOnce(fd: number, buffers: Uint8Array[]): number {
    try {
      return this.fs.readvSync(fd, buffers);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EOF') return 0;
      throw error;
    }
  }

  /** Repeats a call while the descriptor, being in non-blocking mode, has nothing or no room. */
  private patiently(nonblock: boolean, call: () => number): number {
    for (let round = 0; ; round++) {
      try {
        return call();
      } catch (error) {
        const name = errnoName(error);
        if (name === 'PIPE') throw new WasiExit(BROKEN_PIPE);
        if (name !== 'AGAIN' || nonblock) fail(name);
        this.sleep(Math.min(10, 1 + round / 8));
      }
    }
  }

  /** Opens the input once more so that looking does not block; Linux only, and not for sockets. */
  private openProbe(): number | null {
    const { constants } = this.fs;
    try {
      const flags = constants.O_RDONLY | constants.O_NONBLOCK;
      return process.platform === 'linux'
        ? this.fs.openSync(`/proc/self/fd/${this.fd}`, flags)
        : null;
    } catch {
      return null;
    }
  }
}

/** `filetype` of a descriptor: only a terminal is a character device to the guest. */
function streamType(fd: number): number {
  if (builtin('node:tty').isatty(fd)) return FILETYPE.CHARACTER_DEVICE;
  try {
    const type = fileType(builtin('node:fs').fstatSync(fd, { bigint: true }));
    return type === FILETYPE.CHARACTER_DEVICE ? FILETYPE.UNKNOWN : type;
  } catch {
    return FILETYPE.UNKNOWN;
  }
}
