// Builds the playground into dist/, or into a folder that is named: a static server is all it needs. Run behind
// `npm run build`.

import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import { build } from '@wasm2js/cli';
import { bundleSource } from '@wasm2js/wasi-runtime';
import * as esbuild from 'esbuild';
import { compressed } from '../packages/cli/dist/wat-parser.js';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const output = process.argv[2] ?? here('dist');

/** The support library as the compiler's build has parsed it. */
const library = {
  name: 'library',
  setup(bundle) {
    bundle.onResolve({ filter: /^wasm2js:library$/ }, ({ path }) => ({
      path,
      namespace: 'library',
    }));
    bundle.onLoad({ filter: /.*/, namespace: 'library' }, async () => {
      const file = here('../packages/codegen/dist/support-library.json');
      const { declarations } = JSON.parse(await readFile(file, 'utf8'));
      return { contents: `export default ${JSON.stringify(declarations)}` };
    });
  },
};

await mkdir(output, { recursive: true });
for (const name of ['index.html', 'style.css']) await cp(here(name), join(output, name));
await esbuild.build({
  entryPoints: ['page', 'compile-worker', 'run-worker'].map((name) => here(`src/${name}.ts`)),
  outdir: output,
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  minify: true,
  legalComments: 'eof',
  plugins: [library],
});
await writeFile(join(output, 'wasi.js'), bundleSource('memory'));

// The parser of the text format, and for hosts without WebAssembly the same, compiled by wasm2js.
const parser = brotliDecompressSync(Buffer.from(compressed, 'base64'));
await writeFile(join(output, 'wat-parser.wasm'), parser);
const script = join(output, 'wat-parser.js');
await build({ input: parser, output: script, wasi: 'none', names: 'minify', dts: false });
const needs = WebAssembly.Module.imports(new WebAssembly.Module(parser));
await writeFile(
  script,
  `${await readFile(script, 'utf8')}export const parserNeeds=${JSON.stringify(needs)};\n`,
);
console.log(`built ${output}`);
