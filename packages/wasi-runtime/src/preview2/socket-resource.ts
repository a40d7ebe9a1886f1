/** What resources of both kinds of sockets are in 0.2 and in 0.3: a state, which they hold until the guest drops them. */
import type { Host } from '../core/host.js';
import { onDrop } from './io.js';
import { accessors } from './socket-settings.js';
import type { TcpState } from './tcp-state.js';
import type { UdpState } from './udp-state.js';

/** A resource over a state. */
export abstract class SocketResource<S extends TcpState | UdpState> {
  protected readonly state: S;
  protected readonly host: Host;
  protected readonly settings: ReturnType<typeof accessors>;

  /** @param coded gives what a call gives; throws the version's `error-code` where it fails */
  constructor(state: S, host: Host, coded: <T>(call: () => T) => T) {
    this.state = state;
    this.host = host;
    this.settings = accessors(state.settings, coded);
    onDrop(this, () => state.release());
  }
}
