import { describe, it } from 'vitest';
import { accepts, rejects } from './support.js';

const TYPES = `(type $s (struct (field i32) (field (mut i8)) (field (mut f64))))
  (type $r (struct (field (ref any))))
  (type $a (array (mut i16))) (type $c (array i64)) (type $f (array (mut funcref)))
  (type $n (array (ref any)))`;

describe('structures', () => {
  it('are made, read and written', () =>
    accepts(`${TYPES}
      (func (result (ref $s)) i32.const 1 i32.const 2 f64.const 3 struct.new $s)
      (func (result (ref $s)) struct.new_default $s)
      (func (param (ref null $s)) (result i32) local.get 0 struct.get $s 0)
      (func (param (ref null $s)) (result i32) local.get 0 struct.get_u $s 1)
      (func (param (ref null $s)) local.get 0 i32.const 1 struct.set $s 1)`));

  it('take the types of their fields', () =>
    rejects(`${TYPES} (func i32.const 1 i64.const 2 f64.const 3 struct.new $s drop)`, {
      message: 'type mismatch: instruction requires [i32 i32 f64] but stack has [i32 i64 f64]',
      func: 0,
      at: 'struct.new',
    }));

  it('have defaults when all fields have', () =>
    rejects(`${TYPES} (func struct.new_default $r drop)`, {
      message: 'type mismatch: a field of type (ref any) has no default value',
      func: 0,
      at: 'struct.new_default',
    }));

  it('have the field', () =>
    rejects(`${TYPES} (func (param (ref $s)) local.get 0 struct.get $s 3 drop)`, {
      message: 'unknown field 3: type 0 has 3 fields',
      func: 0,
      at: 'struct.get',
    }));

  it('have signed access to packed fields only', async () => {
    await rejects(`${TYPES} (func (param (ref $s)) local.get 0 struct.get $s 1 drop)`, {
      message: 'type mismatch: access requires an unpacked type, found i8',
      func: 0,
      at: 'struct.get',
    });
    await rejects(`${TYPES} (func (param (ref $s)) local.get 0 struct.get_s $s 0 drop)`, {
      message: 'type mismatch: access requires a packed type, found i32',
      func: 0,
      at: 'struct.get_s',
    });
  });

  it('are written to mutable fields', () =>
    rejects(`${TYPES} (func (param (ref $s)) local.get 0 i32.const 0 struct.set $s 0)`, {
      message: 'immutable field 0 of type 0',
      func: 0,
      at: 'struct.set',
    }));

  it('are of a structure type', () =>
    rejects(`${TYPES} (func struct.new_default $a drop)`, {
      message: 'unknown type 2: expected type of kind struct, found array',
      func: 0,
      at: 'struct.new_default',
    }));
});

describe('arrays', () => {
  it('are made, read and written', () =>
    accepts(`${TYPES} (data "abc") (elem funcref)
      (func (result (ref $a)) i32.const 1 i32.const 2 array.new $a)
      (func (result (ref $c)) i64.const 1 i64.const 2 array.new_fixed $c 2)
      (func (result (ref $a)) i32.const 0 i32.const 1 array.new_data $a 0)
      (func (result (ref $f)) i32.const 0 i32.const 1 array.new_elem $f 0)
      (func (param (ref null $a)) (result i32) local.get 0 i32.const 0 array.get_s $a)
      (func (param (ref null $c)) (result i64) local.get 0 i32.const 0 array.get $c)
      (func (param (ref null $a)) (result i32) local.get 0 array.len)
      (func (param (ref $a)) local.get 0 i32.const 0 i32.const 5 i32.const 1 array.fill $a)
      (func (param (ref $a)) local.get 0 i32.const 0 local.get 0 i32.const 1 i32.const 1 array.copy $a $a)
      (func (param (ref $a)) local.get 0 i32.const 0 i32.const 0 i32.const 1 array.init_data $a 0)
      (func (param (ref $f)) local.get 0 i32.const 0 i32.const 0 i32.const 1 array.init_elem $f 0)`));

  it('of a fixed size take that many elements', () =>
    rejects(`${TYPES} (func i64.const 1 array.new_fixed $c 2 drop)`, {
      message: 'type mismatch: instruction requires [i64] but stack has []',
      func: 0,
      at: 'array.new_fixed',
    }));

  it('of an absurd fixed size are no work in unreachable code', () =>
    accepts(`${TYPES} (func unreachable array.new_fixed $c 0xffffffff drop)`));

  it.each([
    ['array.set', 'local.get 0 i32.const 0 i64.const 0 array.set $c'],
    ['array.fill', 'local.get 0 i32.const 0 i64.const 0 i32.const 0 array.fill $c'],
    ['array.copy', 'unreachable array.copy $c $c'],
    ['array.init_data', 'unreachable array.init_data $c 0'],
  ])('are written by %s when mutable', (at, body) =>
    rejects(`${TYPES} (data "") (func (param (ref $c)) ${body})`, {
      message: 'immutable array: type 3',
      func: 0,
      at,
    }),
  );

  it('copy matching elements', () =>
    rejects(`${TYPES} (func unreachable array.copy $a $c)`, {
      message: 'array types do not match: expected i16, found i64',
      func: 0,
      at: 'array.copy',
    }));

  it('take bytes as numbers only', () =>
    rejects(`${TYPES} (data "") (func unreachable array.new_data $f 0 drop)`, {
      message: 'array type is not numeric or vector: found element type funcref',
      func: 0,
      at: 'array.new_data',
    }));

  it('take elements of their type', () =>
    rejects(`${TYPES} (elem externref) (func unreachable array.init_elem $f 0)`, {
      message: 'type mismatch: elements of the array: expected funcref, found externref',
      func: 0,
      at: 'array.init_elem',
    }));

  it('have defaults when their elements have', () =>
    rejects(`${TYPES} (func i32.const 1 array.new_default $n drop)`, {
      message: 'type mismatch: array element of type (ref any) has no default value',
      func: 0,
      at: 'array.new_default',
    }));
});
