/** Values and addresses that stand on two ways of one access, of which one runs: what a load tells on one does not hold on the other. */
import { expect, test } from 'vitest';
import { load, native } from './building.js';
import { message } from './ways.js';

/** What is loaded at $j, with an offset that brings an address below 0 back into the memory. */
const FAR = '(i32.load offset=4096 (local.get $j))';
const ACCESSES: [name: string, statement: string][] = [
  [
    'a float that is moved',
    '(f32.store offset=64 (local.get $p) (f32.load offset=4096 (local.get $j)))',
  ],
  [
    'a float that is moved from a sum',
    '(f32.store offset=64 (local.get $p) (f32.load offset=4096 (i32.add (local.get $j) (i32.shl (local.get $i) (i32.const 2)))))',
  ],
  ['an update', `(i32.store (local.get $p) (i32.add (i32.load (local.get $p)) ${FAR}))`],
  [
    'an update of a byte',
    `(i32.store8 (local.get $p) (i32.add (i32.load8_u (local.get $p)) ${FAR}))`,
  ],
  ['a byte', `(i32.store8 (local.get $p) ${FAR})`],
  [
    'an address',
    `(local.set $x (i32.load (i32.add (local.get $p) (i32.shl ${FAR} (i32.const 2)))))`,
  ],
  [
    'an address of a float',
    `(local.set $x (i32.trunc_sat_f32_s (f32.load (i32.add (local.get $p) (i32.shl ${FAR} (i32.const 2))))))`,
  ],
  [
    'the address of a store',
    `(i32.store (i32.add (local.get $p) (i32.shl ${FAR} (i32.const 2))) (local.get $i))`,
  ],
  ['a condition that decides nothing', `(if (i32.eqz ${FAR}) (then) (else))`],
  [
    'a condition of two loads',
    `(if (i32.and ${FAR} (i32.load offset=4096 (local.get $p))) (then) (else))`,
  ],
];

const module = (statement: string): string => `(module (memory (export "memory") 1)
  (data (i32.const 4090) "\\01\\00\\02\\00\\00\\00\\03\\00\\00\\00\\04\\00\\00\\00\\00\\c0\\7f\\05")
  (func (export "once") (param $p i32) (param $j i32) (param $i i32) (result i32) (local $x i32)
    ${statement} (local.get $x))
  (func (export "round") (param $p i32) (param $j i32) (param $i i32) (result i32) (local $x i32) (local $n i32)
    (local.set $n (i32.const 3))
    (loop $l
      ${statement}
      (local.set $p (i32.add (local.get $p) (i32.const 4)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $x)))`;

type Exports = Record<string, (...args: number[]) => unknown>;

function script(x: Exports): string[] {
  const bytes = new Uint8Array((x['memory'] as unknown as WebAssembly.Memory).buffer);
  const lines: string[] = [];
  for (const name of ['once', 'round'])
    for (const p of [0, 64, 65, 65472, 65536, -4])
      for (const j of [0, 4, 1, -1, -4, -6, -4096, 61440]) {
        const found = message(() => x[name]!(p, j, 1)).replace(
          /memory access.*|.*memory access/,
          'trap',
        );
        lines.push(
          `${name} ${p} ${j}: ${found.includes('trap') ? 'trap' : found} ${bytes.reduce((h, b) => Math.imul(h, 31) + b, 0)}`,
        );
      }
  return lines;
}

test.each(ACCESSES)('%s', async (_, statement) => {
  const expected = script(await native(module(statement)));
  expect(expected.filter((line) => line.includes('trap')).length).toBeGreaterThan(20);
  for (const optimizeFor of ['interpreter', 'size', 'jit'] as const) {
    const found = script(await load(module(statement), { optimizeFor }));
    expect([optimizeFor, ...found]).toEqual([optimizeFor, ...expected]);
  }
});
