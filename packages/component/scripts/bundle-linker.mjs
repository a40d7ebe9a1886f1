// Bundles the built linker into dist/linker-bundle.js, which every built component carries. Run after the TypeScript build.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL('../dist/linker.js', import.meta.url))],
  bundle: true,
  minify: true,
  write: false,
  format: 'esm',
  target: 'es2020',
  platform: 'neutral',
  legalComments: 'none',
});
writeFileSync(new URL('../dist/linker-bundle.js', import.meta.url), outputFiles[0].text);
console.log(`linker: ${outputFiles[0].text.length} bytes`);
