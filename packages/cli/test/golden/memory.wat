(module
  (memory (export "memory") 1 4)
  (data (i32.const 8) "\01\02\03\04")
  (func (export "sum") (param $from i32) (param $to i32) (result i32) (local $sum i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $from) (local.get $to)))
        (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $from))))
        (local.set $from (i32.add (local.get $from) (i32.const 1)))
        (br $next)))
    (local.get $sum))
  (func (export "put") (param $at i32) (param $value i64)
    (i64.store offset=16 (local.get $at) (local.get $value)))
  (func (export "grow") (result i32) (memory.grow (i32.const 1))))
