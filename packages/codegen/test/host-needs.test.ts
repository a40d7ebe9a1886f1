/**
 * What emitted modules need of their host is what README.md says, kind by kind: each runs in a realm from
 * which everything younger than ES5 is taken that its row does not list.
 */

import { readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { text } from './building.js';

const here = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

/** The rows of README.md's table, by their first cell. */
const rows = new Map(
  [...here('../../../README.md').matchAll(/^\| ([^|]+) \| ((?:`\w+`(?:, )?)+) \|$/gm)].map(
    ([, kind, names]) => [kind!, [...names!.matchAll(/`(\w+)`/g)].map(([, name]) => name!)],
  ),
);

/** Globals that engines got after ES5, or that are no part of the language. */
const YOUNGER = [
  'globalThis',
  'Symbol',
  'Reflect',
  'Map',
  'Set',
  'WeakMap',
  'WeakSet',
  'WeakRef',
  'BigInt',
  'Proxy',
  'Promise',
  'FinalizationRegistry',
  'Atomics',
  'SharedArrayBuffer',
  'WebAssembly',
  'BigInt64Array',
  'BigUint64Array',
  'AggregateError',
  'Iterator',
  'Intl',
  'console',
  'escape',
  'unescape',
  'eval',
  'Function',
];

/** Runs a script and then an expression where there is only ES5 and what is listed. */
function runWith(needs: readonly string[], script: string, use: string): unknown {
  const realm = createContext({});
  const taken = YOUNGER.filter((name) => !needs.includes(name)).map(
    (name) => `delete global.${name};`,
  );
  runInContext(`(function (global) { ${taken.join(' ')} })(this)`, realm);
  runInContext(script, realm);
  return runInContext(use, realm);
}

const COMMAND = `(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "text")
  (func (export "_start")
    (i32.store (i32.const 0) (i32.const 64))
    (i32.store (i32.const 4) (i32.const 4))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    (call $exit (i32.load (i32.const 8)))))`;

const kinds: { kind: string; wat: string; use: string; result: unknown; without?: string }[] = [
  {
    kind: 'numbers alone',
    wat: `(module (func (export "f") (param i32 f64) (result f64)
      (f64.add (f64.convert_i32_s (local.get 0)) (local.get 1))))`,
    use: 'lib.f(2, 0.5)',
    result: 2.5,
  },
  {
    kind: 'a memory',
    wat: `(module (memory (export "m") 1) (data (i32.const 4) "a")
      (func (export "f") (param i32) (result i32) (i32.load (local.get 0))))`,
    use: 'lib.f(4) + lib.m.grow(1) + lib.m.buffer.byteLength',
    result: 97 + 1 + 131072,
  },
  {
    kind: 'imported functions',
    wat: `(module (import "a" "b" (func $b (param i32) (result i32)))
      (func (export "f") (result i32) (i32.add (call $b (i32.const 3)) (i32.const 1))))`,
    use: 'lib.instantiate({ a: { b: function (x) { return 2 * x; } } }).f()',
    result: 7,
  },
  {
    kind: 'a table',
    wat: `(module (table (export "t") 2 funcref) (type $t (func (result i32)))
      (elem (i32.const 0) $g) (func $g (result i32) (i32.const 1))
      (func (export "f") (param i32) (result i32) (call_indirect (type $t) (local.get 0))))`,
    use: 'lib.f(0) + lib.t.length + lib.t.get(0)()',
    result: 4,
  },
  {
    kind: 'i64 inside',
    wat: `(module (func (export "f") (param i32) (result i32)
      (i32.wrap_i64 (i64.div_u (i64.mul (i64.extend_i32_s (local.get 0)) (i64.const 10000000000))
        (i64.const 5000000000)))))`,
    use: 'lib.f(21)',
    result: 42,
  },
  {
    kind: 'i64 in its exports or imports',
    wat: '(module (func (export "f") (param i64) (result i64) (i64.mul (local.get 0) (local.get 0))))',
    use: "String(lib.f(BigInt('3000000000')))",
    result: '9000000000000000000',
    without: 'BigInt',
  },
  {
    kind: 'a WASI command',
    wat: COMMAND,
    use: "var out = ''; lib.run({ stdout: function (b) { out += b.length; } }) + out",
    result: '44',
    without: 'BigInt',
  },
];

describe.each(kinds)('$kind', ({ kind, wat, use, result, without }) => {
  const script = async (): Promise<string> => {
    const source = here('../../wasi-runtime/dist/bundle/auto.js');
    const wasi = kind === 'a WASI command' ? { wasi: { mode: 'bundle', source } as const } : {};
    return text(wat, { format: 'iife', globalName: 'lib', ...wasi });
  };

  test('runs with what the README lists', async () => {
    expect(runWith(rows.get(kind)!, await script(), use)).toBe(result);
  });

  if (without !== undefined) {
    test(`does not without ${without}`, async () => {
      const needs = rows.get(kind)!.filter((name) => name !== without);
      const source = await script();
      expect(() => runWith(needs, source, use)).toThrow();
    });
  }
});

test('a shared memory says what its realm lacks', async () => {
  const source = await text(
    '(module (memory (export "m") 1 2 shared) (func (export "f") (i32.atomic.store (i32.const 0) (i32.const 1))))',
    { format: 'iife', globalName: 'lib', namedExports: false },
  );
  const needs = ['globalThis', 'Symbol', 'Reflect', 'Map', 'Set', 'WeakMap', 'WeakRef', 'Proxy'];
  const use = 'try { lib.instantiate() } catch (error) { String(error) }';
  const lacks = 'TypeError: WebAssembly memory: this realm has no SharedArrayBuffer';
  expect(runWith(needs, source, use)).toBe(lacks);
  expect(runWith([...needs, 'Atomics', 'SharedArrayBuffer'], source, use)).not.toBe(lacks);
});
