// Bundles the built runtime into single files that the compiler puts into an emitted command:
// dist/bundle/{node,memory}.js (ES modules) and {node,memory}.expression.js (one expression whose
// value is the namespace). Run after the TypeScript build.
import { mkdirSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = new URL('..', import.meta.url);

/** The bundle of one entry as text. */
async function bundle(entry, options) {
  const result = await build({
    entryPoints: [new URL(`dist/${entry}/index.js`, root).pathname],
    bundle: true,
    minify: true,
    write: false,
    target: 'es2020',
    platform: 'neutral',
    legalComments: 'none',
    ...options,
  });
  return result.outputFiles[0].text.trim();
}

mkdirSync(new URL('dist/bundle/', root), { recursive: true });
for (const kind of ['node', 'memory']) {
  const esm = await bundle(kind, { format: 'esm' });
  const script = await bundle(kind, { format: 'iife', globalName: 'w' });
  const expression = /^(?:"use strict";)?var w=(.*);$/s.exec(script)?.[1];
  if (!expression) throw new Error(`unexpected shape of the ${kind} bundle`);
  writeFileSync(new URL(`dist/bundle/${kind}.js`, root), `${esm}\n`);
  writeFileSync(new URL(`dist/bundle/${kind}.expression.js`, root), `${expression}\n`);
  console.log(`${kind}: ${esm.length} bytes, ${gzipSync(esm).length} gzip`);
}
