/** Where binaryen's command is. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Binaryen's script that holds wasm-opt. */
export const WASM_OPT = join(
  dirname(createRequire(import.meta.url).resolve('binaryen/package.json')),
  'bin/wasm-opt',
);
