/**
 * Shared memories that no other thread can have yet: atomic accesses are plain until the memory has left, by whichever
 * way it can, and calls of `Atomics` from then on.
 */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Loaded, load } from './building.js';

afterEach(() => vi.restoreAllMocks());

const OWN = `(module (import "env" "call" (func $call))
  (memory (export "m") 1 3 shared)
  (func (export "load") (result i32) (i32.atomic.load (i32.const 8)))
  (func (export "around") (result i32)
    (i32.atomic.store (i32.const 8) (i32.const 7))
    (call $call)
    (i32.atomic.load (i32.const 8)))
  (func (export "all") (result i64) (local $i i32) (local $s i64)
    (loop $l
      (i64.atomic.store (i32.const 16) (i64.extend_i32_u (local.get $i)))
      (drop (i32.atomic.rmw8.xchg_u (i32.const 24) (local.get $i)))
      (drop (i32.atomic.rmw16.add_u (i32.const 26) (local.get $i)))
      (drop (i32.atomic.rmw.cmpxchg (i32.const 28) (local.get $i) (i32.const 1)))
      (local.set $s (i64.add (local.get $s) (i64.atomic.rmw.sub (i32.const 16) (i64.const 3))))
      (local.set $s (i64.add (local.get $s) (i64.atomic.load (i32.const 16))))
      (local.set $s (i64.add (local.get $s) (i64.load (i32.const 24))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 20))))
    (local.get $s))
  (func (export "grow") (result i32) (memory.grow (i32.const 1)))
  (func (export "notify") (result i32) (memory.atomic.notify (i32.const 8) (i32.const 1)))
  (func (export "wait") (result i32)
    (memory.atomic.wait32 (i32.const 8) (i32.const 0) (i64.const 1000000))))`;

const IMPORTING = `(module (memory (import "env" "m") 1 3 shared)
  (func (export "load") (result i32) (i32.atomic.load (i32.const 8))))`;

/** How often the host's `Atomics` is asked while something runs. */
function asked(run: () => unknown): number {
  const names = ['load', 'store', 'add', 'sub', 'exchange', 'compareExchange'] as const;
  const spies = names.map((name) => vi.spyOn(Atomics, name));
  run();
  const count = spies.reduce((sum, { mock }) => sum + mock.calls.length, 0);
  vi.restoreAllMocks();
  return count;
}

const make = async (wat = OWN, call = (): void => {}): Promise<[Loaded, Loaded]> => {
  const { instantiate } = await load(wat);
  return [instantiate({ env: { call } }), instantiate];
};
const sharedDescriptor = { initial: 1, maximum: 3, shared: true };

describe('nothing asks `Atomics` before the memory has left', () => {
  test('in a module’s own memory, exported, grown, waited for and notified', async () => {
    const [exports] = await make();
    let alone: unknown;
    expect(asked(() => (alone = exports.all()))).toBe(0);
    expect(exports.grow()).toBe(1);
    expect([exports.notify(), exports.wait()]).toEqual([0, 2]);
    expect(asked(() => exports.all())).toBe(0);
    // With `Atomics` the same comes out.
    const [other] = await make();
    void other.m.buffer;
    expect(asked(() => expect(other.all()).toBe(alone))).toBeGreaterThan(100);
  });

  test('in one that JavaScript has made, and that two modules import', async () => {
    const { instantiate } = await load(IMPORTING);
    const second = await load(IMPORTING);
    const m = new instantiate.Memory(sharedDescriptor);
    const both = [instantiate({ env: { m } }), second.instantiate({ env: { m } })];
    for (const { load: run } of both) expect(asked(run)).toBe(0);
    void m.buffer;
    for (const { load: run } of both) expect(asked(run)).toBe(1);
  });
});

const WAYS: [string, (m: Loaded, instantiate: Loaded) => unknown][] = [
  ['its buffer is read', (m) => m.buffer],
  [
    'the getter is called by itself',
    (m, { Memory }) => Object.getOwnPropertyDescriptor(Memory.prototype, 'buffer')!.get!.call(m),
  ],
  [
    'the getter is called by reflection',
    (m, { Memory }) => Reflect.get(Memory.prototype, 'buffer', m),
  ],
  ['it is given to another thread', (m, { shareMemory }) => shareMemory(m)],
];

