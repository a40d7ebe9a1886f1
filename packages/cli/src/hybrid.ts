/** What a hybrid build consists of: from what is asked for and the kind of script to the names of its files. */

import { basename, extname } from 'node:path';
import type { CompileOptions, HybridOptions } from '@wasm2js/codegen';
import { UsageError } from './errors.js';

/** What can be chosen about a hybrid build. */
export interface HybridBuild {
  /**
   * Where the module's bytes are. `file` (default, but for a script): in a `.wasm` beside the output. `inline`:
   * text in the output.
   */
  bytes?: 'file' | 'inline' | undefined;
  /**
   * When the host's WebAssembly compiles. `await` (default of ES modules): by top-level await. `sync` (always for
   * CommonJS and scripts): at once; an ES module then carries its JavaScript, since it can load none at once.
   */
  load?: 'await' | 'sync' | undefined;
}

/** The name of a file without folder and extension. */
export const stem = (path: string): string => basename(path, extname(path));

/** Parses the value of `--hybrid`: nothing, or some of `inline`, `file`, `sync`, `await`. */
export const parseHybrid = (value: string): HybridBuild => {
  const build: HybridBuild = {};
  for (const word of value.split(',').filter(Boolean)) {
    const what = word === 'file' || word === 'inline' ? 'bytes' : 'load';
    if (what === 'load' && word !== 'await' && word !== 'sync') {
      throw new UsageError(`--hybrid takes inline or file, and await or sync, not "${word}"`);
    }
    if (build[what] !== undefined)
      throw new UsageError(`--hybrid takes one of ${build[what]} and ${word}`);
    Object.assign(build, { [what]: word });
  }
  return build;
};

/**
 * The options of the code generator.
 * @param output path of the script, or `-`
 * @throws UsageError for what such a script cannot do
 */
export const planHybrid = (
  build: HybridBuild,
  format: CompileOptions['format'],
  output: string,
): HybridOptions => {
  const { load = format === 'esm' ? 'await' : 'sync' } = build;
  const { bytes = format === 'iife' || (format === 'esm' && load === 'sync') ? 'inline' : 'file' } =
    build;
  if (!['await', 'sync'].includes(load) || !['file', 'inline'].includes(bytes)) {
    throw new UsageError('hybrid takes bytes: file or inline, load: await or sync');
  }
  if (load === 'await' && format !== 'esm') {
    throw new UsageError(`--format ${format} cannot wait for WebAssembly: use --hybrid=sync`);
  }
  if (bytes === 'file' && format === 'iife') {
    throw new UsageError('a script does not know where a file beside it is: use --hybrid=inline');
  }
  const alone = format === 'iife' || (format === 'esm' && load === 'sync');
  if (output === '-' && !(alone && bytes === 'inline')) {
    throw new UsageError(
      'a hybrid build has files beside it: only --hybrid=inline,sync goes to standard output',
    );
  }
  return {
    load,
    ...(bytes === 'file' ? { wasmFile: `${stem(output)}.wasm` } : {}),
    ...(alone ? {} : { fallback: `${stem(output)}.fallback${extname(output)}` }),
  };
};
