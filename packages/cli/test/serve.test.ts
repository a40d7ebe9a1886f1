/** `serve`: a program for each request, limits, order at the end. The programs are `fixtures/wagi/probe.c` and text. */

import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAnswer } from '../src/serve/cgi.js';
import { FieldMap } from '../src/serve/field-map.js';
import { Metrics } from '../src/serve/metrics.js';
import { HandlerServer } from '../src/serve/server.js';
import { temporaryFolder, wasm2js } from './cli.js';
import { describeHosts, type Host } from './hosts.js';
import { Serving, speak, until } from './serving.js';

const PROBE = fileURLToPath(new URL('fixtures/wagi/probe.wasm', import.meta.url));

const started: Serving[] = [];
const startOn = (host: Host['command'] | undefined, ...args: string[]): Promise<Serving> => {
  const serving = new Serving(args, host);
  started.push(serving);
  return serving.ready();
};
const start = (...args: string[]): Promise<Serving> => startOn(undefined, ...args);
afterAll(() => {
  for (const { child } of started) child.kill('SIGKILL');
});

describe('requests', () => {
  let server: Serving;
  beforeAll(async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file.txt'), 'from the folder');
    const hello = join(folder, 'hello.wat');
    writeFileSync(
      hello,
      String.raw`(module
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 16) "Content-Type: text/plain\n\nfrom text\n")
        (data (i32.const 0) "\10\00\00\00\24\00\00\00")
        (func (export "_start") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))`,
    );
    const routes = ['--route', `/hello=${hello}`, '--route', `/deep/er/...=${hello}`];
    const limits = ['--time-limit', '1', '--body-limit', '100K', '--answer-limit', '1M'];
    const seen = ['--dir', `${folder}::/data::ro`, '--env', 'OWN=1', '--env', 'REQUEST_METHOD=x'];
    server = await start(
      PROBE,
      ...routes,
      ...limits,
      ...seen,
      '--metrics',
      '/metrics',
      '--concurrency',
      '2',
    );
  });

  test('arguments and variables are those of CGI and WAGI', async () => {
    const env = await server.environment('/env?a=1&b=%20x&', {
      'X-Own': 'yes',
      'Content-Type': 'text/x',
      Authorization: 'Basic c2VjcmV0',
      Proxy: 'evil',
      Host: 'example.com:81',
      under_score: 'no',
    });
    expect(env).toMatchObject({
      'argv[0]': '/',
      'argv[1]': 'a=1',
      'argv[2]': 'b=%20x',
      'argv[3]': '',
      CONTENT_LENGTH: '0',
      CONTENT_TYPE: 'text/x',
      GATEWAY_INTERFACE: 'CGI/1.1',
      HTTP_HOST: 'example.com:81',
      HTTP_X_OWN: 'yes',
      OWN: '1',
      PATH_INFO: '/env',
      QUERY_STRING: 'a=1&b=%20x&',
      REMOTE_ADDR: '127.0.0.1',
      REQUEST_METHOD: 'GET',
      SCRIPT_NAME: '',
      SERVER_NAME: 'example.com',
      SERVER_PORT: String(server.port),
      SERVER_PROTOCOL: 'HTTP/1.1',
      X_FULL_URL: 'http://example.com:81/env?a=1&b=%20x&',
      X_MATCHED_ROUTE: '/...',
    });
    const names = Object.keys(env).join(' ');
    expect(names).not.toMatch(/AUTHORIZATION|HTTP_PROXY|UNDER|HTTP_CONTENT|HTTP_CONNECTION/);
    expect(await server.environment('/%65nv')).toMatchObject({
      PATH_INFO: '/env',
      X_RAW_PATH_INFO: '/%65nv',
    });
  });

  test('bodies go in and come out as they are', async () => {
    const body = Uint8Array.from({ length: 100_000 }, (_, i) => i);
    const { status, headers, text } = await server.ask('/echo', { method: 'POST', body });
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'content-length': '100000', 'x-own': 'yes' });
    expect(Buffer.from(text, 'latin1').equals(body)).toBe(true);
    const head = await server.ask('/echo', { method: 'HEAD' });
    expect(head.text).toBe('');
  });

  test('each request has an instance of its own', async () => {
    for (let i = 0; i < 5; i++) expect((await server.ask('/count')).text).toBe('1\n');
    expect((await server.ask('/file')).text).toBe('from the folder\n');
  });

  test('routes: the longest that matches', async () => {
    const texts = [
      '/hello',
      '/deep/er',
      '/deep/er/and/more?x',
      '/hello/',
      '/deep',
      '/deep/error',
    ].map(async (path) => (await server.ask(path)).text);
    const [own, other] = ['from text\n', 'hello\n'];
    expect(await Promise.all(texts)).toEqual([own, own, own, other, other, other]);
  });

  test.each([
    ['/', 200, 'OK', 'hello\n'],
    ['/status', 418, 'I am a teapot', 'short and stout\n'],
    ['/moved', 302, 'Found', ''],
    ['/trap', 500, 'Internal Server Error', 'The program has failed.\n'],
    ['/large', 500, 'Internal Server Error', 'The program has failed.\n'],
    ['/nothing', 502, 'Bad Gateway', 'The program has given no answer.\n'],
    ['/bad', 502, 'Bad Gateway', 'The program has given no answer.\n'],
    ['/spin', 504, 'Gateway Timeout', 'The program took too long.\n'],
  ])('%s: %d', async (path, status, reason, text) => {
    const answer = await server.ask(path);
    expect([answer.status, answer.reason, answer.text]).toEqual([status, reason, text]);
    expect(answer.headers['content-length']).toBe(String(text.length));
    expect(answer.headers.upgrade).toBeUndefined();
  });

  test('programs that never end do not keep others for longer than they may', async () => {
    const spinning = Array.from({ length: 4 }, () => server.ask('/spin'));
    const answer = await server.ask('/');
    expect(answer.text).toBe('hello\n');
    for (const { status } of await Promise.all(spinning)) expect(status).toBe(504);
  });

  test('a body that is too large, told before or not', async () => {
    const body = 'x'.repeat(102_401);
    expect((await server.ask('/echo', { method: 'POST', body })).status).toBe(413);
    const chunked = { 'Transfer-Encoding': 'chunked' };
    const answer = await server
      .ask('/echo', { method: 'POST', body, headers: chunked })
      .catch(() => undefined);
    // The connection may be gone before everything has been sent.
    if (answer) expect(answer.status).toBe(413);
    expect((await server.ask('/echo', { method: 'POST', body: body.slice(1) })).status).toBe(200);
  });

  test('a client that goes in the middle, or speaks something else', async () => {
    const { port } = server;
    const soon = { limit: 200 };
    const part = 'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nonly this';
    await speak(port, part, soon);
    expect(await speak(port, 'no HTTP at all\r\n\r\n', soon)).toMatch(/^HTTP\/1.1 400 /);
    expect((await server.ask('/')).text).toBe('hello\n');
  });

  test('metrics, access log, complaints', async () => {
    await server.ask('/stderr?"\\quoted');
    const { text, headers } = await server.ask('/metrics');
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text).toMatch(/^wasm2js_requests_total\{route="\/\.\.\.",code="200"\} \d+$/m);
    expect(text).toMatch(/^wasm2js_failures_total\{route="\/\.\.\.",kind="timeout"\} [1-9]\d*$/m);
    expect(text).toMatch(
      /^wasm2js_request_duration_seconds_bucket\{route="\/hello",le="\+Inf"\} 1$/m,
    );
    expect(text).toMatch(/^wasm2js_threads_replaced_total [1-9]\d*$/m);
    for (const line of text.trim().split('\n')) {
      expect(line).toMatch(/^(?:# (?:HELP|TYPE) .*|[a-z_0-9]+(?:\{[^}]*\})? -?[\d.e+-]+)$/);
    }
    await until(() => /quoted/.test(server.out));
    expect(server.out).toMatch(
      /^127\.0\.0\.1 - - \[[^\]]*\] "GET \/stderr\?\\"\\\\quoted HTTP\/1\.1" 200 11 "-" "-" 0\.\d{4}$/m,
    );
    await until(() => /complaint/.test(server.errors));
    expect(server.errors).toContain('probe.wasm: complaint \ufffd[31m\n');
    expect(server.errors).toContain('probe.wasm: trap: unreachable\n');
  });
});

