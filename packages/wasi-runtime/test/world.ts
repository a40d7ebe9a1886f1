import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FILETYPE, OFLAGS } from '../src/core/types.js';
import type { Directory } from '../src/index.js';
import { MemoryFileSystem, NodeHost } from '../src/index.js';
import { NodeFileSystem } from '../src/node/file-system.js';
import { DIRECTORY, type Guest, INHERIT, READ_WRITE } from './guest.js';

/** Files outside and inside the preopen, made anew for each test. */
export interface World {
  /** Holds `outside` and the preopen `root`. */
  base: Directory;
  /** Absolute path of `base`; in memory there is none, and any absolute path will do. */
  path: string;
  /** The directory at a path below `base`, by a host object of its own where there can be several. */
  at(path: string): Directory;
  clean(): void;
}

/** A world on disk, in a new folder of `parent`. */
export function disk(parent = tmpdir()): World {
  return onDisk(parent, (path) => new NodeHost().directory(path));
}

/** A world on disk whose directories are known by their paths, as where there is no `/proc`. */
export function diskByPaths(parent = tmpdir()): World {
  return onDisk(parent, (path) => new NodeFileSystem(false).directory(path));
}

/** A world on disk; each of its views is of a file system object of its own. */
function onDisk(parent: string, open: (path: string) => Directory): World {
  const path = realpathSync(mkdtempSync(join(parent, 'wasi-confined-')));
  return {
    base: open(path),
    path,
    at: (below) => open(join(path, below)),
    clean: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** A world in memory. */
export function memory(): World {
  const files = new MemoryFileSystem();
  const at = (path: string) => files.directory(path);
  return { base: files.root, path: '/base', at, clean: () => {} };
}

/** Makes a file. */
export function write(directory: Directory, name: string, text: string): void {
  const mode = { read: false, write: true, create: true, exclusive: true, truncate: false };
  const file = directory.open(name, mode);
  file.write([new TextEncoder().encode(text)], 0);
  file.close();
}

/** All that a change would show in: names, types, contents and times. */
export function snapshot(directory: Directory, prefix = ''): string[] {
  return directory.list().flatMap((name) => {
    const { filetype, size, mtim, nlink } = directory.lookup(name)!;
    const line = `${prefix}${name} ${filetype} ${size} ${mtim}`;
    if (filetype === FILETYPE.DIRECTORY) {
      return [line, ...snapshot(directory.directory(name), `${prefix}${name}/`)];
    }
    if (filetype !== FILETYPE.REGULAR_FILE) return `${line} ${directory.readlink(name)}`;
    const mode = { read: true, write: false, create: false, exclusive: false, truncate: false };
    const file = directory.open(name, mode);
    const content = new Uint8Array(Number(size));
    file.read([content], 0);
    file.close();
    return `${line} ${nlink} ${new TextDecoder().decode(content)}`;
  });
}

/** The places that confinement is tested in. */
export const WORLDS: [string, () => World][] = [
  ['disk', () => disk()],
  ['disk, known by paths', () => diskByPaths()],
  ['memory', memory],
];

/** Every operation on paths; `out` leads to a directory outside. */
export const OPERATIONS: [string, (guest: Guest, out: string) => unknown][] = [
  ['open for reading', (g, out) => g.open(3, `${out}/secret`)],
  ['open without following', (g, out) => g.open(3, `${out}/secret`, { follow: false })],
  ['open for writing', (g, out) => g.open(3, `${out}/secret`, { rights: READ_WRITE })],
  ['open without rights', (g, out) => g.open(3, `${out}/secret`, { rights: 0 })],
  ['open and cut', (g, out) => g.open(3, `${out}/secret`, { oflags: OFLAGS.TRUNC })],
  ['create', (g, out) => g.open(3, `${out}/new`, { oflags: OFLAGS.CREAT, rights: READ_WRITE })],
  ['create anew', (g, out) => g.open(3, `${out}/new`, { oflags: OFLAGS.CREAT | OFLAGS.EXCL })],
  ['open the directory', (g, out) => g.open(3, `${out}/sub`, { rights: DIRECTORY })],
  ['open the way', (g, out) => g.open(3, `${out}/.`, { rights: DIRECTORY, inheriting: INHERIT })],
  ['stat', (g, out) => g.stat(3, `${out}/secret`, 0)],
  ['stat following', (g, out) => g.stat(3, `${out}/secret`, 1)],
  ['stat of what is not there', (g, out) => g.stat(3, `${out}/nothing`, 1)],
  ['set times', (g, out) => setTimes(g, `${out}/secret`, 1)],
  ['set times without following', (g, out) => setTimes(g, `${out}/secret`, 0)],
  ['make a directory', (g, out) => g.path('path_create_directory', 3, `${out}/new`)],
  ['remove a directory', (g, out) => g.path('path_remove_directory', 3, `${out}/sub`)],
  ['unlink', (g, out) => g.path('path_unlink_file', 3, `${out}/secret`)],
  ['make a link', (g, out) => g.symlink('x', 3, `${out}/new`)],
  ['read a link', (g, out) => readlink(g, `${out}/link`)],
  ['hard link from', (g, out) => g.link(3, `${out}/secret`, 3, 'stolen')],
  ['hard link from, following', (g, out) => g.link(3, `${out}/secret`, 3, 'stolen', 1)],
  ['hard link to', (g, out) => g.link(3, 'inside', 3, `${out}/new`)],
  ['rename from', (g, out) => g.rename(3, `${out}/secret`, 3, 'stolen')],
  ['rename to', (g, out) => g.rename(3, 'inside', 3, `${out}/new`)],
  ['rename over', (g, out) => g.rename(3, 'inside', 3, `${out}/secret`)],
];

/** `path_filestat_set_times` to the beginning of time. */
export function setTimes(guest: Guest, path: string, follow: number): string {
  return guest.run('path_filestat_set_times', 3, follow, ...guest.put(path), 0n, 0n, 5);
}

/** `path_readlink`; the target, or the error's name. */
export function readlink(guest: Guest, path: string): string {
  const error = guest.run('path_readlink', 3, ...guest.put(path), 100_000, 1000, guest.out);
  return error === 'SUCCESS' ? `-> ${guest.text(100_000, guest.u32())}` : error;
}
