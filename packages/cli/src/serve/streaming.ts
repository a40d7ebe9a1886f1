/** Requests and answers piece by piece, over Node's own: gets those, gives what a `StreamingHandler` takes. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { CONNECTION_HEADERS, type HandlerResponse, type ResponseStream } from './handler.js';

/** A body that comes; `received` counts it. Fails with the code `TOO_LARGE` beyond the limit. */
export async function* comingBody(
  request: IncomingMessage,
  limit: number,
  received: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const tooLarge = (): never => {
    throw Object.assign(new Error('the request is too large'), { code: 'TOO_LARGE' });
  };
  if (Number(request.headers['content-length'] ?? 0) > limit) tooLarge();
  let size = 0;
  // The connection stays when nobody reads on: the answer may still have to be written.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const piece = chunk as Buffer;
    size += piece.length;
    received(piece.length);
    if (size > limit) tooLarge();
    yield piece;
  }
}

/** Headers that are the server's own: not the length, which makes an answer that is written piece by piece shorter. */
const SERVERS = new Set<string>(CONNECTION_HEADERS);

/** An answer as it is written. */
export class WrittenResponse implements ResponseStream {
  status = 0;
  /** Bytes of the body. */
  sent = 0;
  private readonly response: ServerResponse;
  private readonly writeWhole: (answer: HandlerResponse) => number;
  private readonly closing: () => boolean;
  private waiting: HandlerResponse['headers'] | undefined;
  private ended = false;

  /** @param writeWhole writes an answer that is there as a whole; returns the bytes of its body */
  constructor(
    response: ServerResponse,
    writeWhole: (answer: HandlerResponse) => number,
    closing: () => boolean,
  ) {
    this.response = response;
    this.writeWhole = writeWhole;
    this.closing = closing;
  }

  head(status: number, headers: HandlerResponse['headers']): void {
    this.status = status;
    this.waiting = headers.filter(([name]) => !SERVERS.has(name.toLowerCase()));
  }

  write(bytes: Uint8Array, left: () => void): void {
    this.writeHead();
    if (this.response.destroyed) {
      left();
      return;
    }
    this.sent += bytes.length;
    this.response.write(bytes, left);
  }

  end(trailers: HandlerResponse['headers']): void {
    if (this.waiting && trailers.length === 0 && !this.hasLength()) {
      // Nothing was written: its length is known.
      if (this.status !== 204 && this.status !== 304 && this.status >= 200)
        this.waiting = [...this.waiting, ['Content-Length', '0']];
    }
    this.writeHead();
    this.ended = true;
    try {
      if (trailers.length > 0)
        this.response.addTrailers(trailers.map(([name, value]): [string, string] => [name, value]));
    } catch {
      // What is no trailer is none.
    }
    this.response.end();
  }

  whole(answer: HandlerResponse): void {
    this.waiting = undefined;
    this.ended = true;
    this.status = answer.status;
    this.sent = this.writeWhole(answer);
  }

  abort(): void {
    this.ended = true;
    this.response.destroy();
  }

  onGone(call: () => void): void {
    this.response.on('close', () => {
      if (!this.ended) call();
    });
  }

  private hasLength(): boolean {
    return this.waiting?.some(([name]) => /^content-length$/i.test(name)) ?? false;
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
