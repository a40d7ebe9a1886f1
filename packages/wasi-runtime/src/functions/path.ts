import { type Context, guestPath } from '../core/context.js';
import { fail } from '../core/errno.js';
import {
  linkAt,
  makeDirectoryAt,
  openAt,
  readlinkAt,
  removeDirectoryAt,
  renameAt,
  setTimesAt,
  statAt,
  symlinkAt,
  unlinkAt,
} from '../core/path-operations.js';
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

/** Rights asked for, within what may be inherited; bits without meaning are dropped. */
function askedRights(rights: bigint, inheriting: number): number {
  const asked = Number(rights & BigInt(RIGHTS_ALL));
  if (asked & ~inheriting) fail('NOTCAPABLE');
  return asked;
}

/** The functions that take a path, relative to a directory's descriptor. */
export function pathFunctions(c: Context) {
  const { descriptors } = c;
  return {
    /** `path_create_directory`. */
    path_create_directory(fd: number, path: number, length: number): void {
      const descriptor = descriptors.directory(fd, RIGHTS.PATH_CREATE_DIRECTORY);
      makeDirectoryAt(descriptor, guestPath(c, path, length));
    },

    /** `path_filestat_get`. */
    path_filestat_get(fd: number, flags: number, path: number, length: number, out: number): void {
      const descriptor = descriptors.directory(fd, RIGHTS.PATH_FILESTAT_GET);
      const last = lastLink(flags);
      c.layout.filestat(c.memory, out, statAt(descriptor, guestPath(c, path, length), last));
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
      const last = lastLink(flags);
      setTimesAt(descriptor, guestPath(c, path, length), last, times);
    },

    /** `path_link`. */
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
      const last = lastLink(oldFlags);
      const from = guestPath(c, oldPath, oldLength);
      linkAt(source, from, last, target, guestPath(c, newPath, newLength));
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
      const opened = openAt(parent, guestPath(c, path, length), {
        last,
        create,
        exclusive: create && (oflags & OFLAGS.EXCL) !== 0,
        truncate,
        onlyDirectory,
        read: (newBase & RIGHTS.FD_READ) !== 0,
        write: (newBase & RIGHTS.FD_WRITE) !== 0,
        resize: (newBase & RIGHTS_NEED_WRITE) !== 0,
      });
      const common = { inheriting: newInheriting, flags: fdflags, readonly: parent.readonly };
      const number =
        opened.kind === 'directory'
          ? descriptors.add({
              ...common,
              ...opened,
              filetype: FILETYPE.DIRECTORY,
              base: newBase & RIGHTS_DIRECTORY,
              preopen: undefined,
              listing: undefined,
            })
          : descriptors.add({
              ...common,
              ...opened,
              base: newBase & RIGHTS_FILE,
              position: opened.filetype === FILETYPE.REGULAR_FILE ? 0 : null,
            });
      c.memory.setU32(out, number);
    },

    /** `path_readlink`: the target, cut off at `space` bytes. */
    path_readlink(
      fd: number,
      path: number,
      length: number,
      buffer: number,
      space: number,
      out: number,
    ): void {
      const descriptor = descriptors.directory(fd, RIGHTS.PATH_READLINK);
      const target = readlinkAt(descriptor, guestPath(c, path, length));
      const bytes = encodeUtf8(target).subarray(0, space);
      c.memory.bytes(out, 4);
      c.memory.bytes(buffer, space).set(bytes);
      c.memory.setU32(out, bytes.length);
    },

    /** `path_remove_directory`. */
    path_remove_directory(fd: number, path: number, length: number): void {
      const descriptor = descriptors.directory(fd, RIGHTS.PATH_REMOVE_DIRECTORY);
      removeDirectoryAt(descriptor, guestPath(c, path, length));
    },

    /** `path_rename`. */
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
      const from = guestPath(c, oldPath, oldLength);
      renameAt(source, from, target, guestPath(c, newPath, newLength));
    },

    /** `path_symlink`. */
    path_symlink(
      oldPath: number,
      oldLength: number,
      fd: number,
      newPath: number,
      newLength: number,
    ): void {
      const descriptor = descriptors.directory(fd, RIGHTS.PATH_SYMLINK);
      const target = guestPath(c, oldPath, oldLength);
      symlinkAt(descriptor, target, guestPath(c, newPath, newLength));
    },

    /** `path_unlink_file`. */
    path_unlink_file(fd: number, path: number, length: number): void {
      const descriptor = descriptors.directory(fd, RIGHTS.PATH_UNLINK_FILE);
      unlinkAt(descriptor, guestPath(c, path, length));
    },
  };
}
