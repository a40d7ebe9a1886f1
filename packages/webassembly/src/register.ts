/**
 * `import '@wasm2js/webassembly/register'` in a page, or wherever there is no Node: installs the object with its
 * compiler where the host has no WebAssembly, with `?force` always. What is compiled is kept in IndexedDB.
 */
import { install, installMode } from './install.js';
import { createKeptCompiler } from './kept-compiler.js';
import * as compiler from './page-compiler.js';

install(installMode(import.meta.url, undefined), createKeptCompiler(compiler));
