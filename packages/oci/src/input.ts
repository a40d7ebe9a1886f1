/** Bytes that are read in order, in pieces of a wanted size: of a file, of memory, of a stream that is expanded. */

import type { FileHandle } from 'node:fs/promises';
import { ImageError } from './errors.js';

/** Where bytes come from. */
export interface ByteInput {
  /** Bytes read or skipped so far. */
  readonly position: number;
  /** The next `length` bytes; fewer at the end. */
  read(length: number): Promise<Buffer>;
  /** Goes over `length` bytes; returns how many there were. */
  skip(length: number): Promise<number>;
}

/** Bytes that can be read from anywhere. */
export interface RandomAccess {
  readonly size: number;
  /** `length` bytes from `offset` on; fewer at the end. */
  read(offset: number, length: number): Promise<Buffer>;
}

/** A file as {@link RandomAccess}. */
export const fileAccess = (file: FileHandle, size: number): RandomAccess => ({
  size,
  async read(offset, length) {
    const buffer = Buffer.alloc(Math.max(0, Math.min(length, size - offset)));
    let done = 0;
    while (done < buffer.length) {
      const { bytesRead } = await file.read(buffer, done, buffer.length - done, offset + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return buffer.subarray(0, done);
  },
});

/** Memory as {@link RandomAccess}. */
export const memoryAccess = (bytes: Uint8Array): RandomAccess => ({
  size: bytes.length,
  async read(offset, length) {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).subarray(
      offset,
      offset + length,
    );
  },
});

/** What can be read from anywhere, in order. */
export class AccessInput implements ByteInput {
  position = 0;
  private readonly access: RandomAccess;

  constructor(access: RandomAccess) {
    this.access = access;
  }

  async read(length: number): Promise<Buffer> {
    const bytes = await this.access.read(this.position, length);
    this.position += bytes.length;
    return bytes;
  }

  async skip(length: number): Promise<number> {
    const there = Math.min(length, this.access.size - this.position);
    this.position += there;
    return there;
  }
}

/** A stream of pieces, in order. */
export class StreamInput implements ByteInput {
  position = 0;
  private readonly pieces: AsyncIterator<Uint8Array>;
  private rest: Uint8Array = new Uint8Array(0);

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.pieces = pieces[Symbol.asyncIterator]();
  }

  async read(length: number): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    // The whole is allocated as it comes: a header may claim any length.
    await this.take(length, (part) => parts.push(part));
    return Buffer.concat(parts);
  }

  skip(length: number): Promise<number> {
    return this.take(length, () => {});
  }

  /** Goes to the end, so that whoever looks at the pieces sees all of them. */
  async drain(): Promise<void> {
    while ((await this.skip(2 ** 30)) > 0);
  }

  private async take(length: number, use: (part: Uint8Array) => void): Promise<number> {
    let left = length;
    while (left > 0) {
      if (this.rest.length === 0) {
        const next = await this.pieces.next();
        if (next.done) break;
        this.rest = next.value;
        continue;
      }
      const part = this.rest.subarray(0, left);
      this.rest = this.rest.subarray(part.length);
      left -= part.length;
      use(part);
    }
    this.position += length - left;
    return length - left;
  }
}

/** An error of the host's file functions as an ImageError about `path`; other errors stay as they are. */
export const fileProblem = (path: string, error: unknown): unknown => {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (error instanceof ImageError || typeof code !== 'string') return error;
  const missing = code === 'ENOENT' || code === 'ENOTDIR';
  const reason = missing ? 'there is no such file' : code;
  return new ImageError(missing ? 'missing' : 'malformed', `${path}: ${reason}`, { cause: error });
};
