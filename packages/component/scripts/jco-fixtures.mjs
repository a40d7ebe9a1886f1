// Runs jco's own fixtures that need only WASI, with this project's WASI and with jco's shims:
//   node packages/component/scripts/jco-fixtures.mjs FOLDER [--only TEXT] [--table FILE] [--jco NODE] [--without-jco]
// FOLDER is searched for components, as packages of bytecodealliance/jco. Commands have to end with 0, handlers to answer a
// request, functions to give what is known of them (conformance/arrangements.mjs). Ends with 1 where jco's passes and ours
// does not.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join, sep } from 'node:path';
import { makeBindings } from '../dist/bindgen.js';
import { arrangements } from './conformance/arrangements.mjs';
import { Comparison, readSettings } from './conformance/comparison.mjs';
import { commandOfJco, commandOfOurs, LIMIT } from './conformance/drivers.mjs';
import { runTest } from './conformance/operations.mjs';

const { folder, only, table, jco } = readSettings('components');

/** What the fixtures that make requests expect of a server: its method and target as headers, the body sent back. */
const server = createServer((request, response) => {
  const { method, url, headers } = request;
  response.writeHead(200, {
    'x-wasmtime-test-method': method,
    'x-wasmtime-test-uri': url,
    ...(headers['content-length'] && { 'content-length': headers['content-length'] }),
  });
  response.flushHeaders();
  request.pipe(response);
});
server.on('connect', (_, socket) => socket.destroy()).listen(0, '127.0.0.1');
await new Promise((done) => server.once('listening', done));
const address = `127.0.0.1:${server.address().port}`;
const arranged = arrangements(address);

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

/** How a fixture is run: as a description of wasi-testsuite. */
const described = (way, kind) => {
  const { args: [argv0, ...args] = [], env = {}, stdout, request, use, timeLimit, gives } = way;
  const given = { argv0, args, env: { HTTP_SERVER: address, ...env }, timeLimit };
  const start = { type: 'run', ...given };
  if (kind === 'handler') {
    const asked = {
      type: 'request',
      method: 'GET',
      path: '/',
      response: { status: 200, body: undefined },
      ...request,
    };
    return { world: 'wasi:http/service', operations: [start, asked] };
  }
  const printed = kind === 'functions' ? `${stdout ?? ''}${JSON.stringify(gives)}\n` : stdout;
  const read = printed === undefined ? [] : [{ type: 'read', id: 'stdout', payload: printed }];
  return {
    ...(kind === 'functions' ? { use: String(use) } : {}),
    operations: [start, ...read, { type: 'wait' }],
  };
};

const kindOf = ({ exports }) => {
  const names = exports.map(([name]) => name);
  if (names.some((name) => name.startsWith('wasi:http/'))) return 'handler';
  return names.some((name) => name.startsWith('wasi:cli/run@')) ? 'command' : 'functions';
};

const comparison = new Comparison(jco !== undefined);
const left = { unread: [], others: [], nothing: [] };
const files = readdirSync(folder, { recursive: true })
  .filter((name) => name.endsWith('.wasm'))
  .sort();
for (const file of files) {
  if (!file.includes(only)) continue;
  const path = join(folder, file);
  const surface = await surfaceOf(readFileSync(path));
  const stem = file.replace(/\.wasm$/, '').replaceAll(sep, '/');
  const ways = arranged[stem.split('/').slice(-2).join('/')] ?? arranged[basename(stem)];
  if (surface === undefined) left.unread.push(stem);
  else if (!surface.imports.every((name) => /^wasi:(?!http\/handler)/.test(name)))
    left.others.push(stem);
  else if (surface.exports.length === 0) left.nothing.push(stem);
  else {
    const kind = kindOf(surface);
    for (const way of ways ?? [{}]) {
      const description = described(way, kind);
      const run = (command) => runTest({ ...description, root: fresh() }, '/', command, LIMIT);
      const own = await run(commandOfOurs(path));
      const other = jco && (await run(commandOfJco(path, jco)));
      comparison.add(way.title === undefined ? stem : `${stem} (${way.title})`, own, other);
    }
  }
}
comparison.finish('fixture', table);
const listed = (names) => (names.length === 0 ? '0' : `${names.length} (${names.join(', ')})`);
console.log(`not run, since they import more than WASI: ${listed(left.others)}`);
console.log(`not run, since they have nothing to call: ${listed(left.nothing)}`);
console.log(`not run, since jco does not read them as components: ${listed(left.unread)}`);
rmSync(scratch, { recursive: true });
server.close();
