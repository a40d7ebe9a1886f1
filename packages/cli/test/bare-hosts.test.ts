/** Commands on hosts that have no files, no process and perhaps no console: engines alone. */

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { beforeAll, describe, expect, test } from 'vitest';
import { build } from '../src/index.js';
import { execute, repository, temporaryFolder, writeInputs } from './cli.js';
import { cat, echo, exit, random, readFile, sleep, trap } from './programs.js';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const programs = {
  echo,
  cat,
  exit: exit(3),
  none: exit(0),
  trap,
  read: readFile('note.txt'),
  sleep,
  random,
};
const wordfreq = join(repository, 'examples/wordfreq');

beforeAll(async () => {
  for (const [name, text] of Object.entries(programs)) {
    writeInputs(folder, { [`${name}.wat`]: text });
    const input = at(`${name}.wat`);
    const options = { format: 'iife', dts: false } as const;
    await build({ input, output: at(`${name}.lib.js`), ...options, globalName: 'command' });
    await build({ input, output: at(`${name}.js`), ...options });
    await build({ input, output: at(`${name}.mjs`), dts: false });
  }
  const output = at('wordfreq.lib.js');
  const input = join(wordfreq, 'wordfreq.wasm');
  await build({ input, output, format: 'iife', dts: false, globalName: 'command' });
}, 60_000);

/** Evaluates a script, and `code` after it, where there is nothing but JavaScript and `globals`. */
const bare = (name: string, code: string, globals: object = {}): unknown => {
  const context = createContext({ ...globals });
  // V8 gives every context a console, which shows nothing here.
  if (!('console' in globals)) runInContext('delete globalThis.console', context);
  runInContext(readFileSync(at(`${name}.js`), 'utf8'), context);
  return runInContext(code, context);
};
const TEXT =
  "let out = ''; const stdout = (bytes) => { for (const b of bytes) out += String.fromCharCode(b) };";

describe('an engine with nothing', () => {
  test('streams, arguments, environment', () => {
    const options = "{ args: ['a', 'b'], env: { C: 'd' }, stdout }";
    expect(bare('echo.lib', `${TEXT} [command.run(${options}), out]`)).toEqual([0, 'a\nb\nC=d\n']);
    const input = "{ stdin: 'typed', stdout }";
    expect(bare('cat.lib', `${TEXT} [command.run(${input}), out]`)).toEqual([0, 'typed']);
    expect(bare('exit.lib', 'command.run({ stdout() {} })')).toBe(3);
  });

  test('no file system is asked for, and none is there', () => {
    expect(bare('read.lib', 'command.run({ stdout() {} })')).toBe(8);
    expect(() => bare('read.lib', "command.run({ stdout() {}, preopens: { '/': '/x' } })")).toThrow(
      /^cannot preopen \/x as \/: NOENT$/,
    );
  });

  test('files in memory, which the host reads afterwards', () => {
    const files = { 'poem.txt': readFileSync(join(wordfreq, 'poem.txt'), 'utf8') };
    const code = `${TEXT} const args = ['wordfreq', '-n', '8', 'poem.txt'];
      const files = new command.run.MemoryFileSystem(given);
      [command.run({ args, files, stdout }), out, files.list('/').join()]`;
    const expected = readFileSync(join(wordfreq, 'expected.txt'), 'utf8');
    const outcome = bare('wordfreq.lib', code, { given: files });
    expect(outcome).toEqual([0, expected, 'poem.txt']);
  });

  test('nothing to show text with is an error that says so', () => {
    expect(() => bare('echo.lib', 'command.run()')).toThrow(
      /shows no text: give stdout a function/,
    );
  });

  test('without random numbers ENOSYS, unless they are given', () => {
    expect(bare('random.lib', 'command.run({ stdout() {} })')).toBe(52);
    const random = 'random(bytes) { bytes.fill(9) }';
    expect(bare('random.lib', `command.run({ stdout() {}, ${random} })`)).toBe(9);
    const crypto = { getRandomValues: (bytes: Uint8Array) => bytes.fill(8) };
    expect(bare('random.lib', 'command.run({ stdout() {} })', { crypto })).toBe(8);
  });

  test('a trap passes as it is', () => {
    const code =
      'try { command.run({ stdout() {} }) } catch (error) { error.name + error.message }';
    expect(bare('trap.lib', code)).toMatch(/^RuntimeErrorinteger divide by zero$/);
  });

  test('sleeping ends even if the clock stands still while code runs', () => {
    const now = Date.now();
    const code =
      'Date.now = () => now; delete globalThis.SharedArrayBuffer; command.run({ stdout() {} })';
    expect(bare('sleep.lib', code, { now })).toBe(0);
  });
});

