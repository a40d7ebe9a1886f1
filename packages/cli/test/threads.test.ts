/** Commands of several threads (wasi-threads): the C program on every host, and how such programs end. */

import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { build } from '../src/index.js';
import { cleanEnv, execute, repository, temporaryFolder, wasm2js } from './cli.js';
import { describeHosts } from './hosts.js';

const program = join(repository, 'packages/wasi-runtime/test/fixtures/threads.wasm');
const folder = temporaryFolder();
const script = (name: string): string => join(folder, name);

const EXPECTED = `thread 0: 0
thread 1: 10
thread 2: 20
thread 3: 30
counted 8000 and 8000, own 0
consumed 45150
main reads: line 1
thread reads 7: line 2
closed by the thread: 1
main reads 9: a thread
grown by a thread: 7
timed out: 1
`;
const END = 'the end, from a thread\n';

/** A thread that reads from standard input for ever, or polls it, while the first one ends the program. */
const reader = (call: string): string => `(module
  (import "any" "name" (memory 1 2 shared))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (func (export "wasi_thread_start") (param i32 i32)
    (i32.store (i32.const 100) (i32.const 200))
    (i32.store (i32.const 104) (i32.const 1))
    (i32.store8 (i32.const 1008) (i32.const 1))
    (drop ${call}) unreachable)
  (func (export "_start")
    (if (i32.ne (call $spawn (i32.const 5)) (i32.const 1)) (then unreachable))
    (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 200_000_000)))
    (call $exit (i32.const 77))))`;

beforeAll(async () => {
  for (const format of ['esm', 'cjs'] as const) {
    const output = script(format === 'esm' ? 'threads.mjs' : 'threads.cjs');
    await build({ input: program, output, format });
    const inFile = { input: program, dts: false, format, data: 'file' } as const;
    await build({ ...inFile, output: script(format === 'esm' ? 'file.mjs' : 'file.cjs') });
    const hybrid = script(format === 'esm' ? 'hybrid.mjs' : 'hybrid.cjs');
    await build({ input: program, output: hybrid, format, hybrid: true });
  }
  const readers = {
    read: '(call $read (i32.const 0) (i32.const 100) (i32.const 1) (i32.const 300))',
    poll: '(call $poll (i32.const 1000) (i32.const 1100) (i32.const 1) (i32.const 1200))',
  };
  for (const [name, call] of Object.entries(readers)) {
    writeFileSync(script(`${name}.wat`), reader(call));
    await build({ input: script(`${name}.wat`), output: script(`${name}.cjs`), format: 'cjs' });
  }
}, 120_000);

describeHosts('a program of several threads', (host) => {
  // Node 18 gives its modules to CommonJS alone.
  const extension = host.name === 'Node 18' ? 'cjs' : 'mjs';
  const names = ['threads', 'file', 'hybrid'].map((name) => `${name}.${extension}`);

  test.each([
    ['9', EXPECTED + END, 9],
    ['trap', EXPECTED + END, 134],
    ['return', EXPECTED, 3],
  ])('ends by %s', (how, stdout, code) => {
    for (const name of names) {
      const data = script(`data-${host.name.replaceAll(/\W/g, '')}`);
      mkdirSync(data, { recursive: true });
      const env = { WASM2JS_DIRS: `${data}::/data` };
      const result = host.run(script(name), ['/data', how], { env });
      // The host's own WebAssembly has words of its own.
      const trap = /^\w+\.\w+: wasm trap: unreachable.*\n$/i;
      const stderr = how === 'trap' ? expect.stringMatching(trap) : '';
      expect(result).toEqual({ stdout, stderr, code });
      expect(readFileSync(join(data, 'log.txt'), 'utf8')).toBe('from a thread\n');
    }
  });

  test('takes no late waking of a thread for the answer to its call', () => {
    // A second worker wakes whatever waits on a mailbox, all the time.
    const waker = `const { parentPort, workerData } = require('node:worker_threads');
      const words = new Int32Array(workerData);
      for (;;) Atomics.notify(words, 0);`;
    writeFileSync(
      script('woken.cjs'),
      `const threads = require('node:worker_threads');
      const { Worker } = threads;
      const wakers = [];
      threads.Worker = class extends Worker {
        constructor(text, options) {
          super(text, options);
          const workerData = options.workerData.mailbox;
          if (workerData && wakers.length === 0)
            wakers.push(new Worker(${JSON.stringify(waker)}, { eval: true, workerData }));
        }
      };
      const { run } = require('./threads.cjs');
      const files = new run.MemoryFileSystem({});
      const code = run({ args: ['t', '/', 'return'], files });
      for (const waker of wakers) waker.terminate();
      process.exitCode = code;
`,
    );
    expect(host.run(script('woken.cjs'), [])).toEqual({ stdout: EXPECTED, stderr: '', code: 3 });
  });

  test.skipIf(process.platform === 'win32')('ends while a thread waits for input', async () => {
    const pipe = script(`pipe-${host.name.replaceAll(/\W/g, '')}`);
    execFileSync('mkfifo', [pipe]);
    const silent = openSync(pipe, 'r+');
    for (const name of ['read.cjs', 'poll.cjs']) {
      const [file, ...before] = host.command;
      const stdio = [silent, 'ignore', 'inherit'] as const;
      const child = spawn(file, [...before, script(name)], { env: cleanEnv(), stdio: [...stdio] });
      expect(await new Promise((resolve) => child.on('close', resolve))).toBe(77);
    }
  });
});

