/** Modules that are compiled where they run, all at once or function by function. */
import { readdirSync, readFileSync } from 'node:fs';
import { decodeModule } from '@wasm2js/decoder';
import { validateModule } from '@wasm2js/validator';
import { describe, expect, test } from 'vitest';
import { OPTIMIZE_FOR, type OptimizeFor } from '../src/options.js';
import { compileForNow } from '../src/runtime.js';
import { libraryFiles } from '../src/support/files.js';
import { declarationsOf, EMITTED } from '../src/support/library.js';
import { decode, type Loaded } from './building.js';

/** Compiles a module; gives `instantiate`, and the indices of the functions that were compiled, in order. */
function ready(
  module: ReturnType<typeof decodeModule>,
  lazy: boolean,
  functionBudget?: number,
  optimizeFor?: OptimizeFor,
) {
  const made = compileForNow(module, { functionBudget, optimizeFor }, lazy);
  const compiled: number[] = [];
  const text = (index: number): string => {
    compiled.push(index);
    return made.functionText(index);
  };
  const instantiate = new Function('_wasm', '_text', made.body)(module.bytes, text);
  return { instantiate: instantiate as (imports?: unknown) => Loaded, compiled };
}

test('uses are found in texts as the parser finds them, or a few more', () => {
  const all = libraryFiles().filter((item) => !item.ahead);
  const found = declarationsOf(all.map(({ text }) => text));
  expect(found.map(({ name }) => name)).toEqual(all.map(({ name }) => name));
  const names = new Set(all.map(({ name }) => name));
  all.forEach(({ name, uses }, i) => {
    const known = uses.filter((used) => names.has(used) || EMITTED.test(used));
    expect(found[i]!.uses, name).toEqual(expect.arrayContaining(known));
  });
  const count = (list: { uses: string[] }[]) =>
    list.reduce((sum, { uses }) => sum + uses.length, 0);
  expect(count(found)).toBeLessThan(count(all) * 1.1);
});

test('what run-time code may ask for is complete without the rest of the library', () => {
  const all = libraryFiles();
  const ahead = new Set(all.filter((item) => item.ahead).map(({ name }) => name));
  expect(ahead.size).toBeGreaterThan(20);
  const missing = all
    .filter((item) => !item.ahead)
    .flatMap(({ name, uses }) =>
      uses.filter((used) => ahead.has(used)).map((used) => `${name} uses ${used}`),
    );
  // Objects of the host are behind a test that the realm's `_is_native` never passes (emit/realm.ts).
  const mirrored =
    /^_import_(?:memory|table|global) uses _(?:probe|native)_(?:memory|table|global)$/;
  expect(missing.filter((line) => !mirrored.test(line))).toEqual([]);
});

