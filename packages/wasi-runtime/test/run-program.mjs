// Runs one WASI command with the engine's own WebAssembly, or (--compiled) as our compiler emits it:
// node run-program.mjs [--compiled] [--dir HOST::GUEST[::ro]]... [--env K=V]... [--tcplisten ADDRESS]
//   FILE.wasm [ARG]...
// WASI_RUNTIME names another build of the runtime than the one in dist.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const { NodeHost, parsePreopens, WASI } = await import(
  process.env.WASI_RUNTIME ?? '../dist/node/index.js'
);
const argv = process.argv.slice(2);
const directories = [];
const listeners = [];
const env = {};
const host = new NodeHost();
let compiled = false;
while (argv[0]?.startsWith('--')) {
  const option = argv.shift();
  if (option === '--compiled') {
    compiled = true;
  } else if (option === '--dir') {
    directories.push(argv.shift());
  } else if (option === '--env') {
    const [, key, value] = /^([^=]*)=(.*)$/s.exec(argv.shift());
    env[key] = value;
  } else if (option === '--tcplisten') {
    const listener = host.listen(argv.shift());
    listeners.push(listener);
    console.error(`port ${listener.port}`);
  } else {
    throw new Error(`unknown option ${option}`);
  }
}
const [file, ...args] = argv;
const wasi = new WASI({
  args: [basename(file), ...args],
  env,
  preopens: parsePreopens(directories),
  listeners,
  returnOnExit: false,
  host,
});
const imports = wasi.getImportObject();
wasi.start(compiled ? await compile(file) : new WebAssembly.Instance(module(file), imports));

/** The module by the engine's own compiler. */
function module(path) {
  return new WebAssembly.Module(readFileSync(path));
}

/** An instance of what our compiler makes of the file. */
async function compile(path) {
  const { compile: toJavaScript } = await import('../../codegen/dist/index.js');
  const work = mkdtempSync(join(tmpdir(), 'wasm2js-'));
  try {
    const out = join(work, 'module.mjs');
    writeFileSync(out, toJavaScript(readFileSync(path)).code);
    const { instantiate } = await import(pathToFileURL(out).href);
    const exports = instantiate(imports);
    return { exports };
  } finally {
    rmSync(work, { recursive: true });
  }
}
