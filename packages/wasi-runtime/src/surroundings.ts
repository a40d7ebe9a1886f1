import type { Surroundings } from './core/wasi.js';
import { filesOf } from './memory/file-system.js';
import { MemoryHost } from './memory/host.js';
import { OverlayFileSystem } from './memory/overlay.js';
import { hasBuiltins } from './node/builtins.js';
import { NodeHost } from './node/host.js';

/** The real system on Node, Deno and Bun, else what is in memory. */
export const surroundings: Surroundings = {
  host: () => (hasBuiltins() ? new NodeHost() : new MemoryHost()),
  files: filesOf,
  overlay: (lower) => new OverlayFileSystem(lower),
};
