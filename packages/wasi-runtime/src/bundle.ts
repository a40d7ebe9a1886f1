import { builtin } from './node/builtins.js';

/** Which host a bundle brings: Node, Deno and Bun, or memory alone. */
export type BundleKind = 'node' | 'memory';

/**
 * The whole runtime as one piece of JavaScript (ES2020, no imports, no top-level await), exporting
 * `WASI` and the rest of the entry of the same name. Only for Node-like hosts; throws `ENOENT` when
 * the package was not built with its `bundle` script.
 * @param kind the host it brings
 * @param form `esm`: an ES module; `expression`: one expression whose value is an object of all
 *   exports, to be put into any other code, as in `const { WASI } = ${text}`
 */
export function bundleSource(kind: BundleKind, form: 'esm' | 'expression' = 'esm'): string {
  const suffix = form === 'esm' ? '.js' : '.expression.js';
  const { readFileSync } = builtin('node:fs');
  return readFileSync(
    new URL(`../dist/bundle/${kind}${suffix}`, import.meta.url),
    'utf8',
  ).trimEnd();
}
