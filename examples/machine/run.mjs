/** Runs the program: `node run.mjs machine.wasm` by the host's own WebAssembly, `node run.mjs machine.mjs` as JavaScript. */
import process from 'node:process';
import { createImports, start } from './host.mjs';

const file = process.argv[2];
const print = (line) => console.log(line);

let exports;
const exported = () => exports;
if (file.endsWith('.wasm')) {
  const { readFileSync } = await import('node:fs');
  const module = new WebAssembly.Module(readFileSync(file));
  ({ exports } = new WebAssembly.Instance(
    module,
    createImports(print, WebAssembly.JSTag, exported),
  ));
} else {
  const { pathToFileURL } = await import('node:url');
  const { instantiate } = await import(pathToFileURL(file).href);
  const tag = instantiate.JSTag ?? new instantiate.Tag({ parameters: ['externref'] });
  exports = instantiate(createImports(print, tag, exported));
}
start(exports);
