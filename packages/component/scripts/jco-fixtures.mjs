// Runs jco's own fixtures that need only WASI and are commands or handlers of HTTP, with this project's WASI and with jco's
// shims:
//   node packages/component/scripts/jco-fixtures.mjs FOLDER [--only TEXT] [--table FILE] [--jco NODE] [--without-jco]
// FOLDER is searched for components, as packages/jco-transpile/test/fixtures/components of bytecodealliance/jco. Commands
// have to end with 0, handlers to answer a request with 200. Ends with 1 where jco's passes and ours does not.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeBindings } from '../dist/bindgen.js';
import { Comparison, readSettings } from './conformance/comparison.mjs';
import { commandOfJco, commandOfOurs, LIMIT } from './conformance/drivers.mjs';
import { runTest } from './conformance/operations.mjs';

const { folder, only, table, jco } = readSettings('components');

/** What the fixtures that make requests expect of a server: its method and target as headers, the body sent back. */
const server = createServer((request, response) => {
  response.setHeader('x-wasmtime-test-method', request.method);
  response.setHeader('x-wasmtime-test-uri', request.url);
  request.pipe(response);
}).listen(0, '127.0.0.1');
await new Promise((done) => server.once('listening', done));
const env = { HTTP_SERVER: `127.0.0.1:${server.address().port}` };

/** Imports and exports; undefined for what jco does not read. */
const surfaceOf = async (bytes) => {
  const versions = bytes
    .toString('latin1')
    .matchAll(/(wasi:[a-z]+)\/[a-z0-9-]+@(0\.3\.[0-9a-z.-]*[0-9a-z])/g);
  const map = [...new Set([...versions].map(([, name, version]) => `${name}/*@${version}`))];
  const options = { name: 'fixture', map: map.map((one) => [one, one]), asynchronous: true };
  return makeBindings(bytes, options).catch(() => undefined);
};

/** A folder of its own for each run. */
const fresh = () => mkdtempSync(join(scratch, 'root-'));
const scratch = mkdtempSync(join(tmpdir(), 'jco-fixtures-'));
const comparison = new Comparison(jco !== undefined);
const left = { unread: 0, others: 0, functions: 0 };
const files = readdirSync(folder, { recursive: true })
  .filter((name) => name.endsWith('.wasm'))
  .sort();
for (const file of files) {
  if (!file.includes(only)) continue;
  const surface = await surfaceOf(readFileSync(join(folder, file)));
  const names = surface?.exports.map(([name]) => name) ?? [];
  const handler = names.some((name) => name.startsWith('wasi:http/'));
  if (surface === undefined) left.unread++;
  else if (!surface.imports.every((name) => name.startsWith('wasi:'))) left.others++;
  else if (!handler && !names.some((name) => name.startsWith('wasi:cli/run@'))) left.functions++;
  else {
    const request = {
      type: 'request',
      method: 'GET',
      path: '/',
      response: { status: 200, body: undefined },
    };
    const description = handler
      ? { world: 'wasi:http/service', operations: [{ type: 'run', env }, request] }
      : { operations: [{ type: 'run', env }, { type: 'wait' }] };
    const run = (command) => runTest({ ...description, root: fresh() }, '/', command, LIMIT);
    const path = join(folder, file);
    const own = await run(commandOfOurs(path));
    const other = jco && (await run(commandOfJco(path, jco)));
    comparison.add(file, own, other);
  }
}
comparison.finish('fixture', table);
console.log(
  `not run: ${left.others} that import something besides WASI, ${left.functions} with functions alone, ${left.unread} that jco does not read`,
);
rmSync(scratch, { recursive: true });
server.close();
