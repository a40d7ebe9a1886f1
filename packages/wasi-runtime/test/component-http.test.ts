/** wasi:http of WASI 0.3 as a component's glue calls it, and what of HTTP/1.1 both versions share. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcp } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NetworkOptions } from '../src/core/allow-list.js';
import { FieldList } from '../src/http/fields.js';
import { ResponseReader } from '../src/http/response-reader.js';
import { isAuthority, method, pathWithQuery, scheme } from '../src/http/values.js';
import { dispose } from '../src/preview2/io.js';
import type { Fields, http } from '../src/preview3/http.js';
import { WASI } from '../src/preview3/index.js';
import { bytes, closing, text } from './components.js';

/** A stream of the guest's; as of the glue's, nothing is taken of a piece that is longer than may be. */
const written = (...pieces: string[]) => {
  let dropped = false;
  return {
    read: async ({ rejectLength = Number.POSITIVE_INFINITY }) => {
      const [piece] = pieces;
      if (piece === undefined) return { done: true };
      if (piece.length > rejectLength) return { done: true, rejectedLength: piece.length };
      pieces.shift();
      return { done: false, value: bytes(piece) };
    },
    left: pieces,
    [dispose]: () => {
      dropped = true;
    },
    isDropped: () => dropped,
  };
};

const collect = async (stream: AsyncIterable<Uint8Array>): Promise<string> => {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return text(Buffer.concat(pieces));
};

// biome-ignore lint/suspicious/noExplicitAny: resources of an instance have no names
type Resource = any;

/** Classes of `types@0.3`, as far as tests use them. */
interface Types {
  Fields: typeof Fields;
  Request: Resource;
  Response: Resource;
}

const instance = (network: NetworkOptions) => {
  const wasi = closing(new WASI({ network }));
  const interfaces = wasi.getImportObject() as ReturnType<typeof http>['interfaces'];
  const types = interfaces['wasi:http/types@0.3'] as unknown as Types;
  const { send } = interfaces['wasi:http/client@0.3'] as {
    send(request: object): Promise<Resource>;
  };
  return { wasi, send, ...types };
};
const open = () => instance({ tcp: true, allow: ['127.0.0.1:*'] });

let server: Server;
let authority: string;
const seen: string[] = [];

