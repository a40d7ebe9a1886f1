import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compare } from '../src/fuzz/compare.js';
import { recipeOf } from '../src/fuzz/generate.js';
import { exportState } from '../src/fuzz/instrument.js';
import { reduce } from '../src/fuzz/reduce.js';
import { classOf } from '../src/fuzz/traps.js';
import { assemble } from '../src/prepare.js';
import { loadModule } from '../src/run/pipeline.js';

const FUZZCASES = new URL('../fuzzcases/', import.meta.url);

/** Seeds of arguments that every kept find is run with; odd ones also export the globals. */
const SEEDS = [1, 2, 3, 4];

const finds = existsSync(FUZZCASES)
  ? readdirSync(FUZZCASES).filter((file) => file.endsWith('.wat'))
  : [];

test.each(finds)('find %s', async (file) => {
  const bytes = await assemble(readFileSync(new URL(file, FUZZCASES), 'utf8'));
  for (const seed of SEEDS) {
    const { outcome, detail } = compare(bytes, seed);
    expect(`${outcome} ${detail}`.trim()).toBe('equal');
  }
});

test('equal modules are equal, and their calls are counted', async () => {
  const bytes = await assemble(`(module
    (import "fuzzing-support" "log-i32" (func $log (param i32)))
    (memory 1)
    (global (mut i64) (i64.const 1))
    (func (export "f") (param i32) (result i32)
      (call $log (local.get 0))
      (i32.store (i32.const 8) (local.get 0))
      (i32.div_s (i32.const 7) (local.get 0))))`);
  const { outcome, calls } = compare(bytes, 1);
  expect(outcome).toBe('equal');
  expect(calls).toBe(5);
});

test('state is exported beside what a module exports', async () => {
  const bytes = await assemble(`(module (memory 1) (global (mut i32) (i32.const 1))
    (func $f (export "f")) (start $f))`);
  const names = (globals: boolean) =>
    loadModule(exportState(bytes, globals)).exports.map(({ name }) => name);
  expect(names(true)).toEqual(['f', 'state:memory0', 'state:global0']);
  expect(names(false)).toEqual(['f', 'state:memory0']);
});

test('a seed stands for one recipe', () => {
  expect(recipeOf(7)).toEqual(recipeOf(7));
  expect(recipeOf(7)).not.toEqual(recipeOf(8));
});

test('a reduction keeps what it looks for', async () => {
  const text = `(module
    (func (result i32)
      i32.const 1
      if
        nop
        i32.const 3
        drop
      end
      i32.const 9
      i32.ctz
    )
  )`;
  const holds = async (candidate: string) => {
    try {
      loadModule(await assemble(candidate));
      return candidate.includes('i32.ctz');
    } catch {
      return false;
    }
  };
  const reduced = await reduce(text, holds, 5000);
  expect(reduced.replace(/\s+/g, ' ')).toBe('(module (func (result i32) i32.const 1 i32.ctz ) )');
});

test.each([
  ['RuntimeError', 'divide by zero', 'integer divide by zero'],
  ['RuntimeError', 'memory access out of bounds', 'out of bounds memory access'],
  ['RuntimeError', 'table index is out of bounds', 'out of bounds table access'],
  ['RuntimeError', 'undefined element', 'out of bounds table access'],
  ['RuntimeError', 'null function or function signature mismatch', 'indirect call'],
  ['RangeError', 'Maximum call stack size exceeded', 'call stack exhausted'],
  ['TypeError', 'whatever', 'TypeError'],
])('%s "%s" is of class "%s"', (name, message, expected) => {
  const error = new Error(message);
  error.name = name;
  expect(classOf(error)).toBe(expected);
});
