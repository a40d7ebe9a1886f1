import type { BigIntStats } from 'node:fs';
import { fail } from '../core/errno.js';
import type { Directory, OpenFile, OpenMode, Stat } from '../core/host.js';
import { FILETYPE } from '../core/types.js';
import { builtin } from './builtins.js';
import { sys } from './errors.js';
import { ExactTimes } from './exact-times.js';

/** Most bytes moved by one system call. */
const CHUNK = 0x7ffff000;

/** Names that Windows takes for something else than an entry of a directory. */
const WINDOWS_NAMES = /[\\:*?"<>|]|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

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
export function toStat(stats: BigIntStats): Stat {
  return {
    dev: stats.dev,
    ino: stats.ino,
    filetype: fileType(stats),
    nlink: stats.nlink,
    size: stats.size,
    atim: stats.atimeNs,
    mtim: stats.mtimeNs,
    ctim: stats.ctimeNs,
  };
}

/** Buffers of at most {@link CHUNK} bytes each, as the host's calls demand. */
function clipped(buffers: Uint8Array[]): Uint8Array[] {
  return buffers.map((b) => (b.length > CHUNK ? b.subarray(0, CHUNK) : b));
}

/** The host's file system: what all of its directories and files share. */
export class NodeFileSystem {
  readonly fs = builtin('node:fs');
  readonly times = new ExactTimes();
  readonly windows = process.platform === 'win32';
  /** Whether a hard link to a symbolic link is one to the link itself. */
  readonly linksLinks = this.windows || process.platform === 'linux';
  /** Directories that descriptors hold. */
  readonly held = new Set<NodeDirectory>();

  /** The directory at a host path, links in the path itself followed once and for all. */
  directory(path: string): NodeDirectory {
    return sys(() => {
      const real = this.fs.realpathSync.native(path).replace(/[\\/]+$/, '');
      const directory = new NodeDirectory(this, real);
      if (directory.stat().filetype !== FILETYPE.DIRECTORY) fail('NOTDIR');
      return directory;
    });
  }

  /** Follows a rename, so that held directories stay the same ones. */
  moved(from: string, to: string): void {
    this.removed(to);
    for (const directory of this.held) {
      const { path } = directory;
      if (path === from) directory.path = to;
      else if (path?.startsWith(`${from}/`)) directory.path = to + path.slice(from.length);
    }
  }

  /** A directory is gone; what held it holds nothing now. */
  removed(path: string): void {
    for (const directory of this.held) if (directory.path === path) directory.path = undefined;
  }

  /** State of the path itself; `undefined` when nothing is there. */
  lstat(path: string): Stat | undefined {
    const stats = this.fs.lstatSync(path, { bigint: true, throwIfNoEntry: false });
    return stats && this.times.restore(toStat(stats));
  }
}

/** A directory on disk, known by its real path. */
export class NodeDirectory implements Directory {
  private readonly system: NodeFileSystem;
  /** Real path without a final slash; `undefined` when the directory has been removed. */
  path: string | undefined;
  private identity: Stat | undefined;

  /** @param path real path, no component of which is a link */
  constructor(system: NodeFileSystem, path: string) {
    this.system = system;
    this.path = path;
  }

  stat(): Stat {
    return sys(() => this.verified());
  }

  lookup(name: string): Stat | undefined {
    return sys(() => {
      if (this.identity) this.verified();
      return this.system.lstat(this.at(name));
    });
  }

  directory(name: string): NodeDirectory {
    return new NodeDirectory(this.system, this.at(name));
  }

  hold(): NodeDirectory {
    const copy = new NodeDirectory(this.system, this.path ?? fail('NOENT'));
    copy.identity = this.stat();
    this.system.held.add(copy);
    return copy;
  }

  close(): void {
    this.system.held.delete(this);
  }

  open(name: string, mode: OpenMode): OpenFile {
    const { fs } = this.system;
    const { constants } = fs;
    const write = mode.write || mode.truncate;
    let flags = constants.O_RDONLY;
    if (write) flags = mode.read ? constants.O_RDWR : constants.O_WRONLY;
    if (mode.create) flags |= constants.O_CREAT;
    if (mode.exclusive) flags |= constants.O_EXCL;
    if (mode.truncate) flags |= constants.O_TRUNC;
    flags |= constants.O_NOFOLLOW ?? 0;
    return sys(() => new NodeFile(this.system, fs.openSync(this.at(name), flags, 0o666)));
  }

  readlink(name: string): string {
    return sys(() => {
      const target = this.system.fs.readlinkSync(this.at(name));
      if (!this.system.windows) return target;
      return target.replace(/\\/g, '/').replace(/^[a-z]:/i, '/$&');
    });
  }

  list(): string[] {
    return sys(() => this.system.fs.readdirSync(this.own()));
  }

  mkdir(name: string): void {
    sys(() => this.system.fs.mkdirSync(this.at(name)));
  }

  rmdir(name: string): void {
    sys(() => this.system.fs.rmdirSync(this.at(name)));
    this.system.removed(this.at(name));
  }

  unlink(name: string): void {
    sys(() => this.system.fs.unlinkSync(this.at(name)));
  }

  symlink(target: string, name: string): void {
    sys(() => this.system.fs.symlinkSync(target, this.at(name)));
  }

  link(name: string, dir: Directory, newName: string): void {
    const target = this.sameSystem(dir);
    const { filetype } = this.lookup(name) ?? fail('NOENT');
    // Elsewhere the system's call links what a symbolic link leads to, wherever that is.
    if (filetype === FILETYPE.SYMBOLIC_LINK && !this.system.linksLinks) fail('NOTSUP');
    sys(() => this.system.fs.linkSync(this.at(name), target.at(newName)));
  }

  rename(name: string, dir: Directory, newName: string): void {
    const from = this.at(name);
    const to = this.sameSystem(dir).at(newName);
    sys(() => this.system.fs.renameSync(from, to));
    if (from !== to) this.system.moved(from, to);
  }

  setTimes(name: string | undefined, atim: bigint | undefined, mtim: bigint | undefined): void {
    sys(() => {
      if (name === undefined) this.verified();
      const path = name === undefined ? this.own() : this.at(name);
      const { fs, times } = this.system;
      const read = (): Stat => toStat(fs.lstatSync(path, { bigint: true }));
      times.set(read, atim, mtim, (a, m) => fs.lutimesSync(path, a, m));
    });
  }

  sync(): void {
    if (this.system.windows) return;
    const { fs } = this.system;
    sys(() => {
      this.verified();
      const fd = fs.openSync(this.own(), fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
      try {
        fs.fsyncSync(fd);
      } finally {
        fs.closeSync(fd);
      }
    });
  }

  /** State of the directory, after a check that its path still leads to the one that is held. */
  private verified(): Stat {
    const stat = this.system.lstat(this.own());
    if (!stat) fail('NOENT');
    const held = this.identity;
    if (held && (held.ino !== stat.ino || held.dev !== stat.dev)) fail('NOENT');
    return stat;
  }

  /** Path of the directory itself; a root keeps its slash. */
  private own(): string {
    const path = this.path ?? fail('NOENT');
    return /^([a-z]:)?$/i.test(path) ? `${path}/` : path;
  }

  /** Path of an entry. */
  private at(name: string): string {
    if (this.system.windows && WINDOWS_NAMES.test(name)) fail('INVAL');
    return `${this.path ?? fail('NOENT')}/${name}`;
  }

  /** `dir`, if it is on the host's file system too. */
  private sameSystem(dir: Directory): NodeDirectory {
    if (!(dir instanceof NodeDirectory)) fail('XDEV');
    return dir;
  }
}

/** An open file on disk. */
class NodeFile implements OpenFile {
  private readonly system: NodeFileSystem;
  private readonly fd: number;

  constructor(system: NodeFileSystem, fd: number) {
    this.system = system;
    this.fd = fd;
  }

  stat(): Stat {
    const { fs, times } = this.system;
    return sys(() => times.restore(toStat(fs.fstatSync(this.fd, { bigint: true }))));
  }

  read(buffers: Uint8Array[], position: number | null): number {
    const { fs } = this.system;
    return sys(() => fs.readvSync(this.fd, clipped(buffers), position ?? undefined));
  }

  write(buffers: Uint8Array[], position: number | null): number {
    const { fs } = this.system;
    return sys(() => fs.writevSync(this.fd, clipped(buffers), position ?? undefined));
  }

  truncate(size: number): void {
    sys(() => this.system.fs.ftruncateSync(this.fd, size));
  }

  setTimes(atim: bigint | undefined, mtim: bigint | undefined): void {
    const { fs, times } = this.system;
    const read = (): Stat => toStat(fs.fstatSync(this.fd, { bigint: true }));
    sys(() => times.set(read, atim, mtim, (a, m) => fs.futimesSync(this.fd, a, m)));
  }

  sync(): void {
    sys(() => this.system.fs.fsyncSync(this.fd));
  }

  close(): void {
    sys(() => this.system.fs.closeSync(this.fd));
  }
}
