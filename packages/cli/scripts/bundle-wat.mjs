// Puts the text-format parser into dist/wat-parser.js: the core module that `parse` of
// @bytecodealliance/jco runs, compressed. So `.wat` inputs need no further package (jco and what it
// depends on are several hundred megabytes, and bring a second command named wasm2js).
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

const jco = createRequire(import.meta.url).resolve('@bytecodealliance/jco/component');
const transpile = createRequire(jco).resolve('@bytecodealliance/jco-transpile/wasm-tools');
const file = (name) => new URL(name, pathToFileURL(transpile));
const core = readFileSync(file('../vendor/wasm-tools.core.wasm'));
const { version } = JSON.parse(readFileSync(file('../package.json'), 'utf8'));

const compressed = brotliCompressSync(core, {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: 10,
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: core.length,
  },
});
const out = new URL('../dist/wat-parser.js', import.meta.url);
mkdirSync(new URL('.', out), { recursive: true });
writeFileSync(
  out,
  `// wasm-tools of the Bytecode Alliance, as shipped in @bytecodealliance/jco-transpile ${version}.
// License: Apache-2.0 WITH LLVM-exception, https://github.com/bytecodealliance/jco/blob/main/LICENSE
/** The core WebAssembly module, compressed with Brotli, in base64. */
export const compressed = '${compressed.toString('base64')}';
`,
);
