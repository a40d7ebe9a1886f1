(module
  (import "./glue_bg.js" "log" (func $log (param i32)))
  (func (export "__wbindgen_start") (call $log (i32.const 1)))
  (func (export "run") (param i32) (result i32)
    (call $log (local.get 0))
    (i32.mul (local.get 0) (i32.const 6))))
