/**
 * Operands of operands, thousands deep, for each kind of value and each form of the code, and what constant
 * conditions choose: all is compared with the host's own WebAssembly, and nothing recurses with the depth.
 */
import { expect, test } from 'vitest';
import type { CompileOptions } from '../src/index.js';
import { load, native } from './building.js';

const DEPTH = 2000;
const repeated = (n: number, code: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => code(i)).join(' ');

/** From an i32 to each type and back. */
const TYPES: Readonly<Record<string, readonly [from: string, to: string]>> = {
  i32: ['', ''],
  i64: ['i64.extend_i32_s', 'i32.wrap_i64'],
  f32: ['f32.convert_i32_s', 'i32.trunc_f32_s'],
  f64: ['f64.convert_i32_s', 'i32.trunc_f64_s'],
  v128: ['i32x4.splat', 'i32x4.extract_lane 1'],
  externref: ['drop ref.null extern', 'ref.is_null'],
};
const X = '(local.get 0)';
const Y = '(local.get 1)';

/** Nests of `n` selects: in the condition, in the first operand, in the second. */
const SELECTS: Readonly<Record<string, (n: number, type: string) => string>> = {
  'in conditions': (n, type) => {
    const [from, to] = TYPES[type]!;
    // The last operand of each is the condition, made of what the one before has chosen.
    return `${repeated(n, (i) => `(i32.const ${(i % 7) + 2}) ${from} ${X} ${from}`)} ${Y}
      ${repeated(n, () => `select (result ${type}) ${to} ${X} i32.sub`)}`;
  },
  'in first operands': (n, type) => {
    const [from, to] = TYPES[type]!;
    return `${X} ${from} ${repeated(n, (i) => `${Y} ${from} (i32.and ${X} (i32.const ${i % 4})) select (result ${type})`)} ${to}`;
  },
  'in second operands': (n, type) => {
    const [from, to] = TYPES[type]!;
    return `${repeated(n, (i) => `${i % 2 ? X : Y} ${from}`)} ${Y} ${from}
      ${repeated(n, (i) => `(i32.and ${X} (i32.const ${i % 4})) select (result ${type})`)} ${to}`;
  },
};

const FORMS: readonly Partial<CompileOptions>[] = [
  {},
  { optimizeFor: 'interpreter' },
  { optimizeFor: 'size' },
];
const ARGUMENTS = [
  [0, 0],
  [1, 0],
  [3, 5],
  [-6, 2],
] as const;

for (const [where, code] of Object.entries(SELECTS))
  test.each(Object.keys(TYPES))(`selects ${where}: %s`, async (type) => {
    const wat = `(module (func (export "f") (param i32 i32) (result i32) ${code(DEPTH, type)}))`;
    const host = await native(wat);
    for (const form of FORMS) {
      const { f } = await load(wat, form);
      for (const args of ARGUMENTS)
        expect([form, args, f(...args)]).toEqual([form, args, host.f(...args)]);
    }
  });

test('what constant conditions choose, much and many', async () => {
  const step = (i: number) => `(local.set 1 (i32.add ${Y} (i32.const ${i % 9})))`;
  const bodies = [
    `(if (i32.const 1) (then ${repeated(150_000, step)}))`,
    repeated(8000, (i) => `(if (i32.const ${i % 3}) (then ${step(i)}) (else ${step(i + 4)}))`),
    repeated(8000, (i) => `(block (if (i32.const ${i % 2}) (then ${step(1)} (br 1))) ${step(i)})`),
  ];
  for (const body of bodies) {
    const wat = `(module (func (export "f") (param i32 i32) (result i32) ${body} ${Y}))`;
    const { f } = await load(wat);
    expect(f(1, 2)).toBe((await native(wat)).f(1, 2));
  }
}, 60_000);
