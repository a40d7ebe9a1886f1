/**
 * What the states of TCP and UDP sockets have in common: a family, an endpoint of the core with its settings, and those
 * who hold it. Must hold: a socket is in the context's list from when it is made until it is closed.
 */
import type { Family } from '../core/address.js';
import type { TcpEndpoint, UdpEndpoint } from '../core/network.js';
import type { NetworkContext } from './network-context.js';
import { Settings } from './socket-settings.js';

/** One socket. */
export abstract class SocketState<E extends TcpEndpoint | UdpEndpoint> {
  readonly family: Family;
  readonly settings: Settings;
  protected readonly context: NetworkContext;
  protected readonly endpoint: E;
  private users = 1;

  /** @param from the settings of the listener that it comes from */
  constructor(context: NetworkContext, family: Family, endpoint: E, from?: Settings) {
    this.family = family;
    this.context = context;
    this.endpoint = endpoint;
    context.open.add(this);
    // Sockets of IPv6 never take part in IPv4 here.
    endpoint.options.set('ipv6Only', 1);
    this.settings = new Settings(endpoint, from);
  }

  /** Closes it, whoever holds it. */
  abstract close(): void;

  /** Someone more holds it: a stream of it. */
  share(): this {
    this.users++;
    return this;
  }

  /** One of those who hold it lets go; the last one closes it. */
  release(): void {
    if (--this.users === 0) this.close();
  }
}
