/**
 * The text of functions: of all in a row, or of parts of them that are made elsewhere. Both give the
 * same text: a part comes with what its functions have asked the context for, and parts are joined in
 * order.
 */

import type { Module } from '@wasm2js/decoder';
import { takenNames } from '../accessors.js';
import { AHEAD } from '../ahead.js';
import { type Asked, ModuleContext } from '../context.js';
import type { CompileOptions, TextStore } from '../options.js';
import { keepExports, unusedFunctions } from '../prune.js';
import type { Lowering } from './lowering.js';
import { joinMarks, MarkedText, type Marks, printMarked } from './marks.js';
import { printFunction, printStatement } from './print.js';
import { StoredText } from './stored-text.js';
import { Text } from './text.js';
import { isCommand } from './wasi.js';

/** Functions, and the statements that tie them together and must run first. */
export interface FunctionsText {
  functions: string[];
  ties: string[];
  /** Where the text of the functions comes from, if that was asked for. */
  marks?: Marks;
  /** The text of the functions, where it is kept elsewhere. */
  stored?: StoredText;
}

/** The text of all functions, and the declarations that they share. */
export interface AllFunctions extends FunctionsText {
  declarations: string[];
}

/** The text of some functions and what they need of the rest of the module; can be cloned. */
export interface FunctionsPart extends FunctionsText {
  asked: Asked;
  shared: string[];
}

/** The exports by which a host knows a WASI command. */
const COMMAND_EXPORTS = ['_start', 'memory', 'wasi_thread_start'];

/** The module without the exports that `options.exports` leaves out. @throws TypeError for an unknown name */
export function wantedOf(module: Module, { exports }: CompileOptions): Module {
  if (exports === undefined) return module;
  const own = module.exports.map(({ name }) => name);
  const command = isCommand(module) ? COMMAND_EXPORTS : [];
  return keepExports(module, [...exports, ...own.filter((name) => command.includes(name))]);
}

/**
 * The context of a module that is compiled with these options.
 * @param lazy of modules that are compiled where they run: are functions compiled when they are called first?
 */
export function contextOf(module: Module, options: CompileOptions, lazy?: boolean): ModuleContext {
  return new ModuleContext(module, {
    minify: options.names === 'minify',
    largeMemory: options.largeMemory ?? false,
    functionBudget: options.functionBudget,
    builtins: options.builtins,
    importedStringConstants: options.importedStringConstants,
    lazy,
    optimizeFor: options.optimizeFor,
    uncheckedMemory: options.uncheckedMemory,
    ...(AHEAD ? { wideWords: options.wideWords } : {}),
    positions: options.positions,
    suspendable: options.suspendable,
    fuel: options.fuel,
    maxMemory: options.maxMemory,
    restorable: options.restorable,
  });
}

/** Defined functions to print: from an index to before another. */
interface Range {
  from: number;
  to: number;
  done?: (count: number) => void;
  /** Keeps their text, if it is not to be in memory. */
  store?: TextStore | undefined;
}

/** The text of defined functions; no tree outlives its function. */
function printFunctions(
  ctx: ModuleContext,
  lowering: Lowering,
  { from, to, done, store }: Range,
): FunctionsText {
  const { module } = ctx;
  const marked = AHEAD && ctx.positions ? new MarkedText() : undefined;
  const stored = AHEAD && store && marked === undefined ? new StoredText(store) : undefined;
  const functions: Text = marked ?? stored ?? new Text();
  const ties = new Text();
  const unused = unusedFunctions(module);
  const taken = AHEAD ? takenNames(ctx) : undefined;
  for (let i = from; i < to; i++) {
    const index = module.importCounts.func + i;
    if (unused.has(index)) continue;
    for (const node of lowering.lowerFunction(ctx, index)) {
      const text = node.type === 'FunctionDeclaration' ? functions : ties;
      if (node.type !== 'FunctionDeclaration') printStatement(text, node);
      else if (AHEAD && marked !== undefined)
        printMarked(marked, node, index, module.funcs[i]!.body.start, taken);
      else printFunction(text, node, taken);
      text.add('\n');
    }
    functions.end();
    done?.(i + 1);
  }
  const marks = marked?.marks();
  return {
    functions: functions.pieces(),
    ties: ties.pieces(),
    ...(marks === undefined ? {} : { marks }),
    ...(stored === undefined ? {} : { stored }),
  };
}

/** Declarations that functions share. */
function printShared(ctx: ModuleContext, lowering: Lowering): string[] {
  const text = new Text();
  for (const node of lowering.lowerShared(ctx)) {
    if (node.type === 'FunctionDeclaration') printFunction(text, node);
    else printStatement(text, node);
    text.add('\n');
  }
  return text.pieces();
}

/** The text of all defined functions. */
export function emitFunctions(
  ctx: ModuleContext,
  lowering: Lowering,
  { onProgress, textStore: store }: CompileOptions,
): AllFunctions {
  const to = ctx.module.funcs.length;
  const done = (count: number): void => onProgress?.(count, to);
  const text = printFunctions(ctx, lowering, { from: 0, to, done, store });
  return { ...text, declarations: printShared(ctx, lowering) };
}

/** Compiles parts of a module's functions, in ascending order. */
export class PartCompiler {
  private readonly ctx: ModuleContext;

  /** @param module decoded and valid */
  constructor(
    module: Module,
    private readonly lowering: Lowering,
    options: CompileOptions,
  ) {
    this.ctx = contextOf(wantedOf(module, options), options);
  }

  /** The defined functions from one index to before another. @throws as `compile` does */
  part(from: number, to: number): FunctionsPart {
    const text = printFunctions(this.ctx, this.lowering, { from, to });
    return { ...text, asked: this.ctx.askedSoFar(), shared: this.lowering.sharedKeys(this.ctx) };
  }
}

/** Joins the parts of a module, which are in order. */
export function joinParts(
  ctx: ModuleContext,
  lowering: Lowering,
  parts: readonly FunctionsPart[],
): AllFunctions {
  for (const part of parts) {
    ctx.askAlso(part.asked);
    lowering.askShared(ctx, part.shared);
  }
  const marks = parts.flatMap((part) => part.marks ?? []);
  return {
    ...(AHEAD && ctx.positions ? { marks: joinMarks(marks) } : {}),
    functions: parts.flatMap((part) => part.functions),
    declarations: printShared(ctx, lowering),
    ties: parts.flatMap((part) => part.ties),
  };
}
