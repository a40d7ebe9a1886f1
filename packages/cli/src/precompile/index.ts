/**
 * The command `precompile`: modules that are found in files, folders and packages become a file that registers them,
 * by a digest of their bytes, with the `WebAssembly` object of `@wasm2js/webassembly`.
 */

import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { decodeModule, detectFeatures, type Feature, type Module } from '@wasm2js/decoder';
import { type ModuleOptions, precompiledKey } from '@wasm2js/webassembly/precompiled';
import { compileSource } from '../compile.js';
import { CliError, moduleError, UsageError } from '../errors.js';
import { foreign, isWasm } from '../foreign.js';
import { checkDistinct } from '../identity.js';
import { readBytes } from '../input.js';
import { type OutputFile, writeFiles } from '../output.js';
import { type Progress, silent } from '../progress.js';
import { type FoundModule, findModules } from './find.js';

export interface PrecompileOptions {
  /** Files, folders, and names of installed packages (which bring what they depend on). */
  inputs: readonly string[];
  /** Path of the file that registers the modules. */
  output: string;
  /**
   * One file for each module in a folder beside the output, loaded when the module is asked for. Default false: all
   * in one file, which runs as a module, as a classic script and in CommonJS.
   */
  split?: boolean | undefined;
  /**
   * Build what modules need that are given `WebAssembly.Suspending` objects (larger). By default that is done for modules which
   * were recorded with such imports, and in packages whose scripts name them.
   */
  suspendable?: boolean | undefined;
  /** Patterns of files that are left out. */
  exclude?: readonly string[] | undefined;
  /** Is told how far it is. */
  progress?: Progress | undefined;
}

/** A module of the output. */
export interface PrecompiledModule {
  /** Where it was found first. */
  path: string;
  form: FoundModule['form'];
  /** Its length in bytes. */
  size: number;
  /** Has it the form for imports that suspend? */
  suspendable: boolean;
  /** What of WebAssembly it uses. */
  features: Feature[];
  /** What it is registered under. */
  key: string;
}

export interface PrecompileResult {
  modules: PrecompiledModule[];
  /** What was found and cannot be compiled, with the reason. */
  refused: { path: string; reason: string }[];
  /** Paths of the files that were written. */
  files: string[];
}

/** Modules whose imports the compiler itself has. */
const BUILTINS = 'wasm:js-string';

/**
 * The compile options that a module is meant to be compiled with: builtins where it imports them, and then strings for
 * the globals of a module from which it imports nothing but what strings can be.
 */
function intendedOptions({ imports }: Module): ModuleOptions {
  if (!imports.some((item) => item.module === BUILTINS)) {
    return { builtins: [], importedStringConstants: undefined };
  }
  const sources = new Map<string, boolean>();
  for (const { module, desc } of imports) {
    const isString = desc.kind === 'global' && !desc.mutable;
    sources.set(module, isString && sources.get(module) !== false);
  }
  const [constants] = [...sources].find(([, areStrings]) => areStrings) ?? [];
  return { builtins: ['js-string'], importedStringConstants: constants };
}

/** What a path pattern of `--exclude` matches: `*` within a name, `**` across folders; a name alone anywhere. */
function pattern(text: string): RegExp {
  const source = text
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\/?|[*?]/g, (part) => (part === '*' ? '[^/]*' : part === '?' ? '[^/]' : '.*'));
  return new RegExp(`(?:^|/)${source}(?:/|$)`);
}

/** The name of the realm's map, which `@wasm2js/webassembly` looks into. */
const MAP = "globalThis[Symbol.for('wasm2js.precompiled')]";
const HEAD =
  '// Modules built ahead by wasm2js for @wasm2js/webassembly: each under the digest of its bytes.\n';

/** The key as a file name. */
const fileName = (key: string): string => `${key.replaceAll('%', '_')}.js`;

/** Puts text around that of a module, which is an expression. */
const around = (before: string, { chunks }: Compiled, after: string): string[] => [
  before,
  ...chunks,
  after,
];

interface Compiled extends PrecompiledModule {
  chunks: string[];
}

/** One file with all modules: their functions are not looked into before they are called. */
function together(modules: readonly Compiled[]): string[] {
  const text = [`${HEAD}(function (map) {\n`];
  for (const module of modules) {
    text.push(
      ...around(
        `map.set(${JSON.stringify(module.key)}, function () { return (`,
        module,
        '\n); });\n',
      ),
    );
  }
  text.push(`})(${MAP} = ${MAP} || new Map());\n`);
  return text;
}

