export { type BundleKind, bundleSource, importsSockets } from './bundle.js';
export * from './core/index.js';
export { MemoryFileSystem } from './memory/file-system.js';
export { MemoryHost } from './memory/host.js';
export type { MemoryLimits } from './memory/nodes.js';
export { OverlayFileSystem } from './memory/overlay.js';
export { provideBuiltins } from './node/builtins.js';
export { NodeHost, parseAddress } from './node/host.js';

import { WASIBase, type WASIOptions } from './core/wasi.js';
import { surroundings } from './surroundings.js';

/** A WASI system: over the real system on Node, Deno and Bun, else in memory. */
export class WASI extends WASIBase {
  /** @param options what the guest gets; throws as `WASIBase` does */
  constructor(options: WASIOptions = {}) {
    super(options, surroundings);
  }
}
