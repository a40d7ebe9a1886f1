/** Code for interpreters: arrays that are chosen for pointers with many accesses, against native ones. */
import { parse } from '@bytecodealliance/jco';
import { expect, test } from 'vitest';
import { evaluate, otherByteOrder, text } from './building.js';

const KINDS = {
  i32: ['i32.load', 'i32.store', '(i32.add VALUE (local.get $n))'],
  i64: ['i64.load', 'i64.store', '(i64.add VALUE (i64.extend_i32_s (local.get $n)))'],
  i16: ['i32.load16_s', 'i32.store16', '(i32.mul VALUE (i32.const 3))'],
  u16: ['i32.load16_u', 'i32.store16', '(i32.xor VALUE (local.get $n))'],
  f32: [
    'f32.load',
    'f32.store',
    '(f32.add (f32.mul VALUE (f32.const 0)) (f32.convert_i32_s (local.get $n)))',
  ],
  f64: [
    'f64.load',
    'f64.store',
    '(f64.add (f64.mul VALUE (f64.const 0)) (f64.convert_i32_s (local.get $n)))',
  ],
} as const;

/** `*(q + to) = f(*(p + from))`. */
function move(kind: keyof typeof KINDS, p: string, from: number, q: string, to: number): string {
  const [read, write, value] = KINDS[kind];
  const word = value.replace('VALUE', `(${read} offset=${from} (local.get $${p}))`);
  return `(${write} offset=${to} (local.get $${q}) ${word})`;
}

/** Many moves through one or two pointers, eight bytes apart. */
const moves = (kind: keyof typeof KINDS, p: string, q: string): string =>
  [0, 8, 16, 24, 32, 40, 48].map((at) => move(kind, p, at + 8, q, at)).join('\n');

const mark = '(global.set $g (i32.add (global.get $g) (i32.const 1)))';
const kinds = Object.keys(KINDS) as (keyof typeof KINDS)[];
const functions: [string, string][] = [
  ...kinds.flatMap((kind): [string, string][] => [
    [`${kind} one`, moves(kind, 'p', 'p')],
    [`${kind} two`, moves(kind, 'p', 'q')],
    [
      `${kind} then smaller`,
      `${moves(kind, 'p', 'p')} (i32.store8 offset=3 (local.get $p) (local.get $n))`,
    ],
    [`${kind} and bytes`, `${moves('u16', 'p', 'p')} ${moves(kind, 'p', 'q')}`],
    [
      `${kind} grows`,
      `${moves(kind, 'p', 'q')} (drop (memory.grow (i32.const 1))) ${mark} ${moves(kind, 'q', 'p')}`,
    ],
    [
      `${kind} grows in a call`,
      `(loop $l ${moves(kind, 'p', 'q')} (call $grow) ${moves(kind, 'q', 'p')}
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))`,
    ],
    // Pointers made of others, which may wrap, and those that move.
    [
      `${kind} beside`,
      `(local.set $r (i32.add (local.get $p) (i32.const 16))) ${moves(kind, 'p', 'r')}
       (local.set $s (i32.sub (local.get $q) (i32.const 24))) ${moves(kind, 'r', 's')}`,
    ],
    [
      `${kind} moves`,
      `(loop $l ${moves(kind, 'p', 'q')} ${mark} (local.set $p (i32.add (local.get $p) (i32.const 56)))
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))`,
    ],
    [
      `${kind} comes and goes`,
      `(loop $l (if (i32.and (local.get $n) (i32.const 1)) (then ${moves(kind, 'p', 'p')}))
        (local.set $p (i32.xor (local.get $p) (i32.const 1)))
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))`,
    ],
    // What is added to a pointer wraps, an offset does not.
    [
      `${kind} added`,
      `${moves(kind, 'p', 'q')}
       (${KINDS[kind][1]} offset=8 (i32.add (local.get $p) (i32.const 24)) (${KINDS[kind][0]} (i32.add (local.get $p) (i32.const 32))))`,
    ],
    [
      `${kind} frame`,
      `(local.set $r (i32.sub (i32.and (local.get $p) (i32.const -16)) (i32.const 64)))
       ${moves(kind, 'r', 'r')} ${moves(kind, 'p', 'r')}
       (i32.store8 offset=5 (local.get $r) (local.get $n))
       (i32.store offset=4 (i32.add (local.get $r) (i32.const 8)) (local.get $n))`,
    ],
  ]),
  [
    'mixed',
    `${moves('i32', 'p', 'p')} ${moves('f32', 'p', 'p')} ${moves('i16', 'p', 'p')} ${moves('i64', 'q', 'p')}`,
  ],
];

const WAT = `(module (memory (export "memory") 1 4) (global $g (mut i32) (i32.const 0))
  (func (export "at") (result i32) (global.get $g) (global.set $g (i32.const 0)))
  (func $grow (if (i32.lt_u (memory.size) (i32.const 2)) (then (drop (memory.grow (i32.const 1))))))
  ${functions
    .map(
      ([
        name,
        body,
      ]) => `(func (export "${name}") (param $p i32) (param $q i32) (param $n i32) (local $r i32) (local $s i32)
      ${body})`,
    )
    .join('\n')})`;

const ENDS = [65536, 65536 - 64, 65536 - 56, 65536 - 8];
const PLACES = [
  0,
  8,
  64,
  66,
  129,
  4,
  ...ENDS,
  ...ENDS.map((at) => at - 3),
  -8,
  -16,
  -20,
  -64,
  0x7ffffff8,
];

/** Words that are finite and positive as floats. */
const FILLED = Uint8Array.from({ length: 65536 }, (_, at) => (at % 4 === 3 ? 0x40 : at * 7));

type Exports = Record<string, (...args: unknown[]) => unknown>;

