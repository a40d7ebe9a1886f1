// Bundles the built runtime into single files that the compiler puts into an emitted command:
// dist/bundle/node.js and dist/bundle/memory.js. Run after the TypeScript build.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = new URL('..', import.meta.url);

mkdirSync(new URL('dist/bundle/', root), { recursive: true });
for (const kind of ['node', 'memory']) {
  const result = await build({
    entryPoints: [fileURLToPath(new URL(`dist/${kind}/index.js`, root))],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2020',
    platform: 'neutral',
    legalComments: 'none',
  });
  const { text } = result.outputFiles[0];
  writeFileSync(new URL(`dist/bundle/${kind}.js`, root), text);
  console.log(`${kind}: ${text.length} bytes, ${gzipSync(text).length} gzip`);
}
