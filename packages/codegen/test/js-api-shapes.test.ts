/** What the specification says of the JavaScript API where hosts of today differ, or have it only in part. */
import { expect, test } from 'vitest';
import { build, evaluate, load } from './building.js';

test('the address type of a descriptor is read first and must be a known one', async () => {
  const { Memory, Table } = (
    await load('(module (memory (export "m") 1) (table (export "t") 1 funcref))')
  ).instantiate;
  const order: string[] = [];
  const text = (name: string, value: string) => ({
    toString: () => {
      order.push(name);
      return value;
    },
  });
  const descriptor = {
    get maximum() {
      order.push('maximum');
      return 3n;
    },
    get initial() {
      order.push('initial');
      return 1n;
    },
    address: text('address', 'i64'),
    element: text('element', 'anyfunc'),
  };
  const memory = new Memory(descriptor);
  expect(memory.grow(1n)).toBe(1n);
  expect(order).toEqual(['address', 'initial', 'maximum']);
  order.length = 0;
  expect(new Table(descriptor).length).toBe(1n);
  expect(order).toEqual(['element', 'address', 'initial', 'maximum']);
  for (const address of ['none', '', null, 64])
    expect(() => new Memory({ initial: 1, address })).toThrow(TypeError);
});

test('objects are opaque, also to code that is not strict', async () => {
  const { make } = await load(
    '(module (type $s (struct (field i32))) (func (export "make") (result structref) (struct.new_default $s)))',
  );
  const object = make();
  const loose = (text: string) => () => evaluate(`(object => { ${text} })`)(object);
  for (const text of [
    'object.a = 1',
    'object[0] = 1',
    'delete object.a',
    'Object.defineProperty(object, "a", { value: 1 })',
    'Object.setPrototypeOf(object, {})',
    'Object.preventExtensions(object)',
  ])
    expect(loose(text), text).toThrow(TypeError);
  expect(object.a).toBe(undefined);
  expect(Object.isExtensible(object)).toBe(false);
});

test('a parameter of type nullexternref is null and nothing else', async () => {
  const { take, need, ask } = (
    await load(`(module (import "e" "f" (func $f (result nullexternref)))
      (func (export "take") (param nullexternref) (result i32) (ref.is_null (local.get 0)))
      (func (export "need") (param (ref noextern))) (func (export "ask") (drop (call $f))))`)
  ).instantiate({ e: { f: () => 1 } });
  expect(take(null)).toBe(1);
  for (const value of [undefined, 0, {}, 'x']) expect(() => take(value)).toThrow(TypeError);
  for (const value of [null, undefined, {}]) expect(() => need(value)).toThrow(TypeError);
  expect(ask).toThrow(TypeError);
});

test('the type of a builtin is one that stands alone', async () => {
  const wat = (type: string) => `(module ${type}
    (import "wasm:js-string" "test" (func (type $t))))`;
  const alone = '(type $t (func (param externref) (result i32)))';
  await expect(build(wat(alone))).resolves.toBeDefined();
  await expect(build(wat(`(rec ${alone} (type (struct)))`))).rejects.toThrow(/another type/);
});

test('the buffer of a shared memory is frozen, and another object behind growth', async () => {
  const { m } = (await load('(module (memory (export "m") 1 3 shared))')).instantiate();
  const before = m.buffer;
  expect(m.buffer).toBe(before);
  expect(Object.isFrozen(before)).toBe(true);
  m.grow(1);
  const after = m.buffer;
  expect([before.byteLength, after.byteLength]).toEqual([65536, 131072]);
  new Uint8Array(before)[7] = 5;
  expect(new Uint8Array(after)[7]).toBe(5);
});

test('an exception tells where it was made where that was asked for', async () => {
  const { Tag, Exception } = (await load('(module (tag (export "t")))')).instantiate;
  const tag = new Tag({ parameters: [] });
  expect(new Exception(tag, []).stack).toBe(undefined);
  expect(new Exception(tag, [], { traceStack: true }).stack).toMatch(/js-api-shapes/);
  expect(Object.getOwnPropertyDescriptor(Exception.prototype, 'stack')?.get).toBeTypeOf('function');
  expect(Exception.length).toBe(2);
});
