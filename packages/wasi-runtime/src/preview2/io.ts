/**
 * wasi:io of WASI 0.2: errors, pollables and streams over the streams and files of the core. Must hold: whatever
 * waits waits within the call, by the host's `sleep`, as `poll_oneoff` of preview 1 does.
 */
import { fail, isError } from '../core/errno.js';
import type { Host, Stream } from '../core/host.js';
import { LONGEST_NAP } from '../core/waiting.js';
import { errorCode } from './errors.js';

/** Most bytes that one read gives. */
export const MOST_READ = 1 << 20;
/** Bytes that may be written at once after `check-write`. */
const WRITABLE = 1 << 16;
/** Most bytes that one `blocking-write-and-flush` takes, by the interface's own words. */
const MOST_BLOCKING_WRITE = 4096;

/** `wasi:io/error`: what went wrong with a stream. */
export class IoError {
  /** The `error-code` of wasi:filesystem that stands behind it. */
  readonly code: string;
  /** What was thrown, for interfaces that have other codes. */
  readonly cause: unknown;

  /** @param code see above @param cause what was thrown */
  constructor(code: string, cause: unknown) {
    this.code = code;
    this.cause = cause;
  }

  /** For people, not for programs. */
  toDebugString(): string {
    return this.code;
  }
}

/** What is dropped is told by this symbol, which older hosts lack. */
export const dispose: symbol =
  (Symbol as unknown as { dispose?: symbol }).dispose ?? Symbol.for('dispose');

/** Has `call` called when the guest drops a resource. */
export function onDrop<T extends object>(resource: T, call: () => void): T {
  (resource as Record<symbol, unknown>)[dispose] = call;
  return resource;
}

/** Something that becomes ready. */
export class Pollable {
  /** Milliseconds until it should be looked at again at the latest; 0 when it is ready. */
  readonly left: () => number;
  private readonly host: Host;

  /** @param left see above; `Infinity` where only looking tells */
  constructor(host: Host, left: () => number) {
    this.host = host;
    this.left = left;
  }

  /** Is it ready? */
  ready(): boolean {
    return this.left() <= 0;
  }

  /** Waits until it is. */
  block(): void {
    waitForOne([this], this.host);
  }
}

/**
 * Waits until one is ready.
 * @returns the places of those that are
 */
function waitForOne(pollables: readonly Pollable[], host: Host): Uint32Array {
  for (let round = 0; ; round++) {
    let wait = Number.POSITIVE_INFINITY;
    const ready: number[] = [];
    pollables.forEach((pollable, i) => {
      const left = pollable.left();
      if (left <= 0) ready.push(i);
      // What may come at any time is looked at ever less often.
      wait = Math.min(
        wait,
        left === Number.POSITIVE_INFINITY ? Math.min(LONGEST_NAP, 1 + round / 8) : left,
      );
    });
    if (ready.length > 0) return new Uint32Array(ready);
    host.sleep(wait);
  }
}

/** `poll` of wasi:io/poll; an empty list is a trap. */
export function pollFor(host: Host): (list: readonly Pollable[]) => Uint32Array {
  return (list) => {
    if (list.length === 0) throw new RangeError('the list to be polled is empty');
    return waitForOne(list, host);
  };
}

/** The error of a stream, from what the core has thrown. */
function failed(
  error: unknown,
): { tag: 'closed' } | { tag: 'last-operation-failed'; val: IoError } {
  const code = errorCode(error);
  return code === 'pipe'
    ? { tag: 'closed' }
    : { tag: 'last-operation-failed', val: new IoError(code, error) };
}

/** Where an input stream gets its bytes. */
export interface Input {
  /** As `Stream.read`. */
  read(buffers: Uint8Array[], nonblock: boolean): number;
  /** The same, of what is there already, which is nobody else's: up to so many bytes, none at the end. */
  take?(most: number, nonblock: boolean): Uint8Array;
  /** Would `read` return at once? */
  ready(): boolean;
}

/** Where an output stream puts its bytes: all of them, waiting if need be. */
export interface Output {
  write(bytes: Uint8Array): void;
  /** Bytes that can be written without waiting, where that is bounded. */
  room?(): number;
}

/** `input-stream` of wasi:io/streams. */
export class InputStream {
  private readonly input: Input;
  private readonly host: Host;
  private ended = false;

  constructor(input: Input, host: Host) {
    this.input = input;
    this.host = host;
  }

  /** What is there at once, which may be nothing. */
  read(length: bigint): Uint8Array {
    return this.take(length, true);
  }

  /** At least one byte, unless none was asked for. */
  blockingRead(length: bigint): Uint8Array {
    return this.take(length, false);
  }

  /** As `read`, and only their number is told. */
  skip(length: bigint): bigint {
    return BigInt(this.read(length).length);
  }

