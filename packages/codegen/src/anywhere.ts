/**
 * The compiler for any host: no file system, nothing of Node. `provideLibrary` must have been called (with what
 * `library.ts` gives); a WASI runtime to bundle must be of the shape that bundlers give it, unless `provideParser` was
 * called.
 */
import { type Module, type Refusal, UnsupportedError } from '@wasm2js/decoder';
import { type FunctionsPart, PartCompiler } from './emit/functions.js';
import { emitModule } from './emit/module.js';
import * as lowering from './lower/index.js';
import type { CompileOptions, CompileResult } from './options.js';
import { findRefusals, refuse } from './refusals.js';

export { checkGlobalName, checkOptions } from './check-options.js';
export { RUN_OPTIONS } from './emit/dts.js';
export { wrapFormat } from './emit/format.js';
export type { FunctionsPart, PartCompiler } from './emit/functions.js';
export { functionOfMark, MARK, NOWHERE } from './emit/marks.js';
export { overlayExpression } from './emit/overlay.js';
export { divideLibrary, type Realm, realmExpression } from './emit/realm.js';
export { isCommand, moduleExpression, provideParser } from './emit/wasi.js';
export type {
  CompileOptions,
  CompileResult,
  HybridOptions,
  OptimizeFor,
  OverlayDirectory,
  OverlayFiles,
  OverlayNode,
  TextStore,
  WasiOptions,
  WasiSource,
} from './options.js';
export { OPTIMIZE_FOR } from './options.js';
export { describeRefusal } from './refusals.js';
export { type Parsed as LibraryDeclaration, provideLibrary } from './support/library.js';

/**
 * Compiles a module to JavaScript (ABI.md describes the result).
 * @param module decoded and valid: an invalid one gives text without meaning
 * @param options format, names, data, WASI
 * @param parts all functions, compiled already (by `partCompiler`s with the same options), in order
 * @returns the text in pieces, TypeScript declarations, the data file
 * @throws UnsupportedError for what cannot be lowered yet: all of it, with counts and first places;
 *   TypeError for options that contradict each other or that no JavaScript can be made of
 */
export function compile(
  module: Module,
  options: CompileOptions,
  parts?: readonly FunctionsPart[],
): CompileResult {
  try {
    return emitModule(lowering, module, options, parts);
  } catch (error) {
    throw error instanceof UnsupportedError ? refuse(lowering, module, error) : error;
  }
}

/**
 * All that keeps a module from being compiled, as an `UnsupportedError` of `compile` would have it.
 * @param module decoded and valid
 * @returns features (or sentences) with counts and the first place; empty where it is compiled, unless a
 *   function is beyond a limit
 */
export const refusals = (module: Module): Refusal[] => findRefusals(lowering, module);

/** Is there a lowering for an opcode? */
export const isLowered = (op: number): boolean => lowering.lowers(op);

/**
 * Compiles parts of a module's functions, for `compile` elsewhere to put together.
 * @param module decoded and valid
 */
export function partCompiler(module: Module, options: CompileOptions): PartCompiler {
  return new PartCompiler(module, lowering, options);
}
