/**
 * The command `adopt`: a finished folder, a site or a package, becomes a copy that runs where WebAssembly is missing, and
 * uses the host's own where it is there. Every module in the folder is built ahead into `wasm2js/modules.js`; pages,
 * workers and programs load `wasm2js/boot.js` (or `boot.mjs`) first, which loads that and the `WebAssembly` object where
 * they are needed. Digests of what has changed are renewed. Nothing is changed in place.
 */

import { randomBytes } from 'node:crypto';
import {
  cp,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join, posix, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Feature, probesOf } from '@wasm2js/decoder';
import { CliError, fileError, UsageError } from '../errors.js';
import { type PrecompileResult, precompile } from '../precompile/index.js';
import { type Progress, silent } from '../progress.js';
import { compressAgain } from './compressed.js';
import { type Changed, integrityOf, renewed, renewedDigests } from './digests.js';
import { baseOf, type Page, readPage, withFirstScript } from './html.js';
import { looksLikeWorker, readScript, withFirstLine, workersIn } from './scripts.js';

export interface AdoptOptions {
  /** The folder. */
  input: string;
  /** The copy: a path where nothing is, or an empty folder. */
  output: string;
  /** Patterns of files whose modules are left alone (they are copied). */
  exclude?: readonly string[] | undefined;
  /** Is told how far it is. */
  progress?: Progress | undefined;
}

/** A file of the copy that is not as it was. */
export interface AdoptedFile {
  /** Relative to the folder, with slashes. */
  path: string;
  /** What was done. */
  change:
    | 'first script'
    | 'first line'
    | 'digests'
    | 'source map'
    | 'compressed'
    | 'removed'
    | 'added';
}

export interface AdoptResult extends Pick<PrecompileResult, 'modules' | 'refused'> {
  files: AdoptedFile[];
  /** Scripts that name WebAssembly and could not be read, so that nothing was put into them. */
  left: string[];
}

/** The folder of our scripts in the copy. */
const FOLDER = 'wasm2js';
const PAGE = /\.x?html?$/i;
const SCRIPT = /\.[cm]?js$/i;
/** Where digests of other files may stand. */
const TEXT =
  /\.(?:x?html?|[cm]?js|json|webmanifest|txt|svg|toml|ya?ml)$|(?:^|\/)(?:_headers|\.htaccess)$/i;
/** Rounds until digests of files that name digests are right; each chunk of a bundle names those that it loads. */
const MOST_ROUNDS = 50;

/** A text of the folder. */
interface Item {
  before: string;
  after: string;
  change?: AdoptedFile['change'];
}

/** Paths of all files below a folder, relative to it and with slashes. */
async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

/** Checks that the copy is none of the folder's own files, and that nothing is lost by it. */
async function checkFolders(input: string, output: string): Promise<void> {
  const from = await stat(input).catch((error: unknown) => {
    throw fileError('read', input, error);
  });
  if (!from.isDirectory()) throw new UsageError(`${input} is no folder`);
  const source = await realpath(input);
  // What is there of the way to the output says where it is.
  let known = resolve(output);
  let rest = '';
  while (!(await stat(known).catch(() => undefined)) && dirname(known) !== known) {
    rest = join(basename(known), rest);
    known = dirname(known);
  }
  const target = join(await realpath(known), rest);
  const isInside = (path: string, folder: string) => `${path}${sep}`.startsWith(`${folder}${sep}`);
  if (isInside(target, source) || isInside(source, target))
    throw new UsageError('the copy must be neither in the folder nor around it');
  const there = await readdir(output).catch(() => undefined);
  if (there !== undefined && there.length > 0)
    throw new UsageError(`${output} is not empty: adopt writes a new folder`);
}

/** Where our scripts are, as a script or page with this path says it. */
const fromHere = (path: string): string => `${posix.relative(posix.dirname(path), FOLDER) || '.'}/`;

