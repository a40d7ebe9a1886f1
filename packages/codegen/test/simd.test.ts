/** Vectors against the engine's own, instruction by instruction, and where they meet JavaScript. */
import { OPCODES, type OpcodeInfo, V128 } from '@wasm2js/decoder';
import { describe, expect, test } from 'vitest';
import { type Loaded, load, native, text } from './building.js';
import { words } from './words.js';

const ROWS = OPCODES.filter(
  (row): row is OpcodeInfo => row?.feature === 'simd' && row.params !== undefined,
);
const TYPES = new Map([
  [0x7f, 'i32'],
  [0x7e, 'i64'],
  [0x7d, 'f32'],
  [0x7c, 'f64'],
  [V128, 'v128'],
]);
const name = (type: number): string => TYPES.get(type)!;

/** The NaN of these results is any arithmetic one. */
const OPEN_NAN =
  /^(f\d\dx\d)\.(add|sub|mul|div|sqrt|min|max|ceil|floor|trunc|nearest|promote|demote)/;

/** Words with interesting lanes of every width, and the bits of many kinds of floats. */
const WORDS = [
  ...[0, 1, -1, 0x80808080, 0x7f7f7f7f, 0x80008000, 0x7fff7fff, 0x80000000, 0x7fffffff],
  ...[0x01020304, 0xff00ff00, 0x00ff00ff, 0x0080017f, 0xfffe0001, 0xff80007f, 0x12345678],
  ...[0x3f800000, 0xbfc00000, 0x7f800000, 0xff800000, 0x7fc00000, 0x7fa00001, 0xffc12345],
  ...[0x4f000000, 0xcf000001, 0x5f800000, 0x3effffff, 0x3ff00000, 0x40080000, 0x41e00000],
  ...[0xc1e00000, 0x7ff00000, 0x7ff40001, 0x000fffff, 0x4b000001, 0x3fe00000, 0xbfe00000],
];

/** A generator of words that is the same in each run. */
function generator(seed: number): () => number {
  const next = words(seed);
  return () => {
    const x = next() | 0;
    return x >>> 3 === 0 ? x : (x >>> 0) % 3 > 0 ? WORDS[(x >>> 8) % WORDS.length]! | 0 : x;
  };
}

interface Case {
  mnemonic: string;
  /** Instructions that leave the result. */
  body: string;
  result: number;
}

/** Puts a result behind the operands, canonical where its NaN is open. */
function store({ mnemonic, body, result }: Case, index: number): string {
  const open = OPEN_NAN.exec(mnemonic);
  const shape = /^f32|demote/.test(mnemonic) ? 'f32x4' : 'f64x2';
  const canonical = shape === 'f32x4' ? 'nan nan nan nan' : 'nan nan';
  const kept = open
    ? `(local.set 0 ${body}) (v128.bitselect (local.get 0) (v128.const ${shape} ${canonical})
        (${shape}.eq (local.get 0) (local.get 0)))`
    : body;
  return `(func (export "f${index}") (local v128)
    (${name(result)}.store offset=64 (i32.const 0) ${kept}))`;
}

/** An operand: in memory, or what `make` gives for it. */
const operand = (type: number, i: number): string =>
  `(${name(type)}.load offset=${16 * i} (i32.const 0))`;

const immediates = (row: OpcodeInfo, random: () => number): string => {
  const lane = () => ((random() >>> 5) % row.lanes) + 0;
  if (row.immediates === 'lane') return `${lane()}`;
  if (row.immediates === 'lanes') return Array.from({ length: 16 }, lane).join(' ');
  return '';
};

/** Runs cases by both on random operands; which results differ. */
async function differences(cases: Case[], rounds: number): Promise<string[]> {
  const wat = `(module (memory (export "m") 1)\n${cases.map(store).join('\n')})`;
  const sides: [Loaded, Loaded] = [await load(wat), await native(wat)];
  const views = sides.map(({ m }) => new Int32Array(m.buffer)) as [Int32Array, Int32Array];
  const random = generator(7);
  const wrong: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const words = Array.from({ length: 16 }, random);
    cases.forEach(({ mnemonic, body }, i) => {
      for (const side of [0, 1] as const) {
        views[side].fill(0, 0, 32);
        views[side].set(words);
        sides[side][`f${i}`]();
      }
      const [ours, theirs] = views.map((view) => [...view.subarray(16, 20)].join());
      if (ours !== theirs) wrong.push(`${mnemonic} of ${words}: ${ours}, not ${theirs} (${body})`);
    });
  }
  return [...new Set(wrong)].slice(0, 5);
}

