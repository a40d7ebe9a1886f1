/** Errors of the host leave compiled code as they came; only the engine's own of emitted code are traps. */
import { createContext, runInContext } from 'node:vm';
import { expect, test } from 'vitest';
import { evaluateBare, type Loaded, load, text } from './building.js';
import { caseText } from './cases.js';

const IMPORTER = caseText('host-error-replaced.wat');

/** What `f` throws; "nothing" where it returns. */
function thrown(f: () => unknown): unknown {
  try {
    f();
  } catch (error) {
    return error;
  }
  return 'nothing';
}

/** Everything that a host may throw, also what looks like the engine's errors of a full stack. */
function hostErrors(): unknown[] {
  const overflow = (): unknown => overflow();
  const named = new Error('too much recursion');
  named.name = 'InternalError';
  const forbidden = new Proxy(new RangeError('call stack'), {
    get: () => expect.unreachable(),
    getPrototypeOf: () => expect.unreachable(),
  });
  return [
    new TypeError('option "recursion" must be a boolean'),
    new RangeError('Maximum call stack size exceeded'),
    new RangeError('stack overflow'),
    new RangeError('Offset is outside the bounds of the DataView'),
    new TypeError('undefined is not a function'),
    new TypeError('Cannot perform DataView.prototype.getInt32 on a detached ArrayBuffer'),
    named,
    Object.freeze(new RangeError('stack')),
    Object.freeze(new TypeError('recursion')),
    thrown(overflow),
    thrown(() => new DataView(new ArrayBuffer(1)).getInt32(0)),
    thrown(() => (undefined as unknown as () => void)()),
    forbidden,
    new WebAssembly.RuntimeError('mine'),
    runInContext('new RangeError("stack of another realm")', createContext({})),
    'text',
    0,
    null,
    undefined,
    Symbol('s'),
    { message: 'stack' },
    Number.NaN,
  ];
}

test('whatever an import throws leaves as the same value', async () => {
  const { instantiate } = await load(IMPORTER);
  for (const error of hostErrors()) {
    const f = () => {
      throw error;
    };
    expect(Object.is(thrown(instantiate({ env: { f } }).run), error)).toBe(true);
  }
});

test('the same through two modules, a table, the start function and the host between', async () => {
  const { instantiate } = await load(IMPORTER);
  const chain = await load(`(module (import "env" "f" (func $f)) (table (export "t") 1 funcref)
    (elem (i32.const 0) $f) (func (export "run") (call_indirect (i32.const 0))))`);
  const starts = await load(`(module (import "env" "f" (func $f)) (start $f))`);
  for (const error of hostErrors()) {
    const f = () => {
      throw error;
    };
    const inner = instantiate({ env: { f } });
    const direct = chain.instantiate({ env: { f: inner.run } });
    const between = chain.instantiate({ env: { f: () => inner.run() } });
    for (const run of [direct.run, direct.t.get(0), between.run]) {
      expect(Object.is(thrown(run), error)).toBe(true);
    }
    expect(
      Object.is(
        thrown(() => starts.instantiate({ env: { f: inner.run } })),
        error,
      ),
    ).toBe(true);
  }
});

const CONVERSIONS = `(module
  (import "env" "i32" (func $i32 (result i32))) (import "env" "f32" (func $f32 (result f32)))
  (import "env" "f64" (func $f64 (result f64))) (import "env" "i64" (func $i64 (result i64)))
  (import "env" "two" (func $two (result i32 i64)))
  (func (export "i32") (result i32) (call $i32)) (func (export "f32") (result f32) (call $f32))
  (func (export "f64") (result f64) (call $f64)) (func (export "i64") (result i64) (call $i64))
  (func (export "two") (result i32 i64) (call $two))
  (func (export "pi32") (param i32)) (func (export "pf32") (param f32)) (func (export "pf64") (param f64))
  (func (export "pi64") (param i64)))`;

test('errors of code that conversions run', async () => {
  const { instantiate } = await load(CONVERSIONS);
  for (const error of hostErrors()) {
    const value = {
      valueOf() {
        throw error;
      },
    };
    const list = { 1: value, 0: value, length: 2, [Symbol.iterator]: Array.prototype.values };
    const iterator = {
      [Symbol.iterator]() {
        throw error;
      },
    };
    let results: unknown = list;
    const give = () => value;
    const x = instantiate({
      env: { i32: give, f32: give, f64: give, i64: give, two: () => results },
    });
    for (const name of ['i32', 'f32', 'f64', 'i64', 'two', 'pi32', 'pf32', 'pf64', 'pi64']) {
      expect([
        name,
        Object.is(
          thrown(() => x[name](value)),
          error,
        ),
      ]).toEqual([name, true]);
    }
    results = iterator;
    expect(Object.is(thrown(x.two), error)).toBe(true);
  }
});

