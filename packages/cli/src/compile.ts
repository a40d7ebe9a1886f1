/** From the bytes of a module to the text of a script: what `build` and `run` have in common. */

import {
  type CompileOptions,
  type CompileResult,
  compile,
  isCommand,
  type TextStore,
} from '@wasm2js/codegen';
import { decodeModule, type Module, rereadDatas } from '@wasm2js/decoder';
import { validateModule } from '@wasm2js/validator';
import { CliError, moduleError } from './errors.js';
import type { ImageGuest } from './guest-image.js';
import { toBinary } from './input.js';
import type { OptimizeLevel } from './levels.js';
import { defaultJobs, Threads } from './parallel.js';
import { type Progress, silent } from './progress.js';
import { smallHeap } from './small-heap.js';
import type { DebugFiles } from './source-map.js';

/** Where a module gets WASI from: see `BuildOptions.wasi`. */
export type WasiMode = 'auto' | 'bundle' | 'import' | 'none';

/** How code is made, for commands that write no script of their own. */
export interface CodeChoice {
  names: 'keep' | 'minify';
  largeMemory: boolean;
  optimizeFor: CompileOptions['optimizeFor'];
  uncheckedMemory: boolean;
  wideWords?: boolean | undefined;
  builtins?: CompileOptions['builtins'];
  importedStringConstants?: string | undefined;
  optimize?: OptimizeLevel | undefined;
}

/** What the compiler is told of that; `wasm-opt` is told the rest. */
export const codeOptions = (options: CodeChoice) => ({
  names: options.names,
  largeMemory: options.largeMemory,
  optimizeFor: options.optimizeFor,
  uncheckedMemory: options.uncheckedMemory,
  wideWords: options.wideWords,
  builtins: options.builtins,
  importedStringConstants: options.importedStringConstants,
});

/** What has to be known about an input besides its bytes. */
export interface Source {
  bytes: Uint8Array;
  /** What errors call it. */
  name: string;
  optimize?: OptimizeLevel | undefined;
  wasi: WasiMode;
  /** What a command has of the image that it was in. */
  image?: ImageGuest | undefined;
  /** Find out where the text comes from: the folder of the module, if it is in one. */
  debug?: { folder: string | undefined } | undefined;
  /** Threads to compile with; see `BuildOptions.jobs`. */
  jobs?: number | undefined;
  progress?: Progress | undefined;
  /** Keeps the text of functions while one thread compiles them; the result then has `text` in place of `chunks`. */
  textStore?: TextStore | undefined;
}

const wasiOptions = async (
  { wasi, name, image }: Source,
  module: Module,
): Promise<CompileOptions['wasi']> => {
  if (wasi === 'none') return undefined;
  if (!isCommand(module)) {
    if (wasi === 'auto') return undefined;
    throw new CliError(
      `${name}: --wasi ${wasi} is for WASI commands, and this is none: ${COMMAND}`,
    );
  }
  if (wasi === 'import') return { ...image, mode: 'import', specifier: '@wasm2js/wasi-runtime' };
  const { bundleSource, importsSockets } = await import('@wasm2js/wasi-runtime/bundle');
  return { ...image, mode: 'bundle', source: bundleSource('auto', importsSockets(module.imports)) };
};

/**
 * Is this what a compiler hands to a linker? Such a module exports nothing; one that is linked and has
 * kept the linker's section does.
 */
const isObjectFile = ({ sections, exports }: Module): boolean =>
  exports.length === 0 && sections.some(({ id, name }) => id === 0 && name === 'linking');

/** What makes a module a command, for messages. */
export const COMMAND = 'a command exports _start and imports only WASI';

/** How a module is compiled, beyond what its source says. */
export type ModuleOptions = Omit<CompileOptions, 'wasi' | 'positions' | 'textStore'>;

/** What comes of a module, and what it was when it was compiled. */
export interface Compiled extends CompileResult {
  /** What was compiled: assembled and optimised. */
  wasm: Uint8Array;
  module: Module;
  /** What files tell where it comes from, if that was asked for. */
  debug: DebugFiles | undefined;
}

/**
 * Assembles, optimises, decodes, validates and compiles a module. Fails with a `CliError` that names
 * the input. `wasm` is what was compiled: assembled and optimised.
 */
export const compileSource = async (source: Source, given: ModuleOptions): Promise<Compiled> => {
  const options = { ...given, positions: source.debug !== undefined };
  const progress = source.progress ?? silent;
  progress.phase('reading');
  let bytes = await toBinary(source.bytes, source.name);
  let threads: Threads | undefined;
  try {
    let module = decodeModule(bytes);
    if (isObjectFile(module)) {
      throw new CliError(
        `${source.name}: this is an object file: link it first (wasm-ld, or clang without -c)`,
      );
    }
    let debug: DebugFiles | undefined;
    if (source.debug !== undefined) {
      const { readDebugFiles } = await import('./source-map.js');
      debug = await readDebugFiles(module, source.debug.folder);
    }
    if (source.optimize !== undefined) {
      progress.phase('validating');
      validateModule(module);
      progress.phase('optimising');
      const { optimize } = await import('./optimize.js');
      const { mapToRewrite } = await import('./source-map.js');
      const map = debug && mapToRewrite(module, debug, source.debug?.folder);
      const optimized = await optimize(bytes, source.optimize, {
        names: options.names === 'keep',
        map: map?.text,
        input: source.name,
      });
      bytes = optimized.bytes;
      module = decodeModule(bytes);
      if (map !== undefined && optimized.map !== undefined)
        debug = { map: { ...map, text: optimized.map }, notes: debug!.notes };
    }
    for (const wanted of options.exports ?? []) {
      if (!module.exports.some(({ name }) => name === wanted))
        throw new CliError(`${source.name}: there is no export ${JSON.stringify(wanted)}`);
    }
    const jobs = source.jobs ?? defaultJobs(module);
    if (jobs > 1) threads = new Threads(jobs, bytes, options);
    progress.phase('validating');
    validateModule(module);
    progress.phase('compiling');
    const wasi = await wasiOptions(source, module);
    const spare = threads === undefined ? smallHeap(module, bytes.length) : undefined;
    const onProgress = (done: number, total: number): void => {
      spare?.(done);
      progress.update(done, total);
    };
    const parts = await threads?.compile(module, onProgress);
    const { textStore } = source;
    const all = { ...options, onProgress, textStore, ...(wasi ? { wasi } : {}) };
    rereadDatas(module);
    spare?.(0);
    const result = compile(module, all, parts);
    return { ...result, wasm: bytes, module, debug };
  } catch (error) {
    throw moduleError(source.name, error, bytes);
  } finally {
    await threads?.end();
  }
};
