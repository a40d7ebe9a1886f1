/**
 * Finds the modules of files, folders and packages. Gets paths, gives the modules that are there, each once, in the
 * order of their paths.
 */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { CliError, fileError } from '../errors.js';
import { type Embedded, inText, isModule, wholeFile } from './embedded.js';

/** A module that was found. */
export interface FoundModule extends Embedded {
  /** The file that it is or is in, as it is reached from the path that was given. */
  path: string;
  /** Compile options that a recorded module was compiled with (`KEY.json` beside it). */
  options?:
    | { builtins: string[]; importedStringConstants?: string; suspendable?: boolean }
    | undefined;
  /** Do scripts of its package make imports that suspend? */
  suspends: boolean;
}

/** Files whose text is searched. */
const TEXT = /\.(?:[cm]?jsx?|[cm]?tsx?|json|html?|xhtml|svg|vue|svelte|astro)$/i;
/** Declarations and source maps have no modules that are run. */
const SKIPPED = /\.(?:d\.[cm]?ts|map)$/i;

/** Bytes by which a module, or what may become one, is known. */
const SNIFFED = 8;

const sniff = async (path: string): Promise<Uint8Array> => {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(new Uint8Array(SNIFFED), 0, SNIFFED, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
};

/** All files of a folder, in the order of their names; links are not followed. */
async function* files(folder: string): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== '.git') yield* files(path);
    else if (entry.isFile()) yield path;
  }
}

/** What a script says that makes `WebAssembly.Suspending` objects, or asks whether the host has them. */
const isSuspending = (text: string): boolean =>
  /\bSuspending\b/.test(text) && /\bWebAssembly\b/.test(text);

/** A module that was found, before the scripts of its package have been read. */
type Found = Omit<FoundModule, 'suspends'>;

/** @param suspending is told that the file is a script that makes imports that suspend */
async function* modulesOf(path: string, suspending: () => void): AsyncGenerator<Found> {
  const start = await sniff(path);
  const packed = (start[0] === 0x1f && start[1] === 0x8b) || path.endsWith('.br');
  if (isModule(start) || packed) {
    const found = wholeFile(await readFile(path), basename(path));
    if (found !== undefined) yield { ...found, path, options: await recordedOptions(path) };
    return;
  }
  if (!TEXT.test(path) || SKIPPED.test(path)) return;
  const text = await readFile(path, 'utf8');
  if (isSuspending(text)) suspending();
  for (const found of inText(text)) yield { ...found, path };
}

/** What stands beside a module that `WASM2JS_RECORD` has written. */
async function recordedOptions(path: string): Promise<FoundModule['options']> {
  const beside = path.replace(/\.wasm$/, '.json');
  if (beside === path || !/^\d+-[0-9a-f]{64}/.test(basename(path)) || !existsSync(beside)) {
    return undefined;
  }
  return JSON.parse(await readFile(beside, 'utf8')) as FoundModule['options'];
}

/** The nearest folder `node_modules/NAME` above a folder. */
const packageFolder = (name: string, from: string): string | undefined => {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const path = join(folder, 'node_modules', ...name.split('/'));
    if (existsSync(join(path, 'package.json'))) return path;
    if (dirname(folder) === folder) return undefined;
  }
};

/** A package's folder and those of all packages that it needs to run. */
const withDependencies = (folder: string, seen = new Set<string>()): Set<string> => {
  if (seen.has(folder)) return seen;
  seen.add(folder);
  const manifest = createRequire(join(folder, 'x.js'))('./package.json') as Record<
    string,
    Record<string, string> | undefined
  >;
  for (const kind of ['dependencies', 'optionalDependencies', 'peerDependencies']) {
    for (const name of Object.keys(manifest[kind] ?? {})) {
      const found = packageFolder(name, folder);
      if (found !== undefined) withDependencies(found, seen);
    }
  }
  return seen;
};

/** Is this the folder of an installed package? */
const isInstalled = (folder: string): boolean =>
  folder.split(sep).includes('node_modules') && existsSync(join(folder, 'package.json'));

/** The files and folders that a path of the command line stands for. */
const roots = async (path: string): Promise<string[]> => {
  let folder: string | undefined = path;
  if (!existsSync(path)) {
    if (/^(?:@[\w.-]+\/)?[\w.-]+$/.test(path)) folder = packageFolder(path, '.');
    else folder = undefined;
    if (folder === undefined) {
      throw new CliError(`cannot read ${path}: no such file, folder or installed package`);
    }
  }
  if (!(await stat(folder)).isDirectory() || !isInstalled(await realpath(folder))) return [folder];
  const here = resolve('.');
  const all = [...withDependencies(resolve(folder))].map((each) => relative(here, each) || each);
  // A package inside of another's folder is found there.
  return all.filter((each) => !all.some((other) => each.startsWith(other + sep)));
};

/** The package that a file of a root is in: the nearest folder with a manifest, or the root. */
function packageOf(file: string, root: string): string {
  for (let folder = dirname(file); folder.startsWith(root + sep); folder = dirname(folder))
    if (existsSync(join(folder, 'package.json'))) return folder;
  return root;
}

/**
 * All modules of some paths.
 * @param paths files, folders, and names of installed packages, which bring what they depend on
 * @param isExcluded leaves files out, by their path
 * @throws CliError for what cannot be read
 */
export async function* findModules(
  paths: readonly string[],
  isExcluded: (path: string) => boolean = () => false,
): AsyncGenerator<FoundModule> {
  const seen = new Set<string>();
  for (const path of paths) {
    for (const root of await roots(path)) {
      try {
        const isFolder = (await stat(root)).isDirectory();
        const all: [found: Found, from: string][] = [];
        // A script may stand behind the module in the order of names.
        const suspending = new Set<string>();
        for await (const file of isFolder ? files(root) : [root]) {
          if (isExcluded(file)) continue;
          const from = packageOf(file, root);
          for await (const found of modulesOf(file, () => suspending.add(from))) {
            const key = createHash('sha256')
              .update(found.bytes)
              .update(JSON.stringify(found.options ?? null))
              .digest('hex');
            if (!seen.has(key)) all.push([found, from]);
            seen.add(key);
          }
        }
        for (const [found, from] of all) yield { ...found, suspends: suspending.has(from) };
      } catch (error) {
        throw fileError('read', root, error);
      }
    }
  }
}