describe('a program of several threads', () => {
  test('is run by the command line', () => {
    const data = script('data-run');
    mkdirSync(data);
    const result = wasm2js(['run', '--dir', `${data}::/data`, program, '--', '/data', '9']);
    expect(result).toEqual({ stdout: EXPECTED + END, stderr: '', code: 9 });
    const trap = wasm2js(['run', '--dir', `${data}::/data`, program, '--', '/data', 'trap']);
    expect(trap.code).toBe(134);
  });

  test('is run by a call, with files in memory and output to a function', async () => {
    const module = await import(pathToFileURL(script('threads.mjs')).href);
    const files = new module.run.MemoryFileSystem({});
    let text = '';
    const stdout = (bytes: Uint8Array): void => {
      text += new TextDecoder().decode(bytes);
    };
    const args = ['threads', '/', '9'];
    expect(module.run({ args, files, stdout })).toBe(9);
    expect(text).toBe(EXPECTED + END);
    expect(new TextDecoder().decode(files.readFile('/log.txt'))).toBe('from a thread\n');
    const trap = () => module.run({ args: ['threads', '/', 'trap'], files, stdout });
    expect(trap).toThrow(module.instantiate.RuntimeError);
  });

  test('is the host’s WebAssembly in a hybrid build, or JavaScript', async () => {
    const module = await import(pathToFileURL(script('hybrid.mjs')).href);
    expect(module.instantiate.native).toBe(true);
    const files = new module.run.MemoryFileSystem({});
    expect(module.run({ args: ['threads', '/', 'return'], files, stdout: () => {} })).toBe(3);
    expect(new TextDecoder().decode(files.readFile('/log.txt'))).toBe('from a thread\n');
    const data = script('data-hybrid');
    mkdirSync(data);
    const env = { WASM2JS_DIRS: `${data}::/data` };
    for (const name of ['hybrid.mjs', 'hybrid.cjs']) {
      const flags = ['--jitless', '--no-warnings', script(name), '/data', '9'];
      const { code, stdout } = execute(process.execPath, flags, { env });
      expect({ code, stdout }).toEqual({ code: 9, stdout: EXPECTED + END });
    }
  });

  test('is still one when a bundler has put it into another and minified that', async () => {
    const { build: bundle } = await import('esbuild');
    const entry = script('app.mjs');
    writeFileSync(
      entry,
      `import { run } from './threads.mjs';\nprocess.exitCode = run({ args: ['t', '/', '9'], files: {} });\n`,
    );
    for (const keepNames of [false, true]) {
      const outfile = script(`bundle-${keepNames}.mjs`);
      const format = 'esm' as const;
      const options = { bundle: true, minify: !keepNames, keepNames, format, outfile };
      await bundle({ entryPoints: [entry], ...options, platform: 'node' });
      const result = execute(process.execPath, [outfile]);
      expect(result).toEqual({ stdout: EXPECTED + END, stderr: '', code: 9 });
    }
  });

  test('has a declaration of `run` that says when it gives a promise', () => {
    const types = readFileSync(script('threads.d.mts'), 'utf8');
    expect(types).toContain('(options?: RunOptions): number | Promise<number>;');
  });

  test('may import a shared memory and start no thread', async () => {
    const text = `(module
      (import "env" "memory" (memory 1 2 shared))
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (func (export "_start")
        (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 42)))
        (call $exit (i32.atomic.load (i32.const 0)))))`;
    writeFileSync(script('lone.wat'), text);
    await build({ input: script('lone.wat'), output: script('lone.mjs') });
    expect(execute(process.execPath, [script('lone.mjs')]).code).toBe(42);
  });

  test('has its memory for itself until it starts a thread', async () => {
    // What is not plain is told by a wrong answer.
    writeFileSync(script('wrong.cjs'), 'Atomics.xor = () => -1;');
    const program = (spawn: string) => `(module
      (import "env" "memory" (memory 1 2 shared))
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
      ${spawn === '' ? '' : '(import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))'}
      (func $plain (result i32)
        (i32.eq (i32.atomic.rmw.xor (i32.const 8) (i32.const 0)) (i32.const 5)))
      (func (export "wasi_thread_start") (param i32 i32)
        (i32.store (i32.const 16) (call $plain))
        (i32.atomic.store (i32.const 20) (i32.const 1))
        (drop (memory.atomic.notify (i32.const 20) (i32.const 1))))
      (func (export "_start") (local $before i32)
        (i32.atomic.store (i32.const 8) (i32.const 5))
        (i64.store (i32.const 32) (i64.const 0x100000028))
        (i32.store8 (i32.const 40) (i32.const 33))
        (drop (call $write (i32.const 1) (i32.const 32) (i32.const 1) (i32.const 60)))
        (drop (call $random (i32.const 64) (i32.const 8)))
        (drop (memory.grow (i32.const 1)))
        (local.set $before (call $plain))
        ${spawn}
        (call $exit (i32.add (local.get $before)
          (i32.add (i32.mul (call $plain) (i32.const 2))
            (i32.mul (i32.load (i32.const 16)) (i32.const 4)))))))`;
    const spawns = `(drop (call $spawn (i32.const 0)))
      (drop (memory.atomic.wait32 (i32.const 20) (i32.const 0) (i64.const -1)))`;
    for (const [spawn, code] of [
      ['', 3],
      [spawns, 1],
    ] as const) {
      writeFileSync(script('alone.wat'), program(spawn));
      await build({ input: script('alone.wat'), output: script('alone.cjs'), format: 'cjs' });
      const run = execute(process.execPath, [
        '--require',
        script('wrong.cjs'),
        script('alone.cjs'),
      ]);
      expect(run).toEqual({ code, stdout: '!', stderr: '' });
    }
  });

  test.each([
    ['without wasi_thread_start', '(func (export "_start"))'],
    [
      'with one of another type',
      '(func (export "_start")) (func (export "wasi_thread_start") (param i32))',
    ],
  ])('is no command %s', (_, functions) => {
    const text = `(module
      (import "env" "memory" (memory 1 2 shared))
      (import "wasi" "thread-spawn" (func (param i32) (result i32))) ${functions})`;
    writeFileSync(script('none.wat'), text);
    const result = wasm2js(['run', script('none.wat')]);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('not a WASI command');
  });
});

