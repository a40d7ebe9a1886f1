/**
 * A request and its response over a connection of its own (HTTP/1.1, also over TLS): gets what is asked for, a body that
 * comes piece by piece, and limits of time; gives head and body of the answer. Must hold: nothing here waits; whoever
 * waits calls `pump` now and then. The list is asked about every address before it is connected to.
 */
import { loopback } from '../core/address.js';
import { destination } from '../core/allow-list.js';
import { skip } from '../core/buffers.js';
import { fail, isError } from '../core/errno.js';
import type { Connection } from '../core/host.js';
import { CLOCK } from '../core/types.js';
import { encodeUtf8 } from '../core/utf8.js';
import { type NetworkContext, networkOf } from '../preview2/network-context.js';
import { SocketError } from '../preview2/socket-values.js';
import { lookUp } from '../preview2/sockets.js';
import type { OutgoingBytes } from './body.js';
import { type Field, type FieldList, textOf } from './fields.js';
import { type ResponseHead, ResponseReader } from './response-reader.js';
import { HttpError, httpError, splitAuthority } from './values.js';

/** What is asked for. */
export interface RequestHead {
  method: string;
  tls: boolean;
  authority: string;
  path: string;
  fields: FieldList;
}

/** Nanoseconds that may pass; any number where none is told. */
export interface Timeouts {
  connect?: bigint | undefined;
  firstByte?: bigint | undefined;
  betweenBytes?: bigint | undefined;
}

/** Bytes that are read at once. */
const CHUNK = 1 << 16;

const ascii = (text: string): Uint8Array => encodeUtf8(text);

/** Lines of fields. */
function lines(fields: readonly Field[]): Uint8Array[] {
  return fields.flatMap(([name, value]) => [ascii(`${name}: `), value, ascii('\r\n')]);
}

