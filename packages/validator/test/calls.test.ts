import { describe, it } from 'vitest';
import { accepts, rejects } from './support.js';

describe('calls', () => {
  it('take parameters and give results', () =>
    accepts(`(type $t (func (param i32 i64) (result f32))) (table 1 funcref) (func $f (type $t) f32.const 0)
      (elem declare func $f)
      (func (result f32) i32.const 1 i64.const 2 call $f)
      (func (result f32) i32.const 1 i64.const 2 i32.const 0 call_indirect (type $t))
      (func (result f32) i32.const 1 i64.const 2 ref.func $f call_ref $t)`));

  it('need the function', () =>
    rejects('(func call 7)', {
      message: 'unknown function 7: the module has 1 functions',
      func: 0,
      at: 'call',
    }));

  it('need the type', () =>
    rejects('(table 1 funcref) (func i32.const 0 call_indirect (type 5))', {
      message: 'unknown type 5: expected a function type',
      func: 0,
      at: 'call_indirect',
    }));

  it('need the table', () =>
    rejects('(func i32.const 0 call_indirect)', {
      message: 'unknown table 0: the module has 0 tables',
      func: 0,
      at: 'call_indirect',
    }));

  it('need a table of functions', () =>
    rejects('(table 1 externref) (func i32.const 0 call_indirect)', {
      message: 'type mismatch: element type of table 0: expected funcref, found externref',
      func: 0,
      at: 'call_indirect',
    }));

  it('through a 64-bit table take a 64-bit index', () =>
    rejects('(table i64 1 funcref) (func i32.const 0 call_indirect)', {
      message: 'type mismatch: instruction requires [i64] but stack has [i32]',
      func: 0,
      at: 'call_indirect',
    }));

  it('by reference need a reference to the type', () =>
    rejects('(type $t (func)) (func (param funcref) local.get 0 call_ref $t)', {
      message: 'type mismatch: instruction requires [(ref null 0)] but stack has [funcref]',
      func: 0,
      at: 'call_ref',
    }));

  it('take the parameters of the callee', () =>
    rejects('(func $f (param i32 i64)) (func i64.const 1 i64.const 2 call $f)', {
      message: 'type mismatch: instruction requires [i32 i64] but stack has [i64 i64]',
      func: 1,
      at: 'call',
    }));
});

describe('tail calls', () => {
  it('end the function', () =>
    accepts(`(type $t (func (result i32))) (table 1 funcref) (elem declare func $f)
      (func $f (type $t) return_call $f) (func (result i32) i32.const 0 return_call_indirect (type $t))
      (func (result i32) ref.func $f return_call_ref $t)`));

  it('give the results of the function', () =>
    rejects('(func $f (result i32) i32.const 0) (func (result i64) return_call $f)', {
      message: 'type mismatch: results of a tail call: expected [i64], found [i32]',
      func: 1,
      at: 'return_call',
    }));

  it('may give subtypes of the results', () =>
    accepts('(func $f (result (ref i31)) unreachable) (func (result anyref) return_call $f)'));
});
