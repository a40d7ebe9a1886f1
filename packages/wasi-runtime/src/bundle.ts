import { builtin } from './node/builtins.js';

/**
 * Which hosts a bundle brings: Node's (and Deno's, Bun's), memory alone, or whichever there is; `preview2` is WASI
 * 0.2 for whichever there is.
 */
export type BundleKind = 'auto' | 'node' | 'memory' | 'preview2';

/**
 * The whole runtime as the text of one ES module (ES2020, no imports, no top-level await) with the
 * exports of the entry of the same name. Only on Node-like hosts; throws `ENOENT` when the package was
 * not built with its `bundle` script.
 * @param kind the host it brings
 */
export function bundleSource(kind: BundleKind): string {
  const { readFileSync } = builtin('node:fs');
  return readFileSync(new URL(`../dist/bundle/${kind}.js`, import.meta.url), 'utf8');
}
