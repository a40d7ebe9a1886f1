import { expect, test } from 'vitest';
import { evaluate, load, native, text } from './building.js';

test('a memory of the host, grown by either side', async () => {
  const { instantiate } =
    await load(`(module (import "e" "m" (memory 1)) (import "e" "f" (func $f)) (export "m" (memory 0))
    (func (export "load") (param i32) (result i32) local.get 0 i32.load)
    (func (export "after") (param i32) (result i32) call $f local.get 0 i32.load)
    (func (export "grow") (param i32) (result i32) local.get 0 memory.grow))`);
  const m = new WebAssembly.Memory({ initial: 1, maximum: 10 });
  const f = () => {
    m.grow(1);
    new Int32Array(m.buffer)[1] = 22;
  };
  const x = instantiate({ e: { m, f } });
  expect(x.m).toBe(m);
  new Int32Array(m.buffer)[1] = 11;
  expect(x.load(4)).toBe(11);
  expect(x.after(4)).toBe(22);
  expect(x.grow(1)).toBe(2);
  expect(m.buffer.byteLength).toBe(3 * 65536);
  m.grow(1);
  expect(x.load(3 * 65536)).toBe(0);
  expect(() => x.load(4 * 65536)).toThrow('out of bounds memory access');
  expect(x.grow(100)).toBe(-1);
});

test('limits of host memories and tables are matched', async () => {
  const memory = await load('(module (import "e" "m" (memory 2 4)))');
  const m = (initial: number, maximum: number) => new WebAssembly.Memory({ initial, maximum });
  memory.instantiate({ e: { m: m(2, 4) } });
  expect(() => memory.instantiate({ e: { m: m(1, 4) } })).toThrow(WebAssembly.LinkError);
  expect(() => memory.instantiate({ e: { m: m(2, 5) } })).toThrow(WebAssembly.LinkError);
  const table = await load('(module (import "e" "t" (table 1 externref)))');
  table.instantiate({ e: { t: new WebAssembly.Table({ element: 'externref', initial: 1 }) } });
  expect(() =>
    table.instantiate({ e: { t: new WebAssembly.Table({ element: 'anyfunc', initial: 1 }) } }),
  ).toThrow(/incompatible import type.*found a WebAssembly.Table/);
});

test('functions of the host keep their identity and are checked', async () => {
  const host = await native(
    `(module (func (export "f") (param i64) (result i64) local.get 0 i64.const 1 i64.add))`,
  );
  const { instantiate } =
    await load(`(module (import "e" "f" (func $f (param i64) (result i64))) (export "f" (func $f))
    (func (export "g") (param i64) (result i64) local.get 0 call $f))`);
  const x = instantiate({ e: host });
  expect(x.f).toBe(host.f);
  expect(x.g(-2n)).toBe(-1n);
  const other = await load('(module (import "e" "f" (func (param i32))))');
  expect(() => other.instantiate({ e: host })).toThrow(WebAssembly.LinkError);
});

test('globals of the host', async () => {
  const { instantiate } =
    await load(`(module (import "e" "l" (global $l (mut i64))) (import "e" "d" (global $d f64)) (export "l" (global $l))
    (func (export "get") (result i64) global.get $l) (func (export "set") (param i64) local.get 0 global.set $l)
    (func (export "d") (result f64) global.get $d))`);
  const l = new WebAssembly.Global({ value: 'i64', mutable: true }, -3n);
  const d = new WebAssembly.Global({ value: 'f64' }, 2.5);
  const x = instantiate({ e: { l, d } });
  expect([x.get(), x.d(), x.l]).toEqual([-3n, 2.5, l]);
  x.set(-(2n ** 35n) - 1n);
  expect(l.value).toBe(-(2n ** 35n) - 1n);
  const f = new WebAssembly.Global({ value: 'f32' }, 1);
  expect(() => instantiate({ e: { l, d: f } })).toThrow(
    /expected \(global f64\), found a WebAssembly.Global/,
  );
  expect(() => instantiate({ e: { l: d, d } })).toThrow(WebAssembly.LinkError);
});

