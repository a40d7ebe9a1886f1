import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { geomean, inTurn, median, runProcess } from '../src/measure/index.js';
import { drive } from '../src/measure/steady.js';
import { assemble } from '../src/wat.js';
import { execute, command as script, temporaryFolder, wasm2js, writeInputs } from './cli.js';
import { add, cat, echo, exit, readFile, trap } from './programs.js';

const folder = temporaryFolder();
const tools = join(folder, 'tools');

/** Puts a command on the PATH that does what a shell line says. */
const fakeRuntime = (name: string, line: string): void => {
  const file = join(tools, name);
  writeFileSync(file, `#!/bin/sh\n${line}\n`);
  chmodSync(file, 0o755);
};

beforeAll(async () => {
  mkdirSync(tools);
  writeInputs(folder, {
    'echo.wat': echo,
    'echo.wasm': await assemble(new TextEncoder().encode(echo), 'echo.wat'),
    'cat.wat': cat,
    'add.wat': add,
    'exit.wat': exit(42),
    'trap.wat': trap,
    'read.wat': readFile('note.txt'),
    'note.txt': 'a note\n',
    'host.wat': '(module (import "env" "f" (func)) (func (export "_start")))',
  });
  fakeRuntime('wasmtime', 'echo "echo.wasm"; shift; echo "$1" >&2; shift; echo "$1"');
  fakeRuntime('iwasm', 'echo something else');
});

const bench = (...args: string[]) =>
  wasm2js(['bench', ...args], {
    cwd: folder,
    env: { PATH: `${tools}${delimiter}${process.env['PATH']}` },
  });

describe('bench', () => {
  test('compares a command with the engine and with runtimes on the PATH', () => {
    const { code, stdout, stderr } = bench('echo.wat', '--rounds', '2', '--', 'one');
    expect(stderr).toBe('');
    expect(stdout).toMatch(
      /^echo\.wat -- one\nmodule .* \(gzip .*\); compiled .*, built in .* s\n/,
    );
    expect(stdout).toMatch(/\n +load +run +× +process +×\nWebAssembly of Node .* 1\.00 /);
    expect(stdout).toMatch(/\nthe same, optimised first .*\d\nwasm2js .*\d\nwasmtime +– +– +– +\d/);
    expect(stdout).toMatch(/\niwasm: another result: exit code 0, output \w+, not exit code 0/);
    expect(stdout).toMatch(/\nnot measured: wasmer, wasmedge \(not on the PATH\)\n/);
    // Not all agree.
    expect(code).toBe(1);
  });

  test('--invoke calls an export until it is steady', () => {
    const { code, stdout, stderr } = bench(
      'add.wat',
      '--rounds',
      '1',
      '--invoke',
      'add64',
      '--',
      '1',
      '2',
    );
    expect(stderr).toBe('');
    expect(stdout).toMatch(/\n +load +first call +call +×\nWebAssembly .*\nwasm2js .*\n/);
    expect(code).toBe(0);
  });

  test('--json, standard input, folders, exit codes', () => {
    const options = ['--rounds', '1', '--json', '--stdin', 'note.txt', '--dir', '.'];
    for (const name of ['cat.wat', 'read.wat', 'exit.wat']) {
      const found = JSON.parse(wasm2js(['bench', name, ...options], { cwd: folder }).stdout);
      const named = found.contenders.map((item: { name: string }) => item.name);
      expect(named).toEqual(expect.arrayContaining(['wasm2js', 'the same, optimised first']));
      for (const { problem, run } of found.contenders) {
        expect(problem).toBeUndefined();
        expect(run.median).toBeGreaterThan(0);
      }
    }
  });

  test('a program that traps is told so', () => {
    const { stdout } = wasm2js(['bench', 'trap.wat', '--rounds', '1'], { cwd: folder });
    expect(stdout).toMatch(/\nwasm2js: trapped: integer divide by zero\n/);
  });

  test('an engine without WebAssembly', () => {
    const args = ['--jitless', '--no-warnings', script, 'bench', 'echo.wasm', '--rounds', '1'];
    const { code, stdout } = execute(process.execPath, args, { cwd: folder });
    expect(stdout).toMatch(/\nwasm2js +[\d.]+ +[\d.]+ +1\.00 /);
    expect(stdout).toMatch(/\nnot measured: WebAssembly of Node [\d.]+ \(there is none\)\n/);
    expect(code).toBe(0);
  });

  test.each([
    ['add.wat', [], /not a WASI command \(--invoke EXPORT/],
    ['add.wat', ['--invoke', 'sub'], /no exported function "sub"/],
    ['add.wat', ['--invoke', 'add', '--', '1'], /takes 2 arguments, not 1/],
    ['add.wat', ['--invoke', 'add', '--', '1', '2.5'], /"2\.5" is no number for argument 2/],
    ['host.wat', [], /imports "env"; bench offers WASI alone/],
    ['echo.wat', ['--rounds', '0'], /--rounds takes a number from 1 to 1000000, not "0"/],
    ['echo.wat', ['--stdin', 'none.txt'], /cannot read none\.txt/],
    ['echo.wat', ['--dir', 'none'], /cannot open none/],
  ])('%s %j: one line', (name, options, message) => {
    const { code, stdout, stderr } = wasm2js(['bench', name, ...options], { cwd: folder });
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^wasm2js: error: [^\n]*\n$/);
    expect(code).toBeGreaterThan(0);
  });
});

describe('measuring', () => {
  test('medians and geometric means', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([])]).toEqual([2, 2.5, Number.NaN]);
    expect([geomean([2, 8]), geomean([0]), geomean([])]).toEqual([4, Number.NaN, Number.NaN]);
  });

  test('drive waits until it is steady, then takes samples', () => {
    // A clock that only steps move: 100, 50, 25, 10, 10, 10...
    const times = [100, 50, 25];
    let time = 0;
    let calls = 0;
    const step = () => {
      time += times.shift() ?? 10;
      return ++calls;
    };
    const found = drive(step, 1000, () => time, 3);
    expect(found).toMatchObject({ first: 100, ms: 10, best: 10, value: calls });
    expect(found.samples).toBe(50);
    expect(drive(step, 0, () => time, 1).samples).toBe(1);
  });

  test('drive waits for a tier that is slower than the one before', () => {
    const times = [100, 10, 10, 10, 10, 10, 10, 90, 90];
    let time = 0;
    const step = () => {
      time += times.shift() ?? 9;
    };
    expect(drive(step, 40, () => time, 3)).toMatchObject({ first: 100, ms: 9 });
  });

  test('processes that do not end are ended', async () => {
    const late = await runProcess(process.execPath, ['-e', 'for (;;);'], { limit: 300 });
    expect(late).toMatchObject({ code: undefined, failure: 'more than 0.3 s' });
    const missing = await runProcess(join(folder, 'none'), [], { limit: 300 });
    expect(missing.failure).toMatch(/ENOENT/);
    const ended = await runProcess(process.execPath, ['-p', '1'], { limit: 10_000 });
    expect(ended).toMatchObject({ code: 0, failure: undefined, stdout: Buffer.from('1\n') });
  });

  test('tasks are started in their turn, so many at a time', async () => {
    const log: number[] = [];
    let running = 0;
    const task = (id: number) => async () => {
      log.push(id);
      expect(++running).toBeLessThanOrEqual(2);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
    };
    await inTurn([1, 2, 3, 4, 5].map(task), 2);
    expect(log).toEqual([1, 2, 3, 4, 5]);
  });
});
