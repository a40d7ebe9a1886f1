/**
 * Assembles the emitted module: support helpers, descriptors, boundary factories, `instantiate` with
 * the functions inside, exports in the wanted format.
 */
import { type Module, UnsupportedError } from '@wasm2js/decoder';
import { type ChannelClass, ModuleContext, VIEW_METHODS } from '../context.js';
import { propertyKey, quote } from '../names.js';
import type { CompileOptions, CompileResult } from '../options.js';
import { isHelper, printHelpers, reachableHelpers } from '../support/library.js';
import { Boundary } from './boundary.js';
import { fileData, inlineData } from './data.js';
import { declarations } from './dts.js';
import { InstanceEmitter } from './instance.js';
import type { Lowering } from './lowering.js';
import { printFunction, printStatement } from './print.js';
import { Text } from './text.js';
import { typeDefinitions } from './values.js';
import { type Command, emitCommand } from './wasi.js';

/** Names that the module itself exports; wasm exports of these names are reached by `instantiate`. */
const RESERVED_EXPORTS = new Set(['default', 'instantiate', 'then']);

/** Characters of function text that are joined to one piece. */
const PIECE = 1 << 20;

/**
 * Emits a module.
 * @param lowering of function bodies
 * @param module decoded and valid
 * @param given see `CompileOptions`
 * @returns the text in pieces, declarations, data file and the helpers in use
 * @throws UnsupportedError for what cannot be lowered yet, MalformedError for a broken body
 */
export function emitModule(
  lowering: Lowering,
  module: Module,
  given: CompileOptions,
): CompileResult {
  const options = withoutEmptyFile(module, given);
  const ctx = new ModuleContext(module, {
    minify: options.names === 'minify',
    largeMemory: options.largeMemory ?? false,
    functionBudget: options.functionBudget,
  });
  const { functions, ties } = emitFunctions(ctx, lowering, options);
  const mirrors = module.importCounts.memory + module.importCounts.table > 0;
  const boundary = new Boundary(ctx, mirrors);
  const inFile = options.data === 'file';
  const store = inFile ? fileData(ctx) : inlineData(ctx);
  const statements = new InstanceEmitter(ctx, lowering, boundary, store).emit();
  const command = emitCommand(ctx, options);
  const file = inFile ? dataFileLines(ctx, options, store.file!.length) : undefined;
  const properties = instantiateProperties(ctx, options);
  const types = typeDefinitions(ctx);
  const helpers = reachableHelpers(ctx.helpers);
  for (const name of helpers) {
    const channel = /^_([hdr])(\d+)$/.exec(name);
    if (channel !== null) ctx.channel(channel[1] as ChannelClass, Number(channel[2]));
  }

  const names = namedExports(module, options);
  const prelude = [
    ...(helpers.has('_View') ? [viewSource(ctx)] : []),
    printHelpers(helpers),
    channelVariables(ctx),
    store.declaration,
    ...types,
    ...boundary.source,
    ...(helpers.has('_owner') ? [ownerSource(ctx, boundary)] : []),
    ...(file === undefined ? [] : [file.declaration]),
  ];
  const body = [
    'const instantiate = (function instantiate(imports, options) {\n',
    ...functions,
    ...(file === undefined ? [] : [file.statement]),
    ...ties,
    ...statements,
    '});\n',
    `Object.assign(instantiate,{${properties}});\n`,
    ...(command?.body ?? []),
  ];
  const chunks = joinPieces([
    header(options),
    ...wrapFormat([...prelude, ...body], names, command, options),
  ]);
  return {
    chunks,
    dts: declarations(ctx, options, { names, command: command !== undefined }),
    helpers: [...helpers].filter(isHelper).sort(),
    ...(store.file === undefined ? {} : { dataFile: store.file }),
  };
}

/** A module without data needs no data file. */
function withoutEmptyFile(module: Module, options: CompileOptions): CompileOptions {
  const empty = module.datas.every(({ bytes }) => bytes.start === bytes.end);
  return empty ? { ...options, data: 'inline' } : options;
}

