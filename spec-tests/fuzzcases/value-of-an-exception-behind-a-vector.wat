;; The values of an exception behind a vector are where they are: a vector has four components (own 40, legacy exceptions).
(module
  (tag $t (export "tag") (param v128 i32 v128 i64))
  (func (export "f") (param i32 i64)
    (throw $t (v128.const i32x4 1 2 3 4) (local.get 0) (v128.const i32x4 5 6 7 8) (local.get 1))))
