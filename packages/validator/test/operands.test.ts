import { describe, it } from 'vitest';
import { accepts, rejects } from './support.js';

describe('operands', () => {
  it('must have the types of the signature', () =>
    rejects('(func (result i32) i32.const 1 f32.const 2 i32.add)', {
      message: 'type mismatch: instruction requires [i32 i32] but stack has [i32 f32]',
      func: 0,
      at: 'i32.add',
    }));

  it('must be there', () =>
    rejects('(import "m" "f" (func)) (func nop i64.const 1 i64.mul drop)', {
      message: 'type mismatch: instruction requires [i64 i64] but stack has [i64]',
      func: 1,
      at: 'i64.mul',
    }));

  it('of an outer block are out of reach', () =>
    rejects('(func i32.const 1 block drop end)', {
      message: 'type mismatch: instruction requires one operand but stack has []',
      func: 0,
      at: 'drop',
    }));

  it('may be anything in unreachable code', () =>
    accepts(`(func (result i32) unreachable i32.add)
      (func (result i64) unreachable i32.const 1 select unreachable)
      (func unreachable drop drop)
      (func (result f32) (block (result f32) f32.const 1 br 0 f32.add))`));

  it('that unreachable code does push are checked', () =>
    rejects('(func (result i32) unreachable f32.const 0 i32.add)', {
      message: 'type mismatch: instruction requires [i32 i32] but stack has [f32]',
      func: 0,
      at: 'i32.add',
    }));

  it('of unreachable reference instructions are references', () =>
    rejects('(func unreachable ref.as_non_null f64.abs drop)', {
      message: 'type mismatch: instruction requires [f64] but stack has [a reference]',
      func: 0,
      at: 'f64.abs',
    }));
});

describe('select', () => {
  it('takes two numbers or vectors of one type', () =>
    accepts(`(func (param i32) (result i64) i64.const 1 i64.const 2 local.get 0 select)
      (func (param v128 i32) (result v128) local.get 0 local.get 0 local.get 1 select)`));

  it('refuses two types', () =>
    rejects('(func i32.const 1 i64.const 2 i32.const 3 select drop)', {
      message: 'type mismatch: operands of select: expected i32, found i64',
      func: 0,
      at: 'select',
    }));

  it('needs a type for references', () =>
    rejects('(func (param funcref) local.get 0 local.get 0 i32.const 3 select drop)', {
      message: 'type mismatch: select without a type requires numbers or vectors, found funcref',
      func: 0,
      at: 'select',
    }));

  it('with types has exactly one', () =>
    rejects('(func i32.const 1 i32.const 2 i32.const 3 (select (result i32 i32)) drop)', {
      message: 'invalid result arity: expected 1 type, found 2',
      func: 0,
      at: 'select_t',
    }));

  it('with a type refuses an undefined one', () =>
    rejects('(func unreachable (select (result (ref null 7))) drop)', {
      message: 'unknown type 7: the module has 1 types',
      func: 0,
      at: 'select_t',
    }));
});
