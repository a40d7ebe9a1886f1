/**
 * wasi:sockets of WASI 0.3: the states of 0.2's sockets, with streams and futures of the guest's. Interfaces are
 * `types` and `ip-name-lookup`; an `error-code` is a variant here.
 */
import { isError } from '../core/errno.js';
import type { Host, Socket } from '../core/host.js';
import type { NetworkContext } from '../preview2/network-context.js';
import { SocketResource } from '../preview2/socket-resource.js';
import {
  type AddressFamily,
  familyName,
  familyNumber,
  type IpAddress,
  type IpSocketAddress,
  ipAddress,
  ipSocketAddress,
  refuse,
  SocketError,
  socketAddress,
  socketCode,
} from '../preview2/socket-values.js';
import { lookUp } from '../preview2/sockets.js';
import { TcpState } from '../preview2/tcp-state.js';
import { UdpState } from '../preview2/udp-state.js';
import { CHUNK, drain, failedStream, outcomeOf, type StreamReader, streamOf } from './streams.js';
import { eventually } from './waiting.js';

/** Names that 0.3 has no more, and what it has for them. */
const OTHERS: Readonly<Record<string, string>> = {
  'would-block': 'invalid-state',
  'not-in-progress': 'invalid-state',
  'concurrency-conflict': 'invalid-state',
  'new-socket-limit': 'out-of-memory',
};

/** The `error-code` of something that was thrown. */
function socketVariant(error: unknown): { tag: string; val?: string } {
  // 0.2 has no name of its own for a connection that nobody reads any more.
  if (isError(error, 'PIPE')) return { tag: 'connection-broken' };
  const code = socketCode(error);
  return code === 'unknown' ? { tag: 'other' } : { tag: OTHERS[code] ?? code };
}

/** What `call` gives; throws an `error-code` where it fails. */
function coded<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw socketVariant(error);
  }
}

/** The same for what waits. */
async function codedLater<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw socketVariant(error);
  }
}

/** What both kinds of sockets have. */
abstract class CommonSocket<S extends TcpState | UdpState> extends SocketResource<S> {
  constructor(state: S, host: Host) {
    super(state, host, coded);
  }

  bind(address: IpSocketAddress): void {
    coded(() => this.state.bind(socketAddress(address)));
  }

  getLocalAddress(): IpSocketAddress {
    return coded(() => ipSocketAddress(this.state.local()));
  }

  getRemoteAddress(): IpSocketAddress {
    return coded(() => ipSocketAddress(this.state.remote()));
  }

  getAddressFamily(): AddressFamily {
    return familyName(this.state.family);
  }

  getReceiveBufferSize = this.settings.receiveBuffer.get;
  setReceiveBufferSize = this.settings.receiveBuffer.set;
  getSendBufferSize = this.settings.sendBuffer.get;
  setSendBufferSize = this.settings.sendBuffer.set;
}

