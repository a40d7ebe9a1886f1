/** The compiler on Node: the support library comes from files. */
import { createRequire } from 'node:module';
import { provideLibrary, provideParser } from './anywhere.js';
import { libraryFiles } from './support/files.js';

provideLibrary(libraryFiles);
provideParser((source) => {
  const { parse } = createRequire(import.meta.url)('acorn') as typeof import('acorn');
  return parse(source, { ecmaVersion: 'latest', sourceType: 'module' });
});

export * from './anywhere.js';
