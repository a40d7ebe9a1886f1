/**
 * Reads a response of HTTP/1.1 (RFC 9112) as its bytes come: gets pieces of them, gives the head, the body without its
 * framing, the trailers. Throws an `HttpError` for what is none.
 */
import { gather } from '../core/buffers.js';
import { type Field, isForbidden } from './fields.js';
import { HttpError, isToken } from './values.js';

/** Bytes that a head, trailers, or the line before a chunk may have. */
const MOST_HEAD = 1 << 16;

/** Status and header. */
export interface ResponseHead {
  status: number;
  fields: Field[];
}

/** How the end of the body is known. */
type Framing =
  | { kind: 'length'; left: number }
  | { kind: 'chunked'; left: number; within: boolean }
  | { kind: 'close' };

const wrong = (): never => {
  throw new HttpError('HTTP-protocol-error');
};

/** Name and value of a line. */
function field(line: Uint8Array): Field {
  const colon = line.indexOf(58);
  const name = String.fromCharCode(...line.subarray(0, Math.max(0, colon)));
  if (!isToken(name)) wrong();
  let [start, end] = [colon + 1, line.length];
  const blank = (byte: number | undefined): boolean => byte === 32 || byte === 9;
  while (start < end && blank(line[start])) start++;
  while (end > start && blank(line[end - 1])) end--;
  return [name, line.slice(start, end)];
}

/** One response. */
export class ResponseReader {
  /** Known once it has come. */
  head: ResponseHead | undefined;
  /** The body is over; its trailers are known. */
  trailers: Field[] | undefined;
  private bytes: Uint8Array = new Uint8Array(0);
  private ended = false;
  private framing: Framing | undefined;
  private readonly method: string;

  /** @param method of the request: some have no body whatever the header of the response says */
  constructor(method: string) {
    this.method = method;
  }

  /** Takes bytes that have come. */
  push(bytes: Uint8Array): void {
    this.bytes = gather([this.bytes, bytes], this.bytes.length + bytes.length);
    this.readHead();
  }

  /** Nothing more comes. */
  end(): void {
    this.ended = true;
    if (this.head) return;
    if (this.bytes.length > 0) throw new HttpError('HTTP-response-incomplete');
    throw new HttpError('connection-terminated');
  }

  /** Up to `most` bytes of the body; undefined where more has to come first, or where it is over. */
  take(most: number): Uint8Array | undefined {
    const { framing } = this;
    if (!framing || this.trailers) return undefined;
    if (framing.kind === 'chunked' && framing.left === 0 && !this.nextChunk(framing)) {
      if (this.ended && !this.trailers) throw new HttpError('HTTP-response-incomplete');
      return undefined;
    }
    const left = framing.kind === 'close' ? Number.POSITIVE_INFINITY : framing.left;
    const count = Math.min(most, left, this.bytes.length);
    if (count > 0) {
      const piece = this.bytes.slice(0, count);
      this.bytes = this.bytes.subarray(count);
      if (framing.kind !== 'close') framing.left -= count;
      if (framing.kind === 'length' && framing.left === 0) this.trailers = [];
      return piece;
    }
    if (this.ended && most > 0) {
      if (framing.kind !== 'close') throw new HttpError('HTTP-response-incomplete');
      this.trailers = [];
    }
    return undefined;
  }

  /** The line that begins the next chunk, or the trailers after the last; false where neither is there yet. */
  private nextChunk(framing: { left: number; within: boolean }): boolean {
    for (;;) {
      const saved = this.bytes;
      const line = this.line();
      if (line === undefined) return false;
      if (framing.within) {
        // The end of the line that follows the bytes of a chunk.
        if (line.length > 0) wrong();
        framing.within = false;
        continue;
      }
      const [, digits] =
        /^([\da-f]{1,12})[\t ]*(?:;.*)?$/i.exec(String.fromCharCode(...line)) ?? [];
      if (digits === undefined) wrong();
      framing.left = Number.parseInt(digits!, 16);
      if (framing.left > 0) {
        framing.within = true;
        return true;
      }
      const trailers = this.section();
      if (trailers === undefined) this.bytes = saved;
      else this.trailers = trailers.filter(([name]) => !isForbidden(name));
      return false;
    }
  }

  private readHead(): void {
    while (!this.head) {
      const saved = this.bytes;
      const line = this.line();
      if (line === undefined) return;
      const text = String.fromCharCode(...line);
      const [, version, status] = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: .*)?$/.exec(text) ?? [];
      if (status === undefined) wrong();
      const fields = this.section();
      if (fields === undefined) {
        this.bytes = saved;
        return;
      }
      const code = Number(status);
      // What only says that it goes on; protocols are never changed, as nobody has asked for that.
      if (code < 200 && code !== 101) continue;
      this.framing = this.framingOf(code, fields, version === '1');
      this.head = { status: code, fields: fields.filter(([name]) => !isForbidden(name)) };
    }
  }

  /** RFC 9112, 6.3. */
  private framingOf(status: number, fields: readonly Field[], chunks: boolean): Framing {
    const values = (name: string): string[] =>
      fields
        .filter(([one]) => one.toLowerCase() === name)
        .flatMap(([, value]) => String.fromCharCode(...value).split(','))
        .map((one) => one.trim());
    const codings = values('transfer-encoding');
    const lengths = new Set(values('content-length'));
    // What follows the answer to CONNECT is a tunnel's, and there is nothing that would take it.
    const bodiless =
      this.method === 'HEAD' || (this.method === 'CONNECT' && status >= 200 && status < 300);
    if (bodiless || status === 204 || status === 304 || status < 200) {
      this.trailers = [];
      return { kind: 'length', left: 0 };
    }
    if (codings.length > 0) {
      if (codings.length > 1 || codings[0]!.toLowerCase() !== 'chunked' || !chunks)
        throw new HttpError('HTTP-response-transfer-coding', codings.join(', '));
      return { kind: 'chunked', left: 0, within: false };
    }
    if (lengths.size === 0) return { kind: 'close' };
    const [length = ''] = lengths;
    if (lengths.size > 1 || !/^\d{1,15}$/.test(length)) wrong();
    if (Number(length) === 0) this.trailers = [];
    return { kind: 'length', left: Number(length) };
  }

  /** Fields up to an empty line; undefined where that has not come yet. */
  private section(): Field[] | undefined {
    const fields: Field[] = [];
    for (;;) {
      const line = this.line();
      if (line === undefined) return undefined;
      if (line.length === 0) return fields;
      fields.push(field(line));
    }
  }

  /** The next line without its end; undefined where that has not come yet. */
  private line(): Uint8Array | undefined {
    const at = this.bytes.indexOf(10);
    if (at < 0 || at > MOST_HEAD) {
      if (this.bytes.length > MOST_HEAD) throw new HttpError('HTTP-response-header-section-size');
      return undefined;
    }
    const line = this.bytes.subarray(0, at > 0 && this.bytes[at - 1] === 13 ? at - 1 : at);
    this.bytes = this.bytes.subarray(at + 1);
    return line;
  }
}
