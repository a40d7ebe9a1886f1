/**
 * The HTTP server: finds the handler of a request, bounds how many there are and how large, and ends in order. It gets
 * handlers and limits; it knows nothing of programs.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { splitTarget } from './cgi.js';
import {
  type Failure,
  type HandlerResponse,
  plainResponse,
  REQUEST_TOO_LARGE,
  type RequestHandler,
  type StreamingHandler,
} from './handler.js';
import type { Gauges, Metrics } from './metrics.js';
import { joined } from './pieces.js';
import { comingBody, WrittenResponse } from './streaming.js';

/** A handler and the paths that it is for. */
export interface Route {
  /** `/path`, or `/path/...` for all below, too. */
  pattern: string;
  handler: RequestHandler | StreamingHandler;
}

/** What a server is made of. */
export interface ServerOptions {
  routes: readonly Route[];
  /** Requests that are dealt with at a time, those that wait included; more are refused. */
  admitted: number;
  /** Bytes that a body may have. */
  bodyLimit: number;
  metrics: Metrics;
  /** The path that metrics are at; undefined for none. */
  metricsPath: string | undefined;
  gauges(): Gauges;
  /** Takes each line of the access log. */
  log: ((line: string) => void) | undefined;
  /** Milliseconds that an answer may lie without the client taking any of it. Default: a minute. */
  stallTimeout?: number;
}

/** What a pattern matches of a path: the part before what is below it; undefined for nothing. */
const matches = (pattern: string, path: string): string | undefined => {
  if (!pattern.endsWith('/...')) return pattern === path ? pattern : undefined;
  const base = pattern.slice(0, -4);
  return path === base || path.startsWith(`${base}/`) ? base : undefined;
};

