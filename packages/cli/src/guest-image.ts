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

/** What the program of an image gets. */
export const imageGuest = ({ args, fixed, env, files, preopens }: ImageProgram): ImageGuest => ({
  args,
  fixed,
  env,
  overlay: { files, preopens },
});
