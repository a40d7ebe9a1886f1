/** The functions by which a guest makes sockets of its own: see socket-abi.ts for their two forms. */

import type { Family, SocketAddress } from '../core/address.js';
import type { Context, WasiFunction } from '../core/context.js';
import type { Descriptor, SocketDescriptor } from '../core/descriptors.js';
import { fail } from '../core/errno.js';
import type { Network } from '../core/host.js';
import { type GuestEndpoint, TcpEndpoint, UdpEndpoint } from '../core/network.js';
import { FDFLAGS, FILETYPE, RIGHTS, RIGHTS_LISTENER, RIGHTS_SOCKET } from '../core/types.js';
import { type Reception, receive, send, socketOf } from './socket.js';
import {
  checkEdge,
  EDGE_DATAGRAM,
  EDGE_STREAM,
  edgeOldType,
  fromEdgeFamily,
  fromWamrFamily,
  readEdge,
  readWamr,
  WAMR_ADDRESS,
  WAMR_DATAGRAM,
  WAMR_STREAM,
  writeEdge,
  writeWamr,
} from './socket-abi.js';
import { attemptUntil, deadlineOf } from './timeouts.js';

/** The guest's network; `ENOTSUP` on a host without any. */
export function networkOf({ host }: Context): Network {
  return host.network?.() ?? fail('NOTSUP');
}

