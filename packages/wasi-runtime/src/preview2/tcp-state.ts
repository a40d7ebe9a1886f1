/**
 * A TCP socket as wasi:sockets has it, 0.2 and 0.3: which call may come when. Below are the endpoints of the core
 * (core/network.ts), which ask the list before each step. Must hold: what fails throws a `WasiError` or a
 * {@link SocketError}, and a socket whose attempt has failed is closed for good.
 */
import type { Family, SocketAddress } from '../core/address.js';
import { isError } from '../core/errno.js';
import type { BoundListener, Connection, Socket } from '../core/host.js';
import { TcpEndpoint } from '../core/network.js';
import { type NetworkContext, networkOf } from './network-context.js';
import { SocketState } from './socket-state.js';
import { isOfFamily, isTarget, isUnicast, refuse } from './socket-values.js';

/** Connections that wait for a listener that has not said how many may. */
const BACKLOG = 128;
const MOST_BACKLOG = 4096;

/** Where a socket is in its life. */
type Phase = 'unbound' | 'bound' | 'connecting' | 'connected' | 'listening' | 'closed';

/** One socket. */
export class TcpState extends SocketState<TcpEndpoint> {
  private phase: Phase = 'unbound';
  private backlog = BACKLOG;
  private listener: BoundListener | undefined;
  private pending: Connection | undefined;
  private stream: Socket | undefined;

  /** @param accepted a connection that a listener has taken, and the listener's state */
  constructor(
    context: NetworkContext,
    family: Family,
    accepted?: { stream: Socket; from: TcpState },
  ) {
    if (!context.allowed.tcp) refuse('access-denied');
    const endpoint = new TcpEndpoint(networkOf(context), context.allowed, family);
    super(context, family, endpoint, accepted?.from.settings);
    if (!accepted) return;
    this.stream = accepted.stream;
    this.phase = 'connected';
  }

  get isListening(): boolean {
    return this.phase === 'listening';
  }

  /** Binds. */
  bind(address: SocketAddress): void {
    if (!isOfFamily(address, this.family) || !isUnicast(address)) refuse('invalid-argument');
    if (this.phase !== 'unbound') refuse('invalid-state');
    this.endpoint.bind(address);
    this.endpoint.hold(this.backlog);
    this.phase = 'bound';
  }

  /** How many connections may wait. */
  setBacklog(value: bigint): void {
    if (value <= 0) refuse('invalid-argument');
    if (this.phase === 'listening') refuse('not-supported');
    if (this.phase !== 'unbound' && this.phase !== 'bound') refuse('invalid-state');
    this.backlog = value > MOST_BACKLOG ? MOST_BACKLOG : Number(value);
  }

  /** Listens. @param implicit also without an address (0.3) */
  listen(implicit: boolean): void {
    if (this.phase !== 'bound' && !(implicit && this.phase === 'unbound')) refuse('invalid-state');
    this.listener = this.endpoint.listen(this.backlog);
    this.phase = 'listening';
  }

  /** The next connection; `EAGAIN` where there is none yet. */
  accept(): TcpState {
    if (this.phase !== 'listening') refuse('invalid-state');
    const stream = this.listener!.accept(true);
    return new TcpState(this.context, this.family, { stream, from: this });
  }

  /** Would {@link accept} give a connection? */
  get hasWaiting(): boolean {
    return this.listener?.poll() !== undefined;
  }

  /** Begins to connect. */
  connect(address: SocketAddress): void {
    if (!isOfFamily(address, this.family) || !isTarget(address)) refuse('invalid-argument');
    if (this.phase !== 'unbound' && this.phase !== 'bound') refuse('invalid-state');
    this.pending = this.endpoint.connect(address);
    this.phase = 'connecting';
  }

  /** Returns once it is connected; `EAGAIN` where that is not known yet. */
  finishConnect(): void {
    if (this.phase !== 'connecting') refuse('not-in-progress');
    try {
      this.pending!.established(true);
    } catch (error) {
      if (!isError(error, 'AGAIN')) this.phase = 'closed';
      throw error;
    }
    this.stream = this.pending;
    this.phase = 'connected';
  }

  /** Is it known how the attempt has ended? */
  get hasEnded(): boolean {
    return this.pending?.poll(true) !== undefined;
  }

  /** Is an attempt under way? */
  get isConnecting(): boolean {
    return this.phase === 'connecting';
  }

  /** The connection. */
  get connection(): Socket {
    return this.stream ?? refuse('invalid-state');
  }

  shutdown(read: boolean, write: boolean): void {
    if (this.phase !== 'connected') refuse('invalid-state');
    this.stream!.shutdown(read, write);
  }

  local(): SocketAddress {
    if (this.phase === 'unbound' || this.phase === 'closed') refuse('invalid-state');
    const from = this.listener ?? this.stream ?? this.endpoint;
    return from.local?.() ?? refuse('not-supported');
  }

  remote(): SocketAddress {
    if (this.phase !== 'connected') refuse('invalid-state');
    return this.stream!.remote?.() ?? refuse('not-supported');
  }

  /** Closes it, whoever holds it. */
  close(): void {
    if (!this.context.open.delete(this)) return;
    this.phase = 'closed';
    this.listener?.close();
    this.stream?.close();
    if (this.stream !== this.pending) this.pending?.close();
    this.endpoint.close();
  }
}
