/** Where the variables of an instance are declared: before all functions for interpreters, at their definitions else. */
import { expect, test } from 'vitest';
import { evaluate, text } from './building.js';

const WAT = `(module
  (type $t (func (param i32) (result i32)))
  (import "a" "f" (func $f (param i32) (result i32)))
  (import "a" "g" (global $g i32))
  (tag $e (param i32))
  (memory (export "memory") 1)
  (global $s (mut i32) (i32.const 64))
  (global $c i32 (i32.const 5))
  (table 2 funcref)
  (elem (i32.const 0) func $f $own)
  (func $own (type $t) (global.set $s (local.get 0)) (i32.store (local.get 0) (global.get $g))
    (i32.load (global.get $s)))
  (func (export "run") (param i32) (result i32)
    (block $caught (result i32)
      (try_table (result i32) (catch $e $caught)
        (throw $e (i32.add (global.get $c)
          (call_indirect (type $t) (i32.const 8) (local.get 0))))))))`;
const IMPORTS = { a: { f: (x: number) => x * 3, g: 7 } };
const OUTSIDE = /^const (M0|T0|T0_0|g\d|\$\d|V0\w|C0)\b/m;

test('interpreter: functions find no variable that may have no value yet, and memory among the first', async () => {
  const source = await text(WAT, { optimizeFor: 'interpreter' });
  expect(source).not.toMatch(OUTSIDE);
  const [, names] = /function instantiate\(.*\)\{\nvar (.*);\nfunction/.exec(source)!;
  const list = names!.split(',');
  expect(new Set(list).size).toBe(list.length);
  for (const name of ['M0', 'V0i', 'T0', 'T0_0', 'g1']) expect(list).toContain(name);
  // What is imported is called less often than memory is read.
  expect(list.findIndex((name) => name.startsWith('$'))).toBeGreaterThan(list.indexOf('T0_0'));
  const { run } = evaluate(source).instantiate(IMPORTS);
  expect([run(0), run(1)]).toEqual([29, 12]);
});

test('with a JIT each is a constant where it is defined', async () => {
  const source = await text(WAT);
  expect(source).toMatch(OUTSIDE);
  expect(source).not.toMatch(/\{\nvar (.*);\nfunction/);
  const { run } = evaluate(source).instantiate(IMPORTS);
  expect([run(0), run(1)]).toEqual([29, 12]);
});
