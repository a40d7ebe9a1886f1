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