const PLAIN = ROWS.filter(
  (row) => ['none', 'lane', 'lanes'].includes(row.immediates) && row.params!.length > 0,
);

test('there are 236 vector instructions', () => {
  expect(OPCODES.filter((row) => row?.feature === 'simd')).toHaveLength(236);
  expect(OPCODES.filter((row) => row?.feature === 'relaxed-simd')).toHaveLength(20);
});

test('every instruction, on operands in memory', async () => {
  const random = generator(1);
  const cases = PLAIN.flatMap((row) =>
    // Lanes are chosen several times.
    Array.from({ length: row.immediates === 'none' ? 1 : 6 }, (): Case => {
      const operands = row.params!.map(operand).join(' ');
      const body = `(${row.mnemonic} ${immediates(row, random)} ${operands})`;
      return { mnemonic: row.mnemonic, body, result: row.results![0]! };
    }),
  );
  expect(await differences(cases, 60)).toEqual([]);
}, 60_000);

test('every instruction of two vectors, one of them constant', async () => {
  const random = generator(2);
  const cases = PLAIN.filter(
    ({ immediates: kind, params }) =>
      kind === 'none' && params!.length === 2 && params!.every((type) => type === V128),
  ).flatMap((row) =>
    Array.from({ length: 8 }, (_, i): Case => {
      // The same byte or half in all lanes, as compilers have it, and any words.
      const word = random();
      const words = [0, 1, 2, 3].map(() =>
        i < 2
          ? Math.imul(word & 255, 0x01010101)
          : i < 4
            ? Math.imul(word & 65535, 0x10001)
            : random(),
      );
      const operands = [operand(V128, 0), `(v128.const i32x4 ${words.join(' ')})`];
      if (i % 2) operands.reverse();
      const body = `(${row.mnemonic} ${operands.join(' ')})`;
      return { mnemonic: row.mnemonic, body, result: V128 };
    }),
  );
  expect(await differences(cases, 40)).toEqual([]);
}, 60_000);

test('bytes and halves that are known to be small', async () => {
  const small = (bits: 8 | 16, i: number, limit: number): string =>
    `(v128.and ${operand(V128, i)} (v128.const ${bits === 8 ? 'i8x16' : 'i16x8'} ${new Array(
      128 / bits,
    )
      .fill(limit)
      .join(' ')}))`;
  const cases = PLAIN.filter(({ mnemonic }) => /^i(8x16|16x8)\./.test(mnemonic)).flatMap((row) => {
    if (row.immediates !== 'none' || row.params!.some((type) => type !== V128)) return [];
    const source = /_i(8x16|16x8|32x4)/.exec(row.mnemonic)?.[1] ?? row.mnemonic.slice(1, 5);
    const bits = source.startsWith('8') ? 8 : 16;
    const limits = bits === 8 ? [1, 15, 127, 128, 255] : [1, 255, 256, 32767, 65535];
    return limits.flatMap((limit, k) =>
      limits.map((other): Case => {
        const [a, b] = [small(bits, 0, limit), small(bits, 1, other)];
        // Sums of sums, too.
        const sum = `(i${bits === 8 ? '8x16' : '16x8'}.add ${a} ${b})`;
        const shape = bits === 8 ? 'i8x16' : 'i16x8';
        const shifted = `(${shape}.shr_u (${shape}.shl ${b} (i32.const ${k})) (i32.const ${k + 1}))`;
        const operands = row.params!.length === 1 ? sum : `${sum} ${shifted}`;
        return {
          mnemonic: row.mnemonic,
          body: `(${row.mnemonic} ${operands})`,
          result: row.results![0]!,
        };
      }),
    );
  });
  expect(cases.length).toBeGreaterThan(1000);
  expect(await differences(cases, 12)).toEqual([]);
}, 120_000);

