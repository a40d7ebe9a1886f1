#!/usr/bin/env node
// The command. Everything is in src/start.ts; this file exists before a build so that npm can link it.
import { existsSync } from 'node:fs';
import * as module from 'node:module';

const entry = new URL('../dist/start.js', import.meta.url);
if (existsSync(entry)) {
  // Keeps the compiler's own bytecode from one run to the next (Node 22.1 and later), in the folder for
  // temporary files or where NODE_COMPILE_CACHE says.
  module.enableCompileCache?.();
  const { start } = await import(entry.href);
  await start(process.argv.slice(2));
} else {
  process.stderr.write('wasm2js: error: not built yet; run "npm run build" first\n');
  process.exitCode = 1;
}
