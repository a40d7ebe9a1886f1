// Builds the page into dist/, or into a folder that is named: a static server is all it needs.

import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from '@wasm2js/cli';
import { bundleSource } from '@wasm2js/wasi-runtime';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const output = process.argv[2] ?? here('dist');

await mkdir(output, { recursive: true });
for (const name of ['index.html', 'style.css', 'page.js']) {
  await cp(here(name), join(output, name));
}
await writeFile(join(output, 'wasi.js'), bundleSource('memory'));
await build({
  input: here('../wordfreq/wordfreq.wasm'),
  output: join(output, 'wordfreq.js'),
  wasi: 'none',
  dts: false,
});
console.log(`built ${output}`);