describe.each([false, true])('lazy: %s', (lazy) => {
  const load = async (wat: string, imports?: unknown) => {
    const { instantiate, compiled } = ready(await decode(wat), lazy);
    return { exports: instantiate(imports), compiled };
  };

  test('functions, tables, globals, memories, segments, start', async () => {
    const { exports } = await load(`(module (memory 1) (global $g (mut i64) (i64.const 5))
      (table 4 funcref) (elem (i32.const 1) $double $start) (type $t (func (param i32) (result i32)))
      (data (i32.const 8) "\\07\\08") (data $p "xyz") (elem $e func $double)
      (func $double (type $t) (i32.mul (local.get 0) (i32.const 2)))
      (func $start (global.set $g (i64.mul (global.get $g) (i64.const 1000000007))))
      (func (export "call") (param i32 i32) (result i32)
        (call_indirect (type $t) (local.get 1) (local.get 0)))
      (func (export "wide") (result i64) (global.get $g))
      (func (export "byte") (param i32) (result i32) (i32.load8_u (local.get 0)))
      (func (export "init") (memory.init $p (i32.const 0) (i32.const 1) (i32.const 2)) (data.drop $p))
      (func (export "entry") (table.init $e (i32.const 3) (i32.const 0) (i32.const 1)) (elem.drop $e))
      (start $start))`);
    expect(exports.wide()).toBe(5000000035n);
    expect(exports.call(1, 21)).toBe(42);
    expect(() => exports.call(2, 1)).toThrow(/indirect call type mismatch/);
    expect(() => exports.call(3, 1)).toThrow(/uninitialized element/);
    exports.entry();
    expect(exports.call(3, 4)).toBe(8);
    expect([exports.byte(8), exports.byte(9)]).toEqual([7, 8]);
    exports.init();
    expect([exports.byte(0), exports.byte(1)]).toEqual([121, 122]);
    expect(() => exports.init()).toThrow(/out of bounds memory access/);
    expect(() => exports.entry()).toThrow(/out of bounds table access/);
    expect(() => exports.byte(-1)).toThrow(/out of bounds memory access/);
  });

  test('references are the same function before and behind the first call', async () => {
    const { exports } = await load(`(module (table (export "t") 1 funcref) (elem (i32.const 0) $f)
      (func $f (export "f") (param f32 f64) (result f64 f32) (local.get 1) (local.get 0))
      (func (export "ref") (result funcref) (ref.func $f)))`);
    const before = exports.t.get(0);
    expect(before(1.5, 2)).toEqual([2, 1.5]);
    expect([exports.f, exports.t.get(0), exports.ref()]).toEqual([before, before, before]);
    expect([exports.f.name, exports.f.length]).toEqual(['0', 2]);
  });

  test('tail calls, direct and through references, do not fill the stack', async () => {
    const { exports } = await load(`(module (type $t (func (param i32) (result i32)))
      (table 2 funcref) (elem (i32.const 0) $even $odd)
      (func $even (export "even") (type $t) (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 1))
        (else (return_call $odd (i32.sub (local.get 0) (i32.const 1))))))
      (func $odd (type $t) (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 0))
        (else (return_call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0))))))`);
    expect([exports.even(100001), exports.even(200000)]).toEqual([0, 1]);
  });

  test('a full stack is a trap wherever it is met, and no function is lost', async () => {
    const chain = Array.from(
      { length: 40 },
      (_, i) => `(func $f${i} (param i32) (result i32)
        (i32.add (i32.const 1) (call $f${(i + 1) % 40} (i32.sub (local.get 0) (i32.const 1)))))`,
    );
    const { exports } = await load(`(module ${chain.join('')}
      (func $stop (param i32) (result f64) (f64.convert_i32_s (local.get 0)))
      (func (export "run") (param i32) (result i32) (call $f0 (local.get 0)))
      (func $down (export "down") (param i32) (result f64) (if (result f64) (i32.eqz (local.get 0))
        (then (call $stop (i32.const 7)))
        (else (call $down (i32.sub (local.get 0) (i32.const 1)))))))`);
    for (let i = 0; i < 3; i++) expect(() => exports.run(1)).toThrow(/call stack exhausted/);
    // Somewhere on the way down there is no room left for the compiler.
    for (let depth = 64; depth < 20000; depth += 64) {
      try {
        expect(exports.down(depth)).toBe(7);
      } catch (error) {
        expect((error as Error).message).toMatch(/call stack exhausted/);
      }
    }
    expect(exports.down(3)).toBe(7);
  });

  test('functions that are split, and those that call themselves', () => {
    const folder = new URL('./cases/', import.meta.url);
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.wasm'))) {
      const module = decodeModule(new Uint8Array(readFileSync(new URL(name, folder))));
      validateModule(module);
      const { instantiate } = ready(module, lazy, 500);
      const { instantiate: whole } = ready(module, false);
      const imports = Object.fromEntries(
        module.imports.map(({ module: from, name: item }) => [from, { [item]: () => 0 }]),
      );
      const [a, b] = [instantiate(imports), whole(imports)];
      for (const [key, value] of Object.entries(a)) {
        if (typeof value !== 'function') continue;
        for (const n of [0, 1, 7, 2999]) expect(value(n), `${name} ${key}`).toEqual(b[key](n));
      }
    }
  });
});

test.each(OPTIMIZE_FOR)(
  'lazy, for %s: what functions of Math are called is the same',
  async (optimizeFor) => {
    const module = await decode(`(module (memory 1)
    (func (export "mul") (param i32 i32) (result i32) (i32.mul (local.get 0) (local.get 1)))
    (func (export "clz") (param i32) (result i32) (i32.clz (local.get 0)))
    (func (export "sum") (param f32 f32) (result f32) (f32.sqrt (f32.add (local.get 0) (local.get 1)))))`);
    const { mul, clz, sum } = ready(module, true, undefined, optimizeFor).instantiate();
    expect([mul(0x12345678, 3), clz(1), sum(20, 16.0000001)]).toEqual([0x369d0368, 31, 6]);
  },
);

test('lazy: only what is called is compiled, once for an instance', async () => {
  const module = await decode(`(module
    (func $a (export "a") (result i32) (i32.const 1)) (func $b (export "b") (result i32) (call $c))
    (func $c (result i32) (i32.const 3)))`);
  const { instantiate, compiled } = ready(module, true);
  const one = instantiate();
  expect(compiled).toEqual([]);
  expect([one.b(), one.b(), one.b()]).toEqual([3, 3, 3]);
  expect(compiled).toEqual([1, 2]);
  const other = instantiate();
  expect(other.a()).toBe(1);
  expect(compiled).toEqual([1, 2, 0]);
});
