/** The command `build`, also the programmatic interface: a module in, a script and its companions out. */

import { stat } from 'node:fs/promises';
import { basename, dirname, extname, join, sep } from 'node:path';
import {
  type CompileOptions,
  checkGlobalName,
  type HybridOptions,
  isCommand,
  OPTIMIZE_FOR,
} from '@wasm2js/codegen';
import { compileSource, type ModuleOptions, type Source, type WasiMode } from './compile.js';
import { UsageError } from './errors.js';
import { isComponent } from './foreign.js';
import { imageGuest } from './guest-image.js';
import { type HybridBuild, planHybrid, stem } from './hybrid.js';
import { checkDistinct, fileKey } from './identity.js';
import { type ImageChoice, isReference, readBytes, readInput, toAnyBinary } from './input.js';
import { type OptimizeLevel, optimizeLevels } from './levels.js';
import { missingImports } from './needs.js';
import { type OutputFile, writeFiles, writeStdout } from './output.js';
import { type Progress, silent } from './progress.js';
import type { BuiltMap, SourceMapMode } from './source-map.js';
import { TextFile } from './text-file.js';

/** Of modules from so many bytes on, the text of functions is kept in a file until it is in order. */
const LARGE = 8 << 20;

/** Kind of script. */
export type Format = 'esm' | 'cjs' | 'iife';
/** Where data segments go. */
export type DataPlacement = 'inline' | 'file';
/** What functions of the output are called. */
export type Names = 'keep' | 'minify';
export type { HybridBuild, OptimizeLevel, Progress, SourceMapMode, WasiMode };

export interface BuildOptions extends Omit<ImageChoice, 'args'> {
  /**
   * Path of a `.wasm` or `.wat` file or of an image (a layout, an archive), an image by its transport (`oci:`,
   * `docker-archive:`, `docker://`), `-` for standard input, or the bytes of a file. A command of an image keeps its
   * arguments, environment and files.
   */
  input: string | Uint8Array;
  /** Path of the script, or `-` for standard output. */
  output: string;
  /** Default: `cjs` for an output that ends in `.cjs`, else `esm`. */
  format?: Format | undefined;
  /**
   * The variable that an `iife` is assigned to, or a property of it (`a.b.c`: missing objects on the way
   * are made); without it the output is one expression.
   */
  globalName?: string | undefined;
  /** Default `inline`: text in the script. `file`: one file beside it. */
  data?: DataPlacement | undefined;
  /**
   * WASI of a command (a module that exports `_start` and imports only WASI): `auto` (default) and
   * `bundle` put the runtime into the script, `import` imports it from `@wasm2js/wasi-runtime`,
   * `none` leaves the imports to the caller. `bundle` and `import` fail for other modules.
   */
  wasi?: WasiMode | undefined;
  /**
   * Use the host's own WebAssembly where it is there, may compile and takes the module; the module's JavaScript
   * elsewhere, loaded only then. `true` is `{}`.
   */
  hybrid?: boolean | HybridBuild | undefined;
  /**
   * Exports that are wanted (default all): the others are left out of the JavaScript, and with them the functions
   * that nothing else calls. The bytes of a hybrid build stay as they are.
   */
  exports?: readonly string[] | undefined;
  /** Also export the exports of one instance by name, where the module imports nothing. Default true. */
  namedExports?: boolean | undefined;
  /**
   * Write type declarations beside the script. Default: where it is a module in a file. True is refused where there
   * can be none: for standard output, a device or `iife`.
   */
  dts?: boolean | undefined;
  /** Default `keep`: names of the name section. `minify`: short ones. */
  names?: Names | undefined;
  /** Let memories grow beyond 2 GiB (default false). */
  largeMemory?: boolean | undefined;
  /**
   * Give functions that may call an import a second, suspendable form, for JavaScript Promise Integration: then
   * `instantiate` has `Suspending` and `promising` (default false).
   */
  suspendable?: boolean | undefined;
  /**
   * Meter what runs: units of fuel (rounds of loops and calls) for an instance that is given no other; `Infinity`
   * for no end but an interrupt. See `instantiate`'s options `fuel` and `interrupt`.
   */
  fuel?: number | undefined;
  /** Bytes that each memory of an instance may have, where it is given no other limit. */
  maxMemory?: number | undefined;
  /**
   * Default `jit`. `interpreter`: for engines without a JIT, as few bytecodes as possible. `size`: as few
   * bytes as possible.
   */
  optimizeFor?: CompileOptions['optimizeFor'];
  /**
   * Take each access to memory to be aligned as its hint says and in bounds: what is not gives an
   * unspecified result and no trap (default false). For modules that compilers made.
   */
  uncheckedMemory?: boolean | undefined;
  /**
   * Functions of 64-bit integers that call nothing, or small ones, have a second form, on whole words, which takes over on V8 once
   * they have run often, of code for engines with a JIT alone: 1.5 to 6 times as fast there. It needs BigInt literals (ES2020).
   * `false`: none has.
   */
  wideWords?: boolean | undefined;
  /** Sets of builtin functions in use (default `['js-string']`). */
  builtins?: CompileOptions['builtins'];
  /** Module name of imported string constants. */
  importedStringConstants?: string | undefined;
  /** Run binaryen's wasm-opt first (package `binaryen`, or `wasm-opt` on the PATH). */
  optimize?: OptimizeLevel | undefined;
  /**
   * Threads to compile functions with. Default: 1 for modules with less than 4 MiB of code, else one
   * for every two processors, up to 8. The output does not depend on it.
   */
  jobs?: number | undefined;
  /**
   * Write a source map: into a file beside the script (`external`) or into the script (`inline`). It is made of
   * the module's DWARF, else of the source map that the module names, else it leads to a listing of the module.
   */
  sourceMap?: SourceMapMode | undefined;
  /** Put the texts of the sources that DWARF names into the map, where these files are here (default false). */
  sourcesContent?: boolean | undefined;
  /** Is told how far the build is. */
  progress?: Progress | undefined;
}

