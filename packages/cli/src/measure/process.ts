/** Running the processes that are measured. */

import { spawn } from 'node:child_process';

/** How a process ended. */
export interface Ended {
  /** Wall time from its start to its end, in milliseconds. */
  ms: number;
  /** Exit code; undefined where it did not end by itself. */
  code: number | undefined;
  /** Why it did not: the limit, a signal, or that it could not be started. */
  failure: string | undefined;
  stdout: Buffer;
  stderr: string;
}

/** What a process is started with. */
export interface ProcessOptions {
  /** Milliseconds after which it is killed. */
  limit: number;
  env?: NodeJS.ProcessEnv;
  /** A file descriptor for standard input; without it there is none. */
  stdin?: number;
}

/** Runs a command to its end, or to its limit. */
export function runProcess(
  command: string,
  args: readonly string[],
  { limit, env, stdin }: ProcessOptions,
): Promise<Ended> {
  return new Promise((resolve) => {
    const start = performance.now();
    const child = spawn(command, args, {
      stdio: [stdin ?? 'ignore', 'pipe', 'pipe'],
      ...(env ? { env } : {}),
    });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, limit);
    let ms = 0;
    const end = (code: number | undefined, failure: string | undefined) => {
      clearTimeout(timer);
      const [stdout, stderr] = [Buffer.concat(output), Buffer.concat(errors).toString()];
      resolve({ ms, code, failure, stdout, stderr });
    };
    child.stdout!.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr!.on('data', (chunk: Buffer) => errors.push(chunk));
    child.on('error', (error) => end(undefined, error.message));
    child.on('exit', () => (ms = performance.now() - start));
    child.on('close', (code, signal) => {
      if (late) end(undefined, `more than ${limit / 1000} s`);
      else if (signal !== null) end(undefined, `ended by ${signal}`);
      else end(code ?? undefined, undefined);
    });
  });
}

/** Runs tasks, `width` at a time, each started in its turn. */
export async function inTurn(tasks: readonly (() => Promise<void>)[], width: number) {
  let next = 0;
  const worker = async () => {
    while (next < tasks.length) await tasks[next++]!();
  };
  await Promise.all(Array.from({ length: width }, worker));
}
