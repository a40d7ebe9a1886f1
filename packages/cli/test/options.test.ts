import { describe, expect, test } from 'vitest';
import {
  parseDirs,
  parseEnv,
  parseJobs,
  parseLevel,
  prepareArguments,
  withStreams,
} from '../src/options.js';
import { createProgress, silent } from '../src/progress.js';

test('parseDirs', () => {
  expect(parseDirs(['a', 'b::/c', 'd::/e::ro'])).toEqual({
    a: { directory: 'a', readonly: false },
    '/c': { directory: 'b', readonly: false },
    '/e': { directory: 'd', readonly: true },
  });
  expect(() => parseDirs(['a::b::c'])).toThrow(/^--dir: a::b::c is not of the form HOST/);
});

test('parseEnv: the last of a name counts', () => {
  expect(parseEnv(['A=1', 'A=2', 'B='])).toEqual({ A: '2', B: '' });
});

test('levels of -O and -', () => {
  expect(
    prepareArguments(['run', '-O', '-O3', '-Os', '-Ofast', '-o', '-', '--', '-O3', '-']),
  ).toEqual([
    'run',
    '--optimize=2',
    '--optimize=3',
    '--optimize=s',
    '--optimize=fast',
    '-o',
    '\0',
    '--',
    '-O3',
    '-',
  ]);
  const parsed = { input: '\0', inputs: ['a', '\0', '\0-x'], jobs: 2 };
  withStreams(parsed);
  expect(parsed).toEqual({ input: '-', inputs: ['a', '-', '--x'], jobs: 2 });
  expect(parseLevel('z')).toBe('z');
  expect(() => parseLevel('fast')).toThrow(/-O takes one of/);
  expect(parseJobs('12')).toBe(12);
  for (const bad of ['0', '-1', '1.5', '100', 'all', ''])
    expect(() => parseJobs(bad)).toThrow(/--jobs takes a number/);
});

test('files behind -- stand behind the command, unless they are for a program', () => {
  expect(prepareArguments(['--debug', 'build', '-o', '--', '-x.wat'])).toEqual([
    '--debug',
    'build',
    '\0x.wat',
    '-o',
  ]);
  expect(prepareArguments(['bench', 'a', '--', '-x'])).toEqual(['bench', 'a', '--', '-x']);
  expect(prepareArguments(['build', '-o='])).toEqual(['build', '--output=']);
});

describe('progress', () => {
  const terminal = () => {
    const written: string[] = [];
    return { written, isTTY: true, columns: 60, write: (text: string) => written.push(text) };
  };

  test('nothing where there is no terminal', () => {
    expect(createProgress('a', { isTTY: false, write: () => expect.fail() })).toBe(silent);
  });

  test('nothing in the first second, then a bar that is removed in the end', () => {
    let time = 0;
    const screen = terminal();
    const progress = createProgress('app.wasm', screen, () => time);
    progress.phase('compiling');
    time = 900;
    progress.update(1, 4);
    expect(screen.written).toEqual([]);
    time = 2000;
    progress.update(1, 2);
    expect(screen.written).toEqual([
      '\r\u001b[Kapp.wasm: compiling [############------------] 50% 2s',
    ]);
    time = 2010;
    progress.update(3, 4);
    expect(screen.written).toHaveLength(1);
    progress.end();
    expect(screen.written[1]).toBe('\r\u001b[K');
  });
});
