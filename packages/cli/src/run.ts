/** The command `run`: compiles a program in memory and runs it in this process. */

import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import type { CompileOptions } from '@wasm2js/codegen';
import { WASI, WasiExit } from '@wasm2js/wasi-runtime';
import { COMMAND, compileSource } from './compile.js';
import { CliError, ExitCode, fileError } from './errors.js';
import { displayName, readBytes } from './input.js';
import type { OptimizeLevel } from './levels.js';
import type { Preopens } from './options.js';
import type { Progress } from './progress.js';

/** A program to run and what it may see. */
export interface RunOptions {
  input: string;
  /** Arguments after the program's name. */
  args: string[];
  /** The program's name for itself; default: the file name. */
  argv0?: string | undefined;
  /** A module whose default export runs the program, for what needs more than WASI. */
  host?: string | undefined;
  preopens: Preopens;
  env: Record<string, string>;
  /** Addresses `host:port` that the program may accept connections on. */
  listeners: readonly string[];
  names: 'keep' | 'minify';
  /** Let memories grow beyond 2 GiB. */
  largeMemory: boolean;
  builtins?: CompileOptions['builtins'];
  importedStringConstants?: string | undefined;
  optimize?: OptimizeLevel | undefined;
  progress: Progress;
}

/** What the program sees of the host. */
interface Guest {
  args: string[];
  env: Record<string, string>;
  preopens: Preopens;
  listeners: readonly string[];
}

/** What an emitted script offers (packages/codegen/ABI.md). */
interface Emitted {
  run?(options: Guest): number;
  instantiate: ((imports?: object) => Record<string, unknown>) & { RuntimeError: new () => Error };
}

/** What the default export of a `--host` module is given. */
export interface HostContext {
  /** Makes an instance of the compiled module; returns its exports. */
  instantiate(imports?: object): Record<string, unknown>;
  /** WASI with the folders, environment and arguments of the command line. */
  wasi: WASI;
  /** The arguments after `--`, with the program's name before them. */
  args: string[];
}

/** Fails with a message for the first folder that is none, before anything is compiled. */
export const checkFolders = async (preopens: Preopens): Promise<void> => {
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

const load = async (options: RunOptions, name: string): Promise<Emitted> => {
  const { input, progress } = options;
  const { chunks } = await compileSource(
    {
      bytes: await readBytes(input),
      name,
      optimize: options.optimize,
      wasi: options.host === undefined ? 'auto' : 'none',
      progress,
    },
    {
      format: 'iife',
      main: false,
      data: 'inline',
      names: options.names,
      largeMemory: options.largeMemory,
      builtins: options.builtins,
      importedStringConstants: options.importedStringConstants,
    },
  );
  progress.phase('loading');
  return new Script(chunks.join(''), { filename: `${name}.js` }).runInThisContext() as Emitted;
};

/** Lets the default export of a module run a program that needs more than WASI. */
const runHosted = async (path: string, context: HostContext): Promise<number> => {
  const host = (await import(pathToFileURL(resolve(path)).href)) as { default?: unknown };
  if (typeof host.default !== 'function') {
    throw new CliError(`${path}: the default export is not a function`);
  }
  try {
    const code: unknown = await host.default(context);
    return typeof code === 'number' ? code : ExitCode.ok;
  } catch (error) {
    if (error instanceof WasiExit) return error.code;
    throw error;
  }
};

/** What the trap is, if the error is one. Where a full stack is noticed in our own runtime, it is the program's, too. */
const trapMessage = (error: unknown, trap: new () => Error, hosted: boolean) => {
  if (error instanceof trap) return error.message;
  const full = !hosted && error instanceof RangeError && /stack/i.test(error.message);
  return full ? 'call stack exhausted' : undefined;
};

/** Compiles and runs a program; returns its exit code. */
export const runProgram = async (options: RunOptions): Promise<number> => {
  const { host, preopens, env, listeners, progress } = options;
  const name = displayName(options.input, 'stdin');
  await checkFolders(preopens);
  if (host !== undefined && !existsSync(host)) {
    throw new CliError(`cannot read ${host}: no such file or directory`);
  }
  const { run, instantiate } = await load(options, name);
  progress.end();
  const args = [options.argv0 ?? basename(name), ...options.args];
  const guest: Guest = { args, env, preopens, listeners };
  try {
    if (host !== undefined) {
      return await runHosted(host, { instantiate, wasi: new WASI(guest), args });
    }
    if (run) return run(guest);
  } catch (error) {
    const { syscall } = error as NodeJS.ErrnoException;
    if (syscall === 'listen') throw new CliError((error as Error).message);
    const trap = trapMessage(error, instantiate.RuntimeError, host !== undefined);
    if (trap === undefined) throw error;
    const message = `${name}: wasm trap: ${trap}`;
    throw new CliError(message, ExitCode.trap, { cause: error });
  }
  throw new CliError(`${name}: not a WASI command: ${COMMAND} (--host runs other modules)`);
};
