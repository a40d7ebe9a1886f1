/** Where images are: what every place of them offers, and blobs that are what their descriptors say. */

import { verify } from './digest.js';
import { fail, shown } from './errors.js';
import { type Descriptor, descriptorOf, listOf, parseDocument } from './json.js';
import { amount } from './limits.js';

/** A place that has images. */
export interface ImageSource {
  /** Descriptors of what is there: indexes and manifests; tags are annotations. */
  roots(): Promise<Descriptor[]>;
  /**
   * The bytes of a blob, not yet verified; no more than the descriptor's size and one.
   * @param document it is a manifest or an index, which registries keep apart
   * @returns undefined where there is none
   */
  blob(descriptor: Descriptor, document: boolean): Promise<Uint8Array | undefined>;
  /** Releases what the host has given. */
  close(): Promise<void>;
}

/** The annotation that tags are. */
export const REF_NAME = 'org.opencontainers.image.ref.name';

/**
 * Reads a blob and compares it with its descriptor.
 * @param limit most bytes it may have
 * @param what names it in errors
 * @throws ImageError where it is missing, larger, of another size or of another digest
 */
export const readBlob = async (
  source: ImageSource,
  descriptor: Descriptor,
  limit: number,
  what: string,
  document = false,
): Promise<Uint8Array> => {
  const { digest, size } = descriptor;
  if (size > limit) fail('limit', `${what} has ${size} bytes; the limit is ${amount(limit)}`);
  const bytes = (await source.blob(descriptor, document)) ?? descriptor.data;
  if (bytes === undefined) {
    // Windows has layers that only their publisher may hand out.
    const why = /nondistributable|foreign/.test(descriptor.mediaType)
      ? ' (its publisher alone hands it out)'
      : '';
    return fail('missing', `${what} is missing: ${shown(digest)}${why}`);
  }
  if (bytes.length !== size) {
    const there = bytes.length > size ? 'more' : `${bytes.length}`;
    fail('malformed', `${what} has ${there} bytes, not ${size}: ${shown(digest)}`);
  }
  verify(bytes, digest, what);
  return bytes;
};

/** The descriptors that an index lists. */
export const indexEntries = (bytes: Uint8Array, what: string): Descriptor[] => {
  const fields = parseDocument(bytes, what);
  if (fields['schemaVersion'] !== 2) fail('unsupported', `${what} is not of schema version 2`);
  return listOf(fields['manifests'], `${what}: manifests`).map((item, i) =>
    descriptorOf(item, `${what}: manifest ${i + 1}`),
  );
};
