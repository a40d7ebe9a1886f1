/** wasi:sockets of WASI 0.3 as a component's glue calls it: streams, and futures of how they ended. */
import { expect, test } from 'vitest';
import { dispose } from '../src/preview2/io.js';
import { WASI } from '../src/preview3/index.js';
import { closing } from './components.js';

// biome-ignore lint/suspicious/noExplicitAny: resources of an instance have no names
type Resource = any;

const ANY = { tag: 'ipv4', val: { port: 0, address: [127, 0, 0, 1] } };

/** Both ends of a connection. */
async function connected(): Promise<{ client: Resource; server: Resource }> {
  const wasi = closing(new WASI({ network: { tcp: true, allow: ['127.0.0.1:*'] } }));
  const { TcpSocket } = wasi.getImportObject()['wasi:sockets/types@0.3'] as Resource;
  const listener = TcpSocket.create('ipv4');
  listener.bind(ANY);
  const accepted = listener.listen()[Symbol.asyncIterator]();
  const client = TcpSocket.create('ipv4');
  const [{ value }] = await Promise.all([
    accepted.next(),
    client.connect(listener.getLocalAddress()),
  ]);
  return { client, server: value };
}

/** What the guest writes: pieces of so many bytes. */
function written(sizes: number[]): Resource {
  let dropped = false;
  return {
    read: async () =>
      sizes.length === 0
        ? { done: true }
        : { done: false, value: new Uint8Array(sizes.shift()!).fill(7) },
    [dispose]: () => {
      dropped = true;
    },
    isDropped: () => dropped,
  };
}

test('what one end sends the other one receives, up to the end', async () => {
  const { client, server } = await connected();
  const sent = client.send(written([1, 100_000, 300_000]));
  const [stream, ended] = server.receive();
  let count = 0;
  for await (const piece of stream) count += piece.length;
  expect(count).toBe(400_001);
  expect(await sent).toEqual({ tag: 'ok', val: undefined });
  expect(await ended).toEqual({ tag: 'ok', val: undefined });
});

test('each direction is had once', async () => {
  const { client, server } = await connected();
  const [, ended] = server.receive();
  expect(await server.receive()[1]).toEqual({ tag: 'err', val: { tag: 'invalid-state' } });
  expect((await client.send(written([]))).tag).toBe('ok');
  expect(await client.send(written([]))).toEqual({ tag: 'err', val: { tag: 'invalid-state' } });
  expect(ended).toBeInstanceOf(Promise);
});

test('who sends to an end that is gone is told that the connection is broken, and the stream is dropped', async () => {
  const { client, server } = await connected();
  client[dispose]();
  const data = written(Array.from({ length: 200 }, () => 1 << 20));
  const { tag, val } = await server.send(data);
  expect(tag).toBe('err');
  expect(['connection-broken', 'connection-reset']).toContain(val.tag);
  expect(data.isDropped()).toBe(true);
});
