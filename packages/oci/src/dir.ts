/** What `skopeo copy … dir:PATH` writes: one manifest, and blobs by their digests without the algorithm. */

import { parseDigest, sha256 } from './digest.js';
import { fail } from './errors.js';
import { parseDocument, textOf } from './json.js';
import { document, type Files } from './layout.js';
import type { ImageLimits } from './limits.js';
import { OCI } from './media-types.js';
import type { ImageSource } from './source.js';

/** The image of such a folder; throws an ImageError where there is none. */
export const openDir = async (files: Files, limits: ImageLimits): Promise<ImageSource> => {
  const manifest = await document(files, 'manifest.json', limits);
  if (manifest === undefined) return fail('malformed', 'the folder has no manifest.json');
  const type = textOf(parseDocument(manifest, 'manifest.json')['mediaType'], 'mediaType');
  const digest = sha256(manifest);
  return {
    async roots() {
      const size = manifest.length;
      return [{ mediaType: type ?? OCI.manifest, digest, size, annotations: {} }];
    },
    async blob(descriptor) {
      if (descriptor.digest === digest) return manifest;
      const { hex } = parseDigest(descriptor.digest);
      return (
        (await files.read(hex, descriptor.size + 1)) ??
        files.read(`${hex}.manifest.json`, descriptor.size + 1)
      );
    },
    close: () => files.close(),
  };
};
