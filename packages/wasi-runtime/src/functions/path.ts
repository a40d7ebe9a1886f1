import { type Context, guestPath } from '../core/context.js';
import type { DirectoryDescriptor } from '../core/descriptors.js';
import { fail } from '../core/errno.js';
import type { OpenFile, OpenMode } from '../core/host.js';
import { type LastLink, type Resolved, resolve } from '../core/resolve.js';
import { requestedTimes } from '../core/times.js';
import {
  FILETYPE,
  LOOKUP_SYMLINK_FOLLOW,
  OFLAGS,
  RIGHTS,
  RIGHTS_ALL,
  RIGHTS_DIRECTORY,
  RIGHTS_FILE,
  RIGHTS_NEED_WRITE,
} from '../core/types.js';
import { encodeUtf8 } from '../core/utf8.js';

/** Checks `lookupflags` and says what they mean for the last component. */
function lastLink(flags: number): 'follow' | 'unless-slash' {
  if (flags & ~LOOKUP_SYMLINK_FOLLOW) fail('INVAL');
  return flags & LOOKUP_SYMLINK_FOLLOW ? 'follow' : 'unless-slash';
}

/** Whether a resolved path means a directory, after checking that it does if it ends in a slash. */
function isDirectory({ stat, mustBeDirectory }: Resolved): boolean {
  if (!stat) fail('NOENT');
  const directory = stat.filetype === FILETYPE.DIRECTORY;
  if (mustBeDirectory && !directory) fail('NOTDIR');
  return directory;
}

