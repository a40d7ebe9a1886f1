import { expect, test } from 'vitest';
import { build, typeErrors } from './building.js';

const MODULE = `(module
  (import "env" "log" (func $log (param i32 i64) (result f64)))
  (import "env" "memory" (memory 1 2)) (import "env" "limit" (global i64))
  (import "a b" "t" (table 1 externref))
  (func (export "pair") (param $left i32) (param i64) (result i64 f32) unreachable)
  (func (export "a-b") (param externref funcref)) (memory (export "m") 1) (data (memory 1) (i32.const 0) "x")
  (global (export "g") (mut i64) (i64.const 1)) (table (export "t") 1 funcref) (tag (export "e") (param i32)))`;

test('declarations have exact types', async () => {
  const { dts } = await build(MODULE, { format: 'esm' });
  for (const line of [
    '  env: {',
    '    /** `(func (param i32 i64) (result f64))` */',
    '    readonly log: (p0: number, p1: bigint) => number;',
    '    readonly memory: Memory;',
    '    readonly limit: Global<bigint> | bigint;',
    '  "a b": {',
    '    readonly t: Table<any>;',
    '  readonly pair: (left: number, p1: bigint) => [bigint, number];',
    '  readonly "a-b": (p0: unknown, p1: ((...args: any[]) => any) | null) => void;',
    '  readonly g: Global<bigint>;',
    '  readonly e: Tag;',
    'export declare function instantiate(imports: Imports): Exports;',
    'export default instantiate;',
  ]) {
    expect(dts.split('\n')).toContain(line);
  }
});

test('declarations of all formats are accepted by TypeScript', async () => {
  const free =
    '(module (func (export "f") (result i64) unreachable) (func (export "x y")) (func (export "if")))';
  const esm = await build(MODULE, { format: 'esm', data: 'file', dataFileName: 'x' });
  const named = await build(free, { format: 'esm' });
  const cjs = await build(free, { format: 'cjs' });
  const threads = await build('(module (memory (import "env" "m") 1 2 shared))', { format: 'esm' });
  const script = await build(MODULE, { format: 'iife', globalName: 'lib' });
  const errors = typeErrors({
    'use.mts': `import instantiate, { type Imports, instantiate as again } from './esm.mjs';
      import { f, 'x y' as xy, if as when } from './named.mjs';
      import { f as g } from './cjs.cjs';
      import threads from './threads.mjs';
      declare const imports: Imports;
      const memory: Imports['env']['memory'] = new instantiate.Memory({ initial: 1 });
      const [low, number]: [bigint, number] = again(imports, { data: new Uint8Array() }).pair(1, 2n);
      const results: [bigint, void, void, bigint] = [f(), xy(), when(), g()];
      // @ts-expect-error a Number is no i64
      instantiate(imports).pair(1, 2);
      const value: bigint = lib.instantiate(imports as unknown as lib.Imports).g.value;
      const exn = new instantiate.Exception(instantiate(imports).e, [1]);
      const caught: unknown = exn.is(instantiate.JSTag) ? exn.stack : exn.getArg(instantiate(imports).e, 0);
      const shared = new threads.Memory({ initial: 1, maximum: 2, shared: true });
      const there = { initial: 1, maximum: 2, shared: true, ...threads.shareMemory(shared) };
      threads({ env: { m: new threads.Memory(there) } });
      console.log(caught, memory, low, number, results, value);`,
    'esm.d.mts': esm.dts,
    'named.d.mts': named.dts,
    'cjs.d.cts': cjs.dts,
    'threads.d.mts': threads.dts,
    'script.d.ts': script.dts,
  });
  expect(errors).toBe('');
});
