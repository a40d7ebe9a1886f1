import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder, wasm2js, writeInputs } from './cli.js';
import { add, cat, createFile, deep, echo, exit, readFile, trap } from './programs.js';

const folder = temporaryFolder();
const run = (args: string[], input?: string | Uint8Array, env?: Record<string, string>) =>
  wasm2js(['run', ...args], {
    cwd: folder,
    ...(input === undefined ? {} : { input }),
    ...(env ? { env } : {}),
  });

beforeAll(() => {
  writeInputs(folder, {
    'echo.wat': echo,
    'cat.wat': cat,
    'exit.wat': exit(42),
    'trap.wat': trap,
    'deep.wat': deep,
    'add.wat': add,
    'read.wat': readFile('note.txt'),
    'outside.wat': readFile('../secret.txt'),
    'create.wat': createFile('made.txt'),
    'secret.txt': 'secret',
    'invalid.wat': '(module (func (export "_start") (drop)))',
  });
  mkdirSync(join(folder, 'docs'));
  writeFileSync(join(folder, 'docs/note.txt'), 'a note\n');
});

describe('run', () => {
  test('passes arguments after --', () => {
    const result = run(['echo.wat', '--', 'one', '--two', '', 'drei ß']);
    expect(result).toEqual({ code: 0, stdout: 'echo.wat\none\n--two\n\ndrei ß\n', stderr: '' });
  });

  test('--argv0 names the program', () => {
    expect(run(['echo.wat', '--argv0', 'prog', '--', '-O']).stdout).toBe('prog\n-O\n');
  });

  test('the environment is what --env says', () => {
    const flags = ['--env', 'A=1', '--env', 'B=x=y', '--env', 'FROM_HERE', '--env', 'NOT_SET'];
    const result = run(['echo.wat', ...flags], '', { FROM_HERE: 'host', SECRET: 'x' });
    expect(result.stdout.split('\n').sort()).toEqual([
      '',
      'A=1',
      'B=x=y',
      'FROM_HERE=host',
      'echo.wat',
    ]);
  });

  test('standard streams carry any byte', () => {
    const bytes = Buffer.alloc(300_000, 'wasm2js ');
    const result = run(['cat.wat'], bytes);
    expect(result.stdout === bytes.toString()).toBe(true);
    expect(result.code).toBe(0);
  });

  test('the module may come from standard input', () => {
    expect(run(['-', '--', 'x'], echo).stdout).toBe('<stdin>\nx\n');
  });

  test('-O runs wasm-opt first', () => {
    expect(run(['echo.wat', '-O', '--', 'x']).stdout).toBe('echo.wat\nx\n');
  });

  test('the exit code is the program’s', () => {
    expect(run(['exit.wat'])).toEqual({ code: 42, stdout: '', stderr: '' });
  });

  test('a trap is one line and 134', () => {
    const result = run(['trap.wat']);
    expect(result.code).toBe(134);
    expect(result.stderr).toMatch(/^[^\n]*integer divide by zero[^\n]*\n$/);
  });
});

test('a stack that is full in the runtime is a trap, too', () => {
  expect(run(['deep.wat'])).toEqual({
    code: 134,
    stdout: '',
    stderr: 'wasm2js: error: deep.wat: wasm trap: call stack exhausted\n',
  });
});

describe('--dir', () => {
  test('without it there are no files', () => {
    expect(run(['read.wat']).code).toBe(8); // EBADF: descriptor 3 does not exist
  });

  test('preopens a folder', () => {
    expect(run(['read.wat', '--dir', 'docs'])).toEqual({ code: 0, stdout: 'a note\n', stderr: '' });
    expect(run(['read.wat', '--dir', 'docs::/']).stdout).toBe('a note\n');
  });

  test('and nothing outside it', () => {
    expect(run(['outside.wat', '--dir', 'docs']).code).toBe(76); // ENOTCAPABLE
  });

  test('::ro forbids writing', () => {
    expect(run(['create.wat', '--dir', 'docs::/::ro']).code).not.toBe(0);
    expect(existsSync(join(folder, 'docs/made.txt'))).toBe(false);
    expect(run(['create.wat', '--dir', 'docs::/']).code).toBe(0);
    expect(existsSync(join(folder, 'docs/made.txt'))).toBe(true);
  });
});

describe('--host', () => {
  test('runs a program that imports more than WASI', () => {
    writeInputs(folder, {
      'more.wat': `(module (import "app" "twice" (func $twice (param i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (func (export "_initialize"))
        (func (export "go") (call $exit (call $twice (i32.const 21)))))`,
      'host.mjs': `export default ({ instantiate, wasi, args }) => {
        const imports = { ...wasi.getImportObject(), app: { twice: (x) => x * 2 } };
        const exports = instantiate(imports);
        wasi.initialize({ exports });
        console.log(args.join());
        exports.go();
      }`,
      'none.mjs': '',
    });
    expect(run(['more.wat']).stderr).toMatch(/not a WASI command.*--host/);
    const result = run(['more.wat', '--host', 'host.mjs', '--', 'x']);
    expect(result).toEqual({ code: 42, stdout: 'more.wat,x\n', stderr: '' });
    expect(run(['more.wat', '--host', 'none.mjs']).stderr).toMatch(/not a function/);
    expect(run(['more.wat', '--host', 'nowhere.mjs']).stderr).toMatch(/no such file/);
  });
});

test('a module that is no command is refused before its start function runs', () => {
  writeInputs(folder, {
    'starts.wat': '(module (func $s unreachable) (start $s) (func (export "go")))',
  });
  expect(run(['starts.wat'])).toEqual({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^wasm2js: error: starts\.wat: not a WASI command[^\n]*\n$/),
  });
});

describe('errors of run', () => {
  test.each<[string, string[], number, RegExp]>([
    ['a library', ['add.wat'], 1, /add\.wat: not a WASI command/],
    ['an invalid module', ['invalid.wat'], 1, /invalid\.wat: invalid module: /],
    ['a file as folder', ['read.wat', '--dir', 'secret.txt'], 1, /secret\.txt: not a directory/],
    ['a missing folder', ['read.wat', '--dir', 'nowhere'], 1, /nowhere/],
    [
      'a wrong --dir',
      ['read.wat', '--dir', 'a::b::c'],
      2,
      /--dir: a::b::c is not of the form HOST/,
    ],
    ['a wrong --env', ['read.wat', '--env', '=x'], 2, /--env takes NAME=VALUE/],
    ['an argument before --', ['echo.wat', 'x'], 2, /unknown command: x/],
  ])('%s', (_, args, code, message) => {
    const result = run(args);
    expect(result.stderr).toMatch(/^wasm2js: error: [^\n]+\n$/);
    expect(result.stderr).toMatch(message);
    expect(result.code).toBe(code);
  });
});
