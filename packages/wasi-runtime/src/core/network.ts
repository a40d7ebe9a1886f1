/**
 * Sockets that a guest makes. Above is what the functions of the guest do with them (functions/network.ts); below,
 * the host's {@link Network}. Here is the order that calls must keep, and the list is asked before each step that
 * binds or reaches an address: nothing below this file asks again.
 */
import {
  anything,
  type Family,
  familyOf,
  isAnything,
  isUnspecified,
  type SocketAddress,
  sameAddress,
  unmapped,
  unspecified,
} from './address.js';
import { type AllowList, destination } from './allow-list.js';
import { gather, scatter, totalLength } from './buffers.js';
import { errorOf, fail } from './errno.js';
import type {
  BindOptions,
  BoundListener,
  Connection,
  Datagrams,
  Network,
  Ready,
  Received,
  Socket,
  SystemOption,
} from './host.js';
import { FILETYPE } from './types.js';

/** Options of a socket by the names that the functions give them, as the guest has set them. */
export type SocketOptions = Map<string, number>;

/** What TCP and UDP sockets have in common: a family, an address, options. */
abstract class Endpoint {
  readonly readable = true;
  readonly writable = true;
  readonly family: Family;
  readonly options: SocketOptions = new Map();
  protected readonly network: Network;
  protected readonly allowed: AllowList;
  /** What the guest has bound. */
  protected bound: SocketAddress | undefined;

  constructor(network: Network, allowed: AllowList, family: Family) {
    this.network = network;
    this.allowed = allowed;
    this.family = family;
  }

  /** Checks that an address belongs to this socket; sockets of IPv6 take IPv4 in its mapped form only. */
  protected checkFamily({ ip }: SocketAddress): void {
    if (familyOf(ip) !== this.family) fail('AFNOSUPPORT');
  }

  /** How an address is bound; `::` brings in IPv4 only where the list names that too. */
  protected bindOptions({ ip, port }: SocketAddress): BindOptions {
    const both =
      !this.options.get('ipv6Only') &&
      (unmapped(ip) !== ip ||
        (isUnspecified(ip) && this.allowed.names({ ip: unspecified(4), port })));
    return { ipv6Only: this.family === 6 && !both, reusePort: !!this.options.get('reusePort') };
  }

  /** What a socket has set so far is told to what stands for it from now on. */
  protected apply(target: { set(option: SystemOption, value: number): void }): void {
    for (const [name, value] of this.options) if (isSystem(name)) target.set(name, value);
  }
}

const SYSTEM: readonly string[] = [
  'noDelay',
  'keepAlive',
  'broadcast',
  'ttl',
  'multicastTtl',
  'multicastLoop',
] satisfies SystemOption[];

/** Is this a setting for the system? */
export const isSystem = (name: string): name is SystemOption => SYSTEM.includes(name);

/** A TCP socket from its making on; as a stream it is its connection. */
export class TcpEndpoint extends Endpoint implements Socket {
  readonly kind = 'tcp';
  readonly filetype = FILETYPE.SOCKET_STREAM;
  private connection: Connection | undefined;
  /** What keeps the address until it is known what for. */
  private held: BoundListener | undefined;

  /**
   * Binds an address. The system is asked when the socket listens or connects, so an address in use is told then.
   * Any port of any address is what an unbound socket has, too; `listen` asks the list about it.
   */
  bind(address: SocketAddress): void {
    this.checkFamily(address);
    if (this.bound || this.connection) fail('INVAL');
    if (!isAnything(address) && !this.allowed.names(address)) fail('ACCES');
    this.bound = address;
  }

  /**
   * Asks the system for the address at once, for interfaces that tell it before a socket listens or connects. Hosts
   * know no other way to have an address than to listen there, so that whoever asks early waits instead of being turned
   * away. What the list does not name is left as it is.
   */
  hold(backlog: number): void {
    const { bound } = this;
    if (!bound || this.held || !this.allowed.names(bound)) return;
    this.held = this.network.listen(bound, { ...this.bindOptions(bound), backlog });
    this.bound = this.held.local();
  }

  /** Listens; the listener takes this socket's place. */
  listen(backlog: number): BoundListener {
    if (this.connection) fail('ISCONN');
    const { held } = this;
    if (held) {
      this.held = undefined;
      return held;
    }
    const address = this.bound ?? anything(this.family);
    if (!this.allowed.names(address)) fail('ACCES');
    return this.network.listen(address, { ...this.bindOptions(address), backlog });
  }

  /** Begins to connect; an attempt that has failed may be followed by another. */
  connect(address: SocketAddress): Connection {
    this.checkFamily(address);
    this.endAttempt();
    if (address.port === 0) fail('ADDRNOTAVAIL');
    if (!this.allowed.reaches(address)) fail('ACCES');
    const from = this.bound && !isAnything(this.bound) ? this.bound : undefined;
    this.held?.close();
    this.held = undefined;
    this.connection = this.network.connect(destination(address), from);
    this.apply(this.connection);
    return this.connection;
  }

  /**
   * Lets go of an attempt that has failed, so that another may follow; whoever does not know yet why it has failed is
   * told that first. Throws `EALREADY` for one that goes on, `EISCONN` for one that has come to its end.
   */
  private endAttempt(): void {
    if (!this.connection) return;
    const { connection } = this;
    if (connection.poll(true) === undefined) fail('ALREADY');
    const untold = connection.error();
    if (untold !== 0) throw errorOf(untold);
    if (connection.poll(true)?.hangup !== true) fail('ISCONN');
    connection.close();
    this.connection = undefined;
  }

