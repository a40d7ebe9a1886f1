;; A float that is only moved is carried as bits; where a block joins it with a computed number, the
;; number of the moved one is needed too (it was used without being computed).
(module
  (global $g (export "g") (mut f32) (f32.const nan:0x200001))
  (global $d (export "d") (mut f64) (f64.const nan:0x4000000000001))
  (func (export "join_if") (param i32 f32) (result i32) (local f32 f32)
    local.get 1
    local.get 0
    if (param f32) (result f32)
      drop
      local.get 2
    end
    local.set 3
    local.get 0
    if
      local.get 3
      global.set $g
    end
    local.get 3
    i32.reinterpret_f32)
  (func (export "join_select") (param i32) (local f32)
    local.get 0
    if (result f32)
      local.get 1
    else
      local.get 1
      global.get $g
      local.get 0
      select
    end
    global.set $g)
  (func (export "local_set") (param f32) (local f64)
    local.get 0
    f64.promote_f32
    local.set 1
    global.get $d
    local.set 1
    local.get 0
    i32.trunc_sat_f32_s
    if
      local.get 1
      global.set $d
    end))