/** The file that loads others when they are asked for: at once, where the host can; else it gives promises. */
function index(modules: readonly Compiled[], folder: string, isCommonJS: boolean): string {
  const load = isCommonJS
    ? 'var load = function (path) { require(path); };'
    : `const module = globalThis.process?.getBuiltinModule?.('node:module');
const require = module?.createRequire(import.meta.url);
const load = (path) => (require ? void require(path) : import(path));`;
  const lines = modules.map(({ key }) => {
    const path = JSON.stringify(`./${folder}/${fileName(key)}`);
    return `map.set(${JSON.stringify(key)}, entry(${JSON.stringify(key)}, ${path}));`;
  });
  return `${HEAD}${load}
${isCommonJS ? 'var' : 'const'} map = (${MAP} = ${MAP} || new Map());
// Each of the files puts its module in the place of what loads it.
function entry(key, path) {
  return function () {
    var loading = load(path);
    return loading ? loading.then(function () { return map.get(key)(); }) : map.get(key)();
  };
}
${lines.join('\n')}
`;
}

/** One module's own file. */
const alone = (module: Compiled): string[] =>
  around(
    `${HEAD}(${MAP} = ${MAP} || new Map()).set(${JSON.stringify(module.key)}, function () { return (`,
    module,
    '\n); });\n',
  );

function outputFiles(
  modules: readonly Compiled[],
  { output, split = false }: PrecompileOptions,
): OutputFile[] {
  if (!split) return [{ path: output, chunks: together(modules) }];
  const folder = `${basename(output, extname(output))}.modules`;
  return [
    { path: output, chunks: [index(modules, folder, output.endsWith('.cjs'))] },
    ...modules.map((module) => ({
      path: join(dirname(output), folder, fileName(module.key)),
      chunks: alone(module),
    })),
  ];
}

/** The options of a module that was recorded, or else those that it is meant for. */
function optionsOf({ bytes, path, options }: FoundModule): ModuleOptions {
  if (options !== undefined) return { importedStringConstants: undefined, ...options };
  try {
    return intendedOptions(decodeModule(bytes));
  } catch (error) {
    throw moduleError(path, error, bytes);
  }
}

/** Compiles a module as the object does at run time, so that both behave alike. */
async function compiled(
  found: FoundModule,
  { suspendable: asked, progress = silent }: PrecompileOptions,
): Promise<Compiled> {
  const { bytes, path, form } = found;
  const suspendable = asked ?? found.options?.suspendable ?? found.suspends;
  const options = optionsOf(found);
  const { chunks } = await compileSource(
    { bytes, name: path, wasi: 'none', progress },
    {
      format: 'iife',
      data: 'inline',
      names: 'keep',
      namedExports: false,
      suspendable,
      builtins: options.builtins.includes('js-string') ? ['js-string'] : [],
      importedStringConstants: options.importedStringConstants,
    },
  );
  const features = detectFeatures(decodeModule(bytes));
  const key = precompiledKey(bytes, options);
  return { path, form, size: bytes.length, suspendable, features, key, chunks };
}

/** Says what inputs without a module are. */
const whatElse = async ([first, ...others]: readonly string[]): Promise<string> => {
  const alone = others.length === 0 && existsSync(first!) && (await stat(first!)).isFile();
  const bytes = alone ? await readBytes(first!) : undefined;
  const other = bytes && isWasm(bytes) ? foreign(bytes, false) : undefined;
  return other ?? 'there is no module of WebAssembly in it';
};

/**
 * Finds modules, compiles them and writes the file that registers them, or nothing.
 * @throws UsageError for options, CliError for what cannot be read or written, and where no module was found or
 *   none could be compiled
 */
export async function precompile(options: PrecompileOptions): Promise<PrecompileResult> {
  const { inputs, output, exclude = [] } = options;
  if (inputs.length === 0) throw new UsageError('an input is needed');
  if (!/\.[cm]?js$/.test(output)) throw new UsageError('the output is a .js, .mjs or .cjs file');
  const excluded = exclude.map(pattern);
  const modules: Compiled[] = [];
  const refused: PrecompileResult['refused'] = [];
  const isExcluded = (path: string) => excluded.some((one) => one.test(path.replaceAll('\\', '/')));
  for await (const found of findModules(inputs, isExcluded)) {
    try {
      modules.push(await compiled(found, options));
    } catch (error) {
      const { message } = error as Error;
      // The error begins with the path, which the caller has.
      const prefix = `${found.path}: `;
      const reason = message.startsWith(prefix) ? message.slice(prefix.length) : message;
      refused.push({ path: found.path, reason });
    }
  }
  if (modules.length === 0) {
    const [first] = refused;
    throw new CliError(
      first === undefined
        ? `${inputs.join(', ')}: ${await whatElse(inputs)}`
        : `${first.path}: ${first.reason}`,
    );
  }
  const written = outputFiles(modules, options);
  const paths = written.map(({ path }) => path);
  await checkDistinct([...new Set(modules.map(({ path }) => path))], paths);
  await writeFiles(written);
  return {
    modules: modules.map(({ chunks: _, ...module }) => module),
    refused,
    files: paths,
  };
}
