/**
 * Compressed forms of a file that lie beside it, which servers send in its place: gets a file that has changed, makes those
 * anew that were forms of it, and removes what this Node cannot make.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import * as zlib from 'node:zlib';

type Codec = (bytes: Uint8Array) => Uint8Array;

/** By their extensions. Zstandard is missing in older versions of Node. */
const CODECS: readonly [extension: string, unpack: Codec | undefined, pack: Codec | undefined][] = [
  ['.gz', zlib.gunzipSync, (bytes) => zlib.gzipSync(bytes, { level: 9 })],
  ['.br', zlib.brotliDecompressSync, zlib.brotliCompressSync],
  ['.zst', ...zstandard()],
];

function zstandard(): [Codec | undefined, Codec | undefined] {
  const { zstdDecompressSync, zstdCompressSync } = zlib as {
    zstdDecompressSync?: Codec;
    zstdCompressSync?: Codec;
  };
  return [zstdDecompressSync, zstdCompressSync];
}

/**
 * Compresses a changed file anew where a compressed form of what it was lies beside it.
 * @param path of the file
 * @returns the extensions of those that are not as they were, and what was done
 * @throws Error where a form cannot be written
 */
export async function compressAgain(
  path: string,
  before: string,
  after: string,
): Promise<[extension: string, change: 'compressed' | 'removed'][]> {
  const made: Awaited<ReturnType<typeof compressAgain>> = [];
  for (const [extension, unpack, pack] of CODECS) {
    const bytes = await readFile(path + extension).catch(() => undefined);
    if (bytes === undefined) continue;
    if (unpack === undefined || pack === undefined) {
      await rm(path + extension);
      made.push([extension, 'removed']);
    } else if (isForm(bytes, unpack, before)) {
      await writeFile(path + extension, pack(Buffer.from(after)));
      made.push([extension, 'compressed']);
    }
  }
  return made;
}

/** Is it a compressed form of a text? */
function isForm(bytes: Uint8Array, unpack: Codec, text: string): boolean {
  try {
    return Buffer.from(text).equals(unpack(bytes));
  } catch {
    return false;
  }
}
