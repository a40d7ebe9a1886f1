import { describe, it } from 'vitest';
import { accepts, rejects } from './support.js';

const PAIR = `(rec (type $a (sub (descriptor $b) (struct (field i32)))) (type $b (sub (describes $a) (struct))))
  (type $plain (struct))`;

describe('descriptor clauses', () => {
  it('pair types of one recursion group', () => accepts(PAIR));

  it.each([
    ['descriptor type is outside rec group', '(type (descriptor 1) (struct)) (type (struct))'],
    ['described type is outside rec group', '(type (struct)) (type (describes 0) (struct))'],
    [
      'type is not described by its descriptor',
      '(rec (type (descriptor 1) (struct)) (type (struct)))',
    ],
    [
      'described type is not described by descriptor',
      '(rec (type (struct)) (type (describes 0) (struct)))',
    ],
    [
      'forward use of described type',
      '(rec (type (describes 1) (struct)) (type (descriptor 0) (struct)))',
    ],
    [
      'descriptor type must be a struct',
      '(rec (type (descriptor 1) (func)) (type (describes 0) (struct)))',
    ],
    [
      'described type must be a struct',
      '(rec (type (descriptor 1) (struct)) (type (describes 0) (func)))',
    ],
    [
      'sub type 2 does not match super type 0: expected a descriptor',
      `${PAIR.replace('(type $plain (struct))', '')} (type (sub $a (struct (field i32))))`,
    ],
  ])('refuse: %s', (message, text) => rejects(text, { message, at: 'type' }));
});

describe('allocation with a descriptor', () => {
  it('takes an exact descriptor', async () => {
    await accepts(`${PAIR} (func (result (ref (exact $a)))
      i32.const 1 struct.new $b struct.new_desc $a)`);
    await rejects(
      `${PAIR} (func (param (ref $b)) i32.const 1 local.get 0 struct.new_desc $a drop)`,
      {
        message:
          'type mismatch: instruction requires [(ref null (exact 1))] but stack has [(ref 1)]',
        func: 0,
        at: 'struct.new_desc',
      },
    );
  });

  it('is for types with a descriptor, and only for them', async () => {
    await rejects(`${PAIR} (func i32.const 1 struct.new $a drop)`, {
      message: 'type with descriptor requires descriptor allocation: type 0',
      func: 0,
      at: 'struct.new',
    });
    await rejects(`${PAIR} (func struct.new_default_desc $plain drop)`, {
      message: 'type without descriptor requires non-descriptor allocation: type 2',
      func: 0,
      at: 'struct.new_default_desc',
    });
  });
});

describe('descriptors', () => {
  it('are as exact as the operand', async () => {
    await accepts(`${PAIR}
      (func (param (ref (exact $a))) (result (ref (exact $b))) local.get 0 ref.get_desc $a)
      (func (param (ref null $a)) (result (ref $b)) local.get 0 ref.get_desc $a)
      (func (result (ref (exact $b))) unreachable ref.get_desc $a)`);
    await rejects(
      `${PAIR} (func (param (ref $a)) (result (ref (exact $b))) local.get 0 ref.get_desc $a)`,
      {
        message: 'type mismatch: instruction requires [(ref (exact 1))] but stack has [(ref 1)]',
        func: 0,
        at: 'end',
      },
    );
  });

  it('need a type that has one', async () => {
    await rejects(`${PAIR} (func unreachable ref.get_desc $plain drop)`, {
      message: 'type without descriptor: type 2',
      func: 0,
      at: 'ref.get_desc',
    });
    await rejects(`${PAIR} (func (result anyref) unreachable ref.cast_desc_eq (ref any))`, {
      message: 'type any does not have a descriptor',
      func: 0,
      at: 'ref.cast_desc_eq',
    });
  });

  it('guide casts', async () => {
    await accepts(`${PAIR}
      (func (param anyref (ref null $b)) (result (ref $a)) local.get 0 local.get 1 ref.cast_desc_eq (ref $a))
      (func (param anyref (ref null $b)) (result anyref)
        (block (result (ref $a)) local.get 0 local.get 1 br_on_cast_desc_eq 0 anyref (ref $a) return))`);
    await rejects(
      `${PAIR} (func (param anyref (ref $b)) local.get 0 local.get 1 ref.cast_desc_eq (ref (exact $a)) drop)`,
      {
        message:
          'type mismatch: instruction requires [(ref null (exact 1))] but stack has [(ref 1)]',
        func: 0,
        at: 'ref.cast_desc_eq',
      },
    );
  });
});