/**
 * The text of all defined functions, and of the statements that tie them together and must run
 * first; no tree outlives its function.
 */
function emitFunctions(
  ctx: ModuleContext,
  lowering: Lowering,
  { onProgress }: CompileOptions,
): { functions: string[]; ties: string[] } {
  const { module } = ctx;
  const functions = new Text();
  const ties = new Text();
  module.funcs.forEach((def, i) => {
    const index = module.importCounts.func + i;
    try {
      for (const node of lowering.lowerFunction(ctx, index)) {
        const text = node.type === 'FunctionDeclaration' ? functions : ties;
        if (node.type === 'FunctionDeclaration') printFunction(text, node);
        else printStatement(text, node);
        text.add('\n');
      }
      functions.end();
    } catch (error) {
      // The passes recurse over nested blocks; so would the parsers of the engines.
      if (!(error instanceof RangeError) || !/call stack/i.test(error.message)) throw error;
      throw new UnsupportedError('blocks are nested too deep', { func: index, offset: def.offset });
    }
    onProgress?.(i + 1, module.funcs.length);
  });
  return { functions: functions.pieces(), ties: ties.pieces() };
}

/** Joins small pieces to larger ones of bounded size. */
function joinPieces(pieces: string[]): string[] {
  const joined: string[] = [];
  let pending: string[] = [];
  let size = 0;
  for (const piece of pieces) {
    pending.push(piece);
    size += piece.length;
    if (size < PIECE) continue;
    joined.push(pending.join(''));
    pending = [];
    size = 0;
  }
  if (size > 0) joined.push(pending.join(''));
  return joined;
}

function header({ sourceName }: CompileOptions): string {
  const from = sourceName === undefined ? '' : ` from ${sourceName.replace(/\*\/|[\r\n]/g, '_')}`;
  return `/* Generated by wasm2js${from}. */\n`;
}

const INITIAL: Record<ChannelClass, string> = { h: '0', d: '0', r: 'null' };

/** The channels' variables that are in use; `var`, since a `let` is tested at every access. */
function channelVariables(ctx: ModuleContext): string {
  const lines = (['h', 'd', 'r'] as const).flatMap((cls) => {
    const line = (name: string): string => `var ${name}=${INITIAL[cls]};\n`;
    return [
      ...Array.from({ length: ctx.channels[cls] }, (_, i) => line(`_${cls}${i}`)),
      ...Array.from({ length: ctx.outlineChannels[cls] }, (_, i) => line(`_o${cls}${i}`)),
    ];
  });
  return lines.join('');
}

/** The class of memory views: `DataView`, with short names for the methods that functions call. */
function viewSource({ shortMethods }: ModuleContext): string {
  if (!shortMethods) return 'const _View=DataView;\n';
  const methods = Object.entries(VIEW_METHODS).map(([method, short]) => `${short}:d.${method}`);
  return (
    'class _View extends DataView{}\n' +
    `{const d=DataView.prototype;Object.assign(_View.prototype,{${methods.join()}})}\n`
  );
}

/** What other modules need to call a function of this one, and to make its exported function. */
function ownerSource(ctx: ModuleContext, boundary: Boundary): string {
  const wrappers = [...boundary.exported].map((type) => `[${ctx.typeName(type)},W${type}]`);
  const natives = boundary.imported.map((type) => `[${ctx.typeName(type)},H${type}]`);
  const parts = (['h', 'd', 'r'] as const).map((cls) => {
    const indices = Array.from({ length: ctx.channels[cls] }, (_, i) => i);
    if (indices.length === 0) return '';
    const get = indices.map((i) => `case ${i}:return _${cls}${i};`).join('');
    const set = indices.map((i) => `case ${i}:_${cls}${i}=v;break;`).join('');
    return `,${cls}:{get(i){switch(i){${get}}},set(i,v){switch(i){${set}}}}`;
  });
  return `const _owner={w:new Map([${wrappers}]),n:new Map([${natives}])${parts.join('')}}\n`;
}

