/**
 * The compiler of a page, with a cache in IndexedDB: what `compile`, `instantiate` and their streaming forms make of a module
 * is there at the next visit. `new WebAssembly.Module` cannot wait for a database: what it makes is compiled each time.
 */
import { moduleDigestLater } from './digest.js';
import { completed, textKey } from './known-text.js';
import { PageStore, type Part } from './page-store.js';
import type { CodeSource } from './sources.js';

/** How text is kept. */
export interface KeepOptions {
  /** Name of the database. */
  name?: string;
  /** Characters that all texts may have together (default 128 Mi); those used last are kept. */
  most?: number;
}

/** Smaller modules are compiled in less time than a database takes. */
const LEAST = 8192;
/** Milliseconds after which new text is written, in one go. */
const DELAY = 1000;

/**
 * A compiler whose texts are kept.
 * @param compiler the module `@wasm2js/webassembly/compiler`
 * @returns a source for `createWebAssembly`; without IndexedDB, it does what the compiler does
 */
export function createKeptCompiler(
  compiler: typeof import('./compiler.js'),
  { name = 'wasm2js', most = 2 ** 27 }: KeepOptions = {},
): CodeSource {
  const source = compiler.createCompiler();
  const store = new PageStore(name, most);
  const pending = new Set<() => void>();
  const flush = (): void => {
    for (const write of pending) write();
    pending.clear();
  };
  globalThis.addEventListener?.('pagehide', flush);

  return {
    ...source,
    async load(bytes, options) {
      if (bytes.length < LEAST) return source.find(bytes, options);
      const form = options.suspends?.() === true;
      const digest = await moduleDigestLater(bytes);
      const found = await store.read(textKey(digest, options, form));
      return compiler.evaluated(bytes, options, (suspendable) => {
        const { known, parts = 0 } = (suspendable === form && found) || {};
        let number = parts;
        let fresh: Part = { functions: {} };
        const write = (): void => {
          void store.write(textKey(digest, options, suspendable), number++, fresh);
          fresh = { functions: {} };
        };
        return completed(
          known,
          (isValid) => compiler.compiledTexts(bytes, options, isValid)(suspendable),
          ({ body, functions }, index) => {
            if (index === undefined) fresh.body = body;
            else fresh.functions[index] = functions[index]!;
            if (pending.size === 0) setTimeout(flush, DELAY);
            pending.add(write);
          },
        );
      });
    },
  };
}
