/** What the page and its two workers say to each other. */
import type { ModuleListing } from '@wasm2js/decoder';

/** A module to compile: its bytes, or its text. */
export interface CompileRequest {
  name: string;
  source: Uint8Array<ArrayBuffer> | string;
  names: 'keep' | 'minify';
}

/** Milliseconds by step. */
export interface CompileTimes {
  assemble?: number;
  decode: number;
  validate: number;
  compile: number;
}

/** A module that was compiled. */
export interface Compiled {
  wasm: Uint8Array<ArrayBuffer>;
  listing: ModuleListing;
  /** Is it a WASI command, which runs by itself? */
  command: boolean;
  script: Blob;
  dts: string;
  sizes: { wasm: number; wasmGzip: number; script: number; scriptGzip: number };
  times: CompileTimes;
}

/** What compiling came to: an error is one line. */
export type CompileReply = { compiled: Compiled } | { error: string };

/** A run of a command, or a call of an export. */
export type RunRequest = { script: Blob; wasm: Uint8Array<ArrayBuffer> } & (
  | {
      kind: 'command';
      args: string[];
      stdin: string;
      files: [name: string, content: Uint8Array<ArrayBuffer>][];
    }
  | {
      kind: 'call';
      name: string;
      args: (number | bigint)[];
      /** Functions to import that do nothing but tell: module, name and type. */
      imports: { module: string; name: string; type: string }[];
      /** Call it over and over, to measure. */
      measure: boolean;
    }
);

/** What one way of running gave. */
export interface Outcome {
  /** What a call returned, or the exit code; or what it ended with. */
  value?: string;
  error?: string;
  /** Milliseconds: of the run, or of one of many calls. */
  time: number;
  /** Calls that were measured. */
  calls?: number;
  output: { stream: 'out' | 'err'; text: string }[];
  /** Files that the program has written. */
  files: [name: string, content: Uint8Array<ArrayBuffer>][];
}

export interface RunReply {
  script: Outcome;
  /** The host's own WebAssembly: undefined where there is none. */
  native: Outcome | undefined;
}
