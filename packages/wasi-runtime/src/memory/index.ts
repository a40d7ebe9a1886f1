export * from '../core/index.js';
export { MemoryFileSystem } from './file-system.js';
export { MemoryHost } from './host.js';
export type { MemoryLimits } from './nodes.js';
export { OverlayFileSystem } from './overlay.js';

import { WASIBase, type WASIOptions } from '../core/wasi.js';
import { filesOf } from './file-system.js';
import { MemoryHost } from './host.js';
import { OverlayFileSystem } from './overlay.js';

/** A WASI system that needs nothing but JavaScript. */
export class WASI extends WASIBase {
  /** @param options what the guest gets; throws as `WASIBase` does */
  constructor(options: WASIOptions = {}) {
    super(options, {
      host: () => new MemoryHost(),
      files: filesOf,
      overlay: (lower) => new OverlayFileSystem(lower),
    });
  }
}
