import type { Socket as UdpSocket } from 'node:dgram';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { MessagePort } from 'node:worker_threads';

/** An address as Node writes it. */
export interface PlainAddress {
  address: string;
  port: number;
}

/** How a socket is bound. */
export interface Binding {
  id: number;
  /** A name or an address; a guest's own is always an address. */
  host: string;
  port: number;
  ipv6Only: boolean;
  reusePort: boolean;
}

/** Settings of a socket: see `SystemOption`. */
export interface Setting {
  id: number;
  option: string;
  value: number;
}

/** What the guest's thread asks of the worker. */
export type Command =
  | ({ op: 'listen'; backlog: number } & Binding)
  | ({ op: 'datagrams' } & Binding)
  | {
      op: 'connect';
      id: number;
      remote: PlainAddress;
      local: PlainAddress | undefined;
      /** The name that a certificate has to be for, where TLS is spoken. */
      tls: string | undefined;
    }
  | { op: 'send'; id: number; data: Uint8Array; to: PlainAddress }
  | { op: 'source for'; id: number; remote: PlainAddress }
  | { op: 'look up'; id: number; name: string }
  | ({ op: 'set' } & Setting)
  | { op: 'input'; id: number; fd: number }
  | { op: 'write'; id: number; data: Uint8Array }
  | { op: 'taken'; id: number; bytes: number }
  | { op: 'shutdown'; id: number }
  | { op: 'close'; id: number };

/** What the worker tells. */
export type Report =
  | { event: 'bound'; id: number; local: PlainAddress }
  | {
      event: 'accepted';
      id: number;
      connection: number;
      local: PlainAddress;
      remote: PlainAddress;
    }
  | { event: 'connected'; id: number; local: PlainAddress; remote: PlainAddress }
  | { event: 'datagram'; id: number; data: Uint8Array; from: PlainAddress }
  | { event: 'found'; id: number; addresses: string[] }
  | { event: 'data'; id: number; data: Uint8Array }
  | { event: 'end'; id: number }
  | { event: 'sent'; id: number; bytes: number }
  | { event: 'error'; id: number; code: string }
  | { event: 'closed'; id: number };

/** What the worker is started with. */
export interface WorkerData {
  port: MessagePort;
  /** Raised and notified with every report. */
  signal: Int32Array;
}

/**
 * The worker's program: asynchronous sockets and input for a guest that can only wait. Its text is
 * what runs, so it must not refer to anything outside itself. Ids of accepted connections are odd and given
 * out here; all others are even and given out by the guest's thread.
 */
