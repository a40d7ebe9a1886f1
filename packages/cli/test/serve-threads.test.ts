/** Threads that answer for components of wasi:http: what they are given, what becomes of them, and by what they are reached. */
import { describe, expect, test } from 'vitest';
import { Crew, type Hired } from '../dist/serve/http-crew.js';
import {
  ASK,
  contentOf,
  DATA,
  END,
  FREE,
  GONE,
  HEAD,
  type HttpProgram,
  messagesOf,
  Pieces,
  TRAP,
} from '../src/serve/http-messages.js';
import { LONGEST_PIECE, type Message, Ring, ringMemory } from '../src/serve/ring.js';

describe('threads of components', () => {
  const guest = { preopens: {}, env: {}, network: {} };
  const question = { method: 'GET', path: '/', authority: 'x', headers: [] };
  /** Has a thread of a crew answer a request, with more that comes before and behind. @returns what it tells */
  const answered = (
    crew: Crew,
    program: HttpProgram,
    around: (hired: Hired) => void = () => {},
  ): Promise<Message[]> =>
    new Promise((done) => {
      const told: Message[] = [];
      const pieces = new Pieces();
      let hired: Hired | undefined;
      const receive = (): void => {
        for (let one = hired?.from.take(); one; one = hired?.from.take()) {
          const message = pieces.whole(one);
          if (message?.kind === FREE) {
            hired!.free();
            done(told);
            return;
          }
          if (message) told.push(message);
        }
      };
      const hirer = { receive, ended: () => done([...told, { kind: 0, bytes: Buffer.alloc(0) }]) };
      void crew.hire(program, hirer).then((found) => {
        hired = found!;
        for (const message of messagesOf(ASK, question)) hired.to.put(...message);
        around(hired);
        hired.to.told();
      });
    });

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
      const told: Message[] = [];
      for (let i = 0; i < 4; i++) told.push(...(await answered(crew, program)));
      await crew.close();
      return told.map((one) => {
        if (one.kind === HEAD) return contentOf<{ status: number }>(one).status;
        return one.kind === TRAP ? { trap: contentOf(one) } : { [END]: 'end' }[one.kind];
      });
    };
    const trap = { trap: 'two' };
    expect(await seen(1)).toEqual([201, 'end', 201, 'end', 201, 'end', 201, 'end']);
    expect(await seen(9)).toEqual([201, 'end', 202, trap, 201, 'end', 202, trap]);
  });

  test('put an instance back by what it hands out, and make another where that fails', async () => {
    const text = `({ handle: { instance: ({ keep }) => {
      let count = 0;
      globalThis.made = (globalThis.made ?? 0) + 1;
      keep.core(() => () => { count = 0; });
      keep.glue({ get: () => [], set() {}, constants: () => [] });
      return {
        close() {},
        renew: () => globalThis.made !== 2,
        handle(_, sink) { sink.respond({ status: 100 * globalThis.made + ++count, headers: [] }); sink.end([]); },
      };
    } } })`;
    const statuses = async (text: string, reuse: number): Promise<number[]> => {
      const crew = new Crew(1);
      const program = { text, name: 'back', guest, reuse };
      const told: Message[] = [];
      for (let i = 0; i < 4; i++) told.push(...(await answered(crew, program)));
      await crew.close();
      return told
        .filter(({ kind }) => kind === HEAD)
        .map((one) => contentOf<{ status: number }>(one).status);
    };
    expect(await statuses(text, 1)).toEqual([101, 101, 101, 101]);
    expect(await statuses(text, 2)).toEqual([101, 102, 101, 102]);
    const never = text.replace('globalThis.made !== 2', 'false');
    expect(await statuses(never, 1)).toEqual([101, 201, 301, 401]);
  });

  test('pass over what is left of a request that is answered', async () => {
    const text = `({ handle: { instance: () => ({ close() {}, handle({ body }, sink) {
      let piece;
      while ((piece = body.next()) === undefined) body.wait();
      sink.write(piece ?? new Uint8Array(0));
      sink.respond({ status: 200, headers: [] });
      sink.end([]);
    } }) } })`;
    const crew = new Crew(1);
    const program = { text, name: 'leaves', guest, reuse: 1 };
    for (let i = 0; i < 3; i++) {
      const told = await answered(crew, program, ({ to }) => {
        for (const first of [i, 99]) to.put(DATA, Uint8Array.of(first));
        // A value of which only the beginning comes, as where the rest has found no room.
        to.put(...messagesOf(END, 'x'.repeat(2 * LONGEST_PIECE))[0]!);
        if (i === 1) to.put(GONE, new Uint8Array(0));
      });
      expect(told.map(({ kind }) => kind)).toEqual([DATA, HEAD, END]);
      expect([...told[0]!.bytes]).toEqual([i]);
    }
    await crew.close();
  });

  test('that were told to end answer nobody any more, also where they are free before they have ended', async () => {
    const crew = new Crew(1);
    const text =
      '({ handle: { instance: () => ({ close() {}, handle(_, sink) { sink.respond({ status: 200, headers: [] }); sink.end([]); } }) } })';
    const program = { text, name: 'fired', guest, reuse: 1 };
    for (let i = 1; i < 4; i++) {
      const told = await answered(crew, program, (hired) => {
        hired.fire();
        hired.free();
      });
      expect(told.at(-1)?.kind).toBe(0);
      const next = await answered(crew, program);
      expect(next.map(({ kind }) => kind)).toEqual([HEAD, END]);
      expect(crew.replaced).toBe(i);
    }
    await crew.close();
  });

  test('that end while they are idle are replaced', async () => {
    const crew = new Crew(1);
    const text =
      '({ handle: { instance: () => ({ close() {}, async handle() { setTimeout(() => { throw new Error("late"); }, 20); } }) } })';
    const program = { text, name: 'late', guest, reuse: 1 };
    for (let i = 0; i < 3; i++) {
      await answered(crew, program);
      await expect.poll(() => crew.replaced).toBe(i + 1);
      expect([crew.replaced, crew.running]).toEqual([i + 1, 0]);
    }
    await crew.close();
  });
});

