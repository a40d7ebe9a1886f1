import { describe, it } from 'vitest';
import { accepts, rejects } from './support.js';

describe('ref.func', () => {
  it('needs a declaration outside of bodies', async () => {
    await accepts('(func $f) (elem declare func $f) (func (result (ref func)) ref.func $f)');
    await accepts('(func $f (export "f")) (func (result (ref func)) ref.func $f)');
    await accepts(
      '(func $f) (global funcref (ref.func $f)) (func (result (ref func)) ref.func $f)',
    );
    await rejects('(func $f) (start $f) (func ref.func $f drop)', {
      message: 'undeclared function reference 0',
      func: 1,
      at: 'ref.func',
    });
  });

  it('needs the function', () =>
    rejects('(func ref.func 4 drop)', {
      message: 'unknown function 4: the module has 1 functions',
      func: 0,
      at: 'ref.func',
    }));

  it('has the type of the function, exactly', () =>
    accepts('(type $t (func)) (func $f (type $t)) (global (ref (exact $t)) (ref.func $f))'));

  it('is not exact for an import that is not', () =>
    rejects(
      '(type $t (func)) (import "m" "f" (func (type $t))) (global (ref (exact $t)) (ref.func 0))',
      {
        message: 'type mismatch: instruction requires [(ref (exact 0))] but stack has [(ref 0)]',
        at: 'end',
      },
    ));
});

describe('null references', () => {
  it('have a defined type', () =>
    rejects('(func ref.null 3 drop)', {
      message: 'unknown type 3: the module has 1 types',
      func: 0,
      at: 'ref.null',
    }));

  it('are removed by branches', () =>
    accepts(`(func (param anyref) (result (ref any))
        (block local.get 0 br_on_null 0 return) unreachable)
      (func (param anyref) (result (ref any))
        (block (result (ref any)) local.get 0 br_on_non_null 0 unreachable))`));

  it('are tested on references only', async () => {
    await rejects('(func i32.const 0 ref.is_null drop)', {
      message: 'type mismatch: expected a reference, found i32',
      func: 0,
      at: 'ref.is_null',
    });
    await rejects('(func (param anyref) local.get 0 br_on_non_null 0)', {
      message: 'type mismatch: branch sends (ref any) but label 0 expects []',
      func: 0,
      at: 'br_on_non_null',
    });
  });
});

describe('casts', () => {
  it('stay in their hierarchy', async () => {
    await accepts(
      '(type $s (struct)) (func (param anyref) (result (ref $s)) local.get 0 ref.cast (ref $s))',
    );
    await rejects('(func (param funcref) local.get 0 ref.test (ref i31) drop)', {
      message: 'type mismatch: instruction requires [anyref] but stack has [funcref]',
      func: 0,
      at: 'ref.test',
    });
  });

  it('have defined types', () =>
    rejects('(func (param anyref) local.get 0 ref.cast (ref null 8) drop)', {
      message: 'unknown type 8: the module has 1 types',
      func: 0,
      at: 'ref.cast_null',
    }));

  it('branch with the target or the rest', () =>
    accepts(`(func (param anyref) (result (ref i31))
        (block (result (ref i31)) local.get 0 br_on_cast 0 anyref (ref i31) unreachable))
      (func (param anyref) (result (ref any))
        (block (result (ref any)) local.get 0 br_on_cast_fail 0 anyref (ref null i31) unreachable))`));

  it('branch to a label with a type', () =>
    rejects('(func (param anyref) local.get 0 br_on_cast 0 anyref (ref i31) drop)', {
      message: 'type mismatch: branch sends (ref i31) but label 0 expects []',
      func: 0,
      at: 'br_on_cast',
    }));

  const unrelated = `(func (param eqref) (result anyref) local.get 0 br_on_cast 0 eqref anyref)`;

  it('branch to subtypes', () =>
    rejects(unrelated, {
      message: 'type mismatch: target of a cast: expected eqref, found anyref',
      func: 0,
      at: 'br_on_cast',
    }));

  it('branch to any type of the hierarchy by option', async () => {
    await accepts(unrelated, { unrelatedCasts: true });
    await rejects(
      '(func (param eqref) (result funcref) unreachable br_on_cast 0 eqref funcref drop ref.null func)',
      {
        message: 'type mismatch: target of a cast: expected eqref, found funcref',
        func: 0,
        at: 'br_on_cast',
      },
      { unrelatedCasts: true },
    );
  });

  it('convert between any and extern, keeping nullability', async () => {
    await accepts(`(func (param externref) (result anyref) local.get 0 any.convert_extern)
      (func (param (ref any)) (result (ref extern)) local.get 0 extern.convert_any)`);
    await rejects('(func (param externref) (result (ref any)) local.get 0 any.convert_extern)', {
      message: 'type mismatch: instruction requires [(ref any)] but stack has [anyref]',
      func: 0,
      at: 'end',
    });
  });
});
