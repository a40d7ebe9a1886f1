/**
 * Parts of requests as wasi:http has them, 0.2 and 0.3: methods, schemes, targets, and the codes of what fails. What is
 * checked here goes into a request as it is, so nothing passes that could end a line of it.
 */
import { type ErrnoName, WasiError } from '../core/errno.js';

/** `method` and `scheme`: a name, or `other` with a text. */
export interface Named {
  tag: string;
  val?: string;
}

/** `error-code`. */
export interface HttpCode {
  tag: string;
  val?: unknown;
}

/** A failure with an `error-code`; what knows nothing of HTTP takes it for one of input or output. */
export class HttpError extends WasiError {
  readonly code: HttpCode;

  /** @param tag of the `error-code` @param val what belongs to it */
  constructor(tag: string, val?: unknown) {
    super('IO');
    Object.setPrototypeOf(this, HttpError.prototype);
    this.code = val === undefined ? { tag } : { tag, val };
  }
}

/** Codes for errors of a connection. */
const CODES: Partial<Record<ErrnoName, string>> = {
  ACCES: 'destination-IP-prohibited',
  CONNREFUSED: 'connection-refused',
  CONNRESET: 'connection-terminated',
  CONNABORTED: 'connection-terminated',
  PIPE: 'connection-terminated',
  TIMEDOUT: 'connection-timeout',
  NETUNREACH: 'destination-IP-unroutable',
  HOSTUNREACH: 'destination-IP-unroutable',
  NETDOWN: 'destination-unavailable',
  MFILE: 'connection-limit-reached',
};

/** The failure of something that was thrown; what is none of the network passes through. */
export function httpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (!(error instanceof WasiError)) throw error;
  return new HttpError(CODES[error.message] ?? 'connection-terminated');
}

/** The `error-code` for something that no one foresaw. */
export const internal = (text: string): HttpError => new HttpError('internal-error', text);

const METHODS = ['get', 'head', 'post', 'put', 'delete', 'connect', 'options', 'trace', 'patch'];
const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/;

/** Is this a name of a header or method (RFC 9110, 5.6.2)? */
export const isToken = (text: string): boolean => TOKEN.test(text);

/** The method's own form: one that has a name has no other; undefined for what is none. */
export function method({ tag, val }: Named): Named | undefined {
  if (tag !== 'other') return { tag };
  const text = val ?? '';
  if (!isToken(text)) return undefined;
  const name = METHODS.find((one) => one.toUpperCase() === text);
  return name === undefined ? { tag, val: text } : { tag: name };
}

/** Its text. */
export const methodText = ({ tag, val }: Named): string =>
  tag === 'other' ? val! : tag.toUpperCase();

/** The scheme's own form; undefined for what is none (RFC 3986, 3.1). */
export function scheme({ tag, val }: Named): Named | undefined {
  if (tag !== 'other') return { tag };
  const text = val ?? '';
  if (/^https?$/i.test(text)) return { tag: text.toUpperCase() };
  return /^[a-z][a-z\d+\-.]*$/i.test(text) ? { tag, val: text } : undefined;
}

/** Path and query as they go over the wire; undefined where there is something that has no place in it. */
export function pathWithQuery(text: string): string | undefined {
  if (text === '') return '/';
  return /^[^\0-\x20\x7f#<>`]*$/.test(text) ? text : undefined;
}

const AUTHORITY =
  /^(?:[\w\-.~%!$&'()*+,;=:]*@)?(?:\[[\da-f:.]+\]|[\w\-.~%!$&'()*+,;=]+)(?::\d*)?$/i;

/** Is this an authority (RFC 3986, 3.2)? */
export function isAuthority(text: string): boolean {
  if (!AUTHORITY.test(text) || text.startsWith('@')) return false;
  const port = /:(\d*)$/.exec(text.replace(/^\[.*\]/, ''))?.[1];
  return port === undefined || Number(port) <= 65535;
}

/** Host and port of an authority. @param standard the port where it names none */
export function splitAuthority(text: string, standard: number): { host: string; port: number } {
  const [, host = '', port = ''] = /^(?:.*@)?(\[.*\]|[^:]*)(?::(\d*))?$/.exec(text) ?? [];
  return { host: host.replace(/^\[|\]$/g, ''), port: port === '' ? standard : Number(port) };
}
