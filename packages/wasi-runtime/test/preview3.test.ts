/** What WASI 0.3 shares with 0.2, which programs of 0.3 import too. */
import { describe, expect, test } from 'vitest';
import { WasiExit } from '../src/core/errno.js';
import { MemoryHost } from '../src/memory/host.js';
import type { Descriptor } from '../src/preview3/filesystem.js';
import { WASI } from '../src/preview3/index.js';

/** A component of 0.3 that does this when it is run. */
const running = (run: () => Promise<unknown>) => ({ exports: { 'wasi:cli/run@0.3.0': { run } } });

test('standard input is one stream: 0.3 reads on where 0.2 has stopped', async () => {
  const interfaces = new WASI({ stdin: 'abcdef' }).getImportObject();
  const { getStdin } = interfaces['wasi:cli/stdin'] as {
    getStdin(): { blockingRead(length: bigint): Uint8Array };
  };
  expect([...getStdin().blockingRead(2n)]).toEqual([97, 98]);
  const { readViaStream } = interfaces['wasi:cli/stdin@0.3'] as {
    readViaStream(): [AsyncIterable<Uint8Array>, Promise<unknown>];
  };
  const [stream, ended] = readViaStream();
  const bytes: number[] = [];
  for await (const piece of stream) bytes.push(...piece);
  expect(bytes).toEqual([99, 100, 101, 102]);
  expect(await ended).toEqual({ tag: 'ok', val: undefined });
});

describe('the end of a command', () => {
  const endsWith = async (error: unknown, returnOnExit: boolean) => {
    const told: number[] = [];
    const host = Object.assign(new MemoryHost(), {
      exit: (code: number) => {
        told.push(code);
      },
    }) as unknown as MemoryHost;
    const code = await new WASI({ host, returnOnExit }).start(
      running(async () => {
        if (error !== undefined) throw error;
      }),
    );
    return [code, told];
  };

  test('is its status', async () => {
    expect(await endsWith(undefined, true)).toEqual([0, []]);
    expect(await endsWith(new WasiExit(7), true)).toEqual([7, []]);
    expect(await endsWith(Object.assign(new Error(), { payload: 1 }), true)).toEqual([1, []]);
    await expect(endsWith(new Error('a trap'), true)).rejects.toThrow('a trap');
  });

  test('ends the process too, where `returnOnExit` is false', async () => {
    expect(await endsWith(undefined, false)).toEqual([0, []]);
    expect(await endsWith(new WasiExit(7), false)).toEqual([7, [7]]);
    expect(await endsWith(Object.assign(new Error(), { payload: 1 }), false)).toEqual([1, [1]]);
  });
});

test('a link with a slash behind it is not removed, and must not lead out', async () => {
  const wasi = new WASI({ files: { d: { f: 'x' } }, stdin: '' });
  const { getDirectories } = wasi.getImportObject()['wasi:filesystem/preopens@0.3'] as {
    getDirectories(): [Descriptor, string][];
  };
  const [[root]] = getDirectories() as [[Descriptor, string]];
  await root.symlinkAt('..', 'out');
  await root.symlinkAt('d', 'in');
  const code = (path: string) => root.removeDirectoryAt(path).catch((error) => error.tag);
  expect(await code('out/')).toBe('not-permitted');
  expect(await code('out')).toBe('not-directory');
  expect(await code('in/')).toBe('not-directory');
});