test('errors of the boundary keep class and text', async () => {
  const x = (await load(CONVERSIONS)).instantiate({
    env: { i32: Symbol, f32: () => 1n, f64: () => 1n, i64: () => 1, two: () => [1] },
  });
  const native = (value: unknown) => thrown(() => BigInt.asIntN(64, value as bigint));
  expect(thrown(x.i64)).toEqual(native(1));
  expect(thrown(() => x.pi64(1))).toEqual(native(1));
  for (const run of [x.i32, x.f32, x.f64]) expect(thrown(run)).toBeInstanceOf(TypeError);
  expect(thrown(x.two)).toEqual(new TypeError('multi-return length mismatch: 2 expected'));
});

test('a host without BigInt: the error is no trap', async () => {
  const source = await text(`(module (import "env" "f" (func $f (param i64)))
    (func (export "give") (result i64) (i64.const 5)) (func (export "take") (param i64))
    (func (export "pass") (call $f (i64.const 6))))`);
  const realm = createContext({});
  runInContext('delete globalThis.BigInt', realm);
  for (const name of ['getBigInt64', 'setBigInt64'])
    runInContext(`delete DataView.prototype.${name}`, realm);
  const check = `(({ instantiate }) => {
    const x = instantiate({ env: { f() {} } });
    const caught = (f) => { try { f() } catch (e) { return e instanceof TypeError && /BigInt/.test(e.message) } };
    return [caught(x.give), caught(x.take), caught(x.pass)].join();
  })(${source})`;
  expect(runInContext(check, realm)).toBe('true,true,true');
});

test('a stack that overflows in the host is the host’s, the same object', async () => {
  for (const { instantiate } of [await load(IMPORTER), evaluateBare(await text(IMPORTER))]) {
    let last: unknown;
    const deep = (): number => 1 + deep();
    const f = () => {
      try {
        deep();
      } catch (error) {
        last = error;
        throw error;
      }
    };
    const inner = instantiate({ env: { f } });
    const outer = instantiate({ env: { f: () => inner.run() } });
    for (const run of [inner.run, outer.run]) {
      const error = thrown(run);
      expect(error).toBe(last);
      expect((error as Error).name).toBe('RangeError');
    }
  }
});

test('a stack that overflows in compiled code is a trap of the inner boundary, and passes the outer', async () => {
  const { instantiate } = await load(IMPORTER);
  const inner = await load('(module (func $f (export "f") (call $f)))');
  const seen: unknown[] = [];
  const f = () => {
    try {
      inner.f();
    } catch (error) {
      seen.push(error);
      throw error;
    }
  };
  const error = thrown(instantiate({ env: { f } }).run);
  expect(error).toBe(seen[0]);
  expect(error).toEqual(new WebAssembly.RuntimeError('call stack exhausted'));
  // The same error, thrown by the host a second time through another module.
  const again = () => {
    throw error;
  };
  expect(thrown(instantiate({ env: { f: again } }).run)).toBe(error);
});

test('a caught host error leaves nothing behind: the next error of compiled code is a trap', async () => {
  const x = (
    await load(`(module (import "env" "f" (func $f)) (memory 1) (table 1 funcref)
    (func (export "run") (call $f)) (func (export "load") (result i32) (i32.load (i32.const -1)))
    (func (export "ci") (param i32) (call_indirect (local.get 0))) (func $deep (export "deep") (call $deep)))`)
  ).instantiate({
    env: {
      f() {
        throw new RangeError('stack');
      },
    },
  });
  for (let i = 0; i < 3; i++) {
    expect(thrown(x.run)).toEqual(new RangeError('stack'));
    expect(thrown(x.load)).toEqual(new WebAssembly.RuntimeError('out of bounds memory access'));
    expect(thrown(() => x.ci(5))).toEqual(new WebAssembly.RuntimeError('undefined element'));
    expect(thrown(x.deep)).toEqual(new WebAssembly.RuntimeError('call stack exhausted'));
  }
});

test('a hook for stack traces cannot hide a trap', async () => {
  const { load: run } = await load(
    '(module (memory 1) (func (export "load") (drop (i32.load (i32.const -1)))))',
  );
  const host = Error as Loaded;
  const before = host.prepareStackTrace;
  for (const hook of [
    () => 5,
    (_: unknown, sites: unknown) => sites,
    () => {
      throw new Error('hook');
    },
  ]) {
    host.prepareStackTrace = hook;
    try {
      expect(thrown(run)).toBeInstanceOf(WebAssembly.RuntimeError);
    } finally {
      host.prepareStackTrace = before;
    }
  }
});

test('reading an imported function looks at none of its properties', async () => {
  const { instantiate } = await load(IMPORTER);
  let calls = 0;
  const handler = new Proxy(
    {},
    {
      get: (_, trap) => (trap === 'apply' ? () => calls++ : expect.unreachable()),
    },
  );
  instantiate({ env: { f: new Proxy(() => {}, handler) } }).run();
  expect(calls).toBe(1);
});
