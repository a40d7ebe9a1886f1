/**
 * What can be done at a path below a directory, for every version of WASI: gets the directory and the path as
 * text, gives plain values, throws `WasiError`. Must hold: a path is only ever walked by `resolve`, and nothing
 * changes below a directory that is read-only (`EROFS`).
 */
import { fail } from './errno.js';
import type { Directory, OpenFile, OpenMode, Stat } from './host.js';
import { type LastLink, type Resolved, resolve } from './resolve.js';
import { FILETYPE } from './types.js';

/** Where a path begins. */
export interface Start {
  readonly directory: Directory;
  /** Nothing below it may change. */
  readonly readonly: boolean;
}

/** Times to be set, in nanoseconds; `undefined` where one is kept. */
export interface Times {
  atim: bigint | undefined;
  mtim: bigint | undefined;
}

/** How something is to be opened. */
export interface OpenRequest {
  last: 'follow' | 'unless-slash';
  create: boolean;
  exclusive: boolean;
  truncate: boolean;
  /** `ENOTDIR` for what is none. */
  onlyDirectory: boolean;
  read: boolean;
  /** Contents are to be written: no directory can be meant. */
  write: boolean;
  /** The file may be resized, though nothing is written. */
  resize: boolean;
}

/** What has been opened: a directory, held, or a file. */
export type Opened =
  | { kind: 'directory'; directory: Directory }
  | { kind: 'file'; file: OpenFile; filetype: number };

/** Whether a resolved path means a directory, after checking that it does if it ends in a slash. */
function isDirectory({ stat, mustBeDirectory }: Resolved): boolean {
  if (!stat) fail('NOENT');
  const directory = stat.filetype === FILETYPE.DIRECTORY;
  if (mustBeDirectory && !directory) fail('NOTDIR');
  return directory;
}

/** Checks that an entry can be made at a resolved place: it is free and may be written to. */
function checkFree(place: Resolved, { readonly }: Start): void {
  if (place.stat) fail('EXIST');
  if (readonly) fail('ROFS');
}

/**
 * Opens what was found at a place, or makes a regular file. Throws `EISDIR`, or `ENXIO` for a device
 * or pipe, when that has taken the place of what was found.
 */
