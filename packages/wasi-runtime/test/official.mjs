// Runs the official WASI test suite (github.com/WebAssembly/wasi-testsuite, branch
// prod/testsuite-all), its wasm32-wasip1 part and, compiled, wasi-threads:
// node official.mjs SUITE [--compiled] [FILTER].
// Each program runs in a process of its own on a fresh copy of its directory: with the engine's own
// WebAssembly, or built by `wasm2js build` (--compiled; packages/cli has to be built).
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
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
const here = dirname(fileURLToPath(import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'wasi-suite-'));
// The host of the programs: this one, or the command WASI_HOST. Deno has to be allowed.
const [host, ...flags] = process.env.WASI_HOST?.split(' ') ?? [
  process.execPath,
  ...(process.versions.deno ? ['run', '-A'] : []),
];

// Some programs end while a thread of theirs reads: a pipe that nobody writes to, and nobody closes.
const silence = join(scratch, 'silence');
execFileSync('mkfifo', [silence]);
const silent = openSync(silence, 'r+');

/** Runs a script on the engine that runs this one. */
function execute(script, args, env = {}, input = { input: '' }) {
  return spawnSync(host, [...flags, script, ...args], {
    encoding: 'utf8',
    timeout: 120_000,
    ...input,
    env: { ...process.env, ...env },
  });
}

/** Runs a program with the engine's own WebAssembly. */
function runNative(wasm, spec, dirs) {
  const options = dirs.flatMap((dir) => ['--dir', dir]);
  for (const [key, value] of Object.entries(spec.env)) options.push('--env', `${key}=${value}`);
  return execute(join(here, 'run-program.mjs'), [...options, wasm, ...spec.args]);
}

/** Builds a program and runs what was built; a failed build is the result. */
function runCompiled(wasm, spec, dirs) {
  const command = join(scratch, `${basename(wasm, '.wasm')}.mjs`);
  const cli = join(here, '../../cli/bin/wasm2js.js');
  // Built by node in every case: what is tested on other engines is the command.
  const built = spawnSync('node', [cli, 'build', wasm, '-o', command], { encoding: 'utf8' });
  if (built.status !== 0) return built;
  const env = Object.entries(spec.env).map(([key, value]) => `${key}=${value}`);
  const settings = { WASM2JS_DIRS: dirs.join(','), WASM2JS_ENV: env.join(',') };
  const input = wasm.includes('wasi-threads') ? { stdio: [silent, 'pipe', 'pipe'] } : undefined;
  return execute(command, spec.args, settings, input);
}

/** Runs one program; returns what is wrong, or nothing. */
function run(wasm) {
  const spec = { args: [], env: {}, dirs: [], exit_code: 0 };
  const json = wasm.replace(/\.wasm$/, '.json');
  if (existsSync(json)) Object.assign(spec, JSON.parse(readFileSync(json, 'utf8')));
  const work = mkdtempSync(join(scratch, 'work-'));
  const dirs = spec.dirs.map((dir) => {
    cpSync(join(dirname(wasm), dir), join(work, dir), { recursive: true });
    return `${join(work, dir)}::${dir}`;
  });
  const result = (compiled ? runCompiled : runNative)(wasm, spec, dirs);
  if (result.status !== spec.exit_code) {
    return `exit ${result.status ?? result.signal}\n${result.stdout}${result.stderr}`;
  }
  if (spec.stdout !== undefined && result.stdout !== spec.stdout) {
    return `stdout ${JSON.stringify(result.stdout)}`;
  }
  return undefined;
}

let passed = 0;
const failed = [];
const folders = ['c', 'rust', 'assemblyscript'].map((language) => [
  language,
  join('tests', language, 'testsuite', 'wasm32-wasip1'),
]);
// Threads need what a compiled command brings.
if (compiled) folders.push(['threads', join('tests', 'proposals', 'wasi-threads')]);
for (const [language, path] of folders) {
  const folder = join(suite, path);
  if (!existsSync(folder)) {
    console.log(`${path}: not there`);
    continue;
  }
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
rmSync(scratch, { recursive: true, force: true });
console.log(`${passed} passed, ${failed.length} failed`);
process.exit(failed.length > 0 ? 1 : 0);
