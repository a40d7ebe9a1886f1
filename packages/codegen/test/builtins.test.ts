/** Imports that the compiler satisfies: the functions of `wasm:js-string`, and string constants. */
import { describe, expect, test } from 'vitest';
import { build, type Loaded, load } from './building.js';

const IMPORTS = `
  (type $a (array (mut i16)))
  (import "wasm:js-string" "cast" (func $cast (param externref) (result (ref extern))))
  (import "wasm:js-string" "test" (func $test (param externref) (result i32)))
  (import "wasm:js-string" "fromCharCode" (func $fromCharCode (param i32) (result (ref extern))))
  (import "wasm:js-string" "fromCodePoint" (func $fromCodePoint (param i32) (result (ref extern))))
  (import "wasm:js-string" "charCodeAt" (func $charCodeAt (param externref i32) (result i32)))
  (import "wasm:js-string" "codePointAt" (func $codePointAt (param externref i32) (result i32)))
  (import "wasm:js-string" "length" (func $length (param externref) (result i32)))
  (import "wasm:js-string" "concat" (func $concat (param externref externref) (result (ref extern))))
  (import "wasm:js-string" "substring" (func $substring (param externref i32 i32) (result (ref extern))))
  (import "wasm:js-string" "equals" (func $equals (param externref externref) (result i32)))
  (import "wasm:js-string" "compare" (func $compare (param externref externref) (result i32)))
  (import "wasm:js-string" "intoCharCodeArray" (func $into (param externref (ref null $a) i32) (result i32)))
  (import "wasm:js-string" "fromCharCodeArray" (func $from (param (ref null $a) i32 i32) (result (ref extern))))`;
const NAMES =
  'cast test fromCharCode fromCodePoint charCodeAt codePointAt length concat substring equals compare';

/** What a call gives: a value, or the class of what it throws. */
const outcome = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return `throws ${(error as Error).name}`;
  }
};

