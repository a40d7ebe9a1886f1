/** The plugin for every bundler, by its name. */
import { createUnplugin } from 'unplugin';
import { factory } from './plugin.js';

export type { DefaultImport, Options } from './options.js';

/** The plugin: `wasm2js.vite()`, `.rollup()`, `.rolldown()`, `.webpack()`, `.rspack()`, `.esbuild()`, `.farm()`… */
export const wasm2js = createUnplugin(factory);
export default wasm2js;
