import type { MessagePort, Worker } from 'node:worker_threads';
import { fail } from '../core/errno.js';
import { builtin } from './builtins.js';
import {
  type Binding,
  type Command,
  type PlainAddress,
  type Report,
  workerMain,
} from './worker-main.js';

/** Milliseconds of one wait; a report ends it early. */
export const WAIT = 1000;
/** Milliseconds to wait for a socket to be bound, and for output to leave at the end. */
const PATIENCE = 5000;

/** `Atomics.waitAsync`, which is younger than what this is compiled for. */
type WaitAsync = (
  array: Int32Array,
  index: number,
  value: number,
  timeout: number,
) => { value: unknown };

/** What is known here of one thing in the worker. */
export interface Channel {
  incoming: Uint8Array[];
  datagrams: { from: PlainAddress; data: Uint8Array }[];
  ended: boolean;
  /** Bytes that are on their way out. */
  outgoing: number;
  accepted: number[];
  /** Its addresses, once it is bound or connected. */
  local: PlainAddress | undefined;
  remote: PlainAddress | undefined;
  /** What has been found for a name. */
  found: string[] | undefined;
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

  /** A new channel; returns its number. */
  open(id = (this.nextId += 2)): number {
    this.channels.set(id, {
      incoming: [],
      datagrams: [],
      ended: false,
      outgoing: 0,
      accepted: [],
      local: undefined,
      remote: undefined,
      found: undefined,
      error: undefined,
    });
    return id;
  }

  /**
   * Binds a socket and waits until that is done.
   * @returns its channel; throws an error of the system when it cannot be bound
   */
  bind(
    command: Omit<Binding, 'id'> & ({ op: 'listen'; backlog: number } | { op: 'datagrams' }),
  ): number {
    const id = this.open();
    const channel = this.channel(id);
    this.post({ ...command, id });
    const end = Date.now() + PATIENCE;
    while (channel.local === undefined && !channel.error && Date.now() < end) this.sleep(WAIT);
    if (channel.local !== undefined) return id;
    const code = channel.error ?? 'ETIMEDOUT';
    this.close(id);
    const message = `cannot listen on ${command.host}:${command.port}: ${code}`;
    throw Object.assign(new Error(message), { code, syscall: 'listen' });
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

  /**
   * What `look` gives of a channel, as soon as it gives something.
   * @param look returns undefined where that has to be waited for; with `nonblock` that is `EAGAIN`
   */
  await<T>(id: number, nonblock: boolean, look: (channel: Channel) => T | undefined): T {
    for (;;) {
      const seen = look(this.channel(id));
      if (seen !== undefined) return seen;
      if (nonblock) fail('AGAIN');
      this.sleep(WAIT);
    }
  }

  /** Waits up to `ms` milliseconds for a report that has not been taken in. */
  sleep(ms: number): void {
    Atomics.wait(this.signal, 0, this.seen, ms);
    this.drain();
  }

  /** The same without keeping the thread, where the host can do that; undefined where only time can be waited for. */
  change(ms: number): Promise<unknown> | undefined {
    const { waitAsync } = Atomics as unknown as { waitAsync?: WaitAsync };
    if (waitAsync === undefined) return undefined;
    return Promise.resolve(waitAsync(this.signal, 0, this.seen, ms).value);
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
      const { connection, local, remote } = report;
      this.open(connection);
      Object.assign(this.channels.get(connection)!, { local, remote });
      if (channel) channel.accepted.push(connection);
      else this.close(connection);
      return;
    }
    if (!channel) return;
    if (report.event === 'data') channel.incoming.push(report.data);
    else if (report.event === 'datagram') channel.datagrams.push(report);
    else if (report.event === 'end') channel.ended = true;
    else if (report.event === 'sent') channel.outgoing -= report.bytes;
    else if (report.event === 'error') channel.error = report.code;
    else if (report.event === 'bound') channel.local = report.local;
    else if (report.event === 'connected') {
      channel.local = report.local;
      channel.remote = report.remote;
    } else if (report.event === 'found') channel.found = report.addresses;
  }
}
