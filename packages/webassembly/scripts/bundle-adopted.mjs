// Makes the scripts that `wasm2js adopt` puts into a folder, each a file of its own. Run after the TypeScript build and
// bundle-realm.mjs. PROBES and DIGESTS stay free names, which the command replaces.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const make = (entry, outfile, options) =>
  build({
    entryPoints: [`${dist}adopted/${entry}`],
    outfile: `${dist}adopted/scripts/${outfile}`,
    bundle: true,
    minify: true,
    target: 'es2020',
    logLevel: 'warning',
    ...options,
  });

await make('object.js', 'object.js', { format: 'iife' });
// `require` is the host's.
await make('boot.js', 'boot.js', { format: 'iife', platform: 'node' });
await make('boot-module.js', 'boot.mjs', { format: 'esm', target: 'es2022' });
