/** The compiler, loaded when it is first needed: a program whose modules were built ahead does not wait for it. */
import { createRequire } from 'node:module';
import type { CodeSource } from '../sources.js';

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
 * @returns a source that knows every module; where code must not be made of text, it says so by an error
 */
export function createLazyCompiler(): CodeSource {
  let compiler: CodeSource | undefined;
  const loaded = (): CodeSource => {
    if (compiler !== undefined) return compiler;
    if (!mayEvaluate()) {
      throw new Error('this module was not built ahead, and code must not be made of text here');
    }
    const { createCompiler } = createRequire(import.meta.url)(
      '../compiler.js',
    ) as typeof import('../compiler.js');
    compiler = createCompiler();
    return compiler;
  };
  return {
    find: (bytes, options) => loaded().find(bytes, options),
    load: async (bytes, options) => {
      const source = loaded();
      return source.load === undefined ? source.find(bytes, options) : source.load(bytes, options);
    },
    validate: (bytes, options) => loaded().validate?.(bytes, options),
  };
}
