/** The module `boot.mjs` of an adopted folder: what `boot.js` is, for scripts that are modules; they import it first. */
import { FILES, isNeeded } from './realm.js';

const folder = new URL('.', import.meta.url).href;
if (isNeeded(folder)) {
  // Not imports of this file: where the host has WebAssembly, they are never read.
  for (const file of FILES) await import(folder + file);
}
