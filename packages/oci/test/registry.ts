/** A small registry (OCI distribution specification) in memory, which can also misbehave. */

import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

const tls = (name: string): string =>
  fileURLToPath(new URL(`fixtures/tls/${name}.pem`, import.meta.url));

/** The file with the certificate of registries that speak HTTPS, which nobody has signed. */
export const CERTIFICATE = tls('cert');

/** How a registry behaves. */
export interface Behaviour {
  /** Whom it lets in: anybody, who has a name and password, who has a token that these (or a refresh token) give. */
  auth?: 'basic' | 'bearer';
  user?: string;
  password?: string;
  refreshToken?: string;
  /** Blobs of other repositories can be mounted. */
  mount?: boolean;
  /** It speaks HTTPS. */
  secure?: boolean;
  /** Blobs are at another address, to which requests are sent. */
  redirect?: string;
  /** Is asked first; returns true where it has answered. */
  answer?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** A running registry. */
export class Registry {
  /** `METHOD path` of all requests. */
  readonly log: string[] = [];
  /** Values of the header `authorization`, as they came. */
  readonly authorizations: (string | undefined)[] = [];
  /** By digest. */
  readonly blobs = new Map<string, Buffer>();
  /** By `repository` and tag or digest. */
  readonly manifests = new Map<string, { type: string; bytes: Buffer }>();
  readonly behaviour: Behaviour;
  private readonly uploads = new Map<string, Buffer[]>();
  private readonly owners = new Set<string>();
  private readonly server: Server;

  private constructor(behaviour: Behaviour) {
    this.behaviour = behaviour;
    const handle = (request: IncomingMessage, response: ServerResponse): void =>
      void this.handle(request, response);
    this.server = behaviour.secure
      ? createSecureServer(
          { key: readFileSync(tls('key')), cert: readFileSync(CERTIFICATE) },
          handle,
        )
      : createServer(handle);
  }

  static async start(behaviour: Behaviour = {}): Promise<Registry> {
    const registry = new Registry(behaviour);
    await new Promise<void>((done) => registry.server.listen(0, '127.0.0.1', done));
    return registry;
  }

  /** `HOST:PORT`. */
  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const url = new URL(request.url!, `http://${this.host}`);
    this.log.push(`${request.method} ${url.pathname}`);
    this.authorizations.push(request.headers.authorization);
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces);
    if (this.behaviour.answer?.(request, response)) return undefined;
    const end = (
      status: number,
      headers: Record<string, string> = {},
      content?: Buffer | object,
    ) => {
      const bytes = Buffer.isBuffer(content)
        ? content
        : Buffer.from(content ? JSON.stringify(content) : '');
      response.writeHead(status, { 'content-length': bytes.length, ...headers });
      response.end(request.method === 'HEAD' ? undefined : bytes);
    };
    const error = (status: number, code: string, message: string, headers = {}) =>
      end(status, headers, { errors: [{ code, message }] });
    if (url.pathname === '/token') return this.token(request, url, body, end);
    if (!this.allowed(request)) {
      const challenge =
        this.behaviour.auth === 'basic'
          ? 'Basic realm="registry"'
          : `Bearer realm="${this.behaviour.secure ? 'https' : 'http'}://${this.host}/token",service="test",scope="ignored"`;
      return error(401, 'UNAUTHORIZED', 'authentication required', {
        'www-authenticate': challenge,
      });
    }
    const [, repository, kind, rest] =
      /^\/v2\/(.+?)\/(manifests|blobs)\/(.*)$/.exec(url.pathname) ?? [];
    if (repository === undefined) return end(200);
    if (kind === 'manifests') {
      const key = `${repository} ${rest}`;
      if (request.method === 'PUT') {
        const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
        const document = JSON.parse(body.toString());
        for (const { digest: needed } of [
          ...(document.layers ?? []),
          ...(document.config ? [document.config] : []),
        ])
          if (!this.owners.has(`${repository} ${needed}`))
            return error(400, 'MANIFEST_BLOB_UNKNOWN', `no blob ${needed}`);
        for (const { digest: needed } of document.manifests ?? [])
          if (!this.manifests.has(`${repository} ${needed}`))
            return error(400, 'MANIFEST_UNKNOWN', `no manifest ${needed}`);
        const item = { type: request.headers['content-type']!, bytes: body };
        this.manifests.set(key, item).set(`${repository} ${digest}`, item);
        return end(201, { 'docker-content-digest': digest });
      }
      const item = this.manifests.get(key);
      if (item === undefined) return error(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
      const digest = `sha256:${createHash('sha256').update(item.bytes).digest('hex')}`;
      const headers = { 'content-type': item.type, 'docker-content-digest': digest };
      return end(200, headers, item.bytes);
    }
    if (rest!.startsWith('uploads/'))
      return this.upload(request, url, repository, rest!, body, end, error);
    const blob = this.owners.has(`${repository} ${rest}`) ? this.blobs.get(rest!) : undefined;
    if (blob === undefined) return error(404, 'BLOB_UNKNOWN', 'blob unknown');
    if (this.behaviour.redirect !== undefined && request.method === 'GET')
      return end(307, { location: `${this.behaviour.redirect}/${rest}` });
    return end(200, {}, blob);
  }