/** The path from which a page's addresses are said, which may be another folder of the site. */
function baseFile(path: string, base: string | undefined): string {
  if (base === undefined || /^[a-z][a-z+.-]*:|^\/\//i.test(base)) return path;
  const folder = base.startsWith('/') ? base.slice(1) : posix.join(posix.dirname(path), base);
  return posix.join(folder.endsWith('/') ? folder : posix.dirname(folder), 'page');
}

/** An address without the signs that stand for others; as it is where they stand for nothing. */
function unescaped(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}

/** The files that an address in a text may mean. */
function meant(address: string, path: string, pages: readonly string[]): string[] {
  const clean = unescaped(address.replace(/[?#].*$/, ''));
  if (/^[a-z][a-z+.-]*:/i.test(clean)) return [];
  if (clean.startsWith('/')) return [posix.normalize(clean.slice(1))];
  return [path, ...pages].map((from) => posix.normalize(posix.join(posix.dirname(from), clean)));
}

/** Our scripts by name. */
async function ownScripts(
  modules: string,
  features: readonly Feature[],
): Promise<Map<string, string>> {
  const read = (name: string) =>
    readFile(fileURLToPath(import.meta.resolve(`@wasm2js/webassembly/adopted/${name}`)), 'utf8');
  const probes = probesOf([...new Set(features)]);
  const object = await read('object.js');
  const digests = { 'object.js': integrityOf(object), 'modules.js': integrityOf(modules) };
  const filled = async (name: string) =>
    (await read(name))
      .replaceAll('PROBES', JSON.stringify(probes))
      .replaceAll('DIGESTS', `(${JSON.stringify(digests)})`);
  return new Map([
    ['boot.js', await filled('boot.js')],
    ['boot.mjs', await filled('boot.mjs')],
    ['object.js', object],
    ['modules.js', modules],
    // Whatever the package around says: boot.js is required, and imported.
    ['package.json', '{"type":"commonjs"}\n'],
  ]);
}

/** The folder's pages and scripts, changed so that ours come first. */
class Adoption {
  readonly items = new Map<string, Item>();
  readonly left: string[] = [];
  private readonly pages = new Map<string, Page>();
  /** What was read last of pages that have changed. */
  private readonly read = new Map<string, { text: string; inline: readonly string[] }>();

  /** @param digests of the scripts that pages load, in their order */
  constructor(private readonly digests: readonly string[]) {}

  add(path: string, text: string): void {
    this.items.set(path, { before: text, after: text });
    if (PAGE.test(path)) this.pages.set(path, readPage(text));
  }

  run(): void {
    const pagePaths = [...this.pages].map(([path, page]) => baseFile(path, baseOf(page)));
    const workers = new Map<string, 'classic' | 'module'>();
    for (const [path, { before }] of this.items) {
      if (!PAGE.test(path) && !SCRIPT.test(path)) continue;
      for (const { address, isModule } of workersIn(before))
        for (const file of meant(address, path, pagePaths))
          workers.set(file, isModule ? 'module' : (workers.get(file) ?? 'classic'));
    }
    const ofPages = new Set<string>();
    for (const [path, page] of this.pages)
      for (const url of page.sources)
        for (const file of meant(url, baseFile(path, baseOf(page)), [])) ofPages.add(file);
    for (const path of this.pages.keys()) this.page(path);
    for (const path of this.items.keys())
      if (SCRIPT.test(path)) this.script(path, workers.get(path), ofPages.has(path));
    this.renewDigests();
  }

  private page(path: string): void {
    const item = this.items.get(path)!;
    const page = this.pages.get(path)!;
    const src = `${fromHere(path)}boot.js`;
    const after = withFirstScript(item.before, page, src, this.digests);
    if (after === undefined) return;
    item.after = after;
    item.change = 'first script';
  }

  private script(path: string, named: 'classic' | 'module' | undefined, isOfPage: boolean): void {
    const item = this.items.get(path)!;
    const worker = named ?? (!isOfPage && looksLikeWorker(item.before) ? 'classic' : undefined);
    if (worker === undefined && !/\bWebAssembly\b/.test(item.before)) return;
    const script = readScript(item.before, path);
    if (script === undefined) {
      this.left.push(path);
      return;
    }
    const { text, lines } = withFirstLine(item.before, script, fromHere(path), worker);
    item.after = text;
    item.change = 'first line';
    if (lines > 0) this.moveMap(path, item.before);
  }

  /** The source map of a script that has a line more at its beginning. */
  private moveMap(path: string, text: string): void {
    const name = /\/[/*][#@]\s*sourceMappingURL=([^\s*]+)/.exec(text.slice(-2000))?.[1];
    const map = name && this.items.get(posix.join(posix.dirname(path), decodeURIComponent(name)));
    if (!map) return;
    try {
      const content = JSON.parse(map.before) as { mappings?: string };
      if (typeof content.mappings !== 'string') return;
      map.after = JSON.stringify({ ...content, mappings: `;${content.mappings}` });
      map.change = 'source map';
    } catch {
      // Not a map: nothing that it says can be wrong.
    }
  }

  /** Puts new digests where old ones are named, also of files that change by that themselves. */
  private renewDigests(): void {
    const texts = [...this.items].filter(([path]) => TEXT.test(path));
    const edited = new Map(texts.map(([path, { after }]) => [path, after]));
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const digests = renewedDigests(this.changed());
      let isDone = true;
      for (const [path, item] of texts) {
        const after = renewed(edited.get(path)!, digests);
        if (after === item.after) continue;
        isDone = false;
        item.after = after;
        item.change ??= 'digests';
      }
      if (isDone) return;
    }
    throw new CliError('the digests of these files name each other in a circle');
  }

  /** The scripts in a page as it is now; read anew only where it has changed since it was asked for. */
  private inlineNow(path: string, text: string): readonly string[] {
    let known = this.read.get(path);
    if (known?.text !== text) {
      known = { text, inline: readPage(text).inline };
      this.read.set(path, known);
    }
    return known.inline;
  }

  /** What has changed: files, and scripts in pages, which policies name by their digests. */
  private *changed(): Generator<Changed> {
    for (const [path, item] of this.items) {
      yield item;
      const page = this.pages.get(path);
      if (page === undefined || item.before === item.after) continue;
      const now = this.inlineNow(path, item.after);
      for (const [i, before] of page.inline.entries()) yield { before, after: now[i] ?? before };
    }
  }
}

/**
 * Copies a folder so that the copy runs where WebAssembly is missing.
 * @throws UsageError for folders that cannot be used, CliError for what cannot be read or written, and where there is no
 *   module in the folder
 */
export async function adopt(options: AdoptOptions): Promise<AdoptResult> {
  const { input, output, exclude, progress = silent } = options;
  await checkFolders(input, output);
  const working = `${resolve(output)}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await mkdir(dirname(working), { recursive: true });
    await cp(input, working, { recursive: true, verbatimSymlinks: true });
    const paths = await filesOf(working);
    if (paths.some((path) => path.startsWith(`${FOLDER}/`)))
      throw new CliError(`${input} has a folder ${FOLDER} already: it was adopted before`);
    const modulesPath = join(working, FOLDER, 'modules.js');
    const { modules, refused } = await precompile({
      inputs: [input],
      output: modulesPath,
      exclude,
      progress,
    });
    const features = modules.flatMap((module) => module.features);
    const scripts = await ownScripts(await readFile(modulesPath, 'utf8'), features);
    const loaded = ['boot.js', 'object.js', 'modules.js'];
    const adoption = new Adoption(loaded.map((name) => integrityOf(scripts.get(name)!)));
    for (const path of paths)
      if (TEXT.test(path) || path.endsWith('.map'))
        adoption.add(path, await readFile(join(working, path), 'utf8'));
    adoption.run();
    for (const [name, text] of scripts) await writeFile(join(working, FOLDER, name), text);
    const files: AdoptedFile[] = [];
    for (const [path, { before, after, change }] of adoption.items) {
      if (before === after || change === undefined) continue;
      await writeFile(join(working, path), after);
      files.push({ path, change });
      for (const [extension, done] of await compressAgain(join(working, path), before, after))
        files.push({ path: `${path}${extension}`, change: done });
    }
    for (const name of scripts.keys()) files.push({ path: `${FOLDER}/${name}`, change: 'added' });
    await rmdir(output).catch(() => {});
    await rename(working, output);
    return { modules, refused, files, left: adoption.left };
  } catch (error) {
    throw fileError('write', output, error);
  } finally {
    await rm(working, { recursive: true, force: true });
  }
}
