/** Worker threads get what their parent has, also those that are started with options of their own. */
import { syncBuiltinESMExports } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Cloning } from '../cloning.js';
import { packedOptions } from './messages.js';
import { threads } from './threads.js';

/** What a thread is started with; `preload` is Bun's. */
interface Options {
  execArgv?: string[];
  preload?: string | string[];
  workerData?: unknown;
  eval?: boolean;
}
type Start = new (file: string | URL, options?: Options) => object;

/** Node's option for a thread that loads an entry first. */
const withImport = (options: Options, url: string): Options => {
  const { execArgv = process.execArgv } = options;
  const flag = `--import=${url}`;
  return execArgv.includes(flag) ? options : { ...options, execArgv: [...execArgv, flag] };
};

/** The same for Bun, where threads do not inherit what their parent was started with. */
const withPreload = (options: Options, url: string): Options => {
  const { preload = [] } = options;
  return { ...options, preload: [...[preload].flat(), ...parentPreloads(), fileURLToPath(url)] };
};

/** The entries that this process was told to load. */
const parentPreloads = (): string[] =>
  process.execArgv.flatMap((flag, i, all) => {
    if (/^(?:--preload|-r|--require|--import)$/.test(flag)) return all[i + 1] ?? [];
    return /^--(?:preload|require|import)=(.*)/.exec(flag)?.[1] ?? [];
  });

/** May a thread of Deno's read the entry? It asks again, unlike for the program's first file. */
function mayRead(url: string): boolean {
  const { permissions } = (globalThis as unknown as { Deno: Permissions }).Deno;
  return permissions.querySync({ name: 'read', path: fileURLToPath(url) }).state === 'granted';
}

interface Permissions {
  permissions: { querySync(of: { name: string; path: string }): { state: string } };
}

/**
 * In Deno, where nothing can be loaded before a thread's own file: a file that imports the entry and then that one. Text
 * (`eval`, or a data URL) stays as it is.
 */
function withEntry(file: string | URL, options: Options, url: string): string | URL {
  const address = String(file);
  const isURL = /^[a-z][a-z+.-]+:/i.test(address);
  if (options.eval === true || /^(?:data|blob):/i.test(address) || !mayRead(url)) return file;
  const href = isURL ? address : pathToFileURL(address).href;
  const imports = [url, href].map((from) => `import ${JSON.stringify(from)};`).join('');
  return new URL(`data:text/javascript,${encodeURIComponent(imports)}`);
}

/** A class of workers that load an entry first. */
function inheriting(
  Worker: Start,
  change: (options: Options) => Options,
  from: (file: string | URL, options: Options) => string | URL = (file) => file,
): Start {
  return new Proxy(Worker, {
    construct(target, [given, options = {}]: [string | URL, Options?], asked) {
      const changed = change(options);
      const file = from(given, options);
      try {
        return Reflect.construct(target, [file, changed], asked) as object;
      } catch (error) {
        if (options.execArgv !== undefined || !isInvalidFlags(error)) throw error;
        // What Node says of the whole process holds for its threads without being said again.
        const invalid = new Set(error.message.match(/--[^\s,]+/g));
        const execArgv = changed.execArgv?.filter((flag) => !invalid.has(flag));
        return Reflect.construct(target, [file, { ...changed, execArgv }], asked) as object;
      }
    },
  });
}

const isInvalidFlags = (error: unknown): error is Error =>
  (error as NodeJS.ErrnoException).code === 'ERR_WORKER_INVALID_EXEC_ARGV';

/**
 * From now on, threads that this one starts load an entry first.
 * @param url the entry's address
 * @param cloning packs their data, where that is not done already
 */
export function inheritInWorkers(url: string, cloning?: Cloning): void {
  const isBun = 'bun' in process.versions;
  const isDeno = 'deno' in process.versions;
  const packed = (options: Options) =>
    cloning === undefined ? options : packedOptions(cloning, options);
  const change = (options: Options) => {
    if (isDeno) return packed(options);
    return (isBun ? withPreload : withImport)(packed(options), url);
  };
  const from = isDeno
    ? (file: string | URL, options: Options) => withEntry(file, options, url)
    : undefined;
  threads.Worker = inheriting(threads.Worker as unknown as Start, change, from) as never;
  syncBuiltinESMExports();
  // Workers of the web are threads of this process, too.
  const realm = globalThis as unknown as { Worker?: Start };
  if ((isBun || isDeno) && realm.Worker !== undefined)
    realm.Worker = inheriting(realm.Worker, change, from);
}
