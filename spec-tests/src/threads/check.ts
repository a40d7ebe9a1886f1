/** One program of the fuzzer of threads: made of its seed, compiled, run by a child, and judged. */
import { type CompileOptions, compile } from '@wasm2js/codegen';
import { assemble } from '../prepare.js';
import type { Child } from '../run/child.js';
import { loadModule } from '../run/pipeline.js';
import { toBase64 } from '../script/parse.js';
import type { ThreadsAnswer, ThreadsRequest } from './host.js';
import { litmus } from './litmus.js';
import { loops } from './loops.js';
import { type Program, SNAPSHOT } from './program.js';

/** Limit for one program, in milliseconds: more is a thread that was not woken. */
const TIMEOUT = 60_000;

/** The forms of code that programs are compiled to. */
const FORMS: Partial<CompileOptions>[] = [
  {},
  {},
  { functionBudget: 60 },
  { optimizeFor: 'interpreter' },
];

/** What came out. */
export interface Verdict {
  /** Different memories that rounds have left. */
  ends: number;
  /** What is wrong with them, each once. */
  wrong: string[];
}

/** The program of a seed: every third goes round. @param mixed see `litmus` */
export const programOf = (seed: number, mixed: boolean): Program =>
  seed % 3 === 0 ? loops(seed) : litmus(seed, mixed);

/**
 * Runs a program.
 * @param seed chooses the form of the code
 * @param native by the engine's own WebAssembly, which shows whether what is expected is
 */
export async function checkProgram(
  child: Child<ThreadsRequest, ThreadsAnswer>,
  program: Program,
  seed: number,
  native: boolean,
): Promise<Verdict> {
  const { threads, rounds, pages, late, wat } = program;
  const bytes = await assemble(wat);
  const module = loadModule(bytes);
  const form = FORMS[(seed >>> 2) % FORMS.length]!;
  const options: CompileOptions = { format: 'iife', names: 'keep', data: 'inline', ...form };
  const text = native ? undefined : compile(module, options).chunks.join('');
  const wasm = native ? toBase64(bytes) : undefined;
  const reply = await child.request({ text, wasm, threads, rounds, pages, late }, TIMEOUT);
  if ('lost' in reply) return { ends: 0, wrong: [`lost: ${reply.lost}`] };
  const { snapshots, errors } = reply.result;
  const wrong = new Set(errors);
  for (const snapshot of snapshots) {
    const memory = new Uint8Array(SNAPSHOT);
    memory.set(Buffer.from(snapshot, 'latin1'));
    const what = program.check(memory);
    if (what !== undefined) wrong.add(what);
  }
  return { ends: snapshots.length, wrong: [...wrong] };
}
