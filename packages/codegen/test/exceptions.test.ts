/** Exceptions: what the official suite does not look at (the host's exceptions, traps, splitting, tail calls). */
import { describe, expect, test } from 'vitest';
import { evaluateBare, type Loaded, load, native, text } from './building.js';

const outcome = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error;
  }
};

/** Each with the default budget, with every function split, and in a realm without WebAssembly. */
const WAYS: [string, (wat: string) => Promise<Loaded>][] = [
  ['whole', (wat) => load(wat)],
  ['split', (wat) => load(wat, { functionBudget: 60 })],
  ['bare', async (wat) => evaluateBare(await text(wat))],
];

describe.each(WAYS)('exceptions, %s', (_, build) => {
  test('JavaScript gets values behind a vector, and no vector', async () => {
    const { instantiate } = await build(`(module
      (tag $t (export "t") (param v128 i32 v128 i64 f32))
      (func (export "f") (param i32 i64)
        (throw $t (v128.const i32x4 1 2 3 4) (local.get 0) (v128.const i32x4 5 6 7 8) (local.get 1) (f32.const 0.5))))`);
    const { f, t } = instantiate();
    const exn = outcome(() => f(-9, 1n << 40n)) as { getArg(tag: object, index: number): unknown };
    expect([1, 3, 4].map((i) => exn.getArg(t, i))).toEqual([-9, 1n << 40n, 0.5]);
    for (const i of [0, 2]) expect(() => exn.getArg(t, i)).toThrow(/type v128/);
  });

  test('a handler takes no trap, whatever kind, and however it came', async () => {
    const { instantiate } = await build(`(module
      (import "env" "f" (func $f)) (memory 1) (table 1 funcref) (type $t (func))
      (func $deep (call $deep))
      (func $trap (param i32)
        (block (block (block (block (block (br_table 0 1 2 3 4 (local.get 0)))
          (unreachable)) (drop (i32.load (i32.const -1))) (return))
          (call_indirect (type $t) (i32.const 0)) (return))
          (drop (i32.div_s (i32.const 1) (i32.const 0))) (return))
        (call $deep))
      (func (export "table") (param i32) (result i32)
        (block $h (result exnref) (try_table (catch_all_ref $h) (call $trap (local.get 0))) (return (i32.const 1)))
        (drop) (i32.const 2))
      (func (export "legacy") (param i32) (result i32)
        try (result i32) (call $trap (local.get 0)) (i32.const 1) catch_all (i32.const 2) end)
      (func (export "host") (result i32)
        (block $h (try_table (catch_all $h) (call $f)) (return (i32.const 1))) (i32.const 2)))`);
    let f = () => {};
    const exports = instantiate({ env: { f: () => f() } });
    const messages = [
      'unreachable',
      'out of bounds memory access',
      'uninitialized element',
      'integer divide by zero',
      'call stack exhausted',
    ]; // prettier-ignore
    messages.forEach((message, kind) => {
      for (const name of ['table', 'legacy']) {
        const trap = outcome(() => exports[name](kind)) as Error;
        expect([name, trap.name, trap.message]).toEqual([name, 'RuntimeError', message]);
        // Through the host it stays a trap.
        f = () => exports[name](kind);
        expect(outcome(() => exports.host())).toMatchObject({ message });
      }
    });
  });

  test('what the host throws is caught, and leaves as it came', async () => {
    const refuse = (): never => {
      throw new Error('asked');
    };
    const hostile = { get: refuse, has: refuse, getPrototypeOf: refuse };
    const { instantiate } = await build(`(module
      (import "env" "f" (func $f)) (tag $js (import "env" "js") (param externref))
      (func (export "all") (result i32)
        (block $h (try_table (catch_all $h) (call $f)) (return (i32.const 1))) (i32.const 2))
      (func (export "js") (result externref)
        (block $h (result externref) (try_table (catch $js $h) (call $f)) (ref.null extern)))
      (func (export "again")
        (block $h (result exnref) (try_table (catch_all_ref $h) (call $f)) (return)) (throw_ref))
      (func (export "legacy") try (call $f) catch_all rethrow 0 end)
      (func (export "make") (param externref) (throw $js (local.get 0)))
      (func (export "made") (param externref) (result externref)
        (block $h (result externref)
          (try_table (catch $js $h) (throw $js (local.get 0))) (ref.null extern))))`);
    for (const value of [
      new RangeError('x'),
      new TypeError('call stack'),
      5,
      undefined,
      null,
      NaN,
      { frozen: Object.freeze({}) },
      new Error('e'),
      // Neither is an exception; asked what it is, one of them answers by errors.
      Object.create(instantiate.Exception.prototype),
      new Proxy({}, hostile),
    ]) {
      // prettier-ignore
      const f = () => {
        throw value;
      };
      const exports = instantiate({ env: { f, js: instantiate.JSTag } });
      expect(exports.all()).toBe(2);
      expect(exports.js()).toBe(value);
      for (const name of ['again', 'legacy']) {
        let caught: unknown = 'nothing';
        try {
          exports[name]();
        } catch (error) {
          caught = error;
        }
        expect(caught).toBe(value);
      }
      expect(exports.made(value)).toBe(value);
      let made: unknown = 'nothing';
      try {
        exports.make(value);
      } catch (error) {
        made = error;
      }
      expect(made).toBe(value);
    }
  });

  test('values of all types, NaN bits among them', async () => {
    const { instantiate } = await build(`(module
      (tag $t (export "t") (param i32 i64 f32 f64 externref funcref))
      (func $id (param i32) (result i32) (local.get 0))
      (func (export "round") (param i64) (result i64 i32)
        (local $i i32) (local $l i64) (local $f i32) (local $d i64)
        (block $h (result i32 i64 f32 f64 externref funcref)
          (try_table (catch $t $h)
            (throw $t (i32.const 7) (i64.const -3) (f32.reinterpret_i32 (i32.const 0x7fa00001))
              (f64.reinterpret_i64 (local.get 0)) (ref.null extern) (ref.func $id)))
          (unreachable))
        (drop) (drop) (local.set $d (i64.reinterpret_f64)) (local.set $f (i32.reinterpret_f32))
        (drop) (drop)
        (local.get $d) (local.get $f))
      (func (export "throw") (param i32 i64 f32 f64 externref)
        (throw $t (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (ref.func $id)))
      (elem declare func $id))`);
    const { round, t, throw: toss } = instantiate();
    expect(round(0x7ff4000000000001n)).toEqual([0x7ff4000000000001n, 0x7fa00001]);
    const key = {};
    const exn = outcome(() => toss(1, -2n, 1.5, -0.25, key)) as Loaded;
    expect(exn).toBeInstanceOf(instantiate.Exception);
    expect(exn.is(t)).toBe(true);
    expect([0, 1, 2, 3, 4].map((i) => exn.getArg(t, i))).toEqual([1, -2n, 1.5, -0.25, key]);
    expect(exn.getArg(t, 5)(3)).toBe(3);
    expect(outcome(() => exn.getArg(t, 6))).toMatchObject({ name: 'RangeError' });
    expect(() => exn.getArg(instantiate.JSTag, 0)).toThrow(/tag/);
  });

  test('options of an exception are an object', async () => {
    const { instantiate } = await build('(module (tag (export "t")))');
    const { t } = instantiate();
    for (const options of [undefined, null, {}, () => {}])
      expect(new instantiate.Exception(t, [], options).is(t)).toBe(true);
    for (const options of [0, 7, '', 'traceStack', true, 1n, Symbol()])
      expect(outcome(() => new instantiate.Exception(t, [], options))).toMatchObject({
        name: 'TypeError',
      });
  });

  test('an exception that JavaScript makes is caught by its tag', async () => {
    const { instantiate } = await build(`(module
      (tag $t (import "env" "t") (param i32 i64)) (import "env" "f" (func $f))
      (func (export "run") (result i32 i64)
        (block $h (result i32 i64) (try_table (catch $t $h) (call $f)) (i32.const 0) (i64.const 0))))`);
    const t = new instantiate.Tag({ parameters: ['i32', 'i64'] });
    const other = new instantiate.Tag({ parameters: ['i32', 'i64'] });
    let thrown = new instantiate.Exception(t, [4, 5n]);
    const exports = instantiate({
      env: {
        t,
        f: () => {
          throw thrown;
        },
      },
    });
    expect(exports.run()).toEqual([4, 5n]);
    thrown = new instantiate.Exception(other, [4, 5n]);
    expect(outcome(() => exports.run())).toBe(thrown);
    expect(thrown.stack).toBe(undefined);
    expect(typeof new instantiate.Exception(t, [1, 2n], { traceStack: true }).stack).toBe('string');
    for (const args of [[], [t], [t, [1]], [t, 5], [{}, []], [instantiate.JSTag, [1]], [t, [1, 2]]])
      expect(() => new instantiate.Exception(...args)).toThrow(/./);
    expect(() => instantiate({ env: { t: instantiate.JSTag, f() {} } })).toThrow(/tag/);
  });

  test('locals in handlers are as they were when it was thrown', async () => {
    const { instantiate } = await build(
      `(module (memory (export "m") 1 9)
      (tag $t (param i32))
      (func $at (param i32 i32)
        (if (i32.eq (local.get 0) (local.get 1)) (then (throw $t (i32.mul (local.get 0) (i32.const 100))))))
      (func $grow (param i32) (drop (memory.grow (i32.const 1))) (throw $t (local.get 0)))
      (func (export "run") (param $n i32) (result i64)
        (local $a i64) (local $f f64) (local $i i32)
        (local.set $a (i64.const 1))
        (block $h (result i32)
          (try_table (catch $t $h)
            (local.set $a (i64.add (local.get $a) (i64.const 0x100000000)))
            (call $at (local.get $n) (i32.const 1))
            (local.set $a (i64.mul (local.get $a) (i64.const 3)))
            (local.set $f (f64.const 2))
            (call $at (local.get $n) (i32.const 2))
            (loop $l
              (local.set $a (i64.add (local.get $a) (i64.const 7)))
              (call $at (local.get $n) (i32.add (local.get $i) (i32.const 3)))
              (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 4))))
            (local.set $f (f64.const 5)))
          (i32.const 9))
        (i64.extend_i32_s)
        (i64.add (i64.mul (local.get $a) (i64.const 1000000)))
        (i64.add (i64.trunc_f64_s (f64.mul (local.get $f) (f64.const 10000)))))
      (func (export "view") (result i32)
        (block $h (result i32) (try_table (catch $t $h) (call $grow (i32.const 65536))) (unreachable))
        (i32.store (i32.const 77)) (i32.load (i32.const 65536))))`.replace(
        '(i32.store (i32.const 77))',
        '(i32.const 77) (i32.store)',
      ),
    );
    const { run, view } = instantiate();
    const A = 0x100000001n;
    const expected = (n: number): bigint => {
      let a = A;
      let f = 0n;
      if (n === 1) return a * 1000000n + 100n;
      a *= 3n;
      f = 20000n;
      if (n === 2) return a * 1000000n + f + 200n;
      for (let i = 0; i < 4; i++) {
        a += 7n;
        if (n === i + 3) return a * 1000000n + f + BigInt(n) * 100n;
      }
      return a * 1000000n + 50000n + 9n;
    };
    for (let n = 0; n < 9; n++) expect([n, run(n)]).toEqual([n, expected(n)]);
    expect(view()).toBe(77);
  });

  test('a tail call leaves the handlers of its function', async () => {
    const { instantiate } = await build(
      `(module
      (tag $t (param i32)) (type $f (func (param i32) (result f64)))
      (table funcref (elem $throws)) (elem declare func $throws)
      (func $throws (type $f) (throw $t (local.get 0)))
      (func $by (param i32 i32) (result f64)
        (block $h (result i32)
          (try_table (catch $t $h)
            (if (i32.eq (local.get 1) (i32.const 0)) (then (return_call $throws (local.get 0))))
            (if (i32.eq (local.get 1) (i32.const 1))
              (then (return_call_indirect (type $f) (local.get 0) (i32.const 0))))
            (if (i32.eq (local.get 1) (i32.const 2))
              (then (return_call_ref $f (local.get 0) (ref.func $throws))))
            (drop (call $throws (i32.const 5))))
          (unreachable))
        (f64.convert_i32_s))
      (func (export "run") (param i32) (result f64)
        (block $h (result i32)
          (try_table (result f64) (catch $t $h) (call $by (i32.const 40) (local.get 0)))
          (return))
        (f64.convert_i32_s (i32.add (i32.const 1)))))`.replace(
        '(f64.convert_i32_s (i32.add (i32.const 1)))',
        '(i32.const 1) (i32.add) (f64.convert_i32_s)',
      ),
    );
    const { run } = instantiate();
    expect([0, 1, 2, 3].map((i) => run(i))).toEqual([41, 41, 41, 5]);
  });

  test('delegate passes the handlers between by', async () => {
    const { run, outside } = await build(`(module
      (tag $t (param i32))
      (func (export "run") (param i32) (result i32)
        try $outer (result i32)
          try $middle (result i32)
            try (result i32)
              try (result i32)
                (if (i32.eq (local.get 0) (i32.const 0)) (then (throw $t (i32.const 1))))
                i32.const 2
              delegate $middle
            catch $t i32.const 10 i32.add end
          catch $t
            (if (result i32) (i32.eq (local.get 0) (i32.const 0))
              (then (i32.const 30)) (else (i32.const 31)))
            i32.add
          end
        catch $t i32.const 20 i32.add end)
      (func (export "outside") (param i32) (result i32)
        (block $far
          try
            try
              try (throw $t (local.get 0)) delegate 2
            catch_all end
          catch_all (return (i32.const 99)) end)
        (i32.const 3)))`);
    expect([run(0), run(1)]).toEqual([31, 2]);
    expect(String(outcome(() => outside(5)))).toBe('[object WebAssembly.Exception]');
  });
});

