/**
 * A thread that runs a component of wasi:http, one request after the other. Each finds everything new: in an instance that
 * was put back to what it was, or in another one where that cannot be; unless more are allowed. Bodies come and go piece by
 * piece: a component of WASI 0.2 waits for them within its calls, one of 0.3 leaves the thread.
 */

import { Script } from 'node:vm';
import { workerData } from 'node:worker_threads';
import { Keeper } from '@wasm2js/component/restore';
import {
  ASK,
  contentOf,
  dataOf,
  END,
  FREE,
  GONE,
  HEAD,
  type HttpFields,
  type HttpQuestion,
  type HttpThread,
  INVALID,
  messagesOf,
  Pieces,
  type Put,
  SAID,
  TRAP,
} from './http-messages.js';
import { Ring } from './ring.js';
import { MOST_ERRORS } from './served.js';

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

/** An instance, how many requests it has had, and what puts it back to what it was before them. */
interface Current {
  instance: HandlerInstance;
  used: number;
  back: (() => void) | undefined;
}

const { program, to, from } = workerData as HttpThread;
const { text, name, guest, reuse } = program;
const incoming = new Ring(to);
const outgoing = new Ring(from);
const pieces = new Pieces();
const { handle } = new Script(text, { filename: `${name}.js` }).runInThisContext() as Served;

/** The instance that the next request gets, if it may. */
let kept: Current | undefined;
/** Passes on what a component says, as of the request that is answered. */
let say: (bytes: Uint8Array) => void;
/** Does the component leave the thread while it waits? Known once it has been called. */
let asynchronous = false;

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
  try {
    back();
    if (!instance.renew()) return false;
  } catch {
    return false;
  }
  current.used = 0;
  return true;
};

/** Bytes of an answer, and milliseconds of its making, that the server may not be told of: a wake costs more than most. */
const HELD = 1 << 15;
const HELD_FOR = 5;
let told = 0;
const tell = (): void => {
  told = performance.now();
  outgoing.told();
};

// Whatever waits within a call waits by this: what was written before is told of then. (For a component that computes on and
// on instead, the server looks now and then.)
const { wait } = Atomics;
Atomics.wait = ((...given: Parameters<typeof wait>) => {
  outgoing.told();
  return wait(...given);
}) as typeof wait;

/** Messages that there was no room for yet, and what sends them. */
const unsent: Put[] = [];
let sending: Promise<void> | undefined;

/** Sends messages, of which the server hears by the next `outgoing.told` at the latest: within the call or, where the component leaves the thread, with a promise that they are on their way. */
const send = (messages: readonly Put[]): Promise<void> | undefined => {
  for (const message of messages) {
    if (!sending && putNow(message)) continue;
    unsent.push(message);
    sending ??= sendRest();
  }
  return sending;
};

/** Puts a message, waiting for room where the thread may. */
const putNow = (message: Put): boolean => {
  for (;;) {
    const { read } = outgoing;
    if (outgoing.put(...message)) return true;
    outgoing.told();
    if (asynchronous) return false;
    outgoing.waitForRoom(read);
  }
};

const sendRest = async (): Promise<void> => {
  while (unsent.length > 0) {
    const { read } = outgoing;
    if (outgoing.put(...unsent[0]!)) unsent.shift();
    else {
      outgoing.told();
      await changed(outgoing.moreRoom(read));
    }
  }
  outgoing.told();
  sending = undefined;
};

/** Waits without keeping the thread. */
const changed = async (waiting: Promise<unknown> | undefined): Promise<void> => {
  if (!waiting) return;
  // A wait of this kind alone would let the thread end.
  const timer = setInterval(() => {}, 60_000);
  await waiting;
  clearInterval(timer);
};

const latin = (value: Uint8Array): string => Buffer.from(value).toString('latin1');
const textFields = (fields: readonly [string, Uint8Array][]): HttpFields =>
  fields.map(([field, value]) => [field, latin(value)]);

/** The body of the request, as it comes. */
const body = () => {
  let seen = 0;
  let trailers: HttpFields = [];
  return {
    next(): Uint8Array | null | undefined {
      seen = incoming.written;
      for (let piece = incoming.take(); piece; piece = incoming.take()) {
        const message = pieces.whole(piece);
        if (!message) continue;
        if (message.kind === GONE) throw new Error('the client has gone');
        if (message.kind !== END) return message.bytes;
        trailers = contentOf(message);
        return null;
      }
      return undefined;
    },
    wait: () => incoming.waitForMore(seen),
    later: () => changed(incoming.more(seen)),
    trailers: () => trailers,
  };
};

/** What takes the answer: pieces wait while too much is on its way. */
const sink = {
  respond: ({ status, headers }: { status: number; headers: [string, Uint8Array][] }) =>
    void send(messagesOf(HEAD, { status, headers: textFields(headers) })),
  // What is not sent at once is sent after the component may have changed it.
  write(bytes: Uint8Array) {
    const sent = send(dataOf(asynchronous ? bytes.slice() : bytes));
    if (asynchronous || outgoing.untold > HELD || performance.now() - told > HELD_FOR) tell();
    return sent;
  },
  end: (trailers: [string, Uint8Array][]) => void send(messagesOf(END, textFields(trailers))),
};

const answer = async (question: HttpQuestion): Promise<void> => {
  told = performance.now();
  let left = MOST_ERRORS;
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  say = (bytes) => {
    if (left <= 0) return;
    left -= bytes.length;
    decoder ??= new TextDecoder();
    void send(messagesOf(SAID, decoder.decode(bytes, { stream: true })));
    outgoing.told();
  };
  const current = kept ?? fresh();
  kept = undefined;
  try {
    current.used++;
    const handled = current.instance.handle({ ...question, body: body() }, sink);
    asynchronous = handled !== undefined;
    if (asynchronous) {
      outgoing.told();
      await handled;
    }
    kept = current;
  } catch (error) {
    current.instance.close();
    const { message, name: kind } = error as Error;
    void send(messagesOf(kind === 'NoAnswerError' ? INVALID : TRAP, message));
  }
  const freed = send(messagesOf(FREE, null));
  outgoing.told();
  if (freed) await freed;
};

/** Sees to it that the next request finds everything new, if it has to. What the last one left to be done is done by now. */
const prepare = (): void => {
  if (!kept || kept.used < reuse || asNew(kept)) return;
  kept.instance.close();
  kept = undefined;
};

/**
 * Takes the next request. In between come the thread's own events, such as what an instance of WASI 0.3 goes on with.
 * What is left of a request that was answered before its end is passed over.
 */
const next = async (): Promise<void> => {
  prepare();
  for (;;) {
    const { written } = incoming;
    const piece = incoming.take();
    if (!piece) {
      if (asynchronous) await changed(incoming.more(written));
      else incoming.waitForMore(written);
      continue;
    }
    const message = pieces.whole(piece);
    if (message?.kind !== ASK) continue;
    await answer(contentOf(message));
    break;
  }
  setImmediate(next);
};
void next();