/** The length that a header tells; undefined where it tells none that makes sense. */
export function lengthOf(fields: FieldList): number | undefined {
  const text = textOf(fields, 'content-length');
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** A host that cannot be found, or may not be looked for. */
function unreachable({ code }: SocketError): HttpError {
  if (code === 'access-denied') return new HttpError('HTTP-request-denied');
  if (code === 'not-supported') return new HttpError('destination-unavailable');
  return new HttpError('DNS-error', { rcode: code });
}

/** One of them. */
export class Exchange {
  private readonly context: NetworkContext;
  private readonly request: RequestHead;
  private readonly body: OutgoingBytes | undefined;
  private readonly timeouts: Timeouts;
  private readonly reader: ResponseReader;
  private look: (() => Uint8Array[]) | undefined;
  private addresses: Uint8Array[] = [];
  private readonly host: string;
  private readonly port: number;
  private connection: Connection | undefined;
  private established = false;
  private outgoing: Uint8Array[] = [];
  /** The body's end has been written, and everything has been. */
  private ended = false;
  private sentAll = false;
  private failure: HttpError | undefined;
  private last: bigint;
  private closed = false;

  /** Begins; what fails is told by the calls that follow. */
  constructor(
    context: NetworkContext,
    request: RequestHead,
    body: OutgoingBytes | undefined,
    timeouts: Timeouts = {},
  ) {
    this.context = context;
    this.request = request;
    this.body = body;
    this.timeouts = timeouts;
    this.reader = new ResponseReader(request.method);
    this.last = this.now();
    const { host, port } = splitAuthority(request.authority, request.tls ? 443 : 80);
    this.host = host;
    this.port = port;
    context.open.add(this);
    if (body) body.pump = () => this.pump();
    this.attempt(() => {
      if (!context.allowed.tcp) throw new HttpError('HTTP-request-denied');
      this.look = /^localhost\.?$/i.test(host)
        ? () => [loopback(4), loopback(6)]
        : lookUp(context, host);
      this.outgoing = this.head();
    });
    this.pump();
  }

  /** The response's head; undefined as long as it has not come. Throws an `HttpError` once it has failed. */
  get response(): ResponseHead | undefined {
    this.pump();
    if (this.reader.head) return this.reader.head;
    if (this.failure) throw this.failure;
    return undefined;
  }

  /** Bytes of the body; undefined at the end of it; throws `EAGAIN` where none have come, or an `HttpError`. */
  take(most: number): Uint8Array | undefined {
    this.pump();
    for (;;) {
      const piece = this.attempt(() => this.reader.take(most));
      // Nothing more comes over this connection.
      if (this.reader.trailers && this.sentAll) this.close();
      if (piece !== undefined) return piece;
      if (this.reader.trailers) return undefined;
      if (this.failure) throw this.failure;
      if (!this.receive()) fail('AGAIN');
    }
  }

  /** The trailers, once the body has been read to its end. */
  get trailers(): Field[] | undefined {
    return this.reader.trailers;
  }

  /** Has everything been sent? Throws an `HttpError` where that cannot be any more. */
  get isSent(): boolean {
    this.pump();
    if (this.sentAll) return true;
    if (this.failure) throw this.failure;
    return false;
  }

  /** Goes on as far as that does not have to wait. */
  pump(): void {
    if (this.closed || this.failure) return;
    this.attempt(() => {
      if (!this.connected()) return;
      this.send();
      while (!this.reader.head && this.receive());
    });
  }

  /** Ends the connection. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.context.open.delete(this);
    this.connection?.close();
    this.failure ??= new HttpError('connection-terminated');
    this.body?.fail(this.failure);
  }

  private now(): bigint {
    return this.context.host.now(CLOCK.MONOTONIC);
  }

  /** What `call` gives. Remembers how it fails, unless it only has to wait. */
  private attempt<T>(call: () => T): T | undefined {
    try {
      return call();
    } catch (error) {
      if (isError(error, 'AGAIN')) return undefined;
      this.failure = this.failureOf(error);
      this.connection?.close();
      this.body?.fail(this.failure);
      return undefined;
    }
  }

  private failureOf(error: unknown): HttpError {
    if (error instanceof SocketError) return unreachable(error);
    const failure = httpError(error);
    // So servers that make no tunnels answer who asks for one.
    const refused =
      this.request.method === 'CONNECT' &&
      this.established &&
      !this.reader.head &&
      failure.code.tag === 'connection-terminated';
    return refused ? new HttpError('HTTP-protocol-error') : failure;
  }

  private head(): Uint8Array[] {
    const { method, path, authority, fields } = this.request;
    const names = new Set(fields.all.map(([name]) => name.toLowerCase()));
    const extra: string[] = [];
    if (this.body) {
      if (lengthOf(fields) === undefined) extra.push('transfer-encoding: chunked');
    } else if (/^(?:POST|PUT|PATCH)$/.test(method) && !names.has('content-length')) {
      extra.push('content-length: 0');
    }
    // Without its user and password, which belong into a header.
    const host = authority.replace(/^.*@/, '');
    const first = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n`;
    const added = extra.map((line) => `${line}\r\n`).join('');
    return [ascii(first + added), ...lines(fields.all), ascii('\r\n')];
  }

  /** Connects, one address after the other. Is that done? */
  private connected(): boolean {
    if (this.established) return true;
    const { connect } = this.timeouts;
    if (connect !== undefined && this.now() - this.last > connect)
      throw new HttpError('connection-timeout');
    if (this.look) {
      const { port } = this;
      const found = this.look();
      this.look = undefined;
      this.addresses = found.filter((ip) => this.context.allowed.reaches({ ip, port }));
      if (found.length === 0) throw new HttpError('destination-not-found');
      if (this.addresses.length === 0) throw new HttpError('destination-IP-prohibited');
    }
    for (;;) {
      this.connection ??= this.open(this.addresses.shift()!);
      try {
        this.connection.established(true);
        break;
      } catch (error) {
        // Someone is there, but is not who was asked for.
        if (this.request.tls && isError(error, 'IO')) throw new HttpError('TLS-protocol-error');
        if (isError(error, 'AGAIN') || this.addresses.length === 0) throw error;
        this.connection.close();
        this.connection = undefined;
      }
    }
    this.established = true;
    this.last = this.now();
    return true;
  }

  private open(ip: Uint8Array): Connection {
    const target = destination({ ip, port: this.port });
    const name = this.request.tls ? this.host : undefined;
    return networkOf(this.context).connect(target, undefined, name);
  }

  /** Sends what there is room for. */
  private send(): void {
    const { body } = this;
    while (!this.sentAll) {
      if (this.outgoing.length > 0) {
        const count = this.connection!.write(this.outgoing, true);
        this.last = this.now();
        this.outgoing = skip(this.outgoing, count);
      } else if (this.ended) {
        this.sentAll = true;
      } else {
        const piece = body?.take();
        if (piece) this.outgoing = this.framed(piece);
        else if (body?.failure) throw body.failure;
        else if (body && !body.ending) return;
        else {
          this.ended = true;
          const last = body?.length === undefined && body?.ending;
          if (last) this.outgoing = [ascii('0\r\n'), ...lines(last.trailers), ascii('\r\n')];
        }
      }
    }
  }

  /** A piece of the body as it goes over the wire. */
  private framed(piece: Uint8Array): Uint8Array[] {
    if (this.body!.length !== undefined) return [piece];
    return [ascii(`${piece.length.toString(16)}\r\n`), piece, ascii('\r\n')];
  }

  /** Takes in what has come; false where that is nothing. Throws when it has taken too long. */
  private receive(): boolean {
    const { reader, connection } = this;
    if (!this.established) return false;
    let got = false;
    this.attempt(() => {
      const buffer = new Uint8Array(CHUNK);
      let count: number;
      try {
        count = connection!.read([buffer], true);
      } catch (error) {
        if (isError(error, 'AGAIN')) this.checkTime();
        throw error;
      }
      got = true;
      this.last = this.now();
      if (count === 0) reader.end();
      else reader.push(buffer.subarray(0, count));
    });
    return got && !this.failure;
  }

  private checkTime(): void {
    const { firstByte, betweenBytes } = this.timeouts;
    const passed = this.now() - this.last;
    const most = this.reader.head ? betweenBytes : firstByte;
    if (most !== undefined && passed > most) throw new HttpError('connection-read-timeout');
  }
}
