/** The command `run`: compiles a program in memory and runs it in this process. */

import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Script } from 'node:vm';
import { COMMAND, compileSource } from './compile.js';
import { CliError, ExitCode, fileError } from './errors.js';
import { displayName, readBytes } from './input.js';
import type { OptimizeLevel } from './optimize.js';
import type { Preopens } from './options.js';
import type { Progress } from './progress.js';

/** A program to run and what it may see. */
export interface RunOptions {
  input: string;
  /** Arguments after the program's name. */
  args: string[];
  /** The program's name for itself; default: the file name. */
  argv0?: string | undefined;
  preopens: Preopens;
  env: Record<string, string>;
  names: 'keep' | 'minify';
  optimize?: OptimizeLevel | undefined;
  progress: Progress;
}

/** What an emitted WASI command offers (packages/codegen/ABI.md). */
interface Command {
  run?(options: { args: string[]; env: Record<string, string>; preopens: Preopens }): number;
  instantiate: { RuntimeError: new () => Error };
}

/** Fails with a message for the first folder that is none, before anything is compiled. */
const checkFolders = async (preopens: Preopens): Promise<void> => {
  for (const { directory } of Object.values(preopens)) {
    if (typeof directory !== 'string') continue;
    try {
      if ((await stat(directory)).isDirectory()) continue;
    } catch (error) {
      throw fileError('open', directory, error);
    }
    throw new CliError(`cannot open ${directory}: not a directory`);
  }
};

/** Compiles and runs a WASI command; returns its exit code. */
export const runProgram = async (options: RunOptions): Promise<number> => {
  const { input, preopens, env, progress } = options;
  const name = displayName(input, 'stdin');
  await checkFolders(preopens);
  const { chunks } = await compileSource(
    {
      bytes: await readBytes(input),
      name,
      optimize: options.optimize,
      wasi: 'auto',
      progress,
    },
    { format: 'iife', data: 'inline', names: options.names },
  );
  progress.phase('loading');
  const script = new Script(chunks.join(''), { filename: `${name}.js` });
  const command = script.runInThisContext() as Command;
  if (!command.run) throw new CliError(`${name}: not a WASI command: ${COMMAND}`);
  progress.end();
  const args = [options.argv0 ?? basename(name), ...options.args];
  try {
    return command.run({ args, env, preopens });
  } catch (error) {
    if (!(error instanceof command.instantiate.RuntimeError)) throw error;
    const message = `${name}: wasm trap: ${error.message}`;
    throw new CliError(message, ExitCode.trap, { cause: error });
  }
};
