/**
 * What a component has of the network, as one piece, which the bundle for components that import nothing of it leaves
 * out (scripts/bundle.mjs): nothing else may import what only this needs, but for its types.
 */
import { allowListOf } from '../core/allowed.js';
import type { Host } from '../core/host.js';
import type { WASIOptions } from '../core/wasi.js';
import {
  exportedHandler,
  gathering,
  type HandledRequest,
  type HandledResponse,
  type Sink,
} from '../http/serving.js';
import { http, type IncomingHandler } from './http.js';
import type { NetworkContext } from './network-context.js';
import { sockets } from './sockets.js';

/** The network of one instance. */
export interface ComponentNetwork {
  /** What it is made of; undefined where there is none. */
  context: NetworkContext | undefined;
  interfaces: Record<string, Record<string, unknown>>;
  /** See `ComponentWASIBase.handle`. */
  handle(
    exports: Readonly<Record<string, unknown>>,
    request: HandledRequest,
    sink?: Sink,
  ): HandledResponse | undefined;
}

/** The network that the options tell; throws as `AllowList` does. */
export function componentNetwork({ network = {} }: WASIOptions, host: Host): ComponentNetwork {
  const context: NetworkContext = { host, allowed: allowListOf(network, host), open: new Set() };
  const { interfaces, serve } = http(context);
  return {
    context,
    interfaces: { ...sockets(context), ...interfaces },
    handle(exports, request, sink) {
      const handler = exportedHandler<IncomingHandler>(exports, 'wasi:http/incoming-handler@');
      if (!handler) throw new TypeError('the component does not export wasi:http/incoming-handler');
      const gathered = sink ? undefined : gathering();
      serve(handler, request, sink ?? gathered!);
      return gathered?.result();
    },
  };
}
