/**
 * Has programs compiled by a process that ends then: a server keeps nothing of the compiler, whose memory is three times its
 * own and would not be given back by a thread.
 */

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { resourceLimits, Worker } from 'node:worker_threads';
import { CliError } from '../errors.js';
import type { Progress } from '../progress.js';
import type { CompiledProgram, Told } from './compile-apart.js';

const file = new URL('./compile-apart.js', import.meta.url);

/** Starts the compiler: in a thread where stacks are to be of a size of their own, which processes do not have. */
const start = (path: string) => {
  const { stackSizeMb } = resourceLimits;
  if (stackSizeMb === undefined)
    return fork(fileURLToPath(file), [path], { serialization: 'advanced' });
  const worker = new Worker(file, {
    argv: [path],
    stdin: path === '-',
    resourceLimits: { stackSizeMb },
  });
  if (worker.stdin) process.stdin.pipe(worker.stdin);
  return worker;
};

/**
 * Compiles what is to be served.
 * @param path of a module, a component or an image, or `-`
 * @throws CliError for what is no such program, or cannot be read
 */
export const compiled = (path: string, progress: Progress): Promise<CompiledProgram> =>
  new Promise((done, fail) => {
    const compiler = start(path);
    compiler.on('message', (told: Told) => {
      if ('phase' in told) progress.phase(told.phase);
      else if ('update' in told) progress.update(...told.update);
      else if ('program' in told) done(told.program);
      else {
        const { message, exitCode, stack } = told.failed;
        const error = exitCode === undefined ? new Error(message) : new CliError(message, exitCode);
        fail(Object.assign(error, { stack }));
      }
    });
    compiler.on('error', fail);
    // Behind all that it has told; a process may have exited before that is read.
    const last = compiler instanceof Worker ? 'exit' : 'disconnect';
    compiler.on(last, () => fail(new Error('the compiler has ended')));
  });
