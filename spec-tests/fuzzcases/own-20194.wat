;; own 20194: TypeError: Cannot read properties of undefined (reading 'end') at Flow.leave (file:///tmp/w/simd/packages/codegen/dist/lower/print/flow.js:354:96)
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
  (type (;9;) (func (result v128)))
  (type (;10;) (func (param v128 v128) (result f32)))
  (type (;11;) (func (param v128 i32 v128) (result f64 i64 i32)))
  (type (;12;) (func))
  (type (;13;) (func (result i32 f32 i32)))
  (table (;0;) 4 8 funcref)
  (table (;1;) 4 8 funcref)
  (memory (;0;) 1 3)
  (func (;5;) (type 10) (param v128 v128) (result f32)
    (local i32 i64 f32 f64 v128 f32 v128)
      local.get 2
      v128.load8x8_u align=1
      local.get 6
      block (type 10) (param v128 v128) (result f32)
        local.get 2
        select
        local.get 2
        local.get 2
        if (type 0) (param i32)
i64.const 0
          block (type 1) (param i64)
            i32.const 4
            call_indirect 1 (type 13)
            br_if 2
unreachable
          end
drop
        else
          drop
        end
unreachable
      end
  )
)
