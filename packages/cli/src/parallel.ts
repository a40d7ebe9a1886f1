/**
 * Functions compiled by several threads. The result is the same as of one: parts come with all that
 * their functions ask of the rest of the module and are put together in order. Whatever goes wrong in
 * a thread, the caller then compiles alone, and meets the same error again at its place.
 */

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { CompileOptions, FunctionsPart } from '@wasm2js/codegen';
import type { Module } from '@wasm2js/decoder';

/** What a thread is started with. */
export interface WorkerInput {
  bytes: Uint8Array;
  options: CompileOptions;
}

/** Defined functions to compile: from an index to before another. */
export interface Job {
  from: number;
  to: number;
}

/** Below so many bytes of code, one thread is done before others have started. */
const WORTHWHILE = 4 << 20;
/** Threads beyond these bring nothing: each analyses the whole module for itself. */
const MOST_THREADS = 8;
/** Bytes of code in a job. */
const JOB = 1 << 17;

/** Bytes of all function bodies. */
const codeSize = (module: Module): number =>
  module.funcs.reduce((sum, { body }) => sum + body.end - body.start, 0);

/**
 * The number of threads to compile a module with, if nothing is said: each is kept busy by as many
 * processors again, which optimise it and collect its garbage.
 */
export const defaultJobs = (module: Module): number =>
  codeSize(module) < WORTHWHILE ? 1 : Math.min(availableParallelism() >> 1, MOST_THREADS);

/** Runs of functions of about the same size. */
const split = (module: Module): Job[] => {
  const jobs: Job[] = [];
  let from = 0;
  let size = 0;
  module.funcs.forEach(({ body }, i) => {
    size += body.end - body.start;
    if (size < JOB) return;
    jobs.push({ from, to: i + 1 });
    from = i + 1;
    size = 0;
  });
  if (from < module.funcs.length) jobs.push({ from, to: module.funcs.length });
  return jobs;
};

/** Threads that compile one module; they start at once, and work from `compile` on. */
export class Threads {
  private readonly workers: Worker[] = [];
  private failed: (() => void) | undefined;
  private broken = false;

  constructor(count: number, bytes: Uint8Array, options: CompileOptions) {
    const workerData: WorkerInput = { bytes, options };
    for (let i = 0; i < count; i++) {
      const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData });
      worker.on('error', () => {
        this.broken = true;
        this.failed?.();
      });
      this.workers.push(worker);
    }
  }

  /**
   * Compiles all functions of the module, which is valid.
   * @param progress is told how many functions of all are done
   * @returns the parts in order; undefined where something went wrong
   */
  compile(
    module: Module,
    progress: (done: number, total: number) => void,
  ): Promise<FunctionsPart[] | undefined> {
    const jobs = split(module);
    const parts: FunctionsPart[] = [];
    return new Promise((resolve) => {
      this.failed = () => resolve(undefined);
      if (this.broken) resolve(undefined);
      let next = 0;
      let left = jobs.length;
      let done = 0;
      for (const worker of this.workers) {
        let current = -1;
        // A thread gets its jobs in ascending order: a part tells what was asked for up to it.
        const go = (): void => {
          if (next === jobs.length) return;
          current = next++;
          worker.postMessage(jobs[current]);
        };
        worker.on('message', (part: FunctionsPart) => {
          parts[current] = part;
          const { from, to } = jobs[current]!;
          done += to - from;
          progress(done, module.funcs.length);
          if (--left === 0) resolve(parts);
          else go();
        });
        go();
      }
    });
  }

  /** Ends the threads. */
  async end(): Promise<void> {
    this.failed = undefined;
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }
}
