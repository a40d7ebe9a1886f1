import { describe, it } from 'vitest';
import { accepts, rejects } from './support.js';

describe('table instructions', () => {
  it('have the types of their table', async () => {
    await accepts(`(table $t 1 externref) (table $u i64 1 funcref) (elem $e funcref)
      (func (param externref) i32.const 0 local.get 0 table.set $t)
      (func (result funcref) i64.const 0 table.get $u)
      (func (result i64) ref.null func i64.const 1 table.grow $u)
      (func (result i64) table.size $u)
      (func i64.const 0 ref.null func i64.const 0 table.fill $u)
      (func i64.const 0 i32.const 0 i32.const 0 table.init $u $e elem.drop $e)`);
    await rejects('(table 1 externref) (func i32.const 0 ref.null func table.set 0)', {
      message: 'type mismatch: instruction requires [i32 externref] but stack has [i32 funcref]',
      func: 0,
      at: 'table.set',
    });
  });

  it('need the table', () =>
    rejects('(table 1 externref) (func i32.const 0 table.get 1 drop)', {
      message: 'unknown table 1: the module has 1 tables',
      func: 0,
      at: 'table.get',
    }));

  it('need the element segment', () =>
    rejects('(table 1 funcref) (func elem.drop 2)', {
      message: 'unknown elem segment 2: the module has 0 element segments',
      func: 0,
      at: 'elem.drop',
    }));

  it('copy subtypes, in the smaller address type', async () => {
    await accepts(`(table $a 1 anyref) (table $b i64 1 eqref)
      (func i32.const 0 i64.const 0 i32.const 0 table.copy $a $b)`);
    await rejects('(table $a 1 anyref) (table $b 1 eqref) (func unreachable table.copy $b $a)', {
      message: 'type mismatch: elements of table.copy: expected eqref, found anyref',
      func: 0,
      at: 'table.copy',
    });
  });

  it('initialise with subtypes', () =>
    rejects('(table 1 externref) (elem funcref) (func unreachable table.init 0)', {
      message: 'type mismatch: elements of table.init: expected externref, found funcref',
      func: 0,
      at: 'table.init',
    }));
});

describe('tables', () => {
  it('have limits in order', () =>
    rejects('(table 2 1 funcref)', {
      message: 'size minimum must not be greater than maximum: minimum 2, maximum 1',
      at: 'table',
    }));

  it('have limits in range', () =>
    rejects('(table 0x1_0000_0000 funcref)', {
      message: 'table size must be at most 4294967295 elements, found 4294967296',
      at: 'table',
    }));

  it('without null need an initializer', async () => {
    await accepts('(func $f) (table 1 (ref func) (ref.func $f))');
    await rejects('(table 0 (ref func))', {
      message: 'type mismatch: expected an initializer for a table of (ref func)',
      at: 'table',
    });
  });

  it('are initialised with imported globals only', async () => {
    await accepts('(import "m" "g" (global funcref)) (table 1 funcref (global.get 0))');
    await rejects('(table 1 funcref (global.get 0)) (global funcref (ref.null func))', {
      message: 'unknown global 0: 0 globals are defined here',
      at: 'global.get',
    });
  });
});

describe('element segments', () => {
  it('have elements of their type', () =>
    rejects('(elem funcref (ref.null extern))', {
      message: 'type mismatch: instruction requires [funcref] but stack has [externref]',
      at: 'end',
    }));

  it('match their table', () =>
    rejects('(func $f) (table 1 externref) (elem (i32.const 0) func $f)', {
      message: 'type mismatch: element segment: expected externref, found (ref func)',
      at: 'element',
    }));

  it('name functions of the module', () =>
    rejects('(elem func 3)', {
      message: 'unknown function 3: the module has 0 functions',
      at: 'element',
    }));

  it('have an offset of the address type', () =>
    rejects('(table i64 1 funcref) (elem (offset i32.const 0) funcref)', {
      message: 'type mismatch: instruction requires [i64] but stack has [i32]',
      at: 'end',
    }));
});
