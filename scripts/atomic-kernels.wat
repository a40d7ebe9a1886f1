;; Atomic accesses of a shared memory in all widths, and plain ones of it.
(module (memory (export "memory") 1 1 shared)
 (func (export "reset") (memory.fill (i32.const 0) (i32.const 0) (i32.const 65536)))
 (func (export "add32") (param $n i32) (result i32) (local $s i32) (local $t i64) (local $f f64)
  (loop $l
   (local.set $s (i32.add (local.get $s) (i32.atomic.rmw.add (i32.shl (i32.and (local.get $n) (i32.const 127)) (i32.const 3)) (local.get $n))))
   (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  (i32.add (local.get $s) (i32.add (i32.wrap_i64 (local.get $t)) (i32.trunc_sat_f64_s (local.get $f)))))
 (func (export "add16") (param $n i32) (result i32) (local $s i32) (local $t i64) (local $f f64)
  (loop $l
   (local.set $s (i32.add (local.get $s) (i32.atomic.rmw16.add_u (i32.shl (i32.and (local.get $n) (i32.const 127)) (i32.const 3)) (local.get $n))))
   (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  (i32.add (local.get $s) (i32.add (i32.wrap_i64 (local.get $t)) (i32.trunc_sat_f64_s (local.get $f)))))
 (func (export "add8") (param $n i32) (result i32) (local $s i32) (local $t i64) (local $f f64)
  (loop $l
   (local.set $s (i32.add (local.get $s) (i32.atomic.rmw8.add_u (i32.shl (i32.and (local.get $n) (i32.const 127)) (i32.const 3)) (local.get $n))))
   (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  (i32.add (local.get $s) (i32.add (i32.wrap_i64 (local.get $t)) (i32.trunc_sat_f64_s (local.get $f)))))
 (func (export "add64") (param $n i32) (result i32) (local $s i32) (local $t i64) (local $f f64)
  (loop $l
   (local.set $t (i64.add (local.get $t) (i64.atomic.rmw.add (i32.shl (i32.and (local.get $n) (i32.const 127)) (i32.const 3)) (i64.extend_i32_u (local.get $n)))))
   (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  (i32.add (local.get $s) (i32.add (i32.wrap_i64 (local.get $t)) (i32.trunc_sat_f64_s (local.get $f)))))
 (func (export "cmpxchg32") (param $n i32) (result i32) (local $s i32) (local $t i64) (local $f f64)
  (loop $l
   (local.set $s (i32.add (local.get $s) (i32.atomic.rmw.cmpxchg (i32.shl (i32.and (local.get $n) (i32.const 127)) (i32.const 3)) (local.get $s) (local.get $n))))
   (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  (i32.add (local.get $s) (i32.add (i32.wrap_i64 (local.get $t)) (i32.trunc_sat_f64_s (local.get $f)))))
 (func (export "cmpxchg64") (param $n i32) (result i32) (local $s i32) (local $t i64) (local $f f64)
  (loop $l
   (local.set $t (i64.add (local.get $t) (i64.atomic.rmw.cmpxchg (i32.shl (i32.and (local.get $n) (i32.const 127)) (i32.const 3)) (local.get $t) (i64.const 5))))
   (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  (i32.add (local.get $s) (i32.add (i32.wrap_i64 (local.get $t)) (i32.trunc_sat_f64_s (local.get $f)))))
 (func (export "load32") (param $n i32) (result i32) (local $s i32) (local $t i64) (local $f f64)
  (loop $l
   (local.set $s (i32.add (local.get $s) (i32.atomic.load (i32.shl (i32.and (local.get $n) (i32.const 127)) (i32.const 3)))))
   (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  (i32.add (local.get $s) (i32.add (i32.wrap_i64 (local.get $t)) (i32.trunc_sat_f64_s (local.get $f)))))
 (func (export "load64") (param $n i32) (result i32) (local $s i32) (local $t i64) (local $f f64)
  (loop $l
   (local.set $t (i64.add (local.get $t) (i64.atomic.load (i32.shl (i32.and (local.get $n) (i32.const 127)) (i32.const 3)))))
   (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  (i32.add (local.get $s) (i32.add (i32.wrap_i64 (local.get $t)) (i32.trunc_sat_f64_s (local.get $f)))))
 (func (export "store32") (param $n i32) (result i32) (local $s i32) (local $t i64) (local $f f64)
  (loop $l
   (i32.atomic.store (i32.shl (i32.and (local.get $n) (i32.const 127)) (i32.const 3)) (local.get $n))
   (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  (i32.add (local.get $s) (i32.add (i32.wrap_i64 (local.get $t)) (i32.trunc_sat_f64_s (local.get $f)))))
 (func (export "store64") (param $n i32) (result i32) (local $s i32) (local $t i64) (local $f f64)
  (loop $l
   (i64.atomic.store (i32.shl (i32.and (local.get $n) (i32.const 127)) (i32.const 3)) (i64.extend_i32_u (local.get $n)))
   (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  (i32.add (local.get $s) (i32.add (i32.wrap_i64 (local.get $t)) (i32.trunc_sat_f64_s (local.get $f)))))
 (func (export "plain8") (param $n i32) (result i32) (local $s i32) (local $t i64) (local $f f64)
  (loop $l
   (local.set $s (i32.add (local.get $s) (i32.load8_u (i32.shl (i32.and (local.get $n) (i32.const 127)) (i32.const 3)))))(i32.store8 offset=1 (i32.shl (i32.and (local.get $n) (i32.const 127)) (i32.const 3)) (local.get $s))
   (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  (i32.add (local.get $s) (i32.add (i32.wrap_i64 (local.get $t)) (i32.trunc_sat_f64_s (local.get $f)))))
 (func (export "plain32") (param $n i32) (result i32) (local $s i32) (local $t i64) (local $f f64)
  (loop $l
   (local.set $s (i32.add (local.get $s) (i32.load (i32.shl (i32.and (local.get $n) (i32.const 127)) (i32.const 3)))))(i32.store offset=4 (i32.shl (i32.and (local.get $n) (i32.const 127)) (i32.const 3)) (local.get $s))
   (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  (i32.add (local.get $s) (i32.add (i32.wrap_i64 (local.get $t)) (i32.trunc_sat_f64_s (local.get $f)))))
 (func (export "plain64") (param $n i32) (result i32) (local $s i32) (local $t i64) (local $f f64)
  (loop $l
   (local.set $t (i64.add (local.get $t) (i64.load (i32.shl (i32.and (local.get $n) (i32.const 127)) (i32.const 3)))))(i64.store (i32.shl (i32.and (local.get $n) (i32.const 127)) (i32.const 3)) (local.get $t))
   (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  (i32.add (local.get $s) (i32.add (i32.wrap_i64 (local.get $t)) (i32.trunc_sat_f64_s (local.get $f)))))
 (func (export "plainf64") (param $n i32) (result i32) (local $s i32) (local $t i64) (local $f f64)
  (loop $l
   (local.set $f (f64.add (local.get $f) (f64.load (i32.shl (i32.and (local.get $n) (i32.const 127)) (i32.const 3))))) (f64.store (i32.shl (i32.and (local.get $n) (i32.const 127)) (i32.const 3)) (f64.const 0.5))
   (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  (i32.add (local.get $s) (i32.add (i32.wrap_i64 (local.get $t)) (i32.trunc_sat_f64_s (local.get $f))))))
