;; What is delegated to a try that has no handler, or delegates itself, goes to the one that is next there; later exceptions do not.
(module
  (tag $t (export "tag") (param i32))
  (func (export "open") (param i32) (result i32)
    try $outer (result i32)
      try $open
        try $between
          try
            local.get 0
            throw $t
          delegate $open
        catch_all
          i32.const 1
          return
        end
      end
      i32.const 2
    catch $t
      i32.const 10
      i32.add
    end)
  (func (export "onward") (param i32) (result i32)
    try $outer (result i32)
      try $next (result i32)
        try $onward
          try $between
            try
              local.get 0
              throw $t
            delegate $onward
          catch_all
            i32.const 1
            return
          end
        delegate $outer
        i32.const 2
      catch_all
        i32.const 3
      end
    catch $t
      i32.const 10
      i32.add
    end)
  (func (export "again") (param i32) (result i32) (local i32)
    (loop $l
      try $outer
        try $open
          try $between
            local.get 1
            if
              local.get 0
              throw $t
            end
            try
              local.get 0
              throw $t
            delegate $open
          catch $t
            i32.const 100
            i32.add
            return
          end
        end
      catch $t
        local.set 0
      end
      (br_if $l (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (i32.const 3))))
    local.get 0))
