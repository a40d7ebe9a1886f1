/** The C programs of the WASI runtime, built, on every host: files, waiting, sockets, pipes, signals. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { build } from '../src/index.js';
import { cleanEnv, command, repository, temporaryFolder, wasm2js } from './cli.js';
import { describeHosts } from './hosts.js';

const fixture = (name: string): string =>
  join(repository, 'packages/wasi-runtime/test/fixtures', name);
const folder = temporaryFolder();
const script = (name: string): string => join(folder, `${name}.mjs`);
const input = Uint8Array.from({ length: 256 }, (_, i) => i);

beforeAll(async () => {
  for (const name of ['files', 'wait', 'yes', 'echo-server']) {
    await build({ input: fixture(`${name}.wasm`), output: script(name), dts: false });
  }
}, 120_000);

/** All of a process's output, and how it ended. */
const outcome = async (child: ChildProcess): Promise<{ out: string; end: unknown }> => {
  let out = '';
  child.stdout!.on('data', (chunk) => (out += chunk));
  const end = await new Promise((resolve) =>
    child.on('close', (code, signal) => resolve(signal ?? code)),
  );
  return { out, end };
};

/** Resolves when a process has written something. */
const firstOutput = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve) => child.stdout!.once('data', resolve));

/** A port that nothing listens on. */
const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

/** Talks to the echo server; retries until it listens. */
const converse = async (port: number, text: string): Promise<string> => {
  for (let attempt = 0; ; attempt++) {
    try {
      return await new Promise<string>((resolve, reject) => {
        let received = '';
        const client = connect(port, '127.0.0.1');
        client.on('data', (chunk) => (received += chunk));
        client.on('error', reject);
        client.on('close', () => resolve(received));
        client.end(text);
      });
    } catch (error) {
      if (attempt === 300) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
};

const serve = async (child: ChildProcess, port: number): Promise<void> => {
  const done = outcome(child);
  const text = 'some text '.repeat(50_000);
  expect(await converse(port, text)).toBe(text.toUpperCase());
  const { out, end } = await done;
  expect(out).toMatch(new RegExp(`^before: \\d\\nready: 1\\nechoed ${text.length}\\n$`));
  expect(end).toBe(0);
};

describeHosts('a built C program', (host) => {
  const [file, ...before] = host.command;
  const start = (name: string, env: Record<string, string> = {}): ChildProcess =>
    spawn(file, [...before, script(name)], { env: cleanEnv(env) });

  test('files, folders, links, times, standard streams', () => {
    const data = join(folder, host.name);
    mkdirSync(data);
    const env = { WASM2JS_DIRS: `${data}::/data`, WASM2JS_ENV: 'HOME=/home/guest' };
    const result = host.run(script('files'), ['a', 'b c'], { env, input });
    const stdout = readFileSync(fixture('files.txt'), 'utf8');
    expect(result).toEqual({ code: 7, stdout, stderr: 'done\n' });
    expect(readFileSync(join(data, 'notes.txt'), 'utf8')).toBe('line 0\nlin');
  });

  test('waits for its input', async () => {
    const child = start('wait');
    const done = outcome(child);
    await firstOutput(child);
    setTimeout(() => child.stdin!.write('hello\n'), 100);
    setTimeout(() => child.stdin!.end(), 300);
    const expected =
      'at first: 0\nread: Resource temporarily unavailable\nthen: 1\ngot: hello\nat last: 0\n';
    expect(await done).toEqual({ out: expected, end: 0 });
  });

  test('accepts connections', async () => {
    const port = await freePort();
    await serve(start('echo-server', { WASM2JS_TCPLISTEN: `127.0.0.1:${port}` }), port);
  });

  test('a closed pipe ends it quietly', () => {
    const program = [file, ...before, script('yes')].map((part) => `'${part}'`).join(' ');
    const line = `${program} | head -n 2; exit \${PIPESTATUS[0]}`;
    const result = spawnSync('bash', ['-c', line], { env: cleanEnv(), encoding: 'utf8' });
    expect(result).toMatchObject({ status: 141, stdout: 'y\ny\n', stderr: '' });
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('%s ends it while it waits', async (signal) => {
    const child = start('wait');
    const done = outcome(child);
    await firstOutput(child);
    child.kill(signal);
    expect((await done).end).toBe(signal);
  });
});

test('run --tcplisten', async () => {
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const args = ['run', fixture('echo-server.wasm'), '--tcplisten', address];
  await serve(spawn(process.execPath, [command, ...args], { env: cleanEnv() }), port);
});

test('run: addresses that cannot be listened on', async () => {
  const listen = (address: string) =>
    wasm2js(['run', fixture('echo-server.wasm'), '--tcplisten', address]);
  expect(listen('nowhere')).toEqual({
    code: 2,
    stdout: '',
    stderr: 'wasm2js: error: --tcplisten: nowhere is no address host:port\n',
  });
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  expect(listen(`127.0.0.1:${port}`)).toMatchObject({
    code: 1,
    stderr: `wasm2js: error: cannot listen on 127.0.0.1:${port}: EADDRINUSE\n`,
  });
  server.close();
});

test('run: what sockets may reach', () => {
  const client = fixture('sockets/http-client.wasm');
  const connect = (...options: string[]) =>
    wasm2js(['run', client, ...options, '--', '127.0.0.1', '9', '1', '1']);
  const refused = (what: string) => ({ code: 1, stdout: `${what}\n`, stderr: '' });
  expect(connect()).toEqual(refused('socket: Permission denied'));
  expect(connect('--udp', '--allow-net', '*:*')).toEqual(refused('socket: Permission denied'));
  expect(connect('--tcp')).toEqual(refused('connect: Permission denied'));
  const rules = ['--allow-net', '127.0.0.1:8', '--allow-net', '127.0.0.2/31:9'];
  expect(connect('--tcp', ...rules)).toEqual(refused('connect: Permission denied'));
  expect(connect('--tcp', '--allow-net', '127.0.0.0/31:9')).toEqual(
    refused('connection: Connection refused'),
  );
  expect(connect('--tcp', '--allow-net', '127.1:9')).toEqual({
    code: 2,
    stdout: '',
    stderr: 'wasm2js: error: --allow-net: network rule "127.1:9": "127.1" is no IPv4 address\n',
  });
  expect(connect(...rules)).toMatchObject({
    code: 2,
    stderr: 'wasm2js: error: --allow-net is for --tcp or --udp, which says what for\n',
  });
  expect(connect('--tcp', '--allow-net', 'no-such-name.invalid:9')).toMatchObject({
    code: 1,
    stderr:
      'wasm2js: error: network rule "no-such-name.invalid:9": nobody knows no-such-name.invalid\n',
  });
});

test('run: a closed pipe ends the program quietly, a signal at once', async () => {
  const program = [process.execPath, command, 'run', fixture('yes.wasm')].join(' ');
  const line = `${program} | head -n 2; exit \${PIPESTATUS[0]}`;
  const result = spawnSync('bash', ['-c', line], { env: cleanEnv(), encoding: 'utf8' });
  expect(result).toMatchObject({ status: 141, stdout: 'y\ny\n', stderr: '' });

  const child = spawn(process.execPath, [command, 'run', fixture('wait.wasm')], {
    env: cleanEnv(),
  });
  const done = outcome(child);
  await firstOutput(child);
  child.kill('SIGINT');
  expect((await done).end).toBe('SIGINT');
});
