/**
 * A UDP socket as wasi:sockets has it, 0.2 and 0.3: which call may come when, over the core's endpoint, which asks the
 * list. What fails throws a `WasiError` or a `SocketError`.
 */
import { anything, type Family, type SocketAddress, sameAddress } from '../core/address.js';
import type { Received } from '../core/host.js';
import { UdpEndpoint } from '../core/network.js';
import { type NetworkContext, networkOf } from './network-context.js';
import { SocketState } from './socket-state.js';
import { isOfFamily, isTarget, refuse } from './socket-values.js';

/** One socket. */
export class UdpState extends SocketState<UdpEndpoint> {
  private isBound = false;
  private peer: SocketAddress | undefined;

  /** Throws `access-denied` where the guest may have none. */
  constructor(context: NetworkContext, family: Family) {
    if (!context.allowed.udp) refuse('access-denied');
    super(context, family, new UdpEndpoint(networkOf(context), context.allowed, family));
  }

  bind(address: SocketAddress): void {
    if (!isOfFamily(address, this.family)) refuse('invalid-argument');
    if (this.isBound) refuse('invalid-state');
    this.endpoint.bind(address);
    this.isBound = true;
  }

  /** As {@link bind}, to any port, where that was not done. */
  bindAny(): void {
    if (!this.isBound) this.bind(anything(this.family));
  }

  /** Sets where datagrams go to and come from; `undefined` for anywhere. */
  connect(address: SocketAddress | undefined): void {
    if (address === undefined) {
      this.endpoint.disconnect();
    } else {
      if (!isOfFamily(address, this.family) || !isTarget(address)) refuse('invalid-argument');
      this.endpoint.connect(address);
      this.isBound = true;
    }
    this.peer = address;
  }

  get isConnected(): boolean {
    return this.peer !== undefined;
  }

  /** Sends one datagram; `EAGAIN` while too much is on its way. */
  send(data: Uint8Array, address: SocketAddress | undefined): void {
    const { peer } = this;
    if (peer ? address && !sameAddress(peer, address) : !address) refuse('invalid-argument');
    const to = (address ?? peer)!;
    if (!isOfFamily(to, this.family) || !isTarget(to)) refuse('invalid-argument');
    this.bindAny();
    this.endpoint.sendTo([data], to, true);
  }

  /** The next datagram; `EAGAIN` where there is none yet. */
  receive(): Received {
    if (!this.isBound) refuse('invalid-state');
    return this.endpoint.receive(true, false);
  }

  /** Would it be received, or sent, at once? */
  ready(write: boolean): boolean {
    return this.isBound && this.endpoint.poll(write) !== undefined;
  }

  local(): SocketAddress {
    if (!this.isBound) refuse('invalid-state');
    return this.endpoint.local();
  }

  remote(): SocketAddress {
    return this.peer ?? refuse('invalid-state');
  }

  /** Closes it, whoever holds it. */
  close(): void {
    if (this.context.open.delete(this)) this.endpoint.close();
  }
}
