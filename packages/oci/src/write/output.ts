/** Writing an image as a layout: a folder or a tar archive, whole or not at all. */

import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { parseDigest } from '../digest.js';
import { fail, ImageError, shown } from '../errors.js';
import { fileProblem } from '../input.js';
import { OCI } from '../media-types.js';
import { REF_NAME } from '../source.js';
import type { ComposedImage, ImageBlob } from './compose.js';
import { byName, tarPieces } from './tar.js';

interface LayoutFile {
  path: string;
  bytes: () => Promise<Uint8Array>;
}

/** The files of a layout with one image, in order. */
const layoutFiles = (image: ComposedImage, tag: string): LayoutFile[] => {
  const text = (path: string, value: unknown): LayoutFile => {
    const bytes = Buffer.from(JSON.stringify(value));
    return { path, bytes: async () => bytes };
  };
  const { digest, size } = image.index.descriptor;
  const entry = { mediaType: OCI.index, digest, size, annotations: { [REF_NAME]: tag } };
  const blobs = new Map<string, ImageBlob>();
  for (const blob of [...image.blobs, ...image.manifests, image.index]) {
    const { algorithm, hex } = parseDigest(blob.descriptor.digest);
    blobs.set(`blobs/${algorithm}/${hex}`, blob);
  }
  return [
    text('oci-layout', { imageLayoutVersion: '1.0.0' }),
    text('index.json', { schemaVersion: 2, mediaType: OCI.index, manifests: [entry] }),
    ...[...blobs].sort(byName).map(([path, { bytes }]) => ({ path, bytes })),
  ];
};

/** Is this a folder that holds a layout and nothing else, or nothing? Then a new one may take its place. */
const isReplaceable = async (folder: string): Promise<boolean> => {
  const own = ['oci-layout', 'index.json', 'blobs'];
  return (await readdir(folder)).every((name) => own.includes(name));
};

/**
 * Writes an image.
 * @param path of a tar archive where it ends in `.tar`, else of a folder
 * @param tag by which the layout knows it
 * @throws ImageError where that cannot be written, or something else is there
 */
export const writeLayout = async (
  image: ComposedImage,
  path: string,
  tag: string,
  mtime: number,
): Promise<void> => {
  const files = layoutFiles(image, tag);
  const target = resolve(path);
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  try {
    const there = await stat(target).catch(() => undefined);
    if (/\.tar$/i.test(path)) {
      if (there?.isDirectory()) fail('usage', 'it is a folder');
      const file = await open(temporary, 'wx');
      try {
        for await (const piece of tarPieces(files, mtime)) await file.write(piece);
      } finally {
        await file.close();
      }
      await rename(temporary, target);
      return;
    }
    if (there !== undefined && !(there.isDirectory() && (await isReplaceable(target))))
      fail('usage', 'it is there already, and no OCI layout');
    await mkdir(temporary);
    for (const { path: name, bytes } of files) {
      const to = join(temporary, name);
      await mkdir(dirname(to), { recursive: true });
      await writeFile(to, await bytes());
    }
    if (there !== undefined) await rm(target, { recursive: true });
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (error instanceof ImageError)
      throw new ImageError(error.kind, `${shown(path)}: ${error.message}`, { cause: error });
    throw fileProblem(path, error);
  }
};
