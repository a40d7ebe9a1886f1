/** Custom descriptors: what the official suite does not look at (evaluation order, identity through the host). */

import { expect, test } from 'vitest';
import { load } from './building.js';

const WAT = `(module
  (rec (type $s (descriptor $d) (struct (field (mut i32)))) (type $d (describes $s) (struct (field i32))))
  (global $n (mut i32) (i32.const 0))
  (func $next (result i32)
    (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))
  (func $describe (result (ref (exact $d)))
    (struct.new $d (i32.mul (call $next) (i32.const 10))))
  (func (export "make") (result anyref)
    (struct.new_desc $s (call $next) (call $describe)))
  (func (export "first") (param anyref) (result i32)
    (struct.get $s 0 (ref.cast (ref $s) (local.get 0))))
  (func (export "second") (param anyref) (result i32)
    (struct.get $d 0 (ref.get_desc $s (ref.cast (ref $s) (local.get 0)))))
  (func (export "same") (param anyref anyref) (result i32)
    (ref.eq (ref.get_desc $s (ref.cast (ref $s) (local.get 0)))
      (ref.get_desc $s (ref.cast (ref $s) (local.get 1)))))
  (func (export "none") (result anyref)
    (struct.new_desc $s (call $next) (ref.null none))))`;

test('fields come before the descriptor, which an object keeps wherever it goes', async () => {
  const { instantiate } = await load(WAT);
  const { make, first, second, same, none } = instantiate();
  const [a, b] = [make(), make()];
  expect([first(a), second(a), first(b), second(b)]).toEqual([1, 20, 3, 40]);
  expect([same(a, a), same(a, b)]).toEqual([1, 0]);
  expect(() => none()).toThrow(/null descriptor/);
  // Its field was evaluated.
  expect(first(make())).toBe(6);
});
