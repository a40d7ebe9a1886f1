/**
 * Tar: gets bytes in order, gives the entries that they say there are. Fields of headers are read by the package
 * `tar`; here is how headers follow each other. Must hold: nothing is allocated for a size before the bytes are
 * there, and what is not understood is refused.
 */

import { Header, Pax } from 'tar';
import { fail, shown } from './errors.js';
import type { ByteInput } from './input.js';

const BLOCK = 512;
/** Bytes of an extended header or a long name. */
const META_LIMIT = 2 ** 20;

/** One entry; its content are the next `size` bytes of the input. */
export interface TarEntry {
  path: string;
  type: 'file' | 'directory' | 'hardlink' | 'symlink';
  size: number;
  target: string;
  mode: number;
  /** Seconds since 1970. */
  mtime: number;
  /** Where the content begins. */
  offset: number;
}

const types: Record<string, TarEntry['type']> = {
  '0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '5': 'directory',
};
const refused: Record<string, string> = {
  '3': 'a character device',
  '4': 'a block device',
  '6': 'a named pipe',
  S: 'a sparse file, which is not supported',
  M: 'a part of a file, which is not supported',
};

/** Texts of extended headers that hold for the next entry. */
interface Extended {
  path?: string | undefined;
  linkpath?: string | undefined;
  size?: number | undefined;
  mtime?: Date | undefined;
}

/** Bytes that a name of GNU's kind consists of. */
const longName = (bytes: Buffer): string => {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
};

const extended = (bytes: Buffer, what: string): Extended => {
  const text = bytes.toString('utf8');
  if (/^\d+ GNU\.sparse\./m.test(text)) fail('refused', `${what} holds a sparse file`);
  const { path, linkpath, size, mtime } = Pax.parse(text);
  return { path, linkpath, size, mtime };
};

/** Is this the first block of an archive: a header whose checksum is right, or the end? */
export const isTarHeader = (block: Buffer): boolean => {
  if (block.length < BLOCK) return false;
  const header = new Header(block.subarray(0, BLOCK));
  return header.nullBlock || header.cksumValid;
};

/**
 * The entries of an archive. Whoever takes one may read its content from the input before asking for the next.
 * @param what names the archive in errors
 * @throws ImageError for what is malformed, cut short, or no file, folder or link
 */
export async function* tarEntries(input: ByteInput, what: string): AsyncGenerator<TarEntry> {
  let next: Extended = {};
  for (;;) {
    const block = await input.read(BLOCK);
    if (block.length === 0) return;
    if (block.length < BLOCK) fail('malformed', `${what} is cut short`);
    const header = new Header(block);
    if (header.nullBlock) return;
    if (!header.cksumValid) fail('malformed', `${what} is no tar archive, or a damaged one`);
    const type: string = header.typeKey;
    const raw = header.size ?? 0;
    if ('xgLKXN'.includes(type)) {
      if (raw > META_LIMIT) fail('limit', `${what} has an extended header of ${raw} bytes`);
      const bytes = await input.read(raw);
      const padding = await input.skip(-raw & (BLOCK - 1));
      if (bytes.length < raw || padding < (-raw & (BLOCK - 1)))
        fail('malformed', `${what} is cut short`);
      if (type === 'L' || type === 'N') next.path = longName(bytes);
      else if (type === 'K') next.linkpath = longName(bytes);
      else if (type === 'g') {
        // Of what holds for all entries (comments of git, say), nothing changes what they are.
        const { path, linkpath, size } = extended(bytes, what);
        if (path !== undefined || linkpath !== undefined || size !== undefined)
          fail('refused', `${what} has a global header that renames its files`);
      } else next = { ...next, ...defined(extended(bytes, what)) };
      continue;
    }
    const path = next.path ?? header.path ?? '';
    const kind = types[type] ?? (type === '' ? 'file' : undefined);
    if (kind === undefined)
      fail('refused', `${what}: "${shown(path)}" is ${refused[type] ?? 'of an unknown kind'}`);
    const size = kind === 'file' ? (next.size ?? raw) : 0;
    if (!Number.isSafeInteger(size) || size < 0)
      fail('malformed', `${what}: "${shown(path)}" has no size`);
    const mtime = (next.mtime ?? header.mtime)?.getTime() ?? 0;
    const start = input.position;
    yield {
      path,
      type: kind!,
      size,
      target: next.linkpath ?? header.linkpath ?? '',
      mode: header.mode ?? 0o644,
      mtime: Number.isFinite(mtime) ? Math.floor(mtime / 1000) : 0,
      offset: start,
    };
    next = {};
    // What a header of a link or folder claims as its content is there all the same.
    const stored = kind === 'file' ? size : kind === 'directory' ? 0 : raw;
    const end = start + stored + (-stored & (BLOCK - 1));
    const left = end - input.position;
    if ((await input.skip(left)) < left && input.position < start + stored)
      fail('malformed', `${what} is cut short`);
  }
}

const defined = (given: Extended): Extended =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
