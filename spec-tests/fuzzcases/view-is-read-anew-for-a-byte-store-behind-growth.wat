;; own 7709: f1(): outcome: native 0, ours ! TypeError
(module
  (type (;0;) (func (param i32)))
  (type (;1;) (func (param i64)))
  (type (;2;) (func (param f32)))
  (type (;3;) (func (param f64)))
  (type (;4;) (func))
  (type (;5;) (func (result i32)))
  (type (;6;) (func (result i64)))
  (type (;7;) (func (result f32)))
  (type (;8;) (func (result f64)))
  (type (;9;) (func (param i64) (result f32 f64)))
  (type (;10;) (func (param i32 i32 f64) (result f32 i32)))
  (type (;11;) (func (param i64 i32 f64) (result i32 f64)))
  (type (;12;) (func (param i32) (result f32 f32)))
  (type (;13;) (func (param f32 i32) (result f64 f64)))
  (type (;14;) (func (param i32)))
  (type (;15;) (func (result i32)))
  (import "fuzzing-support" "log-i32" (func (;0;) (type 0)))
  (import "fuzzing-support" "log-i64" (func (;1;) (type 1)))
  (import "fuzzing-support" "log-f32" (func (;2;) (type 2)))
  (import "fuzzing-support" "log-f64" (func (;3;) (type 3)))
  (memory (;0;) 1 3)
  (export "f1" (func 7))
  (func (;4;) (type 0) (param i32)
  )
  (func (;5;) (type 5) (result i32)
    (local i32 i64 f32 f64)
i32.const 0
    i32.const 1
    memory.grow
i32.const 0
    i32.le_s
    local.get 1
    i64.store8 offset=2
  )
  (func (;6;) (type 14) (param i32)
  )
  (func (;7;) (type 15) (result i32)
    call 5
  )
)
