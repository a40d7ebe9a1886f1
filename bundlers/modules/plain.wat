(module
  (memory (export "memory") 1)
  (func (export "twice") (param i32) (result i32)
    (i32.shl (local.get 0) (i32.const 1)))
  (func (export "large") (param i64) (result i64)
    (i64.mul (local.get 0) (i64.const 12345678901))))
