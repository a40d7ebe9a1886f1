import { fail, isError } from './errno.js';
import type { Directory, Stat } from './host.js';
import { Trail } from './trail.js';
import { FILETYPE } from './types.js';

/** Most symbolic links followed in one path, as on Linux. */
const LINK_LIMIT = 40;

/** What happens to a symbolic link that is the last component of a path. */
export type LastLink =
  /** It is followed. */
  | 'follow'
  /** It is meant itself, unless the path ends in `/`. */
  | 'unless-slash'
  /** It is meant itself: the operation makes, removes or moves an entry. */
  | 'never';

/** Where a path leads: an entry of a directory, or a directory itself. */
export interface Resolved {
  /** The directory that holds the entry; never outside the directory where the path began. */
  directory: Directory;
  /** The entry, one component; empty when the path ends in `.` or `..` and `directory` is meant. */
  name: string;
  /** State of the entry, not followed; `undefined` when it does not exist. */
  stat: Stat | undefined;
  /** The path ends in `/`: the entry has to be a directory. */
  mustBeDirectory: boolean;
}

/** Splits a path; `.` and empty components say nothing except as the last one. */
function components(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

/** Whether a path ends in a component `.` or `..`, so that it names a directory by itself. */
function endsInDots(path: string): boolean {
  return /(^|\/)\.\.?\/*$/.test(path);
}

/**
 * Resolves `path` below `start`, component by component, and does something there; every directory on
 * the way is held until then. Links are expanded here and never by the host, so nothing above `start`
 * can be reached: an absolute path or link, and a `..` that would leave `start`, throw `ENOTCAPABLE`.
 * Other errors: `ENOENT` (empty path, missing directory on the way), `ENOTDIR`, `ELOOP`, `EINVAL` (NUL
 * in the path), and what the host throws.
 * @param use gets the place; its result is the result. Nothing of the place is valid after it
 */
export function resolve<T>(
  start: Directory,
  path: string,
  last: LastLink,
  use: (at: Resolved) => T,
): T {
  const trail = new Trail(start);
  try {
    return use(walk(trail, path, last));
  } finally {
    trail.close();
  }
}

/** Target of a link; `undefined` when something else has taken its place. */
function readlink(directory: Directory, name: string): string | undefined {
  try {
    return directory.readlink(name);
  } catch (error) {
    if (isError(error, 'INVAL')) return undefined;
    throw error;
  }
}

/** Walks a path; see {@link resolve}. */
function walk(trail: Trail, path: string, last: LastLink): Resolved {
  if (path === '') fail('NOENT');
  if (path.includes('\0')) fail('INVAL');
  if (path[0] === '/') fail('NOTCAPABLE');

  // Components still to be walked, the next one last.
  const rest = components(path).reverse();
  let slash = path.endsWith('/');
  let dots = endsInDots(path);
  let links = 0;

  while (rest.length > 0) {
    const name = rest.pop()!;
    if (name === '..') {
      trail.up();
      continue;
    }
    const final = rest.length === 0 && !dots;
    if (!final && trail.down(name)) continue;
    const directory = trail.last;
    const stat = directory.lookup(name);
    if (stat?.filetype === FILETYPE.SYMBOLIC_LINK) {
      const kept = final && (last === 'never' || (last === 'unless-slash' && !slash));
      if (!kept) {
        if (++links > LINK_LIMIT) fail('LOOP');
        const target = readlink(directory, name);
        if (target === undefined) {
          rest.push(name);
          continue;
        }
        if (target === '') fail('NOENT');
        if (target[0] === '/') fail('NOTCAPABLE');
        if (rest.length === 0) {
          slash ||= target.endsWith('/');
          dots ||= endsInDots(target);
        }
        rest.push(...components(target).reverse());
        continue;
      }
    }
    if (final) return { directory, name, stat, mustBeDirectory: slash };
    if (!stat) fail('NOENT');
    if (stat.filetype !== FILETYPE.DIRECTORY) fail('NOTDIR');
    // It has become a directory only since it could not be entered.
    if (++links > LINK_LIMIT) fail('LOOP');
    rest.push(name);
  }
  const directory = trail.last;
  return { directory, name: '', stat: directory.stat(), mustBeDirectory: true };
}
