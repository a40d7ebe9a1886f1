/** Programs from npm: where they are, how they are built and run, compiled and by the engine. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'vitest';
import { execute, type Outcome, repository, wasm2js } from '../../packages/cli/test/cli.js';

/** The folder of the examples. */
export const examples = join(repository, 'examples');

/** A file of an npm package that `npm run examples` installs. */
export const installed = (path: string): string => join(examples, 'node_modules', path);

/** Declares a group of tests; skipped, and so counted, where one of the files is not there. */
export const describeWith = (
  title: string,
  files: readonly string[],
  tests: () => void,
  need = 'npm run examples',
): void =>
  describe.skipIf(!files.every((file) => existsSync(file)))(`${title} [needs ${need}]`, tests);

/** Compiles a module to a script; a failed build fails the test. */
export const build = (input: string, output: string): void => {
  const result = wasm2js(['build', input, '-o', output, '--no-dts']);
  if (result.code !== 0) throw new Error(result.stderr);
};

/** What a program is run with. */
export interface Invocation {
  args: readonly string[];
  /** Folders it may use, each `HOST::GUEST`. */
  folders?: readonly string[];
  input?: string;
}

/** Runs a built command. */
export const runCompiled = (script: string, { args, folders = [], input }: Invocation): Outcome =>
  execute(process.execPath, [script, ...args], {
    env: { WASM2JS_DIRS: folders.join() },
    ...(input === undefined ? {} : { input }),
  });

const engineRunner = join(repository, 'packages/wasi-runtime/test/run-program.mjs');

/** Runs a command by the engine's own WebAssembly. */
export const runEngine = (file: string, { args, folders = [], input }: Invocation): Outcome =>
  execute(
    process.execPath,
    [engineRunner, ...folders.flatMap((folder) => ['--dir', folder]), file, ...args],
    input === undefined ? {} : { input },
  );
