/** The command `run`: compiles a program in memory and runs it in this process. */

import { basename } from 'node:path';
import { Script } from 'node:vm';
import { compileSource } from './compile.js';
import { CliError } from './errors.js';
import { displayName, readBytes } from './input.js';
import type { OptimizeLevel } from './optimize.js';
import type { Preopen } from './options.js';
import type { Progress } from './progress.js';

/** A program to run and what it may see. */
export interface RunOptions {
  input: string;
  /** Arguments after the program's name. */
  args: string[];
  /** The program's name for itself; default: the file name. */
  argv0?: string | undefined;
  dirs: Preopen[];
  env: Record<string, string>;
  names: 'keep' | 'minify';
  optimize?: OptimizeLevel | undefined;
  progress: Progress;
}

/** What an emitted WASI command offers (packages/codegen/ABI.md). */
interface Command {
  run?(options: { args: string[]; env: Record<string, string>; preopens: Preopen[] }): number;
}

/** Compiles and runs a WASI command; returns its exit code. */
export const runProgram = async (options: RunOptions): Promise<number> => {
  const { input, progress } = options;
  const name = displayName(input, 'stdin');
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
  if (!command.run) {
    throw new CliError(`${name}: not a WASI command: it must export _start and import only WASI`);
  }
  progress.end();
  return command.run({
    args: [options.argv0 ?? basename(name), ...options.args],
    env: options.env,
    preopens: options.dirs,
  });
};
