/** Options and result of the compiler's back end. */

import type { BuiltinSet } from './builtins.js';

/** Where an emitted WASI command gets its runtime from. */
export type WasiSource =
  | {
      mode: 'bundle';
      /** Text of an ES module that imports nothing and exports `WASI`. */
      source: string;
    }
  | {
      mode: 'import';
      /** Module specifier that exports `WASI`, imported (or required) by the emitted module. */
      specifier: string;
    };

/** How a WASI command is emitted. */
export type WasiOptions = WasiSource & {
  /** Preopened directories when nothing else is said: by guest path, the host path. */
  preopens?: Record<string, string | { directory: string; readonly?: boolean }>;
  /** Environment when nothing else is said. */
  env?: Record<string, string>;
  /** Arguments when nothing else is said, the program's name first. Default: the name of the source. */
  args?: readonly string[];
  /** How many of these stand before arguments that a main program is given; left out, only the file's name does. */
  fixed?: number;
  /** Files that the program brings. */
  overlay?: OverlayFiles;
};

/** A file, link or directory that a program brings; the same file twice is a hard link. */
export type OverlayNode =
  | { type: 'file'; content: Uint8Array; mtime?: number }
  | { type: 'link'; target: string; mtime?: number }
  | OverlayDirectory;

/** A directory that a program brings. */
export interface OverlayDirectory {
  type: 'directory';
  entries: ReadonlyMap<string, OverlayNode>;
  mtime?: number;
}

/** Files that a program brings, and by which names it sees directories of them. */
export interface OverlayFiles {
  files: OverlayDirectory;
  preopens: Readonly<Record<string, string>>;
  /** Where relative names are looked up, before the root. */
  workingDirectory?: string | undefined;
}

/** How a hybrid module finds the host's own WebAssembly, and its JavaScript where that is missing. */
export interface HybridOptions {
  /** `await`: asynchronously, by top-level await (`esm` alone). `sync`: at once. */
  load: 'await' | 'sync';
  /** The module's bytes: a file's name relative to the script; left out, they are text in the script. */
  wasmFile?: string;
  /**
   * Name of the script with the module's JavaScript, relative to this one; left out, it is a function in this
   * one, which only `sync` can have.
   */
  fallback?: string;
}
/** The classes of hosts that code can be made for. */
export const OPTIMIZE_FOR = ['jit', 'interpreter', 'size'] as const;
export type OptimizeFor = (typeof OPTIMIZE_FOR)[number];

