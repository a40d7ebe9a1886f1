/** The classes that JavaScript sees are one set for all compiled modules of a realm. */
import { spawnSync } from 'node:child_process';
import { createContext, runInContext } from 'node:vm';
import { expect, test } from 'vitest';
import { evaluate, type Loaded, load, native, text, writeFiles } from './building.js';
import { caseText } from './cases.js';

const ALL = `(module (import "x" "f" (func)) (memory (export "m") 1) (table (export "t") 1 funcref)
  (global (export "g") (mut i32) (i32.const 1)) (tag (export "e")))`;

test.each(['with', 'without'])('two modules, %s WebAssembly in the host', async (kind) => {
  const realm = createContext({ console });
  if (kind === 'without') runInContext('delete globalThis.WebAssembly', realm);
  const a = runInContext(await text(ALL), realm).instantiate;
  // Another text of the same classes: with short methods and names, from another compilation.
  const nops = 'i32.const 0 i32.load drop '.repeat(2000);
  const b = runInContext(
    await text(ALL.replace('(table', `(func ${nops}) (table`), { names: 'minify' }),
    realm,
  ).instantiate;
  for (const name of ['Memory', 'Table', 'Global', 'Tag', 'RuntimeError', 'LinkError']) {
    expect(a[name]).toBe(b[name]);
    expect(a[name].name).toBe(name);
  }
  const imports = { x: { f() {} } };
  const [x, y] = [a(imports), b(imports)];
  expect(y.m).toBeInstanceOf(a.Memory);
  expect(x.m).toBeInstanceOf(b.Memory);
  expect(y.t).toBeInstanceOf(a.Table);
  expect(y.g).toBeInstanceOf(a.Global);
  expect(y.e).toBeInstanceOf(a.Tag);
  expect([x.m.grow(1), y.m.grow(2), x.m.buffer.byteLength, y.m.buffer.byteLength]).toEqual([
    1, 1, 131072, 196608,
  ]);
});

test('class-identity.wat, built twice', async () => {
  const [a, b] = [
    await load(caseText('class-identity.wat')),
    await load(caseText('class-identity.wat')),
  ];
  expect(a.instantiate.Memory).toBe(b.instantiate.Memory);
  expect(b.memory).toBeInstanceOf(a.instantiate.Memory);
  expect(a.instantiate().memory).toBeInstanceOf(b.instantiate.Memory);
  const made = new a.instantiate.Memory({ initial: 1 });
  expect(made).toBeInstanceOf(b.instantiate.Memory);
});

test('an object that one module has made is imported by another', async () => {
  const nops = 'i32.const 0 i32.load drop '.repeat(2000);
  const short = await load(`(module (import "e" "m" (memory 1 4)) (func ${nops})
    (func (export "load") (param i32) (result i32) local.get 0 i32.load))`);
  const long = await load(`(module (import "e" "m" (memory 1 4))
    (func (export "store") (param i32 i32) local.get 0 local.get 1 i32.store))`);
  for (const { instantiate } of [short, long]) {
    const m = new instantiate.Memory({ initial: 1, maximum: 4 });
    const x = long.instantiate({ e: { m } });
    const y = short.instantiate({ e: { m } });
    x.store(8, 5);
    expect(y.load(8)).toBe(5);
    m.grow(1);
    x.store(65536, 6);
    expect(y.load(65536)).toBe(6);
  }
});

test('what stands for WebAssembly may load compiled modules and be made of their classes', async () => {
  const realm = createContext({ structuredClone });
  const source = JSON.stringify(
    await text(`(module (memory (export "m") 1) (table (export "t") 1 funcref)
    (func (export "trap") unreachable) (func (export "grow") (result i32) i32.const 1 memory.grow))`),
  );
  const importer = JSON.stringify(
    await text('(module (import "e" "f" (func $f)) (import "e" "m" (memory 1)) (start $f))'),
  );
  const check = `
    delete globalThis.WebAssembly;
    let made;
    Object.defineProperty(globalThis, 'WebAssembly', { get() {
      if (made === undefined) {
        const { instantiate } = (0, eval)(${source});
        const { Memory, Table, RuntimeError } = instantiate;
        (0, eval)(${importer}).instantiate({ e: { f() {}, m: new Memory({ initial: 1 }) } });
        made = { Memory, Table, RuntimeError };
      }
      return made;
    } });
    const { instantiate } = (0, eval)(${source});
    const before = made;
    const x = instantiate();
    let caught;
    try { x.trap() } catch (error) { caught = error }
    const { buffer } = x.m;
    x.grow();
    x.m.buffer;
    x.grow();
    [before, caught instanceof WebAssembly.RuntimeError, instantiate.RuntimeError === made.RuntimeError,
      x.m instanceof WebAssembly.Memory, buffer.byteLength, x.m.buffer.byteLength].join();
  `;
  expect(runInContext(check, realm)).toBe(',true,true,true,0,196608');
});

