/**
 * `import '@wasm2js/webassembly/register/precompiled'`: installs the object without a compiler, for modules that were
 * built ahead. Small, and needs no `eval`. Where the host has no WebAssembly; with `?force` always.
 */
import { install, installMode } from './install.js';

install(installMode(import.meta.url, undefined));
