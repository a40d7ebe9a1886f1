/** WASI commands: modules that run by themselves, over a bundled or imported runtime. */
import { type FuncType, I32, type Import, type Module } from '@wasm2js/decoder';
import type { Node, Program } from 'acorn';
import type { ModuleContext } from '../context.js';
import { quote } from '../names.js';
import type { CompileOptions, WasiOptions } from '../options.js';
import { emitOverlay } from './overlay.js';

/** What a command adds to its module. */
export interface Command {
  /** Statements at the top. */
  imports: string[];
  /** Defines `run`. */
  body: string[];
  /** Runs the command where the module is the main one. */
  main: string[];
  /** Source of the options of `run` that are baked in. */
  defaults: string;
  /** It can start threads: all but `imports` is to be one function, by {@link asProgram}. */
  threads: boolean;
}

const WASI_MODULES = new Set(['wasi_snapshot_preview1', 'wasi_unstable']);

/**
 * Is this module a command: everything imported is WASI's, and it exports `_start`? A shared memory may be
 * imported, too, and `thread-spawn` of wasi-threads with it.
 */
export function isCommand(module: Module): boolean {
  const { imports } = module;
  if (imports.length === 0 || imports.filter(isSharedMemory).length > 1) return false;
  if (!imports.every((item) => isWasi(item) || isSharedMemory(item) || isSpawn(module, item)))
    return false;
  if (!exportsFunction(module, '_start', 0)) return false;
  return !startsThreads(module) || exportsFunction(module, 'wasi_thread_start', 2);
}

const isWasi = ({ module }: Import): boolean => WASI_MODULES.has(module);

const isSharedMemory = ({ module, desc }: Import): boolean =>
  !WASI_MODULES.has(module) && desc.kind === 'memory' && desc.limits.shared && !desc.limits.addr64;

/** Is this the function of wasi-threads that starts one? */
function isSpawn(module: Module, { module: from, name, desc }: Import): boolean {
  if (from !== 'wasi' || name !== 'thread-spawn' || desc.kind !== 'func') return false;
  const { params, results } = module.types[desc.type]!.comp as FuncType;
  return params.length === 1 && params[0] === I32 && results.length === 1 && results[0] === I32;
}

/** Can a command start threads? They share a memory. */
export const startsThreads = (module: Module): boolean =>
  module.imports.some((item) => isSpawn(module, item)) && module.imports.some(isSharedMemory);

/** Is a function exported that takes so many i32 and gives nothing? */
function exportsFunction(module: Module, wanted: string, count: number): boolean {
  return module.exports.some(({ name, kind, index }) => {
    if (name !== wanted || kind !== 'func') return false;
    const { params, results } = module.types[module.funcTypes[index]!]!.comp as FuncType;
    return params.length === count && params.every((type) => type === I32) && results.length === 0;
  });
}

/**
 * The parts of a module that make it a command.
 * @param ctx registers the helpers
 * @param options `wasi` and `format` are used
 * @param data source of an expression that gives the data file's bytes
 * @returns undefined where the module is none, or WASI is not wanted
 * @throws TypeError for an imported runtime in a script, which cannot import
 */