  private upload(
    request: IncomingMessage,
    url: URL,
    repository: string,
    rest: string,
    body: Buffer,
    end: (status: number, headers?: Record<string, string>) => unknown,
    error: (status: number, code: string, message: string) => unknown,
  ): unknown {
    const own = (digest: string): void => {
      this.owners.add(`${repository} ${digest}`);
    };
    if (request.method === 'POST') {
      const mount = url.searchParams.get('mount');
      if (
        this.behaviour.mount &&
        mount !== null &&
        this.owners.has(`${url.searchParams.get('from')} ${mount}`)
      ) {
        own(mount);
        return end(201);
      }
      const id = randomUUID();
      this.uploads.set(id, []);
      return end(202, { location: `/v2/${repository}/blobs/uploads/${id}?state=1` });
    }
    const id = rest.slice('uploads/'.length);
    const parts = this.uploads.get(id);
    if (parts === undefined) return error(404, 'BLOB_UPLOAD_UNKNOWN', 'no such upload');
    if (request.method === 'PATCH') {
      const at = parts.reduce((sum, part) => sum + part.length, 0);
      if (request.headers['content-range'] !== `${at}-${at + body.length - 1}`)
        return error(416, 'RANGE_INVALID', 'not where it goes on');
      parts.push(body);
      return end(202, { location: `/v2/${repository}/blobs/uploads/${id}?state=2` });
    }
    const bytes = Buffer.concat([...parts, body]);
    const digest = url.searchParams.get('digest')!;
    if (digest !== `sha256:${createHash('sha256').update(bytes).digest('hex')}`)
      return error(400, 'DIGEST_INVALID', 'another digest');
    this.uploads.delete(id);
    this.blobs.set(digest, bytes);
    own(digest);
    return end(201);
  }

  private token(
    request: IncomingMessage,
    url: URL,
    body: Buffer,
    end: (status: number, headers?: Record<string, string>, content?: object) => unknown,
  ): unknown {
    const { user, password, refreshToken } = this.behaviour;
    const form = new URLSearchParams(body.toString());
    const basic = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    const known =
      request.method === 'POST'
        ? form.get('refresh_token') === refreshToken
        : user === undefined || request.headers.authorization === basic;
    if (!known) return end(401, {}, { errors: [{ code: 'DENIED', message: 'wrong password' }] });
    const scope = form.get('scope') ?? url.searchParams.get('scope');
    return end(200, {}, { token: Buffer.from(`token for ${scope}`).toString('base64url') });
  }

  private allowed(request: IncomingMessage): boolean {
    const { auth, user, password } = this.behaviour;
    const { authorization = '' } = request.headers;
    if (auth === 'basic')
      return authorization === `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    if (auth !== 'bearer') return true;
    const scope = Buffer.from(authorization.replace('Bearer ', ''), 'base64url').toString();
    const wanted = request.method === 'GET' || request.method === 'HEAD' ? /:pull/ : /:pull,push$/;
    return /^token for repository:/.test(scope) && wanted.test(scope);
  }
}
