/** A built command behaves alike on every host, and like `wasm2js run`. */

import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { build } from '../src/index.js';
import { temporaryFolder, wasm2js, writeInputs } from './cli.js';
import { describeHosts } from './hosts.js';
import { add, cat, deep, echo, exit, readFile, trap } from './programs.js';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const programs = { echo, cat, exit: exit(42), trap, deep, read: readFile('note.txt'), add };

beforeAll(async () => {
  mkdirSync(at('docs'));
  writeFileSync(at('docs/note.txt'), 'a note\n');
  for (const [name, text] of Object.entries(programs)) {
    writeInputs(folder, { [`${name}.wat`]: text });
    for (const extension of ['mjs', 'cjs']) {
      await build({ input: at(`${name}.wat`), output: at(`${name}.${extension}`), dts: false });
    }
  }
  await build({ input: at('exit.wat'), output: at('exit.js'), format: 'iife' });
  for (const output of [at('beside.mjs'), at('beside.cjs')]) {
    await build({ input: at('read.wat'), output, data: 'file', dts: false });
  }
  writeInputs(folder, { 'user.mjs': "import { run } from './exit.mjs'; console.log(run());" });
  for (const [format, extension] of [
    ['esm', 'mjs'],
    ['cjs', 'cjs'],
  ] as const) {
    const outfile = at(`bundled.${extension}`);
    buildSync({ entryPoints: [at('user.mjs')], bundle: true, format, outfile });
  }
  mkdirSync(at('package/sub'), { recursive: true });
  writeFileSync(at('package/package.json'), '{ "type": "module" }');
  copyFileSync(at('exit.mjs'), at('package/index.js'));
  copyFileSync(at('exit.js'), at('package/script.js'));
  symlinkSync('../index.js', at('package/sub/exit'));
  symlinkSync('../index.js', at('package/sub/a link (1).js'));
  writeInputs(folder, {
    'files.mjs': `import { run } from './read.mjs';
      const bytes = new Uint8Array(3);
      const files = new run.MemoryFileSystem({ 'note.txt': 'in memory', 'a/b/c': bytes });
      let text = '';
      const stdout = (bytes) => { text += String.fromCharCode(...bytes); };
      console.log(run({ files, stdout }), text, files.list('a/b').join());
      const preopens = { '/x': 'd' };
      console.log(run({ files: { 'd/note.txt': ', below' }, preopens, stdout }), text);
      try { run({ files: { 'note.txt': 7 } }); } catch (error) { console.log(error.message); }`,
    'import.mjs': `import { add } from './add.mjs'; import * as command from './exit.mjs';
      console.log(add(40, 2), typeof command.run);`,
  });
}, 60_000);

describeHosts('a built command', (host) => {
  const run = (script: string, args: string[] = [], env: Record<string, string> = {}, input = '') =>
    host.run(at(script), args, { cwd: folder, input, env });

  test.each(['mjs', 'cjs'])('arguments and environment (.%s)', (extension) => {
    const env = { WASM2JS_ENV: 'A=1,FROM_HERE', FROM_HERE: 'host' };
    const result = run(`echo.${extension}`, ['one', '--two', 'ß'], env);
    expect(result.stderr).toBe('');
    const lines = result.stdout.trimEnd().split('\n');
    expect(lines.slice(1, 4)).toEqual(['one', '--two', 'ß']);
    expect(lines.slice(4).sort()).toEqual(['A=1', 'FROM_HERE=host']);
    expect(result.code).toBe(0);
  });

  test('nothing of the environment without being told', () => {
    expect(run('echo.mjs', ['x']).stdout.trimEnd().split('\n').slice(1)).toEqual(['x']);
  });

  test('standard streams', () => {
    const input = 'line\n'.repeat(50_000);
    const result = run('cat.mjs', [], {}, input);
    expect(result.stdout === input).toBe(true);
    expect(result.code).toBe(0);
  });

  test('a preopened folder', () => {
    expect(run('read.mjs').code).toBe(8);
    const result = run('read.mjs', [], { WASM2JS_DIRS: 'docs' });
    expect(result).toEqual({ code: 0, stdout: 'a note\n', stderr: '' });
  });

  test('a data file beside it', () => {
    for (const script of ['beside.mjs', 'beside.cjs']) {
      const result = run(script, [], { WASM2JS_DIRS: 'docs' });
      expect([script, result]).toEqual([script, { code: 0, stdout: 'a note\n', stderr: '' }]);
    }
  });

  test('exit code', () => {
    expect(run('exit.mjs')).toEqual({ code: 42, stdout: '', stderr: '' });
    expect(run('exit.cjs').code).toBe(42);
    expect(run('exit.js').code).toBe(42);
  });

  test('the main module by every way to name it', () => {
    const ways = ['package/index.js', './package/sub/a link (1).js', 'package/script.js'];
    if (host.name.startsWith('Node')) ways.push('package', 'package/index', 'package/sub/exit');
    if (host.name.startsWith('Node')) ways.push('exit');
    for (const way of ways) expect([way, run(way).code]).toEqual([way, 42]);
  });

  test('a command that is bundled into its user runs when it is called', () => {
    for (const file of ['bundled.mjs', 'bundled.cjs']) {
      expect(run(file)).toEqual({ code: 0, stdout: '42\n', stderr: '' });
    }
  });

  test('files in memory', () => {
    const lines = [
      '0 in memory c',
      '0 in memory, below',
      'files: note.txt is neither text, bytes nor a directory of them',
    ];
    const outcome = { code: 0, stdout: `${lines.join('\n')}\n`, stderr: '' };
    expect(run('files.mjs')).toEqual(outcome);
  });

  test('a trap is one line and 134', () => {
    const result = run('trap.mjs');
    expect(result.code).toBe(134);
    expect(result.stderr).toMatch(/^[^\n]*integer divide by zero[^\n]*\n$/);
  });

  test('a stack that is full in the runtime is a trap, too', () => {
    const result = run('deep.mjs');
    expect(result.code).toBe(134);
    expect(result.stderr).toBe('deep.mjs: wasm trap: call stack exhausted\n');
  });

  test('a library is imported; a command that is imported does not run', () => {
    expect(run('import.mjs')).toEqual({ code: 0, stdout: '42 function\n', stderr: '' });
  });
});

test('run and a built command print the same', () => {
  const direct = wasm2js(['run', 'read.wat', '--dir', 'docs'], { cwd: folder });
  expect(direct.stdout).toBe(readFileSync(at('docs/note.txt'), 'utf8'));
});
