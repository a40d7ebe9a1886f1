import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findSuite, listScripts } from '../../../spec-tests/src/suite.js';
import {
  ADDR,
  decodeModule,
  FEATURES,
  I32,
  type ImmKind,
  InstructionReader,
  OPCODE_COUNT,
  OPCODES,
  type OpcodeInfo,
  opcodeId,
  opcodeName,
} from '../src/index.js';
import { CORE_ROWS } from '../src/opcode-rows-core.js';
import { ATOMIC_ROWS, GC_ROWS, MISC_ROWS } from '../src/opcode-rows-prefixed.js';
import { SIMD_ROWS } from '../src/opcode-rows-simd.js';
import { assemble } from './binary.js';

const rows = OPCODES.filter((info): info is OpcodeInfo => info !== undefined);

/** Text of the immediates of each kind, so that an instruction can be assembled. */
const IMMEDIATE_TEXT: Readonly<Record<ImmKind, string>> = {
  none: '',
  block: '',
  try_table: '',
  label: '0',
  func: '0',
  type: '0',
  local: '0',
  global: '0',
  table: '0',
  memory: '0',
  tag: '0',
  elem: '0',
  data: '0',
  labels: '0 0',
  'type table': '(type 0)',
  'elem table': '0',
  'table table': '0 0',
  'data memory': '0',
  'memory memory': '0 0',
  'type field': '0 0',
  'type type': '0 0',
  'type data': '0 0',
  'type elem': '0 0',
  'type count': '0 1',
  memarg: '',
  'memarg lane': '0',
  lane: '0',
  i32: '0',
  i64: '0',
  f32: '0',
  f64: '0',
  v128: 'i32x4 0 0 0 0',
  lanes: '0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15',
  types: '(result i32)',
  heap: '(ref any)',
  'heap null': '(ref null any)',
  cast: '0 (ref null any) (ref i31)',
  zero: '',
};

/** Instructions that need others around them. */
const AROUND: Readonly<Record<string, [before: string, after: string]>> = {
  block: ['', 'end'],
  loop: ['', 'end'],
  if: ['', 'end'],
  else: ['if', 'end'],
  try: ['', 'end'],
  catch: ['try', 'end'],
  catch_all: ['try', 'end'],
  delegate: ['try', ''],
  rethrow: ['try catch_all', 'end'],
  try_table: ['', 'end'],
};

/** Mnemonics of the table that the text format spells differently. */
const SPELLING: Readonly<Record<string, string>> = {
  select_t: 'select',
  'ref.test_null': 'ref.test',
  'ref.cast_null': 'ref.cast',
  'ref.cast_desc_eq_null': 'ref.cast_desc_eq',
};

/** Instructions whose immediates have other types than all of their kind. */
const OTHER_IMMEDIATES: Readonly<Record<string, string>> = {
  'ref.null': 'any',
  'ref.cast_desc_eq': '(ref 0)',
  'ref.cast_desc_eq_null': '(ref null 0)',
  br_on_cast_desc_eq: '0 (ref null any) (ref 0)',
  br_on_cast_desc_eq_fail: '0 (ref null any) (ref 0)',
};

const textOf = ({ mnemonic, immediates }: OpcodeInfo): string =>
  `${SPELLING[mnemonic] ?? mnemonic} ${OTHER_IMMEDIATES[mnemonic] ?? IMMEDIATE_TEXT[immediates]}`;

describe('the opcode table', () => {
  it('gives every row an encoding of its own', () => {
    const all = [CORE_ROWS, GC_ROWS, MISC_ROWS, SIMD_ROWS, ATOMIC_ROWS].flat();
    expect(rows.length).toBe(all.length);
    expect(new Set(rows.map(({ mnemonic }) => mnemonic)).size).toBe(all.length);
    expect(OPCODES.length).toBe(OPCODE_COUNT);
  });

  it('finds ids by mnemonic', () => {
    for (const { id, mnemonic } of rows) {
      expect(opcodeId(mnemonic)).toBe(id);
      expect(opcodeName(id)).toBe(mnemonic);
    }
    expect(() => opcodeId('i32.frobnicate')).toThrow(RangeError);
    expect(opcodeName(0x5ff)).toBe('0x5ff');
  });

  it.each(rows.map((info) => [info.mnemonic, info] as const))(
    'encodes %s as an assembler does',
    async (mnemonic, info) => {
      if (mnemonic === 'end') return;
      const [before, after] = AROUND[mnemonic] ?? ['', ''];
      const module = decodeModule(
        await assemble(`(module (type (func)) (memory 1) (table 1 funcref) (tag)
          (elem func) (data "") (global i32 (i32.const 0))
          (func (local i32) ${before} ${textOf(info)} ${after}))`),
      );
      const { start, end } = module.funcs[0]!.body;
      const reader = new InstructionReader(module.bytes, start, end);
      const found: string[] = [];
      while (reader.next()) found.push(opcodeName(reader.op));
      expect(found).toContain(mnemonic);
      expect(found.length).toBe(1 + `${before} x ${after}`.trim().split(/ +/).length);
    },
  );

  it('knows every mnemonic of the official test suite', ({ skip }) => {
    const suite = findSuite();
    if (suite === undefined) return skip();
    const known = new Set(rows.map(({ mnemonic }) => mnemonic));
    const words = new Set<string>();
    for (const script of listScripts(suite)) {
      const plain = readFileSync(join(suite, script), 'latin1').replace(
        /"(?:[^"\\]|\\.)*"|;;[^\n]*|\(;(?:[^;]|;(?!\)))*;\)/gs,
        ' ',
      );
      for (const [word] of plain.matchAll(/(?<=[\s(])[a-z][a-z0-9]*\.[a-z0-9_.]+(?=[\s()])/g)) {
        words.add(word);
      }
    }
    const results = ['ref.array', 'ref.extern', 'ref.host', 'ref.struct'];
    expect([...words].filter((word) => !known.has(word) && !results.includes(word))).toEqual([]);
    expect(words.size).toBeGreaterThan(500);
  });

  it('gives memory accesses an alignment and the address type', () => {
    for (const { immediates, align, params } of rows) {
      const access = immediates === 'memarg' || immediates === 'memarg lane';
      expect(align >= 0).toBe(access);
      if (access) expect(params![0]).toBe(ADDR);
    }
    expect(OPCODES[opcodeId('memory.fill')]!.params).toEqual([ADDR, I32, ADDR]);
    expect(OPCODES[opcodeId('i64.atomic.rmw32.add_u')]!.align).toBe(2);
  });

  it('gives lane instructions their number of lanes', () => {
    for (const { immediates, lanes } of rows) {
      expect(lanes > 0).toBe(['lane', 'memarg lane', 'lanes'].includes(immediates));
    }
    expect(OPCODES[opcodeId('i16x8.replace_lane')]!.lanes).toBe(8);
    expect(OPCODES[opcodeId('v128.load64_lane')]!.lanes).toBe(2);
    expect(OPCODES[opcodeId('i8x16.shuffle')]!.lanes).toBe(32);
  });

  it('names only listed features', () => {
    for (const { feature } of rows) expect(FEATURES).toContain(feature);
  });
});