beforeAll(async () => {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    seen.push(JSON.stringify([request.headers, request.trailers]));
    response.writeHead(201, { trailer: 'x-last', 'x-method': request.method });
    response.write(`${request.url} `);
    response.write(Buffer.concat(chunks));
    response.addTrailers({ 'x-last': 'yes' });
    response.end();
  };
  server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  authority = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const none = Promise.resolve({ tag: 'ok', val: undefined });

/** A request that is ready to be sent. */
const requestTo = ({ Request, Fields }: Types, to: string, contents?: object, trailers = none) => {
  const [request, sent] = Request.new(new Fields(), contents, trailers, undefined);
  request.setAuthority(to);
  request.setScheme({ tag: 'HTTP' });
  request.setMethod({ tag: contents ? 'post' : 'get' });
  request.setPathWithQuery('/path?query');
  return { request, sent: sent as Promise<{ tag: string }> };
};

describe('client of 0.3', () => {
  test('sends, and reads the answer and its trailers', async () => {
    const guest = open();
    const { request, sent } = requestTo(guest, authority);
    const response = await guest.send(request);
    expect(response.getStatusCode()).toBe(201);
    expect(text(response.getHeaders().get('X-Method')[0])).toBe('GET');
    let read = 0;
    // Who writes it waits until it is read.
    const done = new Promise((settle) => settle({ tag: 'ok' }));
    const then = (...callbacks: Parameters<typeof done.then>) => {
      read++;
      return done.then(...callbacks);
    };
    const [stream, trailers] = guest.Response.consumeBody(response, { then } as typeof none);
    expect(await collect(stream)).toBe('/path?query ');
    expect(read).toBe(1);
    const { tag, val } = await trailers;
    expect([tag, text(val.get('x-last')[0])]).toEqual(['ok', 'yes']);
    expect((await sent).tag).toBe('ok');
  });

  test('a body goes in chunks, with trailers', async () => {
    const guest = open();
    const trailer = new guest.Fields();
    trailer.append('x-sum', bytes('42'));
    const after = Promise.resolve({ tag: 'ok', val: trailer }) as unknown as typeof none;
    const { request } = requestTo(guest, authority, written('one ', 'two'), after);
    const response = await guest.send(request);
    const [stream] = guest.Response.consumeBody(response, none);
    expect(await collect(stream)).toBe('/path?query one two');
    const [headers, trailers] = JSON.parse(seen.at(-1)!);
    expect(headers['transfer-encoding']).toBe('chunked');
    expect(trailers).toEqual({ 'x-sum': '42' });
  });

  test('a body that breaks off gets no answer', async () => {
    const guest = open();
    const after = Promise.resolve({ tag: 'err', val: { tag: 'loop-detected' } });
    const body = requestTo(guest, authority, written('part'), after as unknown as typeof none);
    await expect(guest.send(body.request)).rejects.toMatchObject({ tag: 'loop-detected' });
    expect((await body.sent).tag).toBe('err');
  });

  test.each([
    ['too long at once', 5, ['longer'], 6n, ['longer']],
    ['too long with its last piece', 5, ['four', 'more'], 8n, ['more']],
    ['too short', 5, ['four'], 4n, []],
    ['none, and there is one', 0, ['x'], 1n, ['x']],
  ])(
    'a body that is %s for its Content-Length is no body',
    async (_, length, pieces, size, left) => {
      const guest = open();
      const fields = new guest.Fields();
      fields.append('content-length', bytes(String(length)));
      const body = written(...pieces);
      const [request, sent] = guest.Request.new(fields, body, none, undefined);
      request.setAuthority(authority);
      request.setScheme({ tag: 'HTTP' });
      const answer = guest.send(request).catch(() => {});
      expect(await sent).toEqual({ tag: 'err', val: { tag: 'HTTP-request-body-size', val: size } });
      // What is too long was not taken.
      expect(body.left).toEqual(left);
      await answer;
    },
  );

  test('a server that makes no tunnel has not kept to the protocol', async () => {
    const guest = open();
    const { request, sent } = requestTo(guest, authority, written());
    request.setMethod({ tag: 'connect' });
    await expect(guest.send(request)).rejects.toEqual({ tag: 'HTTP-protocol-error' });
    await sent;
  });

  test('what cannot be reached is told by a code', async () => {
    const guest = open();
    const code = async (to: string, one = guest) => {
      const { request, sent } = requestTo(one, to);
      const [error] = await Promise.all([one.send(request).catch((e) => e.tag), sent]);
      return [error, (await sent).tag];
    };
    expect(await code('127.0.0.1:1')).toEqual(['connection-refused', 'err']);
    expect(await code('127.0.0.2:80')).toEqual(['destination-IP-prohibited', 'err']);
    expect(await code('example.com')).toEqual(['HTTP-request-denied', 'err']);
    expect(await code(authority, instance({}))).toEqual(['HTTP-request-denied', 'err']);
  });

  test('a request is sent once; one that is dropped tells that', async () => {
    const guest = open();
    const { request } = requestTo(guest, authority);
    await guest.send(request);
    await expect(guest.send(request)).rejects.toThrow('taken already');
    const body = written('x');
    const other = requestTo(guest, authority, body);
    other.request[dispose]();
    expect((await other.sent).tag).toBe('err');
    expect(body.isDropped()).toBe(true);
  });
});

describe('handler of 0.3', () => {
  const handled = async (answer: (types: Types, request: Resource) => unknown) => {
    const guest = open();
    const exports = {
      'wasi:http/handler@0.3.0': { handle: async (request: object) => answer(guest, request) },
    };
    return guest.wasi.handle(
      { exports },
      {
        path: '/a',
        headers: [['x-b', 'c']],
        body: 'sent',
        trailers: [
          ['x-sum', '42'],
          ['Connection', 'close'],
        ],
      },
    );
  };

  test('gets the request, and answers', async () => {
    const answer = await handled(async ({ Request, Response, Fields }, request) => {
      const [stream, trailers] = Request.consumeBody(request, none);
      const sent = await collect(stream);
      const { val } = await trailers;
      const last = val.copyAll().map(([name, value]: [string, Uint8Array]) => [name, text(value)]);
      const body = `${request.getPathWithQuery()} ${sent} ${last}`;
      const [response] = Response.new(new Fields(), written(body, '!'), none);
      response.setStatusCode(202);
      return response;
    });
    expect(answer!.status).toBe(202);
    expect(text(answer!.body)).toBe('/a sent x-sum,42!');
  });

  test('an error, or none of an answer, is one', async () => {
    const failing = handled(() => {
      throw Object.assign(new Error(), { payload: { tag: 'loop-detected' } });
    });
    await expect(failing).rejects.toThrow('loop-detected');
    await expect(handled(() => undefined)).rejects.toThrow('no whole answer');
    const broken = handled(({ Response, Fields }) => {
      const after = Promise.resolve({ tag: 'err', val: { tag: 'connection-terminated' } });
      return Response.new(new Fields(), written('x'), after)[0];
    });
    await expect(broken).rejects.toThrow('connection-terminated');
  });
});

describe('a response of HTTP/1.1', () => {
  /** Reads it in pieces of a size; tells all of it, or the code of what is wrong. */
  const read = (whole: string, size: number, method = 'GET'): unknown => {
    const reader = new ResponseReader(method);
    let body = '';
    const take = (): void => {
      for (let piece = reader.take(1000); piece; piece = reader.take(1000)) body += text(piece);
    };
    try {
      for (let at = 0; at < whole.length; at += size) {
        reader.push(bytes(whole.slice(at, at + size)));
        take();
      }
      if (!reader.trailers) {
        reader.end();
        take();
      }
    } catch (error) {
      return (error as { code: { tag: string } }).code.tag;
    }
    const last = reader.trailers?.map(([name, value]) => `${name}=${text(value)}`).join();
    return [reader.head?.status, body, last];
  };

  test.each([1, 2, 7, 1000])('in pieces of %i bytes', (size) => {
    const head = 'HTTP/1.1 200 OK\r\n';
    expect(read(`${head}Content-Length: 3\r\n\r\nabc`, size)).toEqual([200, 'abc', '']);
    expect(read(`${head}\r\nto the end`, size)).toEqual([200, 'to the end', '']);
    const chunks = `${head}Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\n`;
    expect(read(`${chunks}\r\n`, size)).toEqual([200, 'abc0123456789', '']);
    expect(read(`${chunks}x-a: b \r\nHost: no\r\n\r\n`, size)).toEqual([
      200,
      'abc0123456789',
      'x-a=b',
    ]);
    expect(read(`HTTP/1.1 100 Continue\r\n\r\n${head}Content-Length: 0\r\n\r\n`, size)).toEqual([
      200,
      '',
      '',
    ]);
    for (const method of ['HEAD', 'CONNECT'])
      expect(read(`${head}Content-Length: 5\r\n\r\n`, size, method)).toEqual([200, '', '']);
    const refused = 'HTTP/1.1 405 No\r\nContent-Length: 2\r\n\r\nno';
    expect(read(refused, size, 'CONNECT')).toEqual([405, 'no', '']);
    expect(read('HTTP/1.0 204 No\nX: y\n\n', size)).toEqual([204, '', '']);
  });

  test.each([
    ['HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab', 'HTTP-response-incomplete'],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab', 'HTTP-response-incomplete'],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n', 'HTTP-protocol-error'],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n', 'HTTP-protocol-error'],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n', 'HTTP-response-transfer-coding'],
    ['HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 'HTTP-protocol-error'],
    ['HTTP/2 200\r\n\r\n', 'HTTP-protocol-error'],
    ['HTTP/1.1 200 OK\r\nno field\r\n\r\n', 'HTTP-protocol-error'],
    ['HTTP/1.1 200', 'HTTP-response-incomplete'],
    ['', 'connection-terminated'],
    [`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(1 << 17)}`, 'HTTP-response-header-section-size'],
  ])('%j is none', (whole, code) => {
    expect(read(whole, 1 << 16)).toBe(code);
  });

  test('that never comes is not waited for longer than was said', async () => {
    const silent = createTcp(() => {}).listen(0, '127.0.0.1');
    await new Promise((done) => silent.once('listening', done));
    const guest = open();
    const to = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const { RequestOptions } = guest.wasi.getImportObject()['wasi:http/types@0.3'] as Resource;
    const options = new RequestOptions();
    options.setFirstByteTimeout(50_000_000n);
    const [request] = guest.Request.new(new guest.Fields(), undefined, none, options);
    request.setAuthority(to);
    request.setScheme({ tag: 'HTTP' });
    await expect(guest.send(request)).rejects.toEqual({ tag: 'connection-read-timeout' });
    silent.close();
  });
});