export interface CompileOptions {
  format: 'esm' | 'cjs' | 'iife';
  /** `iife`: the variable that gets the module; without it the text is one expression. */
  globalName?: string;
  /** Function names from the name section, or short ones. */
  names: 'keep' | 'minify';
  /** Data segments in the module's text, or in one file beside it. */
  data: 'inline' | 'file';
  /** `data: 'file'`: name of that file, relative to the emitted module. */
  dataFileName?: string;
  /**
   * `data: 'inline'`: segments are decoded once and kept for further instances (default false: each instance decodes
   * its own, and nothing is held).
   */
  keepData?: boolean | undefined;
  /** Emit a command where the module is one. */
  wasi?: WasiOptions;
  /**
   * A command runs where its file is what the host was started with (default true). A script with a
   * `globalName` never does.
   */
  main?: boolean;
  /**
   * Exports that are wanted (default all): the others are left out, and with them the functions that nothing else
   * calls. What makes a module a command stays.
   */
  exports?: readonly string[] | undefined;
  /** Also export the exports of one instance by name, where there are no imports (default true). */
  namedExports?: boolean;
  /**
   * Memories may grow beyond 2 GiB (default false: growth ends there, and code is faster; a memory
   * that starts larger, or is imported without such a limit, is always addressed in full).
   */
  largeMemory?: boolean;
  /**
   * What code is made for (default `jit`): engines that compile it to machine code, engines that interpret
   * it, where each dispatched bytecode counts, or the fewest bytes.
   */
  optimizeFor?: OptimizeFor | undefined;
  /**
   * An access to memory is taken to be aligned as its hint says and in bounds; else its result is
   * unspecified, though never outside of the memory (default false). For modules that compilers made.
   */
  uncheckedMemory?: boolean | undefined;
  /**
   * Where `optimizeFor` is `jit` and memory is checked, functions that work on 64-bit integers and call nothing, or small ones, have
   * a second form, on whole words, which takes over on V8 with its compilers once they have run often: 1.5 to 6 times as fast
   * there (default true, but false where a module is compiled as it runs). `false`: none has; the text needs BigInt literals,
   * ES2020. `always`, for tests: whatever it is worth, and from the first call on.
   */
  wideWords?: boolean | 'always' | undefined;
  /**
   * Functions whose estimated size in bytes of V8 bytecode is larger are split (default 45000: engines
   * stop optimising somewhat above). Tests set it low.
   */
  functionBudget?: number;
  /** Sets of builtin functions that imports of their modules stand for (default all: `js-string`). */
  builtins?: readonly BuiltinSet[] | undefined;
  /** Imports of immutable globals from a module of this name are strings: their own names. */
  importedStringConstants?: string | undefined;
  /**
   * Functions that may call an import have a second, suspendable form, for JavaScript Promise Integration (default
   * false: about twice the text): `instantiate.promising` and imports that are `instantiate.Suspending` objects.
   */
  suspendable?: boolean | undefined;
  /**
   * What runs takes fuel, a unit at the beginning of each function and of each round of a loop, and traps without it: so
   * much (`Infinity`: no end) where `instantiate` is not told otherwise. Then its options have `fuel` and `interrupt`.
   */
  fuel?: number | undefined;
  /** Bytes that each memory of an instance may have, where `instantiate` is not told otherwise (`maxMemory`). */
  maxMemory?: number | undefined;
  /**
   * An instance can be put back to what it was, for whoever makes many of them one after the other (default false):
   * `instantiate` calls its option `keep` with a function that notes the state and gives another one that puts it back,
   * or with nothing where that cannot be. Whoever uses it is the only one who looks at the instance's memory.
   */
  restorable?: boolean | undefined;
  /** Use the host's own WebAssembly where it is there and takes the module; needs `data: 'inline'`. */
  hybrid?: HybridOptions | undefined;
  /** Also tell which instructions the text comes from (default false; the text is the same). */
  positions?: boolean | undefined;
  /**
   * Keeps the text of functions until all are there (default: memory does), of a module that is compiled whole, without
   * `positions` and `hybrid`. The result then has `text` in place of `chunks`.
   */
  textStore?: TextStore | undefined;
  /** What the header and the declarations call the input. */
  sourceName?: string;
  /** Is told after each function how many of all are done. */
  onProgress?: (done: number, total: number) => void;
}

/** Keeps bytes outside of the memory of the process. */
export interface TextStore {
  /** Appends bytes; they may be overwritten when it returns. */
  write(bytes: Uint8Array): void;
  /** Bytes from one offset to before another, all of which one call has written. They may be overwritten by the next call. */
  read(start: number, end: number): Uint8Array;
}

export interface CompileResult {
  /** The emitted module: the pieces of its text in order. Empty with a `textStore`. */
  chunks: string[];
  /** With a `textStore`: the same as UTF-8 and text, to be read once; bytes are overwritten when the next ones are asked for. */
  text?: Iterable<string | Uint8Array>;
  /** TypeScript declarations. */
  dts: string;
  /** `data: 'file'`: contents of the data file. */
  dataFile?: Uint8Array;
  /** `hybrid.fallback`: the text of that script, in pieces. */
  fallback?: string[];
  /** Names of the support library's declarations that the module carries. */
  helpers: string[];
  /** `positions`: where the text comes from (of `fallback`, if there is one), see {@link MARK}. */
  marks?: Int32Array;
}
