// Runs a component with jco's own canonical ABI, shims and WebAssembly of the host: node jco-run.mjs COMPONENT SETTINGS,
// the settings being JSON of { argv0, args, env, root, world, use }. Needs an engine with JSPI.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transpile } from '@bytecodealliance/jco';
import { tellUse } from './use.mjs';

const [, , component, text] = process.argv;
const { argv0, args, env, root, world, use } = JSON.parse(text);
const name = basename(component, '.wasm');
const folder = mkdtempSync(join(tmpdir(), 'jco-run-'));
// The shims, that of 0.2 being the one that 0.3's is made of.
const find = (from, part) => createRequire(from).resolve(part);
const shim3 = find(import.meta.url, '@bytecodealliance/preview3-shim/cli');
const shim2 = find(shim3, '@bytecodealliance/preview2-shim/cli');
const packages = join(folder, 'node_modules/@bytecodealliance');
mkdirSync(packages, { recursive: true });
for (const [version, file] of [
  [2, shim2],
  [3, shim3],
])
  symlinkSync(join(dirname(file), '../..'), join(packages, `preview${version}-shim`));
const shim = (version, part) =>
  import(
    pathToFileURL(find(join(folder, 'x.js'), `@bytecodealliance/preview${version}-shim/${part}`))
  );
const { files } = await transpile(readFileSync(component), {
  name,
  asyncMode: 'jspi',
  tracing: false,
});
for (const [file, bytes] of Object.entries(files)) {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const version of [2, 3]) {
  const [cli, filesystem] = [await shim(version, 'cli'), await shim(version, 'filesystem')];
  cli._setArgs?.([argv0 ?? `${name}.wasm`, ...args]);
  cli._setEnv?.(env);
  cli._setCwd?.(undefined);
  for (const stream of ['Stdin', 'Stdout', 'Stderr']) {
    const { isTTY } = process[stream.toLowerCase()];
    if (!isTTY) cli[`_setTerminal${stream}`]?.(undefined);
  }
  filesystem._setPreopens?.(root === undefined ? {} : { '/': root });
}
const module = await import(pathToFileURL(join(folder, `${name}.js`)));
if (use !== undefined) {
  await tellUse(use, module);
} else if (world === 'wasi:http/service') {
  const { HttpServer } = await shim(3, 'http');
  // The server wants a `result`, where the glue gives or throws what is in it.
  const handle = async (request) => {
    try {
      const answer = await module.handler.handle(request);
      return answer?.tag === undefined ? { tag: 'ok', val: answer } : answer;
    } catch (error) {
      if (error?.payload === undefined) throw error;
      return { tag: 'err', val: error.payload };
    }
  };
  const server = new HttpServer({ handle });
  const { createServer } = await import('node:net');
  const port = await new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = probe.address();
      probe.close(() => done(free));
    });
  });
  await server.listen(port, '127.0.0.1');
  process.stderr.write(`http://127.0.0.1:${port}/\n`);
  process.on('SIGINT', () => process.exit(0));
} else {
  // Programs of 0.3 may export that of 0.2, too.
  const versions = Object.keys(module).filter((one) => one.startsWith('wasi:cli/run@'));
  const key = versions.sort().pop() ?? 'run';
  try {
    await module[key].run();
    process.exit(0);
  } catch (error) {
    const failed = error?.payload !== undefined || error?.constructor?.name === 'ComponentError';
    if (!failed) console.error(error);
    process.exit(error?.exitError ? error.code : failed ? 1 : 134);
  }
}
