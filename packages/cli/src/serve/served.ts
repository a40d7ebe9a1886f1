/** What both kinds of programs have in common: what their threads are given, and what bounds a run. */

import type { Guest } from '../program.js';

/** What a program sees of the host in each request alike. */
export type ServedGuest = Omit<Guest, 'args' | 'listeners'>;

/** A program that threads can run. */
export interface ServedProgram {
  /** The script, as an expression. */
  text: string;
  name: string;
  guest: ServedGuest;
}

/** What a handler lets programs do, and says of them. */
export interface ServedLimits {
  /** Milliseconds that a request may take. */
  timeLimit: number;
  /** Bytes that an answer may have. */
  answerLimit: number;
  /** Is told what programs say on standard error, and how they fail. */
  complain(name: string, text: string): void;
}

/** Most bytes of standard error that are passed on of one request. */
export const MOST_ERRORS = 64 * 1024;
