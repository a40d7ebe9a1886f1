/** Stacks of a size that is asked for: `WASM2JS_STACK_SIZE` of commands, `run --stack-size`. */

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { build } from '../src/index.js';
import {
  cleanEnv,
  command,
  execute,
  type Outcome,
  repository,
  temporaryFolder,
  wasm2js,
} from './cli.js';
import { describeHosts } from './hosts.js';
import { cat, echo } from './programs.js';

const folder = temporaryFolder();
const path = (name: string): string => join(folder, name);

/** A function of so many levels, and what calls it. */
const recursion = `(func $down (param $n i32) (param $a i32) (param $b i32) (result i32)
    (if (result i32) (i32.eqz (local.get $n))
      (then (i32.const 0))
      (else (i32.add (i32.const 1)
        (call $down (i32.sub (local.get $n) (i32.const 1)) (local.get $b) (local.get $a))))))
  (func $deep
    (if (i32.ne (call $down (i32.const 200000) (i32.const 3) (i32.const 4)) (i32.const 200000))
      (then unreachable)))`;
const exit = '(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))';

const programs: Record<string, string> = {
  /** Exits with 7 where the stack is enough. */
  deep: `(module ${exit} ${recursion} (memory (export "memory") 1)
    (func (export "_start") (call $deep) (call $exit (i32.const 7))))`,
  /** As `deep`, in a thread. */
  thread: `(module (import "env" "memory" (memory 1 1 shared))
    (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32))) ${exit} ${recursion}
    (func (export "wasi_thread_start") (param i32 i32) (call $deep) (call $exit (i32.const 9)))
    (func (export "_start")
      (drop (call $spawn (i32.const 0)))
      (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))))`,
  /** Never ends. */
  loop: `(module ${exit} (memory (export "memory") 1)
    (func (export "_start") (loop (br 0)) (call $exit (i32.const 0))))`,
  /** Writes until nobody reads. */
  yes: `(module
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "_start")
      (i32.store (i32.const 4) (i32.const 60000))
      (loop (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))) (br 0))))`,
  trap: `(module ${exit} (memory (export "memory") 1) (func (export "_start") unreachable))`,
  cat,
  echo,
};

beforeAll(async () => {
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(path(`${name}.wat`), text);
    await build({ input: path(`${name}.wat`), output: path(`${name}.mjs`), dts: false });
  }
  for (const format of ['cjs', 'iife'] as const) {
    const output = path(`${format}.cjs`);
    await build({ input: path('deep.wat'), output, format, dts: false });
  }
  mkdirSync(path('package'));
  await build({ input: path('deep.wat'), output: path('package/index.js'), format: 'cjs' });
  if (process.platform !== 'win32') symlinkSync(path('deep.mjs'), path('link'));
}, 120_000);

const wanted = { WASM2JS_STACK_SIZE: '64' };

/** The largest size in MB: of commands (the support library's) and of `run` (the options'), which must agree. */
const MOST = 1024;

