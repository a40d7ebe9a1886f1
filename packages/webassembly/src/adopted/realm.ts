/** What the scripts of an adopted folder see of the realm that they run in. */

/** Left in the realm by whoever was first there: where the scripts are, absent where they are not needed. */
export interface Adopted {
  folder?: string;
}

/** What differs from host to host. */
export interface Realm {
  WebAssembly?: typeof WebAssembly;
  Worker?: typeof Worker;
  document?: Document;
  importScripts?: (...urls: string[]) => void;
  /** Set by the first line of a worker. */
  wasm2jsFolder?: string;
}

/** What is loaded where it is needed, in order. */
export const FILES = ['object.js', 'modules.js'];

export const realm = globalThis as unknown as Realm & Record<symbol, Adopted | undefined>;

/** Modules, in hexadecimal, that use what the folder's modules use; set by `adopt`. */
declare const PROBES: readonly string[];

/**
 * Has the host a WebAssembly of its own that may compile, and takes what the folder's modules use? A policy that forbids
 * it refuses the empty module, too.
 */
function hasWebAssembly(): boolean {
  const host = realm.WebAssembly;
  if (typeof host !== 'object') return false;
  const module = (hex: string): Uint8Array<ArrayBuffer> =>
    Uint8Array.from(hex.match(/../g)!, (pair) => Number.parseInt(pair, 16));
  try {
    void new host.Module(module('0061736d01000000'));
    return PROBES.every((hex) => host.validate(module(hex)));
  } catch {
    return false;
  }
}

/**
 * Is the object to be loaded? Asked by each script that stands in front of others; answered once.
 * @param folder where the scripts are, relative to the realm's own address or in full
 */
export function isNeeded(folder: string): boolean {
  const key = Symbol.for('wasm2js.adopted');
  if (realm[key] !== undefined) return false;
  const needed = !hasWebAssembly();
  realm[key] = needed ? { folder } : {};
  return needed;
}
