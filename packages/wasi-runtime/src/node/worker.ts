import type { MessagePort, Worker } from 'node:worker_threads';
import { scatter, skip, totalLength } from '../core/buffers.js';
import { fail } from '../core/errno.js';
import type { Listener, Ready, Socket } from '../core/host.js';
import { FILETYPE } from '../core/types.js';
import { builtin } from './builtins.js';
import { errnoName } from './errors.js';
import { type Command, type Report, workerMain } from './worker-main.js';

/** Bytes that may be on their way out of one connection. */
const OUTGOING = 1 << 18;
/** Milliseconds of one wait; a report ends it early. */
const WAIT = 1000;
/** Milliseconds to wait for a listener to be set up, and for output to leave at the end. */
const PATIENCE = 5000;

/** What is known here of one thing in the worker. */
interface Channel {
  incoming: Uint8Array[];
  ended: boolean;
  outgoing: number;
  accepted: number[];
  /** Bound port of a listener, once it listens. */
  port: number | undefined;
  error: string | undefined;
}

/**
 * The thread that does what cannot be done while waiting: it serves sockets and input
 * asynchronously, this side looks at its reports and sleeps on a shared counter in between.
 */
export class SocketWorker {
  private readonly worker: Worker;
  private readonly port: MessagePort;
  private readonly signal: Int32Array;
  private readonly channels = new Map<number, Channel>();
  private readonly closing = new Set<number>();
  private nextId = 0;
  private seen = 0;

  /** Starts the thread. */
  constructor() {
    const { MessageChannel, Worker } = builtin('node:worker_threads');
    const { port1, port2 } = new MessageChannel();
    this.signal = new Int32Array(new SharedArrayBuffer(4));
    this.port = port1;
    this.worker = new Worker(`(${workerMain})()`, {
      eval: true,
      workerData: { port: port2, signal: this.signal },
      transferList: [port2],
      // The guest's thread may be blocked for as long as it likes: nothing is to pass through it.
      stdin: false,
    });
    this.worker.unref();
    this.port.unref();
  }

  /** Listens on `host`:`port`; throws a system error when it cannot. */
  listen(host: string, port: number): NodeListener {
    const id = this.open();
    const channel = this.channel(id);
    this.post({ op: 'listen', id, host, port });
    const end = Date.now() + PATIENCE;
    while (channel.port === undefined && !channel.error && Date.now() < end) this.sleep(WAIT);
    if (channel.port === undefined) {
      const code = channel.error ?? 'ETIMEDOUT';
      const message = `cannot listen on ${host}:${port}: ${code}`;
      throw Object.assign(new Error(message), { code, syscall: 'listen' });
    }
    return new NodeListener(this, id, channel.port);
  }

  /** One of the host's descriptors as asynchronous input. */
  input(fd: number): Socket {
    const id = this.open();
    this.post({ op: 'input', id, fd });
    return new NodeSocket(this, id);
  }

  /** State of a thing in the worker, all reports taken in. */
  channel(id: number): Channel {
    this.drain();
    return this.channels.get(id) ?? fail('BADF');
  }

  /** Asks something of the worker. */
  post(command: Command): void {
    this.port.postMessage(command);
  }

  /** Lets go of a channel. */
  close(id: number): void {
    this.channels.delete(id);
    this.closing.add(id);
    this.post({ op: 'close', id });
  }

  /** Waits up to `ms` milliseconds for a report that has not been taken in. */
  sleep(ms: number): void {
    Atomics.wait(this.signal, 0, this.seen, ms);
    this.drain();
  }

  /**
   * Lets output leave, then ends the thread, unless something is still open in it.
   * @returns whether it has ended
   */
  finish(): boolean {
    const end = Date.now() + PATIENCE;
    while (this.closing.size > 0 && Date.now() < end) this.sleep(WAIT);
    if (this.channels.size > 0) return false;
    this.port.close();
    void this.worker.terminate();
    return true;
  }

  /** A new channel. */
  private open(id = (this.nextId += 2)): number {
    this.channels.set(id, {
      incoming: [],
      ended: false,
      outgoing: 0,
      accepted: [],
      port: undefined,
      error: undefined,
    });
    return id;
  }

  /** Takes in all reports. */
  private drain(): void {
    const { receiveMessageOnPort } = builtin('node:worker_threads');
    this.seen = Atomics.load(this.signal, 0);
    for (;;) {
      const received = receiveMessageOnPort(this.port) as { message: Report } | undefined;
      if (!received) return;
      this.take(received.message);
    }
  }

