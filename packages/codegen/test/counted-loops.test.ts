/** Code for interpreters: accesses in loops that run a bounded number of rounds need no test; results are as native. */
import { expect, test } from 'vitest';
import { load, native, text } from './building.js';

const PAGE = 65536;

/** How a loop ends: what is tested of its counter, which moves by `step`. */
interface Count {
  first: number;
  step: number;
  test: string;
  end: number;
}

const COUNTS: Count[] = [
  { first: 0, step: 1, test: 'i32.ne', end: 16 },
  { first: 0, step: 4, test: 'i32.ne', end: 64 },
  // Never equal before it has come round: 2^30 rounds, which an access ends.
  { first: 0, step: 4, test: 'i32.ne', end: 62 },
  { first: 64, step: -8, test: 'i32.ne', end: 0 },
  { first: -64, step: 4, test: 'i32.ne', end: 0 },
  { first: 0, step: 3, test: 'i32.lt_s', end: 50 },
  { first: 0, step: 3, test: 'i32.le_s', end: 51 },
  { first: 0, step: 3, test: 'i32.lt_u', end: 50 },
  { first: 0, step: 3, test: 'i32.le_u', end: 51 },
  { first: -7, step: 3, test: 'i32.lt_u', end: 50 },
  { first: 90, step: 4, test: 'i32.lt_s', end: 50 },
  { first: 50, step: -3, test: 'i32.gt_s', end: -5 },
  { first: 50, step: -3, test: 'i32.ge_s', end: -4 },
  { first: 50, step: -3, test: 'i32.gt_u', end: 4 },
  { first: 0x7ffffff0, step: 8, test: 'i32.lt_s', end: 0x7ffffffe },
  { first: 0x7ffffff9, step: 8, test: 'i32.lt_s', end: 5 },
];

const add = (x: string, n: number | string): string =>
  `(i32.add ${x} ${typeof n === 'number' ? `(i32.const ${n})` : n})`;
const take = (value: string): string =>
  `(local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31)) ${value}))`;

/** What a round does with the counter and a pointer that moves with it, and how the pointer begins. */
const BODIES: [string, (at: number) => { start: string; round: string }][] = [
  [
    'words',
    (at) => ({
      start: `(local.set $p (i32.const ${at & ~3}))`,
      round: `${take('(i32.load (local.get $p))')}
        (i32.store offset=4 (local.get $p) (local.get $sum))
        (local.set $p ${add('(local.get $p)', 4)})`,
    }),
  ],
  [
    'bytes',
    (at) => ({
      start: `(local.set $q (i32.const ${at}))`,
      round: `(i32.store8 (i32.add (local.get $q) (local.get $i)) (local.get $sum))
        ${take('(i32.load8_u (i32.add (local.get $q) (local.get $i)))')}`,
    }),
  ],
  [
    'scaled',
    (at) => ({
      start: `(local.set $q (i32.const ${at & ~7}))`,
      round: `(f64.store (i32.add (local.get $q) (i32.shl (local.get $i) (i32.const 3)))
          (f64.convert_i32_s (local.get $sum)))
        ${take('(i32.load offset=4 (i32.add (local.get $q) (i32.shl (local.get $i) (i32.const 3))))')}`,
    }),
  ],
  [
    'sometimes',
    (at) => ({
      start: `(local.set $p (i32.const ${at & ~1}))`,
      round: `${take('(i32.load16_u (local.get $p))')}
        (if (i32.and (local.get $sum) (i32.const 1))
          (then (local.set $p ${add('(local.get $p)', 6)}))
          (else (local.set $p ${add('(local.get $p)', -2)})))
        (i32.store16 (local.get $p) (local.get $sum))`,
    }),
  ],
  [
    'inner',
    (at) => ({
      start: `(local.set $p (i32.const ${at & ~3}))`,
      round: `(local.set $q (local.get $p))
        (local.set $j (i32.const 0))
        (loop $inner
          (i32.store (local.get $q) ${add('(local.get $sum)', '(local.get $j)')})
          ${take('(i32.load offset=8 (local.get $q))')}
          (local.set $q ${add('(local.get $q)', 4)})
          (br_if $inner (i32.lt_u (local.tee $j ${add('(local.get $j)', 1)}) (i32.const 3))))
        (local.set $p ${add('(local.get $p)', 4)})`,
    }),
  ],
  [
    'left',
    (at) => ({
      start: `(local.set $p (i32.const ${at & ~3}))`,
      round: `(block $skip
          (br_if $skip (i32.and (local.get $i) (i32.const 2)))
          (local.set $p ${add('(local.get $p)', 8)}))
        (if (i32.lt_u (local.get $sum) (i32.const 40))
          (then (i32.store8 offset=65490 (local.get $sum) (local.get $i))))
        (i32.store (local.get $p) (local.get $i))
        ${take('(i32.load (local.get $p))')}`,
    }),
  ],
];

