/** `instantiate.Function`: functions of JavaScript as function references, without WebAssembly. */
import { expect, test } from 'vitest';
import { evaluate, evaluateBare, load, text } from './building.js';
import { caseText } from './cases.js';

test.each(['with', 'without'])('addfunction.wat, %s WebAssembly in the host', async (kind) => {
  const source = await text(caseText('addfunction.wat'));
  const { instantiate, t, call } = (kind === 'with' ? evaluate : evaluateBare)(source);
  const seen: unknown[][] = [];
  const f = (...args: unknown[]) => {
    seen.push(args);
  };
  expect(() => t.set(0, f)).toThrow(/function-typed object expected/);
  const wrapped = new instantiate.Function({ parameters: ['i32', 'i32', 'i32'], results: [] }, f);
  t.set(1, wrapped);
  call(1);
  expect(seen).toEqual([[1, 2, 3]]);
  expect(t.get(1)).toBe(wrapped);
  t.set(0, new instantiate.Function({ parameters: ['i32'], results: [] }, f));
  expect(() => call(0)).toThrow('indirect call type mismatch');
  expect(t.grow(1, wrapped)).toBe(2);
  call(2);
  expect(seen.length).toBe(2);
});

test('Emscripten’s addFunction', async () => {
  const { instantiate, t, call } = await load(caseText('addfunction.wat'));
  const WebAssembly = instantiate;
  const sigToWasmTypes = (sig: string) => {
    const types: Record<string, string> = {
      i: 'i32',
      j: 'i64',
      f: 'f32',
      d: 'f64',
      e: 'externref',
      p: 'i32',
    };
    const [result, ...params] = sig;
    return {
      parameters: params.map((code) => types[code!]),
      results: result === 'v' ? [] : [types[result!]],
    };
  };
  const convert = (f: () => void, sig: string) => new WebAssembly.Function(sigToWasmTypes(sig), f);
  const addFunction = (f: () => void, sig: string) => {
    const index = t.grow(1);
    try {
      t.set(index, f);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      t.set(index, convert(f, sig));
    }
    return index;
  };
  let calls = 0;
  call(addFunction(() => calls++, 'viii'));
  expect(calls).toBe(1);
});

const USES = `(module
  (type $all (func (param i32 i64 f32 f64 externref funcref) (result f64 i64 externref f32 i32 funcref)))
  (type $f (func (param f32) (result f32))) (type $d (func (param f64) (result f64)))
  (table (export "t") 4 funcref) (elem declare func $own)
  (func $own (export "own") (type $d) local.get 0)
  (func (export "all") (type $all) local.get 0 local.get 1 local.get 2 local.get 3 local.get 4 local.get 5
    i32.const 0 call_indirect (type $all))
  (func (export "ref") (param (ref $all)) (result i64)
    (local $l i64)
    i32.const -1 i64.const -2 f32.const 0.5 f64.const 0.25 ref.null extern ref.func $own local.get 0 call_ref $all
    drop drop drop drop local.set $l drop local.get $l)
  (func (export "bits32") (param i32) (result i32) local.get 0 f32.reinterpret_i32 i32.const 1 call_indirect (type $f) i32.reinterpret_f32)
  (func (export "bits64") (param i64) (result i64) local.get 0 f64.reinterpret_i64 i32.const 2 call_indirect (type $d) i64.reinterpret_f64))`;

const ALL = {
  parameters: ['i32', 'i64', 'f32', 'f64', 'externref', 'funcref'],
  results: ['f64', 'i64', 'externref', 'f32', 'i32', 'funcref'],
};

test('all types, in the order of components and through the channel', async () => {
  const x = (await load(USES)).instantiate();
  const { Function: Made } = (await load(USES)).instantiate;
  const seen: unknown[][] = [];
  const f = (...args: unknown[]) => {
    seen.push(args);
    const [i, l, s, d, e, g] = args as [number, bigint, number, number, unknown, unknown];
    return [d, l, e, s, i, g];
  };
  const made = new Made(ALL, f);
  x.t.set(0, made);
  const args = [-5, -(2n ** 40n), 0.5, -0, { any: 1 }, x.own];
  const results = [-0, -(2n ** 40n), args[4], 0.5, -5, x.own];
  expect(x.all(...args)).toEqual(results);
  expect(seen.pop()).toEqual(args);
  expect(made(2 ** 32 + 1, 2n ** 64n + 3n, 0.1, '2', undefined, null, 'more')).toEqual([
    2,
    3n,
    undefined,
    Math.fround(0.1),
    1,
    null,
  ]);
  expect(seen.pop()!.length).toBe(6);
  expect(x.t.get(0)).toBe(made);
  expect(() => made(1, 1)).toThrow(TypeError);
  expect(() => made(1, 1n, 1, 1, 1, () => 1)).toThrow(TypeError);
});