  /** Takes in one report; what is said of a closed channel matters no more. */
  private take(report: Report): void {
    if (report.event === 'closed') this.closing.delete(report.id);
    const channel = this.channels.get(report.id);
    if (report.event === 'accepted') {
      this.open(report.connection);
      if (channel) channel.accepted.push(report.connection);
      else this.close(report.connection);
      return;
    }
    if (!channel) return;
    if (report.event === 'data') channel.incoming.push(report.data);
    else if (report.event === 'end') channel.ended = true;
    else if (report.event === 'sent') channel.outgoing -= report.bytes;
    else if (report.event === 'error') channel.error = report.code;
    else if (report.event === 'listening') channel.port = report.port;
  }
}

/** A listening TCP socket in the worker. */
export class NodeListener implements Listener {
  /** The port it is bound to. */
  readonly port: number;
  private readonly worker: SocketWorker;
  private readonly id: number;

  constructor(worker: SocketWorker, id: number, port: number) {
    this.worker = worker;
    this.id = id;
    this.port = port;
  }

  accept(nonblock: boolean): Socket {
    for (;;) {
      const connection = this.worker.channel(this.id).accepted.shift();
      if (connection !== undefined) {
        this.worker.post({ op: 'taken', id: connection, bytes: 0 });
        return new NodeSocket(this.worker, connection);
      }
      if (nonblock) fail('AGAIN');
      this.worker.sleep(WAIT);
    }
  }

  poll(): Ready | undefined {
    const { accepted } = this.worker.channel(this.id);
    return accepted.length > 0 ? { nbytes: accepted.length, hangup: false } : undefined;
  }

  close(): void {
    for (const connection of this.worker.channel(this.id).accepted) this.worker.close(connection);
    this.worker.close(this.id);
  }
}

/** A TCP connection in the worker, or input that it reads. */
class NodeSocket implements Socket {
  readonly filetype = FILETYPE.SOCKET_STREAM;
  readonly readable = true;
  readonly writable = true;
  private readonly worker: SocketWorker;
  private readonly id: number;
  private readEnded = false;
  private writeEnded = false;

  constructor(worker: SocketWorker, id: number) {
    this.worker = worker;
    this.id = id;
  }

  read(buffers: Uint8Array[], nonblock: boolean): number {
    const channel = this.awaitInput(nonblock);
    let count = 0;
    let rest = buffers;
    while (channel.incoming.length > 0 && rest.length > 0) {
      const chunk = channel.incoming[0]!;
      const used = scatter(chunk, rest);
      count += used;
      rest = skip(rest, used);
      if (used < chunk.length) channel.incoming[0] = chunk.subarray(used);
      else channel.incoming.shift();
    }
    if (count > 0) this.worker.post({ op: 'taken', id: this.id, bytes: count });
    return count;
  }

  peek(buffers: Uint8Array[], nonblock: boolean): number {
    const { incoming } = this.awaitInput(nonblock);
    let count = 0;
    for (const chunk of incoming) count += scatter(chunk, skip(buffers, count));
    return count;
  }

  write(buffers: Uint8Array[], nonblock: boolean): number {
    const total = totalLength(buffers);
    let written = 0;
    while (written < total) {
      const channel = this.worker.channel(this.id);
      if (channel.error) fail(errnoName({ code: channel.error }));
      if (this.writeEnded) fail('PIPE');
      const data = new Uint8Array(Math.min(total - written, OUTGOING - channel.outgoing));
      if (data.length > 0) {
        let filled = 0;
        for (const buffer of skip(buffers, written)) {
          filled += scatter(buffer, [data.subarray(filled)]);
          if (filled === data.length) break;
        }
        channel.outgoing += data.length;
        written += data.length;
        this.worker.post({ op: 'write', id: this.id, data });
      } else if (nonblock) {
        if (written === 0) fail('AGAIN');
        break;
      } else {
        this.worker.sleep(WAIT);
      }
    }
    return written;
  }

  poll(write: boolean): Ready | undefined {
    const channel = this.worker.channel(this.id);
    const hangup = channel.ended || channel.error !== undefined;
    if (write) {
      const room = OUTGOING - channel.outgoing;
      return room > 0 || channel.error ? { nbytes: room, hangup: !!channel.error } : undefined;
    }
    const nbytes = totalLength(channel.incoming);
    return nbytes > 0 || hangup || this.readEnded ? { nbytes, hangup } : undefined;
  }

  shutdown(read: boolean, write: boolean): void {
    if (read) this.readEnded = true;
    if (write && !this.writeEnded) {
      this.writeEnded = true;
      this.worker.post({ op: 'shutdown', id: this.id });
    }
  }

  close(): void {
    this.worker.close(this.id);
  }

  /** The channel, once it has input or its end. */
  private awaitInput(nonblock: boolean): Channel {
    for (;;) {
      const channel = this.worker.channel(this.id);
      if (channel.incoming.length > 0 || channel.ended || this.readEnded) return channel;
      if (channel.error) fail(errnoName({ code: channel.error }));
      if (nonblock) fail('AGAIN');
      this.worker.sleep(WAIT);
    }
  }
}