/** What a build has written. */
export interface BuildResult {
  /** Paths of the files, the script first; none for standard output. */
  files: string[];
  /** What a person should know about the build: a sentence each. */
  notes: string[];
}

const declarationExtensions: Record<string, string> = {
  '.js': '.d.ts',
  '.mjs': '.d.mts',
  '.cjs': '.d.cts',
};

/** `app.mjs` → `app.d.mts`, so that TypeScript finds it. */
const declarationPath = (path: string): string => {
  const extension = extname(path);
  const replacement = declarationExtensions[extension];
  return replacement ? path.slice(0, -extension.length) + replacement : `${path}.d.ts`;
};

/** Something like `/dev/null`, which has nothing beside it. */
const isDevice = async (path: string): Promise<boolean> => {
  try {
    const status = await stat(path);
    return !status.isFile() && !status.isDirectory();
  } catch {
    return false;
  }
};

/** What JavaScript can hand over, and the command line has checked already. */
const choices = {
  format: ['esm', 'cjs', 'iife'],
  data: ['inline', 'file'],
  wasi: ['auto', 'bundle', 'import', 'none'],
  names: ['keep', 'minify'],
  dts: [true, false],
  namedExports: [true, false],
  largeMemory: [true, false],
  suspendable: [true, false],
  optimizeFor: OPTIMIZE_FOR,
  uncheckedMemory: [true, false],
  wideWords: [true, false],
  optimize: optimizeLevels,
  sourceMap: ['external', 'inline'],
  sourcesContent: [true, false],
} as const satisfies { [name in keyof BuildOptions]?: readonly unknown[] };

/**
 * Checks options by themselves and against each other, before anything is read.
 * @returns what a hybrid build consists of
 */
