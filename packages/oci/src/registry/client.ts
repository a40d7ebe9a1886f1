/**
 * Talking to a registry (OCI distribution specification; tokens as Docker's "Token Authentication"). Must hold: plain
 * HTTP goes to this machine alone (where a registry that speaks HTTPS is found out by its answer to the first request), credentials go to the registry and to the server of its tokens alone, and no answer
 * is read further than is wanted.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { fail, ImageError, shown } from '../errors.js';
import type { RegistryReference } from '../reference.js';
import { type Credentials, findCredentials } from './credentials.js';

/** How registries are asked. */
export interface RegistryOptions {
  /** Credentials; default: those of the files that `docker login` and `podman login` write. */
  credentials?: Credentials | undefined;
  /** Seconds without an answer, or a piece of it. Default 60. */
  timeout?: number | undefined;
  /** Seconds that a registry that wants to be asked later (429, 503) may have us wait, together for one request. Default 30. */
  patience?: number | undefined;
  /** The environment that names files of credentials; default: the process's. */
  env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** What is sent. */
export interface Call {
  method?: string;
  headers?: Record<string, string>;
  body?: Uint8Array;
  /** What may be done, where it is not only reading. */
  push?: boolean;
}

/** An answer whose body is read in pieces. */
export interface Answer {
  status: number;
  headers: Headers;
  /** Is it the registry's own, and not that of somebody it has led to? */
  own: boolean;
  /** The body up to `limit` bytes; what is behind them is not waited for. */
  bytes(limit: number): Promise<Uint8Array>;
}

const REDIRECTS = 5;
const TOKEN_LIMIT = 2 ** 16;
const MESSAGE_LIMIT = 4096;

/** Is this host the machine itself? */
const isLocal = (hostname: string): boolean =>
  /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);

/** Codes of all errors that led to one. */
const codesOf = (error: unknown): string[] => {
  const codes: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause)
    codes.push((at as NodeJS.ErrnoException).code ?? '');
  return codes;
};

/** Was there a server that broke off, as those of HTTPS do that are spoken to in plain HTTP? */
const isBrokenOff = (error: unknown): boolean =>
  codesOf(error).some((code) =>
    /^(ECONNRESET|EPIPE|UND_ERR_SOCKET|HPE_\w+|ConnectionClosed)$/.test(code),
  );

/** Is the server's certificate why there is no answer? */
const isDistrust = (error: unknown): boolean =>
  codesOf(error).some((code) => /CERT|^UNABLE_TO_(GET|VERIFY)|^CRL_/.test(code));

/** How a registry wants to know who asks. */
interface Challenge {
  scheme: string;
  values: Map<string, string>;
}

/** A challenge (`Bearer realm="…",service="…"`); of several (RFC 9110, 11.6.1) that for a token, else the first. */
const challengeOf = (header: string | null): Challenge => {
  const all: Challenge[] = [];
  for (const [, name, quoted, plain] of (header ?? '').matchAll(
    /([A-Za-z_-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+)))?/g,
  )) {
    const lower = name!.toLowerCase();
    const value = quoted?.replace(/\\(.)/g, '$1') ?? plain;
    if (value === undefined) all.push({ scheme: lower, values: new Map() });
    else all.at(-1)?.values.set(lower, value);
  }
  return (
    all.find(({ scheme }) => scheme === 'bearer') ?? all[0] ?? { scheme: '', values: new Map() }
  );
};

/** Seconds until an answer wants to be asked for again (RFC 9110, 10.2.3); undefined where it does not say. */
const retryAfter = (headers: Headers): number | undefined => {
  const text = headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - Date.now()) / 1000));
};

/** A repository of a registry. */
export class RegistryClient {
  readonly repository: string;
  private origin: string;
  /** Has a registry answered that is asked in plain HTTP? */
  private settled: boolean;
  private readonly host: string;
  private readonly from: readonly string[];
  private readonly options: RegistryOptions;
  private authorization: string | undefined;
  private known: { credentials: Credentials | undefined; helper?: string | undefined } | undefined;

  /**
   * @param reference names host and repository
   * @param from other repositories of the host that are read, too, when there is a push
   */
  constructor(
    { host, repository }: RegistryReference,
    options: RegistryOptions = {},
    from: readonly string[] = [],
  ) {
    this.from = from;
    const server = host === 'docker.io' ? 'registry-1.docker.io' : host;
    const local = isLocal(server.replace(/:\d+$/, ''));
    this.origin = `${local ? 'http' : 'https'}://${server}`;
    this.settled = !local;
    this.host = host;
    this.repository = repository;
    this.options = options;
  }