test('a realm with a frozen global object', async () => {
  const source = `Object.freeze(globalThis);
    const x = ${await text(ALL)}.instantiate({ x: { f() {} } });
    process.stdout.write([x.m.grow(1), x.t.length, x.g.value].join());`;
  const script = writeFiles({ 'frozen.cjs': source });
  const { stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  expect([stdout, stderr]).toEqual(['1,1,1', '']);
});

const TABLE = `(module (import "e" "t" (table $t 2 funcref)) (elem (i32.const 0) $f)
  (func $f (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
  (func $g (export "g") (result i64) (i64.const 7))
  (func (export "set") (table.set $t (i32.const 1) (ref.func $g)))
  (func (export "get") (param i32) (result funcref) (table.get $t (local.get 0))))`;

test('a table of the host holds the exported functions themselves', async () => {
  const { instantiate } = await load(TABLE);
  const t = new WebAssembly.Table({ element: 'anyfunc', initial: 2 });
  const x = instantiate({ e: { t } });
  expect(t.get(0)).toBe(x.f);
  expect(x.get(0)).toBe(x.f);
  x.set();
  expect(t.get(1)).toBe(x.g);
  expect([x.f(4), x.g(), x.f.name, x.f.length, t.get(0)!(5)]).toEqual([5, 7n, '0', 1, 6]);
  // It is a function for the host, too.
  t.set(1, x.f);
  expect(x.get(1)).toBe(x.f);
  const host = await native(
    `(module (import "e" "t" (table 1 funcref)) (type $t (func (param i32) (result i32)))
    (func (export "call") (param i32) (result i32) (call_indirect (type $t) (local.get 0) (i32.const 1))))`,
    {
      e: { t },
    },
  );
  expect(host.call(8)).toBe(9);
});

test('functions of two modules in one table of the host', async () => {
  const t = new WebAssembly.Table({ element: 'anyfunc', initial: 2 });
  const x = (await load(TABLE)).instantiate({ e: { t } });
  const other =
    await load(`(module (import "e" "t" (table $t 2 funcref)) (import "x" "f" (func $f (param i32) (result i32)))
    (elem (i32.const 1) $f) (export "f" (func $f)))`);
  const y = other.instantiate({ e: { t }, x });
  expect([t.get(1) === x.f, y.f === x.f]).toEqual([true, true]);
});

test('hidden state is no property that enumeration or spreading sees', async () => {
  const { instantiate } = evaluate(await text(ALL)) as Loaded;
  const x = instantiate({ x: { f() {} } });
  for (const name of ['m', 't', 'g', 'e']) expect(Object.getOwnPropertyNames(x[name])).toEqual([]);
});

test.each(['with', 'without'])(
  'a realm with frozen errors, %s WebAssembly in the host',
  async (kind) => {
    const realm = createContext({ console });
    if (kind === 'without') runInContext('delete globalThis.WebAssembly', realm);
    const classes = '[Object, Function, Error, RangeError, TypeError, WeakMap, Map, DataView]';
    runInContext(
      `${classes}.forEach((one) => { Object.freeze(one); Object.freeze(one.prototype) })`,
      realm,
    );
    const { instantiate } = runInContext(
      await text(`(module (import "x" "f" (func))
    (memory (export "m") 1) (func (export "none") unreachable))`),
      realm,
    );
    const exported = instantiate({ x: { f() {} } });
    expect(exported.none).toThrow(instantiate.RuntimeError);
    expect(() => instantiate({ x: {} })).toThrow(instantiate.LinkError);
    expect(exported.m.grow(1)).toBe(1);
    const { prototype } = instantiate.RuntimeError;
    expect([prototype.name, prototype.message]).toEqual(['RuntimeError', '']);
    expect(prototype.constructor).toBe(instantiate.RuntimeError);
  },
);

/** Its class of globals is made for numbers; references are what JavaScript gives. */
const NUMBERS = `(module (global (export "i") (mut i32) (i32.const 7)) (global (export "c") i64 (i64.const -7))
  (global (export "s") (mut f32) (f32.const 1.5)) (global (export "d") (mut f64) (f64.const -0))
  (func (export "inc") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))`;

/** One that knows references, and takes those of others. */
const REFERENCES = `(module (type $f (func (param i32) (result i32)))
  (import "e" "f" (global $r (mut funcref))) (import "e" "x" (global $x (mut externref)))
  (import "e" "d" (global $d (mut f64)))
  (table 1 funcref) (elem declare func $dec)
  (func $dec (export "dec") (type $f) (i32.sub (local.get 0) (i32.const 1)))
  (func (export "set") (global.set $r (ref.func $dec)))
  (func (export "call") (type $f)
    (table.set (i32.const 0) (global.get $r)) (call_indirect (type $f) (local.get 0) (i32.const 0)))
  (func (export "bits") (result i64) (i64.reinterpret_f64 (global.get $d)))
  (global (export "v") v128 (v128.const i64x2 1 2)) (export "x" (global $x)))`;

test.each(['of numbers first', 'of references first', 'of references last'])(
  'globals of modules that know references and of one that does not: that %s',
  async (order) => {
    const realm = createContext({});
    if (order.endsWith('last')) runInContext('delete globalThis.WebAssembly', realm);
    const [numbers, references] = [
      await text(NUMBERS, { namedExports: false }),
      await text(REFERENCES),
    ];
    expect(numbers).not.toContain('anyref');
    const loadIt = (source: string): Loaded => runInContext(source, realm).instantiate;
    let full = order === 'of references first' ? loadIt(references) : undefined;
    const small = loadIt(numbers);
    const { Global } = small;
    const a = small();
    const error = runInContext('TypeError', realm);
    // What can be asked for does not depend on what is there.
    const ask = (): unknown[] => [
      new Global({ value: 'externref' }).value,
      new Global({ value: 'externref' }, a).value === a,
      new Global({ value: 'anyfunc' }).value,
      new Global({ value: 'anyfunc' }, a.inc).valueOf() === a.inc,
      new Global({ value: 'i64' }, 2n ** 64n - 1n).value,
      new Global({ value: 'f32' }, { valueOf: () => 0.1 }).value,
      new Global({ value: 'i32' }, 2 ** 32 + 5.5).value,
      new Global({ value: 'f64' }, undefined).value,
      a.c.value,
      a.d.value,
      a.s.value,
      ...['v128', 'toString', 'i16', '__proto__'].map((value) =>
        thrown(() => new Global({ value })),
      ),
      ...[undefined, 5, () => {}, a].map((value) =>
        thrown(() => new Global({ value: 'anyfunc' }, value)),
      ),
      ...[5, undefined].map((value) =>
        thrown(() => (new Global({ value: 'i64', mutable: true }).value = value)),
      ),
      thrown(() => (a.i.value = 5n)),
      thrown(() => (a.i.value = Symbol('s'))),
      thrown(() => (a.c.value = 5n)),
      thrown(() => Object.create(Global.prototype).value),
    ];
    const thrown = (act: () => unknown): boolean => {
      try {
        act();
        return false;
      } catch (found) {
        return found instanceof error || found instanceof TypeError;
      }
    };
    const expected = [
      ...[undefined, true, null, true, -1n, Math.fround(0.1), 5, 0, -7n, -0, 1.5],
      ...Array(14).fill(true),
    ];
    expect(ask()).toEqual(expected);
    // A function whose type nobody has asked for.
    const f = new Global({ value: 'anyfunc', mutable: true }, a.inc);
    const x = new Global({ value: 'externref', mutable: true }, a);
    full ??= loadIt(references);
    expect(full.Global).toBe(Global);
    const b = full({ e: { f, x, d: a.d } });
    expect(b.call(5)).toBe(6);
    b.set();
    expect(f.value).toBe(b.dec);
    f.value = null;
    f.value = a.inc;
    expect([b.call(7), f.value === a.inc, b.x === x, b.x.value === a]).toEqual([
      8,
      true,
      true,
      true,
    ]);
    expect([thrown(() => b.v.value), thrown(() => (f.value = () => {}))]).toEqual([true, true]);
    for (const value of [Number.NaN, new Float64Array(new BigInt64Array([-5n]).buffer)[0]]) {
      a.d.value = value;
      expect([b.bits(), a.d.value]).toEqual([0x7ff8000000000000n, Number.NaN]);
    }
    a.d.value = -0.5;
    expect([b.bits(), ask()]).toEqual([-0x4020000000000000n, expected.with(9, -0.5)]);
  },
);
