/** The child's side of `child.ts`: requests on standard input, answers on standard output. */

import { writeSync } from 'node:fs';
import process from 'node:process';
import type { ChildMessage } from './child.js';

const encoder = new TextEncoder();
const pause = new Int32Array(new SharedArrayBuffer(4));

/** Writes a line at once, waiting while the reader is behind (the pipe may be non-blocking). */
function send(message: object): void {
  let bytes = encoder.encode(`${JSON.stringify(message)}\n`);
  while (bytes.length) {
    try {
      bytes = bytes.subarray(writeSync(1, bytes));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(pause, 0, 0, 2);
    }
  }
}

/**
 * Answers requests. Output is written synchronously, so that a hang leaves behind the progress that
 * was told last. One request is answered at a time.
 */
export function serve<Request, Answer>(
  answer: (request: Request, progress: (at: number) => void) => Answer | Promise<Answer>,
): void {
  const progress = (at: number) => send({ progress: at } satisfies ChildMessage<Answer>);
  let pending = '';
  process.stdin.setEncoding('utf8');
  process.stdin.on('data', async (chunk) => {
    const lines = (pending + chunk).split('\n');
    pending = lines.pop()!;
    for (const line of lines) {
      const result = await answer(JSON.parse(line) as Request, progress);
      send({ result } satisfies ChildMessage<Answer>);
    }
  });
}
