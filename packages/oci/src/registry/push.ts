/** Putting an image into a registry (OCI distribution specification, "Push"): blobs, then manifests, then the index. */

import { fail } from '../errors.js';
import { isManifest } from '../media-types.js';
import { type RegistryReference, referenceName } from '../reference.js';
import type { ComposedImage, ImageBlob } from '../write/compose.js';
import { type Answer, RegistryClient, type RegistryOptions } from './client.js';

/** How an image is put into a registry. */
export interface PushOptions extends RegistryOptions {
  /** Bytes of a blob from which on it is sent in pieces of that size. Default 64 MiB. */
  chunk?: number | undefined;
  /** Repositories of the same registry that may have blobs already. */
  from?: readonly string[] | undefined;
  /** Is told how many blobs are there. */
  progress?: ((done: number, total: number) => void) | undefined;
}

const OCTETS = { 'content-type': 'application/octet-stream' };

/** What is said of a push. */
export interface Pushed {
  /** The image by its digest. */
  name: string;
  /** Blobs that were sent, and those that were there. */
  sent: number;
  present: number;
}

class Push {
  private readonly client: RegistryClient;
  private readonly options: PushOptions;

  constructor(reference: RegistryReference, options: PushOptions) {
    this.client = new RegistryClient(reference, options, options.from);
    this.options = options;
  }

  /** Sends a blob that is not there; returns whether it was sent. */
  async blob({ descriptor, bytes }: ImageBlob): Promise<boolean> {
    const { digest, size } = descriptor;
    const there = await this.call('HEAD', this.client.url(`blobs/${digest}`));
    await there.bytes(0);
    if (there.status === 200) return false;
    let upload: string | undefined;
    for (const from of this.options.from ?? []) {
      const query = `mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(from)}`;
      const answer = await this.call('POST', this.client.url(`blobs/uploads/?${query}`));
      await answer.bytes(0);
      if (answer.status === 201) return false;
      // Whoever cannot mount begins an upload.
      if (answer.status === 202) upload = this.location(answer);
      if (upload !== undefined) break;
    }
    upload ??= await this.begin(digest);
    const content = await bytes();
    const chunk = this.options.chunk ?? 2 ** 26;
    if (size <= chunk) return this.finish(upload, digest, content);
    for (let at = 0; at < size; at += chunk) {
      const piece = content.subarray(at, at + chunk);
      const range = `${at}-${at + piece.length - 1}`;
      const answer = await this.call('PATCH', upload, piece, { 'content-range': range });
      if (answer.status !== 202) return this.client.refuse(answer, `a piece of the blob ${digest}`);
      await answer.bytes(0);
      upload = this.location(answer);
    }
    return this.finish(upload, digest, new Uint8Array(0));
  }

  /** Sends a manifest or an index by its digest, or by a tag. */
  async manifest({ descriptor, bytes }: ImageBlob, tag?: string): Promise<void> {
    const { digest, mediaType } = descriptor;
    const url = this.client.url(`manifests/${tag ?? digest}`);
    const answer = await this.call('PUT', url, await bytes(), { 'content-type': mediaType });
    if (answer.status !== 201) {
      const what = isManifest(mediaType) ? 'a manifest' : 'the index';
      return this.client.refuse(answer, what);
    }
    await answer.bytes(0);
    const told = answer.headers.get('docker-content-digest');
    if (tag === undefined && told !== null && told !== digest)
      fail('network', `the registry calls the manifest ${digest} ${told}`);
  }

  private call(
    method: string,
    url: string,
    body?: Uint8Array,
    headers: Record<string, string> = body === undefined ? {} : OCTETS,
  ): Promise<Answer> {
    const all = body === undefined ? headers : { ...OCTETS, ...headers };
    return this.client.call(url, {
      method,
      headers: all,
      push: true,
      ...(body === undefined ? {} : { body }),
    });
  }

  private async begin(digest: string): Promise<string> {
    const answer = await this.call('POST', this.client.url('blobs/uploads/'));
    if (answer.status !== 202) return this.client.refuse(answer, `the blob ${digest}`);
    await answer.bytes(0);
    return this.location(answer);
  }

  private async finish(upload: string, digest: string, body: Uint8Array): Promise<boolean> {
    const url = `${upload}${upload.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
    const answer = await this.call('PUT', url, body);
    if (answer.status !== 201) return this.client.refuse(answer, `the blob ${digest}`);
    await answer.bytes(0);
    return true;
  }

  /** Where an upload goes on. */
  private location(answer: Answer): string {
    const location = answer.headers.get('location');
    if (location === null) return fail('network', 'the registry does not say where to upload');
    return new URL(location, this.client.url('')).href;
  }
}

/**
 * Puts an image into a registry, under the tag of the reference.
 * @throws ImageError where the registry refuses
 */
export const pushImage = async (
  image: ComposedImage,
  reference: RegistryReference,
  options: PushOptions = {},
): Promise<Pushed> => {
  if (reference.digest !== undefined)
    fail(
      'usage',
      `docker://${referenceName(reference)}: an image is pushed to a tag, not to a digest`,
    );
  const push = new Push(reference, options);
  let sent = 0;
  for (const [i, blob] of image.blobs.entries()) {
    if (await push.blob(blob)) sent++;
    options.progress?.(i + 1, image.blobs.length);
  }
  for (const manifest of image.manifests) await push.manifest(manifest);
  await push.manifest(image.index, reference.tag);
  const { digest } = image.index.descriptor;
  const name = referenceName({ ...reference, tag: undefined, digest });
  return { name, sent, present: image.blobs.length - sent };
};
