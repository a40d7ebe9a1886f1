/** Tar archives that depend on nothing but what is in them: no owner, no host, one time, names in order. */

import { Header, Pax } from 'tar';
import type { TreeDirectory, TreeFile } from '../tree.js';

/** An entry to be written. */
export interface NewEntry {
  path: string;
  type: 'file' | 'directory' | 'symlink' | 'hardlink';
  content?: Uint8Array;
  target?: string;
  mode?: number;
  /** Seconds since 1970; default: the archive's. */
  mtime?: number;
}

const codes = { file: '0', hardlink: '1', symlink: '2', directory: '5' } as const;

/** The blocks before an entry's content, and those behind it. */
const blocksOf = (entry: NewEntry, mtime: number): { head: Buffer; padding: Buffer } => {
  const { path, type, content, target, mode = type === 'directory' ? 0o755 : 0o644 } = entry;
  const size = content?.length ?? 0;
  const fields = {
    path: type === 'directory' ? `${path}/` : path,
    mode: mode & 0o7777,
    uid: 0,
    gid: 0,
    size,
    mtime: new Date((entry.mtime ?? mtime) * 1000),
    ...(target === undefined ? {} : { linkpath: target }),
  };
  const header = new Header(fields);
  header.type = codes[type];
  const block = Buffer.alloc(512);
  const long = header.encode(block);
  const { path: name, linkpath, size: bytes } = fields as typeof fields & { linkpath?: string };
  const pax = long
    ? new Pax({ path: name, size: bytes, ...(linkpath === undefined ? {} : { linkpath }) })
    : undefined;
  return {
    head: pax === undefined ? block : Buffer.concat([paxBlocks(pax, mtime), block]),
    padding: Buffer.alloc(-size & 511),
  };
};

/** An extended header, whose own header has the archive's time. */
const paxBlocks = (pax: Pax, mtime: number): Buffer => {
  const body = Buffer.from(pax.encodeBody());
  const header = new Header({
    path: 'PaxHeader',
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: body.length,
    mtime: new Date(mtime * 1000),
  });
  header.type = 'x';
  const block = Buffer.alloc(512);
  header.encode(block);
  return Buffer.concat([block, body, Buffer.alloc(-body.length & 511)]);
};

/** What stands at the end of an archive. */
const END = Buffer.alloc(1024);

const entryPieces = (entry: NewEntry, mtime: number): Uint8Array[] => {
  const { head, padding } = blocksOf(entry, mtime);
  return [head, ...(entry.content === undefined ? [] : [entry.content]), padding];
};

/** The pieces of an archive of files, whose contents are asked for one after the other: they need not be there at once. */
export async function* tarPieces(
  files: Iterable<{ path: string; bytes: () => Promise<Uint8Array> }>,
  mtime: number,
): AsyncGenerator<Uint8Array> {
  for (const { path, bytes } of files)
    yield* entryPieces({ path, type: 'file', content: await bytes() }, mtime);
  yield END;
}

/** An archive in one piece. */
export const tarBytes = (entries: Iterable<NewEntry>, mtime: number): Buffer => {
  const pieces: Uint8Array[] = [];
  for (const entry of entries) pieces.push(...entryPieces(entry, mtime));
  return Buffer.concat([...pieces, END]);
};

/** Text by code units, so that no locale has a say. */
export const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0;

/** The entries of a tree, each folder before what is in it, in order. */
export const treeEntries = (root: TreeDirectory): NewEntry[] => {
  const entries: NewEntry[] = [];
  const seen = new Map<TreeFile, string>();
  const walk = (folder: TreeDirectory, prefix: string): void => {
    for (const [name, node] of [...folder.entries].sort(byName)) {
      const path = `${prefix}${name}`;
      const { mtime } = node;
      if (node.type === 'directory') {
        entries.push({ path, type: 'directory', mode: node.mode, mtime });
        walk(node, `${path}/`);
      } else if (node.type === 'link') {
        entries.push({ path, type: 'symlink', target: node.target, mode: 0o777, mtime });
      } else {
        const first = seen.get(node);
        if (first === undefined) {
          seen.set(node, path);
          entries.push({ path, type: 'file', content: node.content, mode: node.mode, mtime });
        } else {
          entries.push({ path, type: 'hardlink', target: first, mode: node.mode, mtime });
        }
      }
    }
  };
  walk(root, '');
  return entries;
};
