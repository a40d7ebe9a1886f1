/** The network of Node, Deno or Bun for sockets that guests make; left out with the extension (scripts/bundle.mjs). */

import { formatIp, type SocketAddress } from '../core/address.js';
import { fail } from '../core/errno.js';
import type {
  BindOptions,
  BoundListener,
  Connection,
  Datagrams,
  Network,
  Ready,
  Received,
} from '../core/host.js';
import { sys } from './errors.js';
import { fromPlain, InWorker, NodeListener, NodeSocket, OUTGOING } from './sockets.js';
import type { Channel, SocketWorker } from './worker.js';
import type { PlainAddress } from './worker-main.js';

/** An address in its form for Node. */
function toPlain({ ip, port }: SocketAddress): PlainAddress {
  return { address: formatIp(ip), port };
}

/** A bound UDP socket in the worker. */
class NodeDatagrams extends InWorker implements Datagrams {
  send(data: Uint8Array, to: SocketAddress, nonblock: boolean): void {
    const channel = this.await(nonblock, (now) => (now.outgoing < OUTGOING ? now : undefined));
    channel.outgoing += data.length;
    this.worker.post({ op: 'send', id: this.id, data, to: toPlain(to) });
  }

  receive(nonblock: boolean, peek: boolean, wanted: (from: SocketAddress) => boolean): Received {
    const received = this.await(nonblock, (channel) => this.next(channel, wanted));
    if (!peek) {
      this.worker.channel(this.id).datagrams.shift();
      this.taken(received.data.length);
    }
    return received;
  }

  poll(write: boolean, wanted: (from: SocketAddress) => boolean): Ready | undefined {
    const channel = this.worker.channel(this.id);
    if (write) {
      const room = OUTGOING - channel.outgoing;
      return room > 0 ? { nbytes: room, hangup: false } : undefined;
    }
    const next = this.next(channel, wanted);
    return next && { nbytes: next.data.length, hangup: false };
  }

  /** The first datagram that is wanted; those before it are dropped. */
  private next(
    { datagrams }: Channel,
    wanted: (from: SocketAddress) => boolean,
  ): Received | undefined {
    for (;;) {
      const first = datagrams[0];
      if (!first) return undefined;
      const from = fromPlain(first.from);
      if (wanted(from)) return { from, data: first.data };
      datagrams.shift();
      this.taken(first.data.length);
    }
  }
}

/** The network of Node, Deno or Bun. */
class NodeNetwork implements Network {
  private readonly worker: SocketWorker;

  /** @param worker where sockets live */
  constructor(worker: SocketWorker) {
    this.worker = worker;
  }

  listen(local: SocketAddress, options: BindOptions & { backlog: number }): BoundListener {
    const { ip, port } = local;
    const binding = { op: 'listen', host: formatIp(ip), port, ...options } as const;
    return new NodeListener(
      this.worker,
      sys(() => this.worker.bind(binding)),
    );
  }

  connect(remote: SocketAddress, local: SocketAddress | undefined, tls?: string): Connection {
    const id = this.worker.open();
    this.worker.post({
      op: 'connect',
      id,
      remote: toPlain(remote),
      local: local && toPlain(local),
      tls,
    });
    return new NodeSocket(this.worker, id);
  }

  datagrams({ ip, port }: SocketAddress, options: BindOptions): Datagrams {
    const binding = { op: 'datagrams', host: formatIp(ip), port, ...options } as const;
    return new NodeDatagrams(
      this.worker,
      sys(() => this.worker.bind(binding)),
    );
  }

  sourceFor(remote: SocketAddress): Uint8Array | undefined {
    const { worker } = this;
    const id = worker.open();
    worker.post({ op: 'source for', id, remote: toPlain(remote) });
    const local = worker.await(id, false, (channel) => channel.error ?? channel.local);
    worker.close(id);
    return typeof local === 'string' ? undefined : fromPlain(local).ip;
  }

  lookUp(name: string): (nonblock: boolean) => Uint8Array[] {
    const { worker } = this;
    const id = worker.open();
    worker.post({ op: 'look up', id, name });
    return (nonblock) =>
      worker.await(id, nonblock, ({ found, error }) => {
        if (found || error) worker.close(id);
        if (error) fail(error === 'EAI_AGAIN' ? 'AGAIN' : 'NOENT');
        return found?.map((address) => fromPlain({ address, port: 0 }).ip);
      });
  }
}

/** The network over a thread that sockets live in. */
export const nodeNetwork = (worker: SocketWorker): Network => new NodeNetwork(worker);
