import { describe, expect, it } from 'vitest';
import {
  detectFeatures,
  formatCompType,
  formatExternType,
  formatHeapType,
  formatValType,
  Heap,
  I8,
  inspectModule,
  refType,
  V128,
} from '../src/index.js';
import { decodeText } from './binary.js';

describe('printed types', () => {
  it('prints value types', () => {
    expect(formatValType(V128)).toBe('v128');
    expect(formatValType(I8)).toBe('i8');
    expect(formatValType(refType(Heap.none, true))).toBe('nullref');
    expect(formatValType(refType(Heap.extern, false))).toBe('(ref extern)');
    expect(formatValType(refType(3, true))).toBe('(ref null 3)');
    expect(formatValType(refType(3, false, true), new Map([[3, 'point']]))).toBe(
      '(ref (exact $point))',
    );
    expect(formatHeapType(Heap.noexn)).toBe('noexn');
  });

  it('prints composite types', async () => {
    const { types } = await decodeText(`(module (type (func (param i32 i64) (result f32)))
      (type (struct (field i16) (field (mut i32)))) (type (array (mut f64))) (type (func)))`);
    expect(types.map(({ comp }) => formatCompType(comp))).toEqual([
      '(func (param i32 i64) (result f32))',
      '(struct (field i16) (field (mut i32)))',
      '(array (mut f64))',
      '(func)',
    ]);
  });

  it('prints external types', async () => {
    const module = await decodeText(`(module (import "" "" (func (param i32)))
      (import "" "" (memory i64 1 2 shared)) (import "" "" (memory 0 (pagesize 1)))
      (import "" "" (table 1 externref)) (import "" "" (global (mut i32)))
      (import "" "" (tag (param i64))))`);
    expect(module.imports.map(({ desc }) => formatExternType(desc, module))).toEqual([
      '(func (param i32))',
      '(memory i64 1 2 shared)',
      '(memory 0 (pagesize 1))',
      '(table 1 externref)',
      '(global (mut i32))',
      '(tag (param i64))',
    ]);
  });
});

describe('features', () => {
  it.each([
    ['(module (func))', []],
    ['(module (global (export "g") (mut i32) (i32.const 0)))', ['mutable-globals']],
    ['(module (func (result i32 i32) i32.const 0 i32.const 0))', ['multi-value']],
    ['(module (func (drop (i32.extend8_s (i32.const 0)))))', ['sign-extension']],
    ['(module (table 0 externref))', ['reference-types']],
    ['(module (func (local v128)))', ['simd']],
    ['(module (global i32 (i32.add (i32.const 0) (i32.const 0))))', ['extended-const']],
    ['(module (func return_call 0))', ['tail-call']],
    ['(module (type $f (func)) (func (param (ref $f))))', ['function-references']],
    ['(module (type (struct)))', ['gc']],
    ['(module (func (local anyref)))', ['gc']],
    ['(module (tag))', ['exceptions']],
    ['(module (memory 0) (memory 0))', ['multi-memory']],
    ['(module (memory i64 0))', ['memory64']],
    ['(module (memory 0 1 shared))', ['threads']],
    ['(module (memory 0 (pagesize 1)))', ['custom-page-sizes']],
    ['(module (memory 0) (data ""))', ['bulk-memory']],
    ['(module (func try catch_all end))', ['legacy-exceptions']],
    [
      '(module (func (drop (i64.mul_wide_u (i64.const 0) (i64.const 0))) drop))',
      ['wide-arithmetic'],
    ],
  ])('%s', async (wat, features) => {
    expect(detectFeatures(await decodeText(wat))).toEqual(['mvp', ...features]);
  });
});

describe('inspectModule', () => {
  it('describes a module as JSON', async () => {
    const module = await decodeText(`(module $demo (import "env" "log" (func $log (param i32)))
      (memory (export "memory") 1) (data (i32.const 0) "hello")
      (func $main (export "main") (result i32) i32.const 7)
      (func $big nop nop nop nop))`);
    const listing = inspectModule(module);
    expect(JSON.parse(JSON.stringify(listing))).toMatchObject({
      size: module.bytes.length,
      name: 'demo',
      features: ['mvp'],
      counts: { types: 3, imports: 1, functions: 3, memories: 1, exports: 2, dataSegments: 1 },
      imports: [{ module: 'env', name: 'log', kind: 'func', type: '(func (param i32))' }],
      exports: [
        { name: 'memory', kind: 'memory', index: 0, type: '(memory 1)' },
        { name: 'main', kind: 'func', index: 1, type: '(func (result i32))' },
      ],
      code: {
        functions: 2,
        bytes: 12,
        largest: [{ index: 2, name: 'big', size: 7 }, { index: 1 }],
      },
      dataBytes: 5,
    });
    expect(listing.sections.map(({ name }) => name)).toContain('name');
  });

  it('survives indices that are out of range', async () => {
    const module = await decodeText('(module (export "ghost" (func 9)))');
    expect(inspectModule(module).exports[0]!.type).toBe('unknown');
  });
});
