/** Archives of images: a layout in a tar, or what `docker save` and `podman save` write. */

import { open } from 'node:fs/promises';
import { posix } from 'node:path';
import { compressionOf, expand } from './compression.js';
import { sha256 } from './digest.js';
import { fail, ImageError, shown } from './errors.js';
import { AccessInput, fileAccess, fileProblem, memoryAccess, type RandomAccess } from './input.js';
import { type Descriptor, fieldsOf, listOf, textOf, textsOf } from './json.js';
import { document, type Files, openLayout } from './layout.js';
import { amount, type ImageLimits } from './limits.js';
import { DOCKER, OCI } from './media-types.js';
import { type ImageSource, REF_NAME } from './source.js';
import { isTarHeader, tarEntries } from './tar.js';

/** Where a file of an archive is. */
interface Place {
  offset: number;
  size: number;
}

/** Links of an archive that are followed on the way to a file. */
const FOLLOWED = 8;

/** A path in an archive without what makes two of one; undefined where it leads out. */
const normal = (path: string): string | undefined => {
  const plain = posix.normalize(`./${path}`).replace(/\/$/, '');
  return path.startsWith('/') || plain === '..' || plain.startsWith('../') ? undefined : plain;
};

/** The files of an archive, which is looked through once. */
class ArchiveFiles implements Files {
  private readonly places = new Map<string, Place>();
  private readonly links = new Map<string, string>();
  private readonly access: RandomAccess;
  private readonly release: () => Promise<void>;

  private constructor(access: RandomAccess, release: () => Promise<void>) {
    this.access = access;
    this.release = release;
  }

  static async scan(
    access: RandomAccess,
    limits: ImageLimits,
    release: () => Promise<void>,
  ): Promise<ArchiveFiles> {
    const files = new ArchiveFiles(access, release);
    let count = 0;
    for await (const entry of tarEntries(new AccessInput(access), 'the archive')) {
      if (++count > limits.entries)
        fail('limit', `more than ${limits.entries} files in the archive`);
      const path = normal(entry.path);
      if (path === undefined)
        return fail('refused', `the archive: "${shown(entry.path)}" leads out of it`);
      if (entry.type === 'directory') continue;
      // As for whoever unpacks it: the last one counts.
      files.places.delete(path);
      files.links.delete(path);
      if (entry.type === 'file') {
        files.places.set(path, { offset: entry.offset, size: entry.size });
        continue;
      }
      const from = entry.type === 'symlink' ? posix.dirname(path) : '.';
      const target = entry.target.startsWith('/')
        ? undefined
        : normal(posix.join(from, entry.target));
      if (target === undefined)
        return fail('refused', `the archive: "${shown(entry.path)}" is a link out of it`);
      files.links.set(path, target);
    }
    return files;
  }

  has(path: string): boolean {
    return this.place(path) !== undefined;
  }

  async read(path: string, limit: number): Promise<Uint8Array | undefined> {
    const place = this.place(path);
    if (place === undefined) return undefined;
    const size = Math.min(place.size, limit);
    const bytes = await this.access.read(place.offset, size);
    if (bytes.length < size) fail('malformed', 'the archive is cut short');
    return bytes;
  }

  close(): Promise<void> {
    return this.release();
  }

  /** Bytes of a file. */
  size(path: string): number | undefined {
    return this.place(path)?.size;
  }

  private place(path: string): Place | undefined {
    let at = normal(path);
    for (let i = 0; i < FOLLOWED && at !== undefined; i++) {
      const place = this.places.get(at);
      if (place !== undefined) return place;
      at = this.links.get(at);
    }
    return undefined;
  }
}