function openFile(at: Resolved, mode: OpenMode): { file: OpenFile; filetype: number } {
  const expected = at.stat?.filetype ?? FILETYPE.REGULAR_FILE;
  const special = expected !== FILETYPE.REGULAR_FILE;
  const file = at.directory.open(at.name, { ...mode, special });
  try {
    const { filetype } = file.stat();
    if (filetype === FILETYPE.DIRECTORY) fail('ISDIR');
    if (filetype !== expected && filetype !== FILETYPE.REGULAR_FILE) fail('NXIO');
    return { file, filetype };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Makes a directory. */
export function makeDirectoryAt(start: Start, path: string): void {
  resolve(start.directory, path, 'never', (place) => {
    checkFree(place, start);
    place.directory.mkdir(place.name);
  });
}

/** State of what a path names. */
export function statAt(start: Start, path: string, last: LastLink): Stat {
  return resolve(start.directory, path, last, (place) => {
    isDirectory(place);
    return place.stat!;
  });
}

/** Sets the times of what a path names. */
export function setTimesAt(start: Start, path: string, last: LastLink, times: Times): void {
  resolve(start.directory, path, last, (place) => {
    isDirectory(place);
    if (start.readonly) fail('ROFS');
    place.directory.setTimes(place.name || undefined, times.atim, times.mtim);
  });
}

/** Makes a hard link; both directories have to be writable, as a link shares its file. */
export function linkAt(
  source: Start,
  oldPath: string,
  last: LastLink,
  target: Start,
  newPath: string,
): void {
  resolve(source.directory, oldPath, last, (from) =>
    resolve(target.directory, newPath, 'never', (to) => {
      if (isDirectory(from)) fail('PERM');
      checkFree(to, target);
      if (to.mustBeDirectory) fail('NOENT');
      if (source.readonly) fail('ROFS');
      from.directory.link(from.name, to.directory, to.name);
    }),
  );
}

/** Opens what a path names, or makes a file there. */
export function openAt(start: Start, path: string, request: OpenRequest): Opened {
  const { create, exclusive, truncate, onlyDirectory } = request;
  const { readonly } = start;
  return resolve(start.directory, path, exclusive ? 'never' : request.last, (place): Opened => {
    const { directory, name, stat, mustBeDirectory } = place;
    if (stat && exclusive) fail('EXIST');
    if (stat?.filetype === FILETYPE.DIRECTORY) {
      if (create || truncate || request.write) fail('ISDIR');
      return {
        kind: 'directory',
        directory: (name ? directory.directory(name) : directory).hold(),
      };
    }
    if (!stat && create && mustBeDirectory) fail('ISDIR');
    if (!stat && !create) fail('NOENT');
    if (stat?.filetype === FILETYPE.SYMBOLIC_LINK) fail('LOOP');
    if (mustBeDirectory || onlyDirectory) fail('NOTDIR');
    const write = request.write || request.resize;
    if (readonly && (!stat || write || truncate)) fail('ROFS');
    const file = openFile(place, {
      read: request.read,
      write,
      // What is there now may be gone by the time it is opened.
      create: create && !readonly,
      exclusive,
      truncate,
    });
    return { kind: 'file', ...file };
  });
}

/** The target of a link; an absolute one is not told (`ENOTCAPABLE`). */
export function readlinkAt(start: Start, path: string): string {
  const target = resolve(start.directory, path, 'unless-slash', (place) => {
    isDirectory(place);
    if (place.stat!.filetype !== FILETYPE.SYMBOLIC_LINK) fail('INVAL');
    return place.directory.readlink(place.name);
  });
  if (target[0] === '/') fail('NOTCAPABLE');
  return target;
}

/** Removes an empty directory. */
export function removeDirectoryAt(start: Start, path: string): void {
  resolve(start.directory, path, 'never', (place) => {
    // A link is no directory, whatever it leads to; but with a slash behind it, it must not lead out.
    if (place.mustBeDirectory && place.stat?.filetype === FILETYPE.SYMBOLIC_LINK)
      resolve(start.directory, path, 'follow', () => {});
    if (!isDirectory(place)) fail('NOTDIR');
    if (!place.name) fail('INVAL');
    if (start.readonly) fail('ROFS');
    place.directory.rmdir(place.name);
  });
}

/** Renames; both directories have to be writable. */
export function renameAt(source: Start, oldPath: string, target: Start, newPath: string): void {
  resolve(source.directory, oldPath, 'never', (from) =>
    resolve(target.directory, newPath, 'never', (to) => {
      const directory = isDirectory(from);
      if (!from.name || !to.name) fail('BUSY');
      if (to.mustBeDirectory && (!directory || (to.stat && !isDirectory(to)))) fail('NOTDIR');
      if (source.readonly || target.readonly) fail('ROFS');
      from.directory.rename(from.name, to.directory, to.name);
    }),
  );
}

/** Makes a symbolic link; an absolute target is refused, as it could only lead out. */
export function symlinkAt(start: Start, target: string, path: string): void {
  if (target === '') fail('NOENT');
  if (target.includes('\0')) fail('INVAL');
  if (target[0] === '/') fail('NOTCAPABLE');
  resolve(start.directory, path, 'never', (place) => {
    checkFree(place, start);
    if (place.mustBeDirectory) fail('NOENT');
    place.directory.symlink(target, place.name);
  });
}

/** Removes an entry that is no directory. */
export function unlinkAt(start: Start, path: string): void {
  resolve(start.directory, path, 'never', (place) => {
    if (isDirectory(place)) fail('ISDIR');
    if (start.readonly) fail('ROFS');
    place.directory.unlink(place.name);
  });
}