export function workerMain(): void {
  /** Bytes read ahead of the guest on one connection. */
  const AHEAD = 1 << 18;
  /** Connections that may wait to be accepted; nothing is read of those beyond the first few. */
  const WAITING = 4096;
  const READ_AT_ONCE = 128;
  // Node before 20.16 has no `getBuiltinModule`, but gives such a worker `require`.
  const builtin: NodeJS.Process['getBuiltinModule'] = (name: string) =>
    process.getBuiltinModule ? process.getBuiltinModule(name) : require(name);
  const net = builtin('node:net');
  const { workerData } = builtin('node:worker_threads');
  const { port, signal } = workerData as WorkerData;
  const streams = new Map<number, { stream: Readable; ahead: number; begun: boolean }>();
  const servers = new Map<number, ReturnType<typeof net.createServer>>();
  const datagrams = new Map<
    number,
    { socket: UdpSocket; ahead: number; waiting: { data: Uint8Array; to: PlainAddress }[] }
  >();
  let nextConnection = 1;
  let waiting = 0;

  const report = (message: Report): void => {
    port.postMessage(message);
    Atomics.add(signal, 0, 1);
    Atomics.notify(signal, 0);
  };
  const failed =
    (id: number) =>
    (error: NodeJS.ErrnoException): void =>
      report({ event: 'error', id, code: error.code ?? 'EIO' });
  const localOf = ({ localAddress = '', localPort = 0 }: Socket): PlainAddress => ({
    address: localAddress,
    port: localPort,
  });
  const remoteOf = ({ remoteAddress = '', remotePort = 0 }: Socket): PlainAddress => ({
    address: remoteAddress,
    port: remotePort,
  });

  /** Lets a stream flow to the guest. */
  const begin = (id: number): void => {
    const state = streams.get(id);
    if (!state || state.begun) return;
    state.begun = true;
    const { stream } = state;
    stream.on('data', (chunk: Uint8Array) => {
      const data = new Uint8Array(chunk);
      state.ahead += data.length;
      if (state.ahead >= AHEAD) stream.pause();
      report({ event: 'data', id, data });
    });
    stream.on('end', () => report({ event: 'end', id }));
  };
  const follow = (id: number, stream: Readable): void => {
    streams.set(id, { stream, ahead: 0, begun: false });
    stream.on('error', failed(id));
  };

  const listen = (binding: Binding & { backlog: number }): void => {
    const { id, host, port: tcpPort, backlog, ipv6Only, reusePort } = binding;
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
      if (waiting >= WAITING) {
        socket.destroy();
        return;
      }
      waiting++;
      const connection = nextConnection;
      nextConnection += 2;
      // Guests write what is ready to go, and some of them have no way to ask for it.
      socket.setNoDelay(true);
      const [local, remote] = [localOf(socket), remoteOf(socket)];
      report({ event: 'accepted', id, connection, local, remote });
      follow(connection, socket);
      if (waiting <= READ_AT_ONCE) begin(connection);
    });
    servers.set(id, server);
    server.on('error', failed(id));
    // Only where it is asked for: not every system and host knows it.
    const wanted = { host, port: tcpPort, backlog, ipv6Only, ...(reusePort && { reusePort }) };
    server.listen(wanted, () => {
      const address = server.address();
      const local =
        typeof address === 'object' && address ? address : { address: host, port: tcpPort };
      report({ event: 'bound', id, local: { address: local.address, port: local.port } });
    });
  };

  const connect = ({ id, remote, local, tls }: Command & { op: 'connect' }): void => {
    const target = {
      host: remote.address,
      port: remote.port,
      ...(local && { localAddress: local.address, localPort: local.port }),
      allowHalfOpen: true,
    };
    const named = tls !== undefined && net.isIP(tls) === 0;
    const socket =
      tls === undefined
        ? net.connect(target)
        : builtin('node:tls').connect({ ...target, ...(named && { servername: tls }) });
    socket.setNoDelay(true);
    follow(id, socket);
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      report({ event: 'connected', id, local: localOf(socket), remote: remoteOf(socket) });
      begin(id);
    });
  };

  const openDatagrams = ({ id, host, port: udpPort, ipv6Only, reusePort }: Binding): void => {
    const type = host.includes(':') ? 'udp6' : 'udp4';
    const options = { type, ipv6Only, ...(reusePort && { reuseAddr: true }) } as const;
    const socket = builtin('node:dgram').createSocket(options);
    const state = { socket, ahead: 0, waiting: [] };
    datagrams.set(id, state);
    socket.on('error', failed(id));
    socket.on('message', (chunk, { address, port: from }) => {
      // What nobody fetches is lost, as in the buffers of a system.
      if (state.ahead + chunk.length > AHEAD) return;
      state.ahead += chunk.length;
      const data = new Uint8Array(chunk);
      report({ event: 'datagram', id, data, from: { address, port: from } });
    });
    socket.bind({ address: host, port: udpPort }, () => {
      const { address, port: bound } = socket.address();
      report({ event: 'bound', id, local: { address, port: bound } });
    });
  };

  /** Which own address leads somewhere: nothing is sent. */
  const sourceFor = (id: number, { address, port: to }: PlainAddress): void => {
    const socket = builtin('node:dgram').createSocket(address.includes(':') ? 'udp6' : 'udp4');
    const fail = (error: NodeJS.ErrnoException): void => {
      failed(id)(error);
      socket.close();
    };
    try {
      socket.on('error', fail);
      socket.connect(to, address, () => {
        const local = socket.address();
        report({ event: 'bound', id, local: { address: local.address, port: local.port } });
        socket.close();
      });
    } catch (error) {
      // Not every host connects such sockets.
      fail(error as NodeJS.ErrnoException);
    }
  };

  /** Sends what waits, one after the other: some hosts would let one overtake another. */
  const sendNext = (id: number): void => {
    const state = datagrams.get(id);
    const next = state?.waiting[0];
    if (!next) return;
    const { data, to } = next;
    // A datagram that cannot leave is lost, as others are on their way.
    state.socket.send(data, to.port, to.address, () => {
      state.waiting.shift();
      report({ event: 'sent', id, bytes: data.length });
      sendNext(id);
    });
  };

  const lookUp = (id: number, name: string): void => {
    const done = (error: NodeJS.ErrnoException | null, found: { address: string }[]): void => {
      if (error) failed(id)(error);
      else report({ event: 'found', id, addresses: found.map(({ address }) => address) });
    };
    builtin('node:dns').lookup(name, { all: true }, done);
  };

  const set = ({ id, option, value }: Setting): void => {
    const tcp = streams.get(id)?.stream as Socket | undefined;
    const udp = datagrams.get(id)?.socket;
    try {
      if (option === 'noDelay') tcp?.setNoDelay(value !== 0);
      else if (option === 'keepAlive') tcp?.setKeepAlive(value !== 0);
      else if (option === 'broadcast') udp?.setBroadcast(value !== 0);
      else if (option === 'ttl') udp?.setTTL(value);
      else if (option === 'multicastTtl') udp?.setMulticastTTL(value);
      else if (option === 'multicastLoop') udp?.setMulticastLoopback(value !== 0);
    } catch {
      // What a host cannot set stays as it is: it changes how data travel, not which.
    }
  };

  const input = (id: number, fd: number): void => {
    const fs = builtin('node:fs');
    const tty = builtin('node:tty');
    const stats = fs.fstatSync(fd);
    // Bun does not read through a net.Socket over a descriptor.
    const pipe = !process.versions['bun'] && (stats.isFIFO() || stats.isSocket());
    if (tty.isatty(fd)) follow(id, new tty.ReadStream(fd));
    else if (pipe) follow(id, new net.Socket({ fd, readable: true }));
    else follow(id, fs.createReadStream('', { fd, autoClose: false }));
    begin(id);
  };

  const close = (id: number): void => {
    const server = servers.get(id);
    const state = streams.get(id);
    const stream = state?.stream;
    const udp = datagrams.get(id)?.socket;
    servers.delete(id);
    streams.delete(id);
    datagrams.delete(id);
    const done = (): void => report({ event: 'closed', id });
    server?.close();
    if (udp) {
      udp.close(done);
      return;
    }
    // A file's stream has an `end` too: a number.
    if (stream instanceof net.Socket) {
      const socket: Socket = stream;
      socket.resume();
      socket.once('close', done);
      if (socket.destroyed) done();
      else if (socket.connecting) socket.destroy();
      else socket.end(() => socket.destroy());
    } else {
      stream?.destroy();
      done();
    }
  };

  port.on('message', (command: Command) => {
    const { id } = command;
    const state = streams.get(id);
    const udp = datagrams.get(id);
    if (command.op === 'listen') {
      listen(command);
    } else if (command.op === 'connect') {
      connect(command);
    } else if (command.op === 'datagrams') {
      openDatagrams(command);
    } else if (command.op === 'source for') {
      sourceFor(id, command.remote);
    } else if (command.op === 'look up') {
      lookUp(id, command.name);
    } else if (command.op === 'set') {
      set(command);
    } else if (command.op === 'input') {
      input(id, command.fd);
    } else if (command.op === 'send') {
      if (udp?.waiting.push(command) === 1) sendNext(id);
    } else if (command.op === 'taken') {
      // The first thing taken of a connection is the connection itself, with no bytes.
      if (command.bytes === 0) {
        waiting--;
        begin(id);
      }
      if (udp) udp.ahead -= command.bytes;
      if (!state) return;
      state.ahead -= command.bytes;
      if (state.ahead < AHEAD) state.stream.resume();
    } else if (command.op === 'close') {
      close(id);
    } else if (state) {
      const socket = state.stream as Socket;
      if (command.op === 'shutdown') socket.end();
      else
        socket.write(command.data, () => report({ event: 'sent', id, bytes: command.data.length }));
    }
  });
}
