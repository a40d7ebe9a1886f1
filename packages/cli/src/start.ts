/**
 * Where the command starts. `build IN -o OUT` is what build tools call hundreds of times, and needs
 * no option parser, which takes longer to load than a small module to compile; all else goes there.
 */

import { basename } from 'node:path';
import { ExitCode } from './errors.js';
import { createProgress, printNotes } from './progress.js';
import { guard } from './shell.js';

/** Input and output of a command line that names nothing else. */
export const plainBuild = (
  argv: readonly string[],
): { input: string; output: string } | undefined => {
  const [command, ...rest] = argv;
  if (command !== 'build' || rest.length !== 3) return undefined;
  const at = rest.findIndex((argument) => argument === '-o' || argument === '--output');
  if (at < 0 || at > 1) return undefined;
  const output = rest[at + 1]!;
  const input = rest[at === 0 ? 2 : 0]!;
  const plain = (path: string): boolean => path === '-' || /^[^-]/.test(path);
  return plain(input) && plain(output) ? { input, output } : undefined;
};

const execute = async (paths: { input: string; output: string }): Promise<number> => {
  const { build } = await import('./build.js');
  const progress = createProgress(basename(paths.input));
  try {
    const { notes } = await build({ ...paths, progress });
    progress.end();
    printNotes(notes);
  } finally {
    progress.end();
  }
  return ExitCode.ok;
};

/** Runs the command line; sets the exit code of the process and never throws. */
export const start = async (argv: readonly string[]): Promise<void> => {
  const paths = plainBuild(argv);
  if (paths !== undefined) return guard(argv, () => execute(paths));
  const { main } = await import('./main.js');
  return main(argv);
};
