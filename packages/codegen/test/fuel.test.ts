/** Fuel: what takes it, what happens without it, who can end an instance, and how large its memories get. */
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { build, load } from './building.js';

const METERED = { fuel: 1000 };

const PROGRAM = `(module
  (memory (export "memory") 1)
  (type $unary (func (param i32) (result i32)))
  (table funcref (elem $increment))
  (tag $t)
  (func $increment (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
  (func (export "nothing"))
  (func (export "spin") (loop $l (br $l)))
  (func (export "rounds") (param i32) (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "nested") (param $a i32) (param $b i32) (local $i i32)
    (loop $outer
      (local.set $i (local.get $b))
      (loop $inner (br_if $inner (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
      (br_if $outer (local.tee $a (i32.sub (local.get $a) (i32.const 1))))))
  (func $recurse (export "recurse") (param i32)
    (if (local.get 0) (then (call $recurse (i32.sub (local.get 0) (i32.const 1))))))
  (func $odd (export "odd") (param i32) (if (local.get 0) (then (return_call $even (i32.sub (local.get 0) (i32.const 1))))))
  (func $even (param i32) (if (local.get 0) (then (return_call $odd (i32.sub (local.get 0) (i32.const 1))))))
  (func $self (export "self") (param i32) (if (local.get 0) (then (return_call $self (i32.sub (local.get 0) (i32.const 1))))))
  (func $forever (export "forever") (return_call $forever))
  (func (export "indirect") (param i32) (result i32) (call_indirect (type $unary) (local.get 0) (i32.const 0)))
  (func (export "caught") (loop $again (block $c (try_table (catch_all $c) (throw $t))) (br $again)))
  (func (export "swallowed") (block $c (try_table (catch_all $c) (loop $l (br $l)))))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`;

const BULK = `(module
  (memory $m 1) (memory $l i64 1)
  (data $d "${'x'.repeat(128)}")
  (type $a (array (mut i32))) (type $f (array (mut f64))) (type $b (array (mut i8))) (type $r (array (mut funcref)))
  (table $t 200 funcref) (table $u 200 funcref)
  (elem $e func ${'$one '.repeat(160)})
  (func $one)
  (func (export "fill") (param i32) (memory.fill $m (i32.const 0) (i32.const 1) (local.get 0)))
  (func (export "fill64") (param i64) (memory.fill $l (i64.const 0) (i32.const 1) (local.get 0)))
  (func (export "copy") (param i32) (memory.copy $m $m (i32.const 64) (i32.const 0) (local.get 0)))
  (func (export "init") (param i32) (memory.init $m $d (i32.const 0) (i32.const 0) (local.get 0)))
  (func (export "constant") (memory.fill $m (i32.const 0) (i32.const 1) (i32.const 256))
    (memory.fill $m (i32.const 0) (i32.const 1) (i32.const 8)))
  (func (export "rounds") (param i32) (loop $l
    (memory.fill $m (i32.const 0) (i32.const 1) (i32.const 65536))
    (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "tables") (param i32) (table.fill $t (i32.const 0) (ref.func $one) (local.get 0)))
  (func (export "copies") (param i32) (table.copy $t $u (i32.const 0) (i32.const 0) (local.get 0)))
  (func (export "elements") (param i32) (table.init $t $e (i32.const 0) (i32.const 0) (local.get 0)))
  (func (export "array") (param i32) (drop (array.new $a (i32.const 1) (local.get 0))))
  (func (export "floats") (param i32) (drop (array.new $f (f64.const 1) (local.get 0))))
  (func (export "default") (param i32) (drop (array.new_default $a (local.get 0))))
  (global $g (ref $a) (array.new_default $a (i32.const 2000)))
  (func (export "filled") (param i32) (array.fill $a (global.get $g) (i32.const 0) (i32.const 2) (local.get 0)))
  (func (export "copied") (param i32)
    (array.copy $a $a (array.new_default $a (local.get 0)) (i32.const 0) (array.new_default $a (local.get 0)) (i32.const 0)
      (local.get 0)))
  (func (export "bytes") (param i32) (drop (array.new_data $b $d (i32.const 0) (local.get 0))))
  (func (export "references") (param i32) (drop (array.new_elem $r $e (i32.const 0) (local.get 0)))))`;

