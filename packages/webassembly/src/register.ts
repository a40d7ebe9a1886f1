/**
 * `import '@wasm2js/webassembly/register'` in a page, or wherever there is no Node: installs the object with its
 * compiler where the host has no WebAssembly, with `?force` always.
 */
import { install, installMode } from './install.js';
import { createCompiler } from './page-compiler.js';

install(installMode(import.meta.url, undefined), createCompiler());