/** Rights asked for, within what may be inherited; bits without meaning are dropped. */
function askedRights(rights: bigint, inheriting: number): number {
  const asked = Number(rights & BigInt(RIGHTS_ALL));
  if (asked & ~inheriting) fail('NOTCAPABLE');
  return asked;
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

/** The functions that take a path, relative to a directory's descriptor. */
export function pathFunctions(c: Context) {
  const { descriptors } = c;

  /** Does something at the path that the guest gives. */
  function at<T>(
    descriptor: DirectoryDescriptor,
    path: number,
    length: number,
    last: LastLink,
    use: (at: Resolved) => T,
  ): T {
    return resolve(descriptor.directory, guestPath(c, path, length), last, use);
  }

  /** Checks that an entry can be made at a resolved place: it is free and may be written to. */
  function checkFree(place: Resolved, descriptor: DirectoryDescriptor): void {
    if (place.stat) fail('EXIST');
    if (descriptor.readonly) fail('ROFS');
  }

  return {
    /** `path_create_directory`. */
    path_create_directory(fd: number, path: number, length: number): void {
      const descriptor = descriptors.directory(fd, RIGHTS.PATH_CREATE_DIRECTORY);
      at(descriptor, path, length, 'never', (place) => {
        checkFree(place, descriptor);
        place.directory.mkdir(place.name);
      });
    },

    /** `path_filestat_get`. */
    path_filestat_get(fd: number, flags: number, path: number, length: number, out: number): void {
      const descriptor = descriptors.directory(fd, RIGHTS.PATH_FILESTAT_GET);
      at(descriptor, path, length, lastLink(flags), (place) => {
        isDirectory(place);
        c.layout.filestat(c.memory, out, place.stat!);
      });
    },

    /** `path_filestat_set_times`. */
    path_filestat_set_times(
      fd: number,
      flags: number,
      path: number,
      length: number,
      atim: bigint,
      mtim: bigint,
      which: number,
    ): void {
      const descriptor = descriptors.directory(fd, RIGHTS.PATH_FILESTAT_SET_TIMES);
      const times = requestedTimes(c, atim, mtim, which);
      at(descriptor, path, length, lastLink(flags), (place) => {
        isDirectory(place);
        if (descriptor.readonly) fail('ROFS');
        place.directory.setTimes(place.name || undefined, times.atim, times.mtim);
      });
    },

    /** `path_link`: both directories have to be writable, as a link shares its file. */
    path_link(
      oldFd: number,
      oldFlags: number,
      oldPath: number,
      oldLength: number,
      newFd: number,
      newPath: number,
      newLength: number,
    ): void {
      const source = descriptors.directory(oldFd, RIGHTS.PATH_LINK_SOURCE);
      const target = descriptors.directory(newFd, RIGHTS.PATH_LINK_TARGET);
      at(source, oldPath, oldLength, lastLink(oldFlags), (from) =>
        at(target, newPath, newLength, 'never', (to) => {
          if (isDirectory(from)) fail('PERM');
          checkFree(to, target);
          if (to.mustBeDirectory) fail('NOENT');
          if (source.readonly) fail('ROFS');
          from.directory.link(from.name, to.directory, to.name);
        }),
      );
    },

    /**
     * `path_open`. The new descriptor has the rights asked for that mean something on what was
     * opened; asking for one that `fd` cannot pass on is `ENOTCAPABLE`.
     */
    path_open(
      fd: number,
      lookup: number,
      path: number,
      length: number,
      oflags: number,
      base: bigint,
      inheriting: bigint,
      fdflags: number,
      out: number,
    ): void {
      const parent = descriptors.directory(fd, RIGHTS.PATH_OPEN);
      const create = (oflags & OFLAGS.CREAT) !== 0;
      const exclusive = create && (oflags & OFLAGS.EXCL) !== 0;
      const truncate = (oflags & OFLAGS.TRUNC) !== 0;
      const onlyDirectory = (oflags & OFLAGS.DIRECTORY) !== 0;
      if (oflags & ~15 || fdflags & ~31 || (create && onlyDirectory)) fail('INVAL');
      if (create && !(parent.base & RIGHTS.PATH_CREATE_FILE)) fail('NOTCAPABLE');
      if (truncate && !(parent.base & RIGHTS.PATH_FILESTAT_SET_SIZE)) fail('NOTCAPABLE');
      const newBase = askedRights(base, parent.inheriting);
      const newInheriting = askedRights(inheriting, parent.inheriting);
      const last = lastLink(lookup);
      c.memory.bytes(out, 4);
      descriptors.reserve();

      const { readonly } = parent;
      const number = at(parent, path, length, exclusive ? 'never' : last, (place) => {
        const { directory, name, stat, mustBeDirectory } = place;
        if (stat && exclusive) fail('EXIST');
        if (stat?.filetype === FILETYPE.DIRECTORY) {
          if (create || truncate || newBase & RIGHTS.FD_WRITE) fail('ISDIR');
          return descriptors.add({
            kind: 'directory',
            filetype: FILETYPE.DIRECTORY,
            base: newBase & RIGHTS_DIRECTORY,
            inheriting: newInheriting,
            flags: fdflags,
            directory: (name ? directory.directory(name) : directory).hold(),
            preopen: undefined,
            readonly,
            listing: undefined,
          });
        }
        if (!stat && create && mustBeDirectory) fail('ISDIR');
        if (!stat && !create) fail('NOENT');
        if (stat?.filetype === FILETYPE.SYMBOLIC_LINK) fail('LOOP');
        if (mustBeDirectory || onlyDirectory) fail('NOTDIR');
        const write = (newBase & RIGHTS_NEED_WRITE) !== 0;
        if (readonly && (!stat || write || truncate)) fail('ROFS');
        const file = openFile(place, {
          read: (newBase & RIGHTS.FD_READ) !== 0,
          write,
          // What is there now may be gone by the time it is opened.
          create: create && !readonly,
          exclusive,
          truncate,
        });
        return descriptors.add({
          kind: 'file',
          filetype: file.filetype,
          base: newBase & RIGHTS_FILE,
          inheriting: newInheriting,
          flags: fdflags,
          file: file.file,
          position: file.filetype === FILETYPE.REGULAR_FILE ? 0 : null,
          readonly,
        });
      });
      c.memory.setU32(out, number);
    },

    /** `path_readlink`: the target, cut off at `space` bytes; an absolute one is not told. */
    path_readlink(
      fd: number,
      path: number,
      length: number,
      buffer: number,
      space: number,
      out: number,
    ): void {
      const descriptor = descriptors.directory(fd, RIGHTS.PATH_READLINK);
      const target = at(descriptor, path, length, 'unless-slash', (place) => {
        isDirectory(place);
        if (place.stat!.filetype !== FILETYPE.SYMBOLIC_LINK) fail('INVAL');
        return place.directory.readlink(place.name);
      });
      if (target[0] === '/') fail('NOTCAPABLE');
      const bytes = encodeUtf8(target).subarray(0, space);
      c.memory.bytes(out, 4);
      c.memory.bytes(buffer, space).set(bytes);
      c.memory.setU32(out, bytes.length);
    },

    /** `path_remove_directory`. */
    path_remove_directory(fd: number, path: number, length: number): void {
      const descriptor = descriptors.directory(fd, RIGHTS.PATH_REMOVE_DIRECTORY);
      at(descriptor, path, length, 'never', (place) => {
        if (!isDirectory(place)) fail('NOTDIR');
        if (!place.name) fail('INVAL');
        if (descriptor.readonly) fail('ROFS');
        place.directory.rmdir(place.name);
      });
    },

    /** `path_rename`: both directories have to be writable. */
    path_rename(
      fd: number,
      oldPath: number,
      oldLength: number,
      newFd: number,
      newPath: number,
      newLength: number,
    ): void {
      const source = descriptors.directory(fd, RIGHTS.PATH_RENAME_SOURCE);
      const target = descriptors.directory(newFd, RIGHTS.PATH_RENAME_TARGET);
      at(source, oldPath, oldLength, 'never', (from) =>
        at(target, newPath, newLength, 'never', (to) => {
          const directory = isDirectory(from);
          if (!from.name || !to.name) fail('BUSY');
          if (to.mustBeDirectory && (!directory || (to.stat && !isDirectory(to)))) fail('NOTDIR');
          if (source.readonly || target.readonly) fail('ROFS');
          from.directory.rename(from.name, to.directory, to.name);
        }),
      );
    },

    /** `path_symlink`: an absolute target is refused, as it could only lead out. */
    path_symlink(
      oldPath: number,
      oldLength: number,
      fd: number,
      newPath: number,
      newLength: number,
    ): void {
      const descriptor = descriptors.directory(fd, RIGHTS.PATH_SYMLINK);
      const target = guestPath(c, oldPath, oldLength);
      if (target === '') fail('NOENT');
      if (target.includes('\0')) fail('INVAL');
      if (target[0] === '/') fail('NOTCAPABLE');
      at(descriptor, newPath, newLength, 'never', (place) => {
        checkFree(place, descriptor);
        if (place.mustBeDirectory) fail('NOENT');
        place.directory.symlink(target, place.name);
      });
    },

    /** `path_unlink_file`. */
    path_unlink_file(fd: number, path: number, length: number): void {
      const descriptor = descriptors.directory(fd, RIGHTS.PATH_UNLINK_FILE);
      at(descriptor, path, length, 'never', (place) => {
        if (isDirectory(place)) fail('ISDIR');
        if (descriptor.readonly) fail('ROFS');
        place.directory.unlink(place.name);
      });
    },
  };
}
