export { MemoryFileSystem } from '../memory/file-system.js';
export { OverlayFileSystem } from '../memory/overlay.js';
export { provideBuiltins } from '../node/builtins.js';
export { commandOf } from './wasi.js';

import type { WASIOptions } from '../core/wasi.js';
import { filesOf } from '../memory/file-system.js';
import { MemoryHost } from '../memory/host.js';
import { OverlayFileSystem } from '../memory/overlay.js';
import { hasBuiltins } from '../node/builtins.js';
import { NodeHost } from '../node/host.js';
import { ComponentWASIBase } from './wasi.js';

/** A WASI 0.2 system for a component: over the real system on Node, Deno and Bun, else in memory. */
export class WASI extends ComponentWASIBase {
  /** @param options what the guest gets; throws as `ComponentWASIBase` does */
  constructor(options: WASIOptions = {}) {
    super(options, {
      host: () => (hasBuiltins() ? new NodeHost() : new MemoryHost()),
      files: filesOf,
      overlay: (lower) => new OverlayFileSystem(lower),
    });
  }
}
