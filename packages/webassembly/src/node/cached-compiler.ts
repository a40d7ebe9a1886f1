/**
 * A compiler whose texts are kept from one start of a program to the next. A module that is known is neither decoded nor
 * validated, and the compiler is not even loaded, until a function is called that was never called before.
 */
import buildId from '../build-id.js';
import { moduleDigest } from '../digest.js';
import { type CompiledText, evaluated } from '../evaluate.js';
import type { CodeSource, ModuleOptions } from '../sources.js';
import type { CachedText, CacheFolder } from './cache-folder.js';

/** Smaller modules are compiled in less time than a file takes. */
const LEAST = 2048;
/** Milliseconds after which new texts are written; they are at the end of the process, too. */
const DELAY = 1000;

type Compiler = Pick<typeof import('../compiler.js'), 'compiledTexts'>;

/**
 * A source of code that asks a cache first.
 * @param source what compiles otherwise
 * @param compiler loads the compiler
 */
export function cached(
  source: CodeSource,
  compiler: () => Compiler,
  folder: CacheFolder,
): CodeSource {
  const changed = new Map<string, CachedText>();
  const flush = (): void => {
    for (const [key, entry] of changed) folder.write(key, entry);
    changed.clear();
  };
  let timer: NodeJS.Timeout | undefined;
  const keep = (key: string, entry: CachedText): void => {
    if (timer === undefined) process.on('exit', flush);
    if (changed.size === 0) {
      timer = setTimeout(flush, DELAY);
      timer.unref();
    }
    changed.set(key, entry);
  };

  const find: CodeSource['find'] = (bytes, options) => {
    if (bytes.length < LEAST) return source.find(bytes, options);
    const { builtins, importedStringConstants } = options;
    const given = JSON.stringify([buildId, moduleDigest(bytes), builtins, importedStringConstants]);
    return evaluated(bytes, options, (suspendable) =>
      textsOf(`${given}${suspendable ? ' suspendable' : ''}`, suspendable, bytes, options),
    );
  };

  const textsOf = (
    key: string,
    suspendable: boolean,
    bytes: Uint8Array,
    options: ModuleOptions,
  ): CompiledText => {
    const found = folder.read(key);
    let made: CompiledText | undefined;
    const compiled = (): CompiledText => {
      made ??= compiler().compiledTexts(bytes, options, found !== undefined)(suspendable);
      return made;
    };
    const entry = found ?? { body: compiled().body, functions: {} };
    if (found === undefined) keep(key, entry);
    return {
      body: entry.body,
      text(index) {
        const known = entry.functions[index];
        if (known !== undefined) return known;
        const text = compiled().text(index);
        entry.functions[index] = text;
        keep(key, entry);
        return text;
      },
    };
  };

  return { find, validate: (bytes, options) => source.validate?.(bytes, options) };
}