describeHosts('a larger stack for a command', (host) => {
  const run = (name: string, env = {}, args: string[] = [], input = ''): Outcome =>
    host.run(path(name), args, { env, input });
  const full = (name: string): Outcome => ({
    stdout: '',
    stderr: `${name}: wasm trap: call stack exhausted\n`,
    code: 134,
  });
  const quiet = (code: number, stdout = ''): Outcome => ({ stdout, stderr: '', code });

  if (/^(Deno|Bun)/.test(host.name)) {
    test('is refused with what the host has for it', () => {
      expect(run('deep.mjs')).toEqual(full('deep.mjs'));
      const flag =
        host.name === 'Deno'
          ? '--v8-flags=--stack-size=KB'
          : 'BUN_JSC_maxPerThreadStackUsage=BYTES';
      const stderr = `deep.mjs: WASM2JS_STACK_SIZE is for Node; for ${host.name}: ${flag}, below ulimit -s\n`;
      expect(run('deep.mjs', wanted)).toEqual({ stdout: '', stderr, code: 2 });
    });

    test.skipIf(process.platform === 'win32')('comes by that', () => {
      const [file, ...args] = host.command;
      if (host.name === 'Deno') args.push('--v8-flags=--stack-size=60000');
      const env = host.name === 'Bun' ? { BUN_JSC_maxPerThreadStackUsage: '60000000' } : {};
      const line = `ulimit -s 65536 && exec "$0" "$@"`;
      const result = execute('sh', ['-c', line, file, ...args, path('deep.mjs')], { env });
      expect(result).toEqual(quiet(7));
    });
    return;
  }

  test.each(['deep.mjs', 'cjs.cjs', 'iife.cjs'])('lets it recurse 200,000 deep: %s', (name) => {
    expect(run(name)).toEqual(full(name));
    expect(run(name, { WASM2JS_STACK_SIZE: '' })).toEqual(full(name));
    expect(run(name, wanted)).toEqual(quiet(7));
    expect(run(name, { WASM2JS_STACK_SIZE: '2' })).toEqual(full(name));
  });

  test('finds the program again, whatever it was started by', () => {
    expect(run('package', wanted)).toEqual(quiet(7));
    if (process.platform === 'win32') return;
    expect(run('link', wanted)).toEqual(quiet(7));
    expect(run('link', { WASM2JS_STACK_SIZE: '1' })).toEqual(full('link'));
  });

  test.skipIf(host.name === 'Node 18')('is that of the threads, too', () => {
    expect(run('thread.mjs')).toEqual(full('thread.mjs'));
    expect(run('thread.mjs', wanted)).toEqual(quiet(9));
  });

  test('passes arguments, environment, streams and traps on', () => {
    const env = { ...wanted, WASM2JS_ENV: 'A=b' };
    expect(run('echo.mjs', env, ['one', '--two'])).toEqual(quiet(0, 'echo.mjs\none\n--two\nA=b\n'));
    expect(run('echo.mjs', { ...wanted, WASM2JS_ARGV0: 'x' })).toEqual(quiet(0, 'x\n'));
    const text = 'line\n'.repeat(60_000);
    expect(run('cat.mjs', wanted, [], text)).toEqual(quiet(0, text));
    const stderr = 'trap.mjs: wasm trap: unreachable\n';
    expect(run('trap.mjs', wanted)).toEqual({ stdout: '', stderr, code: 134 });
  });

  test.each(['0', '-1', '1.5', `${MOST + 1}`, '64MB', 'x', ' 4'])(
    'cannot have the size %j',
    (size) => {
      const message = `deep.mjs: WASM2JS_STACK_SIZE takes MB, a number from 1 to ${MOST}, not "${size}"\n`;
      const result = run('deep.mjs', { WASM2JS_STACK_SIZE: size });
      expect(result).toEqual({ stdout: '', stderr: message, code: 2 });
    },
  );
});

/** How a process ends when something happens to it. */
const ending = (args: string[], act: (child: ReturnType<typeof spawn>) => void) =>
  new Promise<unknown>((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      env: cleanEnv(wanted),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(signal ?? code));
    act(child);
  });

const ways: [string, (name: string) => string[]][] = [
  ['a command', (name) => [path(`${name}.mjs`)]],
  ['run', (name) => [command, 'run', '--stack-size', '64', path(`${name}.wat`)]],
];

describe.each(ways)('a larger stack of %s', (_, args) => {
  test('ends when nobody reads', async () => {
    expect(
      await ending(args('yes'), ({ stdout }) => stdout!.once('data', () => stdout!.destroy())),
    ).toBe(141);
  });

  test.skipIf(process.platform === 'win32')('ends by a signal', async () => {
    const kill = (child: ReturnType<typeof spawn>): void => {
      setTimeout(() => child.kill('SIGTERM'), 1000);
    };
    expect(await ending(args('loop'), kill)).toBe('SIGTERM');
  });
});

