/** The example of a filter for proxies: in this Node, and in a worker of workerd. */

import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { execute, repository, temporaryFolder, wasm2js } from '../../packages/cli/test/cli.js';
import { examples } from './programs.js';

const folder = temporaryFolder();

beforeAll(() => {
  for (const name of ['host.mjs', 'worker.mjs', 'run.mjs', 'config.capnp'])
    cpSync(join(examples, 'proxy-wasm', name), join(folder, name));
  const filter = join(examples, 'proxy-wasm/filter.wasm');
  const { code, stderr } = wasm2js([
    'build',
    filter,
    '-o',
    join(folder, 'filter.mjs'),
    '--fuel',
    '0',
  ]);
  expect(stderr).toContain('it imports env.proxy_');
  expect(code).toBe(0);
});

test('requests go through the filter, and it ends', () => {
  const { stdout, code } = execute(process.execPath, [join(folder, 'run.mjs')]);
  expect(stdout).toBe(`info: /open
200 yes GET /open, key: null
info: /closed
warn: no key
403 null a key is needed
info: /hang
critical: all fuel consumed by WebAssembly
503 null the filter failed
`);
  expect(code).toBe(0);
});

const workerd = join(repository, 'hosts/node_modules/@cloudflare/workerd-linux-64/bin/workerd');

/** A port that is free now. */
const freePort = (): Promise<number> =>
  new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });

describe.skipIf(!existsSync(workerd))('the worker in workerd [needs npm run hosts]', () => {
  let child: ChildProcess;
  let address: string;

  beforeAll(async () => {
    const port = await freePort();
    address = `http://127.0.0.1:${port}`;
    const args = ['serve', 'config.capnp', `--socket-addr=http=127.0.0.1:${port}`];
    child = spawn(workerd, args, {
      cwd: folder,
      stdio: 'ignore',
      env: { ...process.env, HOME: folder },
    });
    for (let i = 0; i < 100; i++) {
      if (
        await fetch(address).then(
          () => true,
          () => false,
        )
      )
        return;
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error('workerd does not answer');
  });
  afterAll(() => child.kill());

  test('answers as Node does', async () => {
    const get = async (path: string, headers: Record<string, string> = {}) => {
      const response = await fetch(address + path, { headers });
      return [response.status, response.headers.get('x-filtered'), await response.text()];
    };
    expect(await get('/open', { 'x-api-key': 'sesame' })).toEqual([
      200,
      'yes',
      'GET /open, key: null\n',
    ]);
    expect(await get('/closed')).toEqual([403, null, 'a key is needed\n']);
    expect(await get('/hang')).toEqual([503, null, 'the filter failed\n']);
    expect(await get('/again', { 'x-api-key': 'sesame' })).toEqual([
      200,
      'yes',
      'GET /again, key: null\n',
    ]);
  });
});
