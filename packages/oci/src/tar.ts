/**
 * Tar: gets bytes in order, gives the entries that they say there are. Fields of headers are read by the package
 * `tar`; here is how headers follow each other. Must hold: nothing is allocated for a size before the bytes are
 * there, and what is not understood is refused.
 */

import { Header } from 'tar';
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

/** Records `LENGTH NAME=VALUE\n` of an extended header (POSIX, pax, "pax Header Block"); values may hold anything. */
const extended = (bytes: Buffer, what: string): Extended => {
  const found: Extended = {};
  const damaged = (): never => fail('malformed', `${what} has a damaged extended header`);
  for (let at = 0; at < bytes.length && bytes[at] !== 0; ) {
    const [, digits] = /^(\d{1,7}) /.exec(bytes.toString('latin1', at, at + 8)) ?? [];
    const end = at + Number(digits);
    const start = at + (digits?.length ?? 0) + 1;
    const equals = bytes.indexOf('=', start);
    if (digits === undefined || end > bytes.length || equals < 0 || equals >= end - 1)
      return damaged();
    if (bytes[end - 1] !== 0x0a) return damaged();
    const name = bytes.toString('utf8', start, equals);
    const value = bytes.toString('utf8', equals + 1, end - 1);
    if (name.startsWith('GNU.sparse.')) fail('refused', `${what} holds a sparse file`);
    // An empty value takes back what an earlier record has said (POSIX, pax, "pax Extended Header").
    if (value === '' && /^(?:path|linkpath|size|mtime)$/.test(name))
      found[name as keyof Extended] = undefined;
    else if (name === 'path' || name === 'linkpath') found[name] = value;
    else if (name === 'size') found.size = /^\d+$/.test(value) ? Number(value) : damaged();
    else if (name === 'mtime') found.mtime = new Date(Number(value) * 1000);
    at = end;
  }
  return found;
};

/** The fields of a header; undefined for a block that is none. The decoder throws for numbers of more than 53 bits. */
const headerOf = (block: Buffer): Header | undefined => {
  try {
    const header = new Header(block);
    return header.nullBlock || header.cksumValid ? header : undefined;
  } catch {
    return undefined;
  }
};

/** Is this the first block of an archive: a header whose checksum is right, or the end? */
export const isTarHeader = (block: Buffer): boolean => {
  return block.length >= BLOCK && headerOf(block.subarray(0, BLOCK)) !== undefined;
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
    const header = headerOf(block);
    if (header === undefined)
      return fail('malformed', `${what} is no tar archive, or a damaged one`);
    if (header.nullBlock) return;
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
      } else next = { ...next, ...extended(bytes, what) };
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
