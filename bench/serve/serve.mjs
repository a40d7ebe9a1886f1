// Requests per second of `wasm2js serve`, and of the same program under wasmtime where wasmtime-server.c has been built.
//
//     node serve.mjs [--seconds 5] [--rounds 3] [--connections 16] [--concurrency 2] [--wasmtime FILE] [--soak SECONDS]
//
// Both servers get the same load in turn, from this process: so many connections, each with one request at a time. With
// --soak ours alone runs for so long, and the memory of its process is told every twentieth of it; it fails where that grows.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '16' },
    concurrency: { type: 'string', default: '2' },
    wasmtime: { type: 'string' },
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

/** Starts a server; returns the process once it listens. */
const start = (file, args) =>
  new Promise((done, fail) => {
    const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk) => {
      if (/serving on/.test((said += chunk))) done(child);
    });
    child.on('exit', () => fail(new Error(said)));
  });

/** Asks for some seconds; returns how long each answer took, in milliseconds. */
const load = (port, request, seconds) =>
  new Promise((done, fail) => {
    const times = [];
    const end = performance.now() + seconds * 1000;
    let open = Number(values.connections);
    for (let i = open; i > 0; i--) {
      const socket = connect(port, '127.0.0.1');
      socket.setNoDelay(true);
      let begun = 0;
      let have = '';
      const ask = () => {
        begun = performance.now();
        socket.write(request);
      };
      socket.on('connect', ask);
      socket.on('error', fail);
      socket.on('data', (chunk) => {
        have += chunk.toString('latin1');
        const head = have.indexOf('\r\n\r\n');
        if (head < 0) return;
        const length = Number(/content-length: *(\d+)/i.exec(have)[1]);
        if (have.length < head + 4 + length) return;
        if (!have.startsWith('HTTP/1.1 200')) fail(new Error(have.slice(0, 100)));
        have = '';
        times.push(performance.now() - begun);
        if (performance.now() < end) return ask();
        socket.destroy();
        if (--open === 0) done(times);
      });
    }
  });

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];

const residentMegabytes = (pid) => {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Math.round(Number(kilobytes) / 1024);
};

/** Milliseconds of processor time that a process has taken, all threads together. */
const processorTime = (pid) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
};

const ours = (module, port) =>
  start(process.execPath, [
    ...[command, 'serve', module, '--port', String(port), '--concurrency', values.concurrency],
    ...['--no-access-log', '--queue', '1000'],
  ]);
const servers = [['wasm2js', ours]];
if (values.wasmtime !== undefined) {
  const other = (module, port) =>
    start(values.wasmtime, [module, String(port), values.concurrency]);
  servers.push(['wasmtime', other]);
}

let port = 18000 + (process.pid % 1000);
if (values.soak !== undefined) {
  const child = await ours(probe, port);
  const memory = [];
  for (let i = 0; i < 20; i++) {
    const { request } = CASES[1 + (i % 2)];
    const times = await load(port, request, Number(values.soak) / 20);
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
  for (const { name, module, request } of CASES) {
    console.log(name);
    const running = [];
    for (const [label, make] of servers)
      running.push([label, ++port, await make(module, port), []]);
    for (const [, at] of running) await load(at, request, 2);
    for (let round = 0; round < Number(values.rounds); round++)
      for (const [, at, child, all] of running) {
        const before = processorTime(child.pid);
        const times = await load(at, request, Number(values.seconds));
        const used = (processorTime(child.pid) - before) * 1000;
        all.push({ times, cost: used / times.length });
      }
    for (const [label, , child, all] of running) {
      const { times } = all.reduce((a, b) => (a.times.length > b.times.length ? a : b));
      const sorted = Float64Array.from(times).sort();
      const rate = Math.round(times.length / Number(values.seconds));
      const cost = Math.round(Math.min(...all.map((one) => one.cost)));
      const [p50, p99] = [0.5, 0.99].map((q) => quantile(sorted, q).toFixed(1));
      console.log(
        `  ${label}: ${rate} requests/s, p50 ${p50} ms, p99 ${p99} ms, ${cost} µs of processor each`,
      );
      child.kill();
    }
  }
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
