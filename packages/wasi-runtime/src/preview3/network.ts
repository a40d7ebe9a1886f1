/** What a component of 0.3 has of the network besides that of 0.2, as one piece: see preview2/network.ts. */
import {
  exportedHandler,
  gathering,
  type HandledRequest,
  type HandledResponse,
  type Sink,
} from '../http/serving.js';
import type { NetworkContext } from '../preview2/network-context.js';
import { type Handler, http } from './http.js';
import { sockets } from './sockets.js';

/** The network of one instance. */
export interface LaterNetwork {
  /** Under names that end in `@0.3`. */
  interfaces: Record<string, Record<string, unknown>>;
  /** See `ComponentWASIBase.handle`; undefined for a component that exports no `handler` of 0.3. */
  handle(
    exports: Readonly<Record<string, unknown>>,
    request: HandledRequest,
    sink?: Sink,
  ): Promise<HandledResponse | undefined> | undefined;
}

/** What there is besides 0.2's. */
export function laterNetwork(context: NetworkContext): LaterNetwork {
  const { interfaces, serve } = http(context);
  return {
    interfaces: { ...sockets(context), ...interfaces },
    handle(exports, request, sink) {
      const handler = exportedHandler<Handler>(exports, 'wasi:http/handler@');
      if (!handler) return undefined;
      const gathered = sink ? undefined : gathering();
      return serve(handler, request, sink ?? gathered!).then(() => gathered?.result());
    },
  };
}