  /** The URL of a path below the repository. */
  url(path: string): string {
    return `${this.origin}/v2/${this.repository}/${path}`;
  }

  /**
   * Asks; proves who we are where that is wanted.
   * @param url below the repository, or what an answer has named
   * @throws ImageError where there is no answer
   */
  async call(url: string, call: Call = {}): Promise<Answer> {
    let answer = this.settled ? await this.follow(url, call) : await this.first(url, call);
    // Where a redirection led to, nobody may ask who we are.
    if (answer.status === 401 && answer.own) {
      await answer.bytes(0);
      const challenge = answer.headers.get('www-authenticate');
      this.authorization = await this.authorize(challenge, call.push === true);
      answer = await this.follow(url, call);
    }
    return answer;
  }

  /**
   * Fails with what an answer says is wrong.
   * @param what was asked for
   */
  async refuse(answer: Answer, what: string): Promise<never> {
    const { status } = answer;
    let reason = '';
    try {
      const text = Buffer.from(await answer.bytes(MESSAGE_LIMIT)).toString();
      const { errors } = JSON.parse(text) as { errors?: { message?: unknown; code?: unknown }[] };
      const first = errors?.[0]?.message || errors?.[0]?.code;
      if (typeof first === 'string') reason = `: ${shown(first)}`;
    } catch {
      // Answers of what stands before the registry are pages.
    }
    const helper = this.known?.helper;
    const later = retryAfter(answer.headers);
    if ((status === 429 || status === 503) && later !== undefined)
      reason += ` (it may be asked again in ${later} seconds)`;
    if ((status === 401 || status === 403) && helper !== undefined)
      reason += ` (credentials kept by docker-credential-${shown(helper)} are not read: log in to a file)`;
    return fail(
      status === 404 ? 'missing' : 'network',
      `${what}: the registry answers ${status}${reason}`,
    );
  }

  private async credentials(): Promise<Credentials | undefined> {
    const { credentials, env = process.env } = this.options;
    this.known ??= credentials ? { credentials } : await findCredentials(this.host, env);
    return this.known.credentials;
  }

