/**
 * The plugin: importers are rewritten, imports of `.wasm` files resolved to generated modules, and these loaded. Gets
 * unplugin's hooks, over which all bundlers are one. Generated modules are real files, so that their own imports and
 * assets are what they would be in the project; what is loaded is made anew when the `.wasm` changes.
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import MagicString from 'magic-string';
import {
  createRolldownPlugin,
  type UnpluginBuildContext,
  type UnpluginContext,
  type UnpluginFactory,
} from 'unplugin';
import { type Compiled, cacheFolder, compileFile, digestOf, exportsOf } from './compile.js';
import { writeDeclarations } from './declarations.js';
import { FORMS, type Form, type Places, slashes, textOf } from './forms.js';
import { findUses, type Use } from './importers.js';
import { type Framework, type Options, type Settings, settle } from './options.js';
import { membersOf, wantedExports } from './wanted.js';

/** What can be asked of a bundler while it resolves, loads or transforms. */
type Context = UnpluginBuildContext &
  UnpluginContext & {
    emitFile(file: { type: 'asset'; name: string; source: Uint8Array }): unknown;
    resolve?: (
      specifier: string,
      importer: string | undefined,
      options: { skipSelf: boolean },
    ) => Promise<{ id: string } | null>;
  };

/** Bundlers that make assets of `new URL('./x', import.meta.url)` themselves. */
const KNOWS_URLS: ReadonlySet<Framework> = new Set(['vite', 'webpack', 'rspack', 'rsbuild']);
/** Bundlers whose own `?url` is left to them. */
const KNOWS_QUERIES: ReadonlySet<Framework> = new Set(['vite']);
/** Bundlers that name emitted assets by a reference. */
const HAS_REFERENCES: ReadonlySet<Framework> = new Set(['rollup', 'rolldown', 'vite']);

const runtime = slashes(fileURLToPath(new URL('../dist/runtime.bundle.js', import.meta.url)));

/** By query: what an import is. */
const QUERIES: Record<string, Form> = {
  '?init': 'init',
  '?module': 'module',
  '?url': 'url',
  ...Object.fromEntries(FORMS.map((form) => [`?wasm2js=${form}`, form])),
};

/** What is used of Farm's configuration. */
interface FarmConfig {
  compilation?: { assets?: { include?: string[] } };
}

/** What leads from a script to its map. */
const MAP_COMMENT = /\/\/# sourceMappingURL=.*\s*$/;

/** A generated module, by its path. */
interface Generated {
  /** The `.wasm`. */
  path: string;
  form: Form;
}

