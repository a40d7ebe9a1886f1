/**
 * The compiler as a source of code at run time: bytes are decoded and validated at once, the text that they become is
 * evaluated by `new Function`, which a content security policy may forbid. The functions of large modules are compiled
 * when they are called first.
 */
import {
  checkBuiltins,
  compileForNow,
  provideTexts,
  type RuntimeOptions,
} from '@wasm2js/codegen/runtime';
import { decodeModule, type Module } from '@wasm2js/decoder';
import { validateModule } from '@wasm2js/validator';
import type { CodeSource, ModuleCode, ModuleOptions } from './sources.js';
import texts from './texts.js';

/** How the compiler works. */
export interface CompilerOptions {
  /** Bytes of code from which on functions are compiled when they are called first (default 64 KB). */
  lazyFrom?: number;
}

const LAZY_FROM = 65_536;

/**
 * A compiler for `createWebAssembly`.
 * @returns a source that knows every module; what is not valid, or not supported, it refuses by an error
 */
export function createCompiler({ lazyFrom = LAZY_FROM }: CompilerOptions = {}): CodeSource {
  provideTexts(texts);
  return {
    find: (bytes, options) => code(checked(bytes), options, lazyFrom),
    validate: (bytes, options) => {
      checkBuiltins(checked(bytes), runtimeOptions(options));
      return true;
    },
  };
}

/** Decodes and validates. @throws MalformedError, InvalidError, UnsupportedError */
function checked(bytes: Uint8Array): Module {
  const module = decodeModule(bytes);
  validateModule(module);
  return module;
}

/** Compiles and evaluates. */
function code(module: Module, options: ModuleOptions, lazyFrom: number): ModuleCode {
  const size = module.funcs.reduce((sum, { body }) => sum + body.end - body.start, 0);
  const form = (suspendable: boolean): ModuleCode['instantiate'] => {
    const given = { ...runtimeOptions(options), suspendable };
    const made = compileForNow(module, given, size >= lazyFrom);
    const known: string[] = [];
    const text = (index: number): string => (known[index] ??= made.functionText(index));
    const make = new Function('_wasm', '_text', '_realm', made.body);
    return make(module.bytes, text, options.realm?.());
  };
  const suspends = (): boolean => options.suspends?.() === true;
  let isSuspendable = suspends();
  let instantiate = form(isSuspendable);
  return {
    // The first import that suspends may have been made since.
    instantiate(imports) {
      if (suspends() && !isSuspendable) {
        instantiate = form(true);
        isSuspendable = true;
      }
      return instantiate(imports);
    },
  };
}

const runtimeOptions = ({ builtins, importedStringConstants }: ModuleOptions): RuntimeOptions => ({
  builtins: builtins.filter((name) => name === 'js-string'),
  importedStringConstants,
});
