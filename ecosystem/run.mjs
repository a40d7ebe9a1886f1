/**
 * `npm run ecosystem -- [--quick] [--package NAME]… [--host NAME]… [--limit SECONDS] [--write]`: runs every driver by the
 * host's own WebAssembly, by the object with its compiler, and by the object with modules that were built ahead where
 * code must not be made of text. Output must be the same each time. `--write` puts results into results.json and README.md,
 * where those of other packages stay. Exit code 1 for anything that differs.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { hosts, register } from './hosts.mjs';
import { packages } from './packages.mjs';
import { run } from './process.mjs';
import { writeTable } from './table.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const cli = join(here, '../packages/cli/bin/wasm2js.js');
const out = join(here, 'out');
const FORCE = { WASM2JS_WEBASSEMBLY: 'force' };

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    package: { type: 'string', multiple: true, default: [] },
    host: { type: 'string', multiple: true, default: [] },
    limit: { type: 'string', default: '180' },
    write: { type: 'boolean', default: false },
  },
});
const limit = Number(values.limit);

const fileName = (name) => name.replace('/', '+');
const driver = (name) => `drivers/${fileName(name)}.mjs`;
const isInstalled = (name) => existsSync(join(here, 'node_modules', name, 'package.json'));
const versionOf = (name) =>
  JSON.parse(readFileSync(join(here, 'node_modules', name, 'package.json'), 'utf8')).version;

/** What went wrong, in one line. */
function reason({ code, stdout, stderr }, expected) {
  if (code === 'limit') return `more than ${limit} s`;
  const line = /^.*(?:Error|error)\b.*$/m.exec(stderr)?.[0]?.slice(0, 160);
  if (code !== 0) return line ?? `exit code ${code}`;
  const lines = expected.split('\n');
  const at = stdout.split('\n').findIndex((text, i) => text !== lines[i]);
  return `line ${at + 1} differs: ${stdout.split('\n')[at]?.slice(0, 100)}`;
}

const seconds = (milliseconds) => Math.round(milliseconds / 10) / 100;

/** Runs a driver. @returns { cpu } in seconds, with `error` where it differs from what is expected */
async function driven(host, name, { preloads, strict = false, env = {}, expected }) {
  const { command, env: own } = host.start(preloads, driver(name), strict);
  const result = await run(command, {
    cwd: here,
    // What is measured is a first start.
    env: { WASM2JS_CACHE: 'off', ...own, ...env },
    limit,
  });
  const same = result.code === 0 && (expected === undefined || result.stdout === expected);
  return {
    cpu: seconds(result.cpu),
    stdout: result.stdout,
    ...(same ? {} : { error: reason(result, expected ?? '') }),
  };
}

/** Builds modules ahead. @returns the file that registers them, and bytes of all modules */
async function precompiled(row, inputs, name) {
  const output = join(out, `${name}.mjs`);
  const excluded = (row.exclude ?? []).flatMap((pattern) => ['--exclude', pattern]);
  const args = ['precompile', ...inputs, ...excluded, '--split', '-o', output];
  const result = await run([process.execPath, cli, ...args], { cwd: here, limit: 600 });
  if (result.code !== 0) return undefined;
  const sizes = [...result.stdout.matchAll(/: (\d+) bytes/g)].map(([, size]) => Number(size));
  return { output, size: sizes.reduce((a, b) => a + b, 0), count: sizes.length };
}

