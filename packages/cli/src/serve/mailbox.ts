/**
 * What the server and one of its threads pass to each other: a request and its answer in memory that both have. The
 * thread waits for a request by itself, and the server is told of an answer without a message, since two messages cost
 * as much as a short program. What does not fit goes through a port, in which it is before it is told of.
 *
 * Whose turn it is decides who may touch the rest: the thread's while it is `ASKED`, else the server's. What has been read is copied before the turn passes on.
 */

import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { ServedProgram } from './served.js';

/** A program that threads can run, and what they know it by. */
export interface WagiProgram extends ServedProgram {
  id: number;
}

/** What a program sees of one request. */
export interface WagiRequest {
  args: readonly string[];
  /** All variables: `NAME=VALUE`, each ended by a NUL. */
  env: string;
  input: Uint8Array<ArrayBuffer>;
  /** Bytes that it may print; printing more fails. */
  most: number;
}

/** The same in the thread: its variables are there until it is answered. */
export interface ReceivedRequest extends Omit<WagiRequest, 'env'> {
  env: Uint8Array;
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

/** What a thread is given to reach its mailbox. */
export interface MailboxEnd {
  memory: SharedArrayBuffer;
  port: MessagePort;
}

/** Whose turn it is; memory begins with zeros, which is the server's. */
const ASKED = 1;
const ANSWERED = 2;

/** Places of the control words: the turn, what is in the port, the program's number, what is in the room. */
const TURN = 0;
const LOADS = 1;
const BY_PORT = 2;
const PROGRAM = 3;
const TEXT_SIZE = 4;
const ENV_SIZE = 5;
const BYTES_SIZE = 6;
const CONTROLS = 8;

/** Bytes of requests and answers that need no port: a text, variables, and bytes behind them. */
const ROOM = 192 * 1024;

const NONE = new Uint8Array(0);

/** Most bytes of one code unit in UTF-8. */
const WIDEST = 3;

/** One end of a mailbox. */
class End {
  protected readonly control: Int32Array<SharedArrayBuffer>;
  protected readonly port: MessagePort;
  private readonly room: Buffer;

  constructor({ memory, port }: MailboxEnd) {
    this.control = new Int32Array(memory, 0, CONTROLS);
    this.room = Buffer.from(memory, CONTROLS * 4, ROOM);
    this.port = port;
  }

  /** Puts parts of a text, which have no NUL, variables and bytes, if there is room. */
  protected put(parts: readonly string[], env: string, bytes: Uint8Array): boolean {
    const text = parts.join('\0');
    if ((text.length + env.length) * WIDEST + bytes.length > ROOM) return false;
    const size = this.room.write(text, 0, 'utf8');
    const envSize = env === '' ? 0 : this.room.write(env, size, 'utf8');
    this.room.set(bytes, size + envSize);
    this.control[BY_PORT] = 0;
    this.control[TEXT_SIZE] = size;
    this.control[ENV_SIZE] = envSize;
    this.control[BYTES_SIZE] = bytes.length;
    return true;
  }

  /** What has been put. The variables are there until something else is put. */
  protected get(): { parts: string[]; env: Uint8Array; bytes: Uint8Array<ArrayBuffer> } {
    const size = this.control[TEXT_SIZE]!;
    const start = size + this.control[ENV_SIZE]!;
    const length = this.control[BYTES_SIZE]!;
    const parts = this.room.toString('utf8', 0, size).split('\0');
    const env = this.room.subarray(size, start);
    if (length === 0) return { parts, env, bytes: NONE };
    return { parts, env, bytes: new Uint8Array(this.room.subarray(start, start + length)) };
  }

  /** Sends what there is no room for. */
  protected send(message: WagiRequest | WagiResult, { buffer }: Uint8Array<ArrayBuffer>): void {
    this.port.postMessage(message, [buffer]);
    this.control[BY_PORT] = 1;
  }

  /** What has been sent, if a control word says that something was. */
  protected sent<T>(control: number): T | undefined {
    if (this.control[control] === 0) return undefined;
    return (receiveMessageOnPort(this.port) as { message: T }).message;
  }
}

/** The memory of a mailbox. */
export const mailboxMemory = (): SharedArrayBuffer => new SharedArrayBuffer(CONTROLS * 4 + ROOM);

/** The server's end. */
export class Asking extends End {
  private readonly loaded = new Set<number>();

  /**
   * Asks for a run.
   * @param answered is called once there is an answer to {@link take}
   */
  ask(program: WagiProgram, request: WagiRequest, answered: () => void): void {
    const known = this.loaded.has(program.id);
    this.control[LOADS] = known ? 0 : 1;
    if (!known) this.port.postMessage(program);
    this.loaded.add(program.id);
    const { args, env, input, most } = request;
    const parts = [String(most), ...args];
    if (!this.put(parts, env, input)) this.send(request, input);
    this.control[PROGRAM] = program.id;
    Atomics.store(this.control, TURN, ASKED);
    Atomics.notify(this.control, TURN);
    const { value } = Atomics.waitAsync(this.control, TURN, ASKED);
    if (typeof value === 'string') answered();
    else void value.then(answered);
  }

  /** Takes the answer. */
  take(): WagiResult {
    const large = this.sent<WagiResult>(BY_PORT);
    if (large) return large;
    const { parts, bytes } = this.get();
    const [errors = '', code, trap] = parts;
    return {
      output: bytes,
      errors,
      code: code === '' ? undefined : Number(code),
      trap: code === '' ? trap : undefined,
    };
  }
}

/** The thread's end. */
export class Answering extends End {
  /**
   * Waits for a request.
   * @param load is given each program before its first one
   */
  wait(load: (program: WagiProgram) => void): { id: number; request: ReceivedRequest } {
    for (;;) {
      const turn = Atomics.load(this.control, TURN);
      if (turn === ASKED) break;
      Atomics.wait(this.control, TURN, turn);
    }
    const program = this.sent<WagiProgram>(LOADS);
    if (program) load(program);
    const id = this.control[PROGRAM]!;
    const large = this.sent<WagiRequest>(BY_PORT);
    if (large) return { id, request: { ...large, env: Buffer.from(large.env) } };
    const { parts, env, bytes: input } = this.get();
    return { id, request: { args: parts.slice(1), env, input, most: Number(parts[0]) } };
  }

  /** Gives the answer. */
  answer(result: WagiResult): void {
    const { output, code, trap = '' } = result;
    const errors = result.errors.replaceAll('\0', '\ufffd');
    const parts = [errors, code === undefined ? '' : String(code), trap.replaceAll('\0', '\ufffd')];
    if (!this.put(parts, '', output)) this.send(result, output);
    Atomics.store(this.control, TURN, ANSWERED);
    Atomics.notify(this.control, TURN);
  }
}