describeHosts('requests', ({ name, command: host }) => {
  // The command itself needs Node 20.
  test.skipIf(name === 'Node 18')('are answered, bounded and brought to their end', async () => {
    const limits = ['--time-limit', '1', '--body-limit', '1M', '--concurrency', '2'];
    const server = await startOn(host, PROBE, ...limits, '--metrics', '/metrics');
    const body = Uint8Array.from({ length: 300_000 }, (_, i) => i * i);
    for (const size of [0, 1000, body.length]) {
      const sent = body.subarray(0, size);
      const { status, text } = await server.ask('/echo', { method: 'POST', body: sent });
      expect(status).toBe(200);
      expect(Buffer.from(text, 'latin1').equals(sent)).toBe(true);
    }
    const spinning = [server.ask('/spin'), server.ask('/spin')];
    expect(await server.environment('/env?a')).toMatchObject({ 'argv[1]': 'a', PATH_INFO: '/env' });
    for (const { status } of await Promise.all(spinning)) expect(status).toBe(504);
    for (let i = 0; i < 3; i++) expect((await server.ask('/count')).text).toBe('1\n');
    expect((await server.ask('/trap')).status).toBe(500);
    const large = { method: 'POST', body: 'x'.repeat(2 ** 20 + 1) };
    expect((await server.ask('/echo', large).catch(() => ({ status: 413 }))).status).toBe(413);
    expect((await server.ask('/metrics')).text).toMatch(/^wasm2js_threads_replaced_total 2$/m);
    const slow = server.ask('/slow');
    await new Promise((done) => setTimeout(done, 250));
    server.child.kill('SIGTERM');
    expect((await slow).text).toBe('slow\n');
    expect(await server.ended).toBe(0);
    expect(server.out.split('\n')).toHaveLength(13);
  });
});

