/** The worker in which `run --stack-size` runs a program; it exits with the program's code, or tells why not. */

import { parentPort, workerData } from 'node:worker_threads';
import { CliError } from './errors.js';
import { type Program, runHere } from './program.js';

/** What a {@link CliError} tells, in a form that can be sent. */
export interface WorkerFailure {
  message: string;
  exitCode: number;
  cause: unknown;
}

try {
  process.exitCode = await runHere(workerData as Program);
} catch (error) {
  if (!(error instanceof CliError)) throw error;
  const { message, exitCode, cause } = error;
  // Of an error, the copy has name, message and stack.
  parentPort!.postMessage({ message, exitCode, cause } satisfies WorkerFailure);
  process.exit();
}