/** Six threads of so many rounds each, which the first one waits for. */
const workers = (rounds: number): string => `(module
  (import "any" "name" (memory 1 1 shared))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (func (export "wasi_thread_start") (param i32 i32) (local $i i32)
    (loop $l (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const ${rounds}))))
    (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
    (drop (memory.atomic.notify (i32.const 0) (i32.const 1))))
  (func (export "_start") (local $n i32)
    (loop $s
      (if (i32.lt_s (call $spawn (i32.const 0)) (i32.const 1)) (then unreachable))
      (br_if $s (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 6))))
    (loop $w
      (local.set $n (i32.atomic.load (i32.const 0)))
      (if (i32.lt_u (local.get $n) (i32.const 6)) (then
        (drop (memory.atomic.wait32 (i32.const 0) (local.get $n) (i64.const -1)))
        (br $w))))))`;

describe('fuel is that of all threads together', () => {
  const input = script('workers.wat');
  const out = 'all fuel consumed by WebAssembly';

  test('each has what the others leave', async () => {
    writeFileSync(input, workers(400_000));
    for (const [fuel, code] of [
      ['2000000', 134],
      ['2600000', 0],
    ] as const) {
      const outcome = wasm2js(['run', '--fuel', fuel, input]);
      expect(outcome.code, fuel).toBe(code);
      if (code !== 0) expect(outcome.stderr).toContain(out);
    }
    const output = script('metered.mjs');
    await build({ input, output, fuel: 1 });
    const { run, instantiate } = await import(pathToFileURL(output).href);
    expect(() => run()).toThrow(out);
    // Less than each of them needs, and more than each, but less than all.
    for (const fuel of [3e5, 2e6]) expect(() => run({ fuel })).toThrow(out);
    for (const fuel of [2.6e6, 1e15, Number.POSITIVE_INFINITY]) expect(run({ fuel })).toBe(0);
    expect(run({ fuel: new instantiate.Fuel(2.6e6) })).toBe(0);
  });

  test('an interrupt ends them all', async () => {
    writeFileSync(input, workers(-1));
    const output = script('interrupted.mjs');
    await build({ input, output, fuel: Number.POSITIVE_INFINITY });
    const { run } = await import(pathToFileURL(output).href);
    const interrupt = new Int32Array(new SharedArrayBuffer(4));
    const { Worker } = await import('node:worker_threads');
    const later =
      "const{workerData}=require('worker_threads');setTimeout(()=>{workerData[0]=1},300)";
    const worker = new Worker(later, { eval: true, workerData: interrupt });
    expect(() => run({ interrupt })).toThrow('interrupt');
    await worker.terminate();
  });
});

test('the memory of all threads ends its growth at a limit', () => {
  const input = script('growing.wat');
  const text = (pages: number): string => `(module
    (import "any" "name" (memory ${pages} 100 shared))
    (import "wasi" "thread-spawn" (func (param i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (func (export "wasi_thread_start") (param i32 i32))
    (func (export "_start")
      (call $exit (i32.add (i32.const 10) (i32.lt_s (memory.grow (i32.const 50)) (i32.const 0))))))`;
  writeFileSync(input, text(1));
  expect(wasm2js(['run', input]).code).toBe(10);
  expect(wasm2js(['run', '--max-memory', '1', input]).code).toBe(11);
  writeFileSync(input, text(17));
  expect(wasm2js(['run', '--max-memory', '1', input]).stderr).toMatch(/above the limit of 1048576/);
});
