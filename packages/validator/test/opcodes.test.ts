import {
  ADDR,
  decodeModule,
  Heap,
  heapOf,
  I32,
  InvalidError,
  isNullable,
  isRef,
  MalformedError,
  OPCODES,
  type OpcodeInfo,
  type ValType,
} from '@wasm2js/decoder';
import { describe, expect, it } from 'vitest';
import { validateModule } from '../src/index.js';
import { SPECIAL_RULES } from '../src/instructions.js';
import { HEADER, leb, section } from './support.js';

const rows = OPCODES.filter((info) => info !== undefined);
const ordinary = rows.filter(({ params }) => params !== undefined);
const special = rows.filter(({ params }) => params === undefined);

/** Immediates that are valid in the module below. */
function immediates({ immediates: kind, align }: OpcodeInfo): number[] {
  const sixteen = new Array(16).fill(0);
  switch (kind) {
    case 'none':
      return [];
    case 'memarg':
      return [align, 0];
    case 'memarg lane':
      return [align, 0, 0];
    case 'data memory':
      return [0, 0];
    case 'v128':
    case 'lanes':
      return sixteen;
    case 'f32':
      return sixteen.slice(0, 4);
    case 'f64':
      return sixteen.slice(0, 8);
    case 'zero':
    case 'lane':
    case 'memory':
    case 'data':
    case 'elem':
    case 'i32':
    case 'i64':
      return [0];
    default:
      throw new RangeError(`immediates of kind ${kind}`);
  }
}

function typeBytes(type: ValType): number[] {
  if (type === ADDR) return [I32];
  if (!isRef(type)) return [type];
  expect(Object.values(Heap)).toContain(heapOf(type));
  return [isNullable(type) ? 0x63 : 0x64, heapOf(type) & 0x7f];
}

/** A function with the signature of an instruction that pushes its parameters and performs it. */
function moduleWith(info: OpcodeInfo, drop: number): Uint8Array {
  const { prefix, code } = info.encoding;
  const params = info.params!.map(typeBytes);
  const results = info.results!.map(typeBytes);
  const gets = params.flatMap((_, i) => [0x20, i]).slice(drop * 2);
  const op = prefix === undefined ? [code] : [prefix, ...leb(code)];
  const body = [0, ...gets, ...op, ...immediates(info), 0x0b];
  return Uint8Array.from([
    ...HEADER,
    ...section(1, [1, 0x60, params.length, ...params.flat(), results.length, ...results.flat()]),
    ...section(3, [1, 0]),
    ...section(5, [1, 3, 1, 1]),
    ...section(9, [1, 1, 0, 0]),
    ...section(12, [1]),
    ...section(10, [1, ...leb(body.length), ...body]),
    ...section(11, [1, 1, 0]),
  ]);
}

describe('instructions with a signature', () => {
  it('are most', () => {
    expect(ordinary.length).toBeGreaterThan(500);
  });

  it.each(ordinary.map((info) => [info.mnemonic, info] as const))('%s', (_name, info) => {
    validateModule(decodeModule(moduleWith(info, 0)));
    if (info.params!.length > 0) {
      const module = decodeModule(moduleWith(info, 1));
      expect(() => validateModule(module)).toThrow(InvalidError);
      expect(() => validateModule(module)).toThrow(/^type mismatch: instruction requires \[/);
    }
  });
});

describe('instructions with a rule', () => {
  it('are all others, and no rule is left over', () => {
    expect(Object.keys(SPECIAL_RULES).sort()).toEqual(special.map((row) => row.mnemonic).sort());
  });
});

describe('bytes that are no instruction', () => {
  it('are malformed', () => {
    for (let id = 0; id < OPCODES.length; id++) {
      if (OPCODES[id] !== undefined || id >= 0x100) continue;
      const body = [0, id, 0x0b];
      const bytes = Uint8Array.from([
        ...HEADER,
        ...section(1, [1, 0x60, 0, 0]),
        ...section(3, [1, 0]),
        ...section(10, [1, body.length, ...body]),
      ]);
      if (id < 0xfb || id > 0xfe) {
        expect(() => validateModule(decodeModule(bytes))).toThrow(MalformedError);
      }
    }
  });
});
