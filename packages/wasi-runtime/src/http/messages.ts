/**
 * What messages of wasi:http have in 0.2 and in 0.3 alike: fields, the target of a request with the checks of its
 * setters, and the body of an answer. The versions give it the names of their interfaces.
 */
import { isError } from '../core/errno.js';
import type { Host } from '../core/host.js';
import { LONGEST_NAP } from '../core/waiting.js';
import type { BodySource, IncomingHead } from './body.js';
import type { Exchange, RequestHead } from './exchange.js';
import { type Field, FieldList } from './fields.js';
import {
  type HttpCode,
  isAuthority,
  method,
  methodText,
  type Named,
  pathWithQuery,
  scheme,
} from './values.js';

/** Fails a `result<_, _>`. */
export function refuse(): never {
  throw undefined;
}

/** Fields that cannot be changed. */
export const fixed = (fields: readonly Field[]): FieldList => new FieldList(fields, true);

/** The part of `fields` that is the same in both versions. Changes throw a `header-error`. */
export class CommonFields {
  /** What it has; another `fields` may share it. */
  readonly list: FieldList;

  constructor(list = new FieldList()) {
    this.list = list;
  }

  get(name: string): Uint8Array[] {
    return this.list.get(name);
  }

  has(name: string): boolean {
    return this.list.has(name);
  }

  set(name: string, values: readonly Uint8Array[]): void {
    this.list.set(name, values);
  }

  delete(name: string): void {
    this.list.delete(name);
  }

  append(name: string, value: Uint8Array): void {
    this.list.append(name, value);
  }
}

/**
 * Method, path, scheme and authority of a request. The setters fail a `result<_, _>` for what has no place in a request;
 * all are bound, so that a request has them under the names of its version.
 */
export class RequestTarget {
  /** What is set; whoever writes it here has checked it. */
  parts: Pick<IncomingHead, 'method' | 'path' | 'scheme' | 'authority'> = {
    method: { tag: 'get' },
    path: undefined,
    scheme: undefined,
    authority: undefined,
  };

  getMethod = (): Named => this.parts.method;
  setMethod = (value: Named): void => {
    this.parts.method = method(value) ?? refuse();
  };

  getPathWithQuery = (): string | undefined => this.parts.path;
  setPathWithQuery = (value: string | undefined): void => {
    this.parts.path = value === undefined ? value : (pathWithQuery(value) ?? refuse());
  };

  getScheme = (): Named | undefined => this.parts.scheme;
  setScheme = (value: Named | undefined): void => {
    this.parts.scheme = value === undefined ? value : (scheme(value) ?? refuse());
  };

  getAuthority = (): string | undefined => this.parts.authority;
  setAuthority = (value: string | undefined): void => {
    if (value !== undefined && !isAuthority(value)) refuse();
    this.parts.authority = value;
  };

  /** The head of the request to this target. Throws an `error-code` where there is no way to send one. */
  head(fields: FieldList): RequestHead {
    const { method: verb, path = '/', scheme: wanted, authority } = this.parts;
    if (wanted?.tag === 'other') throw { tag: 'HTTP-protocol-error' } satisfies HttpCode;
    if (authority === undefined) throw { tag: 'HTTP-request-URI-invalid' } satisfies HttpCode;
    return { method: methodText(verb), tls: wanted?.tag !== 'HTTP', authority, path, fields };
  }
}

/** The body of a response. */
export function bodyOfExchange(exchange: Exchange, host: Host): BodySource {
  let kept: Uint8Array | undefined;
  const next = (most: number): Uint8Array | undefined => {
    const piece = kept ?? exchange.take(most);
    kept = undefined;
    return piece;
  };
  return {
    read(buffers, nonblock) {
      const [buffer] = buffers as [Uint8Array];
      for (;;) {
        try {
          const piece = next(buffer.length);
          if (piece === undefined) return 0;
          const count = Math.min(piece.length, buffer.length);
          buffer.set(piece.subarray(0, count));
          if (count < piece.length) kept = piece.subarray(count);
          return count;
        } catch (error) {
          if (nonblock || !isError(error, 'AGAIN')) throw error;
          host.sleep(LONGEST_NAP);
        }
      }
    },
    ready() {
      try {
        kept ??= exchange.take(4096);
        return true;
      } catch (error) {
        return !isError(error, 'AGAIN');
      }
    },
    trailers: () => (kept ? undefined : exchange.trailers),
    close: () => exchange.close(),
  };
}
