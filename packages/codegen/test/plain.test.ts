/** Modules that pay only for what they use: what others can do with their exports stays the same. */
import { expect, test } from 'vitest';
import { build, evaluate, evaluateBare, type Loaded, load, native, text } from './building.js';

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

/** Functions whose float parameter, stored only, comes as a NaN of any bits: from a caller, a table or another variable. */
const STORED = (['f32', 'f64'] as const)
  .map((f) => {
    const [i, at] = f === 'f32' ? ['i32', 0] : ['i64', 8];
    const stores = (...values: string[]): string =>
      values.map((value, n) => `(${f}.store (i32.const ${64 + 8 * n}) ${value})`).join(' ');
    const [x, y] = ['(local.get 0)', '(local.get 1)'];
    const bodies = {
      once: stores(x),
      twice: stores(x, x),
      compared: `(if (${f}.lt ${x} (${f}.const 1)) (then ${stores(x)}) (else ${stores(`(${f}.const 7)`, x)}))`,
      copied: `(local.set 1 ${x}) ${stores(y)} (local.set 1 (${f}.const 2)) ${stores(x, y)}`,
      tee: stores(`(local.tee 1 ${x})`, y),
      set: `${stores(x)} (local.set 0 (${f}.load (i32.const ${at + 16}))) ${stores(y, x)}`,
      sign: stores(`(${f}.neg ${x})`, `(${f}.abs ${x})`, `(${f}.copysign ${x} (${f}.const -1))`),
      signed: stores(`(${f}.copysign (${f}.const 3) ${x})`, x),
      select: stores(`(select ${x} ${y} (i32.load (i32.const 48)))`),
      bits: `(local.set 1 ${x}) (${i}.store (i32.const 64) (${i}.reinterpret_${f} ${y}))`,
      global: `(global.set $${f} ${x}) ${stores(`(global.get $${f})`)}`,
      passed: `(call $once_${f} ${x} ${x})`,
      tail: `(return_call $twice_${f} ${x} ${y})`,
    };
    const names = Object.keys(bodies);
    const functions = Object.entries(bodies).map(
      ([name, body]) => `(func $${name}_${f} (export "${name}_${f}") (type $${f}) ${body})`,
    );
    const argument = `(${f}.load offset=${at} (local.get 0))`;
    const calls = names.map(
      (
        name,
        n,
      ) => `(func (export "call_${name}_${f}") (param i32) (call $${name}_${f} ${argument} (${f}.const 0.5)))
      (func (export "table_${name}_${f}") (param i32) (call_indirect $t${f} (type $${f}) ${argument} ${argument} (i32.const ${n})))`,
    );
    return `(type $${f} (func (param ${f} ${f}))) (global $${f} (mut ${f}) (${f}.const 0))
      (table $t${f} funcref (elem ${names.map((name) => `$${name}_${f}`).join(' ')})) ${functions.join(' ')} ${calls.join(' ')}`;
  })
  .join('\n');

/** Single and double: numbers, quiet and signalling NaNs. */
const BITS: [number, bigint][] = [
  [0x3fc00000, 0x3ff8000000000000n],
  [0x80000000, 0x8000000000000000n],
  [0x7fa00001, 0x7ff4000012345678n],
  [0xff800001, 0xfff0000000000001n],
  [0xffffffff, 0xffffffffffffffffn],
];

test.each(['jit', 'interpreter', 'size'] as const)(
  'float parameters that are only stored keep the bits of NaNs, for %s',
  async (optimizeFor) => {
    const wat = `(module (memory (export "m") 1) ${STORED})`;
    const seen = ({ m, ...functions }: Loaded): string[] => {
      const view = new DataView(m.buffer);
      return Object.entries(functions as Record<string, (...args: number[]) => void>).flatMap(
        ([name, f]) =>
          (f.length === 1 ? BITS.map((_, n) => n * 16) : [1.5, -0, Number.NaN]).map((argument) => {
            new Uint8Array(m.buffer).fill(0);
            BITS.forEach(([single, double], n) => {
              view.setUint32(n * 16, single, true);
              view.setBigUint64(n * 16 + 8, double, true);
            });
            // What JavaScript gives as a NaN has any bits: stored alone, it is one.
            f(argument, 0.25);
            const stored = new Uint8Array(m.buffer, 64, 32);
            const any = Number.isNaN(argument);
            return `${name} ${argument} ${any ? stored.some((byte) => byte !== 0) : stored.join()}`;
          }),
      );
    };
    const { instantiate } = await load(wat, { optimizeFor });
    expect(seen(instantiate())).toEqual(seen(await native(wat)));
  },
);

test('modules of two versions in one realm do not meet, and call each other as JavaScript', async () => {
  const older = (source: string): string => source.replaceAll("'wasm2js.10'", "'wasm2js.of-old'");
  const [plain, user] = [await text(PLAIN, { namedExports: false }), await text(USER)];
  expect(plain).not.toBe(older(plain));
  for (const [a, b] of [
    [plain, older(user)],
    [older(plain), user],
  ] as const) {
    const p = evaluate(a).instantiate();
    const y = evaluate(b).instantiate({ p });
    expect([y.add(2, 3), [...y.wide(-7n)], [...y.indirect(-7n, 0)]]).toEqual([
      5,
      [-7n, 3, 4.5],
      [-7n, 3, 4.5],
    ]);
    expect([y.again.name, y.again(4, 5), p.add.name]).toEqual(['0', 9, '0']);
    expect(() => p.load(-1)).toThrow(WebAssembly.RuntimeError);
  }
});
