import { Heap, type HeapType, I32, I64, refType } from '@wasm2js/decoder';
import { describe, expect, it } from 'vitest';
import { BOT_HEAP, isDefaultable, type TypeSystem, typeSystem } from '../src/index.js';
import { decode } from './support.js';

const [STRUCT, SUBSTRUCT, ARRAY, FUNC, SUBFUNC, OTHER] = [0, 1, 2, 3, 4, 5];

async function system(): Promise<TypeSystem> {
  return typeSystem(
    await decode(`(type (sub (struct))) (type (sub 0 (struct (field i32)))) (type (array i8))
      (type (sub (func))) (type (sub 3 (func))) (type (sub (struct)))`),
  );
}

describe('heap types', () => {
  const { any, eq, i31, struct, array, none, func, nofunc, extern, noextern, exn, noexn } = Heap;
  /** Every heap type with all its proper supertypes. */
  const above: [HeapType, HeapType[]][] = [
    [any, []],
    [eq, [any]],
    [i31, [eq, any]],
    [struct, [eq, any]],
    [array, [eq, any]],
    [STRUCT, [struct, eq, any, OTHER]],
    [SUBSTRUCT, [STRUCT, struct, eq, any, OTHER]],
    [ARRAY, [array, eq, any]],
    [none, [i31, struct, array, eq, any, STRUCT, SUBSTRUCT, ARRAY, OTHER]],
    [func, []],
    [FUNC, [func]],
    [SUBFUNC, [FUNC, func]],
    [nofunc, [FUNC, SUBFUNC, func]],
    [extern, []],
    [noextern, [extern]],
    [exn, []],
    [noexn, [exn]],
  ];

  it('match exactly those above them', async () => {
    const types = await system();
    for (const [sub, supers] of above) {
      for (const [sup] of above) {
        const expected = sub === sup || supers.includes(sup);
        expect(types.matchesHeap(sub, sup), `${sub} and ${sup}`).toBe(expected);
      }
      expect(types.matchesHeap(BOT_HEAP, sub)).toBe(true);
    }
  });

  it('have a top', async () => {
    const types = await system();
    const tops = new Set<HeapType>([any, func, extern, exn]);
    for (const [heap, supers] of above) {
      const top = supers.find((sup) => tops.has(sup)) ?? heap;
      expect(types.topOf(heap)).toBe(top);
    }
  });
});

describe('reference types', () => {
  it('match when not more nullable', async () => {
    const types = await system();
    expect(types.matches(refType(STRUCT, false), refType(STRUCT, true))).toBe(true);
    expect(types.matches(refType(STRUCT, true), refType(STRUCT, false))).toBe(false);
    expect(types.matches(refType(Heap.none, true), refType(STRUCT, true))).toBe(true);
  });

  it('match an exact type when exact and equal', async () => {
    const types = await system();
    const exact = refType(STRUCT, true, true);
    expect(types.matches(exact, exact)).toBe(true);
    expect(types.matches(refType(OTHER, false, true), exact)).toBe(true);
    expect(types.matches(exact, refType(STRUCT, true))).toBe(true);
    expect(types.matches(exact, refType(Heap.any, true))).toBe(true);
    expect(types.matches(refType(Heap.none, true), exact)).toBe(true);
    expect(types.matches(refType(STRUCT, true), exact)).toBe(false);
    expect(types.matches(refType(SUBSTRUCT, true, true), exact)).toBe(false);
    expect(types.matches(refType(Heap.nofunc, true), exact)).toBe(false);
  });

  it('never match numbers', async () => {
    const types = await system();
    expect(types.matches(I32, I64)).toBe(false);
    expect(types.matches(I32, refType(Heap.any, true))).toBe(false);
    expect(types.matches(refType(BOT_HEAP, false), I32)).toBe(false);
  });

  it('have a difference', async () => {
    const types = await system();
    const nullable = refType(Heap.any, true);
    expect(types.difference(nullable, refType(STRUCT, true))).toBe(refType(Heap.any, false));
    expect(types.difference(nullable, refType(STRUCT, false))).toBe(nullable);
  });

  it('have a default when nullable', () => {
    expect(isDefaultable(I64)).toBe(true);
    expect(isDefaultable(refType(Heap.any, true))).toBe(true);
    expect(isDefaultable(refType(Heap.any, false))).toBe(false);
  });
});

describe('chains of supertypes', () => {
  it('are climbed to any height', async () => {
    const length = 3000;
    const chain = Array.from({ length }, (_, i) =>
      i === 0 ? '(type (sub (struct)))' : `(type (sub ${i - 1} (struct)))`,
    );
    const types = typeSystem(await decode(`${chain.join('')} (type (sub 7 (struct (field i32))))`));
    for (let i = 0; i < length; i += 37) {
      for (let j = 0; j < length; j += 41) expect(types.isSubtype(i, j)).toBe(j <= i);
      expect(types.isSubtype(length, i)).toBe(i <= 7);
    }
  });
});
