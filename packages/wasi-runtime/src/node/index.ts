export * from '../core/index.js';
export { NodeHost, parseAddress } from './host.js';

import { WASIBase, type WASIOptions } from '../core/wasi.js';
import { NodeHost } from './host.js';

/** A WASI system on Node, Deno or Bun. */
export class WASI extends WASIBase {
  /** @param options what the guest gets; throws as `WASIBase` does */
  constructor(options: WASIOptions = {}) {
    super(options, () => new NodeHost());
  }
}
