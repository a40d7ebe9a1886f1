/** From the bytes of a module to the text of a script: what `build` and `run` have in common. */

import { type CompileOptions, type CompileResult, compile } from '@wasm2js/codegen';
import { decodeModule, type Module } from '@wasm2js/decoder';
import { validateModule } from '@wasm2js/validator';
import { bundleSource } from '@wasm2js/wasi-runtime';
import { moduleError } from './errors.js';
import { toBinary } from './input.js';
import { type OptimizeLevel, optimize } from './optimize.js';
import { type Progress, silent } from './progress.js';

/** Where a module gets WASI from: see `BuildOptions.wasi`. */
export type WasiMode = 'auto' | 'bundle' | 'import' | 'none';

/** What has to be known about an input besides its bytes. */
export interface Source {
  bytes: Uint8Array;
  /** What errors call it. */
  name: string;
  optimize?: OptimizeLevel | undefined;
  wasi: WasiMode;
  progress?: Progress | undefined;
}

const importsWasi = (module: Module): boolean =>
  module.imports.some((item) => item.module === 'wasi_snapshot_preview1');

const wasiOptions = (module: Module, mode: WasiMode): CompileOptions['wasi'] => {
  if (mode === 'none' || (mode === 'auto' && !importsWasi(module))) return undefined;
  return mode === 'import'
    ? { mode: 'import', specifier: '@wasm2js/wasi-runtime' }
    : { mode: 'bundle', source: bundleSource('node') };
};

/**
 * Assembles, optimises, decodes, validates and compiles a module. Fails with a `CliError` that names
 * the input.
 */
export const compileSource = async (
  source: Source,
  options: Omit<CompileOptions, 'wasi'>,
): Promise<CompileResult> => {
  const progress = source.progress ?? silent;
  progress.phase('reading');
  let bytes = await toBinary(source.bytes, source.name);
  try {
    let module = decodeModule(bytes);
    progress.phase('validating');
    validateModule(module);
    if (source.optimize !== undefined) {
      progress.phase('optimising');
      bytes = await optimize(bytes, source.optimize, options.names === 'keep', source.name);
      module = decodeModule(bytes);
      validateModule(module);
    }
    progress.phase('compiling');
    const wasi = wasiOptions(module, source.wasi);
    return compile(module, wasi ? { ...options, wasi } : options);
  } catch (error) {
    throw moduleError(source.name, error);
  }
};
