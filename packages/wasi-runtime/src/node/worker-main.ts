import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { MessagePort } from 'node:worker_threads';

/** What the guest's thread asks of the worker. */
export type Command =
  | { op: 'listen'; id: number; host: string; port: number }
  | { op: 'input'; id: number; fd: number }
  | { op: 'write'; id: number; data: Uint8Array }
  | { op: 'taken'; id: number; bytes: number }
  | { op: 'shutdown'; id: number }
  | { op: 'close'; id: number };

/** What the worker tells. */
export type Report =
  | { event: 'listening'; id: number; port: number }
  | { event: 'accepted'; id: number; connection: number }
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
 * what runs, so it must not refer to anything outside itself. Ids of connections are odd and given
 * out here; all others are even and given out by the guest's thread.
 */
export function workerMain(): void {
  /** Bytes read ahead of the guest on one connection. */
  const AHEAD = 1 << 18;
  /** Connections that may wait to be accepted. */
  const BACKLOG = 128;
  // Node before 20.16 has no `getBuiltinModule`, but gives such a worker `require`.
  const builtin: NodeJS.Process['getBuiltinModule'] = (name: string) =>
    process.getBuiltinModule ? process.getBuiltinModule(name) : require(name);
  const net = builtin('node:net');
  const { workerData } = builtin('node:worker_threads');
  const { port, signal } = workerData as WorkerData;
  const streams = new Map<number, { stream: Readable; ahead: number }>();
  const servers = new Map<number, ReturnType<typeof net.createServer>>();
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

  const follow = (id: number, stream: Readable): void => {
    const state = { stream, ahead: 0 };
    streams.set(id, state);
    stream.on('data', (chunk: Uint8Array) => {
      const data = new Uint8Array(chunk);
      state.ahead += data.length;
      if (state.ahead >= AHEAD) stream.pause();
      report({ event: 'data', id, data });
    });
    stream.on('end', () => report({ event: 'end', id }));
    stream.on('error', failed(id));
  };

  const listen = (id: number, host: string, tcpPort: number): void => {
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
      if (waiting >= BACKLOG) {
        socket.destroy();
        return;
      }
      waiting++;
      const connection = nextConnection;
      nextConnection += 2;
      report({ event: 'accepted', id, connection });
      follow(connection, socket);
    });
    servers.set(id, server);
    server.on('error', failed(id));
    server.listen(tcpPort, host, () => {
      const address = server.address();
      const bound = typeof address === 'object' && address ? address.port : tcpPort;
      report({ event: 'listening', id, port: bound });
    });
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
  };

  const close = (id: number): void => {
    const server = servers.get(id);
    const stream = streams.get(id)?.stream;
    servers.delete(id);
    streams.delete(id);
    const done = (): void => report({ event: 'closed', id });
    server?.close();
    // A file's stream has an `end` too: a number.
    if (stream instanceof net.Socket) {
      const socket: Socket = stream;
      socket.resume();
      socket.once('close', done);
      if (socket.destroyed) done();
      else socket.end(() => socket.destroy());
    } else {
      stream?.destroy();
      done();
    }
  };

  port.on('message', (command: Command) => {
    const { id } = command;
    const state = streams.get(id);
    if (command.op === 'listen') {
      listen(id, command.host, command.port);
    } else if (command.op === 'input') {
      input(id, command.fd);
    } else if (command.op === 'taken') {
      // The first thing taken of a connection is the connection itself, with no bytes.
      if (command.bytes === 0) waiting--;
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
