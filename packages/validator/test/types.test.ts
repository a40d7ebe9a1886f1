import { describe, expect, it } from 'vitest';
import { canonicalTypes } from '../src/index.js';
import { accepts, decode, rejects } from './support.js';

describe('recursion groups', () => {
  it('refer to themselves and to groups before', async () => {
    await accepts(
      '(rec (type (struct (field (ref 1)))) (type (array (ref 0)))) (type (func (param (ref 1))))',
    );
    await rejects('(type (func)) (type (func (param (ref 2)))) (type (func))', {
      message: 'unknown type 2: type 1 can refer to the 2 types up to its group',
      at: 'type',
    });
  });

  it('are equal as a whole', async () => {
    const module = await decode(`
      (rec (type (func)) (type (struct (field (ref 0)))))
      (rec (type (func)) (type (struct (field (ref 2)))))
      (rec (type (func)) (type (struct (field (ref 0)))))
      (type (func))
      (rec (type (func)))`);
    expect([...canonicalTypes(module)]).toEqual([0, 1, 0, 1, 4, 5, 6, 6]);
  });

  it('differ by finality, mutability, nullability and order', async () => {
    const module = await decode(`
      (type (func)) (type (sub (func)))
      (type (array i8)) (type (array (mut i8))) (type (array i16))
      (type (array (ref any))) (type (array (ref null any)))
      (type (array (ref 0))) (type (array (ref 1)))
      (rec (type (func (param i32))) (type (func (param i64))))
      (rec (type (func (param i64))) (type (func (param i32))))
      (type (func (param i32) (result i32))) (type (func (param i32 i32)))`);
    const ids = [...canonicalTypes(module)];
    expect(new Set(ids).size).toBe(module.types.length);
  });

  it('are equal through equal outer types', async () => {
    const module = await decode(`
      (type (struct)) (type (struct))
      (type (struct (field (ref 0)))) (type (struct (field (ref 1))))
      (type (sub (func (param (ref 2))))) (type (sub (func (param (ref 3)))))`);
    expect([...canonicalTypes(module)]).toEqual([0, 0, 2, 2, 4, 4]);
  });
});

describe('declared supertypes', () => {
  it('are open', () =>
    rejects('(type (struct)) (type (sub 0 (struct)))', {
      message: 'sub type 1 does not match super type 0: the super type is final',
      at: 'type',
    }));

  it('precede their subtypes', () =>
    rejects('(rec (type (sub 1 (struct))) (type (sub (struct))))', {
      message: 'unknown type 1: the super type of type 0 must be defined before it',
      at: 'type',
    }));

  it('are of the same kind', () =>
    rejects('(type (sub (struct))) (type (sub 0 (array i8)))', {
      message: 'sub type 1 does not match super type 0: expected a subtype of its struct type',
      at: 'type',
    }));

  it.each([
    ['more fields', '(struct (field i32))', '(struct (field i32) (field i64))', true],
    ['fewer fields', '(struct (field i32))', '(struct)', false],
    ['a more special field', '(struct (field anyref))', '(struct (field (ref eq)))', true],
    ['a more general field', '(struct (field eqref))', '(struct (field anyref))', false],
    [
      'another mutable field',
      '(struct (field (mut anyref)))',
      '(struct (field (mut eqref)))',
      false,
    ],
    ['another mutability', '(struct (field anyref))', '(struct (field (mut anyref)))', false],
    ['another packed field', '(struct (field i8))', '(struct (field i16))', false],
    ['a more special element', '(array anyref)', '(array nullref)', true],
    ['more special parameters', '(func (param anyref))', '(func (param eqref))', false],
    ['more general parameters', '(func (param eqref))', '(func (param anyref))', true],
    ['more special results', '(func (result anyref))', '(func (result eqref))', true],
    ['more results', '(func (result anyref))', '(func (result anyref anyref))', false],
  ])('may have %s (%s, %s): %s', async (_what, sup, sub, valid) => {
    const text = `(type (sub ${sup})) (type (sub 0 ${sub}))`;
    if (valid) await accepts(text);
    else await rejects(text, { message: 'sub type 1 does not match super type 0', at: 'type' });
  });
});