const SOURCES = /\.([cm]?[jt]sx?|vue|svelte|astro)(\?.*)?$/;
const withoutQuery = (id: string): string => id.replace(/[?#].*$/, '');

/** The text of a file, or none. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Where a bundler finds what cannot be imported from the cache's folder. */
function nodeResolve(specifier: string, from: string): string | undefined {
  try {
    return createRequire(from).resolve(specifier);
  } catch {
    return undefined;
  }
}

/** The factory of the plugin, for `createUnplugin`. */
export const factory: UnpluginFactory<Options | undefined, false> = (options = {}, meta) => {
  const settings = settle(options, meta.framework);
  const generated = new Map<string, Generated>();
  const places = new Placer(settings, generated);
  let base = '/';
  /** Rollup and Rolldown tell here whether they watch: then importers come and go. */
  function watching(this: { meta: { watchMode?: boolean } }): null {
    settings.prune ??= this.meta.watchMode !== true;
    return null;
  }

  return {
    name: 'wasm2js',
    enforce: 'pre',

    resolveId: {
      filter: { id: /\.wasm(\?.*)?$/ },
      async handler(id, importer) {
        const [, file, query] = /^([^?]*)(\?.*)?$/.exec(id)!;
        const from = importer === undefined ? undefined : withoutQuery(importer);
        const form = query === undefined ? 'exports' : QUERIES[query];
        if (form === undefined || (form === 'url' && KNOWS_QUERIES.has(settings.framework)))
          return null;
        // The asset beside a compiled or generated module.
        const own = from !== undefined && slashes(from).startsWith(slashes(cacheFolder(settings)));
        if (own && query === undefined) return null;
        const path = await findFile(this as Context, file!, from, settings);
        if (path === undefined) return null;
        return places.place(path, form);
      },
    },

    load: {
      // Never the assets beside them: webpack would take these for JavaScript.
      filter: { id: /wasm2js[^?]*\.mjs(\?.*)?$/ },
      async handler(id) {
        const context = this as unknown as Context;
        const clean = slashes(withoutQuery(id));
        const found = generated.get(clean);
        if (found !== undefined) {
          context.addWatchFile(found.path);
          const { form, path } = found;
          const compiled = await places.compile(path);
          if (form === 'exports') await writeDeclarations(path, settings);
          const code =
            places.glueOf(compiled, found) + textOf(form, compiled, settings, places.of(path));
          return { code: form === 'url' ? await withAssets(context, code, path, settings) : code };
        }
        const script = places.scripts.get(clean);
        if (script === undefined) return null;
        const code = await withAssets(context, await readFile(clean, 'utf8'), script, settings);
        if (!existsSync(`${clean}.map`)) return { code, map: null };
        const map = JSON.parse(await readFile(`${clean}.map`, 'utf8'));
        return { code: code.replace(MAP_COMMENT, ''), map };
      },
    },

    transform: {
      filter: { id: SOURCES, code: /\.wasm\b/ },
      async handler(code, id) {
        const clean = slashes(withoutQuery(id));
        if (generated.has(clean) || places.scripts.has(clean)) return null;
        const uses = await findUses(code);
        if (uses.length === 0) return null;
        const text = new MagicString(code);
        const head: string[] = [];
        for (const use of uses) {
          await rewrite(this as Context, {
            text,
            code,
            head,
            use,
            importer: clean,
            settings,
            places,
          });
        }
        if (head.length > 0) text.prepend(`${head.join(' ')} `);
        if (!text.hasChanged()) return null;
        return { code: text.toString(), map: text.generateMap({ hires: true, source: id }) };
      },
    },

    vite: {
      config() {
        // Packages that Vite bundles ahead: the same there, but for files beside these bundles, which it does not serve.
        const ahead = createRolldownPlugin((given: Options | undefined) => {
          const own = { ...given, bytes: 'inline', prune: false, ahead: () => base } as const;
          return factory(own, { ...meta, framework: 'vite' } as typeof meta);
        });
        return { optimizeDeps: { rolldownOptions: { plugins: [ahead(options)] } } };
      },
      configResolved({ root, command, base: resolved }) {
        base = resolved;
        settings.root = root;
        settings.prune ??= command === 'build';
      },
    },
    rollup: { options: watching },
    rolldown: { options: watching },
    webpack(compiler) {
      settings.root = compiler.context;
      settings.prune ??= compiler.options.mode === 'production' && !compiler.options.watch;
      compiler.hooks.watchRun.tap('wasm2js', () => {
        settings.prune = options.prune ?? false;
      });
    },
    rspack(compiler) {
      settings.root = compiler.context;
      settings.prune ??= compiler.options.mode === 'production' && !compiler.options.watch;
      compiler.hooks.watchRun.tap('wasm2js', () => {
        settings.prune = options.prune ?? false;
      });
    },
    farm: {
      config(config: FarmConfig) {
        const { compilation } = config;
        const assets = { ...compilation?.assets };
        return {
          ...config,
          compilation: {
            ...compilation,
            assets: { ...assets, include: [...(assets.include ?? []), 'wasm'] },
          },
        };
      },
      configResolved({ root }: { root: string }) {
        settings.root = root;
      },
    },
    esbuild: {
      config(build) {
        settings.root = build.absWorkingDir ?? process.cwd();
        // It loads all modules anew whenever something changes.
        settings.prune ??= true;
        build.loader = { '.wasm': 'file', ...build.loader };
        if (build.format !== 'esm' && options.load === undefined) {
          settings.load = 'sync';
          settings.bytes = 'inline';
        }
      },
      loader: () => 'js',
    },
  };
};

/** Where generated modules are. */
class Placer {
  /** Scripts of compiled modules: to the `.wasm`. */
  readonly scripts = new Map<string, string>();
  /** What was found to be wanted of a module. */
  private readonly wanted = new Map<string, readonly string[] | undefined>();

  constructor(
    private readonly settings: Settings,
    private readonly generated: Map<string, Generated>,
  ) {}

  /**
   * Says what is missing where a module was compiled without what an importer takes, which was not among the files
   * that were looked at.
   */
  missing(path: string, names: readonly string[] | undefined): string | undefined {
    const wanted = this.wanted.get(path);
    if (wanted === undefined || names?.every((name) => wanted.includes(name))) return undefined;
    return names?.find((name) => !wanted.includes(name)) ?? 'the whole module';
  }

  /** The compiled module, with what is wanted of it. */
  async compile(path: string): Promise<Compiled> {
    const { settings } = this;
    const wanted = settings.prune
      ? await wantedExports(path, settings.root, await exportsOf(path))
      : undefined;
    this.wanted.set(path, wanted);
    return compileFile(path, settings, wanted);
  }

  /** The path of a generated module; it is there from now on. */
  async place(path: string, form: Form): Promise<string> {
    const { settings } = this;
    const compiled = await this.compile(path);
    const { folder, name } = compiled;
    for (const script of [`${name}.mjs`, `${name}.fallback.mjs`])
      this.scripts.set(slashes(join(folder, script)), path);
    const target = this.pathOf(path, form);
    mkdirSync(dirname(target), { recursive: true });
    const text = textOf(form, compiled, settings, this.of(path));
    if (!existsSync(target)) writeFileSync(target, text);
    if (form === 'url') writeFileSync(join(dirname(target), `${name}.wasm`), await readFile(path));
    return target;
  }

  /** Makes sure of `WebAssembly` where a script speaks of it that the module imports: glue, most of the time. */
  glueOf({ imports }: Compiled, { form, path }: Generated): string {
    const speaks = (specifier: string): boolean => {
      const file = specifierPath(specifier, path);
      return file !== undefined && SOURCES.test(file) && /\bWebAssembly\b/.test(read(file));
    };
    if (form !== 'raw' || !imports.some(({ module }) => speaks(module))) return '';
    return `import ${JSON.stringify(this.of(path).form('global'))};\n`;
  }

  private pathOf(path: string, form: Form): string {
    const { mode, load, bytes, framework } = this.settings;
    const folder = digestOf(path, mode, load, bytes, framework);
    const name = basename(path, '.wasm').replace(/[^\w.-]/g, '_');
    const target = slashes(join(cacheFolder(this.settings), folder, `${name}.${form}.mjs`));
    this.generated.set(target, { path, form });
    return target;
  }

  /** What generated modules of one file say of others. */
  of(path: string): Places {
    return {
      form: (form) => `${slashes(path)}?wasm2js=${form}`,
      other: (specifier, form) => {
        const file = specifierPath(specifier, path);
        return file === undefined ? undefined : `${slashes(file)}?wasm2js=${form}`;
      },
      specifier: (specifier) => slashes(specifierPath(specifier, path) ?? specifier),
      runtime,
    };
  }
}

/** The file that a module specifier of a `.wasm` stands for: relative ones from its folder, others as Node does. */
function specifierPath(specifier: string, from: string): string | undefined {
  if (/^\.\.?\//.test(specifier)) return resolve(dirname(from), specifier);
  if (isAbsolute(specifier)) return specifier;
  return nodeResolve(specifier, from);
}

/** The `.wasm` that an importer means. */
async function findFile(
  context: Context,
  specifier: string,
  importer: string | undefined,
  settings: Settings,
): Promise<string | undefined> {
  const from = importer ?? join(settings.root, 'index.js');
  if (isAbsolute(specifier) && existsSync(specifier)) return specifier;
  if (/^\.\.?\//.test(specifier)) {
    const file = resolve(dirname(from), specifier);
    return existsSync(file) ? file : undefined;
  }
  if (typeof context.resolve === 'function') {
    const found = await context.resolve(specifier, importer, { skipSelf: true });
    const file = found && withoutQuery(found.id);
    if (file && isAbsolute(file) && existsSync(file)) return file;
  }
  return nodeResolve(specifier, from);
}

/** Puts what the bundler understands in the place of the asset's address. */
async function withAssets(
  context: Context,
  code: string,
  path: string,
  { framework }: Settings,
): Promise<string> {
  const address = /new URL\((["'])(\.\/[^"']*\.wasm)\1,\s*import\.meta\.url\)\.href/;
  const found = address.exec(code);
  if (found === null || KNOWS_URLS.has(framework)) return code;
  if (HAS_REFERENCES.has(framework)) {
    const source = new Uint8Array(await readFile(path));
    const reference = context.emitFile({ type: 'asset', name: basename(path), source });
    return code.replace(found[0], `import.meta.ROLLUP_FILE_URL_${String(reference)}`);
  }
  // In the first line, which is a comment: no place of a source map changes.
  const start = `import _asset from ${found[1]}${found[2]}${found[1]}; `;
  return start + code.replace(found[0], 'new URL(_asset,import.meta.url).href');
}

/** Rewrites one use of a `.wasm` in an importer. */
async function rewrite(
  context: Context,
  at: {
    text: MagicString;
    code: string;
    /** Statements to put before the first. */
    head: string[];
    use: Use;
    importer: string;
    settings: Settings;
    places: Placer;
  },
): Promise<void> {
  const { text, code, head, use, importer, settings, places } = at;
  const { framework } = settings;
  const { specifier, query, kind } = use;
  const relative = kind === 'url' && !/^[./]/.test(specifier) ? `./${specifier}` : specifier;
  const path = await findFile(context, relative, importer, settings);
  if (path === undefined) return;
  context.addWatchFile(path);
  const importOf = (form: Form): string => JSON.stringify(`${relative}?wasm2js=${form}`);
  if (kind === 'url' || (query === '?url' && kind === 'static')) {
    head.push(`import ${importOf('register')};`);
    if (kind === 'url' && settings.ahead !== undefined) {
      const served = `${settings.ahead()}@fs/${slashes(path).replace(/^\//, '')}`;
      text.overwrite(use.at.start, use.at.end, JSON.stringify(served));
    }
    if (kind === 'static' || KNOWS_URLS.has(framework)) return;
    const local = `_wasm2js_url${head.length}`;
    head.push(`import ${local} from ${importOf('url')};`);
    text.overwrite(use.start, use.end, `new URL(${local})`);
    return;
  }
  if (kind === 'source') {
    const source = importOf('module');
    if (use.local !== undefined) {
      text.overwrite(use.start, use.end, `import ${use.local} from ${source}`);
    } else {
      text.overwrite(use.start, use.end, `import(${source}).then((m) => m.default)`);
    }
    return;
  }
  if (query !== '') return;
  const names = use.names ?? membersOf(code, code.slice(use.start, use.end));
  const missing = places.missing(path, kind === 'static' ? names : undefined);
  if (missing !== undefined) {
    const where = 'which is outside of the project: give wasm2js the option prune: false';
    context.error(`${path}: ${missing} is imported by ${importer}, ${where}`);
  }
  // Glue asks whether it was given a `WebAssembly.Module`, programs whether they have caught a `RuntimeError`.
  if (/\bWebAssembly\b/.test(code)) head.unshift(`import ${importOf('global')};`);
  const form = await styleOf(use, path, settings);
  if (form !== 'exports') text.overwrite(use.at.start, use.at.end, importOf(form));
}

/** What an import without query is: its exports, unless a default is taken that is not among them. */
async function styleOf({ names }: Use, path: string, settings: Settings): Promise<Form> {
  const { defaultImport, sync = [] } = settings;
  if (defaultImport === 'exports' || !names?.includes('default')) return 'exports';
  if ((await exportsOf(path)).includes('default')) return 'exports';
  if (defaultImport === 'init') return 'unwasm';
  if (defaultImport !== 'rollup') return defaultImport;
  return sync.some((end) => slashes(path).endsWith(slashes(end).replace(/^\.\//, '')))
    ? 'rollup-sync'
    : 'rollup';
}

export type { Compiled };
