/**
 * Assembles the emitted module: support helpers, descriptors, boundary factories, `instantiate` with
 * the functions inside, exports in the wanted format.
 */
import type { Module } from '@wasm2js/decoder';
import { AHEAD } from '../ahead.js';
import { checkOptions } from '../check-options.js';
import type { ModuleContext } from '../context.js';
import { quote } from '../names.js';
import type { CompileOptions, CompileResult } from '../options.js';
import { isHelper } from '../support/library.js';
import { Boundary } from './boundary.js';
import { fileData, hasData, inlineData } from './data.js';
import { declaredFirst } from './declarations.js';
import { declarations } from './dts.js';
import { header, joinPieces, namedExports, relativeUrl, wrapFormat } from './format.js';
import { contextOf, emitFunctions, type FunctionsPart, joinParts, wantedOf } from './functions.js';
import { emitHybrid, type Script } from './hybrid.js';
import {
  defaultImports,
  globalsMeetReferences,
  InstanceEmitter,
  referencesCross,
} from './instance.js';
import type { Lowering } from './lowering.js';
import { linesUpTo, place } from './marks.js';
import { alikeTogether } from './order.js';
import { neededHelpers, preludeSource } from './prelude.js';
import type { StoredText } from './stored-text.js';
import { asProgram, emitCommand } from './wasi.js';

/**
 * Emits a module.
 * @param lowering of function bodies
 * @param module decoded and valid
 * @param given see `CompileOptions`
 * @param parts texts of all functions, where they are made already
 * @returns the text in pieces, declarations, data file and the helpers in use
 * @throws UnsupportedError for what cannot be lowered yet, MalformedError for a broken body,
 *   TypeError for options that no JavaScript can be made of
 */
export function emitModule(
  lowering: Lowering,
  module: Module,
  given: CompileOptions,
  parts?: readonly FunctionsPart[],
): CompileResult {
  checkOptions(given);
  const wanted = wantedOf(module, given);
  const emit = (options: CompileOptions): Script => emitScript(lowering, wanted, options, parts);
  if (given.hybrid !== undefined) return emitHybrid(wanted, given, given.hybrid, emit);
  return emit(withoutEmptyFile(wanted, given)).result;
}

/** Emits the module's JavaScript. */
function emitScript(
  lowering: Lowering,
  module: Module,
  options: CompileOptions,
  parts: readonly FunctionsPart[] | undefined,
): Script {
  const ctx = contextOf(module, options);
  const defined =
    parts === undefined ? emitFunctions(ctx, lowering, options) : joinParts(ctx, lowering, parts);
  const { functions, marks } = alikeTogether(defined.functions, defined.marks);
  // Functions have the names that stack traces are read by.
  ctx.numbered = true;
  const mirrors = module.importCounts.memory + module.importCounts.table > 0;
  const boundary = new Boundary(ctx, mirrors);
  const inFile = options.data === 'file';
  const store = inFile ? fileData(ctx) : inlineData(ctx, options.keepData);
  const made = new InstanceEmitter(ctx, lowering, boundary, store).emit();
  const { declaration, statements } = ctx.costs.declaresFirst
    ? declaredFirst(ctx, made)
    : { declaration: '', statements: made };
  const file = inFile ? dataFileLines(ctx, options, store.file!.length) : undefined;
  const command = emitCommand(ctx, options, file?.bytes ?? 'undefined');
  const traps = boundary.caught !== undefined || ctx.fuel !== undefined;
  const properties = instantiateProperties(ctx, options, traps);
  const sources = [...properties.values()];
  if (sources.length > 1 || !traps) ctx.helper('_define');
  const helpers = neededHelpers(ctx);
  const names = namedExports(ctx, options);
  const prelude = [
    ...preludeSource(ctx, boundary, helpers, store.declaration),
    ...(file === undefined ? [] : ['let _file;\n']),
    ...(file === undefined || command?.threads ? [] : [file.declaration]),
  ];
  // Engines parse a function in parentheses once where it is run at once; of little code the bytes count more.
  const [open, close] = ctx.shortMethods ? ['const instantiate=(', ');\n'] : ['', '\n'];
  const head = `${open}function instantiate(imports${defaultImports(ctx)}${file === undefined && !isLimited(ctx) ? '' : ',options'}){\n${declaration}`;
  const body = [
    head,
    ...functions,
    ...defined.declarations,
    ...(file === undefined ? [] : [file.statement]),
    ...defined.ties,
    ...statements,
    `}${close}`,
    ...(sources.length === 0
      ? []
      : [
          sources.length === 1 && traps
            ? `Object.defineProperty(instantiate,'RuntimeError',{${sources[0]!.replace('RuntimeError', '')},enumerable:true})\n`
            : `${ctx.helper('_define')}(instantiate,{${sources}})\n`,
        ]),
    ...(command?.body ?? []),
  ];
  let all = [...prelude, ...body];
  let outside = command;
  if (command?.threads) {
    all = asProgram(all, command.main.join(''), file?.location ?? 'undefined');
    outside = { ...command, main: [] };
  }
  const pieces = [header(options), ...wrapFormat(all, names, outside, options)];
  const { stored } = defined;
  const placed = marks && place(marks, linesUpTo(pieces, head));
  const result = {
    ...(AHEAD && stored !== undefined
      ? { chunks: [], text: textAround(pieces, head, stored) }
      : { chunks: joinPieces(pieces) }),
    ...(placed === undefined ? {} : { marks: placed }),
    dts: declarations(ctx, options, { names, command, traps }),
    helpers: [...helpers].filter(isHelper).sort(),
    ...(store.file === undefined ? {} : { dataFile: store.file }),
  };
  return { result, ctx, traps, properties: [...properties.keys()] };
}