test.each([3, 50, 81, 300])('handlers nest %i deep', async (depth) => {
  // Level i throws for p = i, and takes what comes from inside, with a part of it thrown again.
  const level = (i: number): string =>
    i === depth
      ? '(local.set $acc (i32.add (local.get $acc) (i32.const 1)))'
      : `try
          (if (i32.eq (local.get $p) (i32.const ${i})) (then (throw $t (i32.const ${i}))))
          ${level(i + 1)}
          (if (i32.eq (local.get $p) (i32.const ${1000 + i})) (then (throw $u)))
        catch $t
          (local.set $acc (i32.add (i32.add (i32.mul (local.get $acc) (i32.const 3)) (i32.const ${i}))))
          ${i % 3 === 1 ? 'rethrow 0' : ''}
        ${i % 2 === 0 ? 'catch_all (local.set $acc (i32.xor (local.get $acc) (i32.const 77)))' : ''}
        end`;
  const wat = `(module (tag $t (param i32)) (tag $u)
    (func (export "f") (param $p i32) (result i32) (local $acc i32) ${level(0)} (local.get $acc)))`;
  const theirs = await native(wat);
  for (const options of [{}, { functionBudget: 60 }]) {
    const ours = await load(wat, options);
    for (const p of [-1, 0, 1, 2, 3, depth - 1, 1000, 1001, 1000 + depth - 1])
      expect([p, String(outcome(() => ours.f(p)))]).toEqual([
        p,
        String(outcome(() => theirs.f(p))),
      ]);
  }
});

