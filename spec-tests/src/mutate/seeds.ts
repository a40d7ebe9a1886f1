/** The modules that are damaged: one text for each family of features, and committed binaries. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assemble } from '../prepare.js';
import { makeSeed, type Seed } from './mutations.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** Greater fixtures would spend the time on copying. */
const MAX_FIXTURE_SIZE = 256 * 1024;
const SKIPPED_FOLDERS: ReadonlySet<string> = new Set(['node_modules', '.git', 'dist', 'testsuite']);

const TEXTS: Readonly<Record<string, string>> = {
  empty: '(module (func))',
  scalar: `(module $scalar (type $op (func (param i32 i32) (result i32)))
    (import "env" "log" (func $log (param i32))) (import "env" "base" (global $base i32))
    (memory (export "memory") 1 4) (table $ops 4 funcref) (global $count (mut i64) (i64.const 7))
    (elem (i32.const 0) $add $div) (data (i32.const 8) "hello, world") (start $main)
    (func $add (type $op) local.get 0 local.get 1 i32.add)
    (func $div (type $op) local.get 0 local.get 1 i32.div_s)
    (func $main (call $log (call_indirect $ops (type $op) (i32.const 3) (i32.const 4) (i32.const 0))))
    (func $loop (export "loop") (param $n i64) (result i64) (local $sum i64)
      (block $out (loop $again (br_if $out (i64.eqz (local.get $n)))
        (local.set $sum (i64.add (local.get $sum) (i64.mul (local.get $n) (i64.const 3))))
        (local.set $n (i64.sub (local.get $n) (i64.const 1))) (br $again)))
      (global.set $count (local.get $sum)) local.get $sum)
    (func $floats (export "floats") (param f32 f64) (result f64)
      (f64.store (i32.const 16) (f64.sqrt (local.get 1)))
      (f64.add (f64.promote_f32 (f32.mul (local.get 0) (f32.const nan:0x200001))) (f64.load (i32.const 16))))
    (func $switch (param i32) (result i32)
      (block $c (block $b (block $a (br_table $a $b $c (local.get 0))) (return (i32.const 10)))
        (return (i32.load8_u offset=3 (i32.const 20)))) (select (i32.const 1) (i32.const 2) (local.get 0)))
    (func $sat (param f64) (result i64) (i64.trunc_sat_f64_u (local.get 0))))`,
  multiValue: `(module (func $swap (param i32 i64) (result i64 i32) local.get 1 local.get 0)
    (func (export "f") (result i32) (local i64) i32.const 1 i64.const 2 call $swap
      (block (param i64 i32) (result i32 i64) (local.set 0 (i64.const 1)) drop drop i32.const 5 i64.const 6)
      drop (if (param i32) (result i32) (i32.const 1) (then) (else (drop) (i32.const 2)))))`,
  bulk: `(module (memory 1) (table $t 8 funcref) (table $u 8 externref) (data $d "abc") (elem $e func $f)
    (func $f (memory.init $d (i32.const 0) (i32.const 0) (i32.const 3)) (data.drop $d)
      (memory.copy (i32.const 9) (i32.const 0) (i32.const 3)) (memory.fill (i32.const 1) (i32.const 7) (i32.const 2))
      (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1)) (elem.drop $e)
      (table.copy $t $t (i32.const 2) (i32.const 0) (i32.const 1))
      (table.fill $u (i32.const 0) (ref.null extern) (i32.const 2))
      (drop (table.grow $u (ref.null extern) (i32.const 1))) (drop (table.size $t))
      (table.set $t (i32.const 1) (ref.func $f)) (drop (ref.is_null (table.get $t (i32.const 1))))))`,
  tailCalls: `(module (type $f (func (param i32) (result i32))) (table funcref (elem $odd $even))
    (elem declare func $even)
    (func $even (type $f) (if (i32.eqz (local.get 0)) (then (return (i32.const 1))))
      (return_call $odd (i32.sub (local.get 0) (i32.const 1))))
    (func $odd (type $f) (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
      (return_call_indirect (type $f) (i32.sub (local.get 0) (i32.const 1)) (i32.const 1)))
    (func (param (ref null $f)) (result i32) (block $null
      (return (call_ref $f (i32.const 3) (br_on_null $null (local.get 0)))))
      (return_call_ref $f (i32.const 4) (ref.func $even))))`,
  gc: `(module (rec (type $node (sub (struct (field (mut i32)) (field (ref null $node)))))
      (type $leaf (sub $node (struct (field (mut i32)) (field (ref null $node)) (field i8)))))
    (type $bytes (array (mut i8))) (data $d "bytes")
    (func (export "f") (param anyref) (result i32) (local $a (ref null $bytes))
      (local.set $a (array.new_data $bytes $d (i32.const 0) (i32.const 3)))
      (array.set $bytes (local.get $a) (i32.const 0) (i32.const 9))
      (drop (block $no (result anyref) (br_on_cast_fail $no anyref (ref $node) (local.get 0))
        (struct.set $node 0 (i32.const 5)) (ref.i31 (i32.const 1))))
      (drop (ref.test (ref i31) (local.get 0)))
      (drop (struct.new $leaf (i32.const 1) (ref.null none) (i32.const 2)))
      (drop (array.new_fixed $bytes 2 (i32.const 1) (i32.const 2)))
      (i32.add (array.len (local.get $a)) (array.get_u $bytes (local.get $a) (i32.const 1)))))`,
  exceptions: `(module (tag $e (param i32 i64)) (func $t (throw $e (i32.const 1) (i64.const 2)))
    (func (result i32) (block $h (result i32 i64)
      (block $all (result exnref) (try_table (catch $e $h) (catch_all_ref $all) (call $t)) (return (i32.const 0)))
      throw_ref) drop)
    (func try (result i32) i32.const 1 catch $e drop catch_all try rethrow 1 delegate 0 i32.const 2 end drop))`,
  simd: `(module (memory 1) (func (param v128 i32) (result v128) (local v128)
      (local.set 2 (v128.load32_splat offset=4 align=1 (local.get 1)))
      (v128.store8_lane 3 (i32.const 1) (local.get 0))
      (i8x16.shuffle 0 16 1 17 2 18 3 19 4 20 5 21 6 22 7 23
        (f32x4.relaxed_madd (local.get 0) (local.get 2) (v128.const f64x2 1 nan))
        (i32x4.replace_lane 2 (i64x2.shl (local.get 2) (local.get 1)) (i32.const 7)))))`,
  memories: `(module (memory $a 1) (memory $b i64 1 9) (memory $c 1 2 shared) (memory $p 0 9 (pagesize 1))
    (func (param i64) (result i64) (i32.store $b offset=4 (local.get 0) (i32.load $a (i32.const 0)))
      (drop (i64.atomic.rmw.add $c (i32.const 8) (i64.const 1)))
      (drop (memory.atomic.wait32 $c (i32.const 0) (i32.const 0) (i64.const 0))) (atomic.fence)
      (drop (memory.grow $p (i32.const 1))) (i64.load $b (local.get 0))))`,
  wide: `(module (func (param i64 i64 i64 i64) (result i64 i64)
    (i64.add128 (i64.mul_wide_u (local.get 0) (local.get 1)) (i64.mul_wide_s (local.get 2) (local.get 3)))))`,
  descriptors: `(module (rec (type $a (descriptor $b) (struct)) (type $b (describes $a) (struct)))
    (func (param anyref (ref null (exact $b))) (drop (ref.get_desc $a (struct.new_desc $a (local.get 1))))
      (drop (ref.cast_desc_eq (ref $a) (local.get 0) (local.get 1)))))`,
  hints: `(module $named (func $f (export "f") (param $n i32) (result i32) (local $sum i32)
    (@metadata.code.branch_hint "\\01") (if $odd (i32.and (local.get $n) (i32.const 1)) (then (return (i32.const 1))))
    (loop $again (local.set $sum (i32.add (local.get $sum) (local.get $n)))
      (@metadata.code.branch_hint "\\00") (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 2)))))
    (local.get $sum))
    (@producers (language "C" "11") (processed-by "clang" "22")) (@custom "sourceMappingURL" "\\05m.map"))`,
};

function* fixturesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name)) yield* fixturesBelow(path);
    else if (entry.isFile() && entry.name.endsWith('.wasm')) yield path;
  }
}

/** All seeds, in an order that depends on the checkout alone. */
export async function loadSeeds(): Promise<Seed[]> {
  const seeds: Seed[] = [];
  for (const [name, text] of Object.entries(TEXTS))
    seeds.push(makeSeed(name, await assemble(text)));
  for (const path of [...fixturesBelow(ROOT)].sort()) {
    const bytes = new Uint8Array(readFileSync(path));
    if (bytes.length <= MAX_FIXTURE_SIZE) seeds.push(makeSeed(relative(ROOT, path), bytes));
  }
  return seeds;
}
