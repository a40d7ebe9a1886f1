/** Code for interpreters: pointers that are odd in one loop and aligned behind it, as in `memcpy`, against native ones. */
import { expect, test } from 'vitest';
import { evaluate, load, native, otherByteOrder, text } from './building.js';

/** Bytes up to the next word of the target, then words, as far as the source is aligned as well, then bytes. */
const WAT = `(module (memory (export "memory") 1)
  (func (export "copy") (param $to i32) (param $from i32) (param $n i32) (result i32)
    (local $i i32) (local $p i32) (local $q i32)
    (block $aligned (loop $bytes
      (local.set $p (i32.add (local.get $to) (local.get $i)))
      (local.set $q (i32.add (local.get $from) (local.get $i)))
      (br_if $aligned (i32.eqz (i32.and (local.get $q) (i32.const 3))))
      (br_if $aligned (i32.eq (local.get $i) (local.get $n)))
      (i32.store8 (local.get $p) (i32.load8_u (local.get $q)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $bytes)))
    (block $rest
      (br_if $rest (i32.lt_u (i32.sub (local.get $n) (local.get $i)) (i32.const 12)))
      (i32.store (local.get $p) (i32.load (local.get $q)))
      (i32.store8 offset=4 (local.get $p) (i32.load offset=4 (local.get $q)))
      (i32.store offset=8 (local.get $p) (i32.load offset=8 (local.get $q)))
      (local.set $i (i32.add (local.get $i) (i32.const 12))))
    (block $done (loop $bytes
      (br_if $done (i32.ge_u (local.get $i) (local.get $n)))
      (i32.store8 (i32.add (local.get $to) (local.get $i))
        (i32.load8_u (i32.add (local.get $from) (local.get $i))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $bytes)))
    (i32.add (local.get $p) (local.get $q))))`;

type Exports = Record<string, (...args: number[]) => unknown>;

function script(x: Exports): string[] {
  const bytes = new Uint8Array((x['memory'] as unknown as WebAssembly.Memory).buffer);
  const words = new Int32Array(bytes.buffer);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 37) ^ (i >> 3);
  const lines: string[] = [];
  for (const to of [64, 67, 65500, 65521, 65536, -4])
    for (const from of [1024, 1025, 65519, -16])
      for (const n of [0, 3, 12, 17, 40]) {
        let found: unknown;
        try {
          found = x['copy']!(to, from, n);
        } catch (error) {
          found = error instanceof WebAssembly.RuntimeError ? 'trap' : error;
        }
        const hash = words.reduce((sum, word) => (Math.imul(sum, 31) + word) | 0, 0);
        lines.push(`${to} ${from} ${n}: ${String(found)} ${hash}`);
      }
  return lines;
}

test('bytes are copied by odd addresses, words behind them', async () => {
  const expected = script(await native(WAT));
  expect(expected.some((line) => line.includes('trap'))).toBe(true);
  const code = await text(WAT, { optimizeFor: 'interpreter' });
  expect(script(await load(WAT, { optimizeFor: 'interpreter' }))).toEqual(expected);
  expect(script(evaluate(otherByteOrder(code)))).toEqual(expected);
  // The first loop tests no alignment but what the module does, and writes its bytes by their addresses.
  const [loop = ''] = /for\(;;\)[\s\S]*?\w=\w\+1\|0\}/.exec(code) ?? [];
  expect(loop).toContain('setInt8');
  expect(loop).not.toContain('Infinity');
  expect(loop).toMatch(/if\(\w+>>>0<=\w+\)\w+\[\w+\]=/);
});
