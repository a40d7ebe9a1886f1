/** Programs in C (both forms of the socket extension) and Rust that talk to each other and to Node, on every host. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from '@wasm2js/cli';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeHosts, type Host } from '../../cli/test/hosts.js';
import { beside } from './runtime.js';

/** Connections of the larger exchange; `SOCKET_CONNECTIONS=10000` is what RATIONALE.md tells of. */
const CONNECTIONS = Number(process.env['SOCKET_CONNECTIONS'] ?? 400);

const PROGRAMS = [
  ...['http-server', 'http-client', 'datagrams'].flatMap((name) => [name, `${name}-wamr`]),
  ...['http-server-rust', 'http-client-rust', 'threads'],
];
const folder = mkdtempSync(join(tmpdir(), 'sockets-'));
const script = (name: string): string => join(folder, `${name}.mjs`);
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(async () => {
  for (const name of PROGRAMS) {
    await build({ input: beside(`fixtures/sockets/${name}.wasm`), output: script(name) });
  }
});

const LOOPBACK = { WASM2JS_TCP: '1', WASM2JS_UDP: '1', WASM2JS_ALLOW_NET: '127.0.0.1:* [::1]:*' };

/** A server in a process of its own, and its port. */
interface Serving {
  child: ChildProcess;
  port: number;
  /** All that it has printed, once it has ended. */
  output: Promise<string>;
}

const serve = async ({ command }: Host, name: string, ip = '127.0.0.1'): Promise<Serving> => {
  const [file, ...before] = command;
  const child = spawn(file, [...before, script(name), ip, '0'], {
    env: { ...process.env, ...LOOPBACK },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const output = new Promise<string>((done) => child.on('close', () => done(text)));
  const port = await new Promise<number>((done, fail) => {
    const more = (chunk: Buffer): void => {
      text += chunk;
      const [, number] = /^port (\d+)\n/.exec(text) ?? [];
      if (number !== undefined) done(Number(number));
    };
    child.stdout.on('data', more);
    child.stderr.on('data', more);
    child.on('close', () => fail(new Error(`no port: ${text}`)));
  });
  return { child, port, output };
};

/** What a program prints. */
const outputOf = (host: Host, name: string, args: readonly (string | number)[], env = LOOPBACK) => {
  const { stdout, stderr } = host.run(script(name), args.map(String), {
    env: { ...process.env, ...env },
    timeout: 50_000,
  });
  return `${stdout}${stderr}`;
};

/** What Node's own client is answered. */
const ask = (port: number, path: string, body?: string): Promise<string> =>
  new Promise((done, fail) => {
    const options = { port, host: '127.0.0.1', path, method: body === undefined ? 'GET' : 'POST' };
    const sent = request(options, (answer) => {
      let text = '';
      answer.on('data', (chunk) => (text += chunk));
      answer.on('end', () => done(`${answer.statusCode} ${text}`));
    });
    sent.on('error', fail);
    sent.end(body);
  });

const hasCurl = spawnSync('curl', ['--version']).status === 0;

describeHosts('sockets', (host) => {
  test('an HTTP server in C, clients in C and Rust, Node’s and curl', async () => {
    const { port, output } = await serve(host, 'http-server');
    const here = ['127.0.0.1', port];
    expect(await ask(port, '/')).toBe('200 hello\n');
    expect(await ask(port, '/echo', 'x'.repeat(10_000))).toBe(`200 ${'x'.repeat(10_000)}`);
    if (hasCurl) {
      const curl = spawnSync('curl', ['-s', '-d', 'curl', `http://127.0.0.1:${port}/echo`]);
      expect(String(curl.stdout)).toBe('curl');
    }
    const many = outputOf(host, 'http-client', [...here, CONNECTIONS, 64]);
    expect(many).toBe(`${CONNECTIONS} right, 0 wrong\n`);
    expect(outputOf(host, 'http-client-rust', [...here, 20])).toBe('20 right, 0 wrong\n');
    const last = outputOf(host, 'http-client-wamr', [...here, 100, 10, 'quit']);
    expect(last).toBe('100 right, 0 wrong\n');
    const requests = 2 + Number(hasCurl) + CONNECTIONS + 20 + 101;
    expect(await output).toBe(`port ${port}\n${requests} requests\n`);
  }, 120_000);

  test('a server in C in the other form, over IPv6', async () => {
    const { port, output } = await serve(host, 'http-server-wamr', '::1');
    expect(outputOf(host, 'http-client', ['::1', port, 50, 5, 'quit'])).toBe('50 right, 0 wrong\n');
    expect(await output).toBe(`port ${port}\n51 requests\n`);
  }, 60_000);

  test('a server in Rust', async () => {
    const { port, output } = await serve(host, 'http-server-rust');
    expect(await ask(port, '/')).toBe('200 hello\n');
    const client = outputOf(host, 'http-client-wamr', ['127.0.0.1', port, 50, 8, 'quit']);
    expect(client).toBe('50 right, 0 wrong\n');
    expect(await output).toBe(`port ${port}\n52 requests\n`);
  }, 60_000);

  test.each([
    ['datagrams', '127.0.0.1'],
    ['datagrams-wamr', '::1'],
  ])(
    '%s by %s',
    (name, ip) => {
      expect(outputOf(host, name, [ip])).toBe(
        [
          'different ports: 1',
          'datagram 0, from the first: 1',
          'data, from the first: 1',
          'datagram 2, from the first: 1',
          'connected',
          'then Resource temporarily unavailable',
          'elsewhere: Permission denied',
          '',
        ].join('\n'),
      );
    },
    60_000,
  );

  test('a listener, four clients and whoever answers them, each on a thread', () => {
    const output = outputOf(host, 'threads', []);
    if (host.name === 'Node 18') expect(output).toContain('threads need Node 20.16 or later');
    else expect(output).toBe('failed 0\nrounds 200\nnot allowed 2\n');
  });

  test('what is not allowed', () => {
    const to = (env: Partial<typeof LOOPBACK>, ...args: string[]): string =>
      outputOf(host, 'http-client', [...args, 1, 1], env as typeof LOOPBACK);
    const ip = '127.0.0.1';
    expect(to({}, ip, '1')).toBe('socket: Permission denied\n');
    expect(to({ WASM2JS_TCP: '1' }, ip, '1')).toBe('connect: Permission denied\n');
    const rules = { WASM2JS_TCP: '1', WASM2JS_ALLOW_NET: '127.0.0.1:1-8,10 192.0.2.0/24:9' };
    expect(to(rules, ip, '9')).toBe('connect: Permission denied\n');
    expect(to(rules, 'localhost', '1')).toBe('look up: Permission denied\n');
    const wrong = { ...rules, WASM2JS_ALLOW_NET: 'localhost' };
    expect(to(wrong, ip, '9')).toBe(
      'http-client.mjs: network rule "localhost": HOST:PORT is wanted\n',
    );
  }, 60_000);

  test('a name that may be looked up', async () => {
    const { port, output } = await serve(host, 'http-server');
    const env = { ...LOOPBACK, WASM2JS_ALLOW_IP_NAME_LOOKUP: '1' };
    const client = outputOf(host, 'http-client', ['localhost', port, 2, 1, 'quit'], env);
    expect(client).toBe('2 right, 0 wrong\n');
    expect(await output).toBe(`port ${port}\n3 requests\n`);
  }, 60_000);
});
