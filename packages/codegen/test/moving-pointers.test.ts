/** Code for interpreters: accesses through pointers that move, whose indices move with them, against native ones. */
import { expect, test } from 'vitest';
import { evaluate, load, native, otherByteOrder, text } from './building.js';

const STEPS = [4, -4, 8, -8, 12, 2, 1, 1024, -4096, 65536, 0x7ffffffc];
const LOADS = ['i32.load', 'i64.load', 'f64.load', 'f32.load', 'i32.load16_s', 'i32.load8_u'];
const PLACES = [
  { offset: 0, added: 0 },
  { offset: 8, added: 0 },
  { offset: 0, added: 16 },
  { offset: 0, added: -8 },
  { offset: 0, added: 65536 },
  { offset: 4, added: 24 },
  { offset: 65520, added: 0 },
];

/** An access of a kind at `$p` and what is added to it. */
function access(load: string, { offset, added }: (typeof PLACES)[number], value?: string): string {
  const pointer = '(local.get $p)';
  const base = added === 0 ? pointer : `(i32.add ${pointer} (i32.const ${added}))`;
  if (value === undefined) return `(${load} offset=${offset} ${base})`;
  const store = load.replace('load', 'store').replace(/_[su]$/, '');
  return `(${store} offset=${offset} ${base} ${value})`;
}

const asInt = (load: string, value: string): string => {
  if (load.startsWith('i64')) return `(i32.wrap_i64 ${value})`;
  if (load.startsWith('f64')) return `(i32.wrap_i64 (i64.reinterpret_f64 ${value}))`;
  return load.startsWith('f32') ? `(i32.reinterpret_f32 ${value})` : value;
};
const fromInt = (load: string): string => {
  const n = '(local.get $n)';
  if (load.startsWith('i64')) return `(i64.extend_i32_s ${n})`;
  if (load.startsWith('f64')) return `(f64.convert_i32_s ${n})`;
  return load.startsWith('f32') ? `(f32.convert_i32_s ${n})` : n;
};

