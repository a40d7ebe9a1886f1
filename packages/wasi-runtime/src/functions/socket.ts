import type { SocketAddress } from '../core/address.js';
import { readingOwn, scatter, skip, totalLength, writingOwn } from '../core/buffers.js';
import type { Context } from '../core/context.js';
import type { SocketDescriptor } from '../core/descriptors.js';
import { fail } from '../core/errno.js';
import { FDFLAGS, FILETYPE, RIGHTS, RIGHTS_SOCKET } from '../core/types.js';
import { attemptUntil, deadlineOf } from './timeouts.js';

/** `riflags`. */
const RECV_PEEK = 1;
const RECV_WAITALL = 2;
/** `roflags`. */
const RECV_TRUNCATED = 1;
/** `sdflags`. */
const SHUT_RD = 1;
const SHUT_WR = 2;

/** What a call on a socket keeps between its rounds. */
interface Progress {
  read: number;
  /** When it has waited long enough, on the monotonic clock. */
  deadline: bigint | undefined;
}

/** What a guest has received. */
export interface Reception {
  count: number;
  /** `roflags`. */
  flags: number;
  /** Where it has come from, as far as that is known. */
  from: SocketAddress | undefined;
}

/** The socket `fd`, which is to be connected or able to do without. */
export function socketOf({ descriptors }: Context, fd: number, rights: number): SocketDescriptor {
  const descriptor = descriptors.get(fd);
  if (descriptor.kind === 'listener') fail('NOTCONN');
  if (descriptor.kind !== 'socket') fail('NOTSOCK');
  descriptors.withRights(fd, rights);
  return descriptor;
}

/** Receives with `riflags`; data of a stream are never truncated. */
export function receive(
  c: Context,
  descriptor: SocketDescriptor,
  iovs: number,
  count: number,
  flags: number,
): Reception {
  if (flags & ~(RECV_PEEK | RECV_WAITALL)) fail('INVAL');
  const { stream, endpoint, options } = descriptor;
  let buffers = c.memory.iovecs(iovs, count, c.limits.iovecs);
  const nonblock = (descriptor.flags & FDFLAGS.NONBLOCK) !== 0;
  const peek = (flags & RECV_PEEK) !== 0;
  const progress = c.waiter.state<Progress>(() => ({
    read: 0,
    deadline: deadlineOf(c, options, 'receiveTimeout'),
  }));
  if (endpoint?.kind === 'udp') {
    const { from, data } = attemptUntil(c, nonblock, progress.deadline, (now) =>
      endpoint.receive(now, peek),
    );
    const copied = scatter(data, buffers);
    return { count: copied, flags: copied < data.length ? RECV_TRUNCATED : 0, from };
  }
  const once = (own: Uint8Array[]): number =>
    attemptUntil(c, nonblock, progress.deadline, (now) =>
      peek ? stream.peek(own, now) : stream.read(own, now),
    );
  buffers = skip(buffers, progress.read);
  while (buffers.length > 0) {
    const more = readingOwn(buffers, once);
    progress.read += more;
    if (more === 0 || nonblock || flags !== RECV_WAITALL) break;
    buffers = skip(buffers, more);
  }
  return { count: progress.read, flags: 0, from: stream.remote?.() };
}

/** Sends, to an address where one is given and the socket takes one; returns the count. */
export function send(
  c: Context,
  descriptor: SocketDescriptor,
  iovs: number,
  count: number,
  to?: SocketAddress,
): number {
  const { stream, endpoint, options } = descriptor;
  const buffers = writingOwn(c.memory.iovecs(iovs, count, c.limits.iovecs));
  const nonblock = (descriptor.flags & FDFLAGS.NONBLOCK) !== 0;
  const { deadline } = c.waiter.state(() => ({ deadline: deadlineOf(c, options, 'sendTimeout') }));
  if (endpoint?.kind === 'udp') {
    return attemptUntil(c, nonblock, deadline, (now) => endpoint.sendTo(buffers, to, now));
  }
  if (totalLength(buffers) === 0) return 0;
  if (deadline !== undefined && !nonblock) {
    return attemptUntil(c, false, deadline, (now) => stream.write(buffers, now));
  }
  return c.waiter.write(stream, buffers, nonblock);
}

/** The functions on sockets that preview 1 itself has. */
export function socketFunctions(c: Context) {
  const { descriptors, waiter } = c;

  /** Waits for a connection unless the listener has `fdflags.nonblock`. */
  function accept(fd: number, flags: number, out: number): void {
    const descriptor = descriptors.get(fd);
    if (descriptor.kind === 'socket') fail('INVAL');
    if (descriptor.kind !== 'listener') fail('NOTSOCK');
    descriptors.withRights(fd, RIGHTS.SOCK_ACCEPT);
    if (flags & ~FDFLAGS.NONBLOCK) fail('INVAL');
    c.memory.bytes(out, 4);
    descriptors.reserve();
    const nonblock = (descriptor.flags & FDFLAGS.NONBLOCK) !== 0;
    const { deadline } = waiter.state(() => ({
      deadline: deadlineOf(c, descriptor.options, 'receiveTimeout'),
    }));
    const stream = attemptUntil(c, nonblock, deadline, (now) => descriptor.listener.accept(now));
    const number = descriptors.add({
      kind: 'socket',
      filetype: FILETYPE.SOCKET_STREAM,
      base: RIGHTS_SOCKET,
      inheriting: 0,
      flags,
      stream,
      options: new Map(descriptor.options),
    });
    c.memory.setU32(out, number);
  }

  return {
    /** `sock_accept`; that of WasmEdge (first version) and WAMR takes no flags. */
    sock_accept(fd: number, flagsOrOut: number, out?: number): void {
      if (out === undefined) accept(fd, 0, flagsOrOut);
      else accept(fd, flagsOrOut, out);
    },

    /** `sock_recv`. */
    sock_recv(
      fd: number,
      iovs: number,
      count: number,
      flags: number,
      sizeOut: number,
      flagsOut: number,
    ): void {
      const descriptor = socketOf(c, fd, RIGHTS.FD_READ);
      c.memory.bytes(sizeOut, 4);
      c.memory.bytes(flagsOut, 2);
      const received = receive(c, descriptor, iovs, count, flags);
      c.memory.setU32(sizeOut, received.count);
      c.memory.setU16(flagsOut, received.flags);
    },

    /** `sock_send`: no `siflags` are defined. */
    sock_send(fd: number, iovs: number, count: number, flags: number, out: number): void {
      const descriptor = socketOf(c, fd, RIGHTS.FD_WRITE);
      if (flags !== 0) fail('INVAL');
      c.memory.bytes(out, 4);
      c.memory.setU32(out, send(c, descriptor, iovs, count));
    },

    /** `sock_shutdown`. */
    sock_shutdown(fd: number, how: number): void {
      const { stream } = socketOf(c, fd, RIGHTS.SOCK_SHUTDOWN);
      if (how === 0 || how & ~(SHUT_RD | SHUT_WR)) fail('INVAL');
      stream.shutdown((how & SHUT_RD) !== 0, (how & SHUT_WR) !== 0);
    },
  };
}