/** Places where loops begin: some end right before the end of the memory, some right behind it. */
const PLACES = [257, PAGE - 64, PAGE - 68, PAGE - 132, -4];

interface Case {
  name: string;
  wat: string;
}

const cases: Case[] = COUNTS.flatMap(({ first, step, test, end }, count) =>
  BODIES.flatMap(([kind, body]) =>
    PLACES.flatMap((at): Case[] =>
      // The counter is read before it moves or, as compilers do, only its next value is compared.
      [false, true].map((next) => {
        const { start, round } = body(at);
        const moved = add('(local.get $i)', step);
        const advance = next
          ? `(local.set $i (local.get $n))
             (br_if $again (${test} (local.get $n) (i32.const ${end})))`
          : `(local.set $i ${moved})
             (br_if $again (${test} (local.get $i) (i32.const ${end})))`;
        const name = `${kind} ${count} ${at} ${next}`;
        const wat = `(func (export "${name}") (result i32)
          (local $sum i32) (local $i i32) (local $n i32) (local $p i32) (local $q i32) (local $j i32)
          ${start}
          (local.set $i (i32.const ${first}))
          (loop $again
            ${next ? `(local.set $n ${moved})` : ''}
            ${round}
            (if (i32.gt_s (global.get $fuel) (i32.const 400)) (then (return (local.get $sum))))
            (global.set $fuel ${add('(global.get $fuel)', 1)})
            ${advance})
          ${add('(local.get $sum)', '(local.get $i)')})`;
        return { name, wat };
      }),
    ),
  ),
);

const WAT = `(module (memory (export "memory") 1)
  (global $fuel (export "fuel") (mut i32) (i32.const 0))
  ${cases.map(({ wat }) => wat).join('\n')})`;

type Exports = Record<string, (...args: unknown[]) => unknown>;

function results(x: Exports): string[] {
  const words = new Int32Array((x['memory'] as unknown as WebAssembly.Memory).buffer);
  const fuel = x['fuel'] as unknown as WebAssembly.Global;
  return cases.map(({ name }) => {
    for (let i = 0; i < words.length; i++) words[i] = (i * 40503) >> 3;
    fuel.value = 0;
    let result: string;
    try {
      result = String(x[name]!());
    } catch (error) {
      result = error instanceof WebAssembly.RuntimeError ? 'trap' : String(error);
    }
    let hash = 0;
    for (let i = 0; i < words.length; i++)
      if (words[i] !== (i * 40503) >> 3) hash = (Math.imul(hash, 31) + i) ^ words[i]!;
    return `${name}: ${result}, ${hash}`;
  });
}

test('loops that count: same results, traps at the same places', async () => {
  const expected = results(await native(WAT));
  const traps = expected.filter((line) => line.includes('trap')).length;
  expect(traps).toBeGreaterThan(100);
  expect(expected.length - traps).toBeGreaterThan(400);
  expect(results(await load(WAT, { optimizeFor: 'interpreter' }))).toEqual(expected);
}, 60_000);

/** The text of a function of a memory of one page. */
const source = (body: string): Promise<string> =>
  text(
    `(module (memory (export "memory") 1) (func (export "f") (param $x i32) (result i32)
      (local $i i32) (local $sum i32) ${body}))`,
    { optimizeFor: 'interpreter' },
  );
const loop = (end: number, access: string): string => `(loop $again
  (local.set $sum (i32.add (local.get $sum) ${access}))
  (br_if $again (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const ${end}))))
  (local.get $sum)`;

test('loops that count: no test where the last access is in bounds, one where it is not', async () => {
  const within = await source(loop(1024, '(i32.load offset=64512 (local.get $i))'));
  expect(within).not.toContain('M0.v.get');
  expect(await source(loop(1028, '(i32.load offset=64512 (local.get $i))'))).toContain('M0.v.get');
  const compared = (end: number): string => `(if (result i32)
    (i32.lt_u (local.get $x) (i32.const ${end}))
    (then (i32.load8_u offset=65436 (local.get $x))) (else (i32.const 0)))`;
  expect(await source(compared(100))).not.toContain('M0.v.get');
  expect(await source(compared(101))).toContain('M0.v.get');
});