/** Functions of a start and a number of rounds: what they have read, after they have written. */
const functions: [string, string][] = LOADS.flatMap((kind) =>
  STEPS.flatMap((step) =>
    PLACES.map(({ offset, added }): [string, string] => {
      const place = { offset, added };
      const body = `
        (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31))
          ${asInt(kind, access(kind, place))}))
        ${access(kind, place, fromInt(kind))}
        (global.set $g (local.get $p))
        ${access('i32.load', PLACES[0]!, '(local.get $sum)')}
        (local.set $p (i32.add (local.get $p) (i32.const ${step})))`;
      return [`${kind} ${step} ${offset} ${added}`, body];
    }),
  ),
);
const others: [string, string][] = [
  // An element behind the other, read and written in turn, and a second pointer that goes the other way.
  [
    'swap',
    `(local.set $q (i32.add (local.get $p) (i32.const 40)))
     (local.set $sum (i32.load (local.get $q)))
     (i32.store (local.get $q) (i32.load (local.get $p)))
     (i32.store (local.get $p) (local.get $sum))
     (local.set $q (i32.sub (local.get $q) (i32.const 4)))
     (i32.store offset=4 (local.get $q) (i32.const 6))
     (local.set $p (i32.add (local.get $q) (i32.const -32)))`,
  ],
  [
    'update',
    `(i32.store offset=4 (local.get $p) (i32.add (i32.load offset=4 (local.get $p)) (local.get $n)))
     (i32.store8 (local.get $p) (i32.xor (i32.load8_u (local.get $p)) (i32.const 5)))
     (f64.store offset=8 (local.get $p) (f64.mul (f64.load offset=8 (local.get $p)) (f64.const 3)))
     (i32.store16 offset=2 (i32.add (local.get $p) (local.get $n))
       (i32.sub (i32.load16_u offset=2 (i32.add (local.get $p) (local.get $n))) (i32.const 3)))
     (local.set $sum (i32.load (local.get $p)))
     (local.set $p (i32.add (local.get $p) (i32.const 20)))`,
  ],
  [
    'grow',
    `(i32.store (local.get $p) (local.get $n))
     (drop (memory.grow (i32.const 0)))
     (local.set $sum (i32.add (local.get $sum) (i32.load offset=4 (local.get $p))))
     (local.set $p (i32.add (local.get $p) (i32.const 4)))`,
  ],
  // Addresses of bytes and of aligned words that are found when they are stored to, beside values with effects.
  [
    'places',
    `(i32.store8 offset=3 (i32.add (i32.and (i32.load (local.get $p)) (i32.const 0x1ffff)) (local.get $n)) (local.get $p))
     (i32.store8 (i32.sub (local.get $p) (local.get $n)) (i32.load8_u offset=9 (local.get $p)))
     (i32.store8 offset=1 (i32.xor (i32.load (local.get $p)) (i32.const 5)) (call $write (local.get $p)))
     (i32.store offset=8 (i32.and (i32.load offset=4 (local.get $p)) (i32.const 0x1fffc)) (local.get $n))
     (f64.store (i32.shl (i32.load16_u (local.get $p)) (i32.const 3)) (f64.convert_i32_s (local.get $n)))
     (i32.store (i32.and (i32.load (local.get $p)) (i32.const -8)) (call $write (local.get $p)))
     (i64.store (i32.and (local.get $p) (i32.const -4)) (i64.extend_i32_s (i32.div_s (local.get $p) (local.get $n))))
     (local.set $p (i32.add (local.get $p) (i32.const 40)))`,
  ],
  // Fields that are read one behind the other, of which the farthest tells that all are there.
  [
    'neighbours',
    `(global.set $g (local.get $p))
     (local.set $q (i32.load offset=8 (local.get $p)))
     (local.set $sum (i32.load offset=20 (local.get $p)))
     (i32.store offset=4 (local.get $p) (i32.sub (local.get $q) (local.get $sum)))
     (local.set $q (i32.load offset=16 (local.get $p)))
     (local.set $sum (i32.load (i32.add (local.get $p) (i32.const 24))))
     (i32.store offset=12 (local.get $p) (i32.sub (local.get $q) (local.get $sum)))
     (local.set $p (i32.add (local.get $p) (i32.const 28)))`,
  ],
  [
    'list',
    `(global.set $g (local.get $p))
     (local.set $q (i32.load (local.get $p)))
     (local.set $sum (i32.load offset=4 (local.get $p)))
     (local.set $p (i32.load offset=8 (local.get $p)))
     (i32.store offset=8 (i32.and (local.get $q) (i32.const 0xfffc)) (local.get $sum))
     (local.set $p (i32.and (local.get $p) (i32.const 0x1fffd)))`,
  ],
  [
    'zero',
    `(local.set $p (local.get $q))
     (i32.store offset=4 (local.get $q) (local.get $n))
     (i32.store offset=8 (local.get $q) (i32.load offset=4 (local.get $q)))
     (local.set $q (i32.add (local.get $q) (i32.const 16384)))`,
  ],
  [
    'table',
    `(local.set $sum (i32.add (local.get $sum)
       (i32.load offset=1024 (i32.shl (i32.and (local.get $p) (i32.const 255)) (i32.const 2)))))
     (i32.store offset=64512 (i32.shl (i32.and (local.get $p) (i32.const 255)) (i32.const 2)) (local.get $n))
     (i32.store offset=64516 (i32.shl (i32.and (local.get $p) (i32.const 255)) (i32.const 2)) (local.get $n))
     (i32.store8 offset=65280 (i32.and (local.get $p) (i32.const 255)) (local.get $n))
     (i32.store8 offset=65281 (i32.and (local.get $p) (i32.const 255)) (local.get $n))
     (local.set $p (i32.add (local.get $p) (i32.const 1)))`,
  ],
];
/** The same with a pointer that is always aligned, so that its index is all that has to be kept. */
const aligned: [string, string][] = [...functions.filter((_, i) => i % 5 === 0), ...others].map(
  ([name, body]) => [`aligned ${name}`, body],
);
const all = [...functions, ...others, ...aligned];
const isAligned = (name: string): boolean => name.startsWith('aligned');

