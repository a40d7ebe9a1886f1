/** Worker threads get what their parent has, also those that are started with options of their own. */
import { syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';
import threads from 'node:worker_threads';
import type { Cloning } from '../cloning.js';
import { packedOptions } from './messages.js';

/** What a thread is started with; `preload` is Bun's. */
interface Options {
  execArgv?: string[];
  preload?: string | string[];
  workerData?: unknown;
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

/** A class of workers that load an entry first. */
function inheriting(Worker: Start, change: (options: Options) => Options): Start {
  return new Proxy(Worker, {
    construct(target, [file, options = {}]: [string | URL, Options?], asked) {
      const changed = change(options);
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
 * From now on, threads that this one starts load an entry first. Not in Deno, where nothing can be loaded before a
 * thread's own file: that has to import the entry itself.
 * @param url the entry's address
 * @param cloning packs their data, where that is not done already
 */
export function inheritInWorkers(url: string, cloning?: Cloning): void {
  if ('deno' in process.versions) return;
  const isBun = 'bun' in process.versions;
  const change = (options: Options) => {
    const packed = cloning === undefined ? options : packedOptions(cloning, options);
    return (isBun ? withPreload : withImport)(packed, url);
  };
  threads.Worker = inheriting(threads.Worker as unknown as Start, change) as never;
  syncBuiltinESMExports();
  // Bun's workers of the web are threads of this process, too.
  const realm = globalThis as unknown as { Worker?: Start };
  if (isBun && realm.Worker !== undefined) realm.Worker = inheriting(realm.Worker, change);
}
