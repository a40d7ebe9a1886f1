/**
 * Hybrid modules: one script that makes instances with the host's own WebAssembly where that takes the module,
 * and with the module's JavaScript where it does not. Gets what emits that JavaScript; gives both scripts. Must
 * hold: whoever imports the script meets the same names, properties and types in either way.
 */
import { I64, type Module } from '@wasm2js/decoder';
import type { ModuleContext } from '../context.js';
import { quote } from '../names.js';
import type { CompileOptions, CompileResult, HybridOptions } from '../options.js';
import { isHelper, printHelpers, reachableHelpers } from '../support/library.js';
import { inlineBytes } from './data.js';
import { declarations } from './dts.js';
import { header, joinPieces, namedExports, relativeUrl, wrapFormat } from './format.js';
import { contextOf } from './functions.js';
import { linesUpTo, shift } from './marks.js';
import { type Command, emitCommand, startStatement, startsThreads } from './wasi.js';

/** The module's JavaScript, and what there is to know about it. */
export interface Script {
  result: CompileResult;
  ctx: ModuleContext;
  /** Can anything trap? */
  traps: boolean;
  /** Names of the properties of `instantiate`. */
  properties: string[];
}

/** Properties that are not members of the host's `WebAssembly`, by the helper that gives them. */
const SHARED_MEMORY = new Map([
  ['Memory', '_HostMemory'],
  ['shareMemory', '_share_native'],
]);

/**
 * Emits a hybrid module.
 * @param module what is wanted of it
 * @param options of the whole, checked
 * @param emit makes the module's JavaScript with options of its own
 * @throws what `emit` throws
 */
export function emitHybrid(
  module: Module,
  options: CompileOptions,
  hybrid: HybridOptions,
  emit: (options: CompileOptions) => Script,
): CompileResult {
  const { hybrid: _, wasi, globalName: __, ...rest } = options;
  const format = hybrid.fallback === undefined ? 'iife' : options.format;
  const inner: CompileOptions = { ...rest, format, namedExports: false };
  // Threads evaluate the text of a whole program: there are two of them.
  const threads = wasi !== undefined && startsThreads(module);
  const script = emit(threads ? { ...inner, wasi, main: false } : inner);
  const ctx = contextOf(script.ctx.module, options);
  const command = emitCommand(ctx, options, 'undefined');
  const names = namedExports(script.ctx, options);
  const face = `${ctx.helper('_native_face')}(_native,{${nativeProperties(ctx, script)}});\n`;
  const outside = threads ? contextOf(script.ctx.module, options) : ctx;
  const choice = [
    ...nativeModule(outside, options, hybrid, threads),
    ...fallback(options, hybrid, script),
    ...(threads
      ? nativeProgram(ctx, face, command!)
      : [`const instantiate=_native===undefined?_script.instantiate:${face}`]),
    "Object.defineProperty(instantiate,'native',{value:_native!==undefined,enumerable:true});\n",
    "Object.defineProperty(instantiate,'module',{value:_native});\n",
  ];
  const main = threads ? { ...command!, main: [startStatement(outside, options)] } : command;
  const helpers = reachableHelpers(outside.helpers);
  const statements = [printHelpers(helpers), ...choice, ...(threads ? [] : (command?.body ?? []))];
  const pieces = [header(options), ...wrapFormat(statements, names, main, options)];
  const { marks } = script.result;
  if (marks !== undefined && hybrid.fallback === undefined) shift(marks, linesUpTo(pieces, LOAD));
  return {
    chunks: joinPieces(pieces),
    ...(marks === undefined ? {} : { marks }),
    dts: declarations(script.ctx, options, { names, command, traps: script.traps }),
    helpers: [...helpers].filter(isHelper).sort(),
    ...(hybrid.fallback === undefined ? {} : { fallback: script.result.chunks }),
  };
}

/** The program of a command whose threads have the host's WebAssembly; they are sent the module. */
function nativeProgram(ctx: ModuleContext, face: string, { body, defaults }: Command): string[] {
  return [
    "const _program=function _program(_thread,_post,_module){\n'use strict';\n",
    printHelpers(reachableHelpers(ctx.helpers)),
    'const _native=_thread===undefined?_module:_thread.wasm;\n',
    `const instantiate=${face}`,
    ...body,
    'return{instantiate,run};\n};\n',
    'const{instantiate,run}=_native===undefined?_script:_program(undefined,undefined,_native);\n',
    `const _wasi=()=>({}),_defaults=${defaults};\n`,
  ];
}