/** Properties of `instantiate`: error classes, and constructors of what can be imported. */
function instantiateProperties(ctx: ModuleContext, options: CompileOptions): string[] {
  const { module } = ctx;
  const properties = [`RuntimeError: ${ctx.helper('_RuntimeError')}`];
  if (module.imports.length > 0) properties.push(`LinkError: ${ctx.helper('_LinkError')}`);
  const kinds = new Set([
    ...module.imports.map(({ desc }) => desc.kind),
    ...module.exports.map(({ kind }) => kind),
  ]);
  if (kinds.has('memory')) properties.push(ctx.helper('Memory'));
  if (kinds.has('table')) properties.push(ctx.helper('Table'));
  if (kinds.has('global')) properties.push(ctx.helper('Global'));
  if (kinds.has('tag')) properties.push(ctx.helper('Tag'));
  if (options.data === 'file') {
    properties.push(`dataFile: ${quote(dataFileName(options))}`);
    if (options.format === 'esm') properties.push('dataURL: _data_url');
  }
  return properties;
}

/** Exports that are also exported by name. */
function namedExports(module: Module, options: CompileOptions): string[] {
  const wanted = options.namedExports ?? true;
  if (!wanted || module.imports.length > 0 || options.data === 'file') return [];
  return module.exports.map(({ name }) => name).filter((name) => !RESERVED_EXPORTS.has(name));
}

function dataFileName(options: CompileOptions): string {
  if (options.dataFileName === undefined) throw new TypeError("data: 'file' needs dataFileName");
  return options.dataFileName;
}

/** Statements that make the data file's bytes available as `_file`. */
function dataFileLines(ctx: ModuleContext, options: CompileOptions, length: number) {
  const name = quote(dataFileName(options));
  let url = 'undefined';
  if (options.format === 'esm') url = '_data_url';
  else if (options.format === 'cjs') url = `__dirname + '/' + ${name}`;
  const location = `typeof URL === 'function' ? new URL(${name}, import.meta.url).href : undefined`;
  const read = ctx.helper('_read_data_file');
  return {
    declaration: `let _file;\n${options.format === 'esm' ? `const _data_url = ${location};\n` : ''}`,
    statement: `  _file ??= ${read}(options?.data, ${url}, ${name}, ${length});\n`,
  };
}

/** Wraps the module's statements and adds its exports. */
function wrapFormat(
  statements: string[],
  names: string[],
  command: Command | undefined,
  options: CompileOptions,
): string[] {
  const instance: string[] = [];
  const own = ['instantiate', ...(command === undefined ? [] : ['run'])];
  if (options.format === 'esm') {
    const list = names.map((name, i) => {
      return `_e${i} as ${propertyKey(name)}`;
    });
    const taken = names.map((name, i) => `${propertyKey(name)}:_e${i}`);
    if (names.length > 0) instance.push(`const{${taken}}=instantiate();\n`);
    const all = [...own, 'instantiate as default', ...list];
    return [
      ...(command?.imports ?? []),
      ...statements,
      ...instance,
      `export{${all}};\n`,
      ...(command?.main ?? []),
    ];
  }
  if (names.length > 0) instance.push('const _exports=instantiate();\n');
  if (options.format === 'cjs') {
    return [
      "'use strict';\nObject.defineProperty(exports, '__esModule', { value: true });\n",
      ...(command?.imports ?? []),
      ...statements,
      ...own.map((name) => `exports.${name} = ${name};\n`),
      'exports.default = instantiate;\n',
      ...instance,
      ...names.map((name) => `exports[${quote(name)}] = _exports[${quote(name)}];\n`),
      ...(command?.main ?? []),
    ];
  }
  const { globalName } = options;
  const all = [
    '__proto__: null',
    ...own,
    'default: instantiate',
    ...names.map((name) => `[${quote(name)}]: _exports[${quote(name)}]`),
  ];
  return [
    globalName === undefined ? '' : `var ${globalName} = `,
    "(() => {\n'use strict';\n",
    ...(command?.imports ?? []),
    ...statements,
    ...instance,
    `return {\n  ${all.join(',\n  ')},\n};\n`,
    globalName === undefined ? '})()' : '})();\n',
  ];
}
