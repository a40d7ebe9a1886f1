// Runs one WASI command with the engine's own WebAssembly:
// node run-program.mjs [--dir HOST::GUEST[::ro]]... [--env K=V]... [--tcplisten ADDRESS]
//   FILE.wasm [ARG]...
// WASI_RUNTIME names another build of the runtime than the one in dist.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

const { NodeHost, parsePreopens, WASI } = await import(
  process.env.WASI_RUNTIME ?? '../dist/node/index.js'
);
const argv = process.argv.slice(2);
const directories = [];
const listeners = [];
const env = {};
const host = new NodeHost();
while (argv[0]?.startsWith('--')) {
  const option = argv.shift();
  if (option === '--dir') {
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
wasi.start(
  new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), wasi.getImportObject()),
);