describe('bodies that go through memory that is used again', () => {
  let server: Serving;
  beforeAll(async () => {
    server = await start(PROBE, '--no-access-log', '--concurrency', '2');
  });

  test.each([0, 1, 1000, 196_607, 196_608, 500_000, 3_000_000])('%d bytes', async (size) => {
    const body = Uint8Array.from({ length: size }, (_, i) => (i * i) >> 3);
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => server.ask('/echo', { method: 'POST', body })),
    );
    for (const { status, text } of answers) {
      expect(status).toBe(200);
      expect(Buffer.from(text, 'latin1').equals(body)).toBe(true);
    }
  });

  test('nothing of a request is in a later one', async () => {
    const secret = 'top-secret '.repeat(9000);
    for (let i = 0; i < 6; i++) {
      const headers = { 'X-Secret': secret.slice(0, 5000) };
      await server.ask('/echo?secret', { method: 'POST', body: secret, headers });
      const seen = await Promise.all([server.ask('/env'), server.ask('/'), server.ask('/count')]);
      const texts = seen.map(({ text }) => text);
      expect(texts.join('')).not.toMatch(/secret/i);
      expect(texts.slice(1)).toEqual(['hello\n', '1\n']);
      expect((await server.ask('/echo', { method: 'POST', body: 'x' })).text).toBe('x');
    }
  });

  test('variables keep their characters', async () => {
    const { text } = await server.ask('/env', { headers: { 'X-Own': 'caf\xe9 \xff' } });
    expect(Buffer.from(text, 'latin1').toString()).toContain('HTTP_X_OWN=caf\xe9 \xff\n');
  });
});

describe('requests that are not what they seem', () => {
  let server: Serving;
  beforeAll(async () => {
    server = await start(PROBE, '--no-access-log');
  });
  const get = (target: string, ...headers: string[]): string =>
    `GET ${target} HTTP/1.1\r\n${['Connection: close', ...headers].map((line) => `${line}\r\n`).join('')}\r\n`;

  test.each<[string, string, RegExp]>([
    ['two hosts', get('/env', 'Host: a', 'host: b'), /^HTTP\/1\.1 400 /],
    ['no host', get('/env'), /^HTTP\/1\.1 400 /],
    [
      'two lengths',
      get('/env', 'Host: a', 'Content-Length: 5', 'Transfer-Encoding: chunked'),
      /^HTTP\/1\.1 400 /,
    ],
    [
      'an unknown coding',
      get('/env', 'Host: a', 'Transfer-Encoding: xchunked'),
      /^HTTP\/1\.1 400 /,
    ],
    ['a line that goes on', get('/env', 'Host: a', 'X: 1', ' Y: 2'), /^HTTP\/1\.1 400 /],
    ['a line that ends alone', get('/env', 'Host: a\nX: 1'), /^HTTP\/1\.1 400 /],
    [
      'a whole URL',
      get('http://user@there:81/env?q', 'Host: here'),
      /^HTTP\/1\.1 200 .*PATH_INFO=\/env\n.*SERVER_NAME=there\n.*X_FULL_URL=http:\/\/there:81\/env\?q\n.*HTTP_HOST=there:81\n/s,
    ],
    [
      'a whole URL without path',
      get('http://there?q', 'Host: here'),
      /^HTTP\/1\.1 200 .*hello\n$/s,
    ],
  ])('%s', async (_, text, expected) => {
    expect(await speak(server.port, text)).toMatch(expected);
  });
});

