/**
 * Compiled modules, kept by content: of equal bytes and options there is one folder with what `build()` writes, and
 * `about.json`. Gets a path, gives that folder; who comes while a module is compiled waits for it.
 */

import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { build } from '@wasm2js/cli';
import { decodeModule, detectFeatures, type Feature } from '@wasm2js/decoder';
import { precompiledKey } from '@wasm2js/webassembly/precompiled';
import type { Settings } from './options.js';
import { skeleton } from './skeleton.js';

/** What is imported or exported. */
interface Extern {
  name: string;
  kind: string;
}

/** What there is to know about a compiled module. */
export interface Compiled {
  /** The folder: `NAME.mjs` (exports `instantiate`), `NAME.wasm`, in hybrid mode `NAME.fallback.mjs`. */
  folder: string;
  /** `NAME` */
  name: string;
  imports: (Extern & { module: string })[];
  exports: Extern[];
  /** What the module needs of a host. */
  features: Feature[];
  /** The module without code, in base64, and under which name its bytes are registered as built ahead. */
  skeleton: string;
  skeletonKey: string;
  /** Under which name the module's own bytes are registered. */
  key: string;
  /** The compile options that the module needs, where it needs any. */
  compileOptions?: { builtins: readonly string[]; importedStringConstants?: string };
}

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

/** The folder for what is kept. */
export function cacheFolder({ cacheDir, root }: Settings): string {
  if (cacheDir !== undefined) return cacheDir;
  for (let at = root; ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json'))) return join(at, 'node_modules/.cache/wasm2js');
    if (at === dirname(at)) return join(tmpdir(), 'wasm2js-cache');
  }
}

const sha256 = (...parts: (string | Uint8Array)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
};

/** A short name for a path, or for anything else. */
export const digestOf = (...parts: (string | Uint8Array)[]): string =>
  sha256(...parts).slice(0, 20);

/** The text of a compiled module's script. */
export const readScript = ({ folder, name }: Compiled): Promise<string> =>
  readFile(join(folder, `${name}.mjs`), 'utf8');

/** Names of a module's exports; none of what is no module, which its compilation says better. */
export const exportsOf = async (path: string): Promise<string[]> => {
  const bytes = await readFile(path);
  try {
    return decodeModule(bytes).exports.map(({ name }) => name);
  } catch {
    return [];
  }
};

const running = new Map<string, Promise<Compiled>>();

/**
 * Compiles a module, or finds it compiled.
 * @param path of the `.wasm` file
 * @param wanted names of the exports that are kept; undefined: all
 * @throws CliError for a file that cannot be read, or is no module that can be compiled
 */
export async function compileFile(
  path: string,
  settings: Settings,
  wanted?: readonly string[],
): Promise<Compiled> {
  const bytes = await readFile(path);
  const { mode, load, bytes: placement, optimize, names, largeMemory, builtins } = settings;
  const { importedStringConstants, optimizeFor, wideWords } = settings;
  const sourceMap = settings.sourceMap ? ('external' as const) : undefined;
  const options = {
    ...{ optimize, names, largeMemory, builtins, importedStringConstants, sourceMap },
    ...{ optimizeFor, wideWords },
    hybrid: mode === 'hybrid' && { load, bytes: placement },
    // Metro's modules hold the script as an expression.
    ...(settings.framework === 'metro' ? { format: 'iife' as const, hybrid: false as const } : {}),
    ...(wanted === undefined ? {} : { exports: wanted }),
  };
  const name = basename(path, '.wasm').replace(/[^\w.-]/g, '_') || 'module';
  const key = digestOf(bytes, JSON.stringify([version, name, options]));
  const folder = join(cacheFolder(settings), key);
  const made = running.get(folder) ?? compileInto(folder, name, bytes, path, options);
  running.set(folder, made);
  try {
    return await made;
  } finally {
    running.delete(folder);
  }
}

async function compileInto(
  folder: string,
  name: string,
  bytes: Uint8Array,
  path: string,
  options: Omit<Parameters<typeof build>[0], 'input' | 'output'>,
): Promise<Compiled> {
  const about = join(folder, 'about.json');
  if (existsSync(about))
    return { ...(JSON.parse(readFileSync(about, 'utf8')) as Compiled), folder };
  // Other processes may do the same: the folder appears when it is complete.
  const temporary = `${folder}.${randomBytes(4).toString('hex')}`;
  await mkdir(temporary, { recursive: true });
  try {
    await build({
      ...options,
      input: path,
      output: join(temporary, `${name}.mjs`),
      namedExports: false,
    });
    await writeFile(join(temporary, `${name}.wasm`), bytes);
    const compiled = describe(bytes, options.exports, options);
    const all: Compiled = { folder, name, ...compiled };
    await writeFile(join(temporary, 'about.json'), JSON.stringify(all));
    await rename(temporary, folder);
    return all;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (existsSync(about))
      return { ...(JSON.parse(readFileSync(about, 'utf8')) as Compiled), folder };
    throw error;
  }
}

/** What is known of a module from its bytes. */
function describe(
  bytes: Uint8Array,
  wanted: readonly string[] | undefined,
  {
    builtins = ['js-string'],
    importedStringConstants: constants,
  }: Pick<Settings, 'builtins' | 'importedStringConstants'>,
): Omit<Compiled, 'folder' | 'name'> {
  const module = decodeModule(bytes);
  const { imports, exports } = module;
  const taken =
    wanted === undefined ? exports : exports.filter(({ name }) => wanted.includes(name));
  const replaced = (module: string): boolean =>
    module === constants || (module === 'wasm:js-string' && builtins.length > 0);
  const strings = imports.some(({ module }) => replaced(module));
  const compiled = {
    builtins: strings ? builtins : [],
    importedStringConstants: strings ? constants : undefined,
  };
  const small = skeleton(bytes);
  return {
    imports: imports
      .filter(({ module }) => !replaced(module))
      .map(({ module, name, desc }) => ({ module, name, kind: desc.kind })),
    exports: taken.map(({ name, kind }) => ({ name, kind })),
    features: detectFeatures(module),
    skeleton: Buffer.from(small).toString('base64'),
    skeletonKey: precompiledKey(small, compiled),
    key: precompiledKey(bytes, compiled),
    ...(strings
      ? {
          compileOptions: {
            builtins,
            ...(constants === undefined ? {} : { importedStringConstants: constants }),
          },
        }
      : {}),
  };
}