  /** The header that answers a challenge. */
  private async authorize(header: string | null, push: boolean): Promise<string | undefined> {
    const { scheme, values } = challengeOf(header);
    const credentials = await this.credentials();
    const basic =
      credentials &&
      `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
    if (scheme === 'basic') return basic;
    if (scheme !== 'bearer') return undefined;
    const realm = values.get('realm');
    if (realm === undefined) return fail('network', 'the registry names no server of tokens');
    const url = this.checked(realm);
    const scopes = [`repository:${this.repository}:${push ? 'pull,push' : 'pull'}`];
    if (push) scopes.push(...this.from.map((other) => `repository:${other}:pull`));
    let call: Call;
    if (credentials?.identityToken !== undefined) {
      const form = new URLSearchParams({
        grant_type: 'refresh_token',
        service: values.get('service') ?? '',
        client_id: 'wasm2js',
        scope: scopes.join(' '),
        refresh_token: credentials.identityToken,
      });
      call = {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: Buffer.from(form.toString()),
      };
    } else {
      if (values.has('service')) url.searchParams.set('service', values.get('service')!);
      for (const scope of scopes) url.searchParams.append('scope', scope);
      call = basic === undefined ? {} : { headers: { authorization: basic } };
    }
    const answer = await this.patiently(url, call);
    if (answer.status !== 200) await this.refuse(answer, 'a token');
    let token: unknown;
    try {
      const text = Buffer.from(await answer.bytes(TOKEN_LIMIT)).toString();
      const fields = JSON.parse(text) as { token?: unknown; access_token?: unknown };
      token = fields.token ?? fields.access_token;
    } catch {
      // Said below.
    }
    if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token))
      return fail('network', 'the server of tokens gives none');
    return `Bearer ${token}`;
  }

  /** A URL that we may talk to: plain HTTP only to this machine, and only if the registry is on it. */
  private checked(text: string, base?: string): URL {
    let url: URL;
    try {
      url = new URL(text, base);
    } catch {
      return fail('network', `the registry names "${shown(text)}", no URL`);
    }
    const plain =
      url.protocol === 'http:' && this.origin.startsWith('http:') && isLocal(url.hostname);
    if (url.protocol !== 'https:' && !plain)
      fail('refused', `the registry leads to ${shown(url.origin)}, which is not HTTPS`);
    return url;
  }

  /** Asks a registry on this machine in plain HTTP, and by HTTPS if that is what it speaks; later calls keep to it. */
  private async first(address: string, call: Call): Promise<Answer> {
    let problem: unknown;
    try {
      const answer = await this.follow(address, call);
      this.settled = true;
      // What servers of HTTPS say to those who do not speak it.
      if (answer.status !== 400) return answer;
      const said = await answer.bytes(MESSAGE_LIMIT);
      if (!/HTTPS/.test(Buffer.from(said).toString('latin1')))
        return { ...answer, bytes: async (limit) => said.subarray(0, limit) };
    } catch (error) {
      if (!isBrokenOff(error)) throw error;
      problem = error;
    }
    const plain = this.origin;
    this.origin = plain.replace('http:', 'https:');
    try {
      const answer = await this.follow(address, call);
      this.settled = true;
      return answer;
    } catch (error) {
      // Where nobody speaks it, what counts is what was there before.
      if (isDistrust(error)) throw error;
      this.origin = plain;
      throw problem ?? error;
    }
  }

  /** A URL of the registry as it turned out to be spoken to. */
  private moved(url: string): string {
    const plain = this.origin.replace('https:', 'http:');
    return this.origin !== plain && url.startsWith(`${plain}/`)
      ? `${this.origin}${url.slice(plain.length)}`
      : url;
  }

  private async follow(address: string, call: Call): Promise<Answer> {
    let url = this.checked(this.moved(address), this.origin);
    for (let i = 0; ; i++) {
      // Whom a registry sends us to for a blob is not told who we are.
      const known = url.origin === this.origin && this.authorization !== undefined;
      const headers = {
        ...call.headers,
        ...(known ? { authorization: this.authorization! } : {}),
      };
      const answer = await this.patiently(url, { ...call, headers });
      const location = answer.headers.get('location');
      if (![301, 302, 303, 307, 308].includes(answer.status) || location === null) return answer;
      await answer.bytes(0);
      if (i === REDIRECTS) return fail('network', 'the registry redirects without end');
      url = this.checked(location, url.href);
    }
  }

  /** Sends one request, again where its answer says when, as long as there is patience for that. */
  private async patiently(url: URL, call: Call): Promise<Answer> {
    let left = this.options.patience ?? 30;
    for (;;) {
      const answer = await this.send(url, call);
      if (answer.status !== 429 && answer.status !== 503) return answer;
      const seconds = retryAfter(answer.headers);
      // Who says "at once" again and again is not asked without end.
      if (seconds === undefined || Math.max(1, seconds) > left) return answer;
      left -= Math.max(1, seconds);
      await answer.bytes(0);
      await sleep(seconds * 1000);
    }
  }

  /** Sends one request; whoever answers nothing in time is given up. */
  private async send(url: URL, { method = 'GET', headers = {}, body }: Call): Promise<Answer> {
    const seconds = this.options.timeout ?? 60;
    const controller = new AbortController();
    let timer = setTimeout(() => controller.abort(), seconds * 1000).unref();
    const problem = (error: unknown): ImageError => {
      if (error instanceof ImageError) return error;
      const { cause, message } = error as Error & { cause?: { code?: string; message?: string } };
      const why = controller.signal.aborted
        ? `no answer in ${seconds} seconds`
        : (cause?.code ?? cause?.message ?? message);
      if (isDistrust(error))
        return new ImageError(
          'network',
          `${shown(url.host)}: its certificate is not trusted (${shown(why)}): NODE_EXTRA_CA_CERTS=FILE names more that are`,
          { cause: error },
        );
      return new ImageError('network', `${shown(url.host)}: ${shown(why)}`, { cause: error });
    };
    let response: Response;
    try {
      response = await fetch(url, {
        method,
        // Digests are of what is kept, not of what was packed for the way.
        headers: { 'user-agent': 'wasm2js', 'accept-encoding': 'identity', ...headers },
        body: body ?? null,
        redirect: 'manual',
        signal: controller.signal,
      });
    } catch (error) {
      clearTimeout(timer);
      throw problem(error);
    }
    return {
      status: response.status,
      headers: response.headers,
      own: url.origin === this.origin,
      async bytes(limit) {
        const reader = response.body?.getReader();
        const pieces: Uint8Array[] = [];
        let size = 0;
        try {
          while (reader !== undefined && size < limit) {
            clearTimeout(timer);
            timer = setTimeout(() => controller.abort(), seconds * 1000).unref();
            const { done, value } = await reader.read();
            if (done) break;
            pieces.push(value);
            size += value.length;
          }
          await reader?.cancel();
        } catch (error) {
          throw problem(error);
        } finally {
          clearTimeout(timer);
        }
        return Buffer.concat(pieces).subarray(0, limit);
      },
    };
  }
}