/** A driver with modules that were built ahead: those that files have, and if that is not all, recorded ones too. */
async function runPrecompiled(host, row, expected, built) {
  const { name } = row;
  const leak = join(out, `${fileName(name)}.leak`);
  const attempt = async ({ output }, strict = true) => {
    rmSync(leak, { recursive: true, force: true });
    const result = await driven(host, name, {
      preloads: [output, register],
      strict,
      env: { ...FORCE, WASM2JS_RECORD: leak },
      expected,
    });
    // The package's own glue makes code of text (embind): then WebAssembly by itself cannot do without, either.
    if (strict && /EvalError/.test(result.error ?? '')) {
      const native = await driven(host, name, { preloads: [], strict, expected });
      if (native.error !== undefined) return { ...(await attempt({ output }, false)), eval: true };
    }
    // A host that cannot be forbidden to compile must not have done so.
    return existsSync(leak) ? { ...result, error: 'a module was compiled at run time' } : result;
  };
  built.files ??= await precompiled(row, [name, ...(row.more ?? [])], fileName(name));
  if (built.files !== undefined && built.recorded === undefined) {
    const result = await attempt(built.files);
    if (result.error === undefined) return { ...result, found: 'files' };
  }
  if (built.recorded === undefined) {
    const folder = join(out, `${fileName(name)}.recorded`);
    rmSync(folder, { recursive: true, force: true });
    await driven(host, name, { preloads: [register], env: { ...FORCE, WASM2JS_RECORD: folder } });
    if (!existsSync(folder)) return { cpu: 0, error: 'nothing was recorded' };
    built.recorded = await precompiled({}, [folder], `${fileName(name)}.all`);
    if (built.recorded === undefined) return { cpu: 0, error: 'cannot be built ahead' };
  }
  return { ...(await attempt(built.recorded)), found: 'recorded' };
}

/** The result without what it printed. */
const kept = ({ stdout: _, ...result }) => result;

async function runRow(row, available) {
  const { name } = row;
  const result = { name, version: versionOf(name), made: row.made, does: row.does, hosts: {} };
  const built = {};
  let expected;
  for (const host of available) {
    if (host.bare && !row.jitless) continue;
    const no = row.not?.[host.name];
    if (no !== undefined) {
      result.hosts[host.name] = { skipped: no };
      continue;
    }
    const cells = {};
    if (!host.bare) {
      const native = await driven(host, name, { preloads: [], expected });
      cells.native = kept(native);
      if (expected === undefined) expected = native.stdout;
    }
    cells.runtime = kept(
      await driven(host, name, {
        preloads: [register],
        env: host.bare ? {} : FORCE,
        expected,
      }),
    );
    cells.precompiled = kept(await runPrecompiled(host, row, expected, built));
    result.hosts[host.name] = cells;
  }
  result.bytes = (built.recorded ?? built.files)?.size;
  result.modules = (built.recorded ?? built.files)?.count;
  return result;
}

mkdirSync(out, { recursive: true });
const available = hosts().filter(
  ({ name }) => values.host.length === 0 || values.host.includes(name),
);
const wanted = packages.filter(
  ({ name, quick }) =>
    (!values.quick || quick) && (values.package.length === 0 || values.package.includes(name)),
);
const totals = { passed: 0, failed: 0, skipped: 0 };
const results = [];

/** Puts the results so far into the files, with those of packages that are not run now. */
async function write() {
  const path = join(here, 'results.json');
  const before = existsSync(path)
    ? JSON.parse(readFileSync(path, 'utf8'))
    : { versions: {}, results: [] };
  const { versions } = before;
  for (const { name, file } of available) {
    const { stdout } = await run([file, '--version'], { cwd: here, limit: 20 });
    versions[name] = stdout.trim().replace(/^v/, '');
  }
  const all = packages.flatMap(({ name }) => {
    const [now, old] = [results, before.results].map((list) =>
      list.find((one) => one.name === name),
    );
    if (now === undefined) return old ?? [];
    return { ...old, ...now, hosts: { ...old?.hosts, ...now.hosts } };
  });
  writeFileSync(path, `${JSON.stringify({ versions, results: all }, null, 1)}\n`);
  writeTable(join(here, 'README.md'), hosts(), versions, all);
}

for (const row of wanted) {
  if (!isInstalled(row.name)) {
    console.log(`${row.name}: not installed (npm run ecosystem:install)`);
    totals.skipped++;
    continue;
  }
  const result = await runRow(row, available);
  results.push(result);
  for (const [host, cells] of Object.entries(result.hosts)) {
    if (cells.skipped !== undefined) {
      totals.skipped++;
      console.log(`${row.name} ${host}: left out: ${cells.skipped}`);
      continue;
    }
    const texts = Object.entries(cells).map(([mode, { cpu, error, found }]) => {
      totals[error === undefined ? 'passed' : 'failed']++;
      return `${mode} ${error === undefined ? `${cpu} s` : `FAILED (${error})`}${found === 'recorded' ? ' (recorded)' : ''}`;
    });
    console.log(`${row.name} ${host}: ${texts.join(', ')}`);
  }
  if (values.write) await write();
}
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
if (totals.failed > 0) process.exitCode = 1;
