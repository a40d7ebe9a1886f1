// Runs the official WASI test suite (github.com/WebAssembly/wasi-testsuite, branch
// prod/testsuite-all), wasm32-wasip1 part: node official.mjs SUITE [--compiled] [FILTER].
// Each program runs in a process of its own, on a fresh copy of its directory.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const suite = process.argv[2] ?? process.env.WASI_TESTSUITE;
const options = process.argv.slice(3);
const compiled = options.includes('--compiled');
const filter = options.find((option) => !option.startsWith('--')) ?? '';
if (!suite || !existsSync(join(suite, 'tests'))) {
  console.error('usage: official.mjs SUITE_DIRECTORY [--compiled] [FILTER]');
  process.exit(2);
}
const runner = join(dirname(fileURLToPath(import.meta.url)), 'run-program.mjs');

/** Runs one program; returns what is wrong, or nothing. */
function run(wasm) {
  const spec = { args: [], env: {}, dirs: [], exit_code: 0 };
  const json = wasm.replace(/\.wasm$/, '.json');
  if (existsSync(json)) Object.assign(spec, JSON.parse(readFileSync(json, 'utf8')));
  const work = mkdtempSync(join(tmpdir(), 'wasi-suite-'));
  try {
    const command = [runner];
    if (compiled) command.push('--compiled');
    for (const dir of spec.dirs) {
      cpSync(join(dirname(wasm), dir), join(work, dir), { recursive: true });
      command.push('--dir', `${join(work, dir)}::${dir}`);
    }
    for (const [key, value] of Object.entries(spec.env)) command.push('--env', `${key}=${value}`);
    command.push(wasm, ...spec.args);
    // Bun and Deno run the script as node does, Deno once it is allowed to.
    const flags = process.versions.deno ? ['run', '-A'] : [];
    const result = spawnSync(process.execPath, [...flags, ...command], {
      encoding: 'utf8',
      timeout: 60_000,
      input: '',
    });
    if (result.status !== spec.exit_code) {
      return `exit ${result.status ?? result.signal}\n${result.stdout}${result.stderr}`;
    }
    if (spec.stdout !== undefined && result.stdout !== spec.stdout) {
      return `stdout ${JSON.stringify(result.stdout)}`;
    }
    return undefined;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

let passed = 0;
const failed = [];
for (const language of ['c', 'rust', 'assemblyscript']) {
  const folder = join(suite, 'tests', language, 'testsuite', 'wasm32-wasip1');
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith('.wasm') || !file.includes(filter)) continue;
    const problem = run(join(folder, file));
    if (problem === undefined) {
      passed++;
    } else {
      failed.push(`${language}/${basename(file)}`);
      console.log(`FAIL ${language}/${file}: ${problem}`);
    }
  }
}
console.log(`${passed} passed, ${failed.length} failed`);
process.exit(failed.length > 0 ? 1 : 0);