export function emitCommand(
  ctx: ModuleContext,
  options: CompileOptions,
  data: string,
): Command | undefined {
  const { wasi, format } = options;
  if (wasi === undefined || !isCommand(ctx.module)) return undefined;
  const runtime = runtimeSource(wasi, format);
  const name = (options.sourceName ?? 'command').replace(/^.*[/\\]|\0/gs, '');
  const env = record(wasi.env, quote);
  const preopens = record(wasi.preopens, (folder) =>
    typeof folder === 'string'
      ? quote(folder)
      : `{ directory: ${quote(folder.directory)}, readonly: ${folder.readonly ?? false} }`,
  );
  const args = (wasi.args ?? [name]).map(quote).join(', ');
  const brought = wasi.overlay && emitOverlay(ctx, wasi.overlay);
  const extra = [
    ...(wasi.fixed === undefined ? [] : [`, fixed: ${wasi.fixed}`]),
    ...(brought === undefined ? [] : [`, ${brought.property}`]),
  ].join('');
  const defaults = `{ args: [${args}], env: ${env}, preopens: ${preopens}${extra} }`;
  const body = [
    ...runtime.body,
    ...(brought?.body ?? []),
    `const _defaults = ${defaults};\n`,
    'const run = (options) => {\n  run.used = true;\n',
    `  return ${runCall(ctx, data, options)};\n};\n`,
    "Object.defineProperty(run, 'used', { value: false, writable: true });\n",
    "Object.defineProperty(run, 'MemoryFileSystem', { get: () => _wasi().MemoryFileSystem });\n",
    ...(format === 'cjs' ? [OLD_NODE] : []),
  ];
  const main = startStatement(ctx, options);
  const threads = startsThreads(ctx.module);
  if (threads)
    body.push(
      `if (_thread !== undefined) return ${ctx.helper('_guest_thread')}(instantiate, _thread, _post);\n`,
    );
  return { imports: runtime.imports, body, main: [main], defaults, threads };
}

/** The call that `run` consists of. */
function runCall(ctx: ModuleContext, data: string, { hybrid }: CompileOptions): string {
  const memory = ctx.module.imports.find(isSharedMemory);
  if (memory?.desc.kind !== 'memory')
    return `${ctx.helper('_run_command')}(_wasi(), instantiate, _defaults, options)`;
  const { min, max } = memory.desc.limits;
  const guest = [
    ...(startsThreads(ctx.module) ? ['program: _program'] : []),
    ...(startsThreads(ctx.module) && hybrid !== undefined ? ['wasm: _module'] : []),
    'instantiate',
    `module: ${quote(memory.module)}, name: ${quote(memory.name)}`,
    `descriptor: { shared: true, initial: ${min}, maximum: ${max} }`,
    `data: () => ${data}`,
    ...(ctx.fuel === undefined ? [] : [`fuel: ${ctx.fuel}`]),
    ...(ctx.maxMemory === undefined ? [] : [`maxMemory: ${ctx.maxMemory}`]),
  ].join(', ');
  return `${ctx.helper('_run_shared_command')}(_wasi(), _defaults, options, { ${guest} })`;
}

/**
 * The statements of a module that can start threads, as one function: its text is what a thread evaluates,
 * so that it does not matter where the module is, or what it has become part of. It is given what the
 * thread has been sent, and where the data file is.
 * @param statements that define `instantiate` and `run`, those of the command last
 * @param url source of an expression
 */
export function asProgram(statements: string[], main: string, url: string): string[] {
  return [
    "const _program = function _program(_thread, _post, _data_url) {\n'use strict';\n",
    ...statements,
    main,
    'return { instantiate, run };\n};\n',
    `const { instantiate, run } = _program(undefined, undefined, ${url});\n`,
  ];
}

/** Gives the runtime Node's modules where only `require` does. */
const OLD_NODE = `{
  const { process } = globalThis;
  if (process?.versions?.node !== undefined && process.getBuiltinModule === undefined) {
    _wasi().provideBuiltins?.(require);
  }
}
`;

/** The statement that runs the command where the module is what the host was started with. */
export function startStatement(ctx: ModuleContext, options: CompileOptions): string {
  const { format, globalName, main, dataFileName } = options;
  if (main === false || (format === 'iife' && globalName !== undefined)) return '';
  if (format === 'cjs') {
    const test = "typeof require === 'function' && require.main === module";
    return `if (${test}) ${ctx.helper('_main_soon')}(run, _defaults, require);\n`;
  }
  const reader =
    format === 'esm' && dataFileName !== undefined ? `, ${ctx.helper('_node_fs')}` : '';
  return `${ctx.helper('_start_command')}(run, _wasi, _defaults, ${format === 'iife'}${reader});\n`;
}

