/**
 * What a server makes of answers that are none, and of requests that try to be two: whatever comes, the next request on a
 * connection has its own answer or none.
 */

import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { componentHandler } from '../dist/serve/http-component.js';
import { Crew } from '../dist/serve/http-crew.js';
import { Metrics } from '../dist/serve/metrics.js';
import { HandlerServer } from '../dist/serve/server.js';

/** A component whose answers are what the path says: statements over `sink`, `request` and `bytes`. */
const text = `({ handle: { instance: () => ({
  close() {},
  renew: () => true,
  handle(request, sink) {
    const bytes = (text) => new TextEncoder().encode(text);
    if (request.path === '/next') {
      sink.respond({ status: 200, headers: [] });
      sink.write(bytes('the next'));
      sink.end([]);
    } else return new Function('request', 'sink', 'bytes', decodeURIComponent(request.path.slice(1)))(request, sink, bytes);
  },
}) } })`;

let server: HandlerServer;
let crew: Crew;
let port: number;

beforeAll(async () => {
  crew = new Crew(2);
  const guest = { preopens: {}, env: {}, network: {} };
  const handler = componentHandler({
    crew,
    program: { text, name: 'fake', guest, reuse: 1 },
    timeLimit: 5000,
    answerLimit: 100_000,
    complain() {},
  });
  server = new HandlerServer({
    routes: [{ pattern: '/...', handler }],
    admitted: 10,
    bodyLimit: 1000,
    metrics: new Metrics(),
    metricsPath: undefined,
    gauges: () => ({ running: 0, waiting: 0, replaced: 0 }),
    log: undefined,
  });
  ({ port } = (await server.listen('127.0.0.1', 0)) as AddressInfo);
});
afterAll(async () => {
  server.abort();
  await crew.close();
});