test('masks of comparisons: kept bits, choices, tests', async () => {
  const cases = ['i8x16', 'i16x8', 'i32x4', 'f32x4', 'f64x2'].flatMap((shape) =>
    ['eq', 'lt_s', 'gt_u', 'le_s', 'lt', 'ge'].flatMap((how): Case[] => {
      if (shape.startsWith('f') !== !/_|eq/.test(how) && how !== 'eq') return [];
      const mask = `(${shape}.${how} ${operand(V128, 0)} ${operand(V128, 1)})`;
      const i = shape.replace('f', 'i');
      return [
        ...[1, 64, 128, 13, 255].map((bit) => ({
          mnemonic: `v128.and ${bit}`,
          body: `(v128.and ${mask} (v128.const i8x16 ${new Array(16).fill(bit).join(' ')}))`,
          result: V128,
        })),
        {
          mnemonic: 'v128.bitselect',
          body: `(v128.bitselect ${operand(V128, 2)} ${operand(V128, 0)} ${mask})`,
          result: V128,
        },
        {
          mnemonic: 'v128.bitselect of floats',
          body: `(v128.bitselect (f32x4.neg ${operand(V128, 2)}) (f32x4.abs ${operand(V128, 1)}) ${mask})`,
          result: V128,
        },
        ...['all_true', 'bitmask'].map((test) => ({
          mnemonic: test,
          body: `(${i}.${test} ${mask})`,
          result: 0x7f,
        })),
        { mnemonic: 'v128.any_true', body: `(v128.any_true ${mask})`, result: 0x7f },
      ];
    }),
  );
  expect(await differences(cases, 60)).toEqual([]);
}, 60_000);

test('accesses at the end of a memory read and write all or nothing', async () => {
  const accesses = ROWS.filter(({ immediates: kind }) => kind.startsWith('memarg'));
  const wat = `(module (memory (export "m") 1)
    ${accesses
      .map(({ mnemonic, params, results, lanes }) => {
        const lane = lanes > 0 ? `${lanes - 1}` : '';
        const vector = params!.length > 1 ? '(v128.load (i32.const 0))' : '';
        const access = (offset: string, address: string) =>
          `(${mnemonic} ${offset} ${lane} ${address} ${vector})`;
        const wrap = (body: string) =>
          results!.length > 0 ? `(v128.store (i32.const 16) ${body})` : body;
        return `(func (export "${mnemonic}") (param i32) ${wrap(access('', '(local.get 0)'))})
          (func (export "${mnemonic} with offset") (param i32)
            ${wrap(access('offset=9', '(local.get 0)'))})`;
      })
      .join('\n')})`;
  const sides = [await load(wat), await native(wat)];
  for (const { mnemonic } of accesses)
    for (const key of [mnemonic, `${mnemonic} with offset`])
      for (let address = 65536 - 26; address < 65540; address++) {
        const [ours, theirs] = sides.map(({ m, [key]: run }) => {
          const bytes = new Uint8Array(m.buffer);
          bytes.forEach((_, i) => {
            if (i < 16 || i > 65500) bytes[i] = i * 37;
          });
          let outcome = 'done';
          try {
            run(address);
          } catch (error) {
            outcome = (error as Error).message;
          }
          return `${outcome === 'done' ? outcome : 'trap'} ${bytes.subarray(16, 32)} ${bytes.subarray(65500)}`;
        });
        expect(`${key} ${address} ${ours}`).toBe(`${key} ${address} ${theirs}`);
      }
}, 60_000);

test('accesses by 64-bit addresses, and of a second memory, are the same', async () => {
  const accesses = ROWS.filter(({ immediates: kind }) => kind.startsWith('memarg'));
  const wat = (index: string, memory: string): string =>
    `(module (memory 1) (memory $second 1) (memory $wide i64 1)
    (func (export "byte") (param i32) (result i32) (i32.load8_u ${index} ${memory}))
    (func (export "fill") (param i32 i32) (i32.store8 ${index} ${memory} (local.get 1)))
    ${accesses
      .map(({ mnemonic, params, results, lanes }) => {
        const lane = lanes > 0 ? `${lanes - 1}` : '';
        const vector = params!.length > 1 ? '(v128.const i64x2 0x0102030405060708 -2)' : '';
        const access = `(${mnemonic} ${index} offset=3 ${lane} ${memory} ${vector})`;
        const zero = memory.replace('local.get 0', 'i32.const 16');
        const body = results!.length > 0 ? `(v128.store ${index} ${zero} ${access})` : access;
        return `(func (export "${mnemonic}") (param i32) ${body})`;
      })
      .join('\n')})`;
  const plain = await load(wat('', '(local.get 0)'));
  for (const other of [
    await load(wat('$second', '(local.get 0)')),
    await load(wat('$wide', '(i64.extend_i32_u (local.get 0))')),
  ])
    for (const { mnemonic } of accesses)
      for (const address of [40, 65513, 65517, 65519, 65521, 65525, 65527, 65529, 65530, -1]) {
        const [expected, got] = [plain, other].map((side) => {
          for (let i = 0; i < 64; i++) side.fill(i, i * 37);
          for (let i = 65500; i < 65536; i++) side.fill(i, i * 37);
          let outcome = 'done';
          try {
            side[mnemonic](address);
          } catch (error) {
            outcome = (error as Error).message;
          }
          const bytes = [...Array(64).keys(), ...Array.from({ length: 36 }, (_, i) => 65500 + i)];
          return `${mnemonic} ${address} ${outcome} ${bytes.map((i) => side.byte(i))}`;
        });
        expect(got).toBe(expected);
      }
});

