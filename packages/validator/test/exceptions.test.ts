import { describe, it } from 'vitest';
import { accepts, rejects } from './support.js';

describe('throw', () => {
  it('takes the parameters of the tag', async () => {
    await accepts('(tag (param i32 i64)) (func i32.const 1 i64.const 2 throw 0)');
    await rejects('(tag (param i32)) (func i64.const 5 throw 0)', {
      message: 'type mismatch: instruction requires [i32] but stack has [i64]',
      func: 0,
      at: 'throw',
    });
  });

  it('needs the tag', () =>
    rejects('(func throw 0)', {
      message: 'unknown tag 0: the module has 0 tags',
      func: 0,
      at: 'throw',
    }));
});

describe('try_table', () => {
  it('sends what its clauses catch', () =>
    accepts(`(tag $t (param i32))
      (func (result i32) (try_table (result i32) (catch $t 0) i32.const 1))
      (func (result i32 (ref exn)) (block (result i32 (ref exn))
        (try_table (catch_ref $t 0)) unreachable))
      (func (block (try_table (catch_all 0))))
      (func (result exnref) (block (result exnref) (try_table (catch_all_ref 0)) unreachable))
      (func (param exnref) local.get 0 throw_ref)`));

  it('counts labels from outside', () =>
    rejects('(func (try_table (catch_all 1)))', {
      message: 'unknown label 1: 1 labels are in scope',
      func: 0,
      at: 'try_table',
    }));

  it('sends what the label expects', () =>
    rejects(
      '(tag (param i64)) (func (result i32) (try_table (result i32) (catch 0 0) i32.const 1))',
      {
        message: 'type mismatch: catch clause: label 0 expects [i32], found [i64]',
        func: 0,
        at: 'try_table',
      },
    ));
});

describe('legacy exception handling', () => {
  it('catches, delegates and rethrows', () =>
    accepts(`(tag $t (param i32))
      (func (result i32) try (result i32) i32.const 1 catch $t catch_all i32.const 2 end)
      (func try try nop delegate 0 catch_all rethrow 0 end)
      (func try catch_all block rethrow 1 end end)`));

  it('has handlers with the results of the block', () =>
    rejects('(tag) (func try catch 0 i32.const 42 end)', {
      message: 'type mismatch: block requires [] but stack has [i32]',
      func: 0,
      at: 'end',
    }));

  it('rethrows in handlers only', () =>
    rejects('(func try rethrow 0 end)', {
      message: 'invalid rethrow label 0: expected the label of a catch',
      func: 0,
      at: 'rethrow',
    }));

  it('delegates to an outer label', () =>
    rejects('(func try delegate 1)', {
      message: 'unknown label 1: 1 labels are in scope',
      func: 0,
      at: 'delegate',
    }));
});

describe('tags', () => {
  it('have no results', () =>
    rejects('(type (func (result i32))) (tag (type 0))', {
      message: 'non-empty tag result type: expected no results, found 1',
      at: 'tag',
    }));
});
