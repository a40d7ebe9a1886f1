// Makes dist/runtime.bundle.js of dist/runtime.js: one module without imports, since not every bundler resolves packages.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const path = (name) => fileURLToPath(new URL(`../dist/${name}`, import.meta.url));
await build({
  entryPoints: [path('runtime.js')],
  bundle: true,
  format: 'esm',
  target: 'es2022',
  outfile: path('runtime.bundle.js'),
  logLevel: 'warning',
});
