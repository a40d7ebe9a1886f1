;; Throwing and catching, a body with a handler that does not throw, and the same without.
(module (tag $t (param i32))
 (func $thrower (param i32) (throw $t (local.get 0)))
 (func $id (param i32) (result i32) (i32.add (i32.mul (local.get 0) (i32.const 3)) (i32.const 1)))
 (func (export "throw") (param $n i32) (result i32) (local $s i32)
  (loop $l
   (block $h (result i32) (try_table (catch $t $h) (call $thrower (local.get $n))) (i32.const 0))
   (local.get $s) (i32.add) (local.set $s)
   (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  (local.get $s))
 (func (export "quiet") (param $n i32) (result i32) (local $s i32)
  (loop $l
   (block $h (result i32) (try_table (result i32) (catch $t $h) (call $id (local.get $n))))
   (local.get $s) (i32.add) (local.set $s)
   (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  (local.get $s))
 (func (export "plain") (param $n i32) (result i32) (local $s i32)
  (loop $l
   (call $id (local.get $n))
   (local.get $s) (i32.add) (local.set $s)
   (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  (local.get $s)))