describe('an engine with print or console', () => {
  const show = (globals: (lines: string[]) => object): string[] => {
    const lines: string[] = [];
    bare('echo.lib', "command.run({ args: ['one', 'two ß', ''] })", globals(lines));
    return lines;
  };

  test('output goes there by the line', () => {
    const expected = ['one', 'two ß', ''];
    expect(show((lines) => ({ print: (line: string) => lines.push(line) }))).toEqual(expected);
    const console = (lines: string[]) => ({ console: { log: (line: string) => lines.push(line) } });
    expect(show(console)).toEqual(expected);
    // A page's print() prints the page.
    const page = (lines: string[]) => ({ ...console(lines), document: {}, print: expect.fail });
    expect(show(page)).toEqual(expected);
  });

  test('a line longer than the buffer, and characters across its end', () => {
    const lines: string[] = [];
    const globals = { print: (line: string) => lines.push(line), long: `x${'ß'.repeat(40000)}` };
    bare('cat.lib', 'command.run({ stdin: long })', globals);
    expect(lines.join('')).toBe(globals.long);
    expect(lines.length).toBe(2);
  });
});

describe('a script without a name of its own', () => {
  test('runs on a shell, and nowhere else', () => {
    const lines: string[] = [];
    const print = (line: string) => lines.push(line);
    bare('echo', '0', { print, scriptArgs: ['evalmachine.<anonymous>', 'one'] });
    expect(lines).toEqual(['echo.wat', 'one']);
    bare('echo', '0', { print, scriptArgs: ['other.js', 'two'] });
    bare('echo', '0', { print, document: {} });
    bare('echo', '0', { console: { log: print } });
    expect(lines).toEqual(['echo.wat', 'one']);
  });

  test('an exit code that a shell cannot tell is an error', () => {
    expect(() => bare('exit', '0', { print() {} })).toThrow(/^exit status 3$/);
    const codes: number[] = [];
    const std = { exit: (code: number) => codes.push(code) };
    bare('exit', '0', { print() {}, std });
    bare('none', '0', { print() {}, std });
    expect(codes).toEqual([3]);
  });
});

const found = (command: string): boolean =>
  spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;

const shells = [
  { name: 'qjs', script: ['qjs'], module: ['qjs', '-m'], before: [], failure: 1 },
  { name: 'jsc', script: ['jsc'], module: undefined, before: ['--'], failure: 3 },
  { name: 'gjs', script: ['gjs'], module: ['gjs', '-m'], before: [], failure: 3 },
];

for (const { name, script, module, before, failure } of shells) {
  describe.skipIf(!found(name))(`the shell ${name}`, () => {
    const run = ([file, ...flags]: string[], source: string, args: string[] = []) =>
      execute(file!, [...flags, source, ...before, ...args], { cwd: folder });

    test('runs a script', () => {
      const result = run(script, 'echo.js', ['one', 'two']);
      expect(result).toEqual({ code: 0, stdout: 'echo.wat\none\ntwo\n', stderr: '' });
      expect(run(script, 'exit.js').code).toBe(failure);
      expect(run(script, 'none.js').code).toBe(0);
      const trapped = run(script, 'trap.js');
      expect(trapped.code).not.toBe(0);
      expect(trapped.stdout + trapped.stderr).toContain('integer divide by zero');
    });

    test('runs a module, or says that it does not', () => {
      writeFileSync(at('importer.mjs'), "import './echo.mjs'; print('imported');");
      if (module === undefined) {
        const { stdout, stderr } = run(script, 'echo.mjs');
        expect([stdout, stderr]).toEqual(['', expect.stringContaining('not run')]);
      } else {
        expect(run(module, 'echo.mjs', ['a b']).stdout).toBe('echo.wat\na b\n');
        expect(run(module, at('echo.mjs'), ['a b']).stdout).toBe('echo.wat\na b\n');
        expect(run(module, 'importer.mjs').stdout).toBe('imported\n');
      }
    });
  });
}
