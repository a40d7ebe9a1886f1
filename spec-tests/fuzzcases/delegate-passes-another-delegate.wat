;; An exception that is delegated past a try that delegates itself goes where the inner one says (own 744, legacy exceptions).
(module
  (tag $t (export "tag") (param i32))
  (func (export "f") (param i32) (result i32)
    try $outer (result i32)
      try $between (result i32)
        try (result i32)
          local.get 0
          throw $t
        delegate $outer
      delegate 1
    catch $t
      i32.const 10
      i32.add
    end))