/** A text for a log: on one line, without what controls a terminal. */
const quoted = (text: string | undefined): string =>
  text === undefined || text === ''
    ? '-'
    : text.replace(/[^\x20-\x7e]|["\\]/g, (c) => JSON.stringify(c).slice(1, -1));

/** How long a client may take to send a request, in milliseconds. */
const REQUEST_TIMEOUT = 60_000;

/** Bytes of a body from which on it is sent as it is. */
const LARGE = 32 * 1024;

/** How long the rest of a request that has been refused is taken in, in milliseconds. */
const LINGER = 1000;

/** How long an answer may lie without the client taking any of it, in milliseconds. */
const STALL_TIMEOUT = 60_000;

/** Why a body is not read to its end: it is larger than it may be, or there is no room for more of all. */
type Unread = 'large' | 'crowded';

/**
 * The body of a request, or why there is none. Fails where it breaks off.
 * @param room tells of bytes that are kept; gives whether they may be
 */
const readBody = (
  request: IncomingMessage,
  limit: number,
  room: (bytes: number) => boolean,
): Promise<Uint8Array<ArrayBuffer> | Unread> =>
  new Promise((done, fail) => {
    const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
    if (length === undefined && coding === undefined) return done(new Uint8Array(0));
    if (Number(length ?? 0) > limit) return done('large');
    const chunks: Buffer[] = [];
    let size = 0;
    const take = (chunk: Buffer): void => {
      size += chunk.length;
      chunks.push(chunk);
      const crowded = !room(chunk.length);
      if (size <= limit && !crowded) return;
      request.off('data', take);
      request.pause();
      chunks.length = 0;
      done(size > limit ? 'large' : 'crowded');
    };
    request.on('data', take);
    request.on('end', () => done(joined(chunks, size)));
    request.on('close', () => fail(new Error('the client has gone')));
  });

/**
 * Target and headers as handlers get them. Of a target that is a whole URL the path and query are left, and its host is what
 * `Host` says then, whatever came (RFC 9112, 3.2.2): nobody may be told two.
 */
const askedFor = (request: IncomingMessage): { target: string; headers: readonly string[] } => {
  const { url = '/', rawHeaders: headers } = request;
  const [, authority, rest = ''] = /^[a-z][a-z\d+.-]*:\/\/([^/?]*)(.*)$/i.exec(url) ?? [];
  if (authority === undefined) return { target: url, headers };
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  return {
    target: rest.startsWith('/') ? rest : `/${rest}`,
    headers: headers.map((value, i) => (i % 2 === 1 && isHost(headers[i - 1]!) ? host : value)),
  };
};

const isHost = (name: string): boolean => name.length === 4 && name.toLowerCase() === 'host';

/** Does a request name more than one host (RFC 9112, 3.2)? Names and values are in turn. */
const namesHosts = (raw: readonly string[]): boolean =>
  raw.filter((name, i) => i % 2 === 0 && isHost(name)).length > 1;

/** The answer to those for whom there is no room. */
const CROWDED = plainResponse(503, 'Too many requests at a time.', undefined, [
  ['retry-after', '1'],
]);

/** What metrics and log have of an answer. */
interface Seen {
  status: number;
  /** Bytes of both bodies. */
  received: number;
  sent: number;
  failure: Failure | undefined;
}

/** A server that is not listening yet. */
export class HandlerServer {
  private readonly server: Server;
  private readonly options: ServerOptions;
  private open = 0;
  /** Bytes of bodies that are coming in. */
  private coming = 0;
  private closing = false;

  constructor(options: ServerOptions) {
    // The longest pattern that matches is meant.
    const routes = [...options.routes].sort((a, b) => b.pattern.length - a.pattern.length);
    this.options = { ...options, routes };
    this.server = createServer({ requestTimeout: REQUEST_TIMEOUT }, (request, response) => {
      this.answer(request, response).catch(() => response.destroy());
    });
  }

  /** Listens; returns the address. Fails with the system's error. */
  listen(host: string, port: number): Promise<AddressInfo> {
    return new Promise((done, fail) => {
      this.server.once('error', fail);
      this.server.listen(port, host, () => done(this.server.address() as AddressInfo));
    });
  }

  /** Takes no more connections, and returns when all requests have been answered. */
  close(): Promise<void> {
    this.closing = true;
    return new Promise((done) => {
      this.server.close(() => done());
      this.server.closeIdleConnections();
    });
  }

  /** Ends all connections. */
  abort(): void {
    this.server.closeAllConnections();
  }

  /** Answers one request, whatever happens. */
  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const begun = performance.now();
    const date = new Date();
    const { metrics, metricsPath, gauges, log } = this.options;
    response.on('error', () => {});
    request.on('error', () => {});
    const path = splitTarget(request.url ?? '/').path;
    // What has come with the header has been read then: a request without a body is whole.
    await undefined;
    if (path === metricsPath) {
      const text = new TextEncoder().encode(metrics.text(gauges()));
      const headers = [['content-type', 'text/plain; version=0.0.4; charset=utf-8']] as const;
      this.write(request, response, { status: 200, headers, body: text });
      return;
    }
    const found = this.find(path);
    let seen: Seen;
    this.open++;
    try {
      if (namesHosts(request.rawHeaders))
        seen = this.whole(request, response, plainResponse(400, 'There is more than one Host.'));
      else if (!found) seen = this.whole(request, response, plainResponse(404, 'Nothing is here.'));
      else if (this.open > this.options.admitted) {
        seen = this.whole(request, response, CROWDED);
      } else {
        seen = await this.handle(found, request, response);
      }
    } catch {
      // The client has gone in the middle of its request.
      response.destroy();
      return;
    } finally {
      this.open--;
    }
    const { status, received, sent, failure } = seen;
    const seconds = (performance.now() - begun) / 1000;
    const pattern = found?.route.pattern ?? '';
    metrics.count(pattern, status, seconds, { received, sent }, failure);
    log?.(
      `${quoted(request.socket.remoteAddress)} - - [${date.toISOString()}] ` +
        `"${quoted(request.method)} ${quoted(request.url)} HTTP/${request.httpVersion}" ${status} ${sent} ` +
        `"${quoted(request.headers.referer)}" "${quoted(request.headers['user-agent'])}" ${seconds.toFixed(4)}`,
    );
  }

  /** Lets a handler answer. */
  private async handle(
    { route, base }: { route: Route; base: string },
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<Seen> {
    const { bodyLimit } = this.options;
    const head = {
      method: request.method ?? 'GET',
      ...askedFor(request),
      protocol: `HTTP/${request.httpVersion}`,
      route: { pattern: route.pattern, base },
      remoteAddress: request.socket.remoteAddress ?? '',
      localPort: request.socket.localPort ?? 0,
    };
    const { handler } = route;
    if ('stream' in handler) {
      let received = 0;
      const body = comingBody(request, bodyLimit, (bytes) => {
        received += bytes;
      });
      const written = new WrittenResponse(
        request,
        response,
        (answer) => this.write(request, response, answer),
        () => this.closing,
      );
      const failure = await handler.stream(
        { ...head, body, trailers: () => request.rawTrailers },
        written,
      );
      // What has not been read would be taken for the next request.
      if (!request.complete && !request.destroyed) this.dropRest(request);
      return { status: written.status, received, sent: written.sent, failure };
    }
    const body = await this.take(request);
    if (body === 'large') return this.whole(request, response, REQUEST_TOO_LARGE);
    if (body === 'crowded') return this.whole(request, response, CROWDED);
    const received = body.length;
    const answer = await handler.handle({ ...head, body });
    return { ...this.whole(request, response, answer), received };
  }

  /** Writes an answer that is there. */
  private whole(request: IncomingMessage, response: ServerResponse, answer: HandlerResponse): Seen {
    const { status, failure } = answer;
    return { status, received: 0, sent: this.write(request, response, answer), failure };
  }

  /**
   * Reads a body. Who sends one slowly takes no place of those that are dealt with; what has come of all together is
   * no more than as many bodies as are dealt with may have.
   */
  private async take(request: IncomingMessage): Promise<Uint8Array<ArrayBuffer> | Unread> {
    const { admitted, bodyLimit } = this.options;
    let kept = 0;
    this.open--;
    try {
      const body = await readBody(request, bodyLimit, (bytes) => {
        kept += bytes;
        this.coming += bytes;
        return this.coming <= admitted * bodyLimit;
      });
      return typeof body !== 'string' && this.open >= admitted ? 'crowded' : body;
    } finally {
      this.coming -= kept;
      this.open++;
    }
  }

  private find(path: string): { route: Route; base: string } | undefined {
    for (const route of this.options.routes) {
      const base = matches(route.pattern, path);
      if (base !== undefined) return { route, base };
    }
    return undefined;
  }

  /** Writes an answer; returns the bytes of its body. */
  private write(
    request: IncomingMessage,
    response: ServerResponse,
    answer: HandlerResponse,
  ): number {
    const { status, reason, headers, body } = answer;
    // What has not been read of a request would be taken for the next one.
    const whole = request.complete;
    const flat = headers.flat();
    const bodiless = status === 204 || status === 304;
    if (!bodiless) flat.push('Content-Length', String(body.length));
    if (this.closing || !whole) flat.push('Connection', 'close');
    const sent = bodiless || request.method === 'HEAD' ? new Uint8Array(0) : body;
    try {
      if (reason === undefined) response.writeHead(status, flat);
      else response.writeHead(status, reason, flat);
      if (!whole) {
        response.write(sent);
        this.dropRest(request, () => response.end());
      } else if (sent.length > LARGE) {
        // Until it has been sent, when Node sets another; any progress counts.
        request.socket.setTimeout(this.options.stallTimeout ?? STALL_TIMEOUT);
        response.end(sent);
      } else {
        // Node sends a text together with the header.
        const { buffer, byteOffset, length } = sent;
        response.end(Buffer.from(buffer, byteOffset, length).toString('latin1'), 'latin1');
      }
    } catch {
      // A header that Node does not write.
      response.destroy();
    }
    return sent.length;
  }

  /** Who still sends would lose the answer if the connection ended at once: the rest is dropped for a while. */
  private dropRest(request: IncomingMessage, then: () => void = () => {}): void {
    const end = setTimeout(() => {
      then();
      request.destroy();
    }, LINGER);
    request.on('end', then);
    request.on('close', () => clearTimeout(end));
    // Who still waits for more would keep it.
    request.removeAllListeners('readable');
    request.resume();
  }
}
