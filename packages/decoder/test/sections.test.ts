import { describe, expect, it } from 'vitest';
import {
  ANYREF,
  decodeModule,
  EXTERNREF,
  F64,
  FUNCREF,
  Heap,
  I8,
  I32,
  I64,
  refType,
  rereadDatas,
} from '../src/index.js';
import { decodeText, moduleBytes, section } from './binary.js';

describe('the type section', () => {
  it('reads recursion groups, supertypes and fields', async () => {
    const { types } = await decodeText(`(module
      (type (func (param i32 f64) (result i64)))
      (rec (type $node (sub (struct (field (mut i8)) (field (ref null $node)))))
           (type (sub final $node (struct (field (mut i8)) (field (ref null $node)) (field i32)))))
      (type (array (mut anyref))))`);
    expect(types[0]).toMatchObject({
      comp: { kind: 'func', params: [I32, F64], results: [I64] },
      final: true,
      supers: [],
      groupStart: 0,
      groupSize: 1,
    });
    expect(types[1]).toMatchObject({
      comp: {
        fields: [
          { type: I8, mutable: true },
          { type: refType(1, true), mutable: false },
        ],
      },
      final: false,
      groupStart: 1,
      groupSize: 2,
    });
    expect(types[2]).toMatchObject({ final: true, supers: [1], groupStart: 1, groupSize: 2 });
    expect(types[3]).toMatchObject({
      comp: { kind: 'array', element: { type: ANYREF, mutable: true } },
      groupStart: 3,
    });
  });

  it('reads descriptors and exact references', async () => {
    const { types } = await decodeText(`(module
      (rec (type $a (descriptor $b) (struct)) (type $b (describes $a) (struct)))
      (type (func (param (ref null (exact $b))))))`);
    expect(types[0]).toMatchObject({ descriptor: 1, describes: undefined });
    expect(types[1]).toMatchObject({ descriptor: undefined, describes: 0 });
    expect(types[2]!.comp).toMatchObject({ params: [refType(1, true, true)] });
  });
});

describe('imports and index spaces', () => {
  it('puts imports first and counts them by kind', async () => {
    const module = await decodeText(`(module
      (type $f (func)) (type $g (func (param i32)))
      (import "m" "f" (func (type $g)))
      (import "m" "exact" (func (exact (type $f))))
      (import "m" "t" (table 1 2 externref))
      (import "m" "mem" (memory 3))
      (import "m" "g" (global (mut i64)))
      (import "m" "tag" (tag (type $g)))
      (func (type $f)) (table 4 funcref) (memory 5) (global i32 (i32.const 0)) (tag (type $f)))`);
    expect(module.importCounts).toEqual({ func: 2, table: 1, memory: 1, global: 1, tag: 1 });
    expect(module.imports.map(({ name }) => name)).toEqual(['f', 'exact', 't', 'mem', 'g', 'tag']);
    expect(module.imports[1]!.desc).toEqual({ kind: 'func', type: 0, exact: true });
    expect(module.funcTypes).toEqual([1, 0, 0]);
    expect(module.tableTypes.map(({ element }) => element)).toEqual([EXTERNREF, FUNCREF]);
    expect(module.memoryTypes.map(({ limits }) => limits.min)).toEqual([3, 5]);
    expect(module.globalTypes).toEqual([
      { type: I64, mutable: true },
      { type: I32, mutable: false },
    ]);
    expect(module.tagTypes).toEqual([{ type: 1 }, { type: 0 }]);
    expect([module.funcs.length, module.tables.length, module.globals.length]).toEqual([1, 1, 1]);
  });
});

describe('memories, tables and globals', () => {
  it('reads limits, address types, sharing and page sizes', async () => {
    const { memoryTypes } = await decodeText(`(module (memory 1 2 shared) (memory i64 3)
      (memory 0 4 (pagesize 1)))`);
    expect(memoryTypes).toMatchObject([
      { limits: { min: 1, max: 2, addr64: false, shared: true }, pageSizeLog2: 16 },
      { limits: { min: 3, max: undefined, addr64: true, shared: false }, pageSizeLog2: 16 },
      { limits: { min: 0, max: 4 }, pageSizeLog2: 0 },
    ]);
  });

  it('reads table initialisers', async () => {
    const { tables, bytes } = await decodeText(`(module
      (table i64 3 4 funcref) (table 1 (ref func) (ref.func 0)) (func))`);
    expect(tables[0]).toMatchObject({ init: undefined, limits: { addr64: true, max: 4 } });
    const { start, end } = tables[1]!.init!;
    expect([...bytes.subarray(start, end)]).toEqual([0xd2, 0, 0x0b]);
  });

  it('delimits constant expressions, nested blocks included', () => {
    const expr = [0x02, 0x40, 0x0b, 0x41, 0x0b, 0x0b];
    const module = decodeModule(moduleBytes(section(6, 1, 0x7f, 0, ...expr)));
    const { start, end } = module.globals[0]!.init;
    expect([...module.bytes.subarray(start, end)]).toEqual(expr);
  });
});

