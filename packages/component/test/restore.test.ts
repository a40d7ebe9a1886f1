/**
 * Instances that are put back to what they were: a guest must not see anything of an earlier request. fixtures/state.wat
 * tells all that it could see, and changes it.
 */
import { spawn } from 'node:child_process';
import { Script } from 'node:vm';
import { beforeAll, describe, expect, test } from 'vitest';
import { compileComponent } from '../../cli/src/component.js';
import { cleanEnv, command } from '../../cli/test/cli.js';
import { Keeper } from '../src/restore.js';
import { embedded, temporaryFolder, written } from './fixtures.js';

const folder = temporaryFolder();

/** Bytes at the end of an answer that are another instance's each time: the seed. */
const SEED = 16;

/** What an instance tells that is as it was made. */
const NEW = [7, 0, 0, 2, 131072, 0, 0, 40, -1, 5, 1, 1, 2, 2, 11];

interface Made {
  handle(request: object, sink: object): void;
  renew(): boolean;
}

interface Handler {
  instance(options: object): Made;
}

let component: Uint8Array;
let handle: Handler;
beforeAll(async () => {
  component = await embedded('state', 'http');
  const source = { bytes: component, name: 'c', wasi: 'auto' } as const;
  const form = { format: 'iife', main: false, data: 'inline', names: 'keep' } as const;
  const { chunks } = await compileComponent(source, { ...form, restorable: true });
  ({ handle } = new Script(chunks.join('')).runInThisContext() as { handle: Handler });
}, 60_000);

/** An instance of the component, and what puts it back. */
const make = (options: object = {}) => {
  const keeper = new Keeper();
  const instance = handle.instance({ stdin: '', keep: keeper, ...options });
  const back = keeper.note();
  const ask = (path: string): Uint8Array => {
    const pieces: Uint8Array[] = [];
    const sink = { respond() {}, write: (piece: Uint8Array) => pieces.push(piece), end() {} };
    instance.handle({ path }, sink);
    return Buffer.concat(pieces);
  };
  return { instance, back, ask };
};

const numbers = (bytes: Uint8Array): number[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length - SEED);
  return Array.from({ length: view.byteLength / 4 }, (_, i) => view.getInt32(4 * i, true));
};
const seed = (bytes: Uint8Array): string => Buffer.from(bytes.slice(-SEED)).toString('hex');

describe('one instance', () => {
  test('is as new after each request', () => {
    const { instance, back, ask } = make();
    const first = ask('/state');
    expect(numbers(first).slice(0, NEW.length)).toEqual(NEW);
    const seeds = new Set([seed(first)]);
    for (const path of ['/state', '/grows', '/state', '/grows', '/grows', '/state']) {
      back!();
      expect(instance.renew()).toBe(true);
      const answer = ask(path);
      expect(numbers(answer)).toEqual(numbers(first));
      seeds.add(seed(answer));
    }
    expect(seeds.size).toBe(7);
  });

  test('what is told shows each change where nothing is put back', () => {
    const { ask } = make();
    const first = numbers(ask('/state'));
    // Segments are gone, so the second one traps.
    expect(() => ask('/state')).toThrow('out of bounds memory access');
    expect(first.slice(0, NEW.length)).toEqual(NEW);
  });

  test('a request that has failed has no next one', () => {
    for (const path of ['/trap', '/exit']) {
      const { instance, back, ask } = make();
      expect(() => ask(path)).toThrow();
      expect(back).toBeDefined();
      expect(instance.renew()).toBe(false);
    }
  });

  test('files of its own and input are not rewound, so there is no renewal', () => {
    for (const options of [
      { stdin: 'text' },
      { stdin: 0 },
      { overlay: { files: { type: 'directory', entries: new Map() } } },
    ]) {
      const { instance, ask } = make(options);
      ask('/state');
      expect(instance.renew()).toBe(false);
    }
  });
});

describe('served', () => {
  const serving = async (
    args: string[],
    use: (ask: (path: string) => Promise<Uint8Array | number>) => Promise<void>,
  ): Promise<void> => {
    const file = written(folder, 'state.wasm', component);
    const all = ['serve', file, '--port', '0', '--concurrency', '1', ...args];
    const child = spawn(process.execPath, [command, ...all], { env: cleanEnv(), stdio: 'pipe' });
    child.stdout!.resume();
    try {
      const url = await new Promise<string>((done) => {
        let said = '';
        child.stderr!.on('data', (chunk) => {
          said += chunk;
          const [found] = /http:\S+/.exec(said) ?? [];
          if (found) done(found);
        });
      });
      await use(async (path) => {
        const answer = await fetch(new URL(path, url));
        return answer.status === 200 ? new Uint8Array(await answer.arrayBuffer()) : answer.status;
      });
    } finally {
      child.kill();
    }
  };

  test('each request finds everything new, whatever the one before has done', async () => {
    await serving([], async (ask) => {
      const first = (await ask('/state')) as Uint8Array;
      expect(numbers(first).slice(0, NEW.length)).toEqual(NEW);
      for (const path of ['/trap', '/grows', '/exit', '/state', '/grows', '/trap', '/trap']) {
        const answer = await ask(path);
        if (path === '/state' || path === '/grows')
          expect(numbers(answer as Uint8Array)).toEqual(numbers(first));
        else expect(answer).toBe(500);
        expect(numbers((await ask('/state')) as Uint8Array)).toEqual(numbers(first));
      }
    });
  });

  test('two of them share an instance where that is allowed, the third has none of it', async () => {
    await serving(['--max-instance-reuse-count', '2'], async (ask) => {
      const first = numbers((await ask('/state')) as Uint8Array);
      expect(await ask('/state')).toBe(500);
      expect(numbers((await ask('/state')) as Uint8Array)).toEqual(first);
    });
  });
});
