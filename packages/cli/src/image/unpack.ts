/** Files of an image on the disk, for programs that see no other. */

import { link, mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OverlayDirectory } from '@wasm2js/codegen';
import type { ImageProgram } from '@wasm2js/oci';
import type { Preopens } from '../options.js';

/**
 * Writes files into a folder that is made; nothing in them leads out of it, names being single components and links
 * being made after all else.
 * @returns the folders that the program sees
 */
export const unpackFiles = async (
  { files, preopens }: ImageProgram,
  folder: string,
): Promise<Preopens> => {
  const made = new Map<object, string>();
  const links: [string, string][] = [];
  const write = async (directory: OverlayDirectory, path: string): Promise<void> => {
    await mkdir(path);
    for (const [name, node] of directory.entries) {
      const at = join(path, name);
      if (node.type === 'directory') await write(node, at);
      else if (node.type === 'link') links.push([node.target, at]);
      else if (made.has(node)) await link(made.get(node)!, at);
      else {
        await writeFile(at, node.content);
        await utimes(at, node.mtime ?? 0, node.mtime ?? 0);
        made.set(node, at);
      }
    }
  };
  await write(files, folder);
  for (const [target, at] of links) await symlink(target, at);
  return Object.fromEntries(
    Object.entries(preopens).map(([guest, path]) => [guest, { directory: join(folder, path) }]),
  );
};
