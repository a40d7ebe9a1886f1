import { scatter, totalLength } from './buffers.js';
import { fail } from './errno.js';
import type { Ready, Stream } from './host.js';
import { FILETYPE } from './types.js';
import { decodeUtf8, encodeUtf8 } from './utf8.js';

/** A function that gives the next piece of input; `null`, `undefined` or nothing in it is the end. */
export type InputFunction = (wanted: number) => Uint8Array | string | null | undefined;

/** A function that takes a piece of output; the array is its own. */
export type OutputFunction = (bytes: Uint8Array) => void;

/** Input from a function, called when the guest reads and nothing is left of the last piece. */
export class FunctionInput implements Stream {
  readonly filetype = FILETYPE.UNKNOWN;
  readonly readable = true;
  readonly writable = false;
  private readonly next: InputFunction;
  private rest: Uint8Array = new Uint8Array(0);
  private ended = false;

  /** @param next gives the pieces */
  constructor(next: InputFunction) {
    this.next = next;
  }

  read(buffers: Uint8Array[]): number {
    if (this.rest.length === 0 && !this.ended) {
      const piece = this.next(totalLength(buffers));
      this.rest = typeof piece === 'string' ? encodeUtf8(piece) : (piece ?? new Uint8Array(0));
      this.ended = this.rest.length === 0;
    }
    const count = scatter(this.rest, buffers);
    this.rest = this.rest.subarray(count);
    return count;
  }

  write(): number {
    return fail('BADF');
  }

  poll(write: boolean): Ready {
    if (write) fail('BADF');
    return { nbytes: Math.max(1, this.rest.length), hangup: this.ended };
  }

  close(): void {}
}

/** Input from bytes or text. */
export function bufferInput(data: Uint8Array | string): Stream {
  let rest: Uint8Array | string | null = data;
  return new FunctionInput(() => {
    const piece = rest;
    rest = null;
    return piece;
  });
}

/** Output to a function. */
export class FunctionOutput implements Stream {
  readonly filetype = FILETYPE.UNKNOWN;
  readonly readable = false;
  readonly writable = true;
  private readonly sink: OutputFunction;

  /** @param sink takes the pieces */
  constructor(sink: OutputFunction) {
    this.sink = sink;
  }

  read(): number {
    return fail('BADF');
  }

  write(buffers: Uint8Array[]): number {
    for (const buffer of buffers) this.sink(buffer.slice());
    return totalLength(buffers);
  }

  poll(write: boolean): Ready {
    if (!write) fail('BADF');
    return { nbytes: 65536, hangup: false };
  }

  close(): void {}
}

/** Output kept in memory. */
export class OutputBuffer extends FunctionOutput {
  private readonly chunks: Uint8Array[];

  /** @param limit most bytes kept; writing more fails with `ENOSPC` */
  constructor(limit = Number.POSITIVE_INFINITY) {
    const chunks: Uint8Array[] = [];
    let size = 0;
    super((bytes) => {
      size += bytes.length;
      if (size > limit) fail('NOSPC');
      chunks.push(bytes);
    });
    this.chunks = chunks;
  }

  /** All bytes written so far. */
  get bytes(): Uint8Array {
    const all = new Uint8Array(totalLength(this.chunks));
    let at = 0;
    for (const chunk of this.chunks) at += scatter(chunk, [all.subarray(at)]);
    return all;
  }

  /** The same as text (UTF-8; what is not becomes U+FFFD). */
  get text(): string {
    return decodeUtf8(this.bytes, true);
  }
}
