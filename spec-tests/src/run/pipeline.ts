/** Our pipeline, from bytes to an instance: decode, validate, compile, evaluate, instantiate. */

import { type CompileOptions, compile } from '@wasm2js/codegen';
import { compileForNow } from '@wasm2js/codegen/runtime';
import { decodeModule, type Module, UnsupportedError } from '@wasm2js/decoder';
import { type ValidateOptions, validateModule } from '@wasm2js/validator';

/** The exports of an instance. */
export type Exports = Record<string, unknown>;
/** Imports by module and name. */
export type Imports = Record<string, Exports>;
/** The entry point of a compiled module. */
export type Instantiate = (imports: Imports) => Exports;

/** Decodes and validates a module. */
export function loadModule(bytes: Uint8Array, options: ValidateOptions = {}): Module {
  const module = decodeModule(bytes);
  validateModule(module, options);
  return module;
}

/** Functions above this estimated size are split: a small one has all code pass through splitting. */
const BUDGET = process.env['WASM2JS_FUNCTION_BUDGET'];

/** The hosts that code is made for, and whether accesses to memory are checked: other forms of the same code. */
const TARGET = process.env['WASM2JS_OPTIMIZE_FOR'] as CompileOptions['optimizeFor'];
export const UNCHECKED = process.env['WASM2JS_UNCHECKED_MEMORY'] === '1';
/** Do all functions of integers that can have it run in the form on whole words of 64 bits? */
const WIDE_WORDS = process.env['WASM2JS_WIDE_WORDS'] === '1';
/** Are functions called in their suspendable form, where they have one? */
const SUSPENDABLE = process.env['WASM2JS_SUSPENDABLE'] === '1';
/** Does what runs take fuel, which never ends? */
const FUEL = process.env['WASM2JS_FUEL'] === '1' ? Number.POSITIVE_INFINITY : undefined;

/** The form of the code, whoever compiles it. */
const FORM = {
  optimizeFor: TARGET,
  uncheckedMemory: UNCHECKED,
  ...(WIDE_WORDS ? { wideWords: 'always' as const } : {}),
  suspendable: SUSPENDABLE,
  ...(BUDGET === undefined ? {} : { functionBudget: Number(BUDGET) }),
};

/** Compiles a valid module to JavaScript text, a CommonJS module. */
export function compileText(module: Module): string {
  return compile(module, {
    format: 'cjs',
    names: 'keep',
    data: 'inline',
    namedExports: false,
    fuel: FUEL,
    ...FORM,
  }).chunks.join('');
}

/** Evaluates the text of a compiled module. */
export function evaluate(text: string): Instantiate {
  const exports: { instantiate?: Instantiate } = {};
  new Function('exports', 'module', text)(exports, { exports });
  return exports.instantiate!;
}

type Callable = (...args: unknown[]) => unknown;

/** What a compiled function is tied to: its suspendable form, its type, and what makes generators of that type. */
interface Raw {
  s?: Callable;
  y: unknown;
  o?: { s?: Map<unknown, (f: Callable) => (...args: unknown[]) => Generator> };
}

/**
 * The function to call for an exported one: itself, or with `WASM2JS_SUSPENDABLE=1` its suspendable form, run to its
 * end at once (nothing suspends in the suite).
 */
export function invoked(exported: Callable): Callable {
  if (!SUSPENDABLE) return exported;
  const key = Symbol.for('wasm2js.10');
  const raw = (globalThis as Record<symbol, WeakMap<Callable, Raw> | undefined>)[key]?.get(
    exported,
  );
  const start = raw?.s && raw.o?.s?.get(raw.y)?.(raw.s);
  if (start === undefined) return exported;
  return (...args) => {
    const { done, value } = start(...args).next();
    if (done !== true) throw new Error('a function has suspended');
    return value;
  };
}

/** Compiles a valid module and evaluates the result. */
export const compileModule = (module: Module): Instantiate => evaluate(compileText(module));

/** Makes a valid module ready to be instantiated. */
export type Compile = (module: Module) => Instantiate;

/** The part of the host's WebAssembly that is used here. */
interface HostWebAssembly {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: Imports) => { exports: Exports };
}

/** The host's own WebAssembly in the place of our output: tells whether the runner itself is right. */
const compileNatively: Compile = ({ bytes }) => {
  const { Module, Instance } = (globalThis as unknown as { WebAssembly: HostWebAssembly })
    .WebAssembly;
  let compiled: object;
  try {
    compiled = new Module(bytes);
  } catch (error) {
    throw new UnsupportedError(`the host: ${(error as Error).message.replace(/ @.*/, '')}`);
  }
  return (imports) => new Instance(compiled, imports).exports;
};

/** What modules become that are compiled where they run (`@wasm2js/webassembly/compiler`). */
const compileHere =
  (lazy: boolean): Compile =>
  (module) => {
    const made = compileForNow(module, FORM, lazy);
    const text = (index: number): string => made.functionText(index);
    return new Function('_wasm', '_text', made.body)(module.bytes, text) as Instantiate;
  };

/** What can run modules, by name. */
export const ENGINES = {
  wasm2js: compileModule,
  runtime: compileHere(false),
  lazy: compileHere(true),
  native: compileNatively,
} as const;
export type Engine = keyof typeof ENGINES;
