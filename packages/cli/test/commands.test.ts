import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeRefusal, refusals } from '@wasm2js/codegen';
import { decodeModule } from '@wasm2js/decoder';
import { beforeAll, describe, expect, test } from 'vitest';
import { assemble } from '../src/wat.js';
import { cleanEnv, command, repository, temporaryFolder, wasm2js, writeInputs } from './cli.js';
import { add, echo } from './programs.js';

const folder = temporaryFolder();
const { version } = JSON.parse(
  readFileSync(join(repository, 'packages/cli/package.json'), 'utf8'),
) as { version: string };

beforeAll(async () => {
  writeInputs(folder, {
    'add.wasm': await assemble(new TextEncoder().encode(add), 'add.wat'),
    'echo.wat': echo,
    'simd.wat': '(module (func (param v128) (result v128) (i8x16.neg (local.get 0))))',
    'invalid.wat': '(module (func (result i32)))',
    'escape.wat': '(module (func (export "\\1b[31m\\n")))',
  });
});

const cli = (args: string[], input?: string | Uint8Array) =>
  wasm2js(args, { cwd: folder, ...(input === undefined ? {} : { input }) });

describe('validate', () => {
  test.each(['add.wasm', 'echo.wat', 'simd.wat'])('%s is valid: silence', (name) => {
    expect(cli(['validate', name])).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('reads standard input', () => {
    expect(cli(['validate', '-'], readFileSync(join(folder, 'add.wasm'))).code).toBe(0);
    const result = cli(['validate', '-'], '(module (func (result i32)))');
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/^wasm2js: error: <stdin>: invalid module: .*function 0/);
  });

  test('an invalid module: function and offset', () => {
    const result = cli(['validate', 'invalid.wat']);
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(
      /^wasm2js: error: invalid\.wat: invalid module: .*\(in function 0 at offset 0x[0-9a-f]+\)\n$/,
    );
  });
});

describe('streams', () => {
  test('a dash is a standard stream, or a name, for every command', () => {
    const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    const said = (...args: string[]): string => cli(args, empty).stderr;
    expect(said('serve', '-', '--port', '0')).toMatch(
      /^wasm2js: error: <stdin>: not a WASI command.*\n$/,
    );
    expect(said('precompile', '-', '-o', 'x.js')).toMatch(/^wasm2js: error: cannot read -: .*\n$/);
    expect(said('adopt', '-', '-o', 'x')).toMatch(/^wasm2js: error: cannot read -: .*\n$/);
    expect(said('image', 'echo.wat', '-o', '-')).toMatch(/^wasm2js: error: an image is .*\n$/);
  });

  test('behind -- are files, whatever their names', () => {
    writeInputs(folder, { '-O3.wat': add, '--help': add });
    for (const name of ['-O3.wat', '--help']) {
      expect(cli(['validate', '--', name])).toEqual({ code: 0, stdout: '', stderr: '' });
      expect(cli(['build', '--output=-out.mjs', '--', name])).toMatchObject({
        code: 0,
        stderr: '',
      });
    }
    expect(existsSync(join(folder, '-out.mjs'))).toBe(true);
    expect(cli(['validate', '--', '-'], 'x').stderr).toMatch(/^wasm2js: error: <stdin>: /);
    const left = cli(['build', 'add.wasm', '-o', 'x.mjs', '--', 'b']);
    expect([left.code, left.stderr]).toEqual([2, expect.stringMatching(/unknown command: add/)]);
    expect(existsSync(join(folder, 'x.mjs'))).toBe(false);
    expect(cli(['build', 'add.wasm', '-o=']).stderr).toMatch(/the output needs a name\n$/);
  });

  // Linux has devices that never end and that are always full.
  test.skipIf(!existsSync('/dev/full'))('of what has no end the beginning is enough', () => {
    const { code, stderr } = cli(['validate', '/dev/zero']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^wasm2js: error: \/dev\/zero: this is nothing but zero bytes.*\n$/);
  });

  test.skipIf(!existsSync('/dev/full'))('an output that is full is told', () => {
    const full = openSync('/dev/full', 'w');
    for (const args of [['inspect', 'add.wasm'], ['--help'], ['build', 'add.wasm', '-o', '-']]) {
      const { status, stderr } = spawnSync(process.execPath, [command, ...args], {
        cwd: folder,
        stdio: ['ignore', full, 'pipe'],
        encoding: 'utf8',
        env: cleanEnv(),
      });
      expect([status, stderr]).toEqual([
        1,
        'wasm2js: error: cannot write <stdout>: no space left on device\n',
      ]);
    }
    closeSync(full);
  });
});

describe('inspect', () => {
  test('lists imports, exports, sections and features for a person', () => {
    const { stdout, code } = cli(['inspect', 'echo.wat']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^echo\.wat: module, \d+ bytes\nfeatures: /);
    expect(stdout).toMatch(/imports:\n {2}"wasi_snapshot_preview1" "args_sizes_get" +\(func/);
    expect(stdout).toMatch(/exports:\n {2}"memory" +\(memory/);
    expect(stdout).toMatch(/sections:\n {2}type +\d+ {2}at 0x/);
  });

  test('--json is for programs', () => {
    const { stdout } = cli(['inspect', 'add.wasm', '--json']);
    const listing = JSON.parse(stdout);
    expect(listing.exports).toMatchObject([
      { name: 'add', kind: 'func' },
      { name: 'add64', kind: 'func' },
    ]);
    expect(listing.size).toBe(readFileSync(join(folder, 'add.wasm')).length);
  });

  test('names the features that are used', () => {
    expect(cli(['inspect', 'simd.wat']).stdout).toMatch(/^features: .*simd/m);
  });

  test('names of the module cannot command the terminal', () => {
    const { stdout } = cli(['inspect', 'escape.wat']);
    expect(stdout).toContain('"\\u{1b}[31m\\u{a}"');
    expect(stdout).not.toContain('\u001b');
  });
});

describe('the command itself', () => {
  test('--version', () => {
    expect(cli(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  test('--help, also of a command, goes to standard output', () => {
    const result = cli(['--help']);
    expect(result.code).toBe(0);
    for (const name of ['build', 'run', 'validate', 'inspect'])
      expect(result.stdout).toContain(name);
    expect(cli(['build', '--help']).stdout).toContain('--format');
  });

  test.each<[string, string[], RegExp]>([
    ['no command', [], /a command is needed/],
    ['an unknown command', ['compile', 'x'], /unknown commands: compile, x/],
    ['no input', ['validate'], /an input is needed/],
    ['two inputs', ['validate', 'a', 'b'], /unknown command: b/],
  ])('%s is wrong usage', (_, args, message) => {
    const result = cli(args);
    expect(result.code).toBe(2);
    expect(result.stdout).toBe('');
    expect(result.stderr).toMatch(/^wasm2js: error: [^\n]+\n$/);
    expect(result.stderr).toMatch(message);
  });
});

test('build says all that is in the way, and inspect says it before', async () => {
  const text = `(module (type $s (struct (field i32))) (memory 1 1 shared) (tag $e)
    (func (export "f") (result i32) (struct.get $s 0 (struct.new $s (i32.const 1)))) (func (throw $e))
    (func (result i32) (i32.atomic.load (i32.const 0))))`;
  writeInputs(folder, { 'all.wat': text });
  const found = refusals(decodeModule(await assemble(new TextEncoder().encode(text), 'all.wat')));
  expect(JSON.parse(cli(['inspect', 'all.wat', '--json']).stdout).refused).toEqual(found);
  const lines = found.map(describeRefusal);
  const listed = lines.map((line) => `  ${line}\n`).join('');
  expect(cli(['inspect', 'all.wat']).stdout).toContain(listed);
  const { code, stderr } = cli(['build', 'all.wat', '-o', 'all.mjs']);
  // One day it is built.
  const error = `wasm2js: error: all.wat: not supported yet: ${lines.join('; ')}\n`;
  expect([code, stderr]).toEqual(lines.length === 0 ? [0, ''] : [1, error]);
});