const WAT = `(module (memory (export "memory") 1 3) (global $g (mut i32) (i32.const 0))
  (func (export "at") (result i32) (global.get $g))
  (func $write (param $p i32) (result i32)
    (if (i32.eq (i32.and (local.get $p) (i32.const 127)) (i32.const 100)) (then (unreachable)))
    (i32.store (local.get $p) (i32.const 4099))
    (global.set $g (i32.add (global.get $g) (i32.const 1)))
    (global.get $g))
  ${all
    .map(
      ([name, body]) => `(func (export "${name}") (param $p i32) (param $n i32) (result i32)
      (local $sum i32) (local $q i32) (local $a i32)
      ${isAligned(name) ? '(local.set $a (i32.and (local.get $p) (i32.const -8)))' : ''}
      (loop $again ${isAligned(name) ? body.replaceAll('$p', '$a') : body}
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (i32.add (local.get $sum) (local.get ${isAligned(name) ? '$a' : '$p'})))`,
    )
    .join('\n')})`;

const STARTS = [0, 1, 2, 4, 16, 65500, 65519, 65520, 65524, 65532, 65536, 65540, -4, -16, -24, -64];
const MANY = [-65536, -65528, 0x7ffffff0, 0x80000000 | 0];

type Exports = Record<string, (...args: unknown[]) => unknown>;

/** What every function does from every start: its result or trap, how far it came, and what the memory holds then. */
function script(x: Exports): string[] {
  const words = new Int32Array((x['memory'] as unknown as WebAssembly.Memory).buffer);
  const lines: string[] = [];
  for (const [name] of all)
    for (const start of [...STARTS, ...MANY]) {
      for (let i = 0; i < words.length; i += 1)
        if (words[i] !== (i * 40503) >> 3) words[i] = (i * 40503) >> 3;
      let result: string;
      try {
        result = String(x[name]!(start, 12));
      } catch (error) {
        result = error instanceof WebAssembly.RuntimeError ? 'trap' : String(error);
      }
      let hash = 0;
      for (let i = 0; i < words.length; i += 1)
        if (words[i] !== (i * 40503) >> 3) hash = (Math.imul(hash, 31) + i) ^ words[i]!;
      lines.push(`${name} from ${start}: ${result}, ${x['at']!()}, ${hash}`);
    }
  return lines;
}

test('moving pointers: same results, traps at the same places', async () => {
  const expected = script(await native(WAT));
  expect(expected.some((line) => line.includes('trap'))).toBe(true);
  expect(script(await load(WAT, { optimizeFor: 'interpreter' }))).toEqual(expected);
}, 120_000);

test('moving pointers: a machine of the other byte order', async () => {
  const source = await text(WAT, { optimizeFor: 'interpreter' });
  const other = otherByteOrder(source);
  expect(script(evaluate(other))).toEqual(script(await native(WAT)));
}, 120_000);

test('fields that are read one behind the other take one test', async () => {
  const wat = `(module (memory 1) (global $g (mut i32) (i32.const 0))
    (func (export "f") (param $p i32) (local $x i32) (local $y i32) (local $z i32)
      (local.set $x (i32.load (local.get $p)))
      (local.set $y (i32.load offset=8 (local.get $p)))
      (local.set $z (i32.load offset=4 (local.get $p)))
      (global.set $g (i32.add (local.get $x) (local.get $z)))
      (global.set $g (i32.mul (local.get $y) (i32.add (local.get $x) (local.get $z))))))`;
  const source = await text(wat, { optimizeFor: 'interpreter' });
  expect(source.match(/===\s*void 0/g)).toHaveLength(1);
  expect(source).not.toMatch(/\w\[\w+(\+\d)?\]\?\?/);
});