describe('clients that are slow', () => {
  test('to send, take no place of others', async () => {
    const server = await start(PROBE, '--concurrency', '1', '--queue', '2', '--no-access-log');
    const head = 'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n';
    const slow = Array.from({ length: 40 }, () => {
      const socket = connect(server.port, '127.0.0.1', () => socket.write(`${head}some of it`));
      return socket.on('error', () => {});
    });
    await new Promise((done) => setTimeout(done, 300));
    for (let i = 0; i < 3; i++) expect((await server.ask('/')).text).toBe('hello\n');
    // One of them gets through after all.
    const text = await new Promise<string>((done) => {
      let all = '';
      slow[0]!.on('data', (chunk) => {
        all += chunk;
        if (all.endsWith('x')) done(all);
      });
      slow[0]!.write('x'.repeat(100_000 - 'some of it'.length));
    });
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    for (const socket of slow) socket.destroy();
    expect((await server.ask('/')).status).toBe(200);
  });

  test('to send, keep no more than the bodies of those that are dealt with', async () => {
    const limits = ['--concurrency', '1', '--queue', '0', '--body-limit', '1M'];
    const server = await start(PROBE, ...limits, '--no-access-log');
    const head = 'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n';
    const answers = Array.from({ length: 4 }, () =>
      speak(server.port, head + 'x'.repeat(600_000), { limit: 1500 }),
    );
    const all = await Promise.all(answers);
    expect(all.filter((text) => text === '')).toHaveLength(1);
    expect(all.filter((text) => text.startsWith('HTTP/1.1 503 '))).toHaveLength(3);
    expect((await server.ask('/echo', { method: 'POST', body: 'x' })).text).toBe('x');
  });

  test('to take an answer, are left', async () => {
    const body = new Uint8Array(32 * 1024 * 1024);
    const server = new HandlerServer({
      routes: [
        {
          pattern: '/...',
          handler: { handle: async () => ({ status: 200, headers: [], body }) },
        },
      ],
      admitted: 1,
      bodyLimit: 1,
      metrics: new Metrics(),
      metricsPath: undefined,
      gauges: () => ({ running: 0, waiting: 0, replaced: 0 }),
      log: undefined,
      stallTimeout: 200,
    });
    const { port } = await server.listen('127.0.0.1', 0);
    const ask = (pauses: boolean): Promise<number> =>
      new Promise((done) => {
        let size = 0;
        const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.0\r\n\r\n'));
        socket.on('data', (chunk) => {
          size += chunk.length;
          if (!pauses) return;
          pauses = false;
          socket.pause();
          setTimeout(() => socket.resume(), 1500);
        });
        socket.on('close', () => done(size));
        socket.on('error', () => {});
      });
    expect(await ask(false)).toBeGreaterThan(body.length);
    expect(await ask(true)).toBeLessThan(body.length);
    await server.close();
  });

  test('those that find nothing keep their connection', async () => {
    const server = await start('--route', `/a=${PROBE}`, '--no-access-log');
    const both = 'GET /b HTTP/1.1\r\nHost: x\r\n\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n';
    const text = await speak(server.port, both, { last: 'hello\n' });
    expect(text).toMatch(/^HTTP\/1\.1 404 .*HTTP\/1\.1 200 /s);
  });
});

describe('states of threads that run many instances', () => {
  test('are fields of their keys, which may be frozen, functions, proxies', () => {
    const [one, other] = [new FieldMap<number>(), new FieldMap<number>()];
    const keys = [{}, () => 0, Object.freeze({}), new Proxy({}, {}), Object.create(null), one];
    keys.forEach((key, i) => {
      expect([one.has(key), one.get(key)]).toEqual([false, undefined]);
      expect(
        one
          .set(key, i)
          .set(key, i + 1)
          .get(key),
      ).toBe(i + 1);
      expect([one.has(key), other.has(key)]).toEqual([true, false]);
      expect(one.get(Object.create(key))).toBeUndefined();
    });
    for (const value of [undefined, null, 1, 'a', Symbol.iterator]) {
      expect([one.has(value), one.get(value)]).toEqual([false, undefined]);
      expect(() => one.set(value as never, 1)).toThrow(TypeError);
    }
  });
});

