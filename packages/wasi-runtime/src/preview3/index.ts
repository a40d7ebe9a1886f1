export { MemoryFileSystem } from '../memory/file-system.js';
export { OverlayFileSystem } from '../memory/overlay.js';
export { provideBuiltins } from '../node/builtins.js';

import type { WASIOptions } from '../core/wasi.js';
import { surroundings } from '../surroundings.js';
import { AsyncWASIBase } from './wasi.js';

/** A WASI 0.3 system for a component: over the real system on Node, Deno and Bun, else in memory. */
export class WASI extends AsyncWASIBase {
  /** @param options what the guest gets; throws as `AsyncWASIBase` does */
  constructor(options: WASIOptions = {}) {
    super(options, surroundings);
  }
}