/** All text, where that of the functions is kept elsewhere: it stands behind a piece. */
function* textAround(
  pieces: string[],
  head: string,
  functions: StoredText,
): Generator<string | Uint8Array> {
  const at = pieces.indexOf(head) + 1;
  yield* joinPieces(pieces.slice(0, at));
  yield* functions.ordered();
  yield* joinPieces(pieces.slice(at));
}

/** A module without data, or with zeros alone, needs no data file. */
function withoutEmptyFile(module: Module, options: CompileOptions): CompileOptions {
  if (options.data !== 'file' || hasData(module)) return options;
  return { ...options, data: 'inline' };
}

/**
 * Properties of `instantiate` by name: error classes, looked up when they are asked for, and constructors of
 * what can be imported.
 */
function instantiateProperties(
  ctx: ModuleContext,
  options: CompileOptions,
  traps: boolean,
): Map<string, string> {
  const { module } = ctx;
  const errors = traps ? ['RuntimeError'] : [];
  if (ctx.builtins.others.length > 0) errors.push('LinkError');
  const properties = new Map<string, string>();
  const add = (name: string, source = name): unknown => properties.set(name, source);
  for (const name of errors)
    add(name, `get ${name}(){return ${ctx.helper('_error_class')}('${name}')}`);
  const kinds = new Set([
    ...ctx.builtins.others.map(({ desc }) => desc.kind),
    ...module.exports.map(({ kind }) => kind),
  ]);
  if (kinds.has('memory')) add(ctx.helper('Memory'));
  if (kinds.has('memory') && module.memoryTypes.some(({ limits }) => limits.shared))
    add('shareMemory', `shareMemory: ${ctx.helper('_share_memory')}`);
  if (kinds.has('table')) add(ctx.helper('Table'));
  if (kinds.has('global')) add(ctx.helper('Global'));
  // Globals of numbers alone make do without what is known about references.
  if (AHEAD && (kinds.has('tag') || (kinds.has('global') && globalsMeetReferences(ctx))))
    ctx.helper('_reference_cells');
  if (kinds.has('tag')) {
    add(ctx.helper('Tag'));
    add(ctx.helper('Exception'));
    add('JSTag', `JSTag: ${ctx.helper('_js_tag')}()`);
  }
  if (ctx.suspendable) {
    add('SuspendError', `get SuspendError(){return ${ctx.helper('_error_class')}('SuspendError')}`);
    add('Suspending', `Suspending:${ctx.helper('_Suspending')}`);
    add('promising', `promising:${ctx.helper('_promising')}`);
  }
  if (ctx.fuel !== undefined) add('Fuel', `Fuel:${ctx.helper('_Fuel')}`);
  if (referencesCross(ctx)) add('Function', `Function:${ctx.helper('_Function')}`);
  if (options.data === 'file') {
    add('dataFile', `dataFile: ${quote(dataFileName(options))}`);
    if (options.format === 'esm') add('dataURL', 'dataURL: _data_url');
  }
  return properties;
}

/** Do the options of `instantiate` say something about an instance? */
const isLimited = ({ fuel, maxMemory, restorable }: ModuleContext): boolean =>
  fuel !== undefined || maxMemory !== undefined || restorable;

function dataFileName(options: CompileOptions): string {
  return options.dataFileName!;
}

/** What makes the data file's bytes available as `_file`, and an expression that gives them. */
function dataFileLines(ctx: ModuleContext, options: CompileOptions, length: number) {
  const name = quote(dataFileName(options));
  let url = 'undefined';
  if (options.format === 'esm') url = '_data_url';
  else if (options.format === 'cjs') url = `__dirname + '/' + ${name}`;
  const path = quote(relativeUrl(dataFileName(options)));
  const location =
    options.format === 'esm'
      ? `typeof URL === 'function' ? new URL(${path}, import.meta.url).href : undefined`
      : 'undefined';
  const read = ctx.helper('_read_data_file');
  return {
    location,
    declaration: options.format === 'esm' ? `const _data_url = ${location};\n` : '',
    statement: `  _file ??= ${read}(options?.data, ${url}, ${name}, ${length});\n`,
    bytes: `(_file ??= ${read}(undefined, ${url}, ${name}, ${length}))`,
  };
}