  /** As `blocking-read`, and only their number is told. */
  blockingSkip(length: bigint): bigint {
    return BigInt(this.blockingRead(length).length);
  }

  /** Ready when `read` gives something, or tells the end. */
  subscribe(): Pollable {
    return new Pollable(this.host, () =>
      this.ended || this.input.ready() ? 0 : Number.POSITIVE_INFINITY,
    );
  }

  private take(length: bigint, nonblock: boolean): Uint8Array {
    if (this.ended) throw { tag: 'closed' };
    const wanted = Number(length < MOST_READ ? length : MOST_READ);
    if (wanted === 0) return new Uint8Array(0);
    let bytes: Uint8Array;
    try {
      bytes = this.input.take?.(wanted, nonblock) ?? this.gathered(wanted, nonblock);
    } catch (error) {
      if (nonblock && isError(error, 'AGAIN')) return new Uint8Array(0);
      throw failed(error);
    }
    if (bytes.length === 0) {
      this.ended = true;
      throw { tag: 'closed' };
    }
    return bytes;
  }

  private gathered(wanted: number, nonblock: boolean): Uint8Array {
    const buffer = new Uint8Array(wanted);
    return buffer.slice(0, this.input.read([buffer], nonblock));
  }
}

/** `output-stream` of wasi:io/streams: what is written is written through at once. */
export class OutputStream {
  private readonly output: Output;
  private readonly host: Host;
  private closed = false;

  constructor(output: Output, host: Host) {
    this.output = output;
    this.host = host;
  }

  /** Bytes that `write` takes next. */
  checkWrite(): bigint {
    this.checkOpen();
    return BigInt(this.room());
  }

  /** Writes; more than `check-write` has told is a trap. */
  write(contents: Uint8Array): void {
    if (contents.length > WRITABLE) throw new RangeError('more is written than was permitted');
    this.put(contents);
  }

  /** Writes up to 4096 bytes, and returns when they have left. */
  blockingWriteAndFlush(contents: Uint8Array): void {
    if (contents.length > MOST_BLOCKING_WRITE)
      throw new RangeError('more than 4096 bytes are written and flushed');
    this.put(contents);
  }

  /** Nothing is held back that would have to be flushed. */
  flush(): void {
    this.checkOpen();
  }

  blockingFlush(): void {
    this.checkOpen();
  }

  /** Ready when something can be written. */
  subscribe(): Pollable {
    return new Pollable(this.host, () =>
      this.closed || this.room() > 0 ? 0 : Number.POSITIVE_INFINITY,
    );
  }

  writeZeroes(length: bigint): void {
    if (length > WRITABLE) throw new RangeError('more is written than was permitted');
    this.put(new Uint8Array(Number(length)));
  }

  blockingWriteZeroesAndFlush(length: bigint): void {
    if (length > MOST_BLOCKING_WRITE)
      throw new RangeError('more than 4096 bytes are written and flushed');
    this.put(new Uint8Array(Number(length)));
  }

  /** Moves what is there at once. */
  splice(source: InputStream, length: bigint): bigint {
    return this.move(source.read(this.most(length, this.room())));
  }

  /** Moves at least one byte. */
  blockingSplice(source: InputStream, length: bigint): bigint {
    return this.move(source.blockingRead(this.most(length, WRITABLE)));
  }

  private room(): number {
    return Math.min(WRITABLE, this.output.room?.() ?? WRITABLE);
  }

  private most(length: bigint, most: number): bigint {
    this.checkOpen();
    return length < most ? length : BigInt(most);
  }

  private move(bytes: Uint8Array): bigint {
    this.put(bytes);
    return BigInt(bytes.length);
  }

  private checkOpen(): void {
    if (this.closed) throw { tag: 'closed' };
  }

  private put(bytes: Uint8Array): void {
    this.checkOpen();
    try {
      if (bytes.length > 0) this.output.write(bytes);
    } catch (error) {
      this.closed = true;
      throw failed(error);
    }
  }
}

/** A stream of the core to be read from. */
export function inputOf(stream: Stream): Input {
  return {
    read: (buffers, nonblock) => stream.read(buffers, nonblock),
    ready() {
      try {
        return stream.poll(false) !== undefined;
      } catch (error) {
        if (isError(error, 'AGAIN')) return false;
        return true;
      }
    },
  };
}

/** A stream of the core to be written to. */
export function outputOf(stream: Stream): Output {
  return {
    write(bytes) {
      if (stream.write([bytes], false) < bytes.length) fail('PIPE');
    },
  };
}

/** The same for a socket, which may have no room; one that is broken has some, so that writing tells why. */
export function socketOutput(stream: Stream): Output {
  return {
    ...outputOf(stream),
    room() {
      const ready = stream.poll(true);
      return ready?.hangup ? WRITABLE : (ready?.nbytes ?? 0);
    },
  };
}
