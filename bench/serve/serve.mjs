// Requests per second of `wasm2js serve`, and of the same program under wasmtime where wasmtime-server.c has been built.
//
//     node serve.mjs [--seconds 5] [--rounds 3] [--warm-up 10] [--connections 16] [--concurrency 2] [--wasmtime FILE] [--soak SECONDS]
//
// Both servers get the same load in turn, once they have had it for a while (code is compiled then), from this process: so many connections, each with one request at a time. With
// --components measures a component of wasi:http 0.2 instead, against `wasmtime serve` where --wasmtime-cli names that command,
// with --reuse N requests for an instance of both. With
// --soak ours alone runs for so long (a component with --components), and the memory of its process is told every twentieth of it;
// it fails where that grows.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compare, load, quantile, residentMegabytes, start } from './load.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    'warm-up': { type: 'string', default: '10' },
    connections: { type: 'string', default: '16' },
    concurrency: { type: 'string', default: '2' },
    wasmtime: { type: 'string' },
    components: { type: 'boolean', default: false },
    reuse: { type: 'string', default: '1' },
    'wasmtime-cli': { type: 'string' },
    soak: { type: 'string' },
  },
});
const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const command = path('../../packages/cli/bin/wasm2js.js');
const probe = path('../../packages/cli/test/fixtures/wagi/probe.wasm');
const folder = mkdtempSync(join(tmpdir(), 'serve-'));
process.on('exit', () => rmSync(folder, { recursive: true }));

/** A program that only says hello: what is left is the server and the making of an instance. */
const hello = join(folder, 'hello.wasm');
const text = 'Content-Type: text/plain\n\nhello\n';
writeFileSync(hello, helloModule(text));

const CASES = [
  {
    name: 'a program that says hello',
    module: hello,
    request: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
  },
  {
    name: 'a C program that prints its variables',
    module: probe,
    request: 'GET /env HTTP/1.1\r\nHost: x\r\n\r\n',
  },
  {
    name: 'a C program that echoes 16 KB',
    module: probe,
    request: `POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 16384\r\n\r\n${'x'.repeat(16384)}`,
  },
];

const ours = (module, port) =>
  start(process.execPath, [
    ...[command, 'serve', module, '--port', String(port), '--concurrency', values.concurrency],
    ...['--no-access-log', '--queue', '1000', '--max-instance-reuse-count', values.reuse],
  ]);
const servers = [['wasm2js', ours]];
if (values.components) {
  const component = join(folder, 'component.wasm');
  writeFileSync(component, await httpComponent());
  CASES.splice(0, CASES.length, ...componentCases(component));
  const cli = values['wasmtime-cli'];
  if (cli !== undefined)
    servers.push([
      'wasmtime serve',
      (module, port) =>
        start(cli, [
          ...['serve', '--max-instance-reuse-count', values.reuse],
          ...['--addr', `127.0.0.1:${port}`, module],
        ]),
    ]);
}
if (values.wasmtime !== undefined) {
  const other = (module, port) =>
    start(values.wasmtime, [module, String(port), values.concurrency]);
  servers.push(['wasmtime', other]);
}

if (values.soak !== undefined) {
  const port = 18000 + (process.pid % 1000);
  // Two cases of one program, in turn.
  const cases = CASES.slice(-2);
  const child = await ours(cases[0].module, port);
  const memory = [];
  for (let i = 0; i < 20; i++) {
    const { request } = cases[i % 2];
    const times = await load(port, request, Number(values.soak) / 20, Number(values.connections));
    const sorted = Float64Array.from(times).sort();
    const [p50, p99] = [0.5, 0.99].map((q) => quantile(sorted, q).toFixed(1));
    memory.push(residentMegabytes(child.pid));
    console.log(
      `${times.length} requests, p50 ${p50} ms, p99 ${p99} ms, ${memory.at(-1)} MB at its end`,
    );
  }
  child.kill();
  // Code is still being compiled in the first quarter.
  const [early, late] = [memory.slice(5, 10), memory.slice(15)].map((part) => Math.max(...part));
  const grows = late > early * 1.1 + 8;
  console.log(`memory ${grows ? 'grows' : 'does not grow'}: at most ${early} MB, then ${late} MB`);
  process.exitCode = grows ? 1 : 0;
} else {
  await compare(CASES, servers, {
    seconds: Number(values.seconds),
    rounds: Number(values.rounds),
    warmUp: Number(values['warm-up']),
    connections: Number(values.connections),
  });
}

/** The component of packages/component/test/fixtures/http.c. */
async function httpComponent() {
  const { componentEmbed, componentNew } = await import('@bytecodealliance/jco');
  const fixture = (extension) =>
    readFileSync(path(`../../packages/component/test/fixtures/http.${extension}`));
  const embedding = { witSource: fixture('wit').toString(), stringEncoding: 'utf8' };
  return componentNew(await componentEmbed({ binary: fixture('wasm'), ...embedding }), []);
}

function componentCases(module) {
  const body = 'x'.repeat(16384);
  const echo = `POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  return [
    {
      name: 'a component that says hello',
      module,
      request: 'GET /hello HTTP/1.1\r\nHost: x\r\n\r\n',
    },
    { name: 'a component that echoes 16 KB', module, request: echo },
  ];
}

/** A module that writes a text to standard output. */
function helloModule(output) {
  const bytes = new TextEncoder().encode(output);
  const section = (id, content) => [id, content.length, ...content];
  const string = (name) => [name.length, ...new TextEncoder().encode(name)];
  const data = [16, 0, 0, 0, bytes.length, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ...bytes];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [2, 0x60, 4, 0x7f, 0x7f, 0x7f, 0x7f, 1, 0x7f, 0x60, 0, 0]),
    ...section(2, [1, ...string('wasi_snapshot_preview1'), ...string('fd_write'), 0, 0]),
    ...section(3, [1, 1]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...string('memory'), 2, 0, ...string('_start'), 0, 1]),
    ...section(10, [1, 13, 0, 0x41, 1, 0x41, 0, 0x41, 1, 0x41, 8, 0x10, 0, 0x1a, 0x0b]),
    ...section(11, [1, 0, 0x41, 0, 0x0b, data.length, ...data]),
  ]);
}
