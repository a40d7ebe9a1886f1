/**
 * A registry that behaves as Docker Hub does, by its own names: `registry-1.docker.io` wants a token of `auth.docker.io` and
 * sends to a third host for blobs. It stands in place of `fetch`, so nothing else can be asked, and what is asked is seen.
 */

import { sha256 } from '../src/digest.js';
import type { Blob } from './images.js';

/** How it misbehaves. */
export interface HubBehaviour {
  /** Requests that are told to come later, by what their URL matches: how often, and what `retry-after` says. */
  limited?: { url: RegExp; times: number; after: string | undefined };
  /** Requests that a token is good for. */
  tokenLife?: number;
  /** Header fields in place of those of a manifest's answer; undefined takes one away. */
  manifestHeaders?: Record<string, string | undefined>;
  /** What it says to who has no token. */
  challenge?: string;
  /** Answers in place of all of it. */
  answer?: (url: URL, init: RequestInit) => Response | undefined;
}

const REALM =
  'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/node:pull"';

/** A registry with one repository, `library/node`. */
export class Hub {
  /** `METHOD URL` of what was asked. */
  readonly log: string[] = [];
  /** Scopes that tokens were asked for. */
  readonly scopes: string[][] = [];
  readonly behaviour: HubBehaviour;
  private readonly blobs = new Map<string, Uint8Array>();
  private readonly manifests = new Map<string, Blob>();
  private token = 0;
  private uses = 0;
  private refused = 0;

  constructor(behaviour: HubBehaviour = {}) {
    this.behaviour = behaviour;
  }

  /** Puts an image there, under a tag and its digest. */
  put(tag: string | undefined, manifest: Blob, blobs: readonly Blob[]): void {
    this.manifests.set(sha256(manifest.bytes), manifest);
    if (tag !== undefined) this.manifests.set(tag, manifest);
    for (const { bytes } of blobs) this.blobs.set(sha256(bytes), bytes);
  }

  /** Stands for `fetch`. */
  readonly fetch = async (input: URL | string, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(input);
    const method = init.method ?? 'GET';
    const headers = new Headers(init.headers);
    this.log.push(`${method} ${url.href}`);
    // Who lets `fetch` follow redirections tells the next host who it is.
    if (init.redirect !== 'manual') throw new Error('redirections are followed');
    const special = this.behaviour.answer?.(url, init);
    if (special) return special;
    const { limited } = this.behaviour;
    if (limited?.url.test(url.href) && this.refused < limited.times) {
      this.refused++;
      return failure(429, 'TOOMANYREQUESTS', 'You have reached your pull rate limit.', {
        ...(limited.after === undefined ? {} : { 'retry-after': limited.after }),
      });
    }
    switch (url.host) {
      case 'auth.docker.io':
        return this.give(url);
      case 'registry-1.docker.io':
        return this.registry(url, method, headers);
      case 'production.cloudflare.docker.com': {
        // As its store does, which takes one proof alone, and that is in the URL.
        if (headers.has('authorization') || url.searchParams.get('verify') !== 'signed')
          return failure(400, 'InvalidArgument', 'Only one auth mechanism allowed');
        const bytes = this.blobs.get(url.pathname.slice(1));
        return bytes ? new Response(bytes as Uint8Array<ArrayBuffer>) : failure(404, '', '');
      }
      default:
        throw new Error(`${url.host} was asked`);
    }
  };

  private give(url: URL): Response {
    if (url.searchParams.get('service') !== 'registry.docker.io')
      return failure(400, 'UNSUPPORTED', 'no such service');
    this.scopes.push(url.searchParams.getAll('scope'));
    this.uses = 0;
    const token = `token-${++this.token}`;
    return Response.json({ token, access_token: token, expires_in: 300 });
  }

  private registry(url: URL, method: string, headers: Headers): Response {
    const { tokenLife = Infinity, challenge = REALM, manifestHeaders = {} } = this.behaviour;
    const known = this.token > 0 && headers.get('authorization') === `Bearer token-${this.token}`;
    if (!known || this.uses++ >= tokenLife)
      return failure(401, 'UNAUTHORIZED', 'authentication required', {
        'www-authenticate': challenge,
      });
    const [, kind, name = ''] =
      /^\/v2\/library\/node\/(manifests|blobs)\/(.+)$/.exec(url.pathname) ?? [];
    if (kind === 'blobs')
      return this.blobs.has(name)
        ? new Response(null, {
            status: 307,
            headers: { location: `https://production.cloudflare.docker.com/${name}?verify=signed` },
          })
        : failure(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
    const manifest = kind === 'manifests' ? this.manifests.get(name) : undefined;
    if (!manifest) return failure(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
    // An index is given only to those who say that they read it.
    if (!headers.get('accept')?.includes(manifest.mediaType))
      return failure(404, 'MANIFEST_UNKNOWN', 'OCI index found, but accept header does not');
    const told = new Headers({
      'content-type': manifest.mediaType,
      'docker-content-digest': sha256(manifest.bytes),
      'ratelimit-limit': '100;w=21600',
    });
    for (const [field, value] of Object.entries(manifestHeaders))
      if (value === undefined) told.delete(field);
      else told.set(field, value);
    const body = method === 'HEAD' ? null : (manifest.bytes as Uint8Array<ArrayBuffer>);
    return new Response(body, { headers: told });
  }
}

/** An answer as registries give it where something is wrong. */
export const failure = (
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Response => Response.json({ errors: [{ code, message }] }, { status, headers });
