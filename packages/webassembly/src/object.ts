/**
 * The namespace object (JS API, "The WebAssembly Namespace"): its functions, the module classes, and the classes
 * that the realm's compiled modules share.
 */

import { functionModules } from './function-module.js';
import { type ModuleClasses, makeModuleClasses, validate } from './module.js';
import { createNative } from './native.js';
import {
  Exception,
  errorClass,
  Global,
  jsTag,
  Memory,
  promising,
  Suspending,
  Table,
  Tag,
} from './realm.js';
import { addResizable } from './resizable.js';
import { type CodeSource, type ModuleOptions, Sources } from './sources.js';
import { responseBytes } from './streaming.js';
import { bufferSource, compileOptions, needArguments, optionalObject } from './web-idl.js';

/** Where the object gets code from; at least one is needed for modules that have any. */
export interface WebAssemblyOptions {
  /** Modules that were built ahead; asked first. */
  precompiled?: CodeSource | undefined;
  /** A compiler at run time: `createCompiler()` of `@wasm2js/webassembly/compiler`. */
  compiler?: CodeSource | undefined;
  /**
   * The host's own WebAssembly, for modules that meet others by functions of numbers and `externref`s alone, and
   * that were not built ahead.
   */
  native?: typeof WebAssembly | undefined;
}

/** Runs a function at once; what it throws becomes a rejection. */
const promised = async <T>(run: () => T | Promise<T>): Promise<T> => run();

const made = new WeakMap<object, ModuleClasses>();

/** What stands behind an object that `createWebAssembly` has made. */
export const classesOf = (object: object): ModuleClasses => made.get(object)!;

/**
 * Makes a `WebAssembly` object. Its classes but `Module` and `Instance` are the realm's: those of the modules that
 * were built ahead, and of any other such object. Nothing is installed.
 * @param options the sources of code
 * @returns an object with the members of the host's `WebAssembly`
 */
export function createWebAssembly(options: WebAssemblyOptions = {}): typeof WebAssembly {
  addResizable();
  const { precompiled, compiler, native } = options;
  const own = native && createNative(native, compiler);
  const list = [functionModules, precompiled, own, compiler].filter(
    (source) => source !== undefined,
  );
  const sources = new Sources(list);
  const classes = makeModuleClasses(sources);
  const { isModule } = classes;

  /** A `Module` and an `Instance` of it. */
  const instantiated = async (
    bytes: Uint8Array,
    given: ModuleOptions,
    imports: object | undefined,
  ) => {
    const module = await classes.compile(bytes, given);
    return { module, instance: classes.instantiate(module, imports) };
  };

  const functions = {
    promising(...args: unknown[]): (...args: unknown[]) => Promise<unknown> {
      needArguments(args, 1);
      return promising(args[0]);
    },
    validate(...args: unknown[]): boolean {
      needArguments(args, 1);
      const source = bufferSource(args[0]);
      const given = compileOptions(args[1]);
      return validate(sources, source, given);
    },
    compile(...args: unknown[]): Promise<object> {
      return promised(() => {
        needArguments(args, 1);
        const source = bufferSource(args[0]);
        const given = compileOptions(args[1]);
        return classes.compile(source, given);
      });
    },
    instantiate(...args: unknown[]): Promise<object> {
      return promised(async () => {
        needArguments(args, 1);
        const [first] = args;
        if (isModule(first)) {
          const instance = classes.instantiate(first as object, optionalObject(args[1]));
          return instance;
        }
        const source = bufferSource(first);
        const imports = optionalObject(args[1]);
        const given = compileOptions(args[2]);
        return instantiated(source, given, imports);
      });
    },
  };
  const streaming = {
    compileStreaming(...args: unknown[]): Promise<object> {
      return promised(async () => {
        needArguments(args, 1);
        const given = compileOptions(args[1]);
        return classes.compile(await responseBytes(args[0]), given);
      });
    },
    instantiateStreaming(...args: unknown[]): Promise<object> {
      return promised(async () => {
        needArguments(args, 1);
        const imports = optionalObject(args[1]);
        const given = compileOptions(args[2]);
        return instantiated(await responseBytes(args[0]), given, imports);
      });
    },
  };

  const object = {};
  made.set(object, classes);
  // Not read: Node loads all of fetch then, with the host's own WebAssembly.
  const hasResponse = 'Response' in globalThis;
  for (const [name, value] of Object.entries({ ...functions, ...(hasResponse ? streaming : {}) })) {
    Object.defineProperty(value, 'length', { value: 1 });
    Object.defineProperty(object, name, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  const { Module, Instance } = classes;
  const members: Record<string, unknown> = {
    Module,
    Instance,
    ...{ Memory, Table, Global, Tag, Exception, Suspending },
  };
  for (const name of ['CompileError', 'LinkError', 'RuntimeError', 'SuspendError'])
    members[name] = errorClass(name);
  for (const [name, value] of Object.entries(members))
    Object.defineProperty(object, name, { value, writable: true, configurable: true });
  const { get } = Object.getOwnPropertyDescriptor(
    {
      get JSTag(): object {
        return jsTag();
      },
    },
    'JSTag',
  )!;
  Object.defineProperty(object, 'JSTag', { get, enumerable: true, configurable: true });
  Object.defineProperty(object, Symbol.toStringTag, { value: 'WebAssembly', configurable: true });
  return object as typeof WebAssembly;
}