describe('its end', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('%s lets requests come to theirs', async (signal) => {
    const server = await start(PROBE, '--no-access-log');
    const slow = server.ask('/slow');
    await new Promise((done) => setTimeout(done, 250));
    server.child.kill(signal);
    expect((await slow).text).toBe('slow\n');
    expect(await server.ended).toBe(0);
    expect(server.out).toBe('');
    await expect(server.ask('/')).rejects.toThrow('ECONNREFUSED');
  });

  test('but not for ever', async () => {
    const server = await start(PROBE, '--grace', '0.2');
    const spinning = server.ask('/spin');
    await new Promise((done) => setTimeout(done, 250));
    server.child.kill('SIGTERM');
    expect((await spinning).status).toBe(503);
    expect(await server.ended).toBe(0);
  });

  test('more requests than may wait are refused', async () => {
    const server = await start(PROBE, '--concurrency', '1', '--queue', '2');
    const answers = await Promise.all(Array.from({ length: 8 }, () => server.ask('/slow')));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 200, 200, 503, 503, 503, 503, 503]);
    expect(answers.find(({ status }) => status === 503)!.headers['retry-after']).toBe('1');
  });
});

describe('what is wrong from the start', () => {
  test.each<[string[], number, string]>([
    [[], 2, 'an input or a --route is needed'],
    [['--route', 'a=b'], 2, '--route takes /PATH=PROGRAM, not "a"'],
    [[PROBE, '--body-limit', '9X'], 2, '--body-limit takes NUMBER[K|M|G], at most 2G, not "9X"'],
    [[PROBE, '--concurrency', '0'], 2, '--concurrency takes a number from 1 to 512, not "0"'],
    [
      [PROBE, '--max-instance-reuse-count', '0'],
      2,
      '--max-instance-reuse-count takes a number from 1 to 2147483648, not "0"',
    ],
    [[PROBE, '--port', 'x'], 2, '--port takes a number from 0 to 65535, not "x"'],
    [[PROBE, '--metrics', 'm'], 2, '--metrics takes a path, not "m"'],
    [
      [PROBE, '--tcp', '--allow-net', 'no-such-name.invalid:80'],
      2,
      '--allow-net: network rule "no-such-name.invalid:80": nobody knows no-such-name.invalid',
    ],
    [['nothing.wasm'], 1, 'cannot read nothing.wasm: no such file or directory'],
  ])('%j', (args, code, message) => {
    const outcome = wasm2js(['serve', ...args]);
    expect(outcome).toEqual({ code, stdout: '', stderr: `wasm2js: error: ${message}\n` });
  });
});

describe('answers of programs', () => {
  const parse = (text: string) => {
    const answer = parseAnswer(Buffer.from(text, 'latin1'));
    return typeof answer === 'string'
      ? answer
      : { ...answer, body: Buffer.from(answer.body).toString() };
  };

  test('forms', () => {
    expect(parse('Content-Type: a/b\n\nx')).toMatchObject({
      status: 200,
      body: 'x',
      headers: [['Content-Type', 'a/b']],
    });
    expect(parse('content-type:a/b\r\n\r\n\r\n')).toMatchObject({ body: '\r\n' });
    expect(parse('Status: 404\nContent-type: a\n\n')).toMatchObject({
      status: 404,
      reason: undefined,
    });
    expect(parse('Location: /x\nStatus: 301 Gone on\n\n')).toMatchObject({
      status: 301,
      reason: 'Gone on',
    });
    expect(parse('Set-Cookie: a\nSet-Cookie: b\nContent-Type: c\n\n')).toMatchObject({
      headers: [
        ['Set-Cookie', 'a'],
        ['Set-Cookie', 'b'],
        ['Content-Type', 'c'],
      ],
    });
  });

  test.each([
    '',
    'x',
    'Content-Type: a',
    '\n\nx',
    'X: y\n\n',
    'Status: 99\nContent-Type: a\n\n',
    'Status: 101\nContent-Type: a\n\n',
    'Content-Type: a\n b\n\n',
    'Content Type: a\n\n',
    'Content-Type: a\rSet-Cookie: b\n\n',
    `X: ${'a'.repeat(70_000)}\nContent-Type: a\n\n`,
  ])('none: %.40j', (text) => {
    expect(typeof parse(text)).toBe('string');
  });

  test('a header of blanks takes no longer than others', () => {
    const before = performance.now();
    parse(`X: a${' '.repeat(60_000)}b\nContent-Type: a\n\n`);
    expect(performance.now() - before).toBeLessThan(500);
  });
});
