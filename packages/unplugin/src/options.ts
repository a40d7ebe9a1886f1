/** Options of the plugin, with what they are by default. Gets what users write, gives all of it. */

import type { BuildOptions } from '@wasm2js/cli';

/** What a default import of a module without an export of that name is (`import w from './x.wasm'`). */
export type DefaultImport = 'rollup' | 'module' | 'init' | 'url' | 'exports';

export interface Options {
  /**
   * `hybrid` (default): the host's WebAssembly where it is there, may compile and takes the module, else its
   * JavaScript, loaded only then. `js`: JavaScript alone.
   */
  mode?: 'hybrid' | 'js' | undefined;
  /**
   * `await` (default): by top-level await. `sync`: at once, for bundles that are no ES modules; the bytes and the
   * JavaScript are then part of the bundle. esbuild's `format` decides by itself.
   */
  load?: 'await' | 'sync' | undefined;
  /** Hybrid: the bytes as an asset (`file`, default), or as text in the bundle. */
  bytes?: 'file' | 'inline' | undefined;
  /**
   * What `import w from './x.wasm'` is where the module has no export `default`. `rollup`: a function, as
   * `@rollup/plugin-wasm` has it; `module`: a `WebAssembly.Module`, as at the edge; `init`: unwasm's function and
   * its live exports; `url`: the address of the asset; `exports`: an error, as ES modules have it. Default: `rollup`
   * for Rollup and Rolldown, `url` for Bun, else `exports`.
   */
  defaultImport?: DefaultImport | undefined;
  /** With `rollup`: files (ends of their paths) that are compiled at once. */
  sync?: readonly string[] | undefined;
  /**
   * Write declarations: `beside` as `x.wasm.d.ts`, `arbitrary` as `x.d.wasm.ts` (`allowArbitraryExtensions`). Default
   * false. A file that is not made by this plugin is left alone.
   */
  dts?: 'beside' | 'arbitrary' | false | undefined;
  /** Leave out what nobody imports; default true, but false in development and where it cannot be known. */
  prune?: boolean | undefined;
  /**
   * Lead stack traces and debuggers from the JavaScript to the module's own sources (its DWARF or source map, else a
   * listing), through the bundler's source maps. Default false.
   */
  sourceMap?: boolean | undefined;
  /** Where compiled modules are kept. Default: `node_modules/.cache/wasm2js` of the project. */
  cacheDir?: string | undefined;
  /** Options of `build()`. */
  optimize?: BuildOptions['optimize'];
  /** Default for Metro: `interpreter`, since Hermes compiles nothing while it runs. */
  optimizeFor?: BuildOptions['optimizeFor'];
  names?: BuildOptions['names'];
  largeMemory?: BuildOptions['largeMemory'];
  wideWords?: BuildOptions['wideWords'];
  builtins?: BuildOptions['builtins'];
  importedStringConstants?: BuildOptions['importedStringConstants'];
}

/** Bundlers as unplugin calls them, and Metro. */
export type Framework =
  | 'vite'
  | 'rollup'
  | 'rolldown'
  | 'webpack'
  | 'rspack'
  | 'rsbuild'
  | 'esbuild'
  | 'farm'
  | 'bun'
  | 'unloader'
  | 'metro';

/** Options with their defaults. */
export interface Settings extends Options {
  mode: 'hybrid' | 'js';
  load: 'await' | 'sync';
  bytes: 'file' | 'inline';
  defaultImport: DefaultImport;
  framework: Framework;
  /** The folder of the project. */
  root: string;
  /** For packages that Vite bundles ahead: the base of its addresses. */
  ahead?: (() => string) | undefined;
}

const DEFAULT_IMPORT: { [name in Framework]?: DefaultImport } = {
  rollup: 'rollup',
  rolldown: 'rollup',
  bun: 'url',
};

const CHOICES = {
  mode: ['hybrid', 'js'],
  load: ['await', 'sync'],
  bytes: ['file', 'inline'],
  defaultImport: ['rollup', 'module', 'init', 'url', 'exports'],
  dts: ['beside', 'arbitrary', false],
  prune: [true, false],
  sourceMap: [true, false],
  optimize: ['0', '1', '2', '3', '4', 's', 'z'],
  optimizeFor: ['jit', 'interpreter', 'size'],
  names: ['keep', 'minify'],
  largeMemory: [true, false],
  wideWords: [true, false],
} as const satisfies { [name in keyof Options]?: readonly unknown[] };

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const areTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);

/** What the others are: in words, and whether a value is that. `build()` checks what their texts say. */
const KINDS: {
  [name in Exclude<keyof Options, keyof typeof CHOICES> | 'ahead']: [
    string,
    (value: unknown) => boolean,
  ];
} = {
  sync: ['an array of ends of paths', areTexts],
  cacheDir: ['a path', isText],
  builtins: ['an array of names', areTexts],
  importedStringConstants: ['a name', (value) => typeof value === 'string'],
  ahead: ['a function', (value) => typeof value === 'function'],
};

/** A value as a message shows it. */
const shown = (value: unknown): string =>
  typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? typeof value);

/**
 * Checks options and fills in what is left out.
 * @throws TypeError that names the option
 */
export function settle(options: Options & Pick<Settings, 'ahead'>, framework: Framework): Settings {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new TypeError(`wasm2js: options are an object, not ${shown(options)}`);
  for (const [name, value] of Object.entries(options)) {
    const values: readonly unknown[] | undefined = Object.hasOwn(CHOICES, name)
      ? CHOICES[name as keyof typeof CHOICES]
      : undefined;
    const kind = Object.hasOwn(KINDS, name) ? KINDS[name as keyof typeof KINDS] : undefined;
    if (values === undefined && kind === undefined)
      throw new TypeError(`wasm2js: there is no option ${shown(name)}`);
    if (value === undefined || (values ? values.includes(value) : kind![1](value))) continue;
    const what = values ? `one of ${values.join(', ')}` : kind![0];
    throw new TypeError(`wasm2js: ${name} is ${what}, not ${shown(value)}`);
  }
  const load = options.load ?? 'await';
  return {
    ...options,
    mode: options.mode ?? 'hybrid',
    load,
    bytes: load === 'sync' ? 'inline' : (options.bytes ?? 'file'),
    defaultImport: options.defaultImport ?? DEFAULT_IMPORT[framework] ?? 'exports',
    optimizeFor: options.optimizeFor ?? (framework === 'metro' ? 'interpreter' : undefined),
    framework,
    root: process.cwd(),
  };
}