const checkBuild = (options: BuildOptions, format: Format): HybridOptions | undefined => {
  const { input, output, globalName, jobs } = options;
  if (typeof input !== 'string' && !(input instanceof Uint8Array)) {
    throw new UsageError('the input is a path or a Uint8Array');
  }
  if (typeof output !== 'string') throw new UsageError('the output is a path');
  for (const [what, path] of [
    ['input', input],
    ['output', output],
  ] as const) {
    if (path === '') throw new UsageError(`the ${what} needs a name`);
    if (typeof path === 'string' && (path.endsWith('/') || path.endsWith(sep))) {
      throw new UsageError(`the ${what} is a file, not the folder ${path}`);
    }
    if (typeof path === 'string' && path.includes('\0')) {
      throw new UsageError(`the name of the ${what} holds a NUL character`);
    }
  }
  for (const [name, values] of Object.entries(choices)) {
    const value = options[name as keyof typeof choices];
    if (value === undefined || (values as readonly unknown[]).includes(value)) continue;
    throw new UsageError(`${name} is one of ${values.join(', ')}, not ${JSON.stringify(value)}`);
  }
  if (jobs !== undefined && !(Number.isInteger(jobs) && jobs > 0)) {
    throw new UsageError('jobs is a number from 1 on');
  }
  if (output === '-' && options.sourceMap === 'external') {
    throw new UsageError(
      '--source-map needs an output file to stand beside: use --source-map=inline',
    );
  }
  if (options.sourcesContent === true && options.sourceMap === undefined) {
    throw new UsageError('--sources-content is for --source-map');
  }
  if (output === '-' && options.data === 'file') {
    throw new UsageError('--data file needs an output file to stand beside');
  }
  if (options.dts === true && format === 'iife') {
    throw new UsageError('--dts is for modules: a script of --format iife has no declarations');
  }
  if (format === 'iife' && options.wasi === 'import') {
    throw new UsageError('--format iife cannot import the WASI runtime: use --wasi bundle');
  }
  if (globalName !== undefined) {
    if (format !== 'iife') throw new UsageError('--global-name is for --format iife');
    try {
      checkGlobalName(globalName);
    } catch (error) {
      throw error instanceof TypeError ? new UsageError(`--global-name: ${error.message}`) : error;
    }
  }
  if (options.hybrid === undefined || options.hybrid === false) return undefined;
  if (options.data === 'file') throw new UsageError('--hybrid and --data file exclude each other');
  return planHybrid(options.hybrid === true ? {} : options.hybrid, format, output);
};

/** Is the file of a hybrid build's bytes the input, and these are its bytes? Then nothing is to be written. */
const holds = async (
  input: BuildOptions['input'],
  file: string,
  output: string,
  wasm: Uint8Array,
): Promise<boolean> => {
  if (typeof input !== 'string' || input === '-') return false;
  const [one, other] = await Promise.all([fileKey(input), fileKey(join(dirname(output), file))]);
  return one !== undefined && one === other && Buffer.compare(await readBytes(input), wasm) === 0;
};

/** The script with the comment that is its last line. */
const withComment = (chunks: string[], comment: Iterable<string> | undefined): Iterable<string> => {
  if (comment === undefined) return chunks;
  const end = chunks.at(-1)?.endsWith('\n') ? [] : ['\n'];
  return (function* () {
    yield* chunks;
    yield* end;
    yield* comment;
  })();
};

/** Compiles a component and writes its files, or none of them. */
const buildComponent = async (
  source: Source,
  options: ModuleOptions,
  inputs: string[],
  scripts: string[],
): Promise<BuildResult> => {
  const { name, progress = silent } = source;
  const { compileComponent } = await import('./component.js');
  const { chunks, dts, needed } = await compileComponent(source, options);
  const notes =
    needed.length === 0
      ? []
      : [`${name}: it imports ${needed.join(', ')}: give instantiate() these`];
  progress.phase('writing');
  const [script] = scripts;
  if (script === '-') {
    await writeStdout(chunks);
    return { files: [], notes };
  }
  const texts = [chunks, [dts]];
  const files = scripts.map((path, i) => ({ path, chunks: texts[i]! }));
  await checkDistinct(inputs, scripts);
  await writeFiles(files);
  return { files: scripts, notes };
};

/**
 * Compiles a module or component and writes all of its files, or none of them.
 * @throws UsageError for options that contradict each other or no script can be made of, CliError for
 *   what is wrong with the module or a file, all before anything is written
 */
export const build = async (options: BuildOptions): Promise<BuildResult> => {
  const store: { file?: TextFile } = {};
  try {
    return await buildWith(options, store);
  } finally {
    store.file?.close();
  }
};