/** Statements that define `_wasi`, a function that gives the runtime's exports. */
function runtimeSource(
  wasi: WasiOptions,
  format: CompileOptions['format'],
): { imports: string[]; body: string[] } {
  if (wasi.mode === 'bundle') {
    const runtime = moduleExpression(wasi.source);
    return {
      imports: [],
      body: ['let _runtime;\nconst _wasi = () => (_runtime ??= ', runtime, ');\n'],
    };
  }
  const specifier = quote(wasi.specifier);
  if (format === 'esm') {
    return {
      imports: [`import * as _wasi_module from ${specifier};\n`],
      body: ['const _wasi = () => _wasi_module;\n'],
    };
  }
  if (format === 'cjs')
    return { imports: [], body: [`const _wasi = () => require(${specifier});\n`] };
  throw new TypeError("format 'iife' cannot import the WASI runtime: bundle it");
}

let parser: ((source: string) => Program) | undefined;

/** Says what parses ES modules, for WASI runtimes that no bundler has put together. */
export function provideParser(parse: (source: string) => Program): void {
  parser = parse;
}

/**
 * The text of an ES module that imports nothing, as an expression whose value holds its `WASI`.
 * @throws TypeError when it imports something or has no such export
 */
export function moduleExpression(source: string): string {
  // A bundler puts all exports at the end: where no statement before begins with these words,
  // nothing needs parsing.
  const [, declarations, list] = /^([\s\S]*)\bexport\s*\{([\w$\s,]*)\};?\s*$/.exec(source) ?? [];
  if (
    list !== undefined &&
    !/(?:^|[;}/\n\r])\s*(?:import|export)\b|\bimport\s*\.\s*meta\b/.test(declarations!)
  ) {
    const names = new Map<string, string>();
    for (const item of list.split(',')) {
      const [, local, exported] = /^\s*([\w$]+)(?:\s+as\s+([\w$]+))?\s*$/.exec(item) ?? [];
      if (local !== undefined) names.set(exported ?? local, local);
    }
    if (names.has('WASI')) return expressionOf(declarations!, names);
  }
  if (parser === undefined)
    throw new TypeError('the WASI runtime to bundle ends with no list of exports');
  const { body } = parser(source);
  const pieces: string[] = [];
  const names = new Map<string, string>();
  for (const node of body) {
    if (node.type === 'ImportDeclaration' || node.type === 'ExportAllDeclaration') {
      throw new TypeError('the WASI runtime to bundle must be one module without imports');
    }
    if (node.type !== 'ExportNamedDeclaration') {
      pieces.push(source.slice(node.start, node.end));
      continue;
    }
    if (node.declaration) {
      pieces.push(source.slice(node.declaration.start, node.declaration.end));
      for (const name of USED) if (declares(node.declaration, name)) names.set(name, name);
    }
    for (const { exported, local: name } of node.specifiers) {
      if (exported.type === 'Identifier' && name.type === 'Identifier') {
        names.set(exported.name, name.name);
      }
    }
  }
  if (!names.has('WASI')) {
    throw new TypeError('the WASI runtime to bundle does not export WASI');
  }
  return expressionOf(pieces.join('\n'), names);
}

/** What a command uses of its runtime; only `WASI` must be there. */
const USED = ['WASI', 'MemoryFileSystem', 'provideBuiltins'];

/** An expression whose value holds what a command uses, by the names that the declarations give it. */
const expressionOf = (declarations: string, names: ReadonlyMap<string, string>): string => {
  const entries = USED.filter((name) => names.has(name)).map(
    (name) => `${name}: ${names.get(name)}`,
  );
  return `(() => {\n${declarations}\nreturn { ${entries.join(', ')} };\n})()`;
};

/** Does this declaration declare that name? */
function declares(declaration: Node, name: string): boolean {
  const { id, declarations } = declaration as Node & {
    id?: { name?: string };
    declarations?: { id: { name?: string } }[];
  };
  return [id, ...(declarations ?? []).map((one) => one.id)].some((one) => one?.name === name);
}

/** An object literal whose keys are any texts. */
function record<T>(values: Record<string, T> = {}, print: (value: T) => string): string {
  const entries = Object.entries(values).map(([key, value]) => `[${quote(key)}]: ${print(value)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}
