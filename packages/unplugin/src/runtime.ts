/**
 * What modules use where the host's WebAssembly is missing or does not take them: the `WebAssembly` object of
 * `@wasm2js/webassembly`, over modules that were built ahead. Part of bundles; gets what was built, gives modules.
 */

import { createWebAssembly } from '@wasm2js/webassembly';
import { createPrecompiled } from '@wasm2js/webassembly/precompiled';

/** The function of an emitted module. */
type Instantiate = (imports?: object) => object;

/** Modules that were built ahead, by their bytes: what `createPrecompiled` looks into. */
const NAME = Symbol.for('wasm2js.precompiled');
const realm = globalThis as {
  [NAME]?: Map<string, () => { instantiate: Instantiate }>;
  WebAssembly?: typeof WebAssembly;
};

/** May the host compile WebAssembly? A policy that forbids it refuses the empty module, too. */
export function mayCompile(): boolean {
  try {
    return new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])) !== undefined;
  } catch {
    return false;
  }
}

let made: typeof WebAssembly | undefined;

/** The mark of the object, whoever has installed it. */
const INSTALLED = Symbol.for('wasm2js.installed');

/**
 * The object over modules that were built ahead, which is the global one from now on: what glue asks for
 * `WebAssembly.Instance` must know the modules that it is given. What was not built ahead is the host's to compile.
 */
export function install(): typeof WebAssembly {
  if (made !== undefined) return made;
  const host = realm.WebAssembly;
  if (host !== undefined && INSTALLED in host) {
    made = host;
    return made;
  }
  const compiler = host && mayCompile() ? hostSource(host) : undefined;
  made = createWebAssembly({ precompiled: createPrecompiled(), compiler });
  Object.defineProperty(made, INSTALLED, { value: true });
  Object.defineProperty(realm, 'WebAssembly', { value: made, writable: true, configurable: true });
  return made;
}

/** The host's own WebAssembly as a source of code. */
function hostSource(host: typeof WebAssembly) {
  return {
    find(bytes: Uint8Array<ArrayBuffer>, options: object) {
      const module = new host.Module(bytes, options);
      return {
        instantiate: (imports?: unknown) =>
          new host.Instance(module, imports as WebAssembly.Imports).exports,
      };
    },
  };
}

/** Registers the code of a module under the key of its bytes and options. */
export function register(key: string, instantiate: Instantiate): void {
  realm[NAME] ??= new Map();
  realm[NAME].set(key, () => ({ instantiate }));
}

/**
 * A module whose code was built ahead.
 * @param skeleton the module without code, in base64
 * @param key of those bytes with the options
 * @param options of the compilation
 */
export function moduleOf(
  skeleton: string,
  key: string,
  instantiate: Instantiate,
  options?: object,
): WebAssembly.Module {
  register(key, instantiate);
  const { Module } = install() as { Module: new (bytes: Uint8Array, options?: object) => object };
  return new Module(decode(skeleton), options) as WebAssembly.Module;
}

/** Decodes base64; not every host has `atob`. */
function decode(text: string): Uint8Array<ArrayBuffer> {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const body = text.replace(/=+$/, '');
  const bytes = new Uint8Array((body.length * 3) >> 2);
  let bits = 0;
  for (let i = 0, at = 0; i < body.length; i++) {
    bits = (bits << 6) | digits.indexOf(body[i]!);
    if (i % 4 > 0) bytes[at++] = bits >> (6 - 2 * (i % 4));
  }
  return bytes;
}
