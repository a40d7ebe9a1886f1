/**
 * JavaScript Promise Integration: imports that suspend, exports that give promises. Every way to reach an import, with
 * state on the stack on both sides of the suspension.
 */
import { expect, test } from 'vitest';
import { evaluateBare, type Loaded, load, text } from './building.js';

const suspendable = { suspendable: true };
const later = <T>(value: T): Promise<T> =>
  new Promise((resolve) => setTimeout(() => resolve(value), 1));

const PROGRAM = `(module
  (type $ii (func (param i32) (result i32)))
  (import "e" "wait" (func $wait (type $ii)))
  (import "e" "now" (func $now (type $ii)))
  (import "e" "wide" (func $wide (param i64 f32) (result i64 f64)))
  (memory (export "memory") 1)
  (table (export "table") 8 funcref)
  (global $depth (mut i32) (i32.const 0))
  (elem (i32.const 0) $wait $now $twice $leaf $pinged)
  (func $leaf (type $ii) (i32.add (local.get 0) (i32.const 100)))
  (func $twice (type $ii) (i32.add (call $wait (local.get 0)) (call $wait (i32.const 1))))
  (func (export "direct") (type $ii) (i32.mul (call $wait (local.get 0)) (i32.const 2)))
  (func (export "nested") (type $ii) (i32.add (local.get 0) (call $twice (call $twice (local.get 0)))))
  (func (export "sync") (type $ii) (call $now (call $leaf (local.get 0))))
  (func (export "indirect") (param i32 i32) (result i32)
    (call_indirect (type $ii) (local.get 1) (local.get 0)))
  (func (export "reference") (type $ii)
    (call_ref $ii (local.get 0) (ref.func $twice)))
  (func (export "loop") (param $n i32) (result i32) (local $i i32) (local $sum i32)
    (loop $l
      (i32.store (i32.const 8) (call $wait (local.get $i)))
      (local.set $sum (i32.add (local.get $sum) (i32.load (i32.const 8))))
      (br_if $l (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $sum))
  (func $fib (export "fib") (type $ii)
    (if (result i32) (i32.lt_s (local.get 0) (i32.const 2))
      (then (call $wait (local.get 0)))
      (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                     (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
  (func (export "several") (param i64 f32) (result i64 f64 i32)
    (call $wide (local.get 0) (local.get 1)) (call $wait (i32.const 7)))
  (func (export "order") (param i32) (result i32)
    (i32.store (i32.const 0) (i32.const 1))
    (i32.add (i32.load (i32.const 0)) (call $wait (local.get 0))))
  (func $ping (param $n i32) (param $sum i32) (result i32)
    (if (i32.eqz (local.get $n)) (then (return (local.get $sum))))
    (return_call $pong (i32.sub (local.get $n) (i32.const 1)) (i32.add (local.get $sum) (call $wait (local.get $n)))))
  (func $pong (param $n i32) (param $sum i32) (result i32)
    (return_call $ping (local.get $n) (local.get $sum)))
  (func $pinged (export "tail") (type $ii) (return_call $ping (local.get 0) (i32.const 0)))
  (func (export "tail_indirect") (param i32 i32) (result i32)
    (return_call_indirect (type $ii) (local.get 1) (local.get 0)))
  (func (export "tail_leaf") (type $ii) (drop (call $wait (i32.const 0))) (return_call $leaf (local.get 0)))
  (func (export "divide") (type $ii) (i32.div_s (i32.const 1) (call $wait (local.get 0))))
  (func (export "load") (type $ii) (i32.load (call $wait (local.get 0)))))`;

function imports(instantiate: Loaded): Loaded {
  return {
    e: {
      wait: new instantiate.Suspending((x: number) => later(x)),
      now: (x: number) => x + 1,
      wide: new instantiate.Suspending((a: bigint, b: number) => later([a + 1n, b / 2])),
    },
  };
}

async function program(): Promise<{ run: Record<string, Loaded>; instantiate: Loaded }> {
  const { instantiate } = await load(PROGRAM, suspendable);
  const exports = instantiate(imports(instantiate));
  const run: Record<string, Loaded> = {};
  for (const [name, value] of Object.entries(exports))
    run[name] = typeof value === 'function' ? instantiate.promising(value) : value;
  return { run, instantiate };
}

test('values on the stack, locals and memory live through a suspension', async () => {
  const { run } = await program();
  expect(await run.direct(21)).toBe(42);
  expect(await run.nested(5)).toBe(5 + 7);
  expect(await run.sync(3)).toBe(104);
  expect(await run.reference(4)).toBe(5);
  expect(await run.loop(10)).toBe(45);
  expect(await run.fib(8)).toBe(21);
  expect(await run.several(41n, 3)).toEqual([42n, 1.5, 7]);
  expect(await run.order(4)).toBe(5);
});

test('calls through tables: what suspends, what does not, what is not there', async () => {
  const { run } = await program();
  expect(await Promise.all([0, 1, 2, 3].map((i) => run.indirect(i, 5)))).toEqual([5, 6, 6, 105]);
  await expect(run.indirect(5, 1)).rejects.toThrow('uninitialized element');
  await expect(run.indirect(8, 1)).rejects.toThrow('undefined element');
  expect(await Promise.all([0, 1, 2, 3].map((i) => run.tail_indirect(i, 5)))).toEqual([
    5, 6, 6, 105,
  ]);
});

