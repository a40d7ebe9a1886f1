/**
 * The host's own WebAssembly as a source: for modules that meet others by nothing but functions of numbers and
 * `externref`s. Memories, tables, globals and tags of the host are no objects of the realm's classes, so a module
 * that imports or exports one is left to the other sources, as is one that has tags, whose exceptions could come out.
 * What comes out are exported functions of the realm: any other module imports them, tables take them.
 */
import {
  type Boundary,
  exportsObject,
  readBoundary,
  type Signature,
  type Types,
} from './boundary.js';
import { asExported, named } from './function-module.js';
import {
  checkImports,
  describe,
  errorClass,
  functionMatches,
  functionType,
  importValue,
  incompatible,
  rawFunction,
  registry,
  Suspending,
  typedFunction,
} from './realm.js';
import { SECTION } from './sections.js';
import type { CodeSource, ModuleCode, ModuleOptions } from './sources.js';
import { isObject } from './web-idl.js';

type Host = typeof WebAssembly;
type Plain = (...args: unknown[]) => unknown;

/** Functions of the realm behind which there is one of the host's. */
const natives = new WeakSet<object>();
/** What functions of JavaScript have thrown into code of the host. */
const thrown = new WeakSet<object>();
/** Traps of the realm that are on their way through code of the host, by the host's trap that stands for each. */
const passing = new WeakMap<object, object>();

/**
 * A source of modules that the host runs.
 * @param host its `WebAssembly`; with other error classes than the realm's it is never used
 * @param compiler makes an instance where an import is what only the realm's own code can call: a function of
 *   compiled code, or one that suspends. Without it, only modules that import nothing are the host's
 */
export function createNative(host: Host, compiler: CodeSource | undefined): CodeSource {
  const code = (
    module: WebAssembly.Module,
    boundary: Boundary,
    bytes: Uint8Array,
    options: ModuleOptions,
  ): ModuleCode | undefined => {
    if (!isUsable(host, module)) return undefined;
    let other: ModuleCode | undefined;
    const instead = (imports: object): object => {
      other ??= compiler?.find(bytes, options);
      return other!.instantiate(imports);
    };
    return { instantiate: (imports) => instantiate(host, module, boundary, imports, instead) };
  };
  const eligible = (bytes: Uint8Array, options: ModuleOptions): Boundary | undefined => {
    if (errorClass('RuntimeError') !== (host.RuntimeError as unknown)) return undefined;
    if (options.builtins.length > 0 || options.importedStringConstants !== undefined)
      return undefined;
    const boundary = readBoundary(bytes);
    return boundary && mayBeNative(boundary, compiler !== undefined) ? boundary : undefined;
  };
  return {
    find(bytes, options) {
      const boundary = eligible(bytes, options);
      if (boundary === undefined) return undefined;
      try {
        return code(new host.Module(bytes as BufferSource), boundary, bytes, options);
      } catch {
        // Not valid, of features that the host has not, or forbidden.
        return undefined;
      }
    },
    async load(bytes, options) {
      const boundary = eligible(bytes, options);
      if (boundary === undefined) return undefined;
      try {
        return code(await host.compile(bytes as BufferSource), boundary, bytes, options);
      } catch {
        return undefined;
      }
    },
    validate: (bytes, options) =>
      eligible(bytes, options) && host.validate(bytes as BufferSource) ? true : undefined,
  };
}

/** May the host run a module with these imports and exports? */
function mayBeNative({ imports, exports, sections }: Boundary, hasCompiler: boolean): boolean {
  if (sections.includes(SECTION.tag)) return false;
  const isReference = (type: Types[number]) => typeof type === 'object' && type.h === 'func';
  if (
    [...imports, ...exports].some(({ type }) => [...type.params, ...type.results].some(isReference))
  )
    return false;
  // Imports are read once for whoever makes the instance, so none is there twice.
  const names = new Set(imports.map(({ module, name }) => JSON.stringify([module, name])));
  return names.size === imports.length && (imports.length === 0 || hasCompiler);
}

