import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/** Path of a file beside this one. */
export function beside(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** Command line of node that runs a fixture over the sources as they are, and its environment. */
export function programRunner(): { command: string[]; env: NodeJS.ProcessEnv; folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'wasi-runtime-'));
  const runtime = join(folder, 'node.mjs');
  buildSync({
    entryPoints: [beside('../src/node/index.ts')],
    outfile: runtime,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2020',
    platform: 'neutral',
  });
  return {
    command: [process.execPath, beside('run-program.mjs')],
    env: { ...process.env, WASI_RUNTIME: runtime },
    folder,
  };
}