describe('handlers that do not want an exception', () => {
  /** `depth` handlers of `$u` inside one another; $t is thrown inside all of them, and taken outside. */
  const legacy = (depth: number): string => `(module (tag $t (param i32)) (tag $u (param i32))
    (func (export "f") (param i32) (result i32)
      try (result i32)
        ${'try (result i32)\n'.repeat(depth)}
        (if (local.get 0) (then (throw $t (i32.const 7)))) (i32.const 1)
        ${'catch $u end (i32.add (i32.const 1))\n'.repeat(depth)}
      catch $t end))`;
  const tables = (depth: number): string => `(module (tag $t (param i32)) (tag $u (param i32))
    (func (export "f") (param i32) (result i32)
      block (result i32) try_table (result i32) (catch $t 0)
        ${'block (result i32) try_table (result i32) (catch $u 0)\n'.repeat(depth)}
        (if (local.get 0) (then (throw $t (i32.const 7)))) (i32.const 1)
        ${'end end (i32.add (i32.const 1))\n'.repeat(depth)}
      end end))`;
  /** Throws, rounds of loops and coercions at their heads in a text. */
  const counts = (source: string): number[] =>
    [/\bthrow\b/g, /\btry\b/g, /for\(;;\)\{(?:\w+\|=0\n)+/g].map(
      (pattern) => source.match(pattern)?.length ?? 0,
    );

  test.each([
    ['legacy', legacy],
    ['tables', tables],
  ])('%s: throw once, however many they are', async (_, module) => {
    // The support library and the innermost handlers throw; those of a deep function branch.
    const [few, many] = await Promise.all([150, 450].map((depth) => text(module(depth))));
    expect(counts(many!)).toEqual(counts(few!));
    expect(counts(many!)[2]).toBe(0);
    for (const options of [{}, { functionBudget: 60 }, { optimizeFor: 'interpreter' as const }]) {
      const { f } = await load(module(450), options);
      expect([f(0), f(1), f(0), f(1)]).toEqual([451, 7, 451, 7]);
    }
  });

  test('few of them stay as they are', async () => {
    const source = await text(legacy(20));
    expect(source.match(/\btry\b/g)!.length).toBeGreaterThan(20);
    expect((await load(legacy(20))).f(1)).toBe(7);
  });
});

test('functions that only throw have a round of a loop, for engines that count', async () => {
  const module = (tag: string) => `(module ${tag}
    (func $fail (param i32) ${tag ? '(throw $t (local.get 0))' : '(unreachable)'})
    (func $traps (param i32) (call $fail (local.get 0)) (unreachable))
    (func $either (param i32) (if (local.get 0) (then (return))) (call $fail (local.get 0)) (unreachable))
    (func (export "f") (param i32) (call $traps (local.get 0)) (call $either (local.get 0))))`;
  const rounds = async (tag: string, options = {}) =>
    (await text(module(tag), options)).match(/^function \$\w+(?=\(a\)\{var b\nb=2\ndo\{\}while)/gm);
  const tag = '(tag $t (param i32))';
  expect(await rounds(tag)).toEqual(['function $fail', 'function $traps']);
  expect(await rounds('')).toBeNull();
  expect(await rounds(tag, { optimizeFor: 'interpreter' })).toBeNull();
});