/** The functions; those of WasmEdge have second names too (extension.ts). */
export function networkFunctions(c: Context): Record<string, WasiFunction> {
  const { allowed, descriptors } = c;

  /** Makes a socket. */
  function open(family: Family, datagram: boolean, out: number): void {
    c.memory.bytes(out, 4);
    if (!(datagram ? allowed.udp : allowed.tcp)) fail('ACCES');
    descriptors.reserve();
    const Endpoint = datagram ? UdpEndpoint : TcpEndpoint;
    const endpoint = new Endpoint(networkOf(c), allowed, family);
    const number = descriptors.add({
      kind: 'socket',
      filetype: endpoint.filetype,
      base: RIGHTS_SOCKET | RIGHTS.SOCK_ACCEPT,
      inheriting: RIGHTS_SOCKET,
      flags: 0,
      stream: endpoint,
      endpoint,
      options: endpoint.options,
    });
    c.memory.setU32(out, number);
  }

  /** The socket `fd` that the guest has made. */
  function made(fd: number): { descriptor: SocketDescriptor; endpoint: GuestEndpoint } {
    const descriptor = descriptors.get(fd);
    if (descriptor.kind === 'listener') fail('INVAL');
    if (descriptor.kind !== 'socket') fail('NOTSOCK');
    return { descriptor, endpoint: descriptor.endpoint ?? fail('ISCONN') };
  }

  function connect(fd: number, address: SocketAddress): void {
    const { descriptor, endpoint } = made(fd);
    if (endpoint.kind === 'udp') {
      endpoint.connect(address);
      return;
    }
    const begun = c.waiter.state(() => ({
      connection: endpoint.connect(address),
      deadline: deadlineOf(c, descriptor.options, 'sendTimeout'),
    }));
    // The other side may be the host itself, but even that is never known at once.
    if (descriptor.flags & FDFLAGS.NONBLOCK) fail('INPROGRESS');
    attemptUntil(c, false, begun.deadline, (now) => begun.connection.established(now));
  }

  /** The addresses of what `fd` stands for. */
  function addressOf(fd: number, which: 'local' | 'remote'): SocketAddress {
    const descriptor = descriptors.get(fd);
    if (descriptor.kind === 'listener') {
      if (which === 'remote') fail('NOTCONN');
      return descriptor.listener.local?.() ?? fail('NOTSUP');
    }
    if (descriptor.kind !== 'socket') fail('NOTSOCK');
    return descriptor.stream[which]?.() ?? fail('NOTSUP');
  }

  /** WasmEdge's two functions that tell an address: the newer one has no parameter for its type. */
  const tellEdge =
    (which: 'local' | 'remote') =>
    (fd: number, address: number, typeOrPort: number, port?: number): void => {
      checkEdge(c.memory, address);
      const found = addressOf(fd, which);
      c.memory.setU32(port ?? typeOrPort, found.port);
      if (port !== undefined) c.memory.setU32(typeOrPort, edgeOldType(found));
      writeEdge(c.memory, address, found);
    };

  /** WAMR's. */
  const tellWamr =
    (which: 'local' | 'remote') =>
    (fd: number, address: number): void => {
      writeWamr(c.memory, address, addressOf(fd, which));
    };

  /** Writes what has been received; `write` writes the address, where there is one. */
  const tell = (
    { count, from }: Reception,
    sizeOut: number,
    write: (from: SocketAddress) => void,
  ): void => {
    c.memory.setU32(sizeOut, count);
    if (from) write(from);
  };

  const functions = {
    /** `sock_open`: WasmEdge (family, type, out), WAMR (pool, family, type, out). */
    sock_open(a: number, b: number, third: number, out?: number): void {
      if (out === undefined) {
        if (b !== EDGE_DATAGRAM && b !== EDGE_STREAM) fail('INVAL');
        open(fromEdgeFamily(a), b === EDGE_DATAGRAM, third);
      } else {
        if (third !== WAMR_DATAGRAM && third !== WAMR_STREAM) fail('INVAL');
        open(fromWamrFamily(b), third === WAMR_DATAGRAM, out);
      }
    },

    /** `sock_bind`: WasmEdge (fd, address, port), WAMR (fd, address). */
    sock_bind(fd: number, address: number, port?: number): void {
      made(fd).endpoint.bind(read(address, port));
    },

    /** `sock_listen`: (fd, backlog); a backlog of 0 is one, as systems take it. */
    sock_listen(fd: number, backlog: number): void {
      const before = descriptors.get(fd);
      if (before.kind === 'listener') return;
      const { descriptor, endpoint } = made(fd);
      if (endpoint.kind === 'udp') fail('NOTSUP');
      const listening: Descriptor = {
        kind: 'listener',
        filetype: FILETYPE.SOCKET_STREAM,
        base: RIGHTS_LISTENER & descriptor.base,
        inheriting: RIGHTS_SOCKET & descriptor.inheriting,
        flags: descriptor.flags,
        listener: endpoint.listen(Math.max(1, Math.min(backlog, 4096))),
        options: endpoint.options,
      };
      descriptors.replace(fd, listening);
    },

    /** `sock_connect`: WasmEdge (fd, address, port), WAMR (fd, address). */
    sock_connect(fd: number, address: number, port?: number): void {
      connect(fd, read(address, port));
    },

    /**
     * `sock_recv_from`: WAMR (fd, iovs, count, flags, address, size), WasmEdge (fd, iovs, count, address, flags,
     * size, flags out), and its newer form with the port before the size.
     */
    sock_recv_from(fd: number, iovs: number, count: number, ...rest: number[]): void {
      const descriptor = socketOf(c, fd, RIGHTS.FD_READ);
      const [a, b, ...outs] = rest as [number, number, ...number[]];
      const { memory } = c;
      if (outs.length === 1) {
        memory.bytes(b, WAMR_ADDRESS);
        memory.bytes(outs[0]!, 4);
        tell(receive(c, descriptor, iovs, count, a), outs[0]!, (from) =>
          writeWamr(memory, b, from),
        );
        return;
      }
      const flagsOut = outs.pop()!;
      const sizeOut = outs.pop()!;
      const portOut = outs.pop();
      checkEdge(memory, a);
      memory.bytes(flagsOut, 2);
      memory.bytes(sizeOut, 4);
      if (portOut !== undefined) memory.bytes(portOut, 4);
      const received = receive(c, descriptor, iovs, count, b);
      memory.setU16(flagsOut, received.flags);
      tell(received, sizeOut, (from) => {
        if (portOut !== undefined) memory.setU32(portOut, from.port);
        writeEdge(memory, a, from);
      });
    },

    /** `sock_send_to`: WAMR (fd, iovs, count, flags, address, size), WasmEdge (…, address, port, flags, size). */
    sock_send_to(fd: number, iovs: number, count: number, ...rest: number[]): void {
      const descriptor = socketOf(c, fd, RIGHTS.FD_WRITE);
      const out = rest.pop()!;
      const [a, b, flags] = rest as [number, number, number?];
      if ((flags ?? a) !== 0) fail('INVAL');
      c.memory.bytes(out, 4);
      const to = flags === undefined ? readWamr(c.memory, b) : readEdge(c.memory, a, b);
      c.memory.setU32(out, send(c, descriptor, iovs, count, to));
    },

    sock_getlocaladdr: tellEdge('local'),
    sock_getpeeraddr: tellEdge('remote'),
    sock_addr_local: tellWamr('local'),
    sock_addr_remote: tellWamr('remote'),

    /** `sock_close` of WAMR: `fd_close` for sockets. */
    sock_close(fd: number): void {
      const { kind } = descriptors.get(fd);
      if (kind !== 'socket' && kind !== 'listener') fail('NOTSOCK');
      descriptors.close(fd);
    },
  };

  /** An address that both forms read, with and without a port beside it. */
  function read(address: number, port: number | undefined): SocketAddress {
    return port === undefined ? readWamr(c.memory, address) : readEdge(c.memory, address, port);
  }

  return functions;
}
