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
} as const satisfies { [name in keyof Options]?: readonly unknown[] };

/**
 * Checks options and fills in what is left out.
 * @throws TypeError that names the option
 */
export function settle(options: Options & Pick<Settings, 'ahead'>, framework: Framework): Settings {
  for (const [name, values] of Object.entries(CHOICES)) {
    const value = options[name as keyof typeof CHOICES];
    if (value === undefined || (values as readonly unknown[]).includes(value)) continue;
    throw new TypeError(
      `wasm2js: ${name} is one of ${values.join(', ')}, not ${JSON.stringify(value)}`,
    );
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
