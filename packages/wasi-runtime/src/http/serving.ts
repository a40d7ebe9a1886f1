/**
 * A request that is handed to a component, and where its answer goes, the same for 0.2 and 0.3: gets plain values, gives
 * them. Whoever serves gives a {@link Sink}, which gets the body piece by piece; without one the answer is gathered.
 */
import { gather, totalLength } from '../core/buffers.js';
import { fail } from '../core/errno.js';
import { encodeUtf8 } from '../core/utf8.js';
import type { BodySource, IncomingHead } from './body.js';
import { type Field, isForbidden } from './fields.js';
import { type HttpCode, HttpError, method, scheme } from './values.js';

/** A request. */
export interface HandledRequest {
  /** Default: `GET`. */
  method?: string | undefined;
  /** Path and query. Default: `/`. */
  path?: string | undefined;
  /** Default: `http`. */
  scheme?: string | undefined;
  /** Host and port. Default: what the header `host` says, or `localhost`. */
  authority?: string | undefined;
  /** Names and values; those that concern the connection are left out. */
  headers?: readonly (readonly [name: string, value: string | Uint8Array])[] | undefined;
  /** Default: none. A function gives piece after piece, `undefined` after the last. */
  body?: string | Uint8Array | (() => Uint8Array | undefined) | ComingBody | undefined;
  /** What follows the body, unless that comes with its own. Default: nothing. */
  trailers?: readonly (readonly [name: string, value: string | Uint8Array])[] | undefined;
}

/** A body that comes from elsewhere while the component runs. */
export interface ComingBody {
  /** The next piece; `null` at the end, `undefined` as long as it has not come. Throws where it never will. */
  next(): Uint8Array | null | undefined;
  /** Waits until that may have changed: within the call, or not. */
  wait(): void;
  later(): Promise<void>;
  /** What follows it, once the end has come. */
  trailers?(): HandledRequest['trailers'];
}

/** Status and header of an answer. */
export interface HandledHead {
  status: number;
  headers: [name: string, value: Uint8Array][];
}

/** An answer. */
export interface HandledResponse extends HandledHead {
  body: Uint8Array;
  trailers: [name: string, value: Uint8Array][];
}

/** What takes an answer as it comes. */
export interface Sink {
  respond(head: HandledHead): void;
  /** May wait, within the call for 0.2. */
  write(bytes: Uint8Array): void | Promise<void>;
  end(trailers: [name: string, value: Uint8Array][]): void;
}

const copied = (fields: readonly Field[]): [string, Uint8Array][] =>
  fields.filter(([name]) => !isForbidden(name)).map(([name, value]) => [name, value]);

/** Header and status for a sink. */
export const headOf = (status: number, fields: readonly Field[]): HandledHead => ({
  status,
  headers: copied(fields),
});

/** Trailers for a sink. */
export const trailersOf = copied;

/** The bytes of a text that is a value: one for each character where that can be, else UTF-8. */
const bytesOf = (value: string | Uint8Array): Uint8Array => {
  if (typeof value !== 'string') return value;
  return /^[\0-\xff]*$/.test(value)
    ? Uint8Array.from(value, (character) => character.charCodeAt(0))
    : encodeUtf8(value);
};

/** A body that is there. */
function present(
  body: string | Uint8Array | (() => Uint8Array | undefined) | undefined,
): ComingBody {
  let whole = typeof body === 'string' ? encodeUtf8(body) : body;
  return {
    next() {
      if (typeof whole === 'function') return whole() ?? null;
      const piece = whole;
      whole = undefined;
      return piece ?? null;
    },
    wait() {},
    later: async () => {},
  };
}

/** Fields as the guest sees them. */
const fieldsOf = (given: HandledRequest['headers'] = []): Field[] =>
  given
    .filter(([name]) => !isForbidden(name))
    .map(([name, value]): Field => [name, bytesOf(value)]);

/** Where the guest reads a body from. */
export function sourceOf({ body, trailers }: HandledRequest): BodySource {
  const coming = typeof body === 'object' && 'next' in body ? body : present(body);
  let piece: Uint8Array = new Uint8Array(0);
  let over = false;
  /** Is there something to be read, if only the end? */
  const look = (): boolean => {
    while (!over && piece.length === 0) {
      let next: Uint8Array | null | undefined;
      try {
        next = coming.next();
      } catch {
        throw new HttpError('connection-terminated');
      }
      if (next === undefined) return false;
      if (next === null) over = true;
      else piece = next;
    }
    return true;
  };
  const take = (most: number, nonblock: boolean): Uint8Array => {
    while (!look()) {
      if (nonblock) fail('AGAIN');
      coming.wait();
    }
    const taken = piece.length <= most ? piece : piece.subarray(0, most);
    piece = piece.subarray(taken.length);
    return taken;
  };
  return {
    take,
    read([buffer], nonblock) {
      const taken = take(buffer!.length, nonblock);
      buffer!.set(taken);
      return taken.length;
    },
    ready() {
      try {
        return look();
      } catch {
        return true;
      }
    },
    later: () => coming.later(),
    trailers: () => (over ? fieldsOf(coming.trailers?.() ?? trailers) : undefined),
    close() {},
  };
}

/** The request as the guest sees it; throws `TypeError` for a method or scheme that is none. */
export function incomingHead(request: HandledRequest): IncomingHead {
  const { path = '/', headers = [] } = request;
  const host = headers.find(([name]) => name.toLowerCase() === 'host')?.[1];
  const given = typeof host === 'string' ? host : host && String.fromCharCode(...host);
  const named = method({ tag: 'other', val: request.method ?? 'GET' });
  const wanted = scheme({ tag: 'other', val: request.scheme ?? 'http' });
  if (!named || !wanted) throw new TypeError('the request has no method, or no scheme');
  return {
    method: named,
    path,
    scheme: wanted,
    authority: request.authority ?? given ?? 'localhost',
    fields: fieldsOf(headers),
    body: sourceOf(request),
  };
}

/** A sink that gathers the answer. */
export function gathering(): Sink & { result(): HandledResponse } {
  let head: HandledHead | undefined;
  let trailers: HandledResponse['trailers'] | undefined;
  const pieces: Uint8Array[] = [];
  return {
    respond(value) {
      head = value;
    },
    write(bytes) {
      pieces.push(bytes);
    },
    end(value) {
      trailers = value;
    },
    result() {
      if (!head || !trailers) throw new NoAnswerError();
      return { ...head, body: gather(pieces, totalLength(pieces)), trailers };
    },
  };
}

/** A component has given no answer, or not a whole one. */
export class NoAnswerError extends Error {
  /** The `error-code` that it has given instead, if it has. */
  readonly code: HttpCode | undefined;

  /** @param code see above */
  constructor(code?: HttpCode) {
    super(
      code
        ? `the component answers with the error ${code.tag}`
        : 'the component has given no whole answer',
    );
    Object.setPrototypeOf(this, NoAnswerError.prototype);
    this.name = 'NoAnswerError';
    this.code = code;
  }
}

/** The exported interface of one of these names, whatever its version. */
export function exportedHandler<T>(
  exports: Readonly<Record<string, unknown>>,
  prefix: string,
): T | undefined {
  const name = Object.keys(exports)
    .filter((key) => key.startsWith(prefix))
    .sort()
    .pop();
  return name === undefined ? undefined : (exports[name] as T);
}
