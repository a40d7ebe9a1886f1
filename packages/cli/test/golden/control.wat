(module
  (func $factorial (export "factorial") (param $n i32) (result i32) (local $product i32)
    (local.set $product (i32.const 1))
    (loop $again
      (if (i32.gt_s (local.get $n) (i32.const 1))
        (then
          (local.set $product (i32.mul (local.get $product) (local.get $n)))
          (local.set $n (i32.sub (local.get $n) (i32.const 1)))
          (br $again))))
    (local.get $product))
  (func (export "classify") (param $x i32) (result i32)
    (block $other (block $one (block $zero
      (br_table $zero $one $other (local.get $x)))
      (return (i32.const 10)))
      (return (i32.const 20)))
    (i32.const 30)))
