/**
 * The texts of the support library's declarations that code made at run time may ask for (`provideTexts`). This is the form
 * for tests, which reads the files; the build puts in its place what it has made of them
 * (`scripts/bundle-support.mjs`), for hosts without a file system.
 */
import { libraryFiles } from './support/files.js';

const texts: readonly string[] = libraryFiles()
  .filter(({ ahead }) => ahead === undefined)
  .map(({ text }) => text);
export default texts;
