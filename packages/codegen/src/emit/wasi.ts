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
    'const run = (options) => ',
    `${ctx.helper('_run_command')}(_wasi().WASI, instantiate, _defaults, options);\n`,
  ];
  const main: string[] = [];
  if (format !== 'iife') {
    const test =
      format === 'esm' ? `${ctx.helper('_is_main')}(import.meta)` : 'require.main === module';
    main.push(`if (${test}) ${ctx.helper('_main_command')}(run, _defaults);\n`);
  }
  return { imports: runtime.imports, body, main };
}

/** Statements that define `_wasi`, a function that gives the runtime's exports. */
function runtimeSource(
  wasi: WasiOptions,
  format: CompileOptions['format'],
): { imports: string[]; body: string[] } {
  if (wasi.mode === 'bundle') {
    return { imports: [], body: ['const _wasi = () => ', moduleExpression(wasi.source), ';\n'] };
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
    const local = /(?:^|,)\s*(?:([\w$]+)\s+as\s+)?WASI\s*(?:,|$)/.exec(list);
    if (local !== null) return expressionOf(declarations!, local[1] ?? 'WASI');
  }
  const { parse } = createRequire(import.meta.url)('acorn') as typeof import('acorn');
  const { body } = parse(source, { ecmaVersion: 'latest', sourceType: 'module' });
  const pieces: string[] = [];
  let local: string | undefined;
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
      if (declares(node.declaration, 'WASI')) local = 'WASI';
    }
    for (const { exported, local: name } of node.specifiers) {
      if (
        exported.type === 'Identifier' &&
        exported.name === 'WASI' &&
        name.type === 'Identifier'
      ) {
        local = name.name;
      }
    }
  }
  if (local === undefined) throw new TypeError('the WASI runtime to bundle does not export WASI');
  return expressionOf(pieces.join('\n'), local);
}

/** An expression whose value holds what the declarations call `local` as `WASI`. */
const expressionOf = (declarations: string, local: string): string =>
  `(() => {\n${declarations}\nreturn { WASI: ${local} };\n})()`;

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
