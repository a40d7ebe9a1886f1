// Runs a Ruby program on Node: node run.mjs MODULE [--dir HOST[::GUEST]]... -- [OPTION]... FILE|-e CODE
// MODULE is what `wasm2js build` wrote, or a .wasm file for the engine's own WebAssembly.
// With MEASURE=1, a line on standard error tells the time and the memory it took.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parsePreopens, WASI } from '@wasm2js/wasi-runtime';

const start = performance.now();
const [file, ...rest] = process.argv.slice(2);
const end = rest.indexOf('--');
const folders = rest.slice(0, end).filter((argument) => argument !== '--dir');
const args = ['ruby', ...rest.slice(end + 1)];

const load = async () => {
  if (!file.endsWith('.wasm')) return (await import(pathToFileURL(resolve(file)).href)).instantiate;
  const module = new WebAssembly.Module(readFileSync(file));
  return (imports) => new WebAssembly.Instance(module, imports).exports;
};

const { default: ruby } = await import('./host.mjs');
const wasi = new WASI({ args, preopens: parsePreopens(folders) });
process.exitCode = await ruby({ instantiate: await load(), wasi, args });
if (process.env.MEASURE) {
  const milliseconds = performance.now() - start;
  console.error(JSON.stringify({ milliseconds, kilobytes: process.resourceUsage().maxRSS }));
}
