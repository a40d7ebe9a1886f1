/**
 * Puts the object where programs look for the host's: `globalThis.WebAssembly`. What the entries `register` of every
 * host have in common.
 */
import { type Cloning, createCloning } from './cloning.js';
import { carryInMessages } from './messages.js';
import { classesOf, createWebAssembly } from './object.js';
import { createPrecompiled } from './precompiled.js';
import type { CodeSource } from './sources.js';

/**
 * When the object takes the place of the host's: where that is missing (`auto`), `always` (`force`), or `never`
 * (`off`).
 */
export type InstallMode = 'auto' | 'force' | 'off';

/** How messages take along what is the object's, once it is installed by this copy of the package. */
export let cloning: Cloning | undefined;

/** How the object is known from the host's, and from nobody's. */
const INSTALLED = Symbol.for('wasm2js.installed');

/**
 * What a user asked for: by the query of the entry's own address (`register?force`), by the environment variable
 * `WASM2JS_WEBASSEMBLY`, or not at all.
 * @param url the address of the entry; empty where there is none
 */
export function installMode(url: string, environment: string | undefined): InstallMode {
  const query = /\?([^#]*)/.exec(url)?.[1]?.split('&') ?? [];
  for (const asked of [...query, environment])
    if (asked === 'force' || asked === 'off') return asked;
  return 'auto';
}

/**
 * Installs the object. Modules that were built ahead are found in every mode.
 * @param mode when
 * @param compiler what compiles at run time; without it only modules that were built ahead are known
 * @returns was it installed, now or by an earlier call?
 */
export function install(mode: InstallMode, compiler?: CodeSource): boolean {
  const realm = globalThis as unknown as { WebAssembly?: { [INSTALLED]?: boolean } };
  const present = realm.WebAssembly;
  if (present?.[INSTALLED]) return true;
  if (mode === 'off' || (mode === 'auto' && present !== undefined)) return false;
  const value = createWebAssembly({ precompiled: createPrecompiled(), compiler });
  Object.defineProperty(value, INSTALLED, { value: true });
  Object.defineProperty(globalThis, 'WebAssembly', { value, writable: true, configurable: true });
  cloning = createCloning(classesOf(value));
  carryInMessages(cloning);
  return true;
}