describe('segments', () => {
  it('reads every form of element segment', async () => {
    const { elems } = await decodeText(`(module (table 9 funcref) (table $e 9 externref) (func)
      (elem (i32.const 0) func 0 0)
      (elem func 0)
      (elem declare func 0)
      (elem (table 0) (i32.const 1) funcref (ref.func 0) (ref.null func))
      (elem externref (ref.null extern))
      (elem declare (ref func) (ref.func 0))
      (elem (table $e) (i32.const 1) externref (ref.null extern)))`);
    expect(elems.map(({ mode }) => mode)).toEqual([
      'active',
      'passive',
      'declarative',
      'active',
      'passive',
      'declarative',
      'active',
    ]);
    expect(elems.map(({ table }) => table)).toEqual([0, 0, 0, 0, 0, 0, 1]);
    expect(elems[0]).toMatchObject({ funcs: [0, 0], exprs: undefined });
    expect(elems[0]!.type).toBe(refType(Heap.func, false));
    expect(elems[3]).toMatchObject({ funcs: undefined, type: FUNCREF });
    expect(elems[3]!.exprs!.length).toBe(2);
    expect(elems[5]!.type).toBe(refType(Heap.func, false));
    expect(elems[6]!.type).toBe(EXTERNREF);
  });

  it('reads data segments as ranges', async () => {
    const module = await decodeText(`(module (memory 1) (memory 1)
      (data (i32.const 1) "abc") (data "de") (data (memory 1) (i32.const 2) "f")
      (func (data.drop 0)))`);
    const { bytes, dataCount } = module;
    const datas = [...module.datas];
    expect(dataCount).toBe(3);
    expect(datas.map(({ mode, memory }) => [mode, memory])).toEqual([
      ['active', 0],
      ['passive', 0],
      ['active', 1],
    ]);
    const contents = datas.map((data) =>
      Buffer.from(bytes.subarray(data.bytes.start, data.bytes.end)).toString(),
    );
    expect(contents).toEqual(['abc', 'de', 'f']);
    rereadDatas(module);
    expect(module.datas.length).toBe(3);
    for (const _ of [1, 2]) expect([...module.datas]).toEqual(datas);
    const indices: number[] = [];
    module.datas.forEach((segment, i) => {
      expect(segment).toEqual(datas[i]);
      indices.push(i);
    });
    expect(indices).toEqual([0, 1, 2]);
    expect([...module.datas][0]).not.toBe([...module.datas][0]);
  });

  it('reads no data segments again where there is no section', async () => {
    const module = await decodeText('(module)');
    rereadDatas(module);
    expect([...module.datas]).toEqual([]);
  });
});

describe('code, exports, start', () => {
  it('reads locals run-length encoded and delimits bodies', async () => {
    const module = await decodeText(`(module (import "" "" (func))
      (func (param i32) (local i32 i32 f64) nop) (start 0) (export "run" (func 1)))`);
    const func = module.funcs[0]!;
    expect(func.locals).toEqual([
      { count: 2, type: I32 },
      { count: 1, type: F64 },
    ]);
    expect(func.localCount).toBe(3);
    expect([...module.bytes.subarray(func.body.start, func.body.end)]).toEqual([0x01, 0x0b]);
    expect(module.start?.func).toBe(0);
    expect(module.exports).toMatchObject([{ name: 'run', kind: 'func', index: 1 }]);
  });

  it('leaves out groups of no locals', () => {
    const body = [6, 2, 0, 0x7f, 1, 0x7e, 0x0b];
    const module = decodeModule(
      moduleBytes(section(1, 1, 0x60, 0, 0), section(3, 1, 0), section(10, 1, ...body)),
    );
    expect(module.funcs[0]!.locals).toEqual([{ count: 1, type: I64 }]);
  });

  it('lists the sections with their ranges', () => {
    const { sections } = decodeModule(
      moduleBytes(section(1, 0), section(0, 1, 0x61, 7, 7), section(13, 0), section(6, 0)),
    );
    expect(sections).toEqual([
      { id: 1, name: 'type', range: { start: 10, end: 11 } },
      { id: 0, name: 'a', range: { start: 13, end: 17 } },
      { id: 13, name: 'tag', range: { start: 19, end: 20 } },
      { id: 6, name: 'global', range: { start: 22, end: 23 } },
    ]);
  });
});
