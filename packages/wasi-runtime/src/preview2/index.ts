export { MemoryFileSystem } from '../memory/file-system.js';
export { OverlayFileSystem } from '../memory/overlay.js';
export { provideBuiltins } from '../node/builtins.js';
export { commandOf } from './wasi.js';

import type { WASIOptions } from '../core/wasi.js';
import { surroundings } from '../surroundings.js';
import { ComponentWASIBase } from './wasi.js';

/** A WASI 0.2 system for a component: over the real system on Node, Deno and Bun, else in memory. */
export class WASI extends ComponentWASIBase {
  /** @param options what the guest gets; throws as `ComponentWASIBase` does */
  constructor(options: WASIOptions = {}) {
    super(options, surroundings);
  }
}
