import type { BigIntStats } from 'node:fs';
import type { Stat } from '../core/host.js';
import { FILETYPE } from '../core/types.js';

/** What the host says of a file: the core's terms, and what tells the file from a later one. */
export interface NodeStat extends Stat {
  /** When the file was made, in nanoseconds since 1970; 0 where the host does not know. */
  born: bigint;
}

/** `filetype` by the type bits of a Unix mode. */
const FILETYPES: Record<number, number> = {
  [0o060000]: FILETYPE.BLOCK_DEVICE,
  [0o020000]: FILETYPE.CHARACTER_DEVICE,
  [0o040000]: FILETYPE.DIRECTORY,
  [0o100000]: FILETYPE.REGULAR_FILE,
  [0o140000]: FILETYPE.SOCKET_STREAM,
  [0o120000]: FILETYPE.SYMBOLIC_LINK,
};

/** `filetype` of host state. */
export function fileType(stats: BigIntStats): number {
  return FILETYPES[Number(stats.mode) & 0o170000] ?? FILETYPE.UNKNOWN;
}

/** Host state in the core's terms. */
export function toStat(stats: BigIntStats): NodeStat {
  return {
    dev: stats.dev,
    ino: stats.ino,
    filetype: fileType(stats),
    nlink: stats.nlink,
    size: stats.size,
    atim: stats.atimeNs,
    mtim: stats.mtimeNs,
    ctim: stats.ctimeNs,
    born: stats.birthtimeNs,
  };
}

/** Whether two states are of one inode; of one file, if the inode cannot have been freed in between. */
export function sameInode(a: Stat, b: Stat): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}

/**
 * Whether two states are of one file, as far as they tell: type and time of birth tell it from one
 * that got its inode later. Some systems give the time of the last change for that of birth.
 */
export function sameFile(a: NodeStat, b: NodeStat): boolean {
  const born = a.born === b.born || (a.born === a.ctim && b.born === b.ctim);
  return born && a.filetype === b.filetype && sameInode(a, b);
}
