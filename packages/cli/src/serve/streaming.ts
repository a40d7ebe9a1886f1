/** Requests and answers piece by piece, over Node's own: gets those, gives what a `StreamingHandler` takes. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { isBodiless, isLength, lengthOf } from './answer-head.js';
import {
  CONNECTION_HEADERS,
  type ComingBody,
  type HandlerResponse,
  type ResponseStream,
} from './handler.js';

/** A body that comes, if there is one; `received` counts it. */
export const comingBody = (
  request: IncomingMessage,
  limit: number,
  received: (bytes: number) => void,
): ComingBody | undefined => {
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  if (coding === undefined && (length === undefined || Number(length) === 0)) return undefined;
  let size = 0;
  const count = (bytes: number): void => {
    if (bytes > limit)
      throw Object.assign(new Error('the request is too large'), { code: 'TOO_LARGE' });
  };
  return {
    // What has come with the header is there at once, without a turn of the event loop.
    next() {
      count(Number(length ?? 0));
      const piece = request.read() as Buffer | null;
      if (piece) {
        size += piece.length;
        received(piece.length);
        count(size);
        return piece;
      }
      if (request.complete && request.readableLength === 0) return null;
      if (request.destroyed) throw new Error('the client has gone');
      return undefined;
    },
    later: () =>
      new Promise((done) => {
        const events = ['readable', 'end', 'close', 'error'];
        const come = (): void => {
          for (const event of events) request.off(event, come);
          done();
        };
        for (const event of events) request.on(event, come);
      }),
  };
};

/** Headers that are the server's own: not the length, which makes an answer that is written piece by piece shorter. */
const SERVERS = new Set<string>(CONNECTION_HEADERS);

/** An answer as it is written. */
export class WrittenResponse implements ResponseStream {
  status = 0;
  /** Bytes of the body. */
  sent = 0;
  private readonly request: IncomingMessage;
  private readonly response: ServerResponse;
  private readonly writeWhole: (answer: HandlerResponse) => number;
  private readonly closing: () => boolean;
  private waiting: HandlerResponse['headers'][number][] | undefined;
  private ended = false;
  /** What the header says of the body's length, where there is a body. */
  private length: number | undefined;
  private bodiless = false;
  /** A piece that may be all, and what is told when it has left. */
  private first: { bytes: Uint8Array; left: () => void } | undefined;

  /** @param writeWhole writes an answer that is there as a whole; returns the bytes of its body */
  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    writeWhole: (answer: HandlerResponse) => number,
    closing: () => boolean,
  ) {
    this.request = request;
    this.response = response;
    this.writeWhole = writeWhole;
    this.closing = closing;
  }

  head(status: number, headers: HandlerResponse['headers']): void {
    this.status = status;
    const length = lengthOf(headers);
    this.bodiless = isBodiless(status, this.request.method);
    this.length = this.bodiless ? undefined : length;
    this.waiting = headers.filter(
      (field) => !SERVERS.has(field[0].toLowerCase()) && !isLength(field),
    );
    if (length !== undefined) this.waiting.push(['Content-Length', String(length)]);
  }

  write(bytes: Uint8Array, left: () => void): void {
    if (this.waiting && !this.first) this.first = { bytes, left };
    else {
      this.flush();
      this.send(bytes, left);
    }
  }

  flush(): void {
    const { first } = this;
    if (!first) return;
    this.first = undefined;
    this.send(first.bytes, first.left);
  }

  end(trailers: HandlerResponse['headers']): void {
    const { first, waiting } = this;
    const { status } = this;
    this.ended = true;
    const body = first?.bytes ?? new Uint8Array(0);
    // What is not as long as it says would be taken together with the next answer.
    if (this.length !== undefined && this.sent + body.length !== this.length) {
      this.abort();
      return;
    }
    // It is whole before anything has left, so its length is known, unless it tells that of another one (to HEAD).
    const known = waiting?.every((field) => !isLength(field) || Number(field[1]) === body.length);
    if (waiting && known && trailers.length === 0 && this.request.complete) {
      const headers = waiting.filter((field) => !isLength(field));
      this.waiting = this.first = undefined;
      this.sent = this.writeWhole({ status, headers, body });
      first?.left();
      return;
    }
    this.flush();
    this.writeHead();
    try {
      if (trailers.length > 0)
        this.response.addTrailers(trailers.map(([name, value]): [string, string] => [name, value]));
    } catch {
      // What is no trailer is none.
    }
    this.response.end();
  }

  whole(answer: HandlerResponse): void {
    this.waiting = this.first = undefined;
    this.ended = true;
    this.status = answer.status;
    this.sent = this.writeWhole(answer);
  }

  abort(): void {
    this.ended = true;
    this.first = undefined;
    this.response.destroy();
  }

  onGone(call: () => void): void {
    this.response.on('close', () => {
      if (!this.ended && !this.isWhole) call();
    });
  }

  /** Has the client all that it waits for, whatever the program still does? */
  private get isWhole(): boolean {
    return this.waiting === undefined && (this.bodiless || this.sent === this.length);
  }

  private send(bytes: Uint8Array, left: () => void): void {
    if (this.length !== undefined && this.sent + bytes.length > this.length) this.abort();
    else this.writeHead();
    if (this.response.destroyed) {
      left();
      return;
    }
    this.sent += bytes.length;
    this.response.write(bytes, left);
  }

  private writeHead(): void {
    const { waiting } = this;
    if (!waiting) return;
    this.waiting = undefined;
    const flat = waiting.flat();
    if (this.closing()) flat.push('Connection', 'close');
    try {
      this.response.writeHead(this.status, flat);
    } catch {
      // A header that Node does not write.
      this.abort();
    }
  }
}
