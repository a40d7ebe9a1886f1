// Start-up time and memory of CRuby, compiled and by the engine's WebAssembly, round by round in turn:
// node measure.mjs [ROUNDS]

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const wasm = here('../node_modules/@ruby/3.4-wasm-wasi/dist/ruby+stdlib.wasm');
const rounds = Number(process.argv[2] ?? 3);

const node = (...args) => {
  const env = { ...process.env, MEASURE: '1' };
  const result = spawnSync(process.execPath, args, { encoding: 'utf8', env });
  if (result.error) throw result.error;
  return result;
};

const folder = mkdtempSync(join(tmpdir(), 'wasm2js-ruby-'));
try {
  const script = join(folder, 'ruby.mjs');
  const start = performance.now();
  const built = node(here('../../packages/cli/bin/wasm2js.js'), 'build', wasm, '-o', script);
  if (built.status !== 0) throw new Error(built.stderr);
  console.log(`build: ${((performance.now() - start) / 1000).toFixed(1)} s`);
  for (const name of ['inventory.rb', 'orders.txt']) cpSync(here(name), join(folder, 'work', name));

  const programs = {
    'start only': ['-e', ''],
    'start only, without gems': ['--disable=gems', '-e', ''],
    'inventory.rb': ['/work/inventory.rb', '/work'],
  };
  for (const [title, args] of Object.entries(programs)) {
    const results = { engine: [], wasm2js: [] };
    for (let round = 0; round < rounds; round++) {
      for (const [way, file] of [
        ['engine', wasm],
        ['wasm2js', script],
      ]) {
        const { stderr } = node(
          here('run.mjs'),
          file,
          '--dir',
          `${join(folder, 'work')}::/work`,
          '--',
          ...args,
        );
        results[way].push(JSON.parse(stderr.trim().split('\n').at(-1)));
      }
    }
    for (const [way, list] of Object.entries(results)) {
      const seconds = Math.min(...list.map((result) => result.milliseconds)) / 1000;
      const megabytes = Math.max(...list.map((result) => result.kilobytes)) / 1024;
      console.log(`${title}: ${way} ${seconds.toFixed(2)} s, ${megabytes.toFixed(0)} MiB`);
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