describe('run --stack-size', () => {
  const run = (args: string[], input = '') => wasm2js(['run', ...args], { input });
  const full = `wasm2js: error: ${path('deep.wat')}: wasm trap: call stack exhausted\n`;

  test('lets the program recurse 200,000 deep', () => {
    expect(run([path('deep.wat')])).toEqual({ stdout: '', stderr: full, code: 134 });
    const deep = run(['--stack-size', '64', path('deep.wat')]);
    expect(deep).toEqual({ stdout: '', stderr: '', code: 7 });
    const small = run(['--stack-size', '2', path('deep.wat')]);
    expect(small).toEqual({ stdout: '', stderr: full, code: 134 });
    expect(run(['--stack-size', '64', path('thread.wat')]).code).toBe(9);
  });

  describe.each(['24', '26'])('on Node %s', (version) => {
    const node = join(repository, `hosts/node_modules/node-${version}/bin/node`);
    test.skipIf(!existsSync(node))('does so, too', () => {
      const result = execute(node, [command, 'run', '--stack-size', '64', path('deep.wat')]);
      expect(result).toEqual({ stdout: '', stderr: '', code: 7 });
    });
  });

  test('passes arguments, environment and streams on', () => {
    const result = run(['--stack-size', '8', '--env', 'A=b', path('echo.wat'), '--', 'one']);
    expect(result).toEqual({ stdout: 'echo.wat\none\nA=b\n', stderr: '', code: 0 });
    const copied = run(['--stack-size', '8', path('cat.wat')], 'text');
    expect(copied).toEqual({ stdout: 'text', stderr: '', code: 0 });
  });

  test('is the stack of what --host calls', () => {
    const host = path('host.mjs');
    writeFileSync(
      host,
      'export default ({ instantiate, wasi }) => { console.log("here"); return wasi.start({ exports: instantiate(wasi.getImportObject()) }); };',
    );
    const result = run(['--stack-size', '64', '--host', host, path('deep.wat')]);
    expect(result).toEqual({ stdout: 'here\n', stderr: '', code: 7 });
    writeFileSync(host, 'export default () => { throw new TypeError("mine"); };');
    const failed = run(['--stack-size', '64', '--host', host, path('deep.wat')]);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toBe(run(['--host', host, path('deep.wat')]).stderr);
  });

  test.each(['0', '-1', '1.5', `${MOST + 1}`, '64MB', ''])('cannot be %j', (size) => {
    const wrong =
      size === '' ? 'needs a value' : `takes MB, a number from 1 to ${MOST}, not "${size}"`;
    const stderr = `wasm2js: error: --stack-size ${wrong}\n`;
    const result = run([`--stack-size=${size}`, path('deep.wat')]);
    expect(result).toEqual({ stdout: '', stderr, code: 2 });
  });
});

describe.skipIf(process.platform !== 'linux')('a larger stack than there is room for', () => {
  test.each(ways)('of %s is one line', (kind, args) => {
    // What Node itself has mapped, and less than the stack would take.
    const status = "require('node:fs').readFileSync('/proc/self/status', 'utf8')";
    const show = `process.stdout.write(/VmPeak:\\s*(\\d+)/.exec(${status})[1])`;
    const limit = Number(execute(process.execPath, ['-e', show]).stdout) + 700_000;
    const line = `ulimit -v ${limit} && exec "$0" "$@"`;
    // Assembling a text takes more than that.
    const input = join(repository, 'examples/wordfreq/wordfreq.wasm');
    const wide =
      kind === 'run' ? [command, 'run', '--stack-size', String(MOST), input] : args('deep');
    const env = { WASM2JS_STACK_SIZE: String(MOST) };
    const result = execute('sh', ['-c', line, process.execPath, ...wide], { env });
    const start = kind === 'run' ? 'wasm2js: error: ' : 'deep.mjs: ';
    expect(result.stderr).toMatch(new RegExp(`^${start}a thread with ${MOST} MB of stack: .*\\n$`));
    expect(result.code).toBe(1);
  });
});
