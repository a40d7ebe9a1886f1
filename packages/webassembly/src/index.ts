/**
 * The `WebAssembly` object in JavaScript. Gets sources of code (a compiler at run time, modules that were built
 * ahead), gives an object with the members of the host's own. It must not matter to a program which one it has.
 */
export { createWebAssembly, type WebAssemblyOptions } from './object.js';
export type { CodeSource, ModuleCode, ModuleOptions } from './sources.js';
