/**
 * A thread that runs a component of wasi:http, one request after the other, each in an instance of its own unless more
 * are allowed. Bodies come and go piece by piece: a component of WASI 0.2 waits for them within its calls, one of 0.3
 * leaves the thread.
 */

import { Script } from 'node:vm';

import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { Keeper } from '@wasm2js/component/restore';
import {
  type FromThread,
  type HttpProgram,
  type HttpTask,
  MOST_ON_THEIR_WAY,
  ON_THEIR_WAY,
  RAISED,
  type ToThread,
} from './http-messages.js';
import { MOST_ERRORS } from './served.js';

/** Longest wait in milliseconds before what was told is looked at again. */
const NAP = 1000;

/** An instance. */
interface HandlerInstance {
  handle(request: object, sink: object): Promise<undefined> | undefined;
  renew(): boolean;
  close(): void;
}

/** What is used of a component's script: see the declarations that `build` writes. */
interface Served {
  handle: { instance(options: object): HandlerInstance };
}

const { text, name, guest, reuse } = workerData as HttpProgram;
const { handle } = new Script(text, { filename: `${name}.js` }).runInThisContext() as Served;

/** An instance, how many requests it has had, and what puts it back to what it was before them. */
interface Current {
  instance: HandlerInstance;
  used: number;
  back: (() => void) | undefined;
}

/** The instance that the next request gets, if it may. */
let kept: Current | undefined;
/** Passes on what a component says, as of the request that is answered. */
let say: (bytes: Uint8Array) => void;

const fresh = (): Current => {
  const output = (bytes: Uint8Array): void => say(bytes);
  const options = { args: [name], listeners: [], stdin: '', stdout: output, stderr: output };
  const keeper = new Keeper();
  const instance = handle.instance({ ...guest, ...options, keep: keeper });
  return { instance, used: 0, back: keeper.note() };
};

/** Puts an instance that has answered back to what it was, where that can be done. */
const asNew = (current: Current): boolean => {
  const { instance, back } = current;
  if (!back) return false;
  back();
  if (!instance.renew()) return false;
  current.used = 0;
  return true;
};

/** Waits until a number of shared memory is another one, or for a while. */
const changed = async (control: Int32Array, place: number, value: number): Promise<void> => {
  const { value: waiting } = Atomics.waitAsync(control, place, value, NAP);
  if (typeof waiting === 'string') return;
  // A wait of this kind alone would not keep the thread.
  const timer = setTimeout(() => {}, NAP);
  await waiting;
  clearTimeout(timer);
};

/** The body of the request, as it comes. */
const bodyOf = ({ port, control }: HttpTask) => {
  let seen = 0;
  let trailers: [string, Uint8Array][] = [];
  return {
    next(): Uint8Array | null | undefined {
      seen = Atomics.load(control, RAISED);
      const received = receiveMessageOnPort(port) as { message: ToThread } | undefined;
      if (!received) return undefined;
      const { message } = received;
      if ('gone' in message) throw new Error('the client has gone');
      if ('end' in message) {
        trailers = message.end;
        return null;
      }
      port.postMessage({ taken: message.data.length } satisfies FromThread);
      return message.data;
    },
    wait: () => void Atomics.wait(control, RAISED, seen, NAP),
    later: () => changed(control, RAISED, seen),
    trailers: () => trailers,
  };
};

/** What takes the answer: pieces wait while too much is on its way. */
const sinkOf = ({ port, control }: HttpTask, waits: () => boolean) => {
  const tell = (message: FromThread): void => port.postMessage(message);
  return {
    respond: ({ status, headers }: { status: number; headers: [string, Uint8Array][] }) =>
      tell({ status, headers }),
    write(bytes: Uint8Array): void | Promise<void> {
      const data = new Uint8Array(bytes);
      Atomics.add(control, ON_THEIR_WAY, data.length);
      port.postMessage({ data } satisfies FromThread, [data.buffer]);
      if (waits()) return later();
      for (let many = full(); many !== undefined; many = full())
        Atomics.wait(control, ON_THEIR_WAY, many, NAP);
    },
    end: (end: [string, Uint8Array][]) => tell({ end }),
  };

  /** The bytes that are on their way, where those are too many. */
  function full(): number | undefined {
    const many = Atomics.load(control, ON_THEIR_WAY);
    return many > MOST_ON_THEIR_WAY ? many : undefined;
  }

  async function later(): Promise<void> {
    for (let many = full(); many !== undefined; many = full())
      await changed(control, ON_THEIR_WAY, many);
  }
};

const answer = async (task: HttpTask): Promise<void> => {
  const { port, question } = task;
  let left = MOST_ERRORS;
  let asynchronous = false;
  const decoder = new TextDecoder();
  say = (bytes) => {
    if (left <= 0) return;
    left -= bytes.length;
    port.postMessage({ said: decoder.decode(bytes, { stream: true }) } satisfies FromThread);
  };
  let current = kept;
  kept = undefined;
  try {
    current ??= fresh();
    current.used++;
    const handled = current.instance.handle(
      { ...question, body: bodyOf(task) },
      sinkOf(task, () => asynchronous),
    );
    asynchronous = true;
    await handled;
    if (current.used < reuse || asNew(current)) kept = current;
  } catch (error) {
    const { message, name: kind } = error as Error;
    const what = kind === 'NoAnswerError' ? { invalid: message } : { trap: message };
    port.postMessage(what satisfies FromThread);
  }
  if (current !== kept) current?.instance.close();
  port.close();
  parentPort!.postMessage('free');
};

parentPort!.on('message', (task: HttpTask) => void answer(task));