describe('what may stand in a request', () => {
  test('nothing that ends a line, or belongs to the host', () => {
    const fields = new FieldList();
    const put = (name: string, value: string) => () => fields.append(name, bytes(value));
    for (const [name, value] of [
      ['a b', 'c'],
      ['a', 'b\r\nc: d'],
      ['a', '\0'],
      ['', 'x'],
      ['a:', 'x'],
    ])
      expect(put(name!, value!)).toThrow(expect.objectContaining({ tag: 'invalid-syntax' }));
    for (const name of ['Host', 'connection', 'Transfer-Encoding', 'UPGRADE'])
      expect(put(name, 'x')).toThrow(expect.objectContaining({ tag: 'forbidden' }));
    fields.append('One', bytes('1'));
    fields.append('ONE', bytes('2'));
    expect(fields.all.map(([name]) => name)).toEqual(['One', 'One']);
    for (const path of ['/`', '/a b', '/a\r\nx', '/\0', '/a#b'])
      expect(pathWithQuery(path)).toBe(undefined);
    for (const one of ['a b', 'a\r\n', 'a/b', '@a', '', 'a:b', 'a:99999', '[::1'])
      expect(isAuthority(one)).toBe(false);
    for (const one of ['a', 'a:80', '[::1]:80', 'u:p@h:1', '1.2.3.4'])
      expect(isAuthority(one)).toBe(true);
    expect(method({ tag: 'other', val: 'GET' })).toEqual({ tag: 'get' });
    expect(method({ tag: 'other', val: 'G T' })).toBe(undefined);
    expect(scheme({ tag: 'other', val: 'https' })).toEqual({ tag: 'HTTPS' });
    expect(scheme({ tag: 'other', val: '1a' })).toBe(undefined);
  });
});
