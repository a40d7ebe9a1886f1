import { expect, test } from 'vitest';
import { assemble } from '../src/prepare.js';
import { runActions } from '../src/run/actions.js';
import { Tally } from '../src/run/outcome.js';
import { ENGINES, loadModule } from '../src/run/pipeline.js';
import type { ActionCommand } from '../src/script/commands.js';
import { parseScript } from '../src/script/parse.js';

const MODULE = `(module
  (func (export "f32") (param i32) (result f32) (f32.reinterpret_i32 (local.get 0)))
  (func (export "f64") (param i64) (result f64) (f64.reinterpret_i64 (local.get 0)))
  (func (export "v128") (param v128) (result v128) (local.get 0))
  (func (export "two") (result i32 i64) (i32.const -1) (i64.const -2))
  (func (export "extern") (param externref) (result externref) (local.get 0))
  (func (export "func") (result funcref) (ref.func 0))
  (func (export "div") (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))
  (global (export "g") (mut f32) (f32.const nan:0x200000)))`;

/** Runs assertions on the module above with the host's own WebAssembly. */
async function run(assertions: string): Promise<(string | undefined)[]> {
  const { commands } = await parseScript('test.wast', assertions, assemble);
  const module = loadModule(await assemble(MODULE));
  const exports = ENGINES.native(module)({});
  return commands.map((command) => {
    const tally = new Tally();
    runActions({ module, exports }, [command as ActionCommand], ENGINES.native, tally);
    const { failures, reasons } = tally.result('', 0);
    return failures[0]?.reason ?? reasons[0]?.reason;
  });
}

test('what holds passes', async () => {
  const reasons = await run(`
    (assert_return (invoke "f32" (i32.const 0x7fa00001)) (f32.const nan:0x200001))
    (assert_return (invoke "f32" (i32.const 0xffc00000)) (f32.const nan:canonical))
    (assert_return (invoke "f32" (i32.const 0x7fc00001)) (f32.const nan:arithmetic))
    (assert_return (invoke "f64" (i64.const 0xfff8000000000000)) (f64.const nan:canonical))
    (assert_return (invoke "f64" (i64.const 0x8000000000000000)) (f64.const -0))
    (assert_return (invoke "v128" (v128.const f32x4 nan:0x600000 1 -0 inf))
      (v128.const f32x4 nan:arithmetic 1 -0 inf))
    (assert_return (invoke "v128" (v128.const i64x2 1 2))
      (either (v128.const i64x2 1 3) (v128.const i64x2 1 2)))
    (assert_return (invoke "two") (i32.const -1) (i64.const -2))
    (assert_return (invoke "extern" (ref.extern 3)) (ref.extern 3))
    (assert_return (invoke "extern" (ref.null extern)) (ref.null extern))
    (assert_return (invoke "func") (ref.func))
    (assert_return (get "g") (f32.const nan:0x200000))
    (assert_trap (invoke "div" (i32.const 0)) "div")
    (invoke "two")`);
  expect(reasons).toEqual(reasons.map(() => undefined));
});

test('what does not hold fails', async () => {
  const reasons = await run(`
    (assert_return (invoke "f32" (i32.const 0x7fa00001)) (f32.const nan:arithmetic))
    (assert_return (invoke "f32" (i32.const 0x7fc00001)) (f32.const nan:canonical))
    (assert_return (invoke "f64" (i64.const 0)) (f64.const -0))
    (assert_return (invoke "v128" (v128.const i64x2 1 2)) (v128.const i64x2 1 3))
    (assert_return (invoke "two") (i32.const -1) (i64.const -3))
    (assert_return (invoke "two") (i32.const -1))
    (assert_return (invoke "extern" (ref.extern 3)) (ref.extern 4))
    (assert_return (invoke "func") (ref.null func))
    (assert_return (invoke "div" (i32.const 0)) (i32.const 0))
    (assert_trap (invoke "div" (i32.const 1)) "integer divide by zero")
    (assert_return (invoke "nothing"))`);
  expect(reasons.filter((reason) => reason === undefined)).toEqual([]);
  expect(reasons[0]).toBe('got 0x7fa00001, expected 0x7fc00000 under 0x7fc00000');
});
