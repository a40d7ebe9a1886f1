/**
 * What the command says when something fails: always one line, never a stack trace unless asked.
 */

import { WasmError } from '@wasm2js/decoder';
import type { ImageError } from '@wasm2js/oci';
import { wasReadAsText } from './foreign.js';

/** Exit codes of the command, as wasmtime and esbuild use them. */
export const ExitCode = {
  ok: 0,
  /** The input is no valid module, or a file could not be read or written. */
  failure: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** The program that `run` executed trapped (128 + SIGABRT). */
  trap: 134,
  /** Whoever read our output went away (128 + SIGPIPE). */
  closedPipe: 141,
} as const;

/** An error that a person can do something about; its message is complete. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = ExitCode.failure, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** An error in the command line: an unknown option, a missing argument, a bad value. */
export class UsageError extends CliError {
  constructor(message: string) {
    super(message, ExitCode.usage);
  }
}

const reasons: Record<string, string> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EISDIR: 'is a directory',
  ENOTDIR: 'not a directory',
  ENOSPC: 'no space left on device',
  EROFS: 'read-only file system',
  EMFILE: 'too many open files',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'file name too long',
  EFBIG: 'file too large',
  ERR_FS_FILE_TOO_LARGE: 'file too large',
};

/** The code of a system error ("ENOENT"), or undefined for every other value. */
export const systemCode = (error: unknown): string | undefined => {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
};

/** Turns the failure of a file operation on `path` into a `CliError`; leaves other errors alone. */
export const fileError = (action: string, path: string, error: unknown): unknown => {
  const code = systemCode(error);
  if (code === undefined) return error;
  const reason = reasons[code] ?? (error as Error).message;
  return new CliError(`cannot ${action} ${path}: ${reason}`, ExitCode.failure, { cause: error });
};

/** What is wrong with an image, in the words of `message`, as an error of the command. */
export const imageProblem = (error: ImageError, message = error.message): CliError =>
  error.kind === 'usage'
    ? new UsageError(message)
    : new CliError(message, ExitCode.failure, { cause: error });

/**
 * Puts the name of the input before an error about the module; leaves other errors alone.
 * @param bytes of the module, which may tell why it is malformed
 */
export const moduleError = (input: string, error: unknown, bytes: Uint8Array): unknown => {
  if (!(error instanceof WasmError)) return error;
  const mangled = error.name === 'MalformedError' && wasReadAsText(bytes);
  const hint = mangled ? ': its bytes were read as text once, so copy the original as binary' : '';
  const message = `${input}: ${kindOf(error)}${error.describe()}${hint}`;
  return new CliError(message, ExitCode.failure, { cause: error });
};

/** How a list of all that is in the way of a module begins, too. */
const NOT_YET = 'not supported yet: ';

const kindOf = (error: WasmError): string => {
  switch (error.name) {
    case 'MalformedError':
      return 'malformed module: ';
    case 'InvalidError':
      return 'invalid module: ';
    case 'UnsupportedError':
      return error.message.startsWith(NOT_YET) ? '' : NOT_YET;
    default:
      return '';
  }
};

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ').trim();

/** The one line that is printed for an error, without the newline. */
export const describeError = (error: unknown): string => {
  if (error instanceof CliError) return `wasm2js: error: ${oneLine(error.message)}`;
  if (error instanceof WasmError) return `wasm2js: error: ${oneLine(error.describe())}`;
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `wasm2js: internal error: ${oneLine(text)} (--debug shows where)`;
};

/** The exit code that an error stands for. */
export const exitCodeOf = (error: unknown): number =>
  error instanceof CliError ? error.exitCode : ExitCode.failure;
