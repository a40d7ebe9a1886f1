/** Code for interpreters: small functions are taken into their callers; memory is copied and filled by the engine. */
import { expect, test } from 'vitest';
import { load, native, text } from './building.js';

const CALLS = `(module (memory 1) (global $g (mut i32) (i32.const 0))
  (func $work (param $a i32) (param $b i64) (result i64)
    (if (i32.eqz (local.get $a)) (then (unreachable)))
    (global.set $g (i32.add (global.get $g) (local.get $a)))
    (i64.add (i64.extend_i32_u (global.get $g))
      (i64.mul (local.get $b) (i64.extend_i32_s (i32.load (i32.sub (local.get $a) (i32.const 1)))))))
  (func $only (param $a i32) (param $b i64) (result i64) (call $work (local.get $a) (local.get $b)))
  (func $swapped (param $b i64) (param $a i32) (result i64) (call $only (local.get $a) (local.get $b)))
  (func $early (param $a i32) (result i32) (local $z i32)
    (if (i32.gt_s (local.get $a) (i32.const 9)) (then (return (i32.const 7))))
    (local.set $z (i32.add (local.get $z) (local.get $a)))
    (local.get $z))
  (func $grow (param $a i32) (result i32) (memory.grow (local.get $a)))
  (func $stored (param $a i32) (i32.store (i32.const 65536) (local.get $a)))
  (func (export "only") (param $a i32) (result i64)
    (i64.add (call $only (local.get $a) (i64.const 5)) (call $swapped (i64.const -3) (local.get $a))))
  (func (export "early") (param $a i32) (result i32)
    (loop $l (result i32)
      (local.set $a (i32.add (local.get $a) (i32.const 3)))
      (br_if $l (i32.ne (call $early (local.get $a)) (i32.const 7)))
      (i32.add (call $early (local.get $a)) (call $early (i32.const 4)))))
  (func (export "grown") (param $a i32) (result i32)
    (i32.store (i32.const 0) (i32.const 77))
    (local.set $a (call $grow (local.get $a)))
    (call $stored (local.get $a))
    (i32.add (i32.load (i32.const 0)) (i32.load (i32.const 65536)))))`;

type Run = (...args: unknown[]) => unknown;

function outcome(f: unknown, args: unknown[]): string {
  try {
    return String((f as Run)(...args));
  } catch (error) {
    return error instanceof WebAssembly.RuntimeError ? 'trap' : String(error);
  }
}

test('small functions: what they do is done where they are called', async () => {
  const script = (x: Record<string, unknown>): string[] => [
    ...[1, 0, 4, 65540, -1].map((a) => outcome(x['only'], [a])),
    ...[0, 7, -20].map((a) => outcome(x['early'], [a])),
    outcome(x['grown'], [0]),
    outcome(x['grown'], [1]),
    outcome(x['grown'], [0]),
  ];
  const expected = script(await native(CALLS));
  expect(expected.filter((line) => line === 'trap').length).toBeGreaterThan(2);
  expect(script(await load(CALLS, { optimizeFor: 'interpreter' }))).toEqual(expected);
  // Their definitions alone.
  const named = (source: string): number => source.split('$early(').length - 1;
  expect(named(await text(CALLS, { names: 'keep', optimizeFor: 'interpreter' } as never))).toBe(1);
});

const BULK = `(module (memory (export "memory") 1) (memory $other 2)
  (func (export "copy") (param i32 i32 i32)
    (memory.copy (local.get 0) (local.get 1) (local.get 2)))
  (func (export "copied") (param i32 i32 i32) (result i32)
    (memory.copy (i32.add (local.get 0) (i32.const 8)) (i32.mul (local.get 1) (i32.const 2))
      (i32.sub (local.get 2) (i32.const 1)))
    (i32.load8_u (i32.add (local.get 0) (i32.const 8))))
  (func (export "fill") (param i32 i32 i32)
    (memory.fill (local.get 0) (local.get 1) (local.get 2)))
  (func (export "filled") (param i32 i32 i32)
    (memory.fill (i32.add (local.get 0) (i32.const 1)) (i32.mul (local.get 1) (i32.const 3)) (local.get 2)))
  (func (export "out") (param i32 i32 i32)
    (memory.copy $other 0 (local.get 0) (local.get 1) (local.get 2)))
  (func (export "in") (param i32 i32 i32)
    (memory.copy 0 $other (local.get 0) (local.get 1) (local.get 2))))`;

const VALID = [
  [0, 64, 16],
  [64, 0, 100],
  [65500, 0, 28],
  [32, 20, 64],
  [65520, 3, 1],
];
const WILD = [
  [65536, 0, 0],
  [0, 65536, 0],
  [65537, 0, 0],
  [0, 65537, 0],
  [65530, 0, 7],
  [0, 65530, 7],
  [-1, 0, 1],
  [0, -1, 2],
  [0, 0, -1],
  [131072, 65536, 0],
  [131073, 0, 0],
];

function bulk(x: Record<string, unknown>, ranges: number[][]): string[] {
  const bytes = new Uint8Array((x['memory'] as WebAssembly.Memory).buffer);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 40503) >> 5;
  return ['copy', 'copied', 'fill', 'filled', 'out', 'in'].flatMap((name) =>
    ranges.map((range) => {
      const result = outcome(x[name], range);
      return `${name} ${range}: ${result}, ${bytes.reduce((h, byte) => (Math.imul(h, 31) + byte) | 0, 7)}`;
    }),
  );
}

test('copies and fills: results and traps as those of the code for JITs', async () => {
  const expected = bulk(await load(BULK), [...VALID, ...WILD]);
  expect(expected.filter((line) => line.includes('trap')).length).toBeGreaterThan(20);
  expect(bulk(await load(BULK, { optimizeFor: 'interpreter' }), [...VALID, ...WILD])).toEqual(
    expected,
  );
});

test.each([{}, { largeMemory: true }])('copies and fills, unchecked, %j', async (more) => {
  const x = await load(BULK, { optimizeFor: 'interpreter', uncheckedMemory: true, ...more });
  expect(bulk(x, VALID)).toEqual(bulk(await load(BULK), VALID));
  for (const [a, b, c] of WILD)
    for (const name of ['copy', 'fill'])
      expect(() => (x as Record<string, Run>)[name]!(a, b, c)).not.toThrow();
});
