/**
 * A compiler whose texts are kept in a folder. Of a module that is known the compiler is not even loaded, until a function
 * is called that was never called before.
 */
import { moduleDigest } from '../digest.js';
import { evaluated } from '../evaluate.js';
import { completed, type KnownText, type TextCompiler, textKey } from '../known-text.js';
import type { CodeSource } from '../sources.js';
import type { CacheFolder } from './cache-folder.js';

/** Smaller modules are compiled in less time than a file takes. */
const LEAST = 2048;
/** Milliseconds after which new texts are written; they are at the end of the process, too. */
const DELAY = 1000;

/**
 * A source of code that asks a cache first.
 * @param source what compiles otherwise
 * @param compiler loads the compiler
 */
export function cached(
  source: CodeSource,
  compiler: () => TextCompiler,
  folder: CacheFolder,
): CodeSource {
  const changed = new Map<string, KnownText>();
  const flush = (): void => {
    for (const [key, entry] of changed) folder.write(key, entry);
    changed.clear();
  };
  let timer: NodeJS.Timeout | undefined;
  const keep = (key: string, entry: KnownText): void => {
    if (timer === undefined) process.on('exit', flush);
    if (changed.size === 0) {
      timer = setTimeout(flush, DELAY);
      timer.unref();
    }
    changed.set(key, entry);
  };

  const find: CodeSource['find'] = (bytes, options) => {
    if (bytes.length < LEAST) return source.find(bytes, options);
    const digest = moduleDigest(bytes);
    return evaluated(bytes, options, (suspendable) => {
      const key = textKey(digest, options, suspendable);
      return completed(
        folder.read(key),
        (isValid) => compiler().compiledTexts(bytes, options, isValid)(suspendable),
        (known) => keep(key, known),
      );
    });
  };

  return { find, validate: (bytes, options) => source.validate?.(bytes, options) };
}
