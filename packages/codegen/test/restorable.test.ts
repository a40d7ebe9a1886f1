/** Instances that can be put back to what they were: all that code can change is as it was, or nothing is promised. */
import { describe, expect, test } from 'vitest';
import { build, type Loaded, load } from './building.js';

const PROGRAM = `(module
  (type $number (func (result i32)))
  (import "m" "shared" (global $imported (mut i32)))
  (memory (export "memory") 1 40)
  (memory $fixed 1 1)
  (data (i32.const 65532) "\\01\\02\\03\\04")
  (data $passive "\\05")
  (table $t (export "table") 2 5 funcref)
  (table $x 1 externref)
  (elem (table $t) (i32.const 0) func $one)
  (elem $segment func $two)
  (global $a (export "a") (mut i32) (i32.const 1))
  (global $b (export "b") (mut i64) (i64.const -2))
  (global $c (mut f32) (f32.const 3))
  (global $d (mut f64) (f64.const nan:0x8000000000001))
  (global $v (mut v128) (v128.const i32x4 1 2 3 4))
  (global $f (mut funcref) (ref.func $one))
  (func $one (result i32) (i32.const 1))
  (func $two (result i32) (i32.const 2))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "poke") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "peek") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "change") (param externref)
    (global.set $a (i32.const 9)) (global.set $b (i64.const 9)) (global.set $c (f32.const 9))
    (global.set $d (f64.const 9)) (global.set $v (v128.const i32x4 9 9 9 9)) (global.set $f (ref.null func))
    (global.set $imported (i32.const 9))
    (i32.store $fixed (i32.const 0) (i32.const 9))
    (table.set $x (i32.const 0) (local.get 0))
    (drop (table.grow $t (ref.func $two) (i32.const 2)))
    (table.set $t (i32.const 0) (ref.func $two))
    (table.init $t $segment (i32.const 1) (i32.const 0) (i32.const 1)) (elem.drop $segment)
    (memory.init $passive (i32.const 0) (i32.const 0) (i32.const 1)) (data.drop $passive))
  (func (export "state") (result i32 i64 f32 i64 i32 i32 i32 externref i32)
    (global.get $a) (global.get $b) (global.get $c) (i64.reinterpret_f64 (global.get $d))
    (i32x4.extract_lane 3 (global.get $v)) (ref.is_null (global.get $f))
    (i32.load $fixed (i32.const 0)) (table.get $x (i32.const 0)) (table.size $t))
  (func (export "call") (param i32) (result i32) (call_indirect $t (type $number) (local.get 0))))`;

/** An instance, the value of the global that it imports, and what puts it back. */
const make = (instantiate: Loaded) => {
  const shared = new instantiate.Global({ value: 'i32', mutable: true }, 7);
  let note: (() => () => void) | undefined;
  const keep = (given: typeof note): void => {
    note = given;
  };
  const x = instantiate({ m: { shared } }, { keep });
  return { x, shared, back: note!() };
};

describe.each([
  ['as usual', {}],
  ['for an interpreter', { optimizeFor: 'interpreter' }],
  ['without checks', { optimizeFor: 'interpreter', uncheckedMemory: true }],
  ['for size', { optimizeFor: 'size' }],
] as const)('%s', (_, options) => {
  test('globals, tables, memories and segments are as they were', async () => {
    const { instantiate } = await load(PROGRAM, { restorable: true, ...options });
    const { x, shared, back } = make(instantiate);
    const was = x.state();
    const object = { secret: true };
    for (let round = 0; round < 3; round++) {
      x.change(object);
      expect(x.state()).not.toEqual(was);
      expect([x.call(0), x.call(1), x.call(3), x.peek(0)]).toEqual([2, 2, 2, 5]);
      expect(shared.value).toBe(9);
      back();
      expect(x.state()).toEqual(was);
      expect([x.call(0), x.peek(0), x.table.length, x.a.value, x.b.value]).toEqual([
        1,
        0,
        2,
        1,
        -2n,
      ]);
      expect(() => x.call(1)).toThrow('uninitialized element');
      expect(() => x.call(2)).toThrow('undefined element');
      // What it imports is another's to put back.
      expect(shared.value).toBe(9);
    }
  });

  test('a memory that has grown has its size again, and is empty where it grows', async () => {
    const { instantiate } = await load(PROGRAM, { restorable: true, ...options });
    const { x, back } = make(instantiate);
    const first = x.memory.buffer;
    for (const steps of [[1], [0], [2], [1, 1, 3], [0, 1, 0], [39], [5], [1, 1, 3], [], [0, 0]]) {
      let pages = 1;
      for (const step of steps) {
        expect(x.grow(step)).toBe(pages);
        expect(x.peek(65535)).toBe(4);
        if (step > 0)
          expect([x.peek(65536 * pages), x.peek(65536 * (pages + step) - 1)]).toEqual([0, 0]);
        pages += step;
        expect(x.memory.buffer.byteLength).toBe(65536 * pages);
        for (let at = 65536; at < 65536 * pages; at += 4096) x.poke(at, 255);
        if (pages > 1) x.poke(65536 * pages - 1, 255);
      }
      x.poke(3, 3);
      back();
      expect(x.memory.buffer).toBe(first);
      expect([x.peek(3), x.peek(65532)]).toEqual([0, 1]);
      if (!('uncheckedMemory' in options)) expect(() => x.peek(65536)).toThrow('out of bounds');
      expect(x.grow(40)).toBe(-1);
    }
  });
});

test('where objects, fuel or memories of threads would be left nothing is promised', async () => {
  const none = [
    [
      '(module (type $s (struct (field (mut i32)))) (global (ref $s) (struct.new $s (i32.const 1))))',
      {},
    ],
    ['(module (type $a (array (mut i32))))', {}],
    ['(module (memory (export "m") 1 1 shared))', {}],
    ['(module (func))', { fuel: 100 }],
  ] as const;
  for (const [wat, options] of none) {
    const { instantiate } = await load(wat, { restorable: true, ...options });
    const given: unknown[] = [];
    instantiate(undefined, { keep: (note: unknown) => given.push(note) });
    expect(given, wat).toEqual([undefined]);
  }
});

test('nothing of it is in other modules, and the host has no such thing', async () => {
  const { chunks, helpers } = await build(PROGRAM);
  expect(chunks.join('')).not.toMatch(/\bkeep\b/);
  expect(helpers).not.toContain('_note_memory');
  await expect(
    build('(module)', { restorable: true, hybrid: { load: 'sync' } as never }),
  ).rejects.toThrow('restorable and hybrid');
});
