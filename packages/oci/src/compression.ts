/** Expanding layers: what they are compressed by is told by their first bytes, and how much comes of it is bounded. */

import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Decompress } from 'fzstd';
import { fail, ImageError } from './errors.js';
import { amount } from './limits.js';

/** The largest window of zstd that is allocated: what `zstd --ultra` makes. */
const WINDOW_LIMIT = 2 ** 27;
/** Blocks (of 128 KiB at most) that are expanded at once, so that what comes of them is looked at in between. */
const BLOCKS = 16;

/** What bytes are compressed by. */
export type Compression = 'none' | 'gzip' | 'zstd';

/** Tells by the first bytes what the rest is; throws an ImageError for kinds that no image has. */
export const compressionOf = (bytes: Uint8Array, what: string): Compression => {
  const [a, b, c, d] = bytes;
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  // A frame to be skipped, which pzstd and zstd:chunked may begin with.
  if (a !== undefined && a >> 4 === 5 && b === 0x2a && c === 0x4d && d === 0x18) return 'zstd';
  if (a === 0x42 && b === 0x5a && c === 0x68)
    fail('unsupported', `${what} is compressed by bzip2, not by gzip or zstd`);
  if (a === 0xfd && b === 0x37 && c === 0x7a)
    fail('unsupported', `${what} is compressed by xz, not by gzip or zstd`);
  return 'none';
};

/**
 * Walks over the frames of zstd (RFC 8878, 3.1.1) and looks at what each would have allocated.
 * @returns where the bytes can be cut so that not much comes of any part
 * @throws ImageError for a window above the limit, a dictionary, and frames that are cut short
 */
const cutsOf = (bytes: Uint8Array, what: string): number[] => {
  const cuts: number[] = [];
  let blocks = 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const need = (end: number): void => {
    if (end > bytes.length) fail('malformed', `${what}: its zstd data is cut short`);
  };
  for (let at = 0; at < bytes.length; ) {
    need(at + 8);
    const magic = view.getUint32(at, true);
    if (magic >>> 4 === 0x184d2a5) {
      at += 8 + view.getUint32(at + 4, true);
      need(at);
      continue;
    }
    if (magic !== 0xfd2fb528)
      fail('malformed', `${what}: its zstd data is followed by other bytes`);
    const flags = bytes[at + 4]!;
    const single = (flags & 32) !== 0;
    if ((flags & 3) !== 0) fail('unsupported', `${what}: its zstd data needs a dictionary`);
    at += 5;
    let window = 0;
    if (!single) {
      const exponent = bytes[at]! >> 3;
      window = 2 ** (10 + exponent) * (1 + (bytes[at]! & 7) / 8);
      at++;
    }
    const sizeBytes = [single ? 1 : 0, 2, 4, 8][flags >> 6]!;
    need(at + sizeBytes);
    if (single) {
      if (sizeBytes === 1) window = bytes[at]!;
      else if (sizeBytes === 2) window = view.getUint16(at, true) + 256;
      else if (sizeBytes === 4) window = view.getUint32(at, true);
      else window = Number(view.getBigUint64(at, true));
    }
    if (window > WINDOW_LIMIT)
      fail('limit', `${what}: its zstd data needs a window above ${amount(WINDOW_LIMIT)}`);
    at += sizeBytes;
    for (let last = false; !last; ) {
      need(at + 3);
      const block = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
      last = (block & 1) !== 0;
      at += 3 + (((block >> 1) & 3) === 1 ? 1 : block >> 3);
      need(at);
      if (++blocks % BLOCKS === 0 && !last) cuts.push(at);
    }
    if ((flags & 4) !== 0) at += 4;
    need(at);
  }
  cuts.push(bytes.length);
  return cuts;
};

function* unzstd(bytes: Uint8Array, what: string): Generator<Uint8Array> {
  let pieces: Uint8Array[] = [];
  const stream = new Decompress((piece) => pieces.push(piece.slice()));
  let from = 0;
  for (const cut of cutsOf(bytes, what)) {
    stream.push(bytes.subarray(from, cut), cut === bytes.length);
    yield* pieces;
    pieces = [];
    from = cut;
  }
}

/** Expanded bytes in pieces, with what they come to. */
export interface Expanded {
  pieces: AsyncIterable<Uint8Array>;
  /** The digest of the pieces, when all of them have been taken. */
  digest(): string;
}

/**
 * Expands bytes.
 * @param limit most bytes that may come of them
 * @param what names them in errors
 * @param algorithm of the digest
 */
export const expand = (
  bytes: Uint8Array,
  limit: number,
  what: string,
  algorithm = 'sha256',
): Expanded => {
  const hash = createHash(algorithm);
  const source = (): Iterable<Uint8Array> | AsyncIterable<Uint8Array> => {
    switch (compressionOf(bytes, what)) {
      case 'gzip':
        return Readable.from([bytes], { objectMode: false }).pipe(createGunzip());
      case 'zstd':
        return unzstd(bytes, what);
      default:
        return [bytes];
    }
  };
  async function* pieces(): AsyncGenerator<Uint8Array> {
    let total = 0;
    try {
      for await (const piece of source()) {
        total += piece.length;
        if (total > limit) fail('limit', `${what} expands to more than ${amount(limit)}`);
        hash.update(piece);
        yield piece;
      }
    } catch (error) {
      if (error instanceof ImageError) throw error;
      const { message } = error as Error;
      throw new ImageError('malformed', `${what} does not expand: ${message}`, { cause: error });
    }
  }
  return { pieces: pieces(), digest: () => `${algorithm}:${hash.digest('hex')}` };
};