test('a table of the host: calls go both ways', async () => {
  const host =
    await native(`(module (type $i (func (param i32) (result i32))) (table $t (export "t") 4 funcref)
    (elem (i32.const 0) $inc) (func $inc (export "inc") (param i32) (result i32) local.get 0 i32.const 1 i32.add)
    (func (export "call") (param i32 i32) (result i32) local.get 1 local.get 0 call_indirect (type $i)))`);
  const { instantiate } =
    await load(`(module (type $i (func (param i32) (result i32))) (import "e" "t" (table $t 1 funcref))
    (elem (i32.const 1) $dec) (func $dec (export "dec") (param i32) (result i32) local.get 0 i32.const -1 i32.add)
    (func (export "call") (param i32 i32) (result i32) local.get 1 local.get 0 call_indirect (type $i))
    (func (export "wrong") (param i32) local.get 0 call_indirect))`);
  const x = instantiate({ e: host });
  expect([x.call(0, 5), x.call(1, 5), host.call(0, 5), host.call(1, 5)]).toEqual([6, 4, 6, 4]);
  expect(() => x.wrong(0)).toThrow('indirect call type mismatch');
  expect(() => x.call(2, 5)).toThrow('uninitialized element');
  host.t.set(2, host.inc);
  expect(x.call(2, 5)).toBe(6);
  host.t.grow(1);
  expect(() => x.call(4, 5)).toThrow('uninitialized element');
});

test('a function of the host as a typed reference can be called', async () => {
  const host = await native(
    '(module (func (export "inc") (param i32) (result i32) local.get 0 i32.const 1 i32.add))',
  );
  const { call } = await load(`(module (type $i (func (param i32) (result i32)))
    (func (export "call") (param (ref $i)) (result i32) i32.const 41 local.get 0 call_ref $i))`);
  expect(call(host.inc)).toBe(42);
  const other = await native('(module (func (export "f")))');
  expect(() => call(other.f)).toThrow(TypeError);
});

const EVERYTHING = `(module
  (import "e" "m" (memory 1 10)) (import "e" "t" (table 1 10 funcref)) (import "e" "g" (global $g (mut i32)))
  (import "e" "d" (global $d (mut f64))) (import "e" "l" (global $l (mut i64)))
  (export "m" (memory 0)) (export "t" (table 0)) (export "g" (global $g))
  (func $one (export "one") (result i32) (i32.const 1))
  (func (export "run") (result i32) (global.set $g (i32.add (global.get $g) (i32.const 1)))
    (global.set $d (f64.const 2.5)) (global.set $l (i64.const 3)) (drop (table.grow (ref.func $one) (i32.const 1)))
    (i32.store (i32.const 4) (i32.add (i32.mul (memory.grow (i32.const 1)) (i32.const 100)) (table.size)))
    (i32.load (i32.const 4))))`;

test('what a class of the program, or an object, has in place of the host’s members is never called', async () => {
  class M extends WebAssembly.Memory {
    override get buffer(): ArrayBuffer {
      return expect.unreachable();
    }
    override grow(): number {
      return expect.unreachable();
    }
  }
  class T extends WebAssembly.Table {
    override get length(): number {
      return expect.unreachable();
    }
    override get = expect.unreachable;
    override set = expect.unreachable;
    override grow = expect.unreachable;
  }
  class G extends WebAssembly.Global {
    override get value(): number {
      return expect.unreachable();
    }
    override set value(_: number) {
      expect.unreachable();
    }
  }
  const { instantiate } = await load(EVERYTHING);
  const host = (await native(EVERYTHING, {
    e: {
      m: new WebAssembly.Memory({ initial: 1, maximum: 10 }),
      t: new WebAssembly.Table({ element: 'anyfunc', initial: 1, maximum: 10 }),
      g: new WebAssembly.Global({ value: 'i32', mutable: true }, 1),
      d: new WebAssembly.Global({ value: 'f64', mutable: true }, 1),
      l: new WebAssembly.Global({ value: 'i64', mutable: true }, 1n),
    },
  })) as { run(): number };
  const wanted = host.run();
  const kinds: [string, (object: object) => unknown][] = [
    ['as they are', () => {}],
    ['frozen', Object.freeze],
    [
      'with getters',
      (object) => {
        for (const key of ['get', 'set', 'grow', 'length', 'value', 'buffer'])
          Object.defineProperty(object, key, { get: () => expect.unreachable() });
      },
    ],
    ['without a class', (object) => Object.setPrototypeOf(object, null)],
  ];
  for (const [what, change] of kinds) {
    const objects = {
      m: new M({ initial: 1, maximum: 10 }),
      t: new T({ element: 'anyfunc', initial: 1, maximum: 10 }),
      g: new G({ value: 'i32', mutable: true }, 6),
      d: new G({ value: 'f64', mutable: true }, 1),
      l: new G({ value: 'i64', mutable: true }, 1n),
    };
    for (const object of Object.values(objects)) change(object);
    const x = instantiate({ e: objects });
    expect([what, x.run(), x.m, x.t, x.g]).toEqual([what, wanted, objects.m, objects.t, objects.g]);
    const value = (name: 'g' | 'd' | 'l') =>
      Reflect.get(WebAssembly.Global.prototype, 'value', objects[name]);
    expect([value('g'), value('d'), value('l')]).toEqual([7, 2.5, 3n]);
  }
});

