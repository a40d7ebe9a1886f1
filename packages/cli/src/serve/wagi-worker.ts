/**
 * A thread that runs programs of requests, one after the other, each in an instance of its own. The texts of programs
 * come once and are evaluated once; a request has what the program sees, and is answered by what it has printed.
 */

import { Script } from 'node:vm';
import { parentPort } from 'node:worker_threads';
import type { Emitted, Guest } from '../program.js';

/** What the thread is asked: to get ready for a program, or to run it. */
export type WagiCommand = { load: WagiProgram } | { run: number; request: WagiRequest };

/** What a program sees of the host in each request alike. */
export type WagiGuest = Omit<Guest, 'args' | 'listeners'>;

/** A program that threads can run. */
export interface WagiProgram {
  id: number;
  /** The script, as an expression. */
  text: string;
  name: string;
  guest: WagiGuest;
}

/** What it sees of one request. */
export interface WagiRequest {
  args: string[];
  /** Goes before the variables that it has in each request. */
  env: Record<string, string>;
  input: Uint8Array<ArrayBuffer>;
  /** Bytes that it may print; printing more fails. */
  most: number;
}

/** How a run has ended. */
export interface WagiResult {
  output: Uint8Array<ArrayBuffer>;
  errors: string;
  /** The exit code; undefined where it has trapped or failed. */
  code: number | undefined;
  /** The trap, or why there could be none. */
  trap: string | undefined;
}

/** Most text of standard error that is passed on of one request. */
const MOST_ERRORS = 64 * 1024;

const programs = new Map<number, { emitted: Emitted; guest: WagiGuest }>();

const run = (id: number, { args, env, input, most }: WagiRequest): WagiResult => {
  const pieces: Uint8Array[] = [];
  const errors: Uint8Array[] = [];
  let size = 0;
  let errorSize = 0;
  const gather = (): Pick<WagiResult, 'output' | 'errors'> => {
    const output = new Uint8Array(size);
    let at = 0;
    for (const piece of pieces) {
      output.set(piece, at);
      at += piece.length;
    }
    return { output, errors: Buffer.concat(errors).toString('utf8') };
  };
  const { emitted, guest } = programs.get(id)!;
  const tooLarge = (): never => {
    throw new RangeError(`the answer is larger than ${most} bytes`);
  };
  try {
    const code = emitted.run!({
      ...guest,
      args,
      env: { ...guest.env, ...env },
      listeners: [],
      stdin: input,
      stdout: (piece: Uint8Array) => {
        size += piece.length;
        if (size > most) tooLarge();
        pieces.push(piece);
      },
      stderr: (piece: Uint8Array) => {
        if (errorSize >= MOST_ERRORS) return;
        errorSize += piece.length;
        errors.push(piece);
      },
    });
    if (typeof code !== 'number') throw new Error('components of WASI 0.3 cannot be served');
    // What would be cut off is no answer, even if the program has gone on.
    if (size > most) tooLarge();
    return { ...gather(), code, trap: undefined };
  } catch (error) {
    const trap = error instanceof Error ? error.message : String(error);
    size = 0;
    pieces.length = 0;
    return { ...gather(), code: undefined, trap };
  }
};

parentPort!.on('message', (command: WagiCommand) => {
  if ('load' in command) {
    const { id, text, name, guest } = command.load;
    const script = new Script(text, { filename: `${name}.js` });
    programs.set(id, { emitted: script.runInThisContext() as Emitted, guest });
    return;
  }
  const result = run(command.run, command.request);
  parentPort!.postMessage(result, [result.output.buffer]);
});
