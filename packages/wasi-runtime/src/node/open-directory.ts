/**
 * Directories where the host has descriptors of directories that paths can begin with: Linux, by
 * `/proc/self/fd`. A directory is its descriptor, never a path: it stays the same one wherever it is
 * moved, its inode cannot be given to anything else, and a path of one component from it is `openat`
 * and its kin. Nothing that others do to the tree meanwhile leads out of it.
 */

import { fail, isError } from '../core/errno.js';
import type { Stat } from '../core/host.js';
import { NodeDirectory } from './directory.js';
import type { Disk } from './disk.js';
import { errnoName, sys } from './errors.js';
import { type NodeStat, sameFile, sameInode, toStat } from './stat.js';

type FileSystem = Disk['fs'];

/** Linux's flag for a descriptor that only names; Node does not list it. One value on all it runs on. */
const O_PATH = 0o10000000;

/** Closes the descriptors of directories that were dropped without being closed. */
let dropped: FinalizationRegistry<{ fs: FileSystem; fd: number }> | undefined;

/** Closes a dropped descriptor; nobody is there to be told of a failure. */
function closeDropped({ fs, fd }: { fs: FileSystem; fd: number }): void {
  try {
    fs.closeSync(fd);
  } catch {
    // Somebody else has closed it.
  }
}

/** Path that leads to what a descriptor stands for. */
function descriptorPath(fd: number): string {
  return `/proc/self/fd/${fd}`;
}

/** Opens a directory as a place for paths to begin; never a link. */
function openPlace(fs: FileSystem, path: string): number {
  return fs.openSync(path, O_PATH | fs.constants.O_DIRECTORY | fs.constants.O_NOFOLLOW);
}

/** Deno lets `/proc` be used with all permissions only, and would ask the user for each other way. */
function mayUseProc(): boolean {
  const { Deno } = globalThis as {
    Deno?: { permissions?: { querySync(descriptor: { name: string }): { state: string } } };
  };
  const permissions = Deno?.permissions;
  if (!permissions) return true;
  const names = ['read', 'write', 'net', 'env', 'sys', 'run', 'ffi'];
  return names.every((name) => permissions.querySync({ name }).state === 'granted');
}

/**
 * Whether the host passes the flags on that all of this rests on, and may see `/proc`: the link
 * `/proc/self` has to be refused where no link is to be followed.
 */
export function hasPlaces(fs: FileSystem): boolean {
  if (process.platform !== 'linux' && process.platform !== 'android') return false;
  if (!mayUseProc()) return false;
  for (const flags of [O_PATH | fs.constants.O_DIRECTORY, fs.constants.O_RDONLY]) {
    try {
      fs.closeSync(fs.openSync('/proc/self', flags | fs.constants.O_NOFOLLOW));
      return false;
    } catch (error) {
      if (!['NOTDIR', 'LOOP'].includes(errnoName(error))) return false;
    }
  }
  return true;
}

/**
 * The directory at a host path, links in it followed once and for all; `undefined` where its descriptor
 * cannot serve as the beginning of a path. Throws the host's error when there is no such directory.
 */
export function openDirectory(disk: Disk, path: string): NodeDirectory | undefined {
  const { fs } = disk;
  const real = fs.realpathSync.native(path);
  const fd = openPlace(fs, real);
  try {
    const stat = state(fs, fd);
    const seen = disk.lstat(`${descriptorPath(fd)}/.`);
    return seen && sameInode(seen, stat) ? new NamedDirectory(disk, reopen) : undefined;

    /** Opens the same directory again; it is not held from one call to the next. */
    function reopen(): number {
      const again = openPlace(fs, real);
      if (sameFile(state(fs, again), stat)) return again;
      fs.closeSync(again);
      return fail('NOENT');
    }
  } catch {
    return undefined;
  } finally {
    fs.closeSync(fd);
  }
}

/** State of what a descriptor stands for. */
function state(fs: FileSystem, fd: number): NodeStat {
  return toStat(fs.fstatSync(fd, { bigint: true }));
}

/** A directory that a descriptor of the host holds. */
class OpenDirectory extends NodeDirectory {
  private fd: number | undefined;

  /** @param fd the descriptor, which {@link close} closes */
  constructor(disk: Disk, fd: number) {
    super(disk);
    this.fd = fd;
  }

  /** Has the descriptor closed when nothing refers to this object any more. */
  keep(): this {
    const { fs } = this.disk;
    dropped ??= new FinalizationRegistry(closeDropped);
    dropped.register(this, { fs, fd: this.descriptor() }, this);
    return this;
  }

  stat(): Stat {
    const { fs, times } = this.disk;
    return sys(() => times.restore(state(fs, this.descriptor())));
  }

  directory(name: string): NodeDirectory {
    return child(this.disk, this, name);
  }

  enter(name: string): NodeDirectory | undefined {
    const { disk } = this;
    const path = `${descriptorPath(this.descriptor())}/${name}`;
    try {
      return new OpenDirectory(disk, openPlace(disk.fs, path));
    } catch (error) {
      const errno = errnoName(error);
      if (errno === 'NOENT' || errno === 'NOTDIR' || errno === 'LOOP') return undefined;
      return fail(errno);
    }
  }

  override list(): string[] {
    try {
      return super.list();
    } catch (error) {
      // Removed while it is held: empty, which Bun tells as the system call does.
      if (isError(error, 'NOENT')) return [];
      throw error;
    }
  }

  hold(): NodeDirectory {
    const again = (base: string) => openPlace(this.disk.fs, this.self(base));
    return new OpenDirectory(
      this.disk,
      sys(() => this.within(again)),
    ).keep();
  }

  close(): void {
    const { fd } = this;
    if (fd === undefined) return;
    // Gone first: the number may soon stand for something else.
    this.fd = undefined;
    dropped?.unregister(this);
    sys(() => this.disk.fs.closeSync(fd));
  }

  within<T>(call: (base: string) => T): T {
    return call(descriptorPath(this.descriptor()));
  }

  protected self(base: string): string {
    return `${base}/.`;
  }

  private descriptor(): number {
    return this.fd ?? fail('BADF');
  }
}

/** A directory that is not held, but opened anew for each call. */
class NamedDirectory extends NodeDirectory {
  private readonly opening: () => number;

  /** @param opening opens the directory: a new descriptor each time; throws the host's errors */
  constructor(disk: Disk, opening: () => number) {
    super(disk);
    this.opening = opening;
  }

  stat(): Stat {
    return sys(() => this.within((base) => this.disk.lstat(this.self(base)) ?? fail('NOENT')));
  }

  hold(): NodeDirectory {
    return new OpenDirectory(this.disk, sys(this.opening)).keep();
  }

  close(): void {}

  within<T>(call: (base: string) => T): T {
    const fd = this.opening();
    try {
      return call(descriptorPath(fd));
    } finally {
      this.disk.fs.closeSync(fd);
    }
  }

  directory(name: string): NodeDirectory {
    return child(this.disk, this, name);
  }

  protected self(base: string): string {
    return `${base}/.`;
  }
}

/** A child directory, not held: whatever directory has that name when it is used. */
function child(disk: Disk, parent: NodeDirectory, name: string): NodeDirectory {
  const open = (base: string) => openPlace(disk.fs, `${base}/${name}`);
  return new NamedDirectory(disk, () => parent.within(open));
}
