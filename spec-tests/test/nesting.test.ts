/** Functions that nest deep: they build, what comes out nests little, and does what the engine does. */
import { readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import { compile } from '@wasm2js/codegen';
import { decodeModule } from '@wasm2js/decoder';
import { validateModule } from '@wasm2js/validator';
import { describe, expect, test } from 'vitest';
import { nest, nestNames } from '../src/scaling/nests.js';

const OPTIONS = { format: 'iife', names: 'minify', data: 'inline' } as const;

type Function = (a: number, b: number) => number;

/** The text of a module, and what it exports in a realm of its own. */
function build(bytes: Uint8Array): { text: string; f: Function } {
  const module = decodeModule(bytes);
  validateModule(module);
  const text = compile(module, OPTIONS).chunks.join('');
  return { text, f: runInContext(text, createContext({})).f };
}

/** What the engine makes of it. */
const native = (bytes: Uint8Array): Function =>
  new WebAssembly.Instance(new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>)).exports
    .f as Function;

/** Results for parameters around the ends and the middle of a nest. */
function results(f: Function, depth: number): number[] {
  const first = [0, 1, 2, 3, 5, 7, 10, depth >> 1, depth - 2, depth - 1, depth, depth + 1, -1, 1e6];
  return first.flatMap((a) => [0, 1, 100].map((b) => f(a, b)));
}

/** How deep braces and parentheses nest. */
function nesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const c of text.replace(/'[^']*'|"[^"]*"/g, '')) {
    if (c === '{' || c === '(' || c === '[') deepest = Math.max(deepest, ++depth);
    else if (c === '}' || c === ')' || c === ']') depth--;
  }
  return deepest;
}

/** The longest chain of `else if`. */
const chain = (text: string): number => {
  const most = /(?:else if\([^;{}]*\)(?:\{[^{}]*\}|[^;{}\n]*\n?))+/g;
  return Math.max(0, ...(text.match(most) ?? []).map((part) => part.split('else if').length));
};

describe.each(nestNames)('%s', (name) => {
  // Little is thrown from inside many tries: each throw costs V8 a walk over the positions of the function.
  const tries = name.startsWith('tries');

  test.each([3, 70, 81, 90, 200, tries ? 400 : 1500])('%i deep', (depth) => {
    const bytes = nest(name, depth);
    const { text, f } = build(bytes);
    expect(results(f, depth)).toEqual(results(native(bytes), depth));
    expect(nesting(text)).toBeLessThan(220);
    expect(chain(text)).toBeLessThan(100);
  });

  // Deeper than a pass could recurse on the stack that a process has.
  test.each([tries ? 6000 : 15_000])('%i deep', (depth) => {
    const { f } = build(nest(name, depth));
    const some = [0, 7, ...(tries ? [] : [depth - 1]), depth + 1].map((a) => f(a, 1));
    // No engine is asked: how long each takes for such a function differs widely.
    expect(some.every(Number.isInteger)).toBe(true);
  });
});

test.each([
  ['switch-3000', 3000],
  ['elseif-1100', 1100],
])('%s builds and does what the engine does', (file, count) => {
  const bytes = readFileSync(
    new URL(`../../packages/codegen/test/cases/${file}.wasm`, import.meta.url),
  );
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const module = decodeModule(bytes);
  validateModule(module);
  const text = compile(module, OPTIONS).chunks.join('');
  const emitted = runInContext(text, createContext({}));
  for (const [key, value] of Object.entries(exports)) {
    if (typeof value !== 'function') continue;
    for (const i of [-1, 0, 1, 2, 3, 17, 500, 999, count - 2, count - 1, count, count + 1])
      expect(emitted[key](i, 3), `${key}(${i})`).toBe(value(i, 3));
  }
});
