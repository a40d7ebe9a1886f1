/**
 * wasi:sockets of WASI 0.2: the two steps of each operation, streams and pollables over the states that 0.3 shares
 * (tcp-state.ts, udp-state.ts). What fails is thrown as an `error-code`.
 */
import { parseIp } from '../core/address.js';
import { isError } from '../core/errno.js';
import type { Host } from '../core/host.js';
import {
  InputStream,
  IoError,
  inputOf,
  OutputStream,
  onDrop,
  Pollable,
  socketOutput,
} from './io.js';
import { type NetworkContext, networkOf } from './network-context.js';
import { SocketResource } from './socket-resource.js';
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
} from './socket-values.js';
import { TcpState } from './tcp-state.js';
import { UdpState } from './udp-state.js';

/** What `call` gives; throws an `error-code` where it fails. */
function coded<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw socketCode(error);
  }
}

/** `network`: the right to use it, which the list bounds. */
export class Network {}

/** Remembers that an operation has begun, and how it went, until it is finished. */
class Step {
  private begun: 'bind' | 'listen' | undefined;

  start(what: 'bind' | 'listen', call: () => void): void {
    if (this.begun) refuse('concurrency-conflict');
    call();
    this.begun = what;
  }

  finish(what: 'bind' | 'listen'): void {
    if (this.begun !== what) refuse('not-in-progress');
    this.begun = undefined;
  }
}

const FOREVER = Number.POSITIVE_INFINITY;

/** What both kinds of sockets have. */
abstract class CommonSocket<S extends TcpState | UdpState> extends SocketResource<S> {
  protected readonly step = new Step();

  constructor(state: S, host: Host) {
    super(state, host, coded);
  }

  localAddress(): IpSocketAddress {
    return coded(() => ipSocketAddress(this.state.local()));
  }

  remoteAddress(): IpSocketAddress {
    return coded(() => ipSocketAddress(this.state.remote()));
  }

  addressFamily(): AddressFamily {
    return familyName(this.state.family);
  }

  startBind(_network: Network, address: IpSocketAddress): void {
    coded(() => this.step.start('bind', () => this.state.bind(socketAddress(address))));
  }

  finishBind(): void {
    coded(() => this.step.finish('bind'));
  }

  receiveBufferSize = this.settings.receiveBuffer.get;
  setReceiveBufferSize = this.settings.receiveBuffer.set;
  sendBufferSize = this.settings.sendBuffer.get;
  setSendBufferSize = this.settings.sendBuffer.set;
}

/** `tcp-socket`. */
export class TcpSocket extends CommonSocket<TcpState> {
  startConnect(_network: Network, address: IpSocketAddress): void {
    coded(() => {
      if (this.state.isConnecting) refuse('concurrency-conflict');
      this.state.connect(socketAddress(address));
    });
  }

  finishConnect(): [InputStream, OutputStream] {
    return coded(() => {
      this.state.finishConnect();
      return this.streams();
    });
  }

  startListen(): void {
    coded(() => this.step.start('listen', () => this.state.listen(false)));
  }

  finishListen(): void {
    coded(() => this.step.finish('listen'));
  }

  accept(): [TcpSocket, InputStream, OutputStream] {
    return coded(() => {
      const socket = new TcpSocket(this.state.accept(), this.host);
      return [socket, ...socket.streams()];
    });
  }

  isListening(): boolean {
    return this.state.isListening;
  }

  setListenBacklogSize(value: bigint): void {
    coded(() => this.state.setBacklog(value));
  }

  keepAliveEnabled = this.settings.keepAlive.get;
  setKeepAliveEnabled = this.settings.keepAlive.set;
  keepAliveIdleTime = this.settings.keepIdle.get;
  setKeepAliveIdleTime = this.settings.keepIdle.set;
  keepAliveInterval = this.settings.keepInterval.get;
  setKeepAliveInterval = this.settings.keepInterval.set;
  keepAliveCount = this.settings.keepCount.get;
  setKeepAliveCount = this.settings.keepCount.set;
  hopLimit = this.settings.hopLimit.get;
  setHopLimit = this.settings.hopLimit.set;