test('a typed reference is called', async () => {
  const x = (await load(USES)).instantiate();
  const { Function: Made } = (await load(USES)).instantiate;
  expect(x.ref(new Made(ALL, () => [1.5, 7n, null, 2.5, 3, null]))).toBe(7n);
});

test('NaN from JavaScript is the canonical one', async () => {
  const { instantiate } = await load(USES);
  const x = instantiate();
  x.t.set(1, new instantiate.Function({ parameters: ['f32'], results: ['f32'] }, (n: number) => n));
  x.t.set(2, new instantiate.Function({ parameters: ['f64'], results: ['f64'] }, (n: number) => n));
  expect(x.bits32(0x3f800000)).toBe(0x3f800000);
  expect(x.bits32(0x7fa00001)).toBe(0x7fc00000);
  expect(x.bits64(0x7ff0000000000001n)).toBe(0x7ff8000000000000n);
});

test('errors pass unchanged, results are checked', async () => {
  const { instantiate } = await load(USES);
  const x = instantiate();
  let give: () => unknown = () => 5;
  x.t.set(0, new instantiate.Function(ALL, () => give()));
  const error = new RangeError('stack');
  for (const wrong of [
    () => 5,
    () => [1],
    () => [1, 2, 3, 4, 5, null],
    () => [1, 2n, 3, 4, 5, () => 1],
  ]) {
    give = wrong;
    expect(() => x.all(1, 1n, 1, 1, 1, null)).toThrow(TypeError);
  }
  give = () => {
    throw error;
  };
  let caught: unknown;
  try {
    x.all(1, 1n, 1, 1, 1, null);
  } catch (thrown) {
    caught = thrown;
  }
  expect(caught).toBe(error);
});

test('the class: arguments, shape, type, subclass; one for all modules', async () => {
  const { instantiate } = await load(USES);
  const Made = instantiate.Function;
  const type = { parameters: ['i32'], results: ['i64'] };
  expect(Made).toBe((await load(caseText('addfunction.wat'))).instantiate.Function);
  for (const args of [
    [],
    [type],
    [type, 5],
    [{}, () => 1],
    [{ parameters: [] }, () => 1],
    [{ parameters: ['x'], results: [] }, () => 1],
    [5, () => 1],
  ])
    expect(() => new Made(...args)).toThrow(TypeError);
  expect(() => Made(type, () => 1)).toThrow(TypeError);
  const made = new Made(type, function name() {
    return 5n;
  });
  expect([made.length, made.name, typeof made, made()]).toEqual([1, 'name', 'function', 5n]);
  expect([made instanceof Made, made instanceof Function, Made.length, Made.name]).toEqual([
    true,
    true,
    2,
    'Function',
  ]);
  expect(made.type()).toEqual(type);
  expect(() => new made()).toThrow(TypeError);
  class Mine extends Made {}
  expect(new Mine(type, () => 1n)).toBeInstanceOf(Mine);
});

test('it is imported as a function of its type by any module, and is itself when exported again', async () => {
  const { instantiate } = await load(USES);
  const importer =
    await load(`(module (import "e" "f" (func $f (param i64) (result i64 f64))) (export "f" (func $f))
    (func (export "run") (result i64 f64) i64.const 20 call $f))`);
  const f = new instantiate.Function(
    { parameters: ['i64'], results: ['i64', 'f64'] },
    (n: bigint) => [n + 1n, 0.5],
  );
  const x = importer.instantiate({ e: { f } });
  expect(x.run()).toEqual([21n, 0.5]);
  expect(x.f).toBe(f);
  const other = new instantiate.Function({ parameters: ['i32'], results: [] }, () => {});
  expect(() => importer.instantiate({ e: { f: other } })).toThrow(importer.instantiate.LinkError);
});
