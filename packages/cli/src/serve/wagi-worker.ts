/**
 * A thread that runs programs of requests, one after the other, each in an instance of its own. The texts of programs
 * come once and are evaluated once; a request has what the program sees, and is answered by what it has printed.
 */

import { Script } from 'node:vm';
import { workerData } from 'node:worker_threads';
import type { Emitted } from '../program.js';
import { FieldMap } from './field-map.js';
import {
  Answering,
  type MailboxEnd,
  type ReceivedRequest,
  type WagiProgram,
  type WagiResult,
} from './mailbox.js';
import { joined } from './pieces.js';
import { MOST_ERRORS, type ServedGuest } from './served.js';

const programs = new Map<number, { emitted: Emitted; guest: ServedGuest }>();

/** Evaluates a program's script, whose maps of objects are of the kind that does not outlive them. */
const load = ({ id, text, name, guest }: WagiProgram): void => {
  const script = new Script(text, { filename: `${name}.js` });
  const { WeakMap: native } = globalThis;
  Object.assign(globalThis, { WeakMap: FieldMap });
  try {
    programs.set(id, { emitted: script.runInThisContext() as Emitted, guest });
  } finally {
    Object.assign(globalThis, { WeakMap: native });
  }
};

const run = (id: number, { args, env, input, most }: ReceivedRequest): WagiResult => {
  const pieces: Uint8Array[] = [];
  const errors: Uint8Array[] = [];
  let size = 0;
  let errorSize = 0;
  const { emitted, guest } = programs.get(id)!;
  const said = (): string =>
    errors.length === 0 ? '' : Buffer.from(joined(errors, errorSize)).toString('utf8');
  const tooLarge = (): never => {
    throw new RangeError(`the answer is larger than ${most} bytes`);
  };
  try {
    const code = emitted.run!({
      ...guest,
      args,
      env,
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
    return { output: joined(pieces, size), errors: said(), code, trap: undefined };
  } catch (error) {
    const trap = error instanceof Error ? error.message : String(error);
    return { output: new Uint8Array(0), errors: said(), code: undefined, trap };
  }
};

const mailbox = new Answering(workerData as MailboxEnd);

/** Takes the next request. In between the thread's own events come, such as the ends of threads that a program had. */
const next = (): void => {
  const { id, request } = mailbox.wait(load);
  mailbox.answer(run(id, request));
  setImmediate(next);
};
next();
