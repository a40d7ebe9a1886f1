#!/usr/bin/env node
// The command. Everything is in src/main.ts; this file exists before a build so that npm can link it.
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (existsSync(main)) {
  const { main: run } = await import(main.href);
  await run(process.argv.slice(2));
} else {
  process.stderr.write('wasm2js: error: not built yet; run "npm run build" first\n');
  process.exitCode = 1;
}
