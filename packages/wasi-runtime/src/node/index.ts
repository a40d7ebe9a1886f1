export * from '../core/index.js';
export { provideBuiltins } from './builtins.js';
export { NodeHost, parseAddress } from './host.js';

import type { FileSystem } from '../core/sources.js';
import { type Tree, WASIBase, type WASIOptions } from '../core/wasi.js';
import { NodeHost } from './host.js';

/** A WASI system on Node, Deno or Bun. */
export class WASI extends WASIBase {
  /** @param options what the guest gets; throws as `WASIBase` does */
  constructor(options: WASIOptions = {}) {
    super(options, { host: () => new NodeHost(), files: madeAlready, overlay: noMemory });
  }
}

/** The option `overlay` where nothing here can make a file system. */
function noMemory(): never {
  throw new TypeError('overlay: this entry has no file system in memory');
}

/** The option `files` where nothing here can make a file system. */
function madeAlready(files: Tree | FileSystem): FileSystem {
  if (typeof files['directory'] === 'function') return files as FileSystem;
  throw new TypeError('files: this entry has no file system in memory; give a MemoryFileSystem');
}
