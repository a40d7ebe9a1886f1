/**
 * What a module needs of its host besides WASI, in one line for whoever builds it, with the way that fits the tools which
 * made it. These are recognised by what their glue code provides, so by names of imports.
 */

import type { Import, Module } from '@wasm2js/decoder';
import { COMMAND } from './compile.js';

/** Tools whose glue code gives a module its imports. */
type Origin = 'Emscripten' | 'wasm-bindgen' | 'Go' | 'TinyGo' | 'AssemblyScript' | 'wasix';

const WASI = new Set(['wasi_snapshot_preview1', 'wasi_unstable']);

/** What is Emscripten's alone among functions of `env`. */
const EMSCRIPTEN =
  /^_?(?:emscripten_|_?emscripten_|invoke_[a-z]+$|__syscall_|___syscall|__cxa_|_embind_register_|_emval_|_abort_js$|__assert_fail$|__asyncjs__|__call_sighandler$|_tzset_js$|_mmap_js$|_munmap_js$|_localtime_js$|abortStackOverflow$|setTempRet0$|segfault$)/;

/** The functions that AssemblyScript's runtime imports of `env`. */
const ASSEMBLYSCRIPT = new Set(['abort', 'trace', 'seed', 'Date.now', 'performance.now']);

/** The tool that made a module, as far as its imports tell. */
export const originOf = ({ imports, exports, types }: Module): Origin | undefined => {
  const some = (test: (item: Import) => boolean): boolean => imports.some(test);
  if (
    some(
      ({ module, name }) =>
        module === 'wbg' ||
        module === '__wbindgen_placeholder__' ||
        module === '__wbindgen_externref_xform__' ||
        /^__(?:wbg|wbindgen)_/.test(name),
    )
  )
    return 'wasm-bindgen';
  if (
    some(
      ({ module, name }) => /^(?:go|gojs)$/.test(module) && /^(?:runtime|syscall\/js)\./.test(name),
    )
  )
    return some(({ module }) => WASI.has(module)) || some(({ name }) => name === 'runtime.ticks')
      ? 'TinyGo'
      : 'Go';
  if (some(({ module }) => /^wasix_\d+v\d+$/.test(module))) return 'wasix';
  const own = imports.filter(({ module }) => !WASI.has(module));
  if (some(({ module, name }) => module === 'env' && EMSCRIPTEN.test(name))) return 'Emscripten';
  // With -O2 and above it shortens the names of imports and exports.
  const short = (name: string): boolean => /^[A-Za-z]{1,2}$/.test(name);
  if (
    imports.length > 0 &&
    imports.every(({ module, name }) => module === 'a' && short(name)) &&
    exports.every(({ name }) => short(name))
  )
    return 'Emscripten';
  const functions = own.filter(({ desc }) => desc.kind === 'func');
  const assemblyScript =
    functions.length > 0 &&
    functions.every(({ module, name }) => module === 'env' && ASSEMBLYSCRIPT.has(name)) &&
    functions.every(({ name, desc }) => name !== 'abort' || takesFour(types, desc));
  return assemblyScript ? 'AssemblyScript' : undefined;
};

/** Does a function take four values? AssemblyScript's `abort` is told message and place; others' are told nothing. */
const takesFour = (types: Module['types'], desc: Import['desc']): boolean => {
  if (desc.kind !== 'func') return false;
  const comp = types[desc.type]?.comp;
  return comp?.kind === 'func' && comp.params.length === 4;
};

/** What fits each of them. */
const DOORS: Record<Origin, string> = {
  Emscripten:
    'made for Emscripten’s JavaScript: load that behind @wasm2js/webassembly/register, or give it this module by Module.instantiateWasm',
  'wasm-bindgen':
    'made for wasm-bindgen’s JavaScript: load that behind @wasm2js/webassembly/register, or let @wasm2js/unplugin bundle it',
  Go: 'made for Go’s wasm_exec.js: load that behind @wasm2js/webassembly/register',
  TinyGo: 'made for TinyGo’s wasm_exec.js: load that behind @wasm2js/webassembly/register',
  AssemblyScript:
    'made for AssemblyScript’s bindings (asc --bindings): load these behind @wasm2js/webassembly/register, or let @wasm2js/unplugin bundle them',
  wasix:
    'made for wasix, whose functions are not here: build it for wasm32-wasip1 (sockets: the extension of WasmEdge or WAMR, docs/sockets.md; threads: wasi-threads)',
};
const OTHER = 'give them to instantiate(), or as --host of run';

/** Why a module is no WASI command, for whoever would run it: what one is, or what it was made for instead. */
export const noCommand = (module: Module): string =>
  `not a WASI command: ${originOf(module) === 'wasix' ? DOORS.wasix : COMMAND}`;

/** So many names are listed. */
const FEW = 3;

/**
 * What a module imports that is not there by itself, and who provides it.
 * @param own is an import satisfied by the script itself?
 * @returns one line without the module's name; undefined where nothing is missing
 */
export const missingImports = (
  module: Module,
  own: (item: Import) => boolean,
): string | undefined => {
  const missing = module.imports.filter((item) => !WASI.has(item.module) && !own(item));
  if (missing.length === 0) return undefined;
  const names = missing.slice(0, FEW).map(({ module: from, name }) => `${from}.${name}`);
  const more = missing.length > FEW ? ` and ${missing.length - FEW} more` : '';
  const origin = originOf(module);
  return `it imports ${names.join(', ')}${more}: ${origin === undefined ? OTHER : DOORS[origin]}`;
};
