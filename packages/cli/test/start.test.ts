/** The command lines that need no option parser. */
import { expect, test } from 'vitest';
import { plainBuild } from '../src/start.js';

test('one input and one output, in any order', () => {
  const paths = { input: 'a.wasm', output: 'b.mjs' };
  expect(plainBuild(['build', 'a.wasm', '-o', 'b.mjs'])).toEqual(paths);
  expect(plainBuild(['build', '-o', 'b.mjs', 'a.wasm'])).toEqual(paths);
  expect(plainBuild(['build', '--output', 'b.mjs', 'a.wasm'])).toEqual(paths);
  expect(plainBuild(['build', '-', '-o', '-'])).toEqual({ input: '-', output: '-' });
});

test('all else is left to the option parser', () => {
  for (const line of [
    'run a.wasm -o b',
    'build a.wasm',
    'build a.wasm -o',
    'build a.wasm b.wasm -o',
    'build a.wasm -o -x',
    'build -O -o b.mjs',
    'build a.wasm -o b.mjs --no-dts',
    'build a.wasm --output=b.mjs',
    'build -o -o b.mjs',
    '--help',
  ])
    expect(plainBuild(line.split(' '))).toBeUndefined();
  expect(plainBuild(['build', '', '-o', 'b.mjs'])).toBeUndefined();
});
