/** The command `run`: compiles a program in memory and runs it in this process. What it does then is in program.ts. */

import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Worker } from 'node:worker_threads';
import { isCommand } from '@wasm2js/codegen';
import type { NetworkOptions } from '@wasm2js/wasi-runtime';
import {
  type CodeChoice,
  codeOptions,
  compileSource,
  type ModuleOptions,
  type Source,
} from './compile.js';
import { CliError, ExitCode, fileError, systemCode } from './errors.js';
import { isComponent } from './foreign.js';
import { imageGuest } from './guest-image.js';
import { type ImageChoice, type Input, readInput, toAnyBinary } from './input.js';
import { noCommand, originOf } from './needs.js';
import type { Preopens } from './options.js';
import { type Program, runHere } from './program.js';
import type { WorkerFailure } from './program-worker.js';
import type { Progress } from './progress.js';

/** A program to run and what it may see. */
export interface RunOptions extends CodeChoice, Omit<ImageChoice, 'args'> {
  input: string;
  /** Arguments after the program's name; left out, those of an image. */
  args?: string[] | undefined;
  /** The program's name for itself; default: the file name. */
  argv0?: string | undefined;
  /** A module whose default export runs the program, for what needs more than WASI. */
  host?: string | undefined;
  preopens: Preopens;
  env: Record<string, string>;
  /** Addresses `host:port` that the program may accept connections on. */
  listeners: readonly string[];
  /** What sockets that it makes may reach. */
  network: NetworkOptions;
  /** The size of the stack in MB; default: the host's. */
  stackSize?: number | undefined;
  /** Units of fuel, and bytes of a memory, that the program may use. */
  fuel?: number | undefined;
  maxMemory?: number | undefined;
  progress: Progress;
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

/** The text of the program's script. */
const compile = async (options: RunOptions, { bytes, name }: Input): Promise<string> => {
  const { progress } = options;
  const source: Source = {
    bytes: await toAnyBinary(bytes, name),
    name,
    optimize: options.optimize,
    wasi: options.host === undefined ? 'auto' : 'none',
    progress,
  };
  const how: ModuleOptions = {
    format: 'iife',
    main: false,
    data: 'inline',
    ...codeOptions(options),
    fuel: options.fuel,
    maxMemory: options.maxMemory,
  };
  if (isComponent(source.bytes)) {
    const { compileComponent } = await import('./component.js');
    const { chunks } = await compileComponent(source, how);
    progress.phase('loading');
    return chunks.join('');
  }
  const { chunks, module } = await compileSource(source, how);
  // Before anything of it runs: instances of what is none are made when a script is loaded.
  if (options.host === undefined && !isCommand(module)) {
    const other = originOf(module) === 'wasix' ? '' : ' (--host runs other modules)';
    throw new CliError(`${name}: ${noCommand(module)}${other}`);
  }
  progress.phase('loading');
  return chunks.join('');
};

/**
 * Runs a program in a worker that has a stack of its own size, and whose output this thread passes on.
 * @throws CliError as `runHere`, and where the host has no room for the stack; other errors are copies
 */
const runInWorker = (program: Program, stackSizeMb: number): Promise<number> =>
  new Promise<number>((done, fail) => {
    const worker = new Worker(new URL('./program-worker.js', import.meta.url), {
      workerData: program,
      resourceLimits: { stackSizeMb },
    });
    let failure: WorkerFailure | undefined;
    worker.on('message', (message: WorkerFailure) => {
      failure = message;
    });
    worker.on('error', fail);
    worker.on('exit', (code) => {
      if (failure === undefined) return done(code);
      const { message, exitCode, cause } = failure;
      fail(new CliError(message, exitCode, { cause }));
    });
  }).catch((error: unknown) => {
    if (!systemCode(error)?.startsWith('ERR_WORKER_')) throw error;
    const message = `a thread with ${stackSizeMb} MB of stack: ${(error as Error).message}`;
    throw new CliError(message, ExitCode.failure, { cause: error });
  });

/** Compiles and runs a program; returns its exit code. */
export const runProgram = async (options: RunOptions): Promise<number> => {
  const { host, preopens, env, listeners, network, progress, stackSize } = options;
  await checkFolders(preopens);
  if (host !== undefined && !existsSync(host)) {
    throw new CliError(`cannot read ${host}: no such file or directory`);
  }
  progress.phase('reading');
  const source = await readInput(options.input, options);
  const text = await compile(options, source);
  const { name } = source;
  const image = source.image && imageGuest(source.image);
  const args = image?.args ?? [basename(name), ...(options.args ?? [])];
  if (options.argv0 !== undefined) args[0] = options.argv0;
  const guest = {
    args,
    env: { ...image?.env, ...env },
    preopens,
    listeners,
    network,
    ...(image === undefined ? {} : { overlay: image.overlay }),
  };
  const program: Program = { text, name, guest, host };
  if (stackSize === undefined) return runHere(program, () => progress.end());
  progress.end();
  return runInWorker(program, stackSize);
};
