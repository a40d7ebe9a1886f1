/** What WASI 0.3 shares with 0.2, which programs of 0.3 import too. */
import { expect, test } from 'vitest';
import { WASI } from '../src/preview3/index.js';

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
