/**
 * Which names mean one file. Gets paths, gives keys that are equal where the file is: device and inode
 * behind all links for a file that is there; for one to be made, device and inode of the folder that
 * will hold it, and the rest of the path. Must hold: a build writes no file that it reads, and no two
 * of its outputs are one file. (Names that only the file system takes for one, as by their case, show
 * when temporary files are made: output.ts.)
 */

import { type BigIntStats, fstatSync } from 'node:fs';
import { readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { systemCode, UsageError } from './errors.js';

/** As many links in a row as systems follow. */
const MOST_LINKS = 40;

/**
 * The file that a path leads to: behind symbolic links, also where the last one leads to nothing yet,
 * so that a link stays a link.
 * @throws the system's error, `ELOOP` for links in a circle
 */
export const resolveTarget = async (path: string): Promise<string> => {
  let at = path;
  for (let links = 0; links < MOST_LINKS; links++) {
    try {
      return await realpath(at);
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
    }
    const next = await linkOf(at);
    if (next === undefined) return at;
    at = isAbsolute(next) ? next : join(await resolveTarget(dirname(at)), next);
  }
  throw Object.assign(new Error('too many symbolic links'), { code: 'ELOOP' });
};

/** Where a symbolic link points, or undefined for what is none. */
const linkOf = async (path: string): Promise<string | undefined> => {
  try {
    return await readlink(path);
  } catch {
    return undefined;
  }
};

/** A terminal or `/dev/null` keeps nothing, so it may be both ends; a folder is refused elsewhere. */
const keyOf = (status: BigIntStats): string | undefined =>
  status.isCharacterDevice() || status.isDirectory() ? undefined : `${status.dev}:${status.ino}`;

const statusOf = async (path: string): Promise<BigIntStats | undefined> => {
  try {
    return await stat(path, { bigint: true });
  } catch {
    return undefined;
  }
};

/** The key of the file that is at a path or will be; undefined where there can be no conflict. */
export const fileKey = async (path: string): Promise<string | undefined> => {
  const there = await statusOf(path);
  if (there !== undefined) return keyOf(there);
  let folder: string;
  try {
    folder = resolve(await resolveTarget(path));
  } catch {
    // Whatever is wrong with the path, reading or writing says it.
    return undefined;
  }
  const rest: string[] = [];
  for (;;) {
    rest.unshift(basename(folder));
    const parent = dirname(folder);
    const status = await statusOf(parent);
    if (status !== undefined) return `${status.dev}:${status.ino}/${rest.join(sep)}`;
    if (parent === folder) return undefined;
    folder = parent;
  }
};

/** The key of the file that a standard stream is redirected to; undefined for anything else. */
const streamKey = (descriptor: 0 | 1): string | undefined => {
  try {
    const status = fstatSync(descriptor, { bigint: true });
    return status.isFile() ? keyOf(status) : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Checks that a build overwrites nothing that it reads, and nothing twice.
 * @param inputs paths that are read, `-` for standard input
 * @param outputs paths that will be written, `-` for standard output
 * @throws UsageError that names both
 */
export const checkDistinct = async (
  inputs: readonly string[],
  outputs: readonly string[],
): Promise<void> => {
  const read = new Map<string, string>();
  for (const path of inputs) {
    const key = path === '-' ? streamKey(0) : await fileKey(path);
    if (key !== undefined) read.set(key, path === '-' ? 'from standard input' : path);
  }
  const written = new Map<string, string>();
  for (const path of outputs) {
    const key = path === '-' ? streamKey(1) : await fileKey(path);
    if (key === undefined) continue;
    const input = read.get(key);
    if (input !== undefined) {
      const name = path === outputs[0] ? '' : ` ${path}`;
      throw new UsageError(`the output${name} would overwrite the input ${input}`);
    }
    const other = written.get(key);
    if (other !== undefined) throw new UsageError(sameFile(other, path));
    written.set(key, path);
  }
};

/** What is said of two outputs that are one file. */
export const sameFile = (one: string, other: string): string =>
  `two outputs are one file: ${one === other ? one : `${one} and ${other}`}`;
