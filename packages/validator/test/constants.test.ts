import { describe, it } from 'vitest';
import { accepts, rejects } from './support.js';

describe('constant expressions', () => {
  it('calculate, refer and allocate', () =>
    accepts(`(import "m" "g" (global i32))
      (type $s (struct (field i32))) (type $a (array i64)) (func $f)
      (global i32 (i32.add (global.get 0) (i32.mul (i32.const 2) (i32.const 3))))
      (global i64 (i64.sub (i64.const 2) (i64.const 3)))
      (global v128 (v128.const i64x2 1 2))
      (global (ref $s) (struct.new $s (global.get 1)))
      (global (ref $s) (struct.new_default $s))
      (global (ref $a) (array.new_fixed $a 1 (i64.const 1)))
      (global (ref $a) (array.new $a (i64.const 1) (i32.const 9)))
      (global (ref $a) (array.new_default $a (i32.const 9)))
      (global (ref i31) (ref.i31 (i32.const 1)))
      (global (ref extern) (extern.convert_any (global.get 4)))
      (global funcref (ref.func $f)) (global (ref null $s) (ref.null none))`));

  it('consist of constant instructions', async () => {
    await rejects('(global i32 (i32.div_s (i32.const 1) (i32.const 2)))', {
      message: 'constant expression required: found i32.div_s',
      at: 'i32.div_s',
    });
    await rejects('(global i32 (block (result i32) (i32.const 1)))', {
      message: 'constant expression required: found block',
      at: 'block',
    });
  });

  it('read earlier globals', async () => {
    await accepts('(global i32 (i32.const 1)) (global i32 (global.get 0))');
    await rejects('(global i32 (global.get 1)) (global i32 (i32.const 1))', {
      message: 'unknown global 1: 0 globals are defined here',
      at: 'global.get',
    });
    await rejects('(global i32 (global.get 0))', {
      message: 'unknown global 0: 0 globals are defined here',
      at: 'global.get',
    });
  });

  it('read immutable globals', () =>
    rejects('(import "m" "g" (global (mut i32))) (global i32 (global.get 0))', {
      message: 'constant expression required: global 0 is mutable',
      at: 'global.get',
    }));

  it('have the type of the global', async () => {
    await rejects('(global i32 (i64.const 1))', {
      message: 'type mismatch: instruction requires [i32] but stack has [i64]',
      at: 'end',
    });
    await rejects('(global i32 (i32.const 1) (i32.const 2))', {
      message: 'type mismatch: block requires [i32] but stack has [i32 i32]',
      at: 'end',
    });
  });

  it('are the offsets of data segments', () =>
    rejects('(memory i64 1) (data (i32.const 0) "x")', {
      message: 'type mismatch: instruction requires [i64] but stack has [i32]',
      at: 'end',
    }));

  it('are for memories that exist', () =>
    rejects('(data (i32.const 0) "x")', {
      message: 'unknown memory 0: the module has 0 memories',
      at: 'data',
    }));
});
