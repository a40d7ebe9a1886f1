import { readingOwn, totalLength, writingOwn } from '../core/buffers.js';
import { type Context, toNumber } from '../core/context.js';
import type { FileDescriptor } from '../core/descriptors.js';
import { fail } from '../core/errno.js';
import { FDFLAGS, RIGHTS } from '../core/types.js';
import { receive, send } from './socket.js';

/** Writes to a file and flushes where the descriptor's flags ask for it. Returns the count. */
function writeFile(
  c: Context,
  descriptor: FileDescriptor,
  buffers: Uint8Array[],
  position: number | null,
): number {
  if (position !== null && position + totalLength(buffers) > c.limits.fileSize) fail('FBIG');
  const written = descriptor.file.write(writingOwn(buffers), position);
  if (descriptor.flags & (FDFLAGS.DSYNC | FDFLAGS.SYNC)) descriptor.file.sync();
  return written;
}

/** The functions that move bytes and offsets. */
export function inputOutputFunctions(c: Context) {
  const { descriptors, limits, waiter } = c;
  return {
    /** `fd_read`. */
    fd_read(fd: number, iovs: number, count: number, out: number): void {
      const descriptor = descriptors.get(fd);
      if (descriptor.kind === 'directory') fail('ISDIR');
      if (descriptor.kind === 'listener') fail('NOTCONN');
      descriptors.withRights(fd, RIGHTS.FD_READ);
      if (descriptor.kind === 'socket') {
        c.memory.bytes(out, 4);
        c.memory.setU32(out, receive(c, descriptor, iovs, count, 0).count);
        return;
      }
      const buffers = c.memory.iovecs(iovs, count, limits.iovecs);
      c.memory.bytes(out, 4);
      let read = 0;
      if (buffers.length === 0) {
        // Nothing was asked for, so there is nothing to wait for.
      } else if (descriptor.kind === 'file') {
        const { file, position } = descriptor;
        read = readingOwn(buffers, (own) => file.read(own, position));
        if (descriptor.position !== null) descriptor.position += read;
      } else {
        const { stream, flags } = descriptor;
        read = readingOwn(buffers, (own) =>
          waiter.attempt((flags & FDFLAGS.NONBLOCK) !== 0, (nonblock) =>
            stream.read(own, nonblock),
          ),
        );
      }
      c.memory.setU32(out, read);
    },

    /** `fd_write`; with `fdflags.append` always at the end of the file. */
    fd_write(fd: number, iovs: number, count: number, out: number): void {
      const descriptor = descriptors.get(fd);
      if (descriptor.kind === 'directory') fail('ISDIR');
      if (descriptor.kind === 'listener') fail('NOTCONN');
      descriptors.withRights(fd, RIGHTS.FD_WRITE);
      if (descriptor.kind === 'socket') {
        c.memory.bytes(out, 4);
        c.memory.setU32(out, send(c, descriptor, iovs, count));
        return;
      }
      const buffers = c.memory.iovecs(iovs, count, limits.iovecs);
      c.memory.bytes(out, 4);
      let written = 0;
      if (buffers.length === 0) {
        // Nothing to write; the offset stays.
      } else if (descriptor.kind === 'file') {
        let position = descriptor.position;
        if (position !== null && descriptor.flags & FDFLAGS.APPEND) {
          position = Number(descriptor.file.stat().size);
        }
        written = writeFile(c, descriptor, buffers, position);
        if (position !== null) descriptor.position = position + written;
      } else {
        const nonblock = (descriptor.flags & FDFLAGS.NONBLOCK) !== 0;
        written = waiter.write(descriptor.stream, writingOwn(buffers), nonblock);
      }
      c.memory.setU32(out, written);
    },

    /** `fd_pread`: reads at an offset, leaving the descriptor's own. */
    fd_pread(fd: number, iovs: number, count: number, offset: bigint, out: number): void {
      const descriptor = descriptors.file(fd, RIGHTS.FD_READ | RIGHTS.FD_SEEK, 'SPIPE');
      if (descriptor.position === null) fail('SPIPE');
      const buffers = c.memory.iovecs(iovs, count, limits.iovecs);
      c.memory.bytes(out, 4);
      const position = toNumber(offset, 'INVAL');
      const read = (own: Uint8Array[]): number => descriptor.file.read(own, position);
      c.memory.setU32(out, buffers.length ? readingOwn(buffers, read) : 0);
    },

    /** `fd_pwrite`: writes at an offset (as POSIX says, also with `append`), leaving the own one. */
    fd_pwrite(fd: number, iovs: number, count: number, offset: bigint, out: number): void {
      const descriptor = descriptors.file(fd, RIGHTS.FD_WRITE | RIGHTS.FD_SEEK, 'SPIPE');
      if (descriptor.position === null) fail('SPIPE');
      const buffers = c.memory.iovecs(iovs, count, limits.iovecs);
      c.memory.bytes(out, 4);
      const position = toNumber(offset, 'INVAL');
      c.memory.setU32(out, buffers.length ? writeFile(c, descriptor, buffers, position) : 0);
    },

    /** `fd_seek`: a seek by nothing needs only the right to tell. */
    fd_seek(fd: number, offset: bigint, whence: number, out: number): void {
      const [set, current, end] = c.layout.whence;
      const telling = whence === current && offset === 0n;
      const descriptor = descriptors.file(fd, telling ? 0 : RIGHTS.FD_SEEK, 'SPIPE');
      if (telling && !(descriptor.base & (RIGHTS.FD_SEEK | RIGHTS.FD_TELL))) fail('NOTCAPABLE');
      if (descriptor.position === null) fail('SPIPE');
      let start: bigint;
      if (whence === set) start = 0n;
      else if (whence === current) start = BigInt(descriptor.position);
      else if (whence === end) start = descriptor.file.stat().size;
      else fail('INVAL');
      const target = start + BigInt.asIntN(64, offset);
      if (target < 0n || target > BigInt(Number.MAX_SAFE_INTEGER)) fail('INVAL');
      c.memory.setU64(out, target);
      descriptor.position = Number(target);
    },

    /** `fd_tell`. */
    fd_tell(fd: number, out: number): void {
      const descriptor = descriptors.file(fd, RIGHTS.FD_TELL, 'SPIPE');
      if (descriptor.position === null) fail('SPIPE');
      c.memory.setU64(out, BigInt(descriptor.position));
    },

    /** `fd_advise`: checked, then ignored, as advice may be. */
    fd_advise(fd: number, offset: bigint, length: bigint, advice: number): void {
      if (descriptors.get(fd).kind === 'directory') fail('BADF');
      const descriptor = descriptors.file(fd, RIGHTS.FD_ADVISE, 'SPIPE');
      if (descriptor.position === null) fail('SPIPE');
      if (advice > 5 || BigInt.asIntN(64, offset) < 0n || BigInt.asIntN(64, length) < 0n) {
        fail('INVAL');
      }
    },

    /** `fd_allocate`: the file has at least `offset + length` bytes afterwards. */
    fd_allocate(fd: number, offset: bigint, length: bigint): void {
      const descriptor = descriptors.file(fd, RIGHTS.FD_ALLOCATE, 'SPIPE');
      if (descriptor.position === null) fail('NODEV');
      if (BigInt.asIntN(64, offset) < 0n || BigInt.asIntN(64, length) <= 0n) fail('INVAL');
      const end = toNumber(offset + length, 'FBIG');
      if (end > c.limits.fileSize) fail('FBIG');
      if (descriptor.readonly) fail('ROFS');
      if (descriptor.file.stat().size < BigInt(end)) descriptor.file.truncate(end);
    },

    /** `fd_datasync`: flushed with everything else. */
    fd_datasync(fd: number): void {
      sync(fd, RIGHTS.FD_DATASYNC);
    },

    /** `fd_sync`. */
    fd_sync(fd: number): void {
      sync(fd, RIGHTS.FD_SYNC);
    },
  };

  /** Flushes a file or directory; a stream is never buffered here. */
  function sync(fd: number, right: number): void {
    const descriptor = descriptors.get(fd);
    if (descriptor.kind === 'socket' || descriptor.kind === 'listener') fail('INVAL');
    descriptors.withRights(fd, right);
    if (descriptor.kind === 'file') descriptor.file.sync();
    else if (descriptor.kind === 'directory') descriptor.directory.sync();
  }
}