  /** Ready when an operation that goes on can be finished, or a connection be accepted. */
  subscribe(): Pollable {
    const { state } = this;
    return new Pollable(this.host, () => {
      if (state.isConnecting) return state.hasEnded ? 0 : FOREVER;
      return state.isListening && !state.hasWaiting ? FOREVER : 0;
    });
  }

  shutdown(type: 'receive' | 'send' | 'both'): void {
    coded(() => this.state.shutdown(type !== 'send', type !== 'receive'));
  }

  /** The two streams; each holds the connection until it is dropped. */
  private streams(): [InputStream, OutputStream] {
    const { state, host } = this;
    const { connection } = state;
    const input = new InputStream(inputOf(connection), host);
    const output = new OutputStream(socketOutput(connection), host);
    const dropped = (read: boolean) => () => {
      try {
        state.shutdown(read, !read);
      } catch (error) {
        socketCode(error);
      }
      state.release();
    };
    onDrop(input, dropped(true));
    onDrop(output, dropped(false));
    state.share().share();
    return [input, output];
  }
}

/** Most datagrams in one call. */
const MOST_DATAGRAMS = 64;

interface Datagram {
  data: Uint8Array;
  remoteAddress?: IpSocketAddress | undefined;
}

/** `incoming-datagram-stream`. */
export class IncomingDatagramStream {
  private readonly state: UdpState;
  private readonly host: Host;

  constructor(state: UdpState, host: Host) {
    this.state = state.share();
    this.host = host;
    onDrop(this, () => state.release());
  }

  /** The datagrams that have come, so many at most. */
  receive(most: bigint): Datagram[] {
    return coded(() => {
      const found: Datagram[] = [];
      while (found.length < most && found.length < MOST_DATAGRAMS) {
        try {
          const { data, from } = this.state.receive();
          found.push({ data, remoteAddress: ipSocketAddress(from) });
        } catch (error) {
          if (!isError(error, 'AGAIN') && found.length === 0) throw error;
          break;
        }
      }
      return found;
    });
  }

  /** Ready when a datagram has come. */
  subscribe(): Pollable {
    return new Pollable(this.host, () => (this.state.ready(false) ? 0 : FOREVER));
  }
}

/** `outgoing-datagram-stream`. */
export class OutgoingDatagramStream {
  private readonly state: UdpState;
  private readonly host: Host;
  private permitted = 0;

  constructor(state: UdpState, host: Host) {
    this.state = state.share();
    this.host = host;
    onDrop(this, () => state.release());
  }

  /** How many datagrams `send` takes next. */
  checkSend(): bigint {
    return coded(() => {
      this.permitted = this.state.ready(true) ? MOST_DATAGRAMS : 0;
      return BigInt(this.permitted);
    });
  }

  /** Sends; returns how many have been. More than `check-send` has told is a trap. */
  send(datagrams: readonly Datagram[]): bigint {
    if (datagrams.length > this.permitted)
      throw new RangeError('more datagrams are sent than were permitted');
    this.permitted -= datagrams.length;
    return coded(() => {
      let sent = 0;
      for (const { data, remoteAddress } of datagrams) {
        try {
          this.state.send(data, remoteAddress && socketAddress(remoteAddress));
        } catch (error) {
          if (sent > 0 || isError(error, 'AGAIN')) break;
          throw error;
        }
        sent++;
      }
      return BigInt(sent);
    });
  }

  /** Ready when something can be sent. */
  subscribe(): Pollable {
    return new Pollable(this.host, () => (this.state.ready(true) ? 0 : FOREVER));
  }
}

