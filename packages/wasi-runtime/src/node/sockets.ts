/** Sockets whose system's side lives in the {@link SocketWorker}: what a guest's thread sees of them, and waits for. */

import { anything, parseIp, type SocketAddress, unspecified } from '../core/address.js';
import { gather, scatter, skip, totalLength } from '../core/buffers.js';
import { ERRNO, fail } from '../core/errno.js';
import type { BoundListener, Connection, Ready, Socket, SystemOption } from '../core/host.js';
import { FILETYPE } from '../core/types.js';
import { errnoName } from './errors.js';
import { type Channel, type SocketWorker, WAIT } from './worker.js';
import type { PlainAddress } from './worker-main.js';

/** Bytes that may be on their way out of one socket. */
export const OUTGOING = 1 << 18;
/** Bytes that a guest may have taken before the worker is told; far less than it reads ahead. */
const UNTOLD = 1 << 15;
/** What a listener that does not say has waiting. */
const BACKLOG = 511;

/** An address from its form in Node; a zone that it may name is left out. */
export function fromPlain({ address, port }: PlainAddress): SocketAddress {
  return { ip: parseIp(address.replace(/%.*/, '')) ?? unspecified(4), port };
}

/** What all sockets here have. */
export abstract class InWorker {
  protected readonly worker: SocketWorker;
  protected readonly id: number;
  private untold = 0;

  /** @param id of the channel in the worker */
  constructor(worker: SocketWorker, id: number) {
    this.worker = worker;
    this.id = id;
  }

  set(option: SystemOption, value: number): void {
    this.worker.post({ op: 'set', id: this.id, option, value });
  }

  local(): SocketAddress {
    const { local } = this.worker.channel(this.id);
    return local ? fromPlain(local) : anything(4);
  }

  close(): void {
    this.worker.close(this.id);
  }

  /** Lets the worker read on. */
  protected taken(bytes: number): void {
    this.untold += bytes;
    if (this.untold < UNTOLD) return;
    this.worker.post({ op: 'taken', id: this.id, bytes: this.untold });
    this.untold = 0;
  }

  /** What `look` gives of the channel, as soon as it gives something. */
  protected await<T>(nonblock: boolean, look: (channel: Channel) => T | undefined): T {
    return this.worker.await(this.id, nonblock, look);
  }
}

/** A listening TCP socket in the worker. */
export class NodeListener extends InWorker implements BoundListener {
  /** The port it is bound to. */
  get port(): number {
    return this.local().port;
  }

  accept(nonblock: boolean): Socket {
    const connection = this.await(nonblock, ({ accepted }) => accepted.shift());
    this.worker.post({ op: 'taken', id: connection, bytes: 0 });
    return new NodeSocket(this.worker, connection);
  }

  poll(): Ready | undefined {
    const { accepted } = this.worker.channel(this.id);
    return accepted.length > 0 ? { nbytes: accepted.length, hangup: false } : undefined;
  }

  override close(): void {
    for (const connection of this.worker.channel(this.id).accepted) this.worker.close(connection);
    super.close();
  }
}

/** A TCP connection in the worker, or input that it reads. */
export class NodeSocket extends InWorker implements Connection {
  readonly filetype = FILETYPE.SOCKET_STREAM;
  readonly readable = true;
  readonly writable = true;
  private readEnded = false;
  private writeEnded = false;
  /** The guest knows of the error. */
  private told = false;

  established(nonblock: boolean): void {
    this.await(nonblock, ({ remote, error }) => {
      if (error) this.failWith(error);
      return remote;
    });
  }

  error(): number {
    const { error } = this.worker.channel(this.id);
    if (error === undefined || this.told) return 0;
    this.told = true;
    return ERRNO[errnoName({ code: error })];
  }

  remote(): SocketAddress {
    return fromPlain(this.worker.channel(this.id).remote ?? fail('NOTCONN'));
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
    this.taken(count);
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
      if (channel.error) this.failWith(channel.error);
      if (this.writeEnded) fail('PIPE');
      const room = channel.local === undefined ? 0 : OUTGOING - channel.outgoing;
      if (room > 0) {
        const data = gather(skip(buffers, written), Math.min(total - written, room));
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
      const room = channel.local === undefined ? 0 : OUTGOING - channel.outgoing;
      return room > 0 || channel.error ? { nbytes: room, hangup: !!channel.error } : undefined;
    }
    const nbytes = totalLength(channel.incoming);
    return nbytes > 0 || hangup || this.readEnded ? { nbytes, hangup } : undefined;
  }

  shutdown(read: boolean, write: boolean): void {
    if (this.worker.channel(this.id).local === undefined) fail('NOTCONN');
    if (read) this.readEnded = true;
    if (write && !this.writeEnded) {
      this.writeEnded = true;
      this.worker.post({ op: 'shutdown', id: this.id });
    }
  }

  /** The channel, once it has input or its end. */
  private awaitInput(nonblock: boolean): Channel {
    return this.await(nonblock, (channel) => {
      if (channel.incoming.length > 0 || channel.ended || this.readEnded) return channel;
      return channel.error ? this.failWith(channel.error) : undefined;
    });
  }

  /** Throws an error that the worker has reported. */
  private failWith(code: string): never {
    this.told = true;
    return fail(errnoName({ code }));
  }
}

/** Listens on an address that the host's user has given, which may be a name; throws an error of the system. */
export function listenOn(worker: SocketWorker, host: string, port: number): NodeListener {
  const binding = { op: 'listen', host, port, backlog: BACKLOG } as const;
  return new NodeListener(worker, worker.bind({ ...binding, ipv6Only: false, reusePort: false }));
}