/** What `docker save` has written, as images whose blobs have the digests of their bytes. */
const openDockerArchive = async (
  files: ArchiveFiles,
  limits: ImageLimits,
): Promise<ImageSource> => {
  const bytes = await document(files, 'manifest.json', limits);
  if (bytes === undefined) return fail('malformed', 'the archive has no manifest.json');
  let list: unknown;
  try {
    list = JSON.parse(Buffer.from(bytes).toString());
  } catch {
    fail('malformed', 'manifest.json is no JSON');
  }
  const blobs = new Map<string, () => Promise<Uint8Array | undefined>>();
  const read = async (path: string, limit: number, what: string): Promise<Uint8Array> => {
    const size = files.size(path);
    if (size === undefined) return fail('missing', `${what} is missing: ${shown(path)}`);
    if (size > limit) fail('limit', `${what} has ${size} bytes; the limit is ${amount(limit)}`);
    return (await files.read(path, limit))!;
  };
  const manifest = async (item: unknown): Promise<Descriptor[]> => {
    const fields = fieldsOf(item, 'manifest.json');
    const config = textOf(fields['Config'], 'manifest.json: Config');
    if (config === undefined) return fail('malformed', 'manifest.json names no configuration');
    const paths = textsOf(fields['Layers'], 'manifest.json: Layers');
    if (paths.length > limits.layers)
      fail('limit', `${paths.length} layers; the limit is ${limits.layers}`);
    const put = (content: Uint8Array, mediaType: string, get?: () => Promise<Uint8Array>) => {
      const digest = sha256(content);
      blobs.set(digest, get ?? (async () => content));
      return { mediaType, digest, size: content.length };
    };
    const text = await read(config, limits.document, 'the configuration');
    // It is named by its digest in both formats.
    const [, hex] = /(?:^|\/)([0-9a-f]{64})(?:\.json)?$/.exec(config) ?? [];
    if (hex !== undefined && sha256(text) !== `sha256:${hex}`)
      fail('malformed', `the configuration has digest ${sha256(text)}, not sha256:${hex}`);
    const layers = [];
    for (const [i, path] of paths.entries()) {
      const get = () => read(path, limits.blob, `layer ${i + 1}`);
      layers.push(put(await get(), OCI.layer, get));
    }
    const document = { schemaVersion: 2, mediaType: DOCKER.manifest };
    const made = JSON.stringify({ ...document, config: put(text, DOCKER.config), layers });
    const descriptor = put(Buffer.from(made), DOCKER.manifest);
    const tags = textsOf(fields['RepoTags'], 'manifest.json: RepoTags');
    if (tags.length === 0) return [{ ...descriptor, annotations: {} }];
    return tags.map((tag) => ({ ...descriptor, annotations: { [REF_NAME]: tag } }));
  };
  const items = listOf(list, 'manifest.json');
  if (items.length > limits.manifests)
    fail('limit', `${items.length} images in the archive; the limit is ${limits.manifests}`);
  return {
    async roots() {
      const roots: Descriptor[] = [];
      for (const item of items) roots.push(...(await manifest(item)));
      return roots;
    },
    async blob({ digest }) {
      return blobs.get(digest)?.();
    },
    close: () => files.close(),
  };
};

const openFiles = async (files: ArchiveFiles, limits: ImageLimits): Promise<ImageSource> => {
  if (files.has('index.json')) return openLayout(files, limits);
  if (files.has('manifest.json')) return openDockerArchive(files, limits);
  if (files.has('repositories'))
    fail(
      'unsupported',
      'saved by a Docker before 1.10: load it into a later one and save it again',
    );
  return fail('malformed', 'the archive holds no image: neither index.json nor manifest.json');
};

/** An archive in memory, expanded where it is compressed. */
const inMemory = async (bytes: Uint8Array, limits: ImageLimits): Promise<RandomAccess> => {
  if (compressionOf(bytes, 'the archive') === 'none') return memoryAccess(bytes);
  const pieces: Uint8Array[] = [];
  for await (const piece of expand(bytes, limits.layer, 'the archive').pieces) pieces.push(piece);
  return memoryAccess(Buffer.concat(pieces));
};

/**
 * The images of an archive in memory, which may be compressed.
 * @throws ImageError where it holds none
 */
export const openArchiveBytes = async (
  bytes: Uint8Array,
  limits: ImageLimits,
): Promise<ImageSource> => {
  const access = await inMemory(bytes, limits);
  return openFiles(await ArchiveFiles.scan(access, limits, async () => {}), limits);
};

/**
 * The images of an archive of the host.
 * @throws ImageError where it holds none or cannot be read
 */
export const openArchiveFile = async (path: string, limits: ImageLimits): Promise<ImageSource> => {
  try {
    const file = await open(path, 'r');
    try {
      const status = await file.stat();
      // A pipe is read as a whole.
      const piped = status.isFile() ? undefined : await file.readFile();
      const size = piped?.length ?? status.size;
      let access = piped === undefined ? fileAccess(file, size) : memoryAccess(piped);
      if (compressionOf(await access.read(0, 8), path) !== 'none') {
        if (size > limits.blob) fail('limit', `it has more than ${amount(limits.blob)}`);
        access = await inMemory(await access.read(0, size), limits);
      }
      return await openFiles(await ArchiveFiles.scan(access, limits, () => file.close()), limits);
    } catch (error) {
      await file.close();
      throw error;
    }
  } catch (error) {
    throw fileProblem(path, error);
  }
};

/**
 * Do these bytes begin an archive of an image? Looks at names alone, and only at the first ones of archives
 * that are compressed.
 */
export const isImageArchive = async (bytes: Uint8Array): Promise<boolean> => {
  try {
    let start = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (compressionOf(bytes, '') !== 'none') {
      const pieces: Uint8Array[] = [];
      let size = 0;
      try {
        for await (const piece of expand(bytes.subarray(0, 2 ** 20), 2 ** 24, '').pieces) {
          pieces.push(piece);
          if ((size += piece.length) > 2 ** 20) break;
        }
      } catch {
        // Only the beginning is looked at, so it is cut short.
      }
      start = Buffer.concat(pieces);
    }
    if (!isTarHeader(start)) return false;
    for await (const { path } of tarEntries(new AccessInput(memoryAccess(start)), ''))
      if (
        /^(\.\/)?(oci-layout|index\.json|manifest\.json|repositories|blobs\/.*|[0-9a-f]{64}(\.json|\.tar|\/.*)?)$/.test(
          path,
        )
      )
        return true;
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
  }
  return false;
};
