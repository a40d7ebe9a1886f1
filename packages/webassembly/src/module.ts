/**
 * The classes `Module` and `Instance` (JS API, "Modules", "Instances"). What is behind their objects is found
 * through the maps of one object's classes, so that several objects of a realm do not mix.
 */
import { errorClass } from './realm.js';
import {
  type ExportDescriptor,
  type ImportDescriptor,
  readCustomSections,
  readExports,
  readImports,
} from './sections.js';
import type { ModuleCode, ModuleOptions, Sources } from './sources.js';
import {
  bufferSource,
  compileOptions,
  needArguments,
  optionalObject,
  shapeInterface,
} from './web-idl.js';

/** What is behind a `Module`. */
interface ModuleState {
  bytes: Uint8Array;
  options: ModuleOptions;
  readonly code: ModuleCode;
}

/** `Module`, `Instance`, and what the functions of the namespace do with them. */
export interface ModuleClasses {
  Module: new (bytes: unknown, options?: unknown) => object;
  Instance: new (module: unknown, imports?: unknown) => object;
  /** Is this a `Module`? */
  isModule(value: unknown): boolean;
  /** Compiles bytes that nobody else has. Rejects with a CompileError. */
  compile(bytes: Uint8Array, options: ModuleOptions): Promise<object>;
  /** Makes an `Instance` of a `Module`. */
  instantiate(module: object, imports: object | undefined): object;
  /** Is this an `Instance`? */
  isInstance(value: unknown): boolean;
  /** What a `Module` was made of. */
  origin(module: object): ModuleOrigin;
  /**
   * Makes an object without properties a `Module`: a copy of one of this realm, or one that other bytes make, which are
   * compiled when it is first instantiated.
   */
  become(object: object, origin: object | ModuleOrigin): void;
}

/** What a `Module` is made of. */
export interface ModuleOrigin {
  bytes: Uint8Array;
  builtins: readonly string[];
  importedStringConstants: string | undefined;
}

/** The functions of `wasm:js-string`. */
const STRING_BUILTINS = new Set(
  (
    'cast test fromCharCode fromCodePoint charCodeAt codePointAt length concat substring equals compare ' +
    'intoCharCodeArray fromCharCodeArray'
  ).split(' '),
);

/** Is an import one that the options satisfy (JS API, `Module.imports`)? */
function isSatisfied({ module, name }: ImportDescriptor, options: ModuleOptions): boolean {
  return (
    module === options.importedStringConstants ||
    (module === 'wasm:js-string' &&
      options.builtins.includes('js-string') &&
      STRING_BUILTINS.has(name))
  );
}

/** A CompileError that says what another error says. */
function compileError(error: unknown, where: string): Error {
  const { message } = error as Error;
  const { describe } = error as { describe?: () => string };
  const text = typeof describe === 'function' ? describe.call(error) : message;
  return new (errorClass('CompileError'))(`WebAssembly.${where}: ${text}`);
}

/** Throws a CompileError where a set of builtins is named twice. */
function checkBuiltins({ builtins }: ModuleOptions): void {
  if (new Set(builtins).size < builtins.length) throw new Error('a set of builtins is named twice');
}

/** Is a module valid with these options? */
export function validate(sources: Sources, bytes: Uint8Array, options: ModuleOptions): boolean {
  const { builtins } = options;
  return new Set(builtins).size === builtins.length && sources.validate(bytes, options);
}

/** A module whose code is asked for when it is needed. */
function lateState(sources: Sources, { bytes, ...given }: ModuleOrigin): ModuleState {
  const options = compileOptions(given);
  let code: ModuleCode | undefined;
  return {
    bytes,
    options,
    get code() {
      code ??= sources.find(bytes, options);
      return code;
    },
  };
}

/** Makes the classes of one object. */
export function makeModuleClasses(sources: Sources): ModuleClasses {
  const modules = new WeakMap<object, ModuleState>();
  const instances = new WeakMap<object, object>();

  const stateOf = (value: unknown): ModuleState => {
    const state = modules.get(value as object);
    if (state === undefined) throw new TypeError('the first argument must be a WebAssembly.Module');
    return state;
  };

  class Module {
    constructor(...args: [bytes?: unknown, options?: unknown]) {
      needArguments(args, 1);
      const bytes = bufferSource(args[0]);
      const options = compileOptions(args[1]);
      try {
        checkBuiltins(options);
        modules.set(this, { bytes, options, code: sources.find(bytes, options) });
      } catch (error) {
        throw compileError(error, 'Module()');
      }
    }

    static exports(...args: [module?: unknown]): ExportDescriptor[] {
      needArguments(args, 1);
      return readExports(stateOf(args[0]).bytes);
    }

    static imports(...args: [module?: unknown]): ImportDescriptor[] {
      needArguments(args, 1);
      const { bytes, options } = stateOf(args[0]);
      return readImports(bytes).filter((item) => !isSatisfied(item, options));
    }

    static customSections(...args: [module?: unknown, name?: unknown]): ArrayBuffer[] {
      needArguments(args, 2);
      const { bytes } = stateOf(args[0]);
      return readCustomSections(bytes, `${args[1] as string}`);
    }
  }

  class Instance {
    constructor(...args: [module?: unknown, imports?: unknown]) {
      needArguments(args, 1);
      const { code } = stateOf(args[0]);
      instances.set(this, code.instantiate(optionalObject(args[1])));
    }

    get exports(): object {
      const exports = instances.get(this);
      if (exports === undefined) throw new TypeError('the receiver is no WebAssembly.Instance');
      return exports;
    }
  }

  const lengths: [object, number][] = [
    [Module, 1],
    [Instance, 1],
    [Module.exports, 1],
    [Module.imports, 1],
    [Module.customSections, 2],
  ];
  for (const [made, value] of lengths) Object.defineProperty(made, 'length', { value });
  shapeInterface(Module, 'Module');
  shapeInterface(Instance, 'Instance');

  return {
    Module,
    Instance,
    isModule: (value) => modules.has(value as object),
    async compile(bytes, options) {
      try {
        checkBuiltins(options);
        const code = await sources.load(bytes, options);
        const module = Object.create(Module.prototype) as object;
        modules.set(module, { bytes, options, code });
        return module;
      } catch (error) {
        throw compileError(error, 'compile()');
      }
    },
    instantiate(module, imports) {
      const exports = stateOf(module).code.instantiate(imports);
      const instance = Object.create(Instance.prototype) as object;
      instances.set(instance, exports);
      return instance;
    },
    isInstance: (value) => instances.has(value as object),
    origin(module) {
      const { bytes, options } = stateOf(module);
      const { builtins, importedStringConstants } = options;
      return { bytes, builtins, importedStringConstants };
    },
    become(object, origin) {
      Object.setPrototypeOf(object, Module.prototype);
      const state = modules.get(origin);
      modules.set(object, state ?? lateState(sources, origin as ModuleOrigin));
    },
  };
}
