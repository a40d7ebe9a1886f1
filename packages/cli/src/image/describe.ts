/** What `inspect` tells about an image. */

import type { ImageProgram, TreeDirectory } from '@wasm2js/oci';
import { visible } from '../text.js';

/** Files of a folder and those below it, and their bytes. */
const countFiles = (root: TreeDirectory): { files: number; bytes: number } => {
  let files = 0;
  let bytes = 0;
  const left = [root];
  for (let folder = left.pop(); folder; folder = left.pop()) {
    for (const node of folder.entries.values()) {
      if (node.type === 'directory') left.push(node);
      if (node.type !== 'file') continue;
      files++;
      bytes += node.content.length;
    }
  }
  return { files, bytes };
};

const quoted = (texts: readonly string[]): string =>
  texts.map((text) => `"${visible(text)}"`).join(' ');

/** An image for a person, ending before the module's own lines, and for a program. */
export const describeImage = (image: ImageProgram): { text: string; json: object } => {
  const { about, path, args, env, workingDirectory } = image;
  const contents = countFiles(image.files);
  const others = about.platforms.filter((name) => name !== about.platform);
  const lines = [
    `${about.form} ${about.digest}`,
    `  platform     ${about.platform ?? 'none'}${others.length > 0 ? ` (also ${others.join(', ')})` : ''}`,
    ...(path === undefined ? [] : [`  module       ${visible(path)}`]),
    `  arguments    ${quoted(args)}`,
    `  directory    ${visible(workingDirectory)}`,
    ...Object.entries(env).map(([name, value]) => `  environment  ${visible(`${name}=${value}`)}`),
    `  files        ${contents.files}, ${contents.bytes} bytes`,
    ...about.layers.map(({ mediaType, digest, size }) => {
      return `  layer        ${digest} ${size} ${visible(mediaType)}`;
    }),
    ...Object.entries(about.annotations).map(
      ([name, value]) => `  annotation   ${visible(`${name}=${value}`)}`,
    ),
    ...Object.entries(about.labels).map(
      ([name, value]) => `  label        ${visible(`${name}=${value}`)}`,
    ),
  ];
  const json = { ...about, path, args, env, workingDirectory, contents };
  return { text: `${lines.join('\n')}\n\n`, json };
};
