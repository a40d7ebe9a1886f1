import { readingOwn, skip, writingOwn } from '../core/buffers.js';
import type { Context } from '../core/context.js';
import type { SocketDescriptor } from '../core/descriptors.js';
import { fail } from '../core/errno.js';
import { FDFLAGS, FILETYPE, RIGHTS, RIGHTS_SOCKET } from '../core/types.js';

/** `riflags`. */
const RECV_PEEK = 1;
const RECV_WAITALL = 2;
/** `sdflags`. */
const SHUT_RD = 1;
const SHUT_WR = 2;

/** The functions on sockets that the host handed in. */
export function socketFunctions(c: Context) {
  const { descriptors, limits, waiter } = c;

  /** The connected socket `fd`. */
  function connected(fd: number, rights: number): SocketDescriptor {
    const descriptor = descriptors.get(fd);
    if (descriptor.kind === 'listener') fail('NOTCONN');
    if (descriptor.kind !== 'socket') fail('NOTSOCK');
    descriptors.withRights(fd, rights);
    return descriptor;
  }

  return {
    /** `sock_accept`: waits for a connection unless the listener has `fdflags.nonblock`. */
    sock_accept(fd: number, flags: number, out: number): void {
      const descriptor = descriptors.get(fd);
      if (descriptor.kind === 'socket') fail('INVAL');
      if (descriptor.kind !== 'listener') fail('NOTSOCK');
      descriptors.withRights(fd, RIGHTS.SOCK_ACCEPT);
      if (flags & ~FDFLAGS.NONBLOCK) fail('INVAL');
      c.memory.bytes(out, 4);
      descriptors.reserve();
      const nonblock = (descriptor.flags & FDFLAGS.NONBLOCK) !== 0;
      const stream = waiter.attempt(nonblock, (now) => descriptor.listener.accept(now));
      const number = descriptors.add({
        kind: 'socket',
        filetype: FILETYPE.SOCKET_STREAM,
        base: RIGHTS_SOCKET,
        inheriting: 0,
        flags,
        stream,
      });
      c.memory.setU32(out, number);
    },

    /** `sock_recv`: with `riflags`; a stream's data are never truncated. */
    sock_recv(
      fd: number,
      iovs: number,
      count: number,
      flags: number,
      sizeOut: number,
      flagsOut: number,
    ): void {
      const { stream, flags: fdflags } = connected(fd, RIGHTS.FD_READ);
      if (flags & ~(RECV_PEEK | RECV_WAITALL)) fail('INVAL');
      let buffers = c.memory.iovecs(iovs, count, limits.iovecs);
      c.memory.bytes(sizeOut, 4);
      c.memory.bytes(flagsOut, 2);
      const nonblock = (fdflags & FDFLAGS.NONBLOCK) !== 0;
      const receive = (own: Uint8Array[]): number =>
        waiter.attempt(nonblock, (now) =>
          flags & RECV_PEEK ? stream.peek(own, now) : stream.read(own, now),
        );
      const progress = waiter.state(() => ({ read: 0 }));
      buffers = skip(buffers, progress.read);
      while (buffers.length > 0) {
        const more = readingOwn(buffers, receive);
        progress.read += more;
        if (more === 0 || nonblock || flags !== RECV_WAITALL) break;
        buffers = skip(buffers, more);
      }
      c.memory.setU32(sizeOut, progress.read);
      c.memory.setU16(flagsOut, 0);
    },

    /** `sock_send`: no `siflags` are defined. */
    sock_send(fd: number, iovs: number, count: number, flags: number, out: number): void {
      const { stream, flags: fdflags } = connected(fd, RIGHTS.FD_WRITE);
      if (flags !== 0) fail('INVAL');
      const buffers = c.memory.iovecs(iovs, count, limits.iovecs);
      c.memory.bytes(out, 4);
      const nonblock = (fdflags & FDFLAGS.NONBLOCK) !== 0;
      c.memory.setU32(
        out,
        buffers.length ? waiter.write(stream, writingOwn(buffers), nonblock) : 0,
      );
    },

    /** `sock_shutdown`. */
    sock_shutdown(fd: number, how: number): void {
      const { stream } = connected(fd, RIGHTS.SOCK_SHUTDOWN);
      if (how === 0 || how & ~(SHUT_RD | SHUT_WR)) fail('INVAL');
      stream.shutdown((how & SHUT_RD) !== 0, (how & SHUT_WR) !== 0);
    },
  };
}
