(module
  (import "./env.js" "base" (func $base (result i32)))
  (import "./counter.wasm" "counter" (global $counter (mut i32)))
  (global (export "answer") i32 (i32.const 42))
  (func (export "add") (param i32 i32) (result i32)
    (i32.add (local.get 0) (local.get 1)))
  (func (export "shared") (result i32)
    (global.set $counter (i32.add (global.get $counter) (i32.const 1)))
    (i32.add (call $base) (global.get $counter))))
