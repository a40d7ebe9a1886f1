/** Images of a registry, as a source like any other (OCI distribution specification, "Pull"). */

import { sha256, verify } from '../digest.js';
import { fail } from '../errors.js';
import type { Descriptor } from '../json.js';
import { parseDocument, textOf } from '../json.js';
import { amount, type ImageLimits } from '../limits.js';
import { DOCKER, isIndex, isManifest, OCI } from '../media-types.js';
import { type RegistryReference, referenceName } from '../reference.js';
import type { ImageSource } from '../source.js';
import { RegistryClient, type RegistryOptions } from './client.js';

export type { RegistryOptions } from './client.js';

const ACCEPT = [OCI.index, OCI.manifest, DOCKER.index, DOCKER.manifest].join(', ');

/** What a document is whose answer does not tell: OCI's need no media type, and an index has manifests. */
const typeOf = (fields: Record<string, unknown>): string =>
  textOf(fields['mediaType'], 'mediaType') ??
  (fields['manifests'] === undefined ? OCI.manifest : OCI.index);

/**
 * The image that a reference names.
 * @throws ImageError where the registry has none, or does not answer
 */
export const openRegistry = async (
  reference: RegistryReference,
  limits: ImageLimits,
  options?: RegistryOptions,
): Promise<ImageSource> => {
  const client = new RegistryClient(reference, options);
  const get = async (path: string, limit: number, headers = {}) => {
    const answer = await client.call(client.url(path), { headers });
    if (answer.status !== 200 && answer.status !== 404) await client.refuse(answer, path);
    return { answer, bytes: await answer.bytes(answer.status === 404 ? 0 : limit) };
  };
  /** Documents that have been read: the platform is looked up before one is chosen. */
  const fetched = new Map<string, Uint8Array>();
  const name = reference.digest ?? reference.tag!;
  return {
    async roots() {
      const limit = limits.document;
      const { answer, bytes } = await get(`manifests/${name}`, limit + 1, { accept: ACCEPT });
      if (answer.status === 404)
        fail('missing', `there is no ${referenceName(reference)} in the registry`);
      if (bytes.length > limit) fail('limit', `the manifest is larger than ${amount(limit)}`);
      if (reference.digest !== undefined) verify(bytes, reference.digest, 'the manifest');
      const told = answer.headers.get('docker-content-digest');
      if (told?.startsWith('sha256:')) verify(bytes, told, 'the manifest');
      const type = answer.headers.get('content-type')?.split(';')[0]?.trim() ?? '';
      const mediaType =
        isIndex(type) || isManifest(type) ? type : typeOf(parseDocument(bytes, 'the manifest'));
      const digest = reference.digest ?? sha256(bytes);
      const descriptor: Descriptor = { mediaType, digest, size: bytes.length, annotations: {} };
      fetched.set(digest, bytes);
      return [descriptor];
    },
    async blob({ digest, size }, document) {
      const there = fetched.get(digest);
      if (there !== undefined) return there;
      const path = `${document ? 'manifests' : 'blobs'}/${digest}`;
      const { answer, bytes } = await get(path, size + 1, document ? { accept: ACCEPT } : {});
      if (answer.status === 404) return undefined;
      if (document) fetched.set(digest, bytes);
      return bytes;
    },
    async close() {},
  };
};