/** Builds. @param store gets a file for the text of a large module */
const buildWith = async (
  options: BuildOptions,
  store: { file?: TextFile },
): Promise<BuildResult> => {
  const { input, output, data = 'inline', progress = silent } = options;
  const format = options.format ?? (/\.cjs$/.test(output) ? 'cjs' : 'esm');
  const hybrid = checkBuild(options, format);
  const toStdout = output === '-';
  const dataFileName = `${stem(output)}.data`;

  const scripts = [output];
  if (options.dts !== false && format !== 'iife') {
    if (!toStdout && !(await isDevice(output))) scripts.push(declarationPath(output));
    else if (options.dts) throw new UsageError('--dts needs an output file to stand beside');
  }
  const inputs = typeof input === 'string' && !isReference(input) ? [input] : [];
  const { sourceMap: mapMode } = options;
  await checkDistinct(inputs, mapMode === 'external' ? [...scripts, `${output}.map`] : scripts);

  progress.phase('reading');
  const { bytes, name, image } = await readInput(input, options);
  const file = typeof input === 'string' && input !== '-' && image === undefined;
  const folder = file ? dirname(input) : undefined;
  const sourceName = file ? basename(input) : basename(image?.path ?? '');
  const source: Source = {
    bytes: await toAnyBinary(bytes, name),
    name,
    optimize: options.optimize,
    wasi: options.wasi ?? 'auto',
    jobs: options.jobs,
    progress,
    debug: mapMode === undefined ? undefined : { folder },
    image: image && imageGuest(image),
  };
  const compileOptions: ModuleOptions = {
    format,
    data,
    names: options.names ?? 'keep',
    largeMemory: options.largeMemory ?? false,
    suspendable: options.suspendable ?? false,
    optimizeFor: options.optimizeFor,
    uncheckedMemory: options.uncheckedMemory,
    wideWords: options.wideWords,
    fuel: options.fuel,
    maxMemory: options.maxMemory,
    builtins: options.builtins,
    importedStringConstants: options.importedStringConstants,
    hybrid,
    exports: options.exports,
    namedExports: options.namedExports ?? true,
    ...(data === 'file' ? { dataFileName } : {}),
    ...(options.globalName === undefined ? {} : { globalName: options.globalName }),
    ...(sourceName === '' ? {} : { sourceName }),
  };
  if (isComponent(source.bytes)) return buildComponent(source, compileOptions, inputs, scripts);
  // A map is of lines in all of the text, and a script with another one in it has it twice.
  if (source.bytes.length >= LARGE && mapMode === undefined && hybrid === undefined)
    source.textStore = store.file = new TextFile();
  const result = await compileSource(source, compileOptions);

  const { module, marks, debug } = result;
  // Of two scripts, the map is of the one that has the module's functions.
  const mapped = hybrid?.fallback === undefined ? 'script' : 'fallback';
  let map: BuiltMap | undefined;
  if (mapMode !== undefined) {
    progress.phase('mapping');
    const { buildSourceMap } = await import('./source-map.js');
    map = buildSourceMap({
      module,
      marks: marks!,
      debug: debug!,
      mode: mapMode,
      sourcesContent: options.sourcesContent ?? false,
      folder,
      output: toStdout ? 'stdout' : join(dirname(output), hybrid?.fallback ?? basename(output)),
    });
  }
  const { wasi = 'auto', builtins = ['js-string'], importedStringConstants } = options;
  const needs =
    wasi === 'none' || (wasi === 'auto' && isCommand(module))
      ? undefined
      : missingImports(
          module,
          ({ module: from }) =>
            from === importedStringConstants || builtins.some((set) => from === `wasm:${set}`),
        );
  const notes = [...(needs === undefined ? [] : [needs]), ...(map?.notes ?? [])].map(
    (note) => `${name}: ${note}`,
  );
  const script = withComment(
    mapped === 'fallback' ? result.fallback! : result.chunks,
    map?.comment,
  );

  progress.phase('writing');
  if (toStdout) {
    await writeStdout(result.text ?? (mapped === 'script' ? script : result.chunks));
    return { files: [], notes };
  }
  const texts = [result.text ?? (mapped === 'script' ? script : result.chunks), [result.dts]];
  const files: OutputFile[] = scripts.map((path, i) => ({ path, chunks: texts[i]! }));
  if (map !== undefined) files.push(...map.files);
  const beside = (file: string, chunks: OutputFile['chunks']): unknown =>
    files.push({ path: join(dirname(output), file), chunks });
  if (result.dataFile) beside(dataFileName, [result.dataFile]);
  if (hybrid?.fallback !== undefined)
    beside(hybrid.fallback, mapped === 'fallback' ? script : result.fallback!);
  if (hybrid?.wasmFile !== undefined && !(await holds(input, hybrid.wasmFile, output, result.wasm)))
    beside(hybrid.wasmFile, [result.wasm]);
  // Only now it is known which files there are.
  await checkDistinct(
    inputs,
    files.map(({ path }) => path),
  );
  await writeFiles(files);
  return { files: files.map((file) => file.path), notes };
};
