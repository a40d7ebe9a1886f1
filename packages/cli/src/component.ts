/**
 * Components: gets the bytes of one and the options of a build, gives script and declarations. jco's glue and WASI 0.2
 * are the package `@wasm2js/component`'s; each core module goes the way of every module (`compile.ts`).
 */

import type { ComponentResult } from '@wasm2js/component';
import { compileSource, type ModuleOptions, type Source } from './compile.js';
import { CliError, UsageError } from './errors.js';
import { silent } from './progress.js';

/** Options that say nothing about a component, by the names of the command line. */
const ONLY_FOR_MODULES: readonly [keyof ModuleOptions, string][] = [
  ['hybrid', '--hybrid'],
  ['exports', '--exports'],
  ['suspendable', '--suspendable'],
  ['dataFileName', '--data file'],
];

/**
 * Compiles a component.
 * @param source its bytes are those of a component
 * @param byHost are core modules left as they are, for the host's own WebAssembly?
 * @throws UsageError for options that are for modules alone, CliError that names the input and what is wrong with it
 */
export const compileComponent = async (
  source: Source,
  given: ModuleOptions,
  byHost = false,
): Promise<ComponentResult> => {
  const { name, progress = silent } = source;
  const { globalName, ...rest } = given;
  for (const [option, flag] of ONLY_FOR_MODULES) {
    if (given[option])
      throw new UsageError(`${name}: ${flag} is for modules, and this is a component`);
  }
  if (source.debug !== undefined)
    throw new UsageError(`${name}: --source-map is for modules, and this is a component`);
  const compileCore = async (
    bytes: Uint8Array,
    core: string,
    suspendable: boolean,
  ): Promise<string> => {
    const { chunks } = await compileSource(
      { ...source, bytes, name: core, wasi: 'none', progress: silent },
      { ...rest, format: 'iife', namedExports: false, suspendable, sourceName: core },
    );
    // Its first line is a comment.
    return chunks
      .join('')
      .replace(/^\/\*.*?\*\/\s*/, '')
      .replace(/;?\s*$/, '');
  };
  const { buildComponent } = await import('@wasm2js/component');
  progress.phase('compiling');
  try {
    return await buildComponent(source.bytes, {
      format: given.format,
      globalName,
      wasi: source.wasi === 'auto' ? 'bundle' : source.wasi,
      main: given.main,
      fuel: given.fuel,
      restorable: given.restorable,
      defaults: source.image,
      sourceName: given.sourceName ?? name,
      onProgress: (done, total) => progress.update(done, total),
      compileCore: byHost ? undefined : compileCore,
    });
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`${name}: ${(error as Error).message}`, undefined, { cause: error });
  }
};