  local(): SocketAddress {
    return this.connection?.local() ?? this.bound ?? anything(this.family);
  }

  remote(): SocketAddress {
    return this.made().remote();
  }

  /** The pending error's number, which is forgotten with this; 0 for none. */
  error(): number {
    return this.connection?.error() ?? 0;
  }

  set(option: SystemOption, value: number): void {
    this.connection?.set(option, value);
  }

  read(buffers: Uint8Array[], nonblock: boolean): number {
    return this.made().read(buffers, nonblock);
  }

  peek(buffers: Uint8Array[], nonblock: boolean): number {
    return this.made().peek(buffers, nonblock);
  }

  write(buffers: Uint8Array[], nonblock: boolean): number {
    return this.made().write(buffers, nonblock);
  }

  poll(write: boolean): Ready | undefined {
    return this.connection ? this.connection.poll(write) : { nbytes: 0, hangup: true };
  }

  shutdown(read: boolean, write: boolean): void {
    this.made().shutdown(read, write);
  }

  close(): void {
    this.connection?.close();
    this.held?.close();
    this.held = undefined;
  }

  /** The connection; `ENOTCONN` as long as there is none. */
  private made(): Connection {
    return this.connection ?? fail('NOTCONN');
  }
}

/** Most bytes of a datagram over IPv4; IPv6 has eight more. */
const LARGEST_DATAGRAM = 65507;

/** A UDP socket; as a stream it is datagrams from and to what it is connected to. */
export class UdpEndpoint extends Endpoint implements Socket {
  readonly kind = 'udp';
  readonly filetype = FILETYPE.SOCKET_DGRAM;
  private socket: Datagrams | undefined;
  private peer: SocketAddress | undefined;
  private readEnded = false;
  private writeEnded = false;
  /** The guest has named the address that it wants datagrams at, so they may come from anywhere. */
  private serves = false;

  /** Binds an address; any port of any address may be had without the list, but hears only from whom it names. */
  bind(address: SocketAddress): void {
    this.checkFamily(address);
    if (this.socket) fail('INVAL');
    this.serves = this.allowed.names(address);
    if (!this.serves && !isAnything(address)) fail('ACCES');
    this.bound = address;
    this.open();
  }

  /** Sets where datagrams go to and come from. */
  connect(address: SocketAddress): void {
    this.checkFamily(address);
    if (!this.allowed.reaches(address)) fail('ACCES');
    this.peer = destination(address);
    this.open();
  }

  /** Datagrams go to whom they are sent, and come from whoever may send. */
  disconnect(): void {
    this.peer = undefined;
  }

  /** Sends a datagram to an address, or to the one that it is connected to. */
  sendTo(buffers: Uint8Array[], address: SocketAddress | undefined, nonblock: boolean): number {
    const length = totalLength(buffers);
    if (length > LARGEST_DATAGRAM) fail('MSGSIZE');
    if (this.writeEnded) fail('PIPE');
    const to = address ?? this.peer ?? fail('DESTADDRREQ');
    this.checkFamily(to);
    if (!this.allowed.reaches(to)) fail('ACCES');
    this.open().send(gather(buffers, length), destination(to), nonblock);
    return length;
  }

  /** The next datagram that is meant for the guest. */
  receive(nonblock: boolean, peek: boolean): Received {
    if (this.readEnded) return { from: this.peer ?? this.local(), data: new Uint8Array(0) };
    return this.open().receive(nonblock, peek, this.wanted);
  }

  local(): SocketAddress {
    const local = this.socket?.local() ?? anything(this.family);
    if (!this.peer || !isUnspecified(local.ip)) return local;
    // Whoever knows where to has the address that leads there.
    return { ip: this.network.sourceFor(this.peer) ?? local.ip, port: local.port };
  }

  remote(): SocketAddress {
    return this.peer ?? fail('NOTCONN');
  }

  error(): number {
    return 0;
  }

  set(option: SystemOption, value: number): void {
    this.socket?.set(option, value);
  }

  read(buffers: Uint8Array[], nonblock: boolean): number {
    return scatter(this.receive(nonblock, false).data, buffers);
  }

  peek(buffers: Uint8Array[], nonblock: boolean): number {
    return scatter(this.receive(nonblock, true).data, buffers);
  }

  write(buffers: Uint8Array[], nonblock: boolean): number {
    return this.sendTo(buffers, undefined, nonblock);
  }

  poll(write: boolean): Ready | undefined {
    if (!write && this.readEnded) return { nbytes: 0, hangup: true };
    return this.open().poll(write, this.wanted);
  }

  shutdown(read: boolean, write: boolean): void {
    if (!this.peer) fail('NOTCONN');
    this.readEnded ||= read;
    this.writeEnded ||= write;
  }

  close(): void {
    this.socket?.close();
  }

  /** May a datagram from there be heard? */
  private readonly wanted = (from: SocketAddress): boolean => {
    if (this.peer) return sameAddress(this.peer, from);
    return this.serves || this.allowed.names(from);
  };

  /** The system's socket, on any free port where the guest has bound none. */
  private open(): Datagrams {
    if (this.socket) return this.socket;
    const address = this.bound ?? anything(this.family);
    this.socket = this.network.datagrams(address, this.bindOptions(address));
    this.apply(this.socket);
    return this.socket;
  }
}

/** What is behind a descriptor that the guest has made. */
export type GuestEndpoint = TcpEndpoint | UdpEndpoint;