describe('`Atomics` is asked once', () => {
  test.each(WAYS)('%s', async (_, leave) => {
    const [exports, instantiate] = await make();
    expect(asked(exports.load)).toBe(0);
    leave(exports.m, instantiate);
    expect(asked(exports.load)).toBe(1);
    exports.grow();
    expect(asked(exports.load)).toBe(1);
  });

  test.each(WAYS)('%s, by an import that compiled code calls', async (_, leave) => {
    let done = false;
    const { instantiate } = await load(OWN);
    const exports: Loaded = instantiate({
      env: { call: () => done && leave(exports.m, instantiate) },
    });
    // The call is in optimised code by then.
    for (let i = 0; i < 20000; i++) exports.around();
    done = true;
    expect(asked(() => expect(exports.around()).toBe(7))).toBeGreaterThan(0);
    expect(asked(exports.load)).toBe(1);
  });

  test('it comes from another thread', async () => {
    const { instantiate } = await load(IMPORTING);
    const first = new instantiate.Memory(sharedDescriptor);
    const m = new instantiate.Memory({ ...sharedDescriptor, ...instantiate.shareMemory(first) });
    expect(asked(instantiate({ env: { m } }).load)).toBe(1);
    expect(asked(instantiate({ env: { m: first } }).load)).toBe(1);
    const buffer = new SharedArrayBuffer(65536, { maxByteLength: 3 * 65536 });
    const given = new instantiate.Memory({ ...sharedDescriptor, buffer });
    expect(asked(instantiate({ env: { m: given } }).load)).toBe(1);
  });

  test('it is one of the host’s WebAssembly', async () => {
    const { instantiate } = await load(IMPORTING);
    const m = new WebAssembly.Memory({ initial: 1, maximum: 3, shared: true });
    expect(asked(instantiate({ env: { m } }).load)).toBe(1);
  });
});

test('what cannot have the buffer leaves the memory alone', async () => {
  const [exports, { Memory }] = await make();
  expect(() => new Proxy(exports.m, {}).buffer).toThrow(TypeError);
  expect(() => Object.create(exports.m).buffer).toThrow(TypeError);
  expect(() => Memory.prototype.buffer).toThrow(TypeError);
  expect(() => structuredClone(exports.m).buffer.byteLength).toThrow();
  exports.m.grow(1);
  expect(asked(exports.load)).toBe(0);
});

describe('plain accesses are of the memory as it is', () => {
  const many = Array.from(
    { length: 700 },
    (_, i) => `(func (param i32) (result i32) (i32.load offset=${i} (local.get 0)))`,
  ).join('');
  // Before and behind a call, all widths: of the first page, of the last words of it, and of what only growth has made.
  const reading = (more: string): string => `(module (import "env" "m" (memory 1 3 shared))
    (import "env" "call" (func $call)) ${more}
    (func (export "around") (param $a i32) (result f64)
      (i32.store (i32.const 8) (i32.const 7))
      (i32.store8 (i32.const 65535) (i32.const 1))
      (f64.store offset=1 (i32.const 8) (f64.const 2.5))
      (call $call)
      (i32.store16 (local.get $a) (i32.const 515))
      (i64.store offset=3 (local.get $a) (i64.const 0x4000000000000000))
      (f64.add (f64.load offset=1 (i32.const 8)) (f64.add
        (f64.convert_i32_s (i32.add (i32.load16_u (local.get $a)) (i32.load8_s (i32.const 65535))))
        (f64.add (f64.load offset=3 (local.get $a)) (f64.promote_f32 (f32.load (i32.const 400))))))))`;

  test.each([
    ['a small module', ''],
    ['a large one', many],
  ])('%s, whatever a call does to it', async (_, more) => {
    const small = await load(OWN);
    const { instantiate } = await load(reading(more));
    const { m } = small.instantiate({ env: { call() {} } });
    let step = (): unknown => undefined;
    const { around } = instantiate({ env: { m, call: () => step() } });
    const trap = 'out of bounds memory access';
    expect(around(512)).toBe(2.5 + 516 + 2);
    expect(() => around(65536)).toThrow(trap);
    step = () => m.grow(1);
    expect(around(65536)).toBe(2.5 + 516 + 2);
    step = () => m.buffer;
    expect(around(131060)).toBe(2.5 + 516 + 2);
    expect(() => around(131062)).toThrow(trap);
    // Another thread grows it.
    const shared = small.instantiate.shareMemory(m);
    const other = new small.instantiate.Memory({ ...sharedDescriptor, ...shared });
    step = () => other.grow(1);
    expect(around(131072)).toBe(2.5 + 516 + 2);
    step = () => undefined;
    expect(() => around(196605)).toThrow(trap);
    expect(around(196597)).toBe(2.5 + 516 + 2);
  });
});
