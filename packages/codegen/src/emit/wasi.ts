/** WASI commands: modules that run by themselves, over a bundled or imported runtime. */
import { createRequire } from 'node:module';
import type { FuncType, Module } from '@wasm2js/decoder';
import type { Node } from 'acorn';
import type { ModuleContext } from '../context.js';
import { quote } from '../names.js';
import type { CompileOptions, WasiOptions } from '../options.js';

/** What a command adds to its module. */
export interface Command {
  /** Statements at the top. */
  imports: string[];
  /** Defines `run`. */
  body: string[];
  /** Runs the command where the module is the main one. */
  main: string[];
}

const WASI_MODULES = new Set(['wasi_snapshot_preview1', 'wasi_unstable']);

/** Is this module a command: everything imported is WASI's, and it exports `_start`? */
export function isCommand(module: Module): boolean {
  if (module.imports.length === 0) return false;
  if (!module.imports.every((item) => WASI_MODULES.has(item.module))) return false;
  return module.exports.some(({ name, kind, index }) => {
    if (name !== '_start' || kind !== 'func') return false;
    const { params, results } = module.types[module.funcTypes[index]!]!.comp as FuncType;
    return params.length + results.length === 0;
  });
}

/**
 * The parts of a module that make it a command.
 * @param ctx registers the helpers
 * @param options `wasi` and `format` are used
 * @returns undefined where the module is none, or WASI is not wanted
 * @throws TypeError for an imported runtime in a script, which cannot import
 */
export function emitCommand(ctx: ModuleContext, options: CompileOptions): Command | undefined {
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
  const defaults = `{ args: [${quote(name)}], env: ${env}, preopens: ${preopens} }`;
  const body = [
    ...runtime.body,
    `const _defaults = ${defaults};\n`,
    'const run = (options) => {\n  run.used = true;\n',
    `  return ${ctx.helper('_run_command')}(_wasi(), instantiate, _defaults, options);\n};\n`,
    "Object.defineProperty(run, 'used', { value: false, writable: true });\n",
    "Object.defineProperty(run, 'MemoryFileSystem', { get: () => _wasi().MemoryFileSystem });\n",
    ...(format === 'cjs' ? [OLD_NODE] : []),
  ];
  return { imports: runtime.imports, body, main: [startStatement(ctx, options)] };
}

/** Gives the runtime Node's modules where only `require` does. */
const OLD_NODE = `{
  const { process } = globalThis;
  if (process?.versions?.node !== undefined && process.getBuiltinModule === undefined) {
    _wasi().provideBuiltins?.(require);
  }
}
`;

/** Runs the command where the module is what the host was started with. */
function startStatement(ctx: ModuleContext, options: CompileOptions): string {
  const { format, globalName, main } = options;
  if (main === false || (format === 'iife' && globalName !== undefined)) return '';
  if (format === 'cjs') {
    const test = "typeof require === 'function' && require.main === module";
    return `if (${test}) ${ctx.helper('_main_soon')}(run, _defaults, require);\n`;
  }
  return `${ctx.helper('_start_command')}(run, _wasi, _defaults, ${format === 'iife'});\n`;
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

/**
 * The text of an ES module that imports nothing, as an expression whose value holds its `WASI`.
 * @throws TypeError when it imports something or has no such export
 */
function moduleExpression(source: string): string {
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
  const { parse } = createRequire(import.meta.url)('acorn') as typeof import('acorn');
  const { body } = parse(source, { ecmaVersion: 'latest', sourceType: 'module' });
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
