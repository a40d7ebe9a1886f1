/** Exports that nobody wants, and what only they need, are left out; nothing else changes. */
import { expect, test } from 'vitest';
import { compile, partCompiler } from '../src/index.js';
import { decode, evaluate, load, text } from './building.js';

const MODULE = `(module
  (type $t (func (result i32)))
  (table $used 3 funcref) (table $idle 2 funcref)
  (elem (table $used) (i32.const 0) func $one $two)
  (elem (table $idle) (i32.const 0) func $three)
  (elem $passive func $four)
  (global (export "g") funcref (ref.func $five))
  (func $one (type $t) (i32.const 1)) (func $two (type $t) (i32.const 2))
  (func $three (type $t) (i32.const 3)) (func $four (type $t) (i32.const 4))
  (func $five (type $t) (i32.const 5)) (func $six (type $t) (i32.const 6))
  (func $seven (type $t) (call $six))
  (func (export "indirect") (param i32) (result i32) (call_indirect $used (type $t) (local.get 0)))
  (func (export "direct") (result i32) (call $seven))
  (func (export "fill") (table.init $used $passive (i32.const 2) (i32.const 0) (i32.const 1))))`;

/** Numbers of the functions that are in the output. */
const kept = async (exports: string[]): Promise<string> => {
  const found = await text(MODULE, { exports });
  const names = ['one', 'two', 'three', 'four', 'five', 'six', 'seven'];
  return names.filter((name) => found.includes(`function $${name}(`)).join(' ');
};

test('functions stay that something wanted leads to', async () => {
  expect(await kept(['direct'])).toBe('five six seven');
  expect(await kept(['indirect'])).toBe('one two five');
  expect(await kept(['indirect', 'fill'])).toBe('one two four five');
  expect(await kept([])).toBe('five');
});

test('the wanted exports do what they did', async () => {
  const { instantiate } = await load(MODULE, { exports: ['indirect', 'fill'] });
  const x = instantiate();
  expect(Object.keys(x)).toEqual(['indirect', 'fill']);
  expect([x.indirect(0), x.indirect(1)]).toEqual([1, 2]);
  expect(() => x.indirect(2)).toThrow('uninitialized element');
  x.fill();
  expect(x.indirect(2)).toBe(4);
  const { direct } = await load(MODULE, { exports: ['direct'] });
  expect(direct()).toBe(6);
});

test('a segment out of bounds, and one whose place is not known, trap as ever', async () => {
  const out = `(module (table 1 funcref) (elem (i32.const 1) $f) (func $f) (func (export "a")))`;
  await expect(load(out, { exports: ['a'] })).rejects.toThrow('out of bounds table access');
  const imported = `(module (import "e" "g" (global i32)) (table 1 funcref)
    (elem (global.get 0) $f) (func $f) (func (export "a")))`;
  const { instantiate } = await load(imported, { exports: ['a'] });
  expect(() => instantiate({ e: { g: 5 } })).toThrow('out of bounds table access');
  expect(instantiate({ e: { g: 0 } }).a).toBeTypeOf('function');
});

test('an exported or imported table keeps its contents', async () => {
  const wat = `(module (table (export "t") 1 funcref) (elem (i32.const 0) $f)
    (func $f (result i32) (i32.const 9)) (func (export "a")))`;
  const { t } = await load(wat, { exports: ['t'] });
  expect(t.get(0)()).toBe(9);
  expect(await text(wat, { exports: ['a'] })).not.toContain('function $f(');
});

test('the start function stays, and what makes a command', async () => {
  const wat = `(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32))) (memory (export "memory") 1)
    (global $g (mut i32) (i32.const 0)) (start $s) (func $s (global.set $g (i32.const 3)))
    (func (export "_start") (call 0 (global.get $g))) (func $other (export "other")))`;
  const found = await text(wat, { exports: [] });
  expect(found).toContain('function $s(');
  expect(found).not.toContain('function $other(');
  let code = 0;
  const wasi_snapshot_preview1 = { proc_exit: (value: number) => (code = value) };
  evaluate(found).instantiate({ wasi_snapshot_preview1 })._start();
  expect(code).toBe(3);
});

test('threads leave out the same', async () => {
  const module = await decode(MODULE);
  const options = { format: 'esm', names: 'keep', data: 'inline', exports: ['direct'] } as const;
  const part = partCompiler(module, options).part(0, module.funcs.length);
  expect(compile(module, options, [part]).chunks).toEqual(compile(module, options).chunks);
});

test('declarations have the wanted exports; unknown names are an error', async () => {
  const module = await decode(MODULE);
  const options = { format: 'esm', names: 'keep', data: 'inline' } as const;
  const { dts } = compile(module, { ...options, exports: ['direct'] });
  expect(dts).toMatch(/readonly direct:/);
  expect(dts).not.toMatch(/indirect/);
  const unknown = () => compile(module, { ...options, exports: ['direkt'] });
  expect(unknown).toThrow(new TypeError('exports: there is no export "direkt"'));
});
