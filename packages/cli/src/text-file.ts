/**
 * The text of a large module's functions while it is compiled: in a file that no folder shows, so that the process takes
 * less memory. Gets pieces of text, gives parts of them back. Must hold: a build does not fail for want of such a file;
 * what cannot be written stays in memory.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TextStore } from '@wasm2js/codegen';

export class TextFile implements TextStore {
  private file: number | undefined;
  /** Where the file is, as long as a folder shows it. */
  private path: string | undefined;
  private length = 0;
  /** Pieces that are in memory, by where they begin. */
  private readonly kept: { start: number; bytes: Uint8Array }[] = [];
  private room = new Uint8Array(1 << 16);

  /** @param folder for temporary files */
  constructor(folder: string = tmpdir()) {
    const path = join(folder, `wasm2js-${randomBytes(12).toString('hex')}.tmp`);
    try {
      this.file = openSync(path, 'wx+', 0o600);
      this.path = path;
      rmSync(path);
      this.path = undefined;
    } catch {
      // There is no such folder, or files are not removed before they are closed.
    }
  }

  write(bytes: Uint8Array): void {
    const start = this.length;
    this.length += bytes.length;
    try {
      for (let at = 0; at < bytes.length; )
        at += writeSync(this.file!, bytes, at, bytes.length - at, start + at);
    } catch {
      this.kept.push({ start, bytes: bytes.slice() });
    }
  }

  read(start: number, end: number): Uint8Array {
    const piece = this.kept.findLast((one) => one.start <= start);
    if (piece !== undefined && end <= piece.start + piece.bytes.length)
      return piece.bytes.subarray(start - piece.start, end - piece.start);
    const length = end - start;
    if (this.room.length < length) this.room = new Uint8Array(2 * length);
    for (let at = 0; at < length; ) {
      const count = readSync(this.file!, this.room, at, length - at, start + at);
      if (count === 0) throw new Error('the temporary file has been cut off');
      at += count;
    }
    return this.room.subarray(0, length);
  }

  /** Lets go of all text. */
  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    if (this.path !== undefined) rmSync(this.path, { force: true });
    this.file = undefined;
  }
}
