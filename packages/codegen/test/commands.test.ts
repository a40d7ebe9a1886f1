import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { CompileOptions } from '../src/index.js';
import { importFile, load, text, writeFiles } from './building.js';

const COMMAND = `(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    i32.const 0 i32.const 4 call $args drop
    (if (i32.eq (i32.load (i32.const 0)) (i32.const 1)) (then unreachable))
    i32.const 0 i32.load call $exit))`;

/** A runtime that exits with the number of arguments and prints its options on request. */
const RUNTIME = `
  class Exit { constructor(code) { this.code = code; } }
  class WASI {
    constructor(options) { this.options = options; }
    getImportObject() {
      return { wasi_snapshot_preview1: {
        proc_exit: (code) => { throw new Exit(code); },
        args_sizes_get: (count) => {
          new DataView(this.exports.memory.buffer).setInt32(count, this.options.args.length, true);
          return 0;
        },
      } };
    }
    start({ exports }) {
      this.exports = exports;
      if (this.options.args.includes('print')) console.log(JSON.stringify(this.options));
      try { exports._start(); } catch (e) { if (e instanceof Exit) return e.code; throw e; }
      return 0;
    }
  }
  export { WASI as Other, WASI };`;
const BUNDLE: Partial<CompileOptions> = {
  sourceName: 'dir/tool.wasm',
  wasi: { mode: 'bundle', source: RUNTIME, env: { A: 'baked' }, preopens: { '/': '.' } },
};

/** Runs a file with Node; gives exit code and output. */
async function node(path: string, args: string[] = [], env: Record<string, string> = {}) {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [path, ...args], {
      env: { ...process.env, ...env },
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

for (const [format, name] of [
  ['esm', 'tool.mjs'],
  ['cjs', 'tool.cjs'],
] as const) {
  test(`a command runs as the main module (${format}), with its options`, async () => {
    const path = writeFiles({ [name]: await text(COMMAND, { format, ...BUNDLE }) });
    expect(await node(path, ['a', 'b'])).toMatchObject({ code: 3, stdout: '', stderr: '' });
    const { code, stderr } = await node(path);
    expect({ code, stderr }).toEqual({ code: 134, stderr: `${name}: wasm trap: unreachable\n` });
    const printed = await node(path, ['print'], {
      WASM2JS_DIRS: '/tmp::/data::ro,sub',
      WASM2JS_ENV: 'B=x=y,C,MISSING_VARIABLE',
      WASM2JS_TCPLISTEN: '127.0.0.1:8080,[::1]:0',
      WASM2JS_ARGV0: 'renamed',
      WASM2JS_TCP: '1',
      WASM2JS_ALLOW_NET: '127.0.0.1:80 [::1]:*',
      C: 'host, with comma',
    });
    expect(JSON.parse(printed.stdout)).toEqual({
      args: ['renamed', 'print'],
      env: { A: 'baked', B: 'x=y', C: 'host, with comma' },
      preopens: {
        '/': '.',
        '/data': { directory: '/tmp', readonly: true },
        sub: { directory: 'sub', readonly: false },
      },
      listeners: ['127.0.0.1:8080', '[::1]:0'],
      network: { tcp: true, udp: false, allow: ['127.0.0.1:80', '[::1]:*'], lookup: false },
      returnOnExit: true,
    });
  });
}

test('a command can be imported without running', async () => {
  const path = writeFiles({ 'tool.mjs': await text(COMMAND, { format: 'esm', ...BUNDLE }) });
  const module = await importFile(path);
  expect(Object.keys(module).sort()).toEqual(['default', 'instantiate', 'run']);
  expect(module.run({ args: ['t', 'a'] })).toBe(2);
  expect(() => module.run()).toThrow(new WebAssembly.RuntimeError('unreachable'));
  const importer = writeFiles({
    'importer.mjs': `import ${JSON.stringify(path)}; console.log('ok')`,
  });
  expect(await node(importer)).toMatchObject({ code: 0, stdout: 'ok\n' });
});

test('a runtime can be imported', async () => {
  const wasi = { mode: 'import', specifier: './runtime.mjs' } as const;
  const path = writeFiles({
    'tool.mjs': await text(COMMAND, { format: 'esm', wasi }),
    'runtime.mjs': RUNTIME,
  });
  expect((await node(path, ['a'])).code).toBe(2);
  expect((await node(join(dirname(path), '.', 'tool.mjs'), ['a', 'b', 'c'])).code).toBe(4);
  await expect(text(COMMAND, { format: 'iife', wasi })).rejects.toThrow(TypeError);
});

test('a runtime to bundle must be one module that exports WASI', async () => {
  const bundled = (source: string) => text(COMMAND, { wasi: { mode: 'bundle', source } });
  await expect(bundled('import "node:fs"; export class WASI {}')).rejects.toThrow(TypeError);
  await expect(bundled('class WASI {}')).rejects.toThrow(TypeError);
  expect(await bundled('export class WASI {}')).toContain('return { WASI: WASI };');
});

test('in a script a command is run by a call', async () => {
  const { run } = await load(COMMAND, BUNDLE);
  expect(run({ args: ['a', 'b', 'c'] })).toBe(3);
});

test('what is no command has no run', async () => {
  for (const wat of [
    '(module (func (export "_start")))',
    '(module (import "env" "f" (func)) (func (export "_start")))',
    '(module (import "wasi_snapshot_preview1" "sched_yield" (func (result i32))) (memory (export "memory") 1))',
  ]) {
    expect(Object.keys(await load(wat, BUNDLE))).not.toContain('run');
  }
  expect(Object.keys(await load(COMMAND))).not.toContain('run');
});
