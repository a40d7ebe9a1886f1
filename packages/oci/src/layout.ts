/** OCI image layouts (OCI image specification, "Image Layout"), as folders and as tar archives. */

import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDigest } from './digest.js';
import { fail, shown } from './errors.js';
import { fileAccess, fileProblem } from './input.js';
import { type Descriptor, parseDocument } from './json.js';
import { amount, type ImageLimits } from './limits.js';
import { type ImageSource, indexEntries } from './source.js';

/** Files by their path: a folder, or an archive. */
export interface Files {
  /** The first `limit` bytes of a file; undefined where there is none. */
  read(path: string, limit: number): Promise<Uint8Array | undefined>;
  close(): Promise<void>;
}

/** The files of a folder of the host. */
export const folderFiles = (folder: string): Files => ({
  async read(path, limit) {
    const file = join(folder, path);
    try {
      // A pipe would be waited for.
      if (!(await stat(file)).isFile()) fail('malformed', `${file} is no file`);
      const handle = await open(file, 'r');
      try {
        const { size } = await handle.stat();
        return await fileAccess(handle, size).read(0, limit);
      } finally {
        await handle.close();
      }
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      throw fileProblem(file, error);
    }
  },
  async close() {},
});

/** A document of a layout; throws an ImageError where it is too large. */
export const document = async (
  files: Files,
  path: string,
  limits: ImageLimits,
): Promise<Uint8Array | undefined> => {
  const bytes = await files.read(path, limits.document + 1);
  if (bytes !== undefined && bytes.length > limits.document)
    fail('limit', `${path} is larger than ${amount(limits.document)}`);
  return bytes;
};

/**
 * The images of a layout.
 * @throws ImageError where it is none, or of another version
 */
export const openLayout = async (files: Files, limits: ImageLimits): Promise<ImageSource> => {
  const marker = await document(files, 'oci-layout', limits);
  if (marker !== undefined) {
    const version = parseDocument(marker, 'oci-layout')['imageLayoutVersion'];
    if (typeof version !== 'string') fail('malformed', 'oci-layout tells no version');
    if (!/^1\./.test(version as string))
      fail('unsupported', `an OCI layout of version ${shown(version as string)}; 1 is known`);
  }
  const index = await document(files, 'index.json', limits);
  if (index === undefined) return fail('malformed', 'the OCI layout has no index.json');
  return {
    async roots() {
      return indexEntries(index, 'index.json');
    },
    blob({ digest, size }: Descriptor) {
      const { algorithm, hex } = parseDigest(digest);
      return files.read(`blobs/${algorithm}/${hex}`, size + 1);
    },
    close: () => files.close(),
  };
};

/** Is this folder of the host a layout, or what `skopeo` calls a `dir:`? */
export const folderKind = async (folder: string): Promise<'layout' | 'dir' | undefined> => {
  const has = async (name: string): Promise<boolean> => {
    try {
      return (await stat(join(folder, name))).isFile();
    } catch {
      return false;
    }
  };
  if ((await has('oci-layout')) || (await has('index.json'))) return 'layout';
  if ((await has('manifest.json')) && (await has('version'))) {
    const text = await readFile(join(folder, 'version'), 'latin1');
    if (/^Directory Transport Version/.test(text)) return 'dir';
  }
  return undefined;
};
