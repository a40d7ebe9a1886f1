/**
 * Modules that were built ahead, as a source of code that needs neither a compiler nor `eval`. Files that
 * `wasm2js precompile` writes put them into one map of the realm, under the name below; it does not matter whether
 * such a file or the object comes first, nor how many copies of this package there are.
 */
import { moduleDigest, moduleDigestLater } from './digest.js';
import { readImports } from './sections.js';
import type { CodeSource, ModuleCode, ModuleOptions } from './sources.js';

export type { ModuleOptions };

/**
 * What a file registers for a module: gives its code, made anew or the same each time. A promise, where the host can
 * load another file in no other way.
 */
export type PrecompiledEntry = () => ModuleCode | Promise<ModuleCode>;

const NAME = Symbol.for('wasm2js.precompiled');

/** The realm's map from keys to entries. */
function entries(): Map<string, PrecompiledEntry> {
  const realm = globalThis as { [NAME]?: Map<string, PrecompiledEntry> };
  realm[NAME] ??= new Map();
  return realm[NAME];
}

/** Options as far as they change what a module is compiled to. */
function suffix(bytes: Uint8Array, options: ModuleOptions): string {
  const { builtins, importedStringConstants } = options;
  if (builtins.length === 0 && importedStringConstants === undefined) return '';
  const imported = new Set(readImports(bytes).map(({ module }) => module));
  const strings = builtins.includes('js-string') && imported.has('wasm:js-string');
  const known = strings ? '+js-string' : '';
  return importedStringConstants !== undefined && imported.has(importedStringConstants)
    ? `${known}=${encodeURIComponent(importedStringConstants)}`
    : known;
}

/**
 * The key under which a module is registered.
 * @param bytes of a valid module
 * @returns the digest of its bytes (digest.ts), and the compile options that change its code
 */
export function precompiledKey(bytes: Uint8Array, options: ModuleOptions): string {
  return moduleDigest(bytes) + suffix(bytes, options);
}

/**
 * The realm's modules that were built ahead.
 * @returns a source for `createWebAssembly`
 */
export function createPrecompiled(): CodeSource {
  const made = new Map<string, ModuleCode>();
  // Digests are made only of modules that have the length of a registered one.
  const lengths = new Set<number>();
  let seen = 0;

  const isKnownLength = ({ length }: Uint8Array): boolean => {
    const { size } = entries();
    if (size !== seen) {
      for (const key of entries().keys()) lengths.add(Number.parseInt(key, 10));
      seen = size;
    }
    return lengths.has(length);
  };
  const found = (key: string) => {
    const entry = entries().get(key);
    return entry && { key, entry };
  };
  const lookUp = (bytes: Uint8Array, options: ModuleOptions) =>
    isKnownLength(bytes) ? found(precompiledKey(bytes, options)) : undefined;
  const keep = (key: string, code: ModuleCode): ModuleCode => {
    made.set(key, code);
    return code;
  };

  return {
    find(bytes, options) {
      const known = lookUp(bytes, options);
      if (known === undefined) return undefined;
      const { key, entry } = known;
      const code = made.get(key) ?? entry();
      if (code instanceof Promise) {
        code.then(
          (loaded) => keep(key, loaded),
          () => undefined,
        );
        throw new Error(
          'the file that this module was built to is still loading: use compile or instantiate',
        );
      }
      return keep(key, code);
    },
    async load(bytes, options) {
      if (!isKnownLength(bytes)) return undefined;
      const known = found((await moduleDigestLater(bytes)) + suffix(bytes, options));
      if (known === undefined) return undefined;
      const { key, entry } = known;
      return made.get(key) ?? keep(key, await entry());
    },
    validate: (bytes, options) => (lookUp(bytes, options) === undefined ? undefined : true),
  };
}
