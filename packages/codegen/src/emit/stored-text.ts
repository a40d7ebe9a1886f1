/**
 * Text of functions that is not in memory while others are made: of a large module it is several times as large as that.
 * Gets text as `Text` does, hands its bytes to a store, and gives them back in the order in which the functions stand.
 */
import type { TextStore } from '../options.js';
import { Letters } from './letters.js';
import { alikeRanges, isOrdered } from './order.js';
import { Text } from './text.js';

/** Bytes that are given back at once. */
const PIECE = 1 << 20;

export class StoredText extends Text {
  /** Where pieces end. */
  private readonly ends: number[] = [];

  constructor(private readonly store: TextStore) {
    super();
  }

  protected override keep(bytes: Uint8Array): void {
    this.store.write(bytes);
    this.ends.push((this.ends.at(-1) ?? 0) + bytes.length);
  }

  /** The bytes of all functions, those that are alike behind one another. Pieces are overwritten by the next ones. */
  *ordered(): Generator<Uint8Array> {
    this.pieces();
    const piece = new Uint8Array(PIECE);
    let used = 0;
    const length = this.ends.at(-1) ?? 0;
    const letters = isOrdered(length) ? new Letters(length) : undefined;
    for (const [start, end] of alikeRanges(length, this.written())) {
      const text = this.store.read(start, end);
      letters?.rename(text, 0, text.length);
      for (let at = 0; at < text.length; ) {
        const next = Math.min(text.length, at + PIECE - used);
        piece.set(text.subarray(at, next), used);
        used += next - at;
        at = next;
        if (used < PIECE) continue;
        yield piece;
        used = 0;
      }
    }
    if (used > 0) yield piece.subarray(0, used);
  }

  /** The pieces in the order in which they were written. */
  private *written(): Generator<Uint8Array> {
    let start = 0;
    for (const end of this.ends) {
      yield this.store.read(start, end);
      start = end;
    }
  }
}
