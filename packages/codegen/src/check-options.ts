/**
 * Are the options of `compile` such that JavaScript comes out? Gets them before anything is compiled;
 * all that ends in the output's text is checked here, so that the emitter can print it without doubt.
 */
import { AHEAD } from './ahead.js';
import { BUILTIN_SETS } from './builtins.js';
import { isBindingName, RESERVED_WORDS } from './names.js';
import { type CompileOptions, OPTIMIZE_FOR, type WasiOptions } from './options.js';

/**
 * Global variables that emitted code reads, and those of browsers that take no other value: a script
 * that is assigned to one would break itself, or never be seen.
 */
const GLOBALS = new Set(
  (
    'AggregateError Array ArrayBuffer AsyncDisposableStack AsyncIterator Atomics BigInt BigInt64Array ' +
    'BigUint64Array Boolean DataView Date DisposableStack Error EvalError FinalizationRegistry ' +
    'Float16Array Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array ' +
    'InternalError Intl Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ' +
    'ReferenceError Reflect RegExp Set SharedArrayBuffer String SuppressedError Symbol SyntaxError ' +
    'Temporal TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef ' +
    'WeakSet WebAssembly decodeURI decodeURIComponent encodeURI encodeURIComponent escape globalThis ' +
    'isFinite isNaN parseFloat parseInt undefined unescape ' +
    'Buffer Bun Deno MessageChannel SharedWorker TextDecoder TextEncoder URL Worker __dirname ' +
    '__filename atob btoa clearTimeout console crypto exports fetch global module performance print ' +
    'process queueMicrotask read readbuffer require setTimeout std os structuredClone ' +
    'caches closed customElements document frameElement history indexedDB isSecureContext localStorage ' +
    'location name navigator self sessionStorage status top window'
  ).split(' '),
);

/** Is that a global variable that emitted code reads, or one of browsers that takes no other value? */
export const isGlobal = (name: string): boolean => GLOBALS.has(name);

/** Names of the global object: a script may add to it, and what is declared there is global. */
export const GLOBAL_OBJECTS = new Set(['globalThis', 'window', 'self', 'global']);

/**
 * Checks the name that a script is assigned to: an identifier, or several with dots between, as `a.b.c`.
 * @throws TypeError with a message that can stand behind the option's name
 */
export function checkGlobalName(name: string): void {
  const bad = (why: string): TypeError => new TypeError(`${JSON.stringify(name)} ${why}`);
  if (name === '') throw bad('is no name for a variable');
  const parts = name.split('.');
  parts.forEach((part, i) => {
    if (!isBindingName(part)) {
      const what = RESERVED_WORDS.has(part) ? 'a word of the language' : 'no identifier';
      throw bad(`is no name for a variable: ${JSON.stringify(part)} is ${what}`);
    }
    const inherited = i < parts.length - 1 && part in Object.prototype;
    if (part === '__proto__' || inherited) throw bad(`would change what every object inherits`);
  });
  while (parts.length > 1 && GLOBAL_OBJECTS.has(parts[0]!)) parts.shift();
  if (GLOBALS.has(parts[0]!)) {
    throw bad('is a global variable of the language or of hosts, which it would change');
  }
}

function oneOf(option: string, value: unknown, choices: readonly unknown[]): void {
  if (choices.includes(value)) return;
  const list = choices.map((choice) => JSON.stringify(choice)).join(', ');
  throw new TypeError(`${option} is one of ${list}, not ${JSON.stringify(value)}`);
}

function text(option: string, value: unknown): asserts value is string {
  if (typeof value !== 'string' || value === '') {
    throw new TypeError(`${option} is a text that is not empty, not ${JSON.stringify(value)}`);
  }
}

const isText = (value: unknown): boolean => typeof value === 'string';

function optionalBoolean(option: string, value: unknown): void {
  if (value !== undefined) oneOf(option, value, [true, false]);
}

/** A relative path that a URL can be made of. */
function checkFileName(option: string, name: unknown): void {
  text(option, name);
  const bad = (why: string): TypeError => new TypeError(`${option} ${JSON.stringify(name)} ${why}`);
  if (name.split('/').some((part) => part === '')) throw bad('is no path relative to the script');
  if (/\0/.test(name)) throw bad('holds a NUL character');
  if (/\p{Surrogate}/u.test(name)) throw bad('holds half of a character');
}

/** What a C program can be given as a string. */
function checkGuestText(option: string, value: unknown): void {
  if (typeof value !== 'string') {
    throw new TypeError(`${option} is a text, not ${JSON.stringify(value)}`);
  }
  if (value.includes('\0')) {
    throw new TypeError(`${option} holds a NUL character: ${JSON.stringify(value)}`);
  }
}

