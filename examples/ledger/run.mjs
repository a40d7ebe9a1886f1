/**
 * Runs the program: `node run.mjs ledger.wasm` by the host's own WebAssembly, `node run.mjs ledger.mjs` as JavaScript. Further
 * arguments are the program's; with `--measure N` in front of them it runs N times, and the least time is printed.
 */
import process from 'node:process';
import { createImports, start } from './host.mjs';

const [file, ...args] = process.argv.slice(2);
const rounds = args[0] === '--measure' ? Number(args.splice(0, 2)[1]) : 1;
let lines = [];
const print = (line) => lines.push(line);

let exports;
const exported = () => exports;
if (file.endsWith('.wasm')) {
  const { readFileSync } = await import('node:fs');
  const module = new WebAssembly.Module(readFileSync(file), { builtins: ['js-string'] });
  const imports = createImports(print, WebAssembly.Memory, exported);
  ({ exports } = new WebAssembly.Instance(module, imports));
} else {
  const { pathToFileURL } = await import('node:url');
  const { instantiate } = await import(pathToFileURL(file).href);
  exports = instantiate(createImports(print, instantiate.Memory, exported));
}

let least = Infinity;
for (let round = 0; round < rounds; round++) {
  lines = [];
  const before = performance.now();
  start(exports, args);
  least = Math.min(least, performance.now() - before);
}
for (const line of lines) console.log(line);
if (rounds > 1) console.log(`${least.toFixed(1)} ms`);
