import { fail } from '../core/errno.js';
import type { Directory, OpenFile, OpenMode, Stat } from '../core/host.js';
import { FILETYPE } from '../core/types.js';
import type { Disk } from './disk.js';
import { sys } from './errors.js';
import { NodeFile } from './file.js';
import { pathMoved, pathRemoved } from './held-paths.js';
import { toStat } from './stat.js';

/** Names that Windows takes for something else than an entry of a directory. */
const WINDOWS_NAMES = /[\\:*?"<>|]|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * A directory on disk. Every operation is one call of the host on the path of one entry, and no call
 * follows that entry when it is a link; how the directory itself is found and kept apart from others
 * is for the classes below this one to say.
 */
export abstract class NodeDirectory implements Directory {
  protected readonly disk: Disk;

  /** @param disk what it shares with the other directories of the host */
  constructor(disk: Disk) {
    this.disk = disk;
  }

  abstract stat(): Stat;
  abstract directory(name: string): NodeDirectory;
  abstract hold(): NodeDirectory;
  abstract close(): void;

  /**
   * Gives `call` a path that leads to this directory for as long as the call lasts.
   * @param undo takes back what `call` gave, where it turns out that the path has led elsewhere
   */
  abstract within<T>(call: (base: string) => T, undo?: (result: T) => void): T;

  /** Path of the directory itself, got from the path given by {@link within}. */
  protected abstract self(base: string): string;

  lookup(name: string): Stat | undefined {
    return this.entry(name, (path) => this.disk.lstat(path));
  }

  open(name: string, mode: OpenMode): OpenFile {
    const { fs } = this.disk;
    const { constants } = fs;
    const write = mode.write || mode.truncate;
    let flags = constants.O_RDONLY;
    if (write) flags = mode.read ? constants.O_RDWR : constants.O_WRONLY;
    if (mode.create) flags |= constants.O_CREAT;
    if (mode.exclusive) flags |= constants.O_EXCL;
    if (mode.truncate) flags |= constants.O_TRUNC;
    flags |= constants.O_NOFOLLOW ?? 0;
    // A pipe that has taken the place of a file must not be waited for.
    if (!mode.special) flags |= constants.O_NONBLOCK ?? 0;
    const open = (path: string) => new NodeFile(this.disk, fs.openSync(path, flags, 0o666));
    return this.entry(name, open, (file) => file.close());
  }

  readlink(name: string): string {
    const target = this.entry(name, (path) => this.disk.fs.readlinkSync(path));
    if (!this.disk.windows) return target;
    return target.replace(/\\/g, '/').replace(/^[a-z]:/i, '/$&');
  }

  list(): string[] {
    return sys(() => this.within((base) => this.disk.fs.readdirSync(this.self(base))));
  }

  mkdir(name: string): void {
    this.entry(name, (path) => this.disk.fs.mkdirSync(path));
  }

  rmdir(name: string): void {
    this.entry(name, (path) => {
      this.disk.fs.rmdirSync(path);
      pathRemoved(path);
    });
  }

  unlink(name: string): void {
    this.entry(name, (path) => this.disk.fs.unlinkSync(path));
  }

  symlink(target: string, name: string): void {
    this.entry(name, (path) => this.disk.fs.symlinkSync(target, path));
  }

  link(name: string, dir: Directory, newName: string): void {
    const { fs, linksLinks } = this.disk;
    const target = this.sameSystem(dir);
    // Elsewhere the system's call links what a symbolic link leads to, wherever that is.
    if (!linksLinks && this.lookup(name)?.filetype === FILETYPE.SYMBOLIC_LINK) fail('NOTSUP');
    this.entry(name, (from) => target.entry(newName, (to) => fs.linkSync(from, to)));
  }

  rename(name: string, dir: Directory, newName: string): void {
    const target = this.sameSystem(dir);
    this.entry(name, (from) =>
      target.entry(newName, (to) => {
        this.disk.fs.renameSync(from, to);
        pathMoved(from, to);
      }),
    );
  }

  setTimes(name: string | undefined, atim: bigint | undefined, mtim: bigint | undefined): void {
    const { fs, times } = this.disk;
    const set = (path: string): void => {
      const read = () => toStat(fs.lstatSync(path, { bigint: true }));
      times.set(read, atim, mtim, (a, m) => fs.lutimesSync(path, a, m));
    };
    if (name === undefined) sys(() => this.within((base) => set(this.self(base))));
    else this.entry(name, set);
  }

  sync(): void {
    const { fs, windows } = this.disk;
    if (windows) return;
    const flags = fs.constants.O_RDONLY | fs.constants.O_DIRECTORY;
    const open = (base: string) => new NodeFile(this.disk, fs.openSync(this.self(base), flags));
    const file = sys(() => this.within(open, (opened) => opened.close()));
    try {
      file.sync();
    } finally {
      file.close();
    }
  }

  /** Runs a call of the host on the path of an entry; throws its failures as `WasiError`. */
  protected entry<T>(name: string, call: (path: string) => T, undo?: (result: T) => void): T {
    if (this.disk.windows && WINDOWS_NAMES.test(name)) fail('INVAL');
    return sys(() => this.within((base) => call(`${base}/${name}`), undo));
  }

  /** `dir`, if it is on the host's file system too. */
  private sameSystem(dir: Directory): NodeDirectory {
    if (!(dir instanceof NodeDirectory)) fail('XDEV');
    return dir;
  }
}
