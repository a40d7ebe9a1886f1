/** The compiler, loaded when it is first needed: a program whose modules were built ahead does not wait for it. */
import { createRequire } from 'node:module';
import type { CodeSource } from '../sources.js';
import type { CacheFolder } from './cache-folder.js';
import { cached } from './cached-compiler.js';

/** May this process make code of text? `--disallow-code-generation-from-strings` and Deno's permissions forbid it. */
function mayEvaluate(): boolean {
  try {
    new Function('');
    return true;
  } catch {
    return false;
  }
}

/**
 * A source that loads the compiler when it is asked for the first time.
 * @param folder where compiled text is kept
 * @returns a source that knows every module; where code must not be made of text, it says so by an error
 */
export function createLazyCompiler(folder?: CacheFolder): CodeSource {
  const load = (): typeof import('../compiler.js') =>
    createRequire(import.meta.url)('../compiler.js') as typeof import('../compiler.js');
  let made: CodeSource | undefined;
  const compiler: CodeSource = {
    find: (bytes, options) => (made ??= load().createCompiler()).find(bytes, options),
    validate: (bytes, options) => (made ??= load().createCompiler()).validate?.(bytes, options),
  };
  let source: CodeSource | undefined;
  const loaded = (): CodeSource => {
    if (source !== undefined) return source;
    if (!mayEvaluate()) {
      throw new Error('this module was not built ahead, and code must not be made of text here');
    }
    source = folder === undefined ? compiler : cached(compiler, load, folder);
    return source;
  };
  return {
    find: (bytes, options) => loaded().find(bytes, options),
    validate: (bytes, options) => loaded().validate?.(bytes, options),
  };
}
