/**
 * Modules that are compiled where they run. Gets a valid module; gives the text of a function that makes `instantiate`,
 * and, where functions are compiled when they are called first, the text of each function, to be evaluated inside of the
 * instance. What functions may need of the rest of the module is there from the start then: helpers, result channels,
 * segments, registered references. What can be made more than once (types, views, tables of nibbles and bytes) they bring themselves.
 */

import { F32, F64, type FuncType, type Module } from '@wasm2js/decoder';
import { AHEAD } from '../ahead.js';
import {
  componentSuffixes,
  MATH_FUNCTIONS,
  MEMORY_VIEWS,
  type ModuleContext,
  resultChannels,
  suspendableName,
} from '../context.js';
import type { CompileOptions } from '../options.js';
import { runtimeNames } from '../support/library.js';
import { Boundary } from './boundary.js';
import { moduleData } from './data.js';
import { contextOf, emitFunctions } from './functions.js';
import { defaultImports, InstanceEmitter } from './instance.js';
import type { Lowering } from './lowering.js';
import { byteTables, neededHelpers, nibbleTables, preludeSource } from './prelude.js';
import { FunctionPrinter } from './print.js';
import { Text } from './text.js';
import { classDefinitions, typeDefinitions } from './values.js';

/** What of the compile options counts at run time. */
export type RuntimeOptions = Pick<
  CompileOptions,
  | 'builtins'
  | 'importedStringConstants'
  | 'largeMemory'
  | 'functionBudget'
  | 'suspendable'
  | 'optimizeFor'
  | 'uncheckedMemory'
>;

/** Helpers of typed arrays over memories, which are not among those for any module. */
const TYPED_MEMORY = [
  '_memory_view',
  '_slow_view',
  '_bound',
  '_bytes_fill',
  '_bytes_copy',
  '_bytes_copy_between',
];

/** One module. */
export class RuntimeModule {
  /**
   * The body of a function of `_wasm`, the module's bytes, `_text`, which gives `functionText` of an index, and `_realm`,
   * which has the helpers that the realm gives (`divideLibrary`); it returns `instantiate`.
   */
  readonly body: string;

  private readonly ctx: ModuleContext;
  private readonly boundary: Boundary;
  /** Defined functions by their names. */
  private readonly indices = new Map<string, number>();
  /** How much of what cannot be made later there is. */
  private readonly given: string;

  /**
   * @param module decoded and valid
   * @param lazy are functions compiled when they are called first?
   */
  constructor(
    private readonly lowering: Lowering,
    private readonly module: Module,
    options: RuntimeOptions,
    private readonly lazy: boolean,
  ) {
    this.ctx = contextOf(
      module,
      { ...options, format: 'iife', names: 'keep', data: 'inline' },
      lazy,
    );
    if (lazy)
      module.funcs.forEach((_, i) => {
        const index = module.importCounts.func + i;
        this.indices.set(this.ctx.funcName(index), index);
      });
    if (lazy) this.askForAll();
    [this.body, this.boundary] = this.emit();
    this.given = ctxSize(this.ctx);
  }

  /**
   * Statements that put a defined function in its place, for the scope of an instance of a lazy module; their value is the
   * function.
   * @param index of the function, imports included
   * @throws UnsupportedError where it is beyond a limit; any error of the engine where the stack is full: it can be
   *   asked for again
   */
  functionText(index: number): string {
    const { ctx, lowering } = this;
    ctx.beginPart();
    const outside = new Set(this.variables(index));
    const text = new Text(1 << 12);
    const printer = (): LazyPrinter => new LazyPrinter(text, this.missing, outside);
    const nodes = [...lowering.lowerFunction(ctx, index), ...lowering.lowerShared(ctx)];
    for (const node of nodes) {
      if (node.type === 'FunctionDeclaration') {
        if (outside.has(node.id.name)) text.add(`${node.id.name}=`);
        printer().func(node);
      } else printer().whole(node);
      text.add('\n');
    }
    const boundary = this.boundary.part();
    const store = moduleData(ctx);
    const views = new InstanceEmitter(ctx, lowering, boundary, store).views();
    const before = [
      ...typeDefinitions(ctx),
      ...classDefinitions(ctx),
      nibbleTables(ctx),
      byteTables(ctx),
      ...boundary.source,
      ...views,
      ...outlineVariables(ctx),
    ];
    if (ctxSize(ctx) !== this.given)
      throw new Error(`function ${index} needs what its module has not been given`);
    return `{${[...before, ...text.pieces(), ctx.funcName(index)].join('')}}`;
  }

  /** Asks for all that any function could need. */
  private askForAll(): void {
    const { ctx, module } = this;
    for (const name of runtimeNames()) ctx.helper(name);
    for (const { comp } of module.types) if (comp.kind === 'func') this.declareChannels(comp);
    module.tableTypes.forEach((_, i) => {
      ctx.table(i);
    });
    module.datas.forEach((_, i) => {
      ctx.data(i);
    });
    module.elems.forEach((_, i) => {
      ctx.elem(i);
    });
    for (const name of MATH_FUNCTIONS) ctx.math(name);
    module.memoryTypes.forEach((_, i) => {
      if (!AHEAD || !ctx.memory(i).typed) return;
      for (const name of TYPED_MEMORY) ctx.helper(name);
      for (const kind of MEMORY_VIEWS) ctx.memoryView(i, kind);
    });
  }