/** The statement that defines `_native`: the module as the host has compiled it, or undefined. */
function nativeModule(
  ctx: ModuleContext,
  options: CompileOptions,
  { load, wasmFile }: HybridOptions,
  threads: boolean,
): string[] {
  const rest = `,${compileOptions(ctx, options)},${needs(ctx, threads)});\n`;
  const now = load === 'sync';
  const start = `const _native=${now ? '' : 'await '}${ctx.helper(now ? '_native_module_now' : '_native_module')}(()=>`;
  if (wasmFile === undefined) return [start, ...inlineBytes(ctx, ctx.module.bytes), rest];
  const url = `new URL(${quote(relativeUrl(wasmFile))},import.meta.url).href`;
  if (!now) return [start, `${ctx.helper('_wasm_file')}(${url})`, rest];
  const place = options.format === 'esm' ? url : `__dirname+'/'+${quote(wasmFile)}`;
  const { length } = ctx.module.bytes;
  const read = `${ctx.helper('_read_data_file')}(undefined,${place},${quote(wasmFile)},${length})`;
  return [start, read, rest];
}

/** What stands in front of the module's JavaScript where it is in the same script. */
const LOAD = 'const _load=()=>';

/** The statement that defines `_script`: the module's JavaScript, loaded where it is needed. */
function fallback(
  { format }: CompileOptions,
  { fallback: file }: HybridOptions,
  { result }: Script,
): string[] {
  const start = 'const _script=_native===undefined?';
  // A function of its own: engines do not look closer at it before it is called.
  if (file === undefined) return [LOAD, ...result.chunks, `\n${start}_load():undefined;\n`];
  const path = quote(relativeUrl(file));
  const load = format === 'esm' ? `await import(${path})` : `require(${path})`;
  return [`${start}${load}:undefined;\n`];
}

/** What is satisfied without the host's help, and must be by the host's WebAssembly. */
function replaced({ builtins, module }: ModuleContext): Set<string> {
  const found = module.imports.filter((item) => builtins.of(item) !== undefined);
  return new Set(found.map((item) => item.module));
}

/** The second argument of the host's `compile`. */
function compileOptions(ctx: ModuleContext, options: CompileOptions): string {
  if (replaced(ctx).size === 0) return 'undefined';
  const { importedStringConstants: constants } = options;
  const sets = JSON.stringify(options.builtins ?? ['js-string']);
  const more = constants === undefined ? '' : `,importedStringConstants:${quote(constants)}`;
  return `{builtins:${sets}${more}}`;
}

/** What the host has to have besides the module's features: see `_is_usable`. */
function needs(ctx: ModuleContext, threads: boolean): string {
  const builtins = [...replaced(ctx)].map(quote);
  return `{i64:${seesBigInts(ctx.module)},jsTag:${importsTag(ctx)},builtins:[${builtins}]${threads ? ',threads:true' : ''}}`;
}

/** Can a BigInt cross? */
function seesBigInts({ types, globalTypes, memoryTypes, tableTypes }: Module): boolean {
  return (
    types.some(
      ({ comp }) => comp.kind === 'func' && [...comp.params, ...comp.results].includes(I64),
    ) ||
    globalTypes.some(({ type }) => type === I64) ||
    [...memoryTypes, ...tableTypes].some(({ limits }) => limits.addr64)
  );
}

/** Is a tag imported that may be the one of JavaScript's exceptions? */
const importsTag = ({ module, types }: ModuleContext): boolean =>
  module.imports.some(
    ({ desc }) => desc.kind === 'tag' && types.text(desc.type) === '(func (param externref))',
  );

/** Source of the properties of `instantiate` where it is the host's WebAssembly. */
function nativeProperties(ctx: ModuleContext, { properties }: Script): string {
  const shared = properties.includes('shareMemory');
  const source = (name: string): string => {
    if (shared && SHARED_MEMORY.has(name)) return `${name}:${ctx.helper(SHARED_MEMORY.get(name)!)}`;
    if (name === 'Function') return `${name}:${ctx.helper('_HostFunction')}`;
    return `${name}:WebAssembly.${name}`;
  };
  return properties.map(source).join();
}
