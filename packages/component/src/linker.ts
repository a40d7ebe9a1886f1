/**
 * What a built component does when it is loaded: gives each import to the glue, from the caller or from WASI, and makes
 * instances of core modules. Bundled as text into every output (scripts/bundle-linker.mjs), so it imports next to nothing.
 */
import { decodeText, encodeUtf8 } from '@wasm2js/wasi-runtime/utf8';

/** A core module as it is emitted. */
interface Core {
  instantiate: ((imports?: object, options?: object) => object) & {
    /** Where it is metered. */
    Fuel?: new (
      amount?: number,
      interrupt?: Int32Array,
    ) => object;
  };
}

/** What an instance may do. */
interface Limits {
  fuel?: number | object;
  interrupt?: Int32Array;
  maxMemory?: number;
  /** Where it can be put back to what it was: is given what core modules and the glue have for that (`restore.ts`). */
  keep?: { core(note?: object): void; glue(variables: object): void };
}

/** The glue's function that makes an instance. */
type MakeInstance = (
  getCoreModule: (name: string) => Core,
  imports: Record<string, unknown>,
  instantiateCore: ((module: Core, imports?: object) => { exports: object }) & { keep: unknown },
) => Exports | Promise<Exports>;

type Exports = Record<string, unknown>;
type Interfaces = Record<string, unknown>;

/** Classes and functions of the realm that stand for those of `WebAssembly`. */
interface Realm {
  errorClass(name: string): new (message?: string) => Error;
  Global: unknown;
  Suspending?: unknown;
  promising?: unknown;
}

/** What is known of a component when it is built. */
export interface Linked {
  realm: Realm;
  /** Gives the glue, with the names of a host that it uses. */
  glue(
    webAssembly: object,
    textDecoder: unknown,
    textEncoder: unknown,
    console: object,
  ): MakeInstance;
  /** Core modules by name, made when they are asked for. */
  cores: Record<string, () => Core>;
  /** Names under which the glue looks for its imports. */
  imports: readonly string[];
  /** Units of fuel for an instance that is given no other, where it is metered. */
  fuel?: number | undefined;
  /** Gives what the WASI runtime exports; `undefined` where none was wanted. */
  wasi: (() => { WASI: new (options: object) => { getImportObject(): Interfaces } }) | undefined;
}

/** The function `instantiate` of a built component. */
export type Instantiate = ((
  imports?: Interfaces,
  options?: object,
) => Exports | Promise<Exports>) & {
  RuntimeError: new (message?: string) => Error;
  LinkError: new (message?: string) => Error;
};

const withoutVersion = (name: string): string => name.replace(/@[^/]*$/, '');

/** What the caller gives for an import: by its name, or by its name of whichever version. */
const given = (imports: Interfaces, name: string): unknown => {
  if (imports[name] !== undefined) return imports[name];
  const plain = withoutVersion(name);
  if (imports[plain] !== undefined) return imports[plain];
  const key = Object.keys(imports).find((one) => withoutVersion(one) === name);
  return key === undefined ? undefined : imports[key];
};

/** UTF-8 for an engine that has nothing for it; the glue writes and reads whole strings. */
class Utf8Encoder {
  encode(text: string): Uint8Array {
    return encodeUtf8(text);
  }

  encodeInto(text: string, target: Uint8Array): { read: number; written: number } {
    let read = 0;
    let written = 0;
    for (const character of text) {
      const bytes = this.encode(character);
      if (written + bytes.length > target.length) break;
      target.set(bytes, written);
      written += bytes.length;
      read += character.length;
    }
    return { read, written };
  }
}

/** The other way: UTF-8, what is none becoming U+FFFD, and UTF-16. */
class Decoder {
  private readonly wide: boolean;

  constructor(label = 'utf-8') {
    this.wide = /^utf-?16/i.test(label);
  }

  decode(view: ArrayBufferView): string {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    if (this.wide) {
      let text = '';
      for (let i = 0; i + 1 < bytes.length; i += 2)
        text += String.fromCharCode(bytes[i]! | (bytes[i + 1]! << 8));
      return text;
    }
    return decodeText(bytes, () => '\ufffd');
  }
}

/**
 * Makes the function `instantiate` of a component.
 * Throws `LinkError` when it is called without an import that is neither given nor WASI's.
 */
export const link = ({ realm, glue, cores, imports, wasi, fuel }: Linked): Instantiate => {
  const { Global, Suspending, promising } = realm;
  const RuntimeError = realm.errorClass('RuntimeError');
  const LinkError = realm.errorClass('LinkError');
  const host = globalThis as unknown as Record<string, unknown>;
  const silent = { error() {}, debug() {}, log() {}, warn() {} };
  // What the glue does with modules of its own; `new` gives what the function returns.
  const Instance = function Instance(module: Core, values?: object) {
    return { exports: module.instantiate(values) };
  };
  // Without it the glue would catch an error in each instance, whose trace costs more than all else.
  const plain = <F>(made: F): F => made;
  const makeInstance = glue(
    { RuntimeError, LinkError, Global, Suspending, promising: promising ?? plain, Instance },
    host['TextDecoder'] ?? Decoder,
    host['TextEncoder'] ?? Utf8Encoder,
    (host['console'] as object | undefined) ?? silent,
  );
  const loaded = new Map<string, Core>();
  const getCore = (name: string): Core => {
    if (!loaded.has(name)) loaded.set(name, cores[name]!());
    return loaded.get(name)!;
  };
  const instantiate = (from: Interfaces = {}, options: Limits = {}): Exports | Promise<Exports> => {
    let system: Interfaces | undefined;
    const found: Interfaces = {};
    for (const name of imports) {
      let value = given(from, name);
      if (value === undefined && wasi !== undefined && /^wasi:/.test(name)) {
        system ??= new (wasi().WASI)(options).getImportObject();
        value = given(system, name);
      }
      if (value === undefined || value === null)
        throw new LinkError(`the component's import ${JSON.stringify(name)} is missing`);
      found[name] = typeof value === 'function' ? { default: value } : value;
    }
    // All core modules of an instance take from one tank.
    const { keep } = options;
    const limits: Omit<Limits, 'keep'> & { keep: unknown } = { ...options, keep: keep?.core };
    const instantiateCore = (module: Core, values?: object): { exports: object } => {
      const { Fuel } = module.instantiate;
      if (Fuel !== undefined && typeof limits.fuel !== 'object')
        limits.fuel = new Fuel(limits.fuel ?? fuel, options.interrupt);
      return { exports: module.instantiate(values, limits) };
    };
    return makeInstance(getCore, found, Object.assign(instantiateCore, { keep: keep?.glue }));
  };
  const Fuel = fuel === undefined ? undefined : getCore(Object.keys(cores)[0]!).instantiate.Fuel;
  return Object.assign(instantiate, { RuntimeError, LinkError, ...(Fuel ? { Fuel } : {}) });
};

/** As what a bundle exports the linker is looked for under this name. */
export { link as WASI };