/** `udp-socket`. */
export class UdpSocket extends CommonSocket<UdpState> {
  /** Streams of datagrams from and to an address, or any. */
  stream(address: IpSocketAddress | undefined): [IncomingDatagramStream, OutgoingDatagramStream] {
    return coded(() => {
      const { state, host } = this;
      // Tells whether it has been bound, as it must be.
      state.local();
      state.connect(address && socketAddress(address));
      return [new IncomingDatagramStream(state, host), new OutgoingDatagramStream(state, host)];
    });
  }

  unicastHopLimit = this.settings.hopLimit.get;
  setUnicastHopLimit = this.settings.hopLimit.set;

  /** Nothing of it is waited for. */
  subscribe(): Pollable {
    return new Pollable(this.host, () => 0);
  }
}

/** A name that can be looked up. */
const isName = (name: string): boolean =>
  name.length <= 253 && /^(?:[\p{L}\p{N}_](?:[\p{L}\p{N}_-]{0,61}[\p{L}\p{N}_])?\.?)+$/u.test(name);

/**
 * The addresses of a name, as soon as they are known; until then that throws `EAGAIN`.
 * Throws `invalid-argument` for what is no name, `access-denied` where the guest may look up none.
 */
export function lookUp(context: NetworkContext, name: string): () => Uint8Array[] {
  const ip = parseIp(name.replace(/^\[(.*)\]$/, '$1'));
  if (ip) return () => [ip];
  if (!isName(name)) refuse('invalid-argument');
  if (!context.allowed.lookup) refuse('access-denied');
  const look = networkOf(context).lookUp(name);
  let found: Uint8Array[] | undefined;
  let failed: SocketError | undefined;
  return () => {
    if (failed) throw failed;
    try {
      found ??= look(true);
    } catch (error) {
      if (isError(error, 'AGAIN')) throw error;
      failed = new SocketError('name-unresolvable');
      throw failed;
    }
    return found;
  };
}

/** `resolve-address-stream`. */
export class ResolveAddressStream {
  private readonly look: () => Uint8Array[];
  private readonly host: Host;
  private next = 0;

  constructor(look: () => Uint8Array[], host: Host) {
    this.look = look;
    this.host = host;
  }

  /** The next address; `undefined` after the last. */
  resolveNextAddress(): IpAddress | undefined {
    return coded(() => {
      const ip = this.look()[this.next];
      if (!ip) return undefined;
      this.next++;
      return ipAddress(ip);
    });
  }

  /** Ready when the answer is known. */
  subscribe(): Pollable {
    return new Pollable(this.host, () => {
      try {
        this.look();
        return 0;
      } catch (error) {
        return isError(error, 'AGAIN') ? FOREVER : 0;
      }
    });
  }
}

/** The interfaces of wasi:sockets. */
export function sockets(context: NetworkContext) {
  const { host } = context;
  return {
    'wasi:sockets/network': {
      Network,
      networkErrorCode(error: unknown): string | undefined {
        if (!(error instanceof IoError)) return undefined;
        const code = socketCode(error.cause);
        return code === 'unknown' ? undefined : code;
      },
    },
    'wasi:sockets/instance-network': { instanceNetwork: () => new Network() },
    'wasi:sockets/tcp': { TcpSocket },
    'wasi:sockets/tcp-create-socket': {
      createTcpSocket: (family: AddressFamily) =>
        coded(() => new TcpSocket(new TcpState(context, familyNumber(family)), host)),
    },
    'wasi:sockets/udp': { UdpSocket, IncomingDatagramStream, OutgoingDatagramStream },
    'wasi:sockets/udp-create-socket': {
      createUdpSocket: (family: AddressFamily) =>
        coded(() => new UdpSocket(new UdpState(context, familyNumber(family)), host)),
    },
    'wasi:sockets/ip-name-lookup': {
      ResolveAddressStream,
      resolveAddresses: (_network: Network, name: string) =>
        coded(() => new ResolveAddressStream(lookUp(context, name), host)),
    },
  };
}