describe('vectors and JavaScript', () => {
  const wat = `(module
    (import "host" "take" (func $take (param v128)))
    (import "host" "give" (func $give (result v128)))
    (global (export "g") (mut v128) (v128.const i32x4 1 2 3 4))
    (func (export "take") (param v128))
    (func (export "give") (result i32 v128) (i32.const 1) (global.get 0))
    (func (export "callTake") (call $take (global.get 0)))
    (func (export "callGive") (drop (call $give))))`;

  test('neither cross over', async () => {
    let calls = 0;
    const host = { take: () => calls++, give: () => calls++ };
    const { instantiate } = await load(wat);
    for (const exports of [instantiate({ host }), await native(wat, { host })]) {
      expect(() => exports.take(1)).toThrow(TypeError);
      expect(() => exports.give()).toThrow(TypeError);
      expect(() => exports.callTake()).toThrow(TypeError);
      expect(() => exports.callGive()).toThrow(TypeError);
      expect(() => exports.g.value).toThrow(TypeError);
      expect(() => {
        exports.g.value = 1;
      }).toThrow(TypeError);
    }
    expect(calls).toBe(0);
    expect(() => new instantiate.Global({ value: 'v128' }, 1)).toThrow(TypeError);
    expect(() => new instantiate.Global({ value: 'v128', mutable: true })).toThrow(TypeError);
  });

  test('pass between instances', async () => {
    const exporter = await load(`(module
      (global (export "g") (mut v128) (v128.const i32x4 1 2 3 4))
      (func (export "swap") (param v128 i32 v128) (result v128 v128)
        (local.get 2) (local.get 0)))`);
    const importer = await load(`(module
      (type $swap (func (param v128 i32 v128) (result v128 v128)))
      (import "a" "g" (global $g (mut v128)))
      (import "a" "swap" (func $swap (type $swap)))
      (global $copy v128 (v128.const f32x4 1 2 3 4))
      (table funcref (elem $swap))
      (func (export "direct") (result i32) (local v128)
        (call $swap (global.get $g) (i32.const 5) (global.get $copy))
        (local.set 0) (global.set $g)
        (i32x4.extract_lane 2 (local.get 0)))
      (func $tail (param v128) (result v128 v128)
        (return_call_indirect (type $swap) (local.get 0) (i32.const 5) (global.get $g) (i32.const 0)))
      (func (export "indirect") (result f32)
        (drop (call $tail (global.get $copy))) (f32x4.extract_lane 3)))`);
    const { direct, indirect } = importer.instantiate({ a: exporter.instantiate() });
    expect(direct()).toBe(3);
    expect(indirect()).toBe(4);
  });
});

test('floats between float instructions are numbers', async () => {
  const output = await text(`(module (memory 1)
    (func (export "f") (param i32) (local $sum v128) (local $product v128)
      (loop
        (local.set $product (f32x4.mul (v128.load (local.get 0)) (v128.load offset=256 (local.get 0))))
        (local.set $sum (f32x4.add (local.get $sum) (local.get $product)))
        (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 16)))))
      (v128.store (i32.const 0) (local.get $sum)))
    (func (export "g") (param i32) (local $sum v128)
      (loop
        (local.set $sum (f64x2.add (local.get $sum) (f64x2.sqrt (v128.load (local.get 0)))))
        (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 16)))))
      (v128.store (i32.const 0) (local.get $sum))))`);
  expect(output).not.toMatch(/_bits|_f64_/);
  expect(output).toMatch(/getFloat32/);
  expect(output).toMatch(/setFloat64/);
});
