;; Found by the fuzzer: a word of lanes that was kept had the name of one of the function's variables, one that is
;; read and never assigned.
(module
  (global $g (export "g") (mut f64) (f64.const 7))
  (func (export "f") (param i32 i32) (result i32)
    (local f64 f64 f64 f64 f64 f64 f64 f64 f64 f64) (local $v v128)
    (local.set $v (i32x4.replace_lane 0 (v128.const i32x4 1 0xff37a56d 0x66808000 0x80d50000) (local.get 1)))
    (if (local.get 0) (then (local.set $v (i32x4.replace_lane 2 (local.get $v) (local.get 0)))))
    (local.set $v (i16x8.gt_s (v128.const i32x4 0xff37a56d 0x66808000 0x80d50000 0xf98f00da) (local.get $v)))
    (if (local.get 1) (then (global.set $g (local.get 2))) (else (global.set $g (local.get 3))))
    (if (local.get 0) (then (global.set $g (local.get 4))) (else (global.set $g (local.get 5))))
    (if (local.get 1) (then (global.set $g (local.get 6))) (else (global.set $g (local.get 7))))
    (if (local.get 0) (then (global.set $g (local.get 8))) (else (global.set $g (local.get 9))))
    (if (local.get 1) (then (global.set $g (local.get 10))) (else (global.set $g (local.get 11))))
    (i32.xor (i32x4.extract_lane 0 (local.get $v))
      (i32.add (i32x4.extract_lane 2 (local.get $v)) (i32x4.extract_lane 3 (local.get $v))))))
