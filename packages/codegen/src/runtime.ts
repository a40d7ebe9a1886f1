/**
 * The compiler where modules run: without a file system, and with the support library given. Beside `index.ts`, which
 * makes files.
 */
import type { Module } from '@wasm2js/decoder';
import { contextOf } from './emit/functions.js';
import { RuntimeModule, type RuntimeOptions } from './emit/runtime.js';
import * as lowering from './lower/index.js';
import { declarationsOf, provideLibrary } from './support/library.js';

export type { RuntimeModule, RuntimeOptions } from './emit/runtime.js';

/** Gives the compiler the support library: `texts` of `divideLibrary`, or all of them. */
export const provideTexts = (texts: readonly string[]): void =>
  provideLibrary(() => declarationsOf(texts), false);

/**
 * Compiles a module to be evaluated at once. `provideTexts` must have been called.
 * @param module decoded and valid
 * @param lazy are functions compiled when they are called first?
 * @throws UnsupportedError for what cannot be lowered yet; InvalidError for a builtin of another type
 */
export const compileForNow = (
  module: Module,
  options: RuntimeOptions,
  lazy: boolean,
): RuntimeModule => new RuntimeModule(lowering, module, options, lazy);

/**
 * Checks the imports that the compiler satisfies.
 * @param module decoded and valid
 * @throws InvalidError for a builtin or string constant of another type
 */
export const checkBuiltins = (module: Module, options: RuntimeOptions): void => {
  const given = { ...options, format: 'iife', names: 'keep', data: 'inline' } as const;
  void contextOf(module, given).builtins.others;
};