/** The interfaces of wasi:sockets@0.3. */
export function sockets(context: NetworkContext): Record<string, Record<string, unknown>> {
  const { host } = context;

  /** `tcp-socket`. */
  class TcpSocket extends CommonSocket<TcpState> {
    /** Each direction can be had once. */
    private sending = false;
    private receiving = false;

    static create(family: AddressFamily): TcpSocket {
      return coded(() => new TcpSocket(new TcpState(context, familyNumber(family)), host));
    }

    connect(address: IpSocketAddress): Promise<void> {
      return codedLater(async () => {
        const { state } = this;
        if (state.isConnecting) refuse('invalid-state');
        state.connect(socketAddress(address));
        await eventually(host, () => state.finishConnect());
      });
    }

    /** A stream of the connections that come. */
    listen(): AsyncIterable<TcpSocket> {
      return coded(() => {
        const { state } = this;
        state.listen(true);
        const next = async () => new TcpSocket(await eventually(host, () => state.accept()), host);
        return held(state, streamOf(next, socketVariant)[0]);
      });
    }

    /** Sends all that the guest writes, then ends that direction. */
    send(data: StreamReader) {
      const call = async (): Promise<void> => {
        const { state } = this;
        if (this.sending) refuse('invalid-state');
        const { connection } = state;
        this.sending = true;
        state.share();
        try {
          await drain(data, async (bytes) => {
            for (let rest = bytes; rest.length > 0; ) {
              const count = await eventually(host, () => connection.write([rest], true));
              rest = rest.subarray(count);
            }
          });
          state.shutdown(false, true);
        } finally {
          state.release();
        }
      };
      return outcomeOf(data, call, socketVariant);
    }

    receive() {
      const { state } = this;
      let connection: Socket;
      try {
        if (this.receiving) refuse('invalid-state');
        connection = state.connection;
        this.receiving = true;
      } catch (error) {
        return failedStream(socketVariant(error));
      }
      const [stream, outcome] = streamOf(async () => {
        const buffer = new Uint8Array(CHUNK);
        const count = await eventually(host, () => connection.read([buffer], true));
        return count === 0 ? undefined : buffer.slice(0, count);
      }, socketVariant);
      return [held(state, stream), outcome];
    }

    getIsListening(): boolean {
      return this.state.isListening;
    }

    setListenBacklogSize(value: bigint): void {
      coded(() => this.state.setBacklog(value));
    }

    getKeepAliveEnabled = this.settings.keepAlive.get;
    setKeepAliveEnabled = this.settings.keepAlive.set;
    getKeepAliveIdleTime = this.settings.keepIdle.get;
    setKeepAliveIdleTime = this.settings.keepIdle.set;
    getKeepAliveInterval = this.settings.keepInterval.get;
    setKeepAliveInterval = this.settings.keepInterval.set;
    getKeepAliveCount = this.settings.keepCount.get;
    setKeepAliveCount = this.settings.keepCount.set;
    getHopLimit = this.settings.hopLimit.get;
    setHopLimit = this.settings.hopLimit.set;
  }

  /** `udp-socket`. */
  class UdpSocket extends CommonSocket<UdpState> {
    static create(family: AddressFamily): UdpSocket {
      return coded(() => new UdpSocket(new UdpState(context, familyNumber(family)), host));
    }

    connect(address: IpSocketAddress): void {
      coded(() => this.state.connect(socketAddress(address)));
    }

    disconnect(): void {
      coded(() => {
        if (!this.state.isConnected) refuse('invalid-state');
        this.state.connect(undefined);
      });
    }

    send(data: Uint8Array, address: IpSocketAddress | undefined): Promise<void> {
      const to = address && socketAddress(address);
      return codedLater(() => eventually(host, () => this.state.send(data, to)));
    }

    receive(): Promise<[Uint8Array, IpSocketAddress]> {
      return codedLater(async () => {
        const { data, from } = await eventually(host, () => this.state.receive());
        return [data, ipSocketAddress(from)];
      });
    }

    getUnicastHopLimit = this.settings.hopLimit.get;
    setUnicastHopLimit = this.settings.hopLimit.set;
  }

  const resolveAddresses = (name: string): Promise<IpAddress[]> =>
    codedLater(async () => {
      const found = await eventually(host, lookUp(context, name));
      if (found.length === 0) throw new SocketError('name-unresolvable');
      return found.map(ipAddress);
    });

  return {
    'wasi:sockets/types@0.3': { TcpSocket, UdpSocket },
    'wasi:sockets/ip-name-lookup@0.3': { resolveAddresses },
  };
}

/** A stream that holds a socket until it is over or dropped. */
function held<T>(state: TcpState, stream: AsyncIterable<T>): AsyncIterable<T> {
  state.share();
  let over = false;
  const release = (): void => {
    if (!over) state.release();
    over = true;
  };
  const inner = stream[Symbol.asyncIterator]();
  const iterator: AsyncIterableIterator<T> = {
    async next() {
      const result = await inner.next();
      if (result.done) release();
      return result;
    },
    async return() {
      release();
      return inner.return!();
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}