function checkWasi(wasi: WasiOptions): void {
  oneOf('wasi.mode', wasi.mode, ['bundle', 'import']);
  if (wasi.mode === 'bundle') text('wasi.source', wasi.source);
  else text('wasi.specifier', wasi.specifier);
  for (const [name, value] of Object.entries(wasi.env ?? {})) {
    if (name === '' || name.includes('=')) {
      throw new TypeError(`wasi.env: ${JSON.stringify(name)} is no name of a variable`);
    }
    checkGuestText('wasi.env', name);
    checkGuestText(`wasi.env.${name}`, value);
  }
  for (const argument of wasi.args ?? []) checkGuestText('wasi.args', argument);
  for (const [guest, folder] of Object.entries(wasi.preopens ?? {})) {
    checkGuestText('wasi.preopens', guest);
    checkGuestText('wasi.preopens', typeof folder === 'string' ? folder : folder?.directory);
    if (typeof folder !== 'string') optionalBoolean('wasi.preopens: readonly', folder.readonly);
  }
}

function checkHybrid({ hybrid, format, data }: CompileOptions): void {
  if (hybrid === undefined) return;
  const { load, wasmFile, fallback } = hybrid;
  oneOf('hybrid.load', load, ['await', 'sync']);
  if (wasmFile !== undefined) checkFileName('hybrid.wasmFile', wasmFile);
  if (fallback !== undefined) checkFileName('hybrid.fallback', fallback);
  if (data === 'file') throw new TypeError("hybrid needs data: 'inline'");
  if (load === 'await' && format !== 'esm') throw new TypeError('only an ES module can wait');
  if (load === 'await' && fallback === undefined) {
    throw new TypeError("hybrid.load: 'await' needs hybrid.fallback");
  }
  if (load === 'sync' && fallback !== undefined && format !== 'cjs') {
    throw new TypeError('only CommonJS loads hybrid.fallback at once');
  }
  if (format === 'iife' && wasmFile !== undefined) {
    throw new TypeError('a script does not know where hybrid.wasmFile is');
  }
}

/**
 * Checks all options.
 * @throws TypeError that names the option, for a value that no JavaScript can be made of, or that
 *   contradicts another one
 */
export function checkOptions(options: CompileOptions): void {
  const { format, globalName, names, data, dataFileName, wasi, functionBudget, sourceName } =
    options;
  oneOf('format', format, ['esm', 'cjs', 'iife']);
  oneOf('names', names, ['keep', 'minify']);
  oneOf('data', data, ['inline', 'file']);
  optionalBoolean('namedExports', options.namedExports);
  optionalBoolean('keepData', options.keepData);
  if (options.keepData && data === 'file') throw new TypeError("keepData is for data: 'inline'");
  const { exports } = options;
  if (exports !== undefined && !(Array.isArray(exports) && exports.every(isText)))
    throw new TypeError('exports is a list of names');
  optionalBoolean('largeMemory', options.largeMemory);
  optionalBoolean('uncheckedMemory', options.uncheckedMemory);
  if (AHEAD && options.wideWords !== 'always') optionalBoolean('wideWords', options.wideWords);
  if (options.optimizeFor !== undefined) oneOf('optimizeFor', options.optimizeFor, OPTIMIZE_FOR);
  optionalBoolean('suspendable', options.suspendable);
  optionalBoolean('restorable', options.restorable);
  if (options.restorable && options.hybrid !== undefined)
    throw new TypeError('restorable and hybrid exclude each other: the host shows no state');
  for (const name of ['fuel', 'maxMemory'] as const) {
    const value = options[name];
    if (value !== undefined && !(typeof value === 'number' && value >= 0))
      throw new TypeError(`${name} is a number from 0 on`);
    if (value !== undefined && options.hybrid !== undefined)
      throw new TypeError(`${name} and hybrid exclude each other: the host meters nothing`);
  }
  for (const name of options.builtins ?? []) oneOf('builtins', name, BUILTIN_SETS);
  const { importedStringConstants } = options;
  if (importedStringConstants !== undefined && typeof importedStringConstants !== 'string')
    throw new TypeError('importedStringConstants is a text');
  if (globalName !== undefined) {
    if (format !== 'iife') throw new TypeError('globalName is for format "iife"');
    if (typeof globalName !== 'string') throw new TypeError('globalName is a text');
    try {
      checkGlobalName(globalName);
    } catch (error) {
      throw new TypeError(`globalName ${(error as Error).message}`);
    }
  }
  if (data === 'file') {
    if (dataFileName === undefined) throw new TypeError("data: 'file' needs dataFileName");
    checkFileName('dataFileName', dataFileName);
  }
  if (sourceName !== undefined && typeof sourceName !== 'string') {
    throw new TypeError('sourceName is a text');
  }
  if (functionBudget !== undefined && !(functionBudget > 0)) {
    throw new TypeError('functionBudget is a positive number');
  }
  checkHybrid(options);
  if (wasi !== undefined) checkWasi(wasi);
}
