/**
 * The compiler as a source of code at run time: bytes are decoded and validated at once, the text that they become is
 * evaluated by `new Function`, which a content security policy may forbid.
 */
import { compile } from '@wasm2js/codegen';
import { decodeModule, type Module } from '@wasm2js/decoder';
import { validateModule } from '@wasm2js/validator';
import type { CodeSource, ModuleCode, ModuleOptions } from './sources.js';

/**
 * A compiler for `createWebAssembly`.
 * @returns a source that knows every module; what is not valid, or not supported, it refuses by an error
 */
export function createCompiler(): CodeSource {
  return {
    find: (bytes, options) => code(checked(bytes), options),
    validate: (bytes, options) => {
      code(checked(bytes), options);
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
function code(module: Module, options: ModuleOptions): ModuleCode {
  const { chunks } = compile(module, {
    format: 'iife',
    names: 'keep',
    data: 'inline',
    namedExports: false,
    builtins: options.builtins.filter((name) => name === 'js-string'),
    importedStringConstants: options.importedStringConstants,
  });
  return new Function(`return (${chunks.join('')})`)() as ModuleCode;
}