test('tail calls take no stack', async () => {
  const { run } = await program();
  expect(await run.tail(4)).toBe(10);
  expect(await run.tail_indirect(4, 3)).toBe(6);
  expect(await run.tail_leaf(1)).toBe(101);
});

test('traps behind a suspension are traps', async () => {
  const { run, instantiate } = await program();
  await expect(run.divide(0)).rejects.toThrow(instantiate.RuntimeError);
  await expect(run.divide(0)).rejects.toThrow('integer divide by zero');
  await expect(run.load(-1)).rejects.toThrow('out of bounds memory access');
});

test('calls that wait do not disturb each other', async () => {
  const { run } = await program();
  const results = await Promise.all([1, 2, 3, 4, 5].map((n) => run.nested(n)));
  expect(results).toEqual([4, 6, 8, 10, 12]);
  const wide = await Promise.all([1n, 2n, 3n].map((n) => run.several(n, Number(n))));
  expect(wide).toEqual([1, 2, 3].map((n) => [BigInt(n) + 1n, n / 2, 7]));
});

test('without promising, or with a function of JavaScript between, a suspension is an error', async () => {
  const { instantiate } = await load(PROGRAM, suspendable);
  const exports = instantiate(imports(instantiate));
  expect(() => exports.direct(1)).toThrow(instantiate.SuspendError);
  expect(exports.sync(1)).toBe(102);
  const outer = instantiate({
    e: { ...imports(instantiate).e, now: (x: number) => exports.direct(x) },
  });
  await expect(instantiate.promising(outer.sync)(1)).rejects.toThrow(instantiate.SuspendError);
});

test('a rejected promise is thrown where the import was called', async () => {
  const { instantiate } = await load(
    `(module (import "e" "f" (func $f)) (import "e" "tag" (tag $t (param externref)))
      (func (export "all") (result i32)
        (block $h (try_table (catch_all $h) (call $f)) (return (i32.const 1))) (i32.const 2))
      (func (export "js") (result externref)
        (block $h (result externref) (try_table (catch $t $h) (call $f)) (ref.null extern)))
      (func (export "none") (call $f)))`,
    suspendable,
  );
  const error = new Error('late');
  const exports = instantiate({
    e: {
      f: new instantiate.Suspending(() => later(0).then(() => Promise.reject(error))),
      tag: instantiate.JSTag,
    },
  });
  expect(await instantiate.promising(exports.all)()).toBe(2);
  expect(await instantiate.promising(exports.js)()).toBe(error);
  await expect(instantiate.promising(exports.none)()).rejects.toBe(error);
});

test('modules call each other across suspensions, each with a result channel of its own', async () => {
  const inner = await load(
    `(module (import "e" "f" (func $f (result i64 i64))) (func (export "g") (result i64 i64)
       (call $f) (i64.add (i64.const 1))))`,
    suspendable,
  );
  const outer = await load(
    `(module (type $t (func (result i64 i64))) (import "e" "g" (func $g (type $t))) (import "e" "table" (table 1 funcref))
      (func (export "direct") (result i64 i64) (call $g))
      (func (export "indirect") (result i64) (call_indirect (type $t) (i32.const 0)) (i64.sub))
      (func (export "tail") (result i64 i64) (return_call_indirect (type $t) (i32.const 0))))`,
    suspendable,
  );
  const { instantiate } = inner;
  const { g } = instantiate({
    e: { f: new instantiate.Suspending(() => later([40n, 1n << 40n])) },
  });
  const table = new outer.instantiate.Table({ element: 'anyfunc', initial: 1 });
  table.set(0, g);
  const exports = outer.instantiate({ e: { g, table } });
  const run = (name: string) => instantiate.promising(exports[name])();
  expect(await run('direct')).toEqual([40n, (1n << 40n) + 1n]);
  expect(await run('indirect')).toBe(40n - (1n << 40n) - 1n);
  expect(await run('tail')).toEqual([40n, (1n << 40n) + 1n]);
  await expect(async () => g()).rejects.toThrow(instantiate.SuspendError);
});

test('large functions that are split, and recursive ones with a twin', async () => {
  const step = (i: number) =>
    `(local.set $x (i32.add (call $wait (i32.const ${i})) (i32.mul (local.get $x) (i32.const 3))))`;
  const { instantiate } = await load(
    `(module (import "e" "wait" (func $wait (param i32) (result i32)))
      (func (export "f") (param $x i32) (result i32)
        ${Array.from({ length: 60 }, (_, i) => `(if (i32.ne (local.get $x) (i32.const ${-i - 1})) (then ${step(i)}))`).join('\n')}
        (local.get $x)))`,
    { ...suspendable, functionBudget: 200 },
  );
  const make = (wait: unknown) => instantiate({ e: { wait } });
  const plain = make((x: number) => x);
  const waiting = make(new instantiate.Suspending((x: number) => Promise.resolve(x)));
  expect(await instantiate.promising(waiting.f)(1)).toBe(plain.f(1));
});

test('what does not suspend has one form; without the option there is none', async () => {
  const source = await text(PROGRAM, suspendable);
  expect(source).toContain('function*y$twice(');
  expect(source).not.toContain('y$leaf');
  expect(await text(PROGRAM)).not.toContain('function*');
  const { instantiate } = evaluateBare(
    await text('(module (func (export "f") (result i32) (i32.const 1)))', suspendable),
  );
  expect(await instantiate.promising(instantiate().f)()).toBe(1);
  expect(() => instantiate.promising(() => 1)).toThrow();
  expect(() => new instantiate.Suspending(1)).toThrow();
});
