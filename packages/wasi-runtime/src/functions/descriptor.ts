import { type Context, toNumber } from '../core/context.js';
import type { Descriptor } from '../core/descriptors.js';
import { fail } from '../core/errno.js';
import type { Stat } from '../core/host.js';
import { Listing } from '../core/listing.js';
import { requestedTimes } from '../core/times.js';
import { RIGHTS, RIGHTS_ALL } from '../core/types.js';
import { encodeUtf8 } from '../core/utf8.js';

/** Size of the header of a `dirent` in bytes. */
const DIRENT_SIZE = 24;

/** State of what a descriptor stands for; a stream without any of its own has only a type. */
function statOf(descriptor: Descriptor): Stat {
  if (descriptor.kind === 'file') return descriptor.file.stat();
  if (descriptor.kind === 'directory') return descriptor.directory.stat();
  const own = descriptor.kind === 'stream' ? descriptor.stream.stat?.() : undefined;
  if (own) return own;
  const { filetype } = descriptor;
  return { dev: 0n, ino: 0n, filetype, nlink: 1n, size: 0n, atim: 0n, mtim: 0n, ctim: 0n };
}

/** The functions that manage descriptors and what they say of their files. */
export function descriptorFunctions(c: Context) {
  const { descriptors } = c;
  return {
    /** `fd_close`. */
    fd_close(fd: number): void {
      descriptors.close(fd);
    },

    /** `fd_renumber`: `to` has to be open, and is closed first. */
    fd_renumber(from: number, to: number): void {
      descriptors.renumber(from, to);
    },

    /** `fd_fdstat_get`. */
    fd_fdstat_get(fd: number, out: number): void {
      const { filetype, flags, base, inheriting } = descriptors.get(fd);
      c.memory.bytes(out, 24).fill(0);
      c.memory.setU8(out, filetype);
      c.memory.setU16(out + 2, flags);
      c.memory.setU64(out + 8, BigInt(base));
      c.memory.setU64(out + 16, BigInt(inheriting));
    },

    /** `fd_fdstat_set_flags`. */
    fd_fdstat_set_flags(fd: number, flags: number): void {
      const descriptor = descriptors.withRights(fd, RIGHTS.FD_FDSTAT_SET_FLAGS);
      if (flags & ~31) fail('INVAL');
      descriptor.flags = flags;
    },

    /** `fd_fdstat_set_rights`: rights can only be given up. */
    fd_fdstat_set_rights(fd: number, base: bigint, inheriting: bigint): void {
      const descriptor = descriptors.get(fd);
      const allowed = (wanted: bigint, present: number): number => {
        const unsigned = BigInt.asUintN(64, wanted);
        if (unsigned > BigInt(RIGHTS_ALL)) fail('NOTCAPABLE');
        if (Number(unsigned) & ~present) fail('NOTCAPABLE');
        return Number(unsigned);
      };
      const newBase = allowed(base, descriptor.base);
      descriptor.inheriting = allowed(inheriting, descriptor.inheriting);
      descriptor.base = newBase;
    },

    /** `fd_filestat_get`. */
    fd_filestat_get(fd: number, out: number): void {
      const descriptor = descriptors.withRights(fd, RIGHTS.FD_FILESTAT_GET);
      c.layout.filestat(c.memory, out, statOf(descriptor));
    },

    /** `fd_filestat_set_size`: cuts, or extends with zeros. */
    fd_filestat_set_size(fd: number, size: bigint): void {
      const descriptor = descriptors.file(fd, RIGHTS.FD_FILESTAT_SET_SIZE, 'INVAL');
      if (BigInt.asIntN(64, size) < 0n) fail('INVAL');
      const bytes = toNumber(size, 'FBIG');
      if (descriptor.position === null) fail('INVAL');
      if (descriptor.readonly) fail('ROFS');
      if (bytes > c.limits.fileSize) fail('FBIG');
      descriptor.file.truncate(bytes);
    },

    /** `fd_filestat_set_times`. */
    fd_filestat_set_times(fd: number, atim: bigint, mtim: bigint, flags: number): void {
      const descriptor = descriptors.withRights(fd, RIGHTS.FD_FILESTAT_SET_TIMES);
      const times = requestedTimes(c, atim, mtim, flags);
      if (descriptor.kind !== 'file' && descriptor.kind !== 'directory') fail('INVAL');
      if (descriptor.readonly) fail('ROFS');
      if (descriptor.kind === 'file') descriptor.file.setTimes(times.atim, times.mtim);
      else descriptor.directory.setTimes(undefined, times.atim, times.mtim);
    },

    /** `fd_prestat_get`: a listener says a type that no program knows and so passes over. */
    fd_prestat_get(fd: number, out: number): void {
      const descriptor = descriptors.get(fd);
      const name = descriptor.kind === 'directory' ? descriptor.preopen : undefined;
      if (!name && descriptor.kind !== 'listener') fail('BADF');
      c.memory.bytes(out, 8).fill(0);
      c.memory.setU8(out, name ? 0 : 1);
      c.memory.setU32(out + 4, name ? name.length : 0);
    },

    /** `fd_prestat_dir_name`: the guest's name of a preopen; `ENAMETOOLONG` when the space is short. */
    fd_prestat_dir_name(fd: number, pointer: number, length: number): void {
      const descriptor = descriptors.get(fd);
      if (descriptor.kind !== 'directory') fail('NOTDIR');
      if (!descriptor.preopen) fail('BADF');
      if (length < descriptor.preopen.length) fail('NAMETOOLONG');
      c.memory.bytes(pointer, descriptor.preopen.length).set(descriptor.preopen);
    },

    /**
     * `fd_readdir`: fills the buffer with entries after `cookie`, the last one cut off if need be;
     * fewer bytes than asked for mean the end. `..` has the inode of the directory itself, so that
     * nothing is told of what lies above a preopen.
     */
    fd_readdir(fd: number, pointer: number, length: number, cookie: bigint, out: number): void {
      const descriptor = descriptors.directory(fd, RIGHTS.FD_READDIR);
      const buffer = c.memory.bytes(pointer, length);
      c.memory.bytes(out, 4);
      const { directory } = descriptor;
      const own = directory.stat();
      if (!descriptor.listing || cookie === 0n) {
        descriptor.listing ??= new Listing();
        descriptor.listing.refresh(directory);
      }
      const entry = new Uint8Array(DIRENT_SIZE);
      const view = new DataView(entry.buffer);
      const put = (bytes: Uint8Array): void => {
        buffer.set(bytes.subarray(0, length - used), used);
        used = Math.min(length, used + bytes.length);
      };
      let used = 0;
      const { listing } = descriptor;
      let at = listing.after(Number(BigInt.asUintN(64, cookie)));
      for (; used < length; at++) {
        const listed = listing.entry(at);
        if (!listed) break;
        const { name, cookie: next } = listed;
        const stat = next <= 2 ? own : directory.lookup(name);
        if (!stat) continue;
        const bytes = encodeUtf8(name);
        view.setBigUint64(0, BigInt(next), true);
        view.setBigUint64(8, BigInt.asUintN(64, stat.ino), true);
        view.setUint32(16, bytes.length, true);
        view.setUint8(20, stat.filetype);
        put(entry);
        put(bytes);
      }
      c.memory.setU32(out, used);
    },
  };
}
