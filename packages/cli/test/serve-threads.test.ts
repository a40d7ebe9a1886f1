/** Threads that answer for components of wasi:http: what they are given, and what becomes of them. */
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { Crew } from '../dist/serve/http-crew.js';
import type { FromThread, HttpProgram } from '../src/serve/http-messages.js';

describe('threads of components', () => {
  const guest = { preopens: {}, env: {}, network: {} };
  const question = { method: 'GET', path: '/', authority: 'x', headers: [] };
  /** Has a thread of a crew answer a request. @returns what it tells */
  const answered = async (crew: Crew, program: HttpProgram): Promise<FromThread[]> => {
    const control = new Int32Array(new SharedArrayBuffer(8));
    const { port1, port2: port } = new MessageChannel();
    const told: FromThread[] = [];
    port1.on('message', (message: FromThread) => told.push(message));
    const hired = await crew.hire(program, { question, port, control });
    expect(await hired!.done).toBe('free');
    await new Promise((done) => setImmediate(done));
    port1.close();
    return told;
  };

  test('make an instance for each request, or for as many as are allowed, unless one fails', async () => {
    const text = `({ handle: { instance: () => {
      let count = 0;
      return {
        close() {},
        handle(_, sink) {
          sink.respond({ status: 200 + ++count, headers: [] });
          if (count === 2) throw new Error("two");
          sink.end([]);
        },
      };
    } } })`;
    const seen = async (reuse: number): Promise<unknown[]> => {
      const crew = new Crew(1);
      const program = { text, name: 'counts', guest, reuse };
      const told: FromThread[] = [];
      for (let i = 0; i < 4; i++) told.push(...(await answered(crew, program)));
      await crew.close();
      return told.map((one) => ('status' in one ? one.status : 'end' in one ? 'end' : one));
    };
    const trap = { trap: 'two' };
    expect(await seen(1)).toEqual([201, 'end', 201, 'end', 201, 'end', 201, 'end']);
    expect(await seen(9)).toEqual([201, 'end', 202, trap, 201, 'end', 202, trap]);
  });

  test('that end while they are idle are replaced', async () => {
    const crew = new Crew(1);
    const text =
      '({ handle: { instance: () => ({ close() {}, handle() { setTimeout(() => { throw new Error("late"); }, 20); } }) } })';
    const program = { text, name: 'late', guest, reuse: 1 };
    for (let i = 0; i < 3; i++) {
      await answered(crew, program);
      await expect.poll(() => crew.replaced).toBe(i + 1);
      expect([crew.replaced, crew.running]).toEqual([i + 1, 0]);
    }
    await crew.close();
  });
});
