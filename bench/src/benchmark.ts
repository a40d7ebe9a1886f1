/** What a benchmark is: a kernel called in a loop, or a whole program. */

/** The kinds of measurement: warm; one run of a fresh process; start of the process to its result. */
export type SetName = 'steady' | 'oneshot' | 'cold';

/** A kernel that exports `run(n)`; `expect` is its result as decimal text. */
export interface Kernel {
  kind: 'kernel';
  name: string;
  group: string;
  sets: readonly SetName[];
  wasm: string;
  n: number;
  expect: string;
}

/** A whole program; `expect` is its output, undefined where native WebAssembly is the judge. */
export interface Program {
  kind: 'program';
  name: string;
  group: string;
  sets: readonly SetName[];
  wasm: string;
  /** Which file of runner/drivers runs it, and the scripts of its package that it needs for that. */
  driver: string;
  glue?: string | readonly string[];
  args: readonly string[];
  stdin?: string;
  dir?: string;
  expect?: string;
}

export type Benchmark = Kernel | Program;
