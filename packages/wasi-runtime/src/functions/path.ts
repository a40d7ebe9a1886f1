import { type Context, guestPath } from '../core/context.js';
import type { DirectoryDescriptor } from '../core/descriptors.js';
import { fail } from '../core/errno.js';
import { type Resolved, resolve } from '../core/resolve.js';
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

/** The functions that take a path, relative to a directory's descriptor. */
export function pathFunctions(c: Context) {
  const { descriptors } = c;

  /** Checks that an entry can be made at a resolved place: it is free and may be written to. */
  function checkFree(at: Resolved, descriptor: DirectoryDescriptor): void {
    if (at.stat) fail('EXIST');
    if (descriptor.readonly) fail('ROFS');
  }

  return {
    /** `path_create_directory`. */
    path_create_directory(fd: number, path: number, length: number): void {
      const descriptor = descriptors.directory(fd, RIGHTS.PATH_CREATE_DIRECTORY);
      const at = resolve(descriptor.directory, guestPath(c, path, length), 'never');
      checkFree(at, descriptor);
      at.directory.mkdir(at.name);
    },

    /** `path_filestat_get`. */
    path_filestat_get(fd: number, flags: number, path: number, length: number, out: number): void {
      const { directory } = descriptors.directory(fd, RIGHTS.PATH_FILESTAT_GET);
      const at = resolve(directory, guestPath(c, path, length), lastLink(flags));
      isDirectory(at);
      c.layout.filestat(c.memory, out, at.stat!);
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
      const at = resolve(descriptor.directory, guestPath(c, path, length), lastLink(flags));
      isDirectory(at);
      if (descriptor.readonly) fail('ROFS');
      at.directory.setTimes(at.name || undefined, times.atim, times.mtim);
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
      const from = resolve(source.directory, guestPath(c, oldPath, oldLength), lastLink(oldFlags));
      const to = resolve(target.directory, guestPath(c, newPath, newLength), 'never');
      if (isDirectory(from)) fail('PERM');
      checkFree(to, target);
      if (to.mustBeDirectory) fail('NOENT');
      if (source.readonly) fail('ROFS');
      from.directory.link(from.name, to.directory, to.name);
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

      const text = guestPath(c, path, length);
      const at = resolve(parent.directory, text, exclusive ? 'never' : last);
      if (at.stat && exclusive) fail('EXIST');
      const { readonly } = parent;
      if (at.stat?.filetype === FILETYPE.DIRECTORY) {
        if (create || truncate || newBase & RIGHTS.FD_WRITE) fail('ISDIR');
        const opened = at.name ? at.directory.directory(at.name) : at.directory;
        const directory = opened.hold();
        const number = descriptors.add({
          kind: 'directory',
          filetype: FILETYPE.DIRECTORY,
          base: newBase & RIGHTS_DIRECTORY,
          inheriting: newInheriting,
          flags: fdflags,
          directory,
          preopen: undefined,
          readonly,
          listing: undefined,
        });
        c.memory.setU32(out, number);
        return;
      }
      if (!at.stat && create && at.mustBeDirectory) fail('ISDIR');
      if (!at.stat && !create) fail('NOENT');
      if (at.stat?.filetype === FILETYPE.SYMBOLIC_LINK) fail('LOOP');
      if (at.mustBeDirectory || onlyDirectory) fail('NOTDIR');
      const write = (newBase & RIGHTS_NEED_WRITE) !== 0;
      if (readonly && (!at.stat || write || truncate)) fail('ROFS');
      const read = (newBase & RIGHTS.FD_READ) !== 0;
      const file = at.directory.open(at.name, { read, write, create, exclusive, truncate });
      const { filetype } = file.stat();
      const number = descriptors.add({
        kind: 'file',
        filetype,
        base: newBase & RIGHTS_FILE,
        inheriting: newInheriting,
        flags: fdflags,
        file,
        position: filetype === FILETYPE.REGULAR_FILE ? 0 : null,
        readonly,
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
      const { directory } = descriptors.directory(fd, RIGHTS.PATH_READLINK);
      const at = resolve(directory, guestPath(c, path, length), 'unless-slash');
      isDirectory(at);
      if (at.stat!.filetype !== FILETYPE.SYMBOLIC_LINK) fail('INVAL');
      const target = at.directory.readlink(at.name);
      if (target[0] === '/') fail('NOTCAPABLE');
      const bytes = encodeUtf8(target).subarray(0, space);
      c.memory.bytes(out, 4);
      c.memory.bytes(buffer, space).set(bytes);
      c.memory.setU32(out, bytes.length);
    },

    /** `path_remove_directory`. */
    path_remove_directory(fd: number, path: number, length: number): void {
      const descriptor = descriptors.directory(fd, RIGHTS.PATH_REMOVE_DIRECTORY);
      const at = resolve(descriptor.directory, guestPath(c, path, length), 'never');
      if (!isDirectory(at)) fail('NOTDIR');
      if (!at.name) fail('INVAL');
      if (descriptor.readonly) fail('ROFS');
      at.directory.rmdir(at.name);
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
      const from = resolve(source.directory, guestPath(c, oldPath, oldLength), 'never');
      const to = resolve(target.directory, guestPath(c, newPath, newLength), 'never');
      const directory = isDirectory(from);
      if (!from.name || !to.name) fail('BUSY');
      if (to.mustBeDirectory && (!directory || (to.stat && !isDirectory(to)))) fail('NOTDIR');
      if (source.readonly || target.readonly) fail('ROFS');
      from.directory.rename(from.name, to.directory, to.name);
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
      const at = resolve(descriptor.directory, guestPath(c, newPath, newLength), 'never');
      checkFree(at, descriptor);
      if (at.mustBeDirectory) fail('NOENT');
      at.directory.symlink(target, at.name);
    },

    /** `path_unlink_file`. */
    path_unlink_file(fd: number, path: number, length: number): void {
      const descriptor = descriptors.directory(fd, RIGHTS.PATH_UNLINK_FILE);
      const at = resolve(descriptor.directory, guestPath(c, path, length), 'never');
      if (isDirectory(at)) fail('ISDIR');
      if (descriptor.readonly) fail('ROFS');
      at.directory.unlink(at.name);
    },
  };
}
