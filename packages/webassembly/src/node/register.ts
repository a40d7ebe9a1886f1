/**
 * `node --import @wasm2js/webassembly/register app.js`, also `-r`, Bun's `--preload` and Deno's: installs the object
 * where the host has no WebAssembly; with `register?force` or WASM2JS_WEBASSEMBLY=force always, with `off` never.
 * The compiler is loaded when the first module comes that was not built ahead.
 */
import { cloning, install, installMode } from '../install.js';
import { CacheFolder, defaultFolder } from './cache-folder.js';
import { createLazyCompiler } from './lazy-compiler.js';
import { carryInThreads } from './messages.js';
import { recorded } from './record.js';
import { replaceWasi } from './wasi.js';
import { hookWasmModules } from './wasm-modules.js';
import { inheritInWorkers } from './workers.js';

const { WASM2JS_WEBASSEMBLY, WASM2JS_RECORD, WASM2JS_CACHE } = process.env;
const mode = installMode(import.meta.url, WASM2JS_WEBASSEMBLY);
// Deno asks the user before it reads a folder that nobody has named.
const place = WASM2JS_CACHE ?? ('deno' in process.versions ? 'off' : defaultFolder());
const isKept = place !== 'off' && place !== '';
const compiler = createLazyCompiler(isKept ? new CacheFolder(place) : undefined);
if (install(mode, WASM2JS_RECORD ? recorded(compiler, WASM2JS_RECORD) : compiler)) {
  hookWasmModules();
  replaceWasi();
  if (cloning !== undefined) carryInThreads(cloning);
  inheritInWorkers(import.meta.url, cloning);
}