test('memories and tables of the host may be imported again when they have been exported', async () => {
  const { instantiate } = await load(EVERYTHING);
  const global = (value: 'i32' | 'f64' | 'i64') => new WebAssembly.Global({ value, mutable: true });
  const e = {
    ...{ g: global('i32'), d: global('f64'), l: global('i64') },
    m: new WebAssembly.Memory({ initial: 1, maximum: 10 }),
    t: new WebAssembly.Table({ element: 'anyfunc', initial: 1, maximum: 10 }),
  };
  const first = instantiate({ e });
  const second = instantiate({ e: { ...e, m: first.m, t: first.t } });
  expect([first.run(), second.run(), first.run()]).toEqual([102, 203, 304]);
  const narrow = await load('(module (import "e" "m" (memory 1 9)))');
  expect(() => narrow.instantiate({ e })).toThrow(WebAssembly.LinkError);
});

test('a shared memory of the host is one in all modules, and leaves as it came', async () => {
  const { instantiate } = await load(`(module
    (import "e" "m" (memory $m 1 9 shared)) (import "e" "m" (memory $n 1 9 shared)) (export "m" (memory $m))
    (export "n" (memory $n)) (func (export "size") (result i32) (memory.size $n))
    (func (export "grow") (result i32) (memory.grow $m (i32.const 1))))`);
  const smaller =
    await load(`(module (import "e" "m" (memory $m 1 5 shared)) (export "m" (memory $m))
    (func (export "size") (result i32) (memory.size)))`);
  class M extends WebAssembly.Memory {
    override get buffer(): ArrayBuffer {
      return expect.unreachable();
    }
    override grow(): number {
      return expect.unreachable();
    }
  }
  for (const Class of [WebAssembly.Memory, M]) {
    const m = new Class({ initial: 1, maximum: 5, shared: true });
    const x = instantiate({ e: { m } });
    const y = smaller.instantiate({ e: { m: x.n } });
    expect([x.m === m, x.n === m, y.m === m]).toEqual([true, true, true]);
    expect([x.grow(), x.size(), y.size()]).toEqual([1, 2, 2]);
    expect(instantiate.shareMemory(m).buffer).toBeInstanceOf(SharedArrayBuffer);
  }
});

test('a module with short names of methods takes a memory of the host that one without them has', async () => {
  const { instantiate } = await load(`(module (import "e" "m" (memory 1)) (export "m" (memory 0))
    (func (export "load") (result i32) (i32.load (i32.const 4))))`);
  const lines = Array.from(
    { length: 3000 },
    (_, i) => `(i32.store offset=8 (i32.const ${i % 9}) (i32.load (i32.const ${i % 7})))`,
  );
  const source = await text(`(module (import "e" "m" (memory 1))
    (func (export "f") ${lines.join('\n')} (i32.store (i32.const 4) (i32.const 77))))`);
  expect(source.includes('.I(8,')).toBe(true);
  const m = new WebAssembly.Memory({ initial: 1 });
  const x = instantiate({ e: { m } });
  const large = evaluate(source).instantiate({ e: { m } });
  large.f();
  m.grow(1);
  large.f();
  expect(x.load()).toBe(77);
});
