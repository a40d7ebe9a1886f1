/**
 * What a component has of the network, as one piece, which the bundle for components that import nothing of it leaves
 * out (scripts/bundle.mjs): nothing else may import what only this needs, but for its types.
 */
import { allowListOf } from '../core/allowed.js';
import type { Host } from '../core/host.js';
import type { WASIOptions } from '../core/wasi.js';
import type { NetworkContext } from './network-context.js';
import { sockets } from './sockets.js';

/** What the options say of the network; throws as `AllowList` does. */
export function networkContext({ network = {} }: WASIOptions, host: Host): NetworkContext {
  return { host, allowed: allowListOf(network, host), open: new Set() };
}

/** The interfaces. */
export function networkInterfaces(
  context: NetworkContext,
): Record<string, Record<string, unknown>> {
  return sockets(context);
}
