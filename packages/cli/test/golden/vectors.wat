(module
  (memory 1)
  (func (export "scale") (param $at i32) (param $factor f32) (local $sum v128) (local $x v128)
    (loop
      (local.set $x (f32x4.mul (v128.load (local.get $at)) (f32x4.splat (local.get $factor))))
      (local.set $sum (f32x4.add (local.get $sum) (local.get $x)))
      (v128.store (local.get $at) (local.get $x))
      (br_if 0 (local.tee $at (i32.sub (local.get $at) (i32.const 16)))))
    (v128.store (i32.const 0) (local.get $sum)))
  (func (export "lower") (param $at i32) (local $x v128)
    (local.set $x (v128.load (local.get $at)))
    (v128.store (local.get $at) (v128.or (local.get $x)
      (v128.and
        (i8x16.lt_u (i8x16.sub (local.get $x) (i8x16.splat (i32.const 65))) (i8x16.splat (i32.const 26)))
        (i8x16.splat (i32.const 32))))))
  (func (export "average") (param $at i32) (local $x v128)
    (local.set $x (v128.load (local.get $at)))
    (v128.store (local.get $at) (i8x16.narrow_i16x8_u
      (i16x8.shr_u (i16x8.add (i16x8.extend_low_i8x16_u (local.get $x)) (i16x8.extend_high_i8x16_u (local.get $x))) (i32.const 1))
      (i8x16.shuffle 14 15 12 13 10 11 8 9 6 7 4 5 2 3 0 1 (local.get $x) (local.get $x)))))
)
