/** A process, or a thread, that compiles one program for `serve`; see compiled.ts. */

import { basename } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { isCommand } from '@wasm2js/codegen';
import { WasmError } from '@wasm2js/decoder';
import { compileSource } from '../compile.js';
import { CliError, exitCodeOf } from '../errors.js';
import { isComponent } from '../foreign.js';
import { type ImageGuest, imageGuest } from '../guest-image.js';
import { readBinary } from '../input.js';
import { noCommand } from '../needs.js';
import type { Progress } from '../progress.js';

/** A script, and what it brings along if it was in an image. */
export interface CompiledProgram {
  text: string;
  name: string;
  own: Partial<Pick<ImageGuest, 'overlay'>> & { env: Record<string, string> };
  /** Is it a component of wasi:http? */
  component: boolean;
}

/** What is told: how far it is, and in the end a program or what is wrong. */
export type Told =
  | { phase: string }
  | { update: [done: number, total: number] }
  | { program: CompiledProgram }
  /** Without an exit code where it is no error that a person can do something about. */
  | { failed: { message: string; exitCode?: number; stack: string | undefined } };

/** Tells; `then` is called when it has left. */
const tell = (told: Told, then: () => void = () => {}): void => {
  if (!parentPort) process.send!(told, undefined, undefined, then);
  else {
    parentPort.postMessage(told);
    then();
  }
};

const end = (): void => {
  if (!parentPort) process.disconnect();
};

const progress: Progress = {
  phase: (phase) => tell({ phase }),
  update: (...update) => tell({ update }),
  end() {},
};

/** A program's script, and what it brings along if it was in an image. */
const compile = async (path: string): Promise<CompiledProgram> => {
  progress.phase('reading');
  const { bytes, name, image: program } = await readBinary(path, {});
  const image = program && imageGuest(program);
  const own = image ? { env: image.env, overlay: image.overlay } : { env: {} };
  if (isComponent(bytes)) {
    const { compileComponent } = await import('../component.js');
    const { chunks, handler, command, asynchronous } = await compileComponent(
      { bytes, name, wasi: 'auto', progress },
      { format: 'iife', main: false, data: 'inline', names: 'keep', restorable: true },
    );
    // A command of 0.2 runs for each request as one of preview 1 does.
    if (!handler && (!command || asynchronous)) {
      throw new CliError(`${name}: this component does not export wasi:http/incoming-handler`);
    }
    return { text: chunks.join(''), name: basename(name), own, component: handler };
  }
  const { chunks, module } = await compileSource(
    { bytes, name, wasi: 'auto', progress },
    { format: 'iife', main: false, data: 'inline', keepData: true, names: 'keep' },
  );
  if (!isCommand(module)) throw new CliError(`${name}: ${noCommand(module)}`);
  return { text: chunks.join(''), name: basename(name), own, component: false };
};

try {
  tell({ program: await compile(process.argv[2]!) }, end);
} catch (error) {
  const { message, stack } = error as Error;
  const told = error instanceof WasmError ? error.describe() : message;
  const known = error instanceof CliError || error instanceof WasmError;
  tell(
    { failed: { message: told, stack, ...(known ? { exitCode: exitCodeOf(error) } : {}) } },
    end,
  );
}
