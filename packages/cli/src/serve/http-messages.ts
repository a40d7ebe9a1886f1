/** What the server and a thread that runs a component of wasi:http tell each other, over two rings that stay. */

import { LONGEST_PIECE, type Message } from './ring.js';
import type { ServedProgram } from './served.js';

/** A component that threads can run. */
export interface HttpProgram extends ServedProgram {
  /** Requests that an instance may answer, one after the other. */
  reuse: number;
}

/** What a thread is started with. */
export interface HttpThread {
  program: HttpProgram;
  /** The rings: to the thread, and from it. */
  to: SharedArrayBuffer;
  from: SharedArrayBuffer;
}

/** Names and values; a value is one character for each byte. */
export type HttpFields = [name: string, value: string][];

/** A request without its body. */
export interface HttpQuestion {
  method: string;
  path: string;
  authority: string;
  headers: HttpFields;
}

/** To the thread: a request, pieces of its body, its end with the trailers; or that its client has gone. */
export const ASK = 1;
export const DATA = 2;
export const END = 3;
export const GONE = 4;

/** From the thread, beside `DATA` and `END` of the answer: status and header, what the component says on standard error. */
export const HEAD = 5;
export const SAID = 6;
/** It has trapped, or has given no whole answer: why. */
export const TRAP = 7;
export const INVALID = 8;
/** It is free again: nothing more of this request comes. */
export const FREE = 9;

/** Marks a piece of a text that goes on in the next message. */
const GOES_ON = 256;

/** A message for a ring. */
export type Put = [kind: number, bytes: Uint8Array];

/** Bytes of a body as messages. */
export const dataOf = (bytes: Uint8Array): Put[] => {
  if (bytes.length <= LONGEST_PIECE) return bytes.length === 0 ? [] : [[DATA, bytes]];
  const all: Put[] = [];
  for (let at = 0; at < bytes.length; at += LONGEST_PIECE)
    all.push([DATA, bytes.subarray(at, at + LONGEST_PIECE)]);
  return all;
};

/** A value as messages, whose kind tells all but the last from it. */
export const messagesOf = (kind: number, value: unknown): Put[] => {
  const bytes = Buffer.from(JSON.stringify(value));
  if (bytes.length <= LONGEST_PIECE) return [[kind, bytes]];
  const all: Put[] = [];
  for (let at = 0; at < bytes.length; at += LONGEST_PIECE) {
    const end = at + LONGEST_PIECE;
    all.push([end < bytes.length ? kind + GOES_ON : kind, bytes.subarray(at, end)]);
  }
  return all;
};

/** Puts pieces together. */
export class Pieces {
  private kind = 0;
  private kept: Buffer[] = [];

  /** The whole message, once its last piece has come. One that another message comes amidst is none. */
  whole({ kind, bytes }: Message): Message | undefined {
    const own = kind % GOES_ON;
    if (own !== this.kind) this.kept = [];
    this.kind = own;
    if (kind >= GOES_ON) {
      this.kept.push(bytes);
      return undefined;
    }
    if (this.kept.length === 0) return { kind, bytes };
    const all = [...this.kept, bytes];
    this.kept = [];
    return { kind, bytes: Buffer.concat(all) };
  }
}

/** The value of a whole message. */
export const contentOf = <T>({ bytes }: Message): T => JSON.parse(bytes.toString()) as T;
