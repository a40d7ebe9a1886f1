/** Marks of where the text comes from: the text is the same without them, and they lead to instructions. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decodeModule, InstructionReader, type Module } from '@wasm2js/decoder';
import { validateModule } from '@wasm2js/validator';
import { describe, expect, test } from 'vitest';
import {
  type CompileOptions,
  compile,
  functionOfMark,
  MARK,
  NOWHERE,
  partCompiler,
} from '../src/index.js';

const repository = fileURLToPath(new URL('../../..', import.meta.url));

/** Programs with vectors, recursion, 64-bit integers, floats and large functions. */
const PROGRAMS = [
  'bench/kernels/wasm/fib.wasm',
  'bench/kernels/wasm/simd-blur.wasm',
  'examples/wordfreq/wordfreq.wasm',
  'examples/markdown/markdown.wasm',
  'examples/primes/primes.wasm',
];

const options = (more: Partial<CompileOptions> = {}): CompileOptions => ({
  format: 'esm',
  names: 'keep',
  data: 'inline',
  ...more,
});

function load(path: string): Module {
  const module = decodeModule(readFileSync(`${repository}/${path}`));
  validateModule(module);
  return module;
}

/** Offsets of all instructions of all functions: a function may have the code of others in it. */
function offsetsOf(module: Module): Set<number> {
  const found = new Set<number>();
  for (const { body } of module.funcs) {
    const reader = new InstructionReader(module.bytes, body.start, body.end);
    while (reader.next()) found.add(reader.offset);
  }
  return found;
}

describe.each(PROGRAMS)('%s', (path) => {
  const module = load(path);

  test.each<[string, Partial<CompileOptions>]>([
    ['as it is', {}],
    ['as a script with short names', { format: 'iife', names: 'minify' }],
    ['with its functions split', { functionBudget: 300 }],
  ])('marks %s lead to instructions and functions', (_, more) => {
    const plain = compile(module, options(more)).chunks.join('');
    const { chunks, marks } = compile(module, options({ ...more, positions: true }));
    const text = chunks.join('');
    expect(text === plain).toBe(true);
    const lines = text.split('\n');
    const offsets = offsetsOf(module);
    const wrong: unknown[] = [];
    let [line, column, heads, places] = [-1, -1, 0, 0];
    for (let i = 0; i < marks!.length; i += MARK) {
      const [nextLine, nextColumn, at] = marks!.subarray(i, i + MARK) as unknown as number[];
      const follows = nextLine! > line || (nextLine === line && nextColumn! > column);
      [line, column] = [nextLine!, nextColumn!];
      if (!follows || lines[line]!.length < column) wrong.push([line, column, at]);
      if (at === NOWHERE) continue;
      if (at! < NOWHERE) {
        const index = functionOfMark(at!) - module.importCounts.func;
        if (module.funcs[index] === undefined) wrong.push([line, column, at]);
        if (lines[line]!.startsWith('function ', column)) heads++;
        continue;
      }
      if (!offsets.has(at!)) wrong.push([line, column, at]);
      places++;
    }
    expect(wrong).toEqual([]);
    expect(heads).toBeGreaterThanOrEqual(module.funcs.length);
    expect(places).toBeGreaterThan(10);
  });

  test('parts that are made apart have the same marks', () => {
    const given = options({ positions: true });
    const whole = compile(module, given);
    const count = module.funcs.length;
    const cuts = [0, count >> 2, count >> 1, count];
    const parts = cuts.slice(1).map((to, i) => partCompiler(module, given).part(cuts[i]!, to));
    const joined = compile(module, given, parts);
    expect(joined.chunks.join('') === whole.chunks.join('')).toBe(true);
    expect(Buffer.from(joined.marks!.buffer).equals(Buffer.from(whole.marks!.buffer))).toBe(true);
  });
});
