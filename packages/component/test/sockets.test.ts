/** A component that serves and connects by wasi:sockets 0.2, in one process each; fixtures/tcp.c. */
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { cleanEnv, command, wasm2js } from '../../cli/test/cli.js';
import { describeHosts } from '../../cli/test/hosts.js';
import { embedded, temporaryFolder, written } from './fixtures.js';

const folder = temporaryFolder();
const env = { WASM2JS_TCP: '1', WASM2JS_ALLOW_NET: '127.0.0.1:*' };
let component: string;
let script: string;

beforeAll(async () => {
  component = written(folder, 'tcp.wasm', await embedded('tcp'));
  script = join(folder, 'tcp.mjs');
  expect(wasm2js(['build', component, '-o', script]).code).toBe(0);
});

describeHosts('a connection between two processes', (host) => {
  test('what is sent comes back', async () => {
    const server = spawn(process.execPath, [script, 'serve'], { env: { ...cleanEnv(), ...env } });
    const ended = new Promise((done) => server.on('exit', done));
    const port = await new Promise<string>((done) => {
      server.stdout.once('data', (chunk) => done(String(chunk).trim()));
    });
    const { stdout, code } = host.run(script, ['connect', port], { env });
    expect(stdout).toBe('hello');
    expect(code).toBe(0);
    await ended;
  });
});

test('the command takes the same list, and nothing is reached without it', async () => {
  const listener = createServer((socket) => socket.end('from outside'));
  await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
  const { port } = listener.address() as { port: number };
  const run = (...flags: string[]) =>
    new Promise<string>((done) => {
      const args = ['run', component, ...flags, '--', 'connect', String(port)];
      const child = spawn(process.execPath, [command, ...args], {
        env: cleanEnv(),
      });
      let text = '';
      child.stdout.on('data', (chunk) => {
        text += chunk;
      });
      child.on('close', () => done(text));
    });
  expect(await run('--tcp', '--allow-net', `127.0.0.1:${port}`)).toBe('from outside');
  // access-denied: no sockets at all, or not there.
  expect(await run()).toBe('refused 1\n');
  expect(await run('--tcp', '--allow-net', '127.0.0.1:1')).toBe('refused 1\n');
  listener.close();
});
