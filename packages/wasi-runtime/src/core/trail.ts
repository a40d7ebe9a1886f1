import { fail } from './errno.js';
import type { Directory } from './host.js';
import { FILETYPE } from './types.js';

/** Directories of a path that are held at once. */
const HELD = 32;

/** The child directory `name`, held; `undefined` when there is none, or it is no directory. */
function enter(directory: Directory, name: string): Directory | undefined {
  if (directory.enter) return directory.enter(name);
  const stat = directory.lookup(name);
  return stat?.filetype === FILETYPE.DIRECTORY ? directory.directory(name).hold() : undefined;
}

/**
 * The directories that a path has led through: each was an entry of the one before when it was
 * entered, and `..` goes back along them, never to what the host thinks is above. The last ones are
 * held; those further up are entered again when a `..` needs them, so that no path takes more than a
 * few of the host's descriptors.
 */
export class Trail {
  /** `undefined` where a directory is no longer held; never for the first and the last one. */
  private readonly directories: (Directory | undefined)[];
  private readonly names = [''];

  /** @param start where the path begins; not closed by this */
  constructor(start: Directory) {
    this.directories = [start];
  }

  /** The directory that the path has come to. */
  get last(): Directory {
    return this.directories[this.directories.length - 1]!;
  }

  /** Goes down; false when there is no directory of that name. Throws what the host throws. */
  down(name: string): boolean {
    const { directories, names } = this;
    const child = enter(this.last, name);
    if (!child) return false;
    names.push(name);
    const far = directories.push(child) - 1 - HELD;
    if (far > 0) {
      directories[far]!.close();
      directories[far] = undefined;
    }
    return true;
  }

  /** Goes up; `ENOTCAPABLE` where the path began, unless that has something above it, `ENOENT` when the way there is gone. */
  up(): void {
    const { directories, names } = this;
    if (directories.length === 1) {
      directories[0] = directories[0]!.above ?? fail('NOTCAPABLE');
      return;
    }
    names.pop();
    directories.pop()!.close();
    if (this.last) return;
    const way = names.splice(1);
    directories.length = 1;
    for (const name of way) if (!this.down(name)) fail('NOENT');
  }

  /** Lets go of all directories but the first. */
  close(): void {
    for (const directory of this.directories.splice(1)) directory?.close();
  }
}
