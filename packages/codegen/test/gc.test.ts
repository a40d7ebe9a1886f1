/** Garbage-collected objects: what the official suite does not look at (JavaScript's view, several modules, NaN bits, order). */
import { createContext, runInContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { type Loaded, load, text } from './building.js';
import { caseText } from './cases.js';

const message = (run: () => unknown): string => {
  try {
    return `returned ${String(run())}`;
  } catch (error) {
    return (error as Error).message;
  }
};

/** The name of the error that is thrown: it may be of another realm. */
const kind = (run: () => unknown): string => {
  try {
    return `returned ${String(run())}`;
  } catch (error) {
    return (error as Error).name;
  }
};

/** A realm without WebAssembly, in which modules meet. */
const bare = createContext({});
runInContext('delete globalThis.WebAssembly', bare);

/** Each with the default budget, with every function split, and in a realm without WebAssembly. */
const WAYS: [string, (wat: string) => Promise<Loaded>][] = [
  ['whole', (wat) => load(wat)],
  ['split', (wat) => load(wat, { functionBudget: 60 })],
  ['bare', async (wat) => runInContext(await text(wat), bare)],
];

const MAKER = `(module
  (rec (type $node (sub (struct (field $next (mut (ref null $node))) (field $value (mut i32)))))
       (type $wide (sub $node (struct (field (mut (ref null $node))) (field (mut i32)) (field (mut f64))))))
  (type $bytes (array (mut i8)))
  (func (export "node") (param i32) (result (ref $node)) (struct.new $node (ref.null $node) (local.get 0)))
  (func (export "wide") (param i32) (result (ref $node)) (struct.new $wide (ref.null $node) (local.get 0) (f64.const 1.5)))
  (func (export "bytes") (param i32) (result (ref $bytes)) (array.new $bytes (i32.const 7) (local.get 0)))
  (func (export "value") (param (ref null $node)) (result i32) (struct.get $node $value (local.get 0)))
  (func (export "isWide") (param anyref) (result i32) (ref.test (ref $wide) (local.get 0)))
  (func (export "same") (param eqref eqref) (result i32) (ref.eq (local.get 0) (local.get 1)))
  (func (export "any") (param anyref) (result anyref) (local.get 0))
  (func (export "eq") (param eqref) (result eqref) (local.get 0))
  (func (export "nonnull") (param (ref any)) (result (ref any)) (local.get 0))
  (func (export "small") (param i31ref) (result i31ref) (local.get 0))
  (func (export "struct") (param structref) (result structref) (local.get 0))
  (func (export "in") (param externref) (result anyref) (any.convert_extern (local.get 0)))
  (func (export "out") (param anyref) (result externref) (extern.convert_any (local.get 0)))
  (global (export "g") (mut anyref) (ref.null any))
  (table (export "t") 1 anyref))`;

describe.each(WAYS)('objects, %s', (_, build) => {
  test('are opaque to JavaScript, one for each object', async () => {
    const { instantiate } = await build(MAKER);
    const wasm = instantiate();
    for (const object of [wasm.node(3), wasm.bytes(2)]) {
      expect(typeof object).toBe('object');
      expect(Reflect.ownKeys(object)).toEqual([]);
      expect(Object.getPrototypeOf(object)).toBe(null);
      expect(object.a0).toBe(undefined);
      expect('v' in object).toBe(false);
      expect(Object.isExtensible(object)).toBe(false);
      expect(
        kind(() => {
          object.a1 = 5;
        }),
      ).toBe('TypeError');
      expect(kind(() => Object.defineProperty(object, 'x', { value: 1 }))).toBe('TypeError');
      expect(kind(() => delete object.x)).toBe('TypeError');
      expect(kind(() => Object.preventExtensions(object))).toBe('TypeError');
      expect(kind(() => Object.setPrototypeOf(object, {}))).toBe('TypeError');
      expect(kind(() => `${object}`)).toBe('TypeError');
      expect(wasm.any(object)).toBe(object);
      expect(wasm.same(object, object)).toBe(1);
    }
    expect(wasm.same(wasm.node(3), wasm.node(3))).toBe(0);
    const node = wasm.node(9);
    expect(wasm.value(node)).toBe(9);
    expect(wasm.in(wasm.out(node))).toBe(node);
    wasm.g.value = node;
    expect(wasm.g.value).toBe(node);
    wasm.t.set(0, node);
    expect(wasm.t.get(0)).toBe(node);
  });

  test('are told from values of the host', async () => {
    const { instantiate } = await build(MAKER);
    const wasm = instantiate();
    const forged = { y: wasm.node(1), a0: null, a1: 5, v: [] };
    for (const value of [
      forged,
      'text',
      1.5,
      -0,
      2 ** 30,
      -(2 ** 30) - 1,
      NaN,
      undefined,
      5n,
      Symbol(),
      () => {},
    ]) {
      expect(wasm.any(value)).toBe(value);
      expect(wasm.nonnull(value)).toBe(value);
      expect(wasm.out(wasm.in(value))).toBe(value);
      expect(wasm.isWide(value)).toBe(0);
      for (const name of ['eq', 'small', 'struct', 'value', 'same'])
        expect(kind(() => wasm[name](value, null))).toBe('TypeError');
      expect(() => {
        wasm.g.value = value;
      }).not.toThrow();
      expect(wasm.g.value).toBe(value);
    }
    for (const value of [0, -1, 2 ** 30 - 1, -(2 ** 30), null]) {
      expect(wasm.small(value)).toBe(value);
      expect(wasm.eq(value)).toBe(value);
      expect(wasm.same(value, value)).toBe(1);
    }
    expect(kind(() => wasm.nonnull(null))).toBe('TypeError');
    expect(kind(() => wasm.struct(wasm.bytes(1)))).toBe('TypeError');
    expect(kind(() => wasm.struct(5))).toBe('TypeError');
  });

  test('of several modules have the same types where these are equal', async () => {
    const makers = [(await build(MAKER)).instantiate(), (await build(MAKER)).instantiate()];
    const other = (
      await build(`(module
        (type $other (sub (struct (field (mut i32)))))
        (rec (type $node (sub (struct (field (mut (ref null $node))) (field (mut i32)))))
             (type $wide (sub $node (struct (field (mut (ref null $node))) (field (mut i32)) (field (mut f64))))))
        (func (export "sum") (param (ref $node) (ref $node)) (result i32)
          (struct.set $node 0 (local.get 0) (local.get 1))
          (i32.add (struct.get $node 1 (local.get 0))
            (struct.get $node 1 (ref.as_non_null (struct.get $node 0 (local.get 0))))))
        (func (export "isWide") (param anyref) (result i32) (ref.test (ref $wide) (local.get 0)))
        (func (export "wide") (param i32) (result (ref $wide)) (struct.new $wide (ref.null $node) (local.get 0) (f64.const 2.5)))
        (func (export "isOther") (param anyref) (result i32) (ref.test (ref $other) (local.get 0))))`)
    ).instantiate();
    const [a, b] = [makers[0].node(3), makers[1].wide(4)];
    expect(other.sum(a, b)).toBe(7);
    expect(other.isWide(a)).toBe(0);
    expect(other.isWide(b)).toBe(1);
    expect(makers[0].isWide(other.wide(1))).toBe(1);
    expect(makers[1].value(other.wide(6))).toBe(6);
    expect(other.isOther(a)).toBe(0);
  });

  test('keep the bits of NaNs in fields and elements', async () => {
    const { instantiate } = await build(`(module
      (type $s (struct (field $a (mut f32)) (field $b (mut f64)) (field $c (mut f32))))
      (type $f (array (mut f32))) (type $d (array (mut f64)))
      (func (export "f32") (param i32 i32) (result i32 i32) (local $s (ref null $s))
        (local.set $s (struct.new $s (f32.reinterpret_i32 (local.get 0)) (f64.const 0) (f32.const 1)))
        (struct.set $s $c (local.get $s) (f32.reinterpret_i32 (local.get 1)))
        (struct.set $s $a (local.get $s) (struct.get $s $c (local.get $s)))
        (struct.set $s $c (local.get $s) (f32.reinterpret_i32 (local.get 0)))
        (i32.reinterpret_f32 (struct.get $s $a (local.get $s)))
        (i32.reinterpret_f32 (struct.get $s $c (local.get $s))))
      (func (export "gone") (param i64) (result i64) (local $s (ref null $s))
        (local.set $s (struct.new $s (f32.const 1) (f64.reinterpret_i64 (local.get 0)) (f32.const 1)))
        (struct.set $s $b (local.get $s) (f64.const nan))
        (i64.reinterpret_f64 (struct.get $s $b (local.get $s))))
      (func (export "f64") (param i64) (result i64 i64 i64) (local $d (ref null $d))
        (i64.reinterpret_f64 (struct.get $s $b
          (struct.new $s (f32.const 1) (f64.reinterpret_i64 (local.get 0)) (f32.const 1))))
        (local.set $d (array.new $d (f64.reinterpret_i64 (local.get 0)) (i32.const 3)))
        (array.set $d (local.get $d) (i32.const 1) (f64.const 7))
        (array.fill $d (local.get $d) (i32.const 2) (f64.reinterpret_i64 (i64.xor (local.get 0) (i64.const 1))) (i32.const 1))
        (i64.reinterpret_f64 (array.get $d (local.get $d) (i32.const 0)))
        (i64.reinterpret_f64 (array.get $d (local.get $d) (i32.const 2))))
      (func (export "fixed") (param i32) (result i32 i32) (local $f (ref null $f))
        (local.set $f (array.new_fixed $f 2 (f32.const 1) (f32.reinterpret_i32 (local.get 0))))
        (array.copy $f $f (local.get $f) (i32.const 0) (local.get $f) (i32.const 1) (i32.const 1))
        (i32.reinterpret_f32 (array.get $f (local.get $f) (i32.const 0)))
        (i32.reinterpret_f32 (array.get $f (local.get $f) (i32.const 1))))
      (func (export "other") (param i32) (result i32) (local $f (ref null $f)) (local $g (ref null $f))
        (local.set $f (array.new $f (f32.reinterpret_i32 (local.get 0)) (i32.const 3)))
        (local.set $g (array.new_default $f (i32.const 4)))
        (array.copy $f $f (local.get $g) (i32.const 2) (local.get $f) (i32.const 0) (i32.const 2))
        (i32.reinterpret_f32 (array.get $f (local.get $g) (i32.const 3)))))`);
    const wasm = instantiate();
    for (const bits of [0x7f800001, 0x7fc00000, 0x7fc12345, -0x3fffff, -1, 0x3f800000]) {
      expect(wasm.f32(bits, 0x7fa00001)).toEqual([0x7fa00001, bits]);
      expect(wasm.f32(1, bits)).toEqual([bits, 1]);
      expect(wasm.fixed(bits)).toEqual([bits, bits]);
      expect(wasm.other(bits)).toBe(bits);
    }
    for (const bits of [0x7ff0000000000001n, 0x7ff8000000000000n, 0x7ff8123456789abcn, -1n, 5n]) {
      expect(wasm.f64(bits)).toEqual([bits, bits, bits ^ 1n]);
      expect(wasm.gone(bits)).toBe(0x7ff8000000000000n);
    }
  });

  test('keep the bits of NaNs on every way that they can take', async () => {
    const wasm = (await build(caseText('nan-heap.wat'))).instantiate();
    const signed = (bits: bigint): bigint => BigInt.asIntN(64, bits);
    const singles = [0x7f800001, 0x7fa00001, 0x7fc00000, -0x3fffff, -0x7fffff, -1, 0x3f800000];
    const doubles = [0x7ff0000000000001n, 0x7ff8000000000000n, 0x7ff4000000000001n, -1n, 5n];
    for (let round = 0; round < 12; round++) {
      expect([0, 1, 2].map(wasm.data32)).toEqual([0x7f800001, 0xffa00005 | 0, 0x7fc00123]);
      expect([0, 1, 2].map(wasm.init32)).toEqual([0x7f800001, 0xffa00005 | 0, 0x7fc00123]);
      expect([0, 1].map(wasm.data64)).toEqual([0x7ff0000000000001n, signed(0xfff4000000000005n)]);
      expect(wasm.consts()).toEqual([
        0xff800001 | 0,
        signed(0xfff0000000000001n),
        0x7f800003,
        0x7ff0000000000003n,
        0x7fa00007,
        0x7f800009,
        0x7ff0000000000009n,
        signed(0xfff000000000000an),
      ]);
      for (const f of singles)
        for (const d of doubles) {
          for (const way of ['exn', 'exn2', 'ref', 'tail'])
            expect(wasm[way](f, d), way).toEqual([f, d]);
          expect(wasm.gl(f, d)).toEqual([0x7fa00001, 0x7ff4000000000001n, f, d]);
          expect(wasm.sel(f, d, 1)).toEqual([f, d]);
          expect(wasm.sel(f, d, 0)).toEqual([0x40a00000, 0x4018000000000000n]);
          expect(wasm.swapf(f, 0x7f800001)).toEqual([f, 0x7f800001]);
          expect(wasm.fillcopy(d)).toEqual([d, d]);
        }
    }
  });

  test('keep the bits of NaNs that only pass through', async () => {
    const wasm = (await build(caseText('nan-moved.wat'))).instantiate();
    const moved = (bits: bigint, mode: number, width: bigint, other: bigint): bigint => {
      const sign = 1n << (width - 1n);
      let word = BigInt.asUintN(Number(width), bits);
      if (mode & 1) word ^= sign;
      if (mode & 2) word = BigInt.asUintN(Number(width), bits) & ~sign;
      if (mode & 4) word |= sign;
      return BigInt.asIntN(Number(width), mode & 8 ? other : word);
    };
    for (let mode = 0; mode < 16; mode++) {
      for (const bits of [0x7f800001, 0x7fa00001, 0x7fc00000, -0x3fffff, -1, 0x3f800000, 0]) {
        const word = Number(moved(BigInt(bits), mode, 32n, 0xff800123n));
        expect(wasm.f32(bits, mode), `${bits} ${mode}`).toEqual([word, word, word, word]);
      }
      for (const bits of [0x7ff0000000000001n, 0x7ff8000000000000n, -0x7ffffffffffffn, -1n, 5n]) {
        const word = moved(bits, mode, 64n, 0xfff0000000000123n);
        expect(wasm.f64(bits, mode), `${bits} ${mode}`).toEqual([word, word, word, word]);
      }
    }
  });

  test('forget the bits of a NaN where arithmetic makes another one', async () => {
    const { instantiate } = await build(`(module
      (type $s (struct (field $a (mut f32)) (field $b (mut f64))))
      (type $d (array (mut f64))) (type $f (array (mut f32)))
      (func (export "field") (param i64 f64 f64) (result i64) (local $s (ref null $s)) (local $i i32)
        (local.set $s (struct.new $s (f32.const 1) (f64.reinterpret_i64 (local.get 0))))
        (loop $l
          (struct.set $s $b (local.get $s) (f64.sub (local.get 1) (local.get 2)))
          (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3))))
        (i64.and (i64.const 0x7fffffffffffffff) (i64.reinterpret_f64 (struct.get $s $b (local.get $s)))))
      (func (export "single") (param i32 f32 f32) (result i32) (local $s (ref null $s))
        (local.set $s (struct.new $s (f32.reinterpret_i32 (local.get 0)) (f64.const 1)))
        (struct.set $s $a (local.get $s) (f32.sub (local.get 1) (local.get 2)))
        (i32.and (i32.const 0x7fffffff) (i32.reinterpret_f32 (struct.get $s $a (local.get $s)))))
      (func (export "made") (param f64 f64) (result i64)
        (i64.and (i64.const 0x7fffffffffffffff) (i64.reinterpret_f64 (struct.get $s $b
          (struct.new $s (f32.const 1) (f64.sub (local.get 0) (local.get 1)))))))
      (func (export "element") (param i64 f64 f64) (result i64 i64) (local $d (ref null $d))
        (local.set $d (array.new $d (f64.reinterpret_i64 (local.get 0)) (i32.const 3)))
        (array.set $d (local.get $d) (i32.const 1) (f64.sub (local.get 1) (local.get 2)))
        (array.set $d (local.get $d) (i32.const 2) (f64.min (local.get 1) (local.get 2)))
        (i64.and (i64.const 0x7fffffffffffffff) (i64.reinterpret_f64 (array.get $d (local.get $d) (i32.const 1))))
        (i64.reinterpret_f64 (array.get $d (local.get $d) (i32.const 0))))
      (func (export "moved") (param i64 i32) (result i64 i32) (local $d (ref null $d)) (local $f (ref null $f))
        (local.set $d (array.new $d (f64.const 1) (i32.const 3)))
        (local.set $f (array.new $f (f32.const 1) (i32.const 3)))
        (array.set $d (local.get $d) (i32.const 1) (f64.reinterpret_i64 (local.get 0)))
        (array.set $d (local.get $d) (i32.const 2) (array.get $d (local.get $d) (i32.const 1)))
        (array.set $f (local.get $f) (i32.const 0) (f32.neg (f32.reinterpret_i32 (local.get 1))))
        (array.set $f (local.get $f) (i32.const 2) (f32.neg (array.get $f (local.get $f) (i32.const 0))))
        (i64.reinterpret_f64 (array.get $d (local.get $d) (i32.const 2)))
        (i32.reinterpret_f32 (array.get $f (local.get $f) (i32.const 2)))))`);
    const wasm = instantiate();
    for (let i = 0; i < 300; i++) {
      const bits = i % 2 === 0 ? 0x7ff8123456789abcn : -0x7ffffffffffffn;
      expect(wasm.field(bits, Infinity, Infinity)).toBe(0x7ff8000000000000n);
      expect(wasm.field(bits, 5, 3)).toBe(0x4000000000000000n);
      expect(wasm.made(Infinity, Infinity)).toBe(0x7ff8000000000000n);
      expect(wasm.single(0x7fa00001 + i, Infinity, Infinity)).toBe(0x7fc00000);
      expect(wasm.element(bits, Infinity, Infinity)).toEqual([0x7ff8000000000000n, bits]);
      expect(wasm.element(bits, 5, 3)).toEqual([0x4000000000000000n, bits]);
      expect(wasm.moved(bits, 0x7fa00001 + i)).toEqual([bits, 0x7fa00001 + i]);
    }
  });

  test('have methods, of their own module and of others', async () => {
    const types = `
      (rec (type $table (sub (struct (field $f (ref null $method)) (field $g (ref $wide)))))
           (type $object (sub (struct (field (ref null $table)) (field (mut i32)))))
           (type $method (func (param (ref $object) i32) (result i32)))
           (type $wide (func (param (ref $object)) (result f64 i64))))
      (type $more (sub $table (struct (field (ref null $method)) (field (ref $wide)) (field i32))))`;
    const { instantiate } = await build(`(module ${types}
      (func $a (type $method) (i32.add (struct.get $object 1 (local.get 0)) (local.get 1)))
      (func $b (type $method) (i32.mul (struct.get $object 1 (local.get 0)) (local.get 1)))
      (func $x (type $wide) (f64.convert_i32_s (struct.get $object 1 (local.get 0))) (i64.const -5))
      (func $y (type $wide) (f64.const nan:0x8000000000001) (i64.const 0x123456789abc))
      (global $first (ref $table) (struct.new $table (ref.func $a) (ref.func $x)))
      (global $second (ref $more) (struct.new $more (ref.func $b) (ref.func $y) (i32.const 7)))
      (global $third (ref $table) (struct.new $table (ref.null $method) (ref.func $x)))
      (func (export "first") (param i32) (result (ref $object)) (struct.new $object (global.get $first) (local.get 0)))
      (func (export "second") (param i32) (result (ref $object)) (struct.new $object (global.get $second) (local.get 0)))
      (func (export "third") (param i32) (result (ref $object)) (struct.new $object (global.get $third) (local.get 0)))
      (func (export "none") (param i32) (result (ref $object)) (struct.new $object (ref.null $table) (local.get 0)))
      (func (export "call") (param (ref $object) i32) (result i32)
        (call_ref $method (local.get 0) (local.get 1) (struct.get $table $f (struct.get $object 0 (local.get 0)))))
      (func (export "wide") (param (ref $object)) (result i64 i64) (local $n i64)
        (call_ref $wide (local.get 0) (struct.get $table $g (struct.get $object 0 (local.get 0))))
        (local.set $n) (i64.reinterpret_f64) (local.get $n)))`);
    const other = (
      await build(`(module ${types}
        (func $c (type $method) (i32.sub (struct.get $object 1 (local.get 0)) (local.get 1)))
        (func $z (type $wide) (f64.const 2.5) (i64.const 99))
        (elem declare func $c $z)
        (func (export "object") (param i32) (result (ref $object))
          (struct.new $object (struct.new $table (ref.func $c) (ref.func $z)) (local.get 0))))`)
    ).instantiate();
    const wasm = instantiate();
    for (let i = 0; i < 3; i++) {
      expect(wasm.call(wasm.first(30), 4)).toBe(34);
      expect(wasm.call(wasm.second(30), 4)).toBe(120);
      expect(wasm.call(other.object(30), 4)).toBe(26);
      expect(wasm.wide(wasm.first(2))).toEqual([0x4000000000000000n, -5n]);
      expect(wasm.wide(wasm.second(2))).toEqual([0x7ff8000000000001n, 0x123456789abcn]);
      expect(wasm.wide(other.object(2))).toEqual([0x4004000000000000n, 99n]);
      expect(message(() => wasm.call(wasm.third(1), 1))).toBe('null function reference');
      expect(message(() => wasm.call(wasm.none(1), 1))).toBe('null structure reference');
    }
  });

  test('have no elements beyond their ends', async () => {
    const kinds = ['i8', 'i16', 'i32', 'i64', 'f32', 'f64', 'eqref'];
    const code = kinds.map((kind) => {
      const value = kind === 'i8' || kind === 'i16' ? 'i32' : kind;
      const zero = value === 'eqref' ? '(ref.null eq)' : `(${value}.const 0)`;
      const get = kind === value ? 'get' : 'get_u';
      return `(type $${kind} (array (mut ${kind})))
        (func (export "${kind}") (param i32) (result (ref $${kind})) (array.new_default $${kind} (local.get 0)))
        (func (export "get ${kind}") (param (ref null $${kind}) i32) (result i32)
          (drop (array.${get} $${kind} (local.get 0) (local.get 1))) (i32.const 1))
        (func (export "set ${kind}") (param (ref null $${kind}) i32) (result i32)
          (array.set $${kind} (local.get 0) (local.get 1) ${zero}) (i32.const 1))
        (func (export "nonnull ${kind}") (param (ref null $${kind}) i32) (result i32)
          ${kind === 'eqref' ? '(drop (ref.as_non_null (array.get $eqref (local.get 0) (local.get 1))))' : ''} (i32.const 1))`;
    });
    const { instantiate } = await build(`(module ${code.join('\n')})`);
    const wasm = instantiate();
    const bits = [0, -2147483648, 1073741824, -1073741824, -1, 2147483647];
    for (const kind of kinds)
      for (const length of [0, 1, 3, 40, 100]) {
        const array = wasm[kind](length);
        for (const op of ['get', 'set'])
          for (const index of [...bits, ...bits.map((bit) => bit + 2), length, length - 1]) {
            const found = message(() => wasm[`${op} ${kind}`](array, index));
            const inside = index >= 0 && index < length;
            expect(`${op} ${kind} ${index}: ${found}`).toBe(
              `${op} ${kind} ${index}: ${inside ? 'returned 1' : 'out of bounds array access'}`,
            );
          }
        expect(message(() => wasm[`set ${kind}`](null, 0))).toMatch(/null/);
      }
    expect(message(() => wasm['nonnull eqref'](wasm.eqref(3), 1))).toBe('null reference');
    expect(message(() => wasm['nonnull eqref'](wasm.eqref(3), 3))).toBe(
      'out of bounds array access',
    );
  });

  test('are read and written in order', async () => {
    const { instantiate } = await build(`(module
      (type $s (struct (field $a (mut i32)) (field $b (mut i64))))
      (type $a (array (mut i32)))
      (global $g (mut i32) (i32.const 0))
      (func $note (param i32) (result i32) (global.set $g (i32.add (i32.mul (global.get $g) (i32.const 10)) (local.get 0))) (local.get 0))
      (func $put (param (ref $s)) (result i32) (struct.set $s $a (local.get 0) (i32.const 9)) (i32.const 1))
      (func (export "log") (result i32) (global.get $g) (global.set $g (i32.const 0)))
      (func (export "before") (result i32) (local $s (ref $s))
        (local.set $s (struct.new $s (i32.const 4) (i64.const 5)))
        (i32.add (i32.mul (i32.const 10) (struct.get $s $a (local.get $s))) (call $put (local.get $s))))
      (func (export "swap") (result i32 i32) (local $a (ref $a))
        (local.set $a (array.new_fixed $a 2 (i32.const 1) (i32.const 2)))
        (array.get $a (local.get $a) (i32.const 0))
        (array.get $a (local.get $a) (i32.const 1))
        (array.set $a (local.get $a) (i32.const 0) (i32.const 8))
        (array.set $a (local.get $a) (i32.const 1) (i32.const 9)))
      (func (export "setNull") (param (ref null $s)) (struct.set $s $a (local.get 0) (call $note (i32.const 1))))
      (func (export "wideNull") (param (ref null $s)) (struct.set $s $b (local.get 0) (i64.extend_i32_u (call $note (i32.const 2)))))
      (func (export "getNull") (param (ref null $s)) (result i32) (i32.add (struct.get $s $a (local.get 0)) (call $note (i32.const 3))))
      (func (export "elemNull") (param (ref null $a)) (array.set $a (local.get 0) (call $note (i32.const 4)) (call $note (i32.const 5))))
      (func (export "elemGet") (param (ref null $a)) (result i32) (array.get $a (local.get 0) (call $note (i32.const 6))))
      (func (export "bounds") (param i32) (array.set $a (array.new_default $a (i32.const 3)) (local.get 0) (call $note (i32.const 7))))
      (func (export "length") (param (ref null $a)) (result i32) (array.len (local.get 0)))
      (func (export "alias") (result i32) (local $s (ref $s)) (local $t (ref $s)) (local $x i32)
        (local.set $s (struct.new $s (i32.const 1) (i64.const 5)))
        (local.set $t (local.get $s))
        (local.set $x (struct.get $s $a (local.get $s)))
        (struct.set $s $a (local.get $t) (i32.const 7))
        (i32.add (i32.mul (local.get $x) (i32.const 10)) (struct.get $s $a (local.get $s)))))`);
    const wasm = instantiate();
    expect(wasm.before()).toBe(41);
    expect(wasm.swap()).toEqual([1, 2]);
    expect(wasm.alias()).toBe(17);
    const traps: [string, unknown, string, number][] = [
      ['setNull', null, 'null structure reference', 1],
      ['wideNull', null, 'null structure reference', 2],
      ['getNull', null, 'null structure reference', 0],
      ['elemNull', null, 'null array reference', 45],
      ['elemGet', null, 'null array reference', 6],
      ['bounds', 3, 'out of bounds array access', 7],
      ['bounds', -1, 'out of bounds array access', 7],
      ['bounds', 2, 'returned undefined', 7],
      ['length', null, 'null array reference', 0],
    ];
    for (const [name, argument, expected, log] of traps)
      expect([name, message(() => wasm[name](argument)), wasm.log()]).toEqual([
        name,
        expected,
        log,
      ]);
  });

  test('a call of a null function says so', async () => {
    const { instantiate } = await build(`(module
      (type $f (func (result f64))) (type $i (func (result i32)))
      (func (export "float") (param (ref null $f)) (result f64) (call_ref $f (local.get 0)))
      (func (export "int") (param (ref null $i)) (result i32) (call_ref $i (local.get 0))))`);
    const wasm = instantiate();
    expect(message(() => wasm.float(null))).toBe('null function reference');
    expect(message(() => wasm.int(null))).toBe('null function reference');
  });

  test('one of two of a select may be null', async () => {
    const { instantiate } = await build(`(module
      (type $s (struct (field $a (mut i32))))
      (func (export "pick") (param i32) (result i32)
        (struct.get $s $a (select (result (ref null $s))
          (struct.new $s (i32.const 5)) (ref.null $s) (local.get 0)))
        (struct.set $s $a (struct.new $s (i32.const 1)) (i32.const 2))))`);
    const wasm = instantiate();
    expect(wasm.pick(1)).toBe(5);
    expect(message(() => wasm.pick(0))).toBe('null structure reference');
  });

  test('functions in them reach JavaScript from whichever module takes them out', async () => {
    const maker = (
      await build(`(module (type $f (func (param i64) (result i64)))
        (type $s (struct (field (ref $f)))) (elem declare func $twice)
        (func $twice (param i64) (result i64) (i64.mul (local.get 0) (i64.const 2)))
        (func (export "make") (result externref) (extern.convert_any (struct.new $s (ref.func $twice)))))`)
    ).instantiate();
    const taker = (
      await build(`(module (type $f (func (param i64) (result i64)))
        (type $s (struct (field (ref $f))))
        (func (export "take") (param externref) (result funcref)
          (struct.get $s 0 (ref.cast (ref $s) (any.convert_extern (local.get 0)))))
        (func (export "call") (param externref) (result i64)
          (call_ref $f (i64.const 0x100000001)
            (struct.get $s 0 (ref.cast (ref $s) (any.convert_extern (local.get 0)))))))`)
    ).instantiate();
    const object = maker.make();
    expect(taker.take(object)(21n)).toBe(42n);
    expect(taker.call(object)).toBe(0x200000002n);
    expect(message(() => taker.take('other'))).toBe('cast failure');
  });
});
