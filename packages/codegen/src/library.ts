/**
 * The support library's declarations, as `provideLibrary` takes them. This is the form for tests, which reads the
 * files; the build puts in its place what it has made of them (`scripts/bundle-support.mjs`), for hosts without a file
 * system.
 */
import { libraryFiles } from './support/files.js';
import type { Parsed } from './support/library.js';

const declarations: readonly Parsed[] = libraryFiles();
export default declarations;