describe('wasm:js-string', () => {
  const wat = `(module ${IMPORTS}
    ${NAMES.split(' ')
      .map((name) => `(export "${name}" (func $${name}))`)
      .join(' ')}
    (func (export "copy") (param externref i32 i32 i32 i32) (result (ref extern)) (local $x (ref $a))
      (local.set $x (array.new_default $a (local.get 1)))
      (drop (call $into (local.get 0) (local.get $x) (local.get 2)))
      (call $from (local.get $x) (local.get 3) (local.get 4)))
    (func (export "none") (result (ref extern)) (call $from (ref.null $a) (i32.const 0) (i32.const 0)))
    (elem declare func $concat)
    (func (export "reference") (result funcref) (ref.func $concat)))`;
  const trap = 'throws RuntimeError';

  test('every function', async () => {
    const { instantiate, ...exports } = (await load(wat)) as Loaded;
    expect(Object.keys(exports)).toContain('concat');
    const wasm = instantiate();
    const face = '\u{1f600}';
    const cases: [string, unknown[], unknown][] = [
      ['cast', ['a'], 'a'],
      ['cast', [null], trap],
      ['cast', [5], trap],
      ['cast', [Object('a')], trap],
      ['test', ['a'], 1],
      ['test', [null], 0],
      ['test', [undefined], 0],
      ['fromCharCode', [65], 'A'],
      ['fromCharCode', [0x1f600], '\uf600'],
      ['fromCodePoint', [0x1f600], face],
      ['fromCodePoint', [0x110000], trap],
      ['fromCodePoint', [-1], trap],
      ['charCodeAt', [face, 1], 0xde00],
      ['charCodeAt', [face, 2], trap],
      ['charCodeAt', [face, -1], trap],
      ['charCodeAt', [null, 0], trap],
      ['codePointAt', [face, 0], 0x1f600],
      ['codePointAt', [face, 1], 0xde00],
      ['codePointAt', [face, 2], trap],
      ['length', [face], 2],
      ['length', [[]], trap],
      ['concat', ['a', 'b'], 'ab'],
      ['concat', ['a', 1], trap],
      ['concat', [null, 'a'], trap],
      ['substring', ['hello', 1, 3], 'el'],
      ['substring', ['hello', 3, 1], ''],
      ['substring', ['hello', 1, -1], 'ello'],
      ['substring', ['hello', 6, 7], ''],
      ['substring', ['hello', 5, 9], ''],
      ['equals', ['a', 'a'], 1],
      ['equals', [null, null], 1],
      ['equals', [null, 'a'], 0],
      ['equals', ['a', 5], trap],
      ['compare', ['a', 'b'], -1],
      ['compare', ['b', 'a'], 1],
      ['compare', ['\uffff', face], 1],
      ['compare', ['a', 'a'], 0],
      ['compare', [null, null], trap],
      ['copy', ['abc\uffff', 5, 1, 0, 5], '\0abc\uffff'],
      // Storage of all kinds of lengths.
      ...[31, 32, 33, 64, 127, 128, 129, 4095, 4096, 4097, 9000].flatMap(
        (length): [string, unknown[], unknown][] => {
          const text = Array.from({ length }, (_, i) => String.fromCharCode(i * 7919)).join('');
          return [
            ['copy', [text, length, 0, 0, length], text],
            ['copy', [text, length, 0, 1, length - 1], text.slice(1, -1)],
            ['copy', [text, length + 2, 2, 0, length + 2], `\0\0${text}`],
            ['copy', [text, length, 0, 0, length + 1], trap],
          ];
        },
      ),
      ['copy', ['abc', 3, 1, 0, 3], trap],
      ['copy', ['abc', 3, 0, 2, 1], trap],
      ['copy', ['abc', 3, 0, 0, 4], trap],
      ['copy', ['abc', 3, 0, 3, 3], ''],
      ['copy', ['x'.repeat(9999), 9999, 0, 1, 9999], 'x'.repeat(9998)],
      ['none', [], trap],
    ];
    for (const [name, args, expected] of cases)
      expect([name, args, outcome(() => wasm[name](...args))]).toEqual([name, args, expected]);
    expect(wasm.reference()).toBe(wasm.concat);
  });

  test('another type is refused, and so is nothing that is no builtin', async () => {
    const wrong = '(module (import "wasm:js-string" "length" (func (param i32) (result i32))))';
    await expect(load(wrong)).rejects.toThrow(/wasm:js-string length has another type/);
    const other = `(module (import "wasm:js-string" "shout" (func $f (param externref) (result externref)))
      (export "f" (func $f)))`;
    const { instantiate } = await load(other);
    const wasm = instantiate({ 'wasm:js-string': { shout: (text: string) => `${text}!` } });
    expect(wasm.f('a')).toBe('a!');
  });

  test('without the builtins the host is asked', async () => {
    const { instantiate } = await load(wat, { builtins: [] });
    expect(outcome(() => instantiate({}))).toBe('throws TypeError');
  });

  test('are no imports to declare', async () => {
    const { dts } = await build(wat);
    expect(dts).not.toContain('js-string');
    expect(dts).toContain('instantiate(imports?: Imports)');
  });
});

describe('imported string constants', () => {
  const wat = `(module (import "'" "it's \\f0\\9f\\98\\80" (global $a (ref extern)))
    (import "'" "" (global $b externref)) (export "b" (global $b))
    (import "host" "f" (func $f (param externref)))
    (global $c (export "c") externref (global.get $a))
    (func (export "a") (result externref) (call $f (global.get $b)) (global.get $a)))`;

  test('are their own names', async () => {
    const { instantiate } = await load(wat, { importedStringConstants: "'" });
    const seen: unknown[] = [];
    const wasm = instantiate({ host: { f: (value: unknown) => seen.push(value) } });
    expect(wasm.a()).toBe("it's \u{1f600}");
    expect([wasm.b.value, wasm.c.value, ...seen]).toEqual(['', "it's \u{1f600}", '']);
  });

  test('of another type are refused', async () => {
    const wrong = `(module (import "'" "x" (global i32)))`;
    await expect(load(wrong, { importedStringConstants: "'" })).rejects.toThrow(/string constant/);
  });
});