/** Does the host make instances of it at once? Asked with imports that it never takes. */
function isUsable(host: Host, module: WebAssembly.Module): boolean {
  try {
    new host.Instance(module, 0 as never);
  } catch (error) {
    return error instanceof TypeError;
  }
  return false;
}

/** Makes an instance; throws as `instantiate` of an emitted module. */
function instantiate(
  host: Host,
  module: WebAssembly.Module,
  { imports, exports }: Boundary,
  given: unknown,
  instead: (imports: object) => object,
): object {
  if (imports.length > 0 || given !== undefined) checkImports(given);
  const read: Record<string, Record<string, unknown>> = Object.create(null);
  const toHost: Record<string, Record<string, unknown>> = Object.create(null);
  const functions: unknown[] = [];
  const toImport = marking(host);
  let isPlain = true;
  imports.forEach((item, index) => {
    const value = importValue(given as object, item.module, item.name);
    const type = functionType(item.type.params, item.type.results);
    if (typeof value !== 'function' && !(value instanceof Suspending))
      incompatible(item.module, item.name, type.k, describe(value));
    (read[item.module] ??= Object.create(null))[item.name] = value;
    const raw = rawFunction(value);
    isPlain &&= typeof value === 'function' && (raw === undefined || natives.has(value));
    if (raw !== undefined && !functionMatches(raw, type)) isPlain = false;
    if (!isPlain) return;
    functions[index] = asExported(value, item, index);
    (toHost[item.module] ??= Object.create(null))[item.name] = toImport(value as Plain);
  });
  if (!isPlain) return instead(read);
  const notice = noticing(host);
  const made = notice(() => new host.Instance(module, toHost as WebAssembly.Imports))();
  for (const { name, index, type } of exports)
    functions[index] ??= exported(notice(made.exports[name] as Plain), type, index);
  return exportsObject(exports.map(({ name, index }) => [name, functions[index]]));
}

/** An exported function of the realm for one of the host. */
function exported(f: Plain, { params, results }: Signature, index: number): unknown {
  const made = named(typedFunction(params, results, f), index);
  natives.add(made);
  return made;
}

/**
 * Makes functions that call the host's code. Its traps, which are what no import has thrown, become traps of the
 * realm, a full stack among them; others come out as what they stand for. What an import gives may not convert:
 * that is a TypeError or what its methods throw, and no trap.
 */
function noticing(host: Host): <A extends unknown[], R>(f: (...args: A) => R) => (...args: A) => R {
  return (f) =>
    (...args) => {
      try {
        return f(...args);
      } catch (error) {
        if (!isObject(error) || thrown.has(error)) throw error;
        throw passing.get(error) ?? realmTrap(host, error);
      }
    };
}

/** The trap of the realm for one of the host; any other error as it is. */
function realmTrap(host: Host, error: object): object {
  if (error instanceof host.RuntimeError) return mark(error);
  const isFull = error instanceof RangeError || (error as Error).name === 'InternalError';
  return isFull ? mark(new (errorClass('RuntimeError'))('call stack exhausted')) : error;
}

/** Makes an error a trap of the realm, which no handler takes. */
const mark = (error: object): object => {
  registry.set(error, undefined);
  return error;
};

/**
 * Makes functions of JavaScript into those that the host calls: its code may catch what they throw, but no trap of
 * the realm, for which one of the host goes on its way.
 */
function marking(host: Host): (f: Plain) => Plain {
  let trap: (() => void) | undefined;
  return (f) =>
    (...args) => {
      try {
        return f(...args);
      } catch (error) {
        if (error instanceof errorClass('RuntimeError') && registry.has(error)) {
          trap ??= new host.Instance(new host.Module(UNREACHABLE)).exports['t'] as () => void;
          try {
            trap();
          } catch (own) {
            passing.set(own as object, error);
            throw own;
          }
        }
        if (isObject(error)) thrown.add(error);
        throw error;
      }
    };
}

/** `(module (func (export "t") unreachable))` */
const UNREACHABLE = new Uint8Array([
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 116, 0, 0],
  ...[10, 5, 1, 3, 0, 0, 11],
]);
