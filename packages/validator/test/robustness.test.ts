import { decodeModule, WasmError } from '@wasm2js/decoder';
import { describe, expect, it } from 'vitest';
import { validateModule } from '../src/index.js';
import { assemble } from './support.js';

const MODULE = `
  (rec (type $s (sub (descriptor $d) (struct (field i32) (field (mut (ref null $s))))))
       (type $d (sub (describes $s) (struct))))
  (type $a (array (mut i16))) (type $f (func (param i32) (result i64)))
  (import "m" "f" (func $imported (type $f))) (import "m" "g" (global $g i32))
  (memory 1 2) (memory i64 1) (table $t 3 funcref) (table i64 1 anyref)
  (tag $e (param i32)) (global (mut i64) (i64.const 1)) (data "abc") (elem $t (i32.const 0) func $imported)
  (func (export "a") (param $x i32) (param $r anyref) (result i64) (local (ref $a))
    local.get $x array.new_default $a local.set 2
    (block (result (ref $s)) local.get $r br_on_cast 0 anyref (ref $s) drop i64.const 0 return)
    struct.get $s 0 local.get $x i32.add
    (loop (param i32) (result i64) i32.const 0 i64.load offset=8 i64.const 3 i64.mul drop
      local.get $x br_if 0 drop i64.const 2)
  )
  (func (param i32) (result i32)
    (block (result i32) (try_table (result i32) (catch $e 0) local.get 0 throw $e))
    (if (result i32) (then i32.const 1) (else i32.const 2))
    (block (block (block local.get 0 br_table 0 1 2)))
    i32.const 0 i32.const 0 call_indirect $t (type $f) i32.wrap_i64 i32.xor)
  (func (param v128) (result v128) local.get 0 local.get 0 i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
    local.get 0 i32x4.add)
  (func try catch_all rethrow 0 end)`;

/** The same numbers in every run. */
function* numbers(seed: number): Generator<number, never> {
  for (;;) {
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    yield seed >>> 0;
  }
}

describe('mutated modules', () => {
  it('are accepted or refused with an error of the family', async () => {
    const original = await assemble(MODULE);
    validateModule(decodeModule(original));
    const random = numbers(20_260_801);
    const below = (limit: number): number => random.next().value % limit;
    let accepted = 0;
    for (let i = 0; i < 5000; i++) {
      const bytes = original.slice(0, below(20) === 0 ? below(original.length) : undefined);
      for (let left = below(3); left >= 0 && bytes.length > 8; left--) {
        const at = 8 + below(bytes.length - 8);
        bytes[at] = below(2) ? below(256) : bytes[8 + below(bytes.length - 8)]!;
      }
      try {
        validateModule(decodeModule(bytes));
        accepted++;
      } catch (error) {
        if (!(error instanceof WasmError)) throw error;
      }
    }
    expect(accepted).toBeGreaterThan(50);
    expect(accepted).toBeLessThan(4000);
  });
});
