;; The bits of float results come in the channel after all other results; a call in tail position
;; wrote the default bits of its float result over the i64.
(module
  (func $pair (result f32 i64) (local f32)
    local.get 0
    i64.const 31)
  (func $tail (result f32 i64)
    return_call $pair)
  (func $three (param f32 i64) (result f32 i64 f32) (local f32)
    local.get 2
    i64.const -2
    local.get 2)
  (func $tail3 (param f32 i64) (result f32 i64 f32)
    f32.const 0
    i64.const 0
    return_call $three)
  (func (export "two") (result f32 i64)
    call $tail)
  (func (export "three") (param f32 i64) (result f32 i64 f32)
    local.get 0
    local.get 1
    call $tail3))