  private declareChannels({ results }: FuncType): void {
    const counts = resultChannels(results);
    for (const cls of ['h', 'd', 'r'] as const)
      if (counts[cls] > 0) this.ctx.channel(cls, counts[cls] - 1);
  }

  private emit(): [body: string, boundary: Boundary] {
    const { ctx, lowering, module, lazy } = this;
    const { functions, declarations, ties } = lazy
      ? { functions: [], declarations: [], ties: [] }
      : emitFunctions(ctx, lowering, { format: 'iife', names: 'keep', data: 'inline' });
    const boundary = new Boundary(ctx, false);
    const store = moduleData(ctx);
    const statements = new InstanceEmitter(ctx, lowering, boundary, store).emit();
    const stubs = lazy ? module.funcs.map((_, i) => this.stub(module.importCounts.func + i)) : [];
    const helpers = neededHelpers(ctx);
    const body = [
      "'use strict';\n",
      ...preludeSource(ctx, boundary, helpers, store.declaration),
      `return function instantiate(imports${defaultImports(ctx)}){\n`,
      ...(lazy ? ['const _load=_n=>eval(_text(_n))\n'] : [...functions, ...declarations]),
      ...stubs,
      ...ties,
      ...statements,
      '}',
    ];
    return [body.join(''), boundary];
  }

  /**
   * What stands for a function until it is called: the variable that it will be in. A reference to it is a function of its
   * own, which stays.
   */
  private stub(index: number): string {
    const { ctx, lowering } = this;
    const name = ctx.funcName(index);
    const tail = lowering.tailBody(ctx, index);
    const suspends = lowering.suspends(ctx, index);
    let text = `var ${this.variables(index)};\n`;
    if (ctx.escaping.has(index)) {
      const params = rawParameters(ctx.funcType(index));
      const reference = ctx.referenceName(index);
      const passes = (variable: string): string =>
        `(${params})=>${this.missing(variable)}(${params})\n`;
      text += `const ${reference}=${passes(name)}`;
      if (tail !== undefined) text += `${reference}.b=${passes(tail)}`;
      if (suspends) text += `${reference}.s=${passes(suspendableName(name))}`;
      if (suspends && tail !== undefined) text += `${reference}.t=${passes(suspendableName(tail))}`;
    }
    return text;
  }

  /** What is called for a variable that a function will be in; undefined for any other name. */
  private readonly missing = (name: string): string | undefined => {
    // The names of forms are that of the function behind letters (ABI.md).
    const form = /^[yb]*(?=\$)/.exec(name)?.[0];
    const index = form === undefined ? undefined : this.indices.get(name.slice(form.length));
    if (index === undefined) return undefined;
    return `(${name}??_load(${index})${FORMS[form!]})`;
  };

  /** The variables that a function will be in: its forms, and those of its tail body. */
  private variables(index: number): string[] {
    const { ctx, lowering } = this;
    const tail = lowering.tailBody(ctx, index);
    const plain = [ctx.funcName(index), ...(tail === undefined ? [] : [tail])];
    return lowering.suspends(ctx, index) ? [...plain, ...plain.map(suspendableName)] : plain;
  }
}

/** By the letters before a function's name: the property of the function that has that form. */
const FORMS: Record<string, string> = { '': '', b: '.b', y: '.s', yb: '.t' };

/**
 * Prints functions of lazy modules: a name of another function is a test of its variable. A call site must never meet a
 * function that stands for another, since engines inline what they have met alone.
 */
class LazyPrinter extends FunctionPrinter {
  constructor(
    text: Text,
    private readonly missing: (name: string) => string | undefined,
    private readonly own: ReadonlySet<string>,
  ) {
    super(text);
  }

  protected override isSeparate(): boolean {
    return false;
  }

  protected override outer(name: string): string {
    return (this.own.has(name) ? undefined : this.missing(name)) ?? name;
  }
}

/** Sizes of what functions share, and cannot bring themselves. */
const ctxSize = ({ helpers, channels, escaping }: ModuleContext): string =>
  [helpers.size, escaping.size, channels.h, channels.d, channels.r].join();

/** Names for the parameters of a function of compiled code: components, then the bits of floats (ABI.md). */
function rawParameters({ params }: FuncType): string {
  const count = params
    .map((type) => {
      const components = componentSuffixes(type).length;
      if (type === F64) return 1 + components;
      return type === F32 ? 1 + components : components;
    })
    .reduce((sum, one) => sum + one, 0);
  return Array.from({ length: count }, (_, i) => `p${i}`).join();
}

/** Variables that carry values out of split-off parts of a function. */
function outlineVariables({ outlineChannels }: ModuleContext): string[] {
  return (['h', 'd', 'r'] as const).flatMap((cls) =>
    Array.from({ length: outlineChannels[cls] }, (_, i) => `let _o${cls}${i};\n`),
  );
}