describe('a ring', () => {
  test('gives messages in order, whatever their sizes, and refuses what there is no room for', () => {
    const memory = ringMemory();
    const [writer, reader] = [new Ring(memory), new Ring(memory)];
    let seed = 1;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 8) % below;
    };
    const waiting: { kind: number; bytes: Buffer }[] = [];
    let [refused, put] = [0, 0];
    const takeOne = (): void => {
      const [got, wanted] = [reader.take()!, waiting.shift()!];
      expect([got.kind, got.bytes.equals(wanted.bytes)]).toEqual([wanted.kind, true]);
    };
    for (let i = 0; i < 3000; i++) {
      const bytes = Buffer.alloc(random(4) === 0 ? random(LONGEST_PIECE + 1) : random(40), i);
      if (writer.put(i, bytes)) {
        waiting.push({ kind: i, bytes });
        put += bytes.length;
      } else {
        refused++;
        for (let k = random(waiting.length + 1); k > 0; k--) takeOne();
      }
    }
    while (waiting.length > 0) takeOne();
    expect(reader.take()).toBeUndefined();
    expect(refused).toBeGreaterThan(10);
    // Around it several times.
    expect(put).toBeGreaterThan(2 ** 20);
    // What was taken is the reader's own.
    writer.put(1, Buffer.from('one'));
    const one = reader.take()!;
    for (let i = 0; i < 6; i++)
      if (!writer.put(2, Buffer.alloc(LONGEST_PIECE))) while (reader.take());
    expect(one.bytes.toString()).toBe('one');
  });

  test('values longer than a piece come whole, and one that breaks off is none', () => {
    const pieces = new Pieces();
    const long = { text: 'é'.repeat(3 * LONGEST_PIECE) };
    const messages = messagesOf(ASK, long).map(([kind, bytes]) => ({
      kind,
      bytes: Buffer.from(bytes),
    }));
    expect(messages.length).toBeGreaterThan(5);
    const all = messages.map((one) => pieces.whole(one));
    expect(all.filter((one) => one !== undefined)).toHaveLength(1);
    expect(contentOf<typeof long>(all.at(-1)!).text === long.text).toBe(true);
    pieces.whole(messages[0]!);
    const [[kind, bytes]] = messagesOf(END, []) as [[number, Uint8Array]];
    expect(contentOf(pieces.whole({ kind, bytes: Buffer.from(bytes) })!)).toEqual([]);
  });
});
