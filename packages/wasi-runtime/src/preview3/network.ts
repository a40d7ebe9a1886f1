/** What a component of 0.3 has of the network besides that of 0.2, as one piece: see preview2/network.ts. */
import type { NetworkContext } from '../preview2/network-context.js';
import { sockets } from './sockets.js';

/** The interfaces, under names that end in `@0.3`. */
export function laterNetworkInterfaces(
  context: NetworkContext,
): Record<string, Record<string, unknown>> {
  return sockets(context);
}
