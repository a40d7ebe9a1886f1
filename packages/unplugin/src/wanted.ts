/**
 * Which exports of a `.wasm` a project imports. Bundlers ask for a module before they have seen all who import it, so
 * the sources of the project and of the package that the `.wasm` is in are read. Gets a path, gives names, or undefined
 * where all may be used: a namespace that goes elsewhere, a form that is no import of names, nobody at all.
 */

import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { decodeModule } from '@wasm2js/decoder';
import { findUses } from './importers.js';

/** What is read: sources that bundlers take, and other modules. */
const READ = /\.([cm]?[jt]sx?|vue|svelte|astro|html|mdx?|wasm)$/;
/** So many files are read at most: in a larger project all exports stay. */
const MOST_FILES = 20_000;

/** The folder of the package that a file is in. */
function packageFolder(path: string): string {
  for (let at = dirname(path); ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json')) || at === dirname(at)) return at;
  }
}

/** Files below a folder, but not those of other packages and of tools. */
async function* filesBelow(folder: string): AsyncGenerator<string> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules' || entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (READ.test(entry.name)) yield path;
  }
}

/**
 * Members that a module takes of a namespace.
 * @param code of the module
 * @param statement the import
 * @returns undefined where the namespace is used in any other way
 */
export function membersOf(code: string, statement: string): string[] | undefined {
  const local = /^import\s*\*\s*as\s+([\w$]+)/.exec(statement)?.[1];
  if (local === undefined) return undefined;
  const names: string[] = [];
  const rest = code.replace(statement, '');
  const name = local.replaceAll('$', '\\$');
  for (const { index } of rest.matchAll(new RegExp(`(?<![\\w$.])${name}(?![\\w$])`, 'g'))) {
    const member = /^\s*\??\.\s*([\w$]+)/.exec(rest.slice(index + local.length));
    if (member === null) return undefined;
    names.push(member[1]!);
  }
  return names;
}

/** Names that a source takes of the module at `path`; undefined: any. */
async function takenBy(file: string, path: string): Promise<string[] | undefined> {
  const code = await readFile(file, 'utf8');
  const end = basename(path);
  if (!code.includes(end)) return [];
  const here = dirname(file);
  if (file.endsWith('.wasm')) {
    const { imports } = decodeModule(readFileSync(file));
    return imports.filter(({ module }) => resolve(here, module) === path).map(({ name }) => name);
  }
  if (/\.(html|mdx?|vue|svelte|astro)$/.test(file)) return undefined;
  const names: string[] = [];
  for (const use of await findUses(code)) {
    if (basename(use.specifier) !== end) continue;
    // A relative path to another file of that name; what is behind a bare name is not known here.
    if (/^\.\.?\//.test(use.specifier) && resolve(here, use.specifier) !== path) continue;
    if (use.kind !== 'static' || use.query !== '') return undefined;
    const taken = use.names ?? membersOf(code, code.slice(use.start, use.end));
    if (taken === undefined) return undefined;
    names.push(...taken);
  }
  return names;
}

/**
 * The exports that are wanted of a module.
 * @param path of the `.wasm`
 * @param root of the project
 * @param own names of its exports
 */
export async function wantedExports(
  path: string,
  root: string,
  own: readonly string[],
): Promise<string[] | undefined> {
  const names = new Set<string>();
  const seen = new Set<string>();
  for (const folder of new Set([resolve(root), packageFolder(path)])) {
    for await (const file of filesBelow(folder)) {
      if (file === path || seen.has(file)) continue;
      seen.add(file);
      if (seen.size > MOST_FILES) return undefined;
      const taken = await takenBy(file, path);
      if (taken === undefined) return undefined;
      for (const name of taken) names.add(name);
    }
  }
  // A default import that no export stands for is another form.
  if (names.size === 0 || [...names].some((name) => !own.includes(name))) return undefined;
  return own.filter((name) => names.has(name));
}
