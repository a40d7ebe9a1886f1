/**
 * Modules without code: the empty one, by which programs ask whether there is WebAssembly, and those that import
 * functions and export them again, which Emscripten's `addFunction` makes at run time to put functions of JavaScript
 * into tables. They are recognised by their sections and need neither a compiler nor `new Function`.
 */
import {
  type ExportedFunction,
  exportsObject,
  type ImportedFunction,
  readBoundary,
} from './boundary.js';
import {
  checkImports,
  describe,
  functionMatches,
  functionType,
  importValue,
  incompatible,
  rawFunction,
  typedFunction,
} from './realm.js';
import { SECTION } from './sections.js';
import type { CodeSource, ModuleCode } from './sources.js';

/** Longest module that is looked at. */
const LONGEST = 4096;

/** The sections that it may have. */
const SECTIONS: readonly number[] = [SECTION.type, SECTION.import, SECTION.export];

/** The source of modules that only import functions and export them. */
export const functionModules: CodeSource = {
  find: (bytes, { builtins }) => (bytes.length <= LONGEST ? code(bytes, builtins) : undefined),
};

/** The code of such a module; undefined for any other, and where builtins may stand for its imports. */
function code(bytes: Uint8Array, builtins: readonly string[]): ModuleCode | undefined {
  const boundary = readBoundary(bytes);
  if (boundary === undefined) return undefined;
  const { imports, exports, sections } = boundary;
  if (sections.some((id, i) => !SECTIONS.includes(id) || (i > 0 && id <= sections[i - 1]!)))
    return undefined;
  if (imports.some(({ module }) => builtins.some((name) => module === `wasm:${name}`)))
    return undefined;
  const names = exports.map(({ name }) => name);
  // Nobody else asks whether names are UTF-8.
  const all = [...names, ...imports.flatMap(({ module, name }) => [module, name])];
  if (new Set(names).size < names.length || !all.every((name) => /^[\0-\x7f]*$/.test(name)))
    return undefined;
  return { instantiate: (given) => instantiate(imports, exports, given) };
}

/** Makes an instance; throws as `instantiate` of an emitted module. */
function instantiate(
  imports: readonly ImportedFunction[],
  exports: readonly ExportedFunction[],
  given: unknown,
): object {
  if (imports.length > 0 || given !== undefined) checkImports(given);
  const functions = imports.map((item, index) => importedFunction(given as object, item, index));
  return exportsObject(exports.map(({ name, index }) => [name, functions[index]]));
}

/** The exported function that stands for an import: itself, where it is one already. */
function importedFunction(imports: object, item: ImportedFunction, index: number): unknown {
  const { module, name } = item;
  return asExported(importValue(imports, module, name), item, index);
}

/**
 * The exported function that stands for the value of an import.
 * @param index its index in the module
 * @throws LinkError where it is no function, or an exported one of another type
 */
export function asExported(value: unknown, item: ImportedFunction, index: number): unknown {
  const { module, name } = item;
  const { params, results } = item.type;
  const type = functionType(params, results);
  const raw = rawFunction(value);
  if (typeof value !== 'function' || (raw !== undefined && !functionMatches(raw, type)))
    incompatible(module, name, type.k, describe(value));
  if (raw !== undefined) return value;
  return named(typedFunction(params, results, value as (...args: never[]) => unknown), index);
}

/** Gives an exported function its name: the index of the function in its module. */
export function named<T extends object>(made: T, index: number): T {
  return Object.defineProperty(made, 'name', { value: String(index) });
}
