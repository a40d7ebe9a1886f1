/**
 * Directories where paths are all that the host has. A directory that is held is known by device,
 * inode, type and the time it was made, which are compared before and after each call; where a
 * descriptor of it can be had, that keeps the inode from being given away. What another process
 * swaps and swaps back within one call is not noticed.
 */

import { fail } from '../core/errno.js';
import { FILETYPE } from '../core/types.js';
import { NodeDirectory } from './directory.js';
import type { Disk } from './disk.js';
import { sys } from './errors.js';
import { dropPath, type HeldPath, holdPath } from './held-paths.js';
import { type NodeStat, sameFile, sameInode, toStat } from './stat.js';

/** A directory known by its path. */
export class PathDirectory extends NodeDirectory implements HeldPath {
  /** Real path without a final slash; `undefined` when the directory has been removed. */
  path: string | undefined;
  private readonly identity: NodeStat | undefined;
  /** Descriptor that keeps the inode from being used again. */
  private pin: number | undefined;

  /**
   * @param path real path, no component of which is a link
   * @param identity state of the directory that is meant; left out, whatever is there
   */
  constructor(disk: Disk, path: string, identity?: NodeStat) {
    super(disk);
    this.path = path;
    this.identity = identity;
  }

  stat(): NodeStat {
    return sys(() => this.verified());
  }

  directory(name: string): NodeDirectory {
    return this.enter(name) ?? fail('NOTDIR');
  }

  enter(name: string): NodeDirectory | undefined {
    return this.entry(name, (path) => {
      const stat = this.disk.lstat(path);
      if (stat?.filetype !== FILETYPE.DIRECTORY) return undefined;
      return new PathDirectory(this.disk, path, stat);
    });
  }

  hold(): NodeDirectory {
    const { fs } = this.disk;
    return sys(() => {
      const path = this.path ?? fail('NOENT');
      const pin = this.pinned();
      try {
        const identity = this.verified();
        if (
          pin !== undefined &&
          !sameInode(toStat(fs.fstatSync(pin, { bigint: true })), identity)
        ) {
          fail('NOENT');
        }
        const copy = new PathDirectory(this.disk, path, identity);
        copy.pin = pin;
        holdPath(copy);
        return copy;
      } catch (error) {
        if (pin !== undefined) fs.closeSync(pin);
        throw error;
      }
    });
  }

  close(): void {
    const { pin } = this;
    this.pin = undefined;
    dropPath(this);
    if (pin !== undefined) sys(() => this.disk.fs.closeSync(pin));
  }

  within<T>(call: (base: string) => T, undo?: (result: T) => void): T {
    const base = this.path ?? fail('NOENT');
    if (!this.identity) return call(base);
    this.verified();
    const result = call(base);
    try {
      this.verified();
    } catch (error) {
      undo?.(result);
      throw error;
    }
    return result;
  }

  /** A root keeps its slash. */
  protected self(base: string): string {
    return /^([a-z]:)?$/i.test(base) ? `${base}/` : base;
  }

  /** State of the directory, after a check that its path still leads to the one that is meant. */
  private verified(): NodeStat {
    const { identity, disk } = this;
    const stat = disk.lstat(this.self(this.path ?? fail('NOENT')));
    if (!stat) fail('NOENT');
    if (stat.filetype !== FILETYPE.DIRECTORY) fail(identity ? 'NOENT' : 'NOTDIR');
    if (!identity) return stat;
    if (!(this.pin === undefined ? sameFile : sameInode)(stat, identity)) fail('NOENT');
    return stat;
  }

  /** A descriptor of the directory, where one can be had. */
  private pinned(): number | undefined {
    const { fs, windows } = this.disk;
    if (windows) return undefined;
    const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = fs.constants;
    try {
      return fs.openSync(this.self(this.path ?? ''), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    } catch {
      return undefined;
    }
  }
}
