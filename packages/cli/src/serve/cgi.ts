/**
 * CGI/1.1 (RFC 3875) with what WAGI adds: from a request to arguments and environment, from what a program has printed
 * to an answer.
 */

import { CONNECTION_HEADERS, type HandlerRequest, type HandlerResponse } from './handler.js';

/**
 * Headers that programs do not get: what the server has dealt with (RFC 9110, 7.6.1), what authenticates (RFC 3875,
 * 4.1.18), and `Proxy`, whose variable would be taken for a setting.
 */
const WITHHELD = new Set<string>([
  ...CONNECTION_HEADERS,
  'te',
  'trailer',
  'authorization',
  'proxy-authorization',
  'proxy',
  'content-length',
  'content-type',
]);

/** Headers by their names in lower case; one that has come several times has all of its values. */
const headersOf = (raw: readonly string[]): Map<string, string> => {
  const headers = new Map<string, string>();
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    const before = headers.get(name);
    headers.set(name, before === undefined ? raw[i + 1]! : `${before}, ${raw[i + 1]}`);
  }
  return headers;
};

/** Without what has no place in a variable. */
const clean = (text: string): string => text.replaceAll('\0', '');

/** The path of a target with its escapes decoded; as it stands where they are wrong. */
const decodePath = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
};

/** Path and query of a request's target, which may also be a whole URL (RFC 9112, 3.2). */
export const splitTarget = (target: string): { path: string; query: string } => {
  const plain = target.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?]*/i, '') || '/';
  const at = plain.indexOf('?');
  return at < 0
    ? { path: plain, query: '' }
    : { path: plain.slice(0, at) || '/', query: plain.slice(at + 1) };
};

/** The variables of a request: RFC 3875, 4.1, and WAGI's `X_` ones. */
export const environmentOf = (request: HandlerRequest): Record<string, string> => {
  const { method, target, protocol, body, route, remoteAddress, localPort } = request;
  const headers = headersOf(request.headers);
  const { path, query } = splitTarget(target);
  const rawInfo = path.slice(route.base.length);
  // Nothing else in a request can hold a NUL: neither targets nor headers of HTTP do.
  const info = clean(decodePath(rawInfo));
  const host = headers.get('host') ?? '';
  const [, name = host] = /^(\[[^\]]*\]|[^:]*)(?::\d*)?$/.exec(host) ?? [];
  const env: Record<string, string> = {
    AUTH_TYPE: '',
    CONTENT_LENGTH: String(body.length),
    CONTENT_TYPE: headers.get('content-type') ?? '',
    GATEWAY_INTERFACE: 'CGI/1.1',
    PATH_INFO: info,
    PATH_TRANSLATED: info,
    QUERY_STRING: query,
    REMOTE_ADDR: remoteAddress,
    REMOTE_HOST: remoteAddress,
    REMOTE_USER: '',
    REQUEST_METHOD: method,
    SCRIPT_NAME: route.base,
    SERVER_NAME: name === '' ? 'localhost' : name,
    SERVER_PORT: String(localPort),
    SERVER_PROTOCOL: protocol,
    SERVER_SOFTWARE: 'wasm2js',
    X_MATCHED_ROUTE: route.pattern,
    X_RAW_PATH_INFO: rawInfo,
    X_FULL_URL: `http://${host === '' ? `localhost:${localPort}` : host}${path}${query && `?${query}`}`,
  };
  for (const [header, value] of headers) {
    // `a_b` and `a-b` would be one variable, and one of them may have been checked by a proxy.
    if (WITHHELD.has(header) || !/^[a-z\d-]+$/.test(header)) continue;
    env[`HTTP_${header.toUpperCase().replaceAll('-', '_')}`] = value;
  }
  return env;
};

/** WAGI's arguments: the route's path, then the parts of the query. */
export const argumentsOf = ({ target, route }: HandlerRequest): string[] => {
  const { query } = splitTarget(target);
  const parts = query === '' ? [] : query.split('&');
  return [route.base === '' ? '/' : route.base, ...parts].map(clean);
};

/** Headers of an answer that are the server's own. */
const SERVERS = new Set<string>([...CONNECTION_HEADERS, 'trailer', 'content-length']);

/** Most bytes that the header of an answer may have. */
const MOST_HEADER = 64 * 1024;

/** The name of a header (RFC 9110, 5.1), and what has no place in its value (5.5). */
const NAME = /^[!#$%&'*+\-.^`|~\w]+$/;
const NO_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

/** Where the header ends: what is before the empty line, and what follows it. */
const splitHeader = (output: Uint8Array): { head: string; body: Uint8Array } | undefined => {
  const most = Math.min(output.length, MOST_HEADER);
  for (let i = 0; i < most; i++) {
    if (output[i] !== 10) continue;
    const next = output[i + 1] === 13 ? i + 2 : i + 1;
    if (output[next] !== 10) continue;
    const head = Buffer.from(output.subarray(0, i)).toString('latin1');
    return { head, body: output.subarray(next + 1) };
  }
  return undefined;
};

/**
 * The answer that a program has printed (RFC 3875, 6): a header, an empty line, the body.
 * @returns what is wrong with it where it is none
 */
export const parseAnswer = (output: Uint8Array): HandlerResponse | string => {
  const split = splitHeader(output);
  if (split === undefined) return 'there is no empty line after a header';
  let status: number | undefined;
  let reason: string | undefined;
  let type = false;
  let location = false;
  const headers: [string, string][] = [];
  for (const line of split.head.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0));
    const value = line.slice(colon + 1).trim();
    if (!NAME.test(name) || NO_VALUE.test(value)) {
      return `${JSON.stringify(line.slice(0, 100))} is no line of a header`;
    }
    const lower = name.toLowerCase();
    if (lower === 'status') {
      const [, code, text] = /^([2-5]\d\d)(?: (.*))?$/.exec(value) ?? [];
      if (code === undefined) return `${JSON.stringify(value)} is no status`;
      status = Number(code);
      reason = text;
    } else if (!SERVERS.has(lower)) {
      type ||= lower === 'content-type';
      location ||= lower === 'location';
      headers.push([name, value]);
    }
  }
  // WAGI sends whoever asks on, also within the server.
  if (!type && !location) return 'there is neither a Content-Type nor a Location';
  return { status: status ?? (location ? 302 : 200), reason, headers, body: split.body };
};
