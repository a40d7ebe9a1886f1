/** What the server and a thread that runs a component of wasi:http tell each other about one request. */

import type { MessagePort } from 'node:worker_threads';
import type { ServedProgram } from './served.js';

/** A component that threads can run. */
export interface HttpProgram extends ServedProgram {
  /** Requests that an instance may answer, one after the other. */
  reuse: number;
}

/** A request without its body, which comes through the port. */
export interface HttpQuestion {
  method: string;
  path: string;
  authority: string;
  headers: [name: string, value: Uint8Array][];
}

/** One request for a thread. */
export interface HttpTask {
  question: HttpQuestion;
  port: MessagePort;
  /** Raised by the server with every message; the second number counts bytes of the answer that are on their way. */
  control: Int32Array;
}

/** Places in `control`. */
export const RAISED = 0;
export const ON_THEIR_WAY = 1;

/** Bytes of a body that may be on their way, in either direction. */
export const MOST_ON_THEIR_WAY = 1 << 18;

/** From the server; the end of the body with its trailers. */
export type ToThread =
  | { data: Uint8Array }
  | { end: [name: string, value: Uint8Array][] }
  | { gone: true };

/** From the thread. */
export type FromThread =
  | { status: number; headers: [name: string, value: Uint8Array][] }
  | { data: Uint8Array<ArrayBuffer> }
  /** So many bytes of the request have been read. */
  | { taken: number }
  | { said: string }
  | { end: [name: string, value: Uint8Array][] }
  /** It has trapped, or has given no whole answer. */
  | { trap: string }
  | { invalid: string };
