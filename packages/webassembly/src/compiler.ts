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
import { type CompiledText, evaluated } from './evaluate.js';
import type { CodeSource, ModuleOptions } from './sources.js';
import texts from './texts.js';

/** How the compiler works. */
export interface CompilerOptions {
  /** Bytes of code from which on functions are compiled when they are called first (default 64 KB). */
  lazyFrom?: number;
}

const LAZY_FROM = 65_536;

/** For whoever keeps texts (kept-compiler.ts). */
export { evaluated };

/**
 * A compiler for `createWebAssembly`.
 * @returns a source that knows every module; what is not valid, or not supported, it refuses by an error
 */
export function createCompiler({ lazyFrom = LAZY_FROM }: CompilerOptions = {}): CodeSource {
  provideTexts(texts);
  return {
    find: (bytes, options) =>
      evaluated(bytes, options, compileTexts(checked(bytes), options, lazyFrom)),
    validate: (bytes, options) => {
      checkBuiltins(checked(bytes), runtimeOptions(options));
      return true;
    },
  };
}

/**
 * Compiles a module to text.
 * @param isValid is it known to be valid? Nothing is validated then
 * @returns what gives the text of either form, as `evaluated` takes it
 * @throws MalformedError, InvalidError, UnsupportedError
 */
export function compiledTexts(
  bytes: Uint8Array,
  options: ModuleOptions,
  isValid: boolean,
): (suspendable: boolean) => CompiledText {
  provideTexts(texts);
  return compileTexts(isValid ? decodeModule(bytes) : checked(bytes), options, LAZY_FROM);
}

/** Decodes and validates. @throws MalformedError, InvalidError, UnsupportedError */
function checked(bytes: Uint8Array): Module {
  const module = decodeModule(bytes);
  validateModule(module);
  return module;
}

function compileTexts(
  module: Module,
  options: ModuleOptions,
  lazyFrom: number,
): (suspendable: boolean) => CompiledText {
  const size = module.funcs.reduce((sum, { body }) => sum + body.end - body.start, 0);
  return (suspendable) => {
    const given = { ...runtimeOptions(options), suspendable };
    const made = compileForNow(module, given, size >= lazyFrom);
    return { moduleText: made.body, functionText: (index) => made.functionText(index) };
  };
}

const runtimeOptions = ({ builtins, importedStringConstants }: ModuleOptions): RuntimeOptions => ({
  builtins: builtins.filter((name) => name === 'js-string'),
  importedStringConstants,
});
