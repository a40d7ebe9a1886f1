/** HTTPS of components: who is not trusted is not asked, and who is, is. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const asked: (string | undefined)[] = [];
const server = createServer(
  {
    key: readFileSync(path('fixtures/tls/key.pem')),
    cert: readFileSync(path('fixtures/tls/cert.pem')),
  },
  (request, response) => {
    asked.push(request.url);
    response.end('secret');
  },
);
beforeAll(() => new Promise<void>((done) => server.listen(0, '127.0.0.1', done)));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** Asks in a process of its own, since whom it trusts is said when it starts. */
const ask = async (host: string, env: Record<string, string>): Promise<string> => {
  const { port } = server.address() as AddressInfo;
  const code = `import { WASI } from '@wasm2js/wasi-runtime/preview3';
const wasi = new WASI({ network: { tcp: true, allow: ['localhost:*'] } });
const interfaces = wasi.getImportObject();
const { Request, Fields, Response } = interfaces['wasi:http/types@0.3'];
const [request] = Request.new(new Fields(), undefined, Promise.resolve({ tag: 'ok' }), undefined);
request.setAuthority('${host}:${port}');
request.setScheme({ tag: 'HTTPS' });
try {
  const response = await interfaces['wasi:http/client@0.3'].send(request);
  const [stream] = Response.consumeBody(response, Promise.resolve());
  for await (const piece of stream) process.stdout.write(piece);
} catch (error) {
  process.stdout.write(error.tag);
}
wasi.close();`;
  const options = { cwd: path('..'), env: { ...process.env, ...env } };
  const args = ['--input-type=module', '-e', code];
  return (await promisify(execFile)(process.execPath, args, options)).stdout;
};

test('a certificate that nobody vouches for ends it', async () => {
  expect(await ask('localhost', {})).toBe('TLS-protocol-error');
  expect(asked).toEqual([]);
});

test.each(['localhost', '127.0.0.1'])('one that is trusted is taken, for %s', async (host) => {
  expect(await ask(host, { NODE_EXTRA_CA_CERTS: path('fixtures/tls/cert.pem') })).toBe('secret');
});
