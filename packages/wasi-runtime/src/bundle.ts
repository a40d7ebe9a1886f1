import { builtin } from './node/builtins.js';

/**
 * Which hosts a bundle brings: Node's (and Deno's, Bun's), memory alone, or whichever there is; `preview2` and
 * `preview3` are WASI 0.2 and 0.3 for whichever there is.
 */
export type BundleKind = 'auto' | 'node' | 'memory' | 'preview2' | 'preview3';

/**
 * The whole runtime as the text of one ES module (ES2020, no imports, no top-level await) with the
 * exports of the entry of the same name. Only on Node-like hosts; throws `ENOENT` when the package was
 * not built with its `bundle` script.
 * @param kind the host it brings
 * @param sockets with the functions by which a guest makes sockets of its own (see {@link importsSockets})
 */
export function bundleSource(kind: BundleKind, sockets = false): string {
  const { readFileSync } = builtin('node:fs');
  return readFileSync(
    new URL(`../dist/bundle/${kind}${sockets ? '-sockets' : ''}.js`, import.meta.url),
    'utf8',
  );
}

/** What preview 1 itself has for sockets. */
const PREVIEW1 = new Set(['sock_accept', 'sock_recv', 'sock_send', 'sock_shutdown']);

/**
 * Does a module make sockets of its own, by the extension that WasmEdge and WAMR have?
 * @param imports names of what it imports
 */
export function importsSockets(imports: readonly { module: string; name: string }[]): boolean {
  return imports.some(
    ({ module, name }) =>
      module === 'wasi_snapshot_preview1' && name.startsWith('sock_') && !PREVIEW1.has(name),
  );
}
