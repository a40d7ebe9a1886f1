(module
  (func (export "average") (param $a i32) (param $b i32) (result i32)
    (i32.div_u (i32.add (local.get $a) (local.get $b)) (i32.const 2)))
  (func (export "hypot") (param $x f64) (param $y f64) (result f64)
    (f64.sqrt
      (f64.add
        (f64.mul (local.get $x) (local.get $x))
        (f64.mul (local.get $y) (local.get $y)))))
  (func (export "mix") (param $a i64) (param $b i64) (result i64)
    (i64.xor (i64.rotl (local.get $a) (i64.const 13)) (i64.mul (local.get $a) (local.get $b)))))
