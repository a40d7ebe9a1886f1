/** Opening what a name says: the one place that knows all kinds of sources. */

import { stat } from 'node:fs/promises';
import { isImageArchive, openArchiveBytes, openArchiveFile } from './archive.js';
import { openDir } from './dir.js';
import { fail, ImageError, shown } from './errors.js';
import { fileProblem } from './input.js';
import type { Platform } from './json.js';
import { folderFiles, folderKind, openLayout } from './layout.js';
import { type ImageLimits, limitsOf } from './limits.js';
import { type ImageProgram, readProgram } from './program.js';
import { hasTransport, parseReference, type Reference } from './reference.js';
import { openRegistry, type RegistryOptions } from './registry/pull.js';
import { parsePlatform, select } from './select.js';
import type { ImageSource } from './source.js';

/** How an image is read. */
export interface OpenOptions {
  limits?: Partial<ImageLimits> | undefined;
  /** Which platform's, as `os/architecture`; default: WebAssembly, where there is some. */
  platform?: string | undefined;
  /** How registries are asked. */
  registry?: RegistryOptions | undefined;
}

/** How the program of an image is read. */
export interface ReadOptions extends OpenOptions {
  /** Arguments in place of those of the image. */
  args?: readonly string[] | undefined;
}

const openPath = async (
  reference: Exclude<Reference, { transport: 'docker' }>,
  limits: ImageLimits,
): Promise<ImageSource> => {
  const { transport, path } = reference;
  let folder: boolean;
  try {
    folder = (await stat(path)).isDirectory();
  } catch (error) {
    throw fileProblem(path, error);
  }
  if (!folder) return openArchiveFile(path, limits);
  const kind = transport === 'dir' ? 'dir' : await folderKind(path);
  if (kind === 'dir') return openDir(folderFiles(path), limits);
  if (kind === 'layout') return openLayout(folderFiles(path), limits);
  return fail('malformed', `the folder ${shown(path)} holds no image`);
};

/** Opens the place that a name stands for; the tag, where it says one, is given with it. */
export const openSource = async (
  name: string,
  options: OpenOptions = {},
): Promise<{ source: ImageSource; tag: string | undefined }> => {
  const limits = limitsOf(options.limits);
  const reference = parseReference(name);
  if (reference.transport === 'docker')
    return { source: await openRegistry(reference, limits, options.registry), tag: undefined };
  return { source: await openPath(reference, limits), tag: reference.tag };
};

const platformWanted = ({ platform }: OpenOptions): Platform | undefined =>
  platform === undefined ? undefined : parsePlatform(platform);

/** An error with the name of the image before it; other errors stay as they are. */
const named = (name: string, error: unknown): unknown => {
  if (!(error instanceof ImageError)) return error;
  const { kind, message } = error;
  return message.startsWith(`${name}:`)
    ? error
    : new ImageError(kind, `${name}: ${message}`, { cause: error });
};

/**
 * Reads the program of an image.
 * @param input a name (`oci:PATH[:TAG]`, `docker-archive:PATH[:TAG]`, `docker://HOST/NAME[:TAG][@DIGEST]`, the path of a
 *   layout or an archive), or the bytes of an archive
 * @throws ImageError with one line that begins with the name
 */
export const readImage = async (
  input: string | Uint8Array,
  options: ReadOptions = {},
): Promise<ImageProgram> => {
  const limits = limitsOf(options.limits);
  const name = typeof input === 'string' ? input : 'the image';
  let source: ImageSource | undefined;
  try {
    const platform = platformWanted(options);
    const opened =
      typeof input === 'string'
        ? await openSource(input, options)
        : { source: await openArchiveBytes(input, limits), tag: undefined };
    source = opened.source;
    const selected = await select(source, { tag: opened.tag, platform }, limits);
    return await readProgram(source, selected, options.args, limits);
  } catch (error) {
    throw named(name, error);
  } finally {
    await source?.close();
  }
};

/** Does a name, or do the bytes of a file, stand for an image? Paths of files are not looked into. */
export const isImage = async (input: string | Uint8Array): Promise<boolean> => {
  if (typeof input !== 'string') return isImageArchive(input);
  if (hasTransport(input)) return true;
  return (await folderKind(input)) !== undefined;
};