/** What every function does from every pair of places, each in a new instance where it grows. */
async function script(instance: () => Exports | Promise<Exports>): Promise<string[]> {
  const lines: string[] = [];
  for (const [name] of functions) {
    let x = await instance();
    for (const [i, p] of PLACES.entries())
      for (const q of [
        PLACES[(i + 1) % PLACES.length]!,
        1024,
        PLACES[(i * 5 + 2) % PLACES.length]!,
      ]) {
        if (name.includes('grows')) x = await instance();
        const memory = x['memory'] as unknown as WebAssembly.Memory;
        const bytes = new Uint8Array(memory.buffer);
        bytes.fill(0);
        bytes.set(FILLED);
        let result: string;
        try {
          x[name]!(p, q, 3);
          result = 'returned';
        } catch (error) {
          result = error instanceof WebAssembly.RuntimeError ? 'trap' : String(error);
        }
        const words = new Int32Array(memory.buffer);
        let hash = 0;
        for (let at = 0; at < words.length; at++) hash = Math.imul(hash, 31) + (words[at]! ^ at);
        lines.push(`${name} ${p} ${q}: ${result}, ${x['at']!()}, ${words.length}, ${hash | 0}`);
      }
  }
  return lines;
}

/** What the engine does; the module is assembled once. */
async function wanted(): Promise<string[]> {
  const module = new WebAssembly.Module(new Uint8Array(await parse(WAT)));
  return script(() => new WebAssembly.Instance(module).exports as Exports);
}

test('chosen arrays: same results, traps at the same places', async () => {
  const expected = await wanted();
  expect(expected.some((line) => line.includes('trap'))).toBe(true);
  const source = await text(WAT, { optimizeFor: 'interpreter' });
  for (const letter of 'HSIFD') expect(source).toContain(`V0${letter}`);
  expect(await script(evaluate(source).instantiate)).toEqual(expected);
  expect(await script(evaluate(otherByteOrder(source)).instantiate)).toEqual(expected);
}, 120_000);

test('chosen arrays: none in a function that is split', async () => {
  const options = { optimizeFor: 'interpreter', functionBudget: 60 } as const;
  const source = await text(WAT, options);
  expect(await script(evaluate(source).instantiate)).toEqual(await wanted());
}, 120_000);

test('chosen arrays: what is stored otherwise through an aligned pointer is tested', async () => {
  const words = (count: number): string =>
    Array.from(
      { length: count },
      (_, i) => `(i32.store offset=${i * 4} (local.get $p) (local.get $n))`,
    ).join('\n');
  const others = [
    '(i32.store8 offset=16 (local.get $p) (i32.const 16))',
    '(i32.store16 offset=16 (local.get $p) (i32.const 16))',
    '(i32.store (i32.sub (local.get $p) (i32.const 4)) (i32.const 16))',
    '(i32.store (i32.add (local.get $p) (i32.shl (local.get $n) (i32.const 2))) (i32.const 16))',
    '(local.set $x (i32.load8_u offset=16 (local.get $p)))',
    '(local.set $x (i32.load (i32.add (local.get $p) (i32.shl (local.get $n) (i32.const 2)))))',
  ];
  const wat = `(module (memory (export "memory") 1)
    ${others
      .map(
        (
          other,
          i,
        ) => `(func (export "f${i}") (param $i i32) (param $n i32) (result i32) (local $p i32) (local $x i32)
      (local.set $p (i32.shl (local.get $i) (i32.const 3)))
      ${other} ${words(i % 2 ? 9 : 30)} ${other} (local.get $x))
    (func (export "g${i}") (param $i i32) (param $n i32) (result i32) (local $p i32) (local $x i32)
      (local.set $p (i32.shl (local.get $i) (i32.const 3)))
      (loop $l ${other} ${words(12)} ${other}
        (local.set $p (i32.sub (local.get $p) (i32.const 8)))
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (local.get $x))`,
      )
      .join('\n')}
    ${others
      .map(
        (
          other,
          i,
        ) => `(func (export "h${i}") (param $i i32) (param $n i32) (result i32) (local $p i32) (local $x i32) (local $k i32)
      (loop $l
        (local.set $p (i32.sub (local.get $p) (i32.const 8)))
        (if (i32.lt_s (local.get $p) (i32.const 1024)) (then ${other}))
        (local.set $k (i32.const 3))
        (loop $m (i32.store offset=1020 (local.get $p) (local.get $k))
          (br_if $m (local.tee $k (i32.sub (local.get $k) (i32.const 1)))))
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (local.get $x))`,
      )
      .join('\n')})`;
  const bytes = new Uint8Array(await parse(wat));
  const script = (x: Record<string, unknown>): string[] => {
    const memory = new Uint8Array((x['memory'] as WebAssembly.Memory).buffer);
    const lines: string[] = [];
    for (const name of Object.keys(x))
      for (const [i, n] of [
        [0, 1],
        [1, 4],
        [2, 3],
        [-1, 1],
        [-2, 2],
        [8191, 2],
        [8192, 1],
        [8189, 3],
        [100, 5],
      ] as const) {
        if (typeof x[name] !== 'function') continue;
        let result: string;
        try {
          result = String((x[name] as (...args: number[]) => unknown)(i, n));
        } catch (error) {
          result = error instanceof WebAssembly.RuntimeError ? 'trap' : String(error);
        }
        lines.push(
          `${name} ${i} ${n}: ${result} ${memory.reduce((h, b) => (Math.imul(h, 31) + b) | 0, 0)}`,
        );
      }
    return lines;
  };
  const expected = script(new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports);
  const { instantiate } = evaluate(await text(wat, { optimizeFor: 'interpreter' }));
  expect(script(instantiate() as Exports)).toEqual(expected);
});