/** Sends a text over one connection; returns all that comes until that ends. */
const said = async (...parts: string[]): Promise<string> => {
  const socket = connect(port, '127.0.0.1');
  let all = '';
  socket.on('data', (chunk) => {
    all += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  for (const part of parts) {
    socket.write(part, 'latin1');
    await new Promise((done) => setTimeout(done, 20));
  }
  if (!socket.closed) await once(socket, 'close');
  return all;
};

/** Goes as soon as this has come. */
const goneAt = async (question: string, last: string): Promise<void> => {
  const socket = connect(port, '127.0.0.1');
  let all = '';
  socket.on('data', (chunk) => {
    all += chunk.toString('latin1');
    if (all.endsWith(last)) socket.destroy();
  });
  socket.write(question);
  await once(socket, 'close');
};

const NEXT = 'GET /next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
const ask = (code: string, method = 'GET'): string =>
  `${method} /${encodeURIComponent(code)} HTTP/1.1\r\nHost: x\r\n\r\n`;

/** The answers in what has come, each as its status and body; a text that is none is told. */
const answersIn = (all: string, methods: readonly string[]): string[] => {
  const found: string[] = [];
  let rest = all;
  for (const method of methods) {
    if (rest === '') break;
    const [head, status] = /^HTTP\/1\.1 (\d\d\d) [^\r]*\r\n(?:[^\r\n]+\r\n)*\r\n/.exec(rest) ?? [];
    if (head === undefined) return [...found, `no answer: ${rest.slice(0, 80)}`];
    rest = rest.slice(head.length);
    const length = Number(/\r\ncontent-length: *(\d+)\r\n/i.exec(head)?.[1] ?? 0);
    let body = '';
    if (method !== 'HEAD' && !/^(?:204|304)$/.test(status!)) {
      if (/\r\ntransfer-encoding: chunked\r\n/i.test(head)) {
        for (let size = 1; size > 0; ) {
          const [line, digits] = /^([\da-f]+)\r\n/i.exec(rest) ?? [];
          if (line === undefined) return [...found, `${status} breaks off`];
          size = Number.parseInt(digits!, 16);
          body += rest.slice(line.length, line.length + size);
          rest = rest.slice(line.length + size);
          if (size > 0) rest = rest.slice(2);
        }
        rest = rest.replace(/^(?:[^\r\n]+\r\n)*\r\n/, '');
      } else {
        if (rest.length < length) return [...found, `${status} breaks off`];
        body = rest.slice(0, length);
        rest = rest.slice(length);
      }
    }
    found.push(`${status} ${body}`.trim());
  }
  if (rest !== '') found.push(`too much: ${rest.slice(0, 80)}`);
  return found;
};

const head = (status: number, fields = ''): string =>
  `sink.respond({status:${status},headers:[${fields}].map(([n,v])=>[n,bytes(v)])});`;
const FAILED = /^(?:500|502)/;

describe('an answer', () => {
  test.each<[string, string, RegExp, string?]>([
    ['that is whole', `${head(200)}sink.write(bytes('a'));sink.end([])`, /^200 a$/],
    ['that is only on its way', `${head(101)}sink.end([])`, FAILED],
    ['that goes on', `${head(100)}sink.write(bytes('a'));sink.end([])`, FAILED],
    ['without content', `${head(204)}sink.write(bytes('a'));sink.end([])`, /^204$/],
    [
      'that has not changed',
      `${head(304)}sink.write(bytes('a'));sink.write(bytes('b'));sink.end([])`,
      /^304$/,
    ],
    ['to HEAD', `${head(200)}sink.write(bytes('a'));sink.end([])`, /^200$/, 'HEAD'],
    ['with a name that is none', `${head(200, "['a b','c']")}sink.end([])`, FAILED],
    ['with a name of nothing', `${head(200, "['','c']")}sink.end([])`, FAILED],
    ['with a line end in a value', `${head(200, "['a','b\\r\\nc: d']")}sink.end([])`, FAILED],
    [
      'that says it is longer',
      `${head(200, "['content-length','5']")}sink.write(bytes('a'));sink.end([])`,
      /breaks off|^$|^502/,
    ],
    [
      'that says it is shorter',
      `${head(200, "['content-length','1']")}sink.write(bytes('abc'));sink.end([])`,
      /^(?:200 abc|502.*|)$/,
    ],
    [
      'with two lengths',
      `${head(200, "['content-length','1'],['Content-Length','3']")}sink.write(bytes('abc'));sink.end([])`,
      /^(?:200 abc|502.*|)$/,
    ],
    [
      'that names a coding',
      `${head(200, "['transfer-encoding','chunked']")}sink.write(bytes('abc'));sink.end([])`,
      /^200 abc$/,
    ],
    [
      'that breaks off',
      `${head(200)}sink.write(bytes('a'));throw new Error('b')`,
      /^(?:200 breaks off|5.*|)$/,
    ],
    [
      'that was begun twice',
      `${head(200)}sink.write(bytes('a'));${head(404)}sink.write(bytes('b'));sink.end([])`,
      /^(?:200 ab?|404 ab?|5.*|200 breaks off|)$/,
    ],
    [
      'with more behind its end',
      `${head(200)}sink.write(bytes('a'));sink.end([]);sink.write(bytes('b'));sink.end([])`,
      /^200 a$/,
    ],
    [
      'with trailers that are none',
      `${head(200)}sink.write(bytes('a'));sink.end([['a b',bytes('c')]])`,
      /^200 a$/,
    ],
    [
      'that is too large',
      `${head(200)}for(let i=0;i<200;i++)sink.write(new Uint8Array(1000));sink.end([])`,
      /^(?:200 breaks off|502.*|)$/,
    ],
    ['of nothing', '', /^(?:500|502)/],
  ])('%s', async (_, code, expected, method = 'GET') => {
    const [first = '', ...more] = answersIn(await said(ask(code, method), NEXT), [method, 'GET']);
    expect(first).toMatch(expected);
    // What breaks off ends the connection; else the next one has its answer.
    if (!/breaks off|^$/.test(first)) expect(more).toEqual(['200 the next']);
  });
});

describe('a request', () => {
  const echo = `sink.respond({status:200,headers:[]});for(;;){const piece=request.body.next();if(piece===null)break;if(piece===undefined)request.body.wait();else sink.write(piece.slice());}sink.end([])`;
  const post = (fields: string, body: string): string =>
    `POST /${encodeURIComponent(echo)} HTTP/1.1\r\nHost: x\r\n${fields}\r\n${body}`;

  test.each<[string, string[], string[] | RegExp]>([
    ['with a length', [post('Content-Length: 3\r\n', 'abc'), NEXT], ['200 abc', '200 the next']],
    [
      'in pieces',
      [post('Transfer-Encoding: chunked\r\n', '1\r\na\r\n2;x=y\r\nbc\r\n0\r\nt: u\r\n\r\n'), NEXT],
      ['200 abc', '200 the next'],
    ],
    [
      'in pieces, byte by byte',
      [...post('Transfer-Encoding: chunked\r\n', '1\r\na\r\n0\r\n\r\n').split(/(?<=\n)/), NEXT],
      ['200 a', '200 the next'],
    ],
    [
      'right behind another',
      [`${post('Content-Length: 3\r\n', 'abc')}${post('Content-Length: 1\r\n', 'd')}${NEXT}`],
      ['200 abc', '200 d', '200 the next'],
    ],
    ['of two lengths', [post('Content-Length: 3\r\nContent-Length: 4\r\n', 'abcd'), NEXT], /^400/],
    [
      'of the same length twice',
      [post('Content-Length: 3\r\nContent-Length: 3\r\n', 'abc'), NEXT],
      /^400/,
    ],
    [
      'of a length and a coding',
      [post('Content-Length: 3\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'), NEXT],
      /^400/,
    ],
    [
      'of a coding twice',
      [post('Transfer-Encoding: chunked, chunked\r\n', '0\r\n\r\n'), NEXT],
      /^400/,
    ],
    ['of a coding that is none', [post('Transfer-Encoding: identity\r\n', 'abc'), NEXT], /^400/],
    ['of a length with a sign', [post('Content-Length: +3\r\n', 'abc'), NEXT], /^400/],
    [
      'of a piece without a size',
      [post('Transfer-Encoding: chunked\r\n', 'x\r\n'), NEXT],
      /^(?:400|200 breaks off|502|500|$)/,
    ],
    [
      'of a header without an end',
      [`GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(40_000)}`],
      /^(?:431|400)/,
    ],
    ['of another version', ['GET /next HTTP/9.9\r\nHost: x\r\n\r\n'], /^(?:400|505)/],
    ['with a NUL', ['GET /next HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n'], /^400/],
    ['of a name with a blank', ['GET /next HTTP/1.1\r\nHost : x\r\n\r\n'], /^400/],
    [
      'for another protocol',
      ['GET /next HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n', NEXT],
      ['200 the next', '200 the next'],
    ],
    ['for a tunnel', ['CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n', NEXT], /^(?:$|4|5)/],
  ])('%s', async (_, parts, expected) => {
    const all = answersIn(await said(...parts), ['POST', 'POST', 'GET']);
    if (Array.isArray(expected)) expect(all).toEqual(expected);
    else {
      expect(all[0] ?? '').toMatch(expected);
      expect(all.slice(1)).toEqual([]);
    }
  });

  test('that asks whether it may go on is told so, once', async () => {
    const all = await said(post('Content-Length: 3\r\nExpect: 100-continue\r\n', ''), 'abc', NEXT);
    expect(all.match(/HTTP\/1\.1 100 /g)).toHaveLength(1);
    const rest = all.replace(/^HTTP\/1\.1 100 [^\r]*\r\n\r\n/, '');
    expect(answersIn(rest, ['POST', 'GET'])).toEqual(['200 abc', '200 the next']);
  });

  test('that expects anything else is told that it does not come', async () => {
    const all = await said(post('Content-Length: 3\r\nExpect: miracles\r\n', 'abc'), NEXT);
    expect(all).toMatch(/^HTTP\/1\.1 417 /);
  });

  test('that is larger than it may be, told before or not, ends the connection', async () => {
    for (const fields of ['Content-Length: 2000\r\n', 'Transfer-Encoding: chunked\r\n']) {
      const body = fields.startsWith('C')
        ? 'a'.repeat(2000)
        : `7d0\r\n${'a'.repeat(2000)}\r\n0\r\n\r\n`;
      const all = answersIn(await said(post(fields, body), NEXT), ['POST', 'GET']);
      expect(all[0]).toMatch(/^(?:413|200 breaks off)/);
      expect(all.slice(1)).toEqual([]);
    }
  });
});

test('a client that has its answer may go before the program is done; one that has not ends it', async () => {
  const later =
    'const end = () => sink.end([]); return new Promise((done) => setTimeout(() => done(end()), 150));';
  const respond = (fields: string) => `sink.respond({ status: 200, headers: [${fields}] });`;
  const length = '["content-length", bytes("3")]';
  const { replaced } = crew;
  await goneAt(ask(`${respond(length)} sink.write(bytes("hey")); ${later}`), 'hey');
  await goneAt(ask(`${respond(length)} ${later}`, 'HEAD'), '\r\n\r\n');
  await new Promise((done) => setTimeout(done, 250));
  expect(crew.replaced).toBe(replaced);
  await goneAt(ask(`${respond('')} sink.write(bytes("hey")); ${later}`), 'hey\r\n');
  await expect.poll(() => crew.replaced).toBe(replaced + 1);
  for (let i = 0; i < 3; i++)
    expect(answersIn(await said(NEXT), ['GET'])).toEqual(['200 the next']);
});
