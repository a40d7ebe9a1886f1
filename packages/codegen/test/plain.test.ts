/** Modules that pay only for what they use: what others can do with their exports stays the same. */
import { expect, test } from 'vitest';
import { build, evaluateBare, load, text } from './building.js';

const PLAIN = `(module (memory 1)
  (func $add (export "add") (export "plus") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add)
  (func (export "wide") (param i64) (result i64 i32 f64) local.get 0 i32.const 3 f64.const 4.5)
  (func (export "f32") (param f32) (result f32) local.get 0)
  (func (export "f64") (param f64) (result f64) local.get 0)
  (func (export "any") (param externref) (result externref) local.get 0)
  (func (export "load") (param i32) (result i32) local.get 0 i32.load))`;

const USER = `(module (type $w (func (param i64) (result i64 i32 f64)))
  (import "p" "add" (func $add (param i32 i32) (result i32))) (import "p" "wide" (func $wide (type $w)))
  (import "p" "f32" (func $f32 (param f32) (result f32))) (import "p" "f64" (func $f64 (param f64) (result f64)))
  (table (export "t") 3 funcref) (elem (i32.const 0) $wide)
  (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 call $add)
  (func (export "wide") (type $w) local.get 0 call $wide)
  (func (export "indirect") (param i64 i32) (result i64 i32 f64) local.get 0 local.get 1 call_indirect (type $w))
  (func (export "ref") (param i64 (ref $w)) (result i64 i32 f64) local.get 0 local.get 1 call_ref $w)
  (func (export "bits32") (param i32) (result i32) local.get 0 f32.reinterpret_i32 call $f32 i32.reinterpret_f32)
  (func (export "bits64") (param i64) (result i64) local.get 0 f64.reinterpret_i64 call $f64 i64.reinterpret_f64)
  (export "again" (func $add)))`;

test.each(['with', 'without'])(
  'exports are functions of their type for others, %s WebAssembly',
  async (kind) => {
    const { chunks, helpers } = await build(PLAIN, { namedExports: false });
    const [source, user] = [chunks.join(''), await text(USER)];
    expect(helpers).not.toContain('_type');
    const [p, u] =
      kind === 'with'
        ? [(await load(PLAIN)).instantiate, (await load(USER)).instantiate]
        : evaluateBare(`[${source}.instantiate, ${user}.instantiate]`);
    const x = p();
    const y = u({ p: x });
    expect(x.plus).toBe(x.add);
    expect(y.again).toBe(x.add);
    expect([x.add.name, x.add.length, x.wide.name, y.add(2, 3)]).toEqual(['0', 2, '1', 5]);
    const wide = [-7n, 3, 4.5];
    expect([...x.wide(-7n)]).toEqual(wide);
    expect([...y.wide(-7n)]).toEqual(wide);
    expect([...y.indirect(-7n, 0)]).toEqual(wide);
    expect([...y.ref(-7n, x.wide)]).toEqual(wide);
    expect(y.t.get(0)).toBe(x.wide);
    y.t.set(1, x.add);
    expect(y.t.get(1)).toBe(x.add);
    expect(() => y.indirect(0n, 1)).toThrow('indirect call type mismatch');
    expect(y.bits32(0x7fa00001)).toBe(0x7fa00001);
    expect(y.bits64(0x7ff0000000000001n)).toBe(0x7ff0000000000001n);
    expect(() => y.ref(0n, x.add)).toThrow(/type incompatibility/);
    expect(() => u({ p: { ...x, wide: x.add } })).toThrow(u.LinkError);
    expect(() => x.load(-1)).toThrow(new p.RuntimeError('out of bounds memory access'));
    const other = p();
    expect(other.add).not.toBe(x.add);
  },
);

test('a start function, and a function that can neither trap nor call, need no classes', async () => {
  const { instantiate, add } = await load(
    '(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))',
  );
  expect(add(2 ** 31 - 1, 1)).toBe(-(2 ** 31));
  expect(Object.keys(instantiate)).toEqual([]);
  const started = await load(
    '(module (memory 1) (func $s i32.const -1 i32.load drop) (start $s))',
    { namedExports: false },
  );
  expect(() => started.instantiate()).toThrow(
    new WebAssembly.RuntimeError('out of bounds memory access'),
  );
});

test('whatever traps or may fill the stack has the class of traps', async () => {
  for (const body of [
    'unreachable',
    'i32.const 1 i32.const 0 i32.div_s drop',
    'f32.const nan i32.trunc_f32_s drop',
    'i64.const 1 i64.const 0 i64.rem_u drop',
    'call 0',
    'return_call 0',
  ]) {
    const { instantiate } = await load(`(module (func (export "f") ${body}))`, {
      namedExports: false,
    });
    expect([body, instantiate.RuntimeError]).toEqual([body, WebAssembly.RuntimeError]);
    if (body !== 'return_call 0') expect(() => instantiate().f()).toThrow(instantiate.RuntimeError);
  }
});

test('memories that nobody else sees have no class', async () => {
  const hidden = await text(
    '(module (memory 2) (func (export "f") (param i32) (result i32) local.get 0 i32.load))',
  );
  expect(hidden).not.toMatch(/class /);
  const { f } = await load(
    '(module (memory 2) (data (i32.const 131068) "\\01") (func (export "f") (param i32) (result i32) local.get 0 i32.load))',
  );
  expect(f(131068)).toBe(1);
  expect(() => f(131069)).toThrow('out of bounds memory access');
});

test('functions with several names leave imports before what uses them', async () => {
  const { instantiate } =
    await load(`(module (memory (import "e" "m") 1) (global $g (import "e" "g") i32)
    (data (global.get $g) "abc")
    (func $a (export "a") (export "b") (export "c") (param i32) (result i32) local.get 0 i32.load8_u)
    (func $d (export "d") (export "e") (result i32) i32.const 7)
    (func $f (export "f") (export "g")))`);
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { b, c, e, f, g } = instantiate({ e: { m: memory, g: 9 } });
  expect([b, b(9), e(), g]).toEqual([c, 97, 7, f]);
});
