/** The outermost layer of the command: every failure becomes one line and an exit code. */

import { describeError, ExitCode, exitCodeOf, fileError, systemCode } from './errors.js';

const wantsDebug = (argv: readonly string[]): boolean => {
  const end = argv.indexOf('--');
  const own = end < 0 ? argv : argv.slice(0, end);
  return own.includes('--debug') || Boolean(process.env['WASM2JS_DEBUG']);
};

/** Runs what a command line asks for, sets the exit code of the process and never throws. */
export const guard = async (
  argv: readonly string[],
  execute: (argv: readonly string[]) => Promise<number>,
): Promise<void> => {
  process.stdout.on('error', (error) => {
    // Whoever read us has gone (`| head`): there is nobody to tell.
    if (systemCode(error) === 'EPIPE') process.exit(ExitCode.closedPipe);
    process.stderr.write(`${describeError(fileError('write', '<stdout>', error))}\n`);
    process.exit(ExitCode.failure);
  });
  process.stderr.on('error', () => {});
  try {
    process.exitCode = await execute(argv);
  } catch (error) {
    process.stderr.write(`${describeError(error)}\n`);
    if (wantsDebug(argv) && error instanceof Error) {
      for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
        process.stderr.write(`${cause.stack}\n`);
      }
    }
    process.exitCode = exitCodeOf(error);
    // A program that has failed may have left timers and sockets; what is written already goes out first.
    process.stdout.write('', () => process.stderr.write('', () => process.exit()));
  }
};
