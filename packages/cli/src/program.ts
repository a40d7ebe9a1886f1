/**
 * Runs a compiled program in this thread: what `run` does once it has the text, also in the worker that
 * `--stack-size` makes. Takes only what can be sent to one; gives the exit code, or a {@link CliError}.
 */

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import type { OverlayFiles } from '@wasm2js/codegen';
import { type NetworkOptions, WASI, type WASIOptions, WasiExit } from '@wasm2js/wasi-runtime';
import { COMMAND } from './compile.js';
import { CliError, ExitCode } from './errors.js';
import type { Preopens } from './options.js';

/** A compiled program and what it sees of the host. */
export interface Program {
  /** The script, as an expression. */
  text: string;
  /** How messages call it. */
  name: string;
  guest: Guest;
  /** The path of a module whose default export runs the program. */
  host: string | undefined;
}

/** What the program sees of the host. */
export interface Guest {
  args: string[];
  env: Record<string, string>;
  preopens: Preopens;
  listeners: readonly string[];
  /** Files of the image that it was in. */
  overlay?: OverlayFiles;
  network: NetworkOptions;
}

/** What an emitted script offers (packages/codegen/ABI.md). */
export interface Emitted {
  run?(
    options: Omit<Guest, 'args' | 'env'> &
      Pick<WASIOptions, 'args' | 'env' | 'stdin' | 'stdout' | 'stderr'>,
  ): number | Promise<number>;
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

/**
 * Runs a program.
 * @param loaded is called when its script has been evaluated
 * @returns its exit code
 * @throws CliError for a trap, an address that cannot be listened on, a name of --allow-net that nobody knows, and what is no program; other errors of
 *   the host pass through
 */
export const runHere = async (program: Program, loaded?: () => void): Promise<number> => {
  const { text, name, guest, host } = program;
  const script = new Script(text, { filename: `${name}.js` });
  const { run, instantiate } = script.runInThisContext() as Emitted;
  loaded?.();
  try {
    if (host !== undefined) {
      return await runHosted(host, { instantiate, wasi: new WASI(guest), args: guest.args });
    }
    if (run) {
      const status = run(guest);
      // With a command that is asynchronous ends all that its tasks still wait for.
      return typeof status === 'number' ? status : process.exit(await status);
    }
  } catch (error) {
    const { syscall } = error as NodeJS.ErrnoException;
    if (syscall === 'listen' || syscall === 'network') throw new CliError((error as Error).message);
    const trap = trapMessage(error, instantiate.RuntimeError, host !== undefined);
    if (trap === undefined) throw error;
    const message = `${name}: wasm trap: ${trap}`;
    throw new CliError(message, ExitCode.trap, { cause: error });
  }
  throw new CliError(`${name}: not a WASI command: ${COMMAND} (--host runs other modules)`);
};
