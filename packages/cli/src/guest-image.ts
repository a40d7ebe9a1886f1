/** What a program gets of the image that it was in, in the words of the WASI runtime and of the emitter. */

import type { OverlayFiles } from '@wasm2js/codegen';
import type { ImageProgram } from '@wasm2js/oci';

/** A program's own arguments, environment and files. */
export interface ImageGuest {
  args: string[];
  /** How many of `args` stand before those that whoever runs it gives. */
  fixed: number;
  env: Record<string, string>;
  overlay: OverlayFiles;
}

/**
 * What the program of an image gets. A folder of the root that the working directory has one of the same name as is a
 * preopen of its own, so that absolute paths lead to it.
 */
export const imageGuest = (image: ImageProgram): ImageGuest => {
  const { args, fixed, env, files, preopens, workingDirectory } = image;
  if (workingDirectory === '/') return { args, fixed, env, overlay: { files, preopens } };
  const names = new Set(image.workingNames);
  const seen = Object.entries(preopens).filter(
    ([guest]) => guest === '/' || names.has(guest.slice(1)),
  );
  return {
    args,
    fixed,
    env,
    overlay: { files, preopens: Object.fromEntries(seen), workingDirectory },
  };
};
