/** What sockets and HTTP of one instance share: its host, its list, and what it has open. */
import type { AllowList } from '../core/allow-list.js';
import type { Host, Network } from '../core/host.js';
import { refuse } from './socket-values.js';

/** What everything of the network is made of. */
export interface NetworkContext {
  host: Host;
  allowed: AllowList;
  /** What is to be closed when the instance ends. */
  open: Set<{ close(): void }>;
}

/** The host's network; `not-supported` where there is none. */
export function networkOf({ host }: NetworkContext): Network {
  return host.network?.() ?? refuse('not-supported');
}