const EMPTY = 'all fuel consumed by WebAssembly';

describe('fuel', () => {
  const prepared = load(PROGRAM, METERED);

  test('a unit for each function that begins and each round of a loop', async () => {
    const { instantiate } = await prepared;
    const fuel = new instantiate.Fuel(1e6);
    const x = instantiate(undefined, { fuel });
    const used = (call: () => unknown): number => {
      const before = fuel.left;
      call();
      return before - fuel.left;
    };
    expect(used(() => x.nothing())).toBe(1);
    expect(used(() => x.rounds(10))).toBe(11);
    expect(used(() => x.nested(3, 4))).toBe(1 + 3 + 12);
    expect(used(() => x.recurse(10))).toBe(11);
    expect(used(() => x.odd(10))).toBe(11);
    expect(used(() => x.indirect(1))).toBe(2);
  });

  test('a unit for each 64 bytes or 16 elements that are filled or copied, unless that traps', async () => {
    const { instantiate } = await load(BULK, METERED);
    const fuel = new instantiate.Fuel(1e9);
    const x = instantiate(undefined, { fuel });
    const used = (name: string, ...args: unknown[]): number => {
      const before = fuel.left;
      try {
        x[name](...args);
      } catch (error) {
        expect((error as Error).message).toMatch(/out of bounds/);
      }
      return before - fuel.left;
    };
    expect(used('fill', 65536)).toBe(1 + 1024);
    expect(used('fill', 63)).toBe(1);
    expect(used('fill', 64)).toBe(2);
    expect(used('fill', -1)).toBe(1);
    expect(used('fill64', 65536n)).toBe(1 + 1024);
    expect(used('fill64', 1n << 32n)).toBe(1);
    expect(used('copy', 6400)).toBe(1 + 100);
    expect(used('init', 128)).toBe(1 + 2);
    expect(used('init', 129)).toBe(1);
    expect(used('constant')).toBe(1 + 4);
    // The loop takes its own, and four times 1,024.
    expect(used('rounds', 4)).toBe(1 + 4 + 4096);
    for (const name of ['tables', 'copies', 'elements']) expect(used(name, 160), name).toBe(1 + 10);
    for (const name of ['array', 'default', 'filled', 'floats'])
      expect(used(name, 1600)).toBe(1 + 100);
    expect(used('copied', 320)).toBe(1 + 40 + 20);
    expect(used('bytes', 128)).toBe(1 + 8);
    expect(used('references', 160)).toBe(1 + 10);
  });

  test('many bytes end an instance that has less, whoever interrupts, too', async () => {
    const { instantiate } = await load(BULK, METERED);
    const x = instantiate(undefined, { fuel: 1000 });
    expect(() => x.fill(65536)).toThrow(new instantiate.RuntimeError(EMPTY));
    expect(() => x.fill(0)).toThrow(new instantiate.RuntimeError(EMPTY));
    const interrupt = new Int32Array(new SharedArrayBuffer(4));
    const y = instantiate(undefined, { fuel: Infinity, interrupt });
    // Above and below what is counted down at once.
    for (const rounds of [1, 100]) y.rounds(rounds);
    interrupt[0] = 1;
    expect(() => y.rounds(100)).toThrow('interrupt');
  });

  test('ends what would not end, however it goes on', async () => {
    const { instantiate } = await prepared;
    for (const name of ['spin', 'forever', 'caught', 'swallowed']) {
      const x = instantiate();
      expect(() => x[name](), name).toThrow(new instantiate.RuntimeError(EMPTY));
      // And nothing more happens.
      expect(() => x.nothing(), name).toThrow(EMPTY);
    }
  });

  test('the amount is exact, beyond a chunk of it too', async () => {
    const { instantiate } = await prepared;
    for (const amount of [1, 2, 65536, 65537, 200_000]) {
      const enough = instantiate(undefined, { fuel: amount });
      if (amount > 1) enough.rounds(amount - 1);
      else enough.nothing();
      expect(() => enough.nothing(), `${amount}`).toThrow(EMPTY);
      const short = instantiate(undefined, { fuel: amount - 1 });
      expect(() => (amount > 1 ? short.rounds(amount - 1) : short.nothing())).toThrow(EMPTY);
    }
  });

  test('can be read, set, added to and shared', async () => {
    const { instantiate } = await prepared;
    const fuel = new instantiate.Fuel(10);
    const [one, other] = [instantiate(undefined, { fuel }), instantiate(undefined, { fuel })];
    one.rounds(4);
    other.rounds(3);
    expect(fuel.left).toBe(1);
    fuel.add(100_000);
    expect(fuel.left).toBe(100_001);
    one.rounds(80_000);
    expect(fuel.left).toBe(20_000);
    fuel.left = 0;
    expect(() => other.nothing()).toThrow(EMPTY);
    fuel.left = Number.POSITIVE_INFINITY;
    other.rounds(100_000);
    for (const bad of [-1, Number.NaN, '1']) {
      expect(() => new instantiate.Fuel(bad as number)).toThrow(TypeError);
      expect(() => instantiate(undefined, { fuel: bad })).toThrow(TypeError);
    }
  });

  test('is the same where functions are split, and without a JIT’s forms', async () => {
    const costs: number[] = [];
    for (const options of [
      {},
      { functionBudget: 40 },
      { optimizeFor: 'interpreter' as const },
      { names: 'minify' as const },
    ]) {
      const { instantiate } = await load(PROGRAM, { ...METERED, ...options });
      const fuel = new instantiate.Fuel(1e6);
      const x = instantiate(undefined, { fuel });
      x.nested(5, 6);
      x.recurse(7);
      x.odd(8);
      x.self(9);
      costs.push(1e6 - fuel.left);
    }
    expect(new Set(costs).size).toBe(1);
  });

  test('a start function takes it, too', async () => {
    const { instantiate } = await load('(module (func $s (loop $l (br $l))) (start $s))', {
      ...METERED,
      namedExports: false,
    });
    expect(() => instantiate(undefined, { fuel: 5 })).toThrow(EMPTY);
  });

  test('another thread interrupts', async () => {
    const { instantiate } = await prepared;
    const interrupt = new Int32Array(new SharedArrayBuffer(4));
    const x = instantiate(undefined, { fuel: Number.POSITIVE_INFINITY, interrupt });
    x.rounds(1000);
    const stop =
      "const { workerData } = require('node:worker_threads'); setTimeout(() => Atomics.store(workerData, 0, 1), 50);";
    const worker = new Worker(stop, { eval: true, workerData: interrupt });
    await new Promise((online) => worker.once('online', online));
    expect(() => x.spin()).toThrow(new instantiate.RuntimeError('interrupt'));
    await worker.terminate();
  });

  test('costs nothing where it was not asked for', async () => {
    const { chunks, helpers } = await build(PROGRAM);
    expect(chunks.join('')).not.toMatch(/\bK0\b/);
    expect(helpers.join()).not.toMatch(/_refuel|_room_for/);
    expect((await load(PROGRAM)).instantiate.Fuel).toBeUndefined();
  });
});

describe('memory', () => {
  test('grows to the limit', async () => {
    const { instantiate } = await load(PROGRAM, { maxMemory: 3 * 65536 });
    const x = instantiate();
    expect([x.grow(2), x.grow(1), x.grow(0)]).toEqual([1, -1, 3]);
    expect(() => x.memory.grow(1)).toThrow(RangeError);
    expect(instantiate(undefined, { maxMemory: 5 * 65536 }).grow(4)).toBe(1);
    expect(instantiate(undefined, { maxMemory: 2.5 * 65536 }).grow(1)).toBe(1);
    expect(instantiate(undefined, { maxMemory: 2.5 * 65536 }).grow(2)).toBe(-1);
  });

  test('does not begin above it', async () => {
    const { instantiate } = await load(PROGRAM, { maxMemory: 65535, namedExports: false });
    expect(() => instantiate()).toThrow(RangeError);
    expect(() => instantiate(undefined, { maxMemory: 65536 })).not.toThrow();
  });

  test('of metered modules can be limited where they are used', async () => {
    const { instantiate } = await load(PROGRAM, METERED);
    expect(instantiate(undefined, { maxMemory: 65536 }).grow(1)).toBe(-1);
    expect(instantiate().grow(1)).toBe(1);
  });
});
