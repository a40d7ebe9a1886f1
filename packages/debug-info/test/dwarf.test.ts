/** Reading DWARF: lines, inlined functions, names; and what to do with bytes that are not DWARF. */
import { readFileSync } from 'node:fs';
import { decodeModule, InstructionReader, type Module, opcodeName } from '@wasm2js/decoder';
import { describe, expect, test } from 'vitest';
import { join } from '../src/dwarf-lines.js';
import { DwarfError, DwarfPlaces, describeDebugInfo, dwarfSections } from '../src/index.js';
import { fixture, lineOf } from './fixtures.js';

const read = (name: string): Module => decodeModule(readFileSync(fixture(name)));

/** Offsets of the instructions of an exported function that have this mnemonic. */
function offsets(module: Module, name: string, mnemonic: string): number[] {
  const index = module.exports.find((item) => item.name === name)!.index;
  const { body } = module.funcs[index - module.importCounts.func]!;
  const reader = new InstructionReader(module.bytes, body.start, body.end);
  const found: number[] = [];
  while (reader.next()) if (opcodeName(reader.op) === mnemonic) found.push(reader.offset);
  return found;
}

/** Where an instruction is, as `file:line`, and the inlined function that it is in. */
function place(
  module: Module,
  places: DwarfPlaces,
  offset: number,
): [string, string | undefined] | undefined {
  const func = module.funcs.find(({ body }) => offset >= body.start && offset < body.end)!;
  if (!places.find(offset, func)) return undefined;
  return [`${places.sources[places.source]}:${places.line + 1}`, places.name];
}

describe.each(['ledger-4.wasm', 'ledger-5.wasm', 'ledger-64.wasm', 'ledger-0.wasm'])(
  '%s',
  (name) => {
    const module = read(name);
    const places = new DwarfPlaces(module, dwarfSections(module));

    test('instructions lead to their lines, also where functions are inlined', () => {
      const [division] = offsets(module, 'share', 'i32.div_s');
      expect(place(module, places, division!)).toEqual([
        `ledger.h:${lineOf('ledger.h', 'an inlined division')}`,
        'rate',
      ]);
      const [trap] = offsets(module, 'check', 'unreachable');
      expect(place(module, places, trap!)).toEqual([
        `ledger.c:${lineOf('ledger.c', '__builtin_trap')}`,
        undefined,
      ]);
      const [call] = offsets(module, 'apply', 'call_indirect');
      expect(place(module, places, call!)).toEqual([
        `ledger.c:${lineOf('ledger.c', 'which 2')}`,
        undefined,
      ]);
      const loads = offsets(module, 'sum', 'i32.load').map(
        (offset) => place(module, places, offset)!,
      );
      expect(loads).toContainEqual([
        `ledger.h:${lineOf('ledger.h', 'an inlined load')}`,
        'entry_at',
      ]);
    });

    test('functions have names', () => {
      const names = module.funcs.map((func) => places.functionName(func));
      expect(names).toEqual(
        expect.arrayContaining(['sum', 'share', 'check', 'apply', 'deep', 'twice']),
      );
    });

    test('nothing is known of what is no code', () => {
      expect(places.find(0, module.funcs[0]!)).toBe(false);
      expect(places.find(module.bytes.length, module.funcs[0]!)).toBe(false);
    });
  },
);

test("of Rust's library that is inlined, the line of the program that called it counts", () => {
  const module = read('tally.wasm');
  const places = new DwarfPlaces(module, dwarfSections(module));
  const [load] = offsets(module, 'peek', 'i32.load');
  expect(place(module, places, load!)).toEqual([
    `tally.rs:${lineOf('tally.rs', 'beyond the memory')}`,
    undefined,
  ]);
  const names = module.funcs.map((func) => places.functionName(func));
  expect(names).toContain('core::slice::index::slice_end_index_len_fail');
});

test('what a module has is described', () => {
  expect(describeDebugInfo(read('ledger-5.wasm'))).toEqual({
    names: 7,
    dwarf: {
      size: expect.any(Number),
      sources: 2,
      firstSources: ['ledger.c', 'ledger.h'],
      inlined: 4,
      split: false,
    },
  });
  expect(describeDebugInfo(read('emscripten.wasm')).sourceMap).toBe(
    'http://localhost:8080/emscripten.wasm.map',
  );
  expect(describeDebugInfo(read('ledger-plain.wasm'))).toEqual({ names: 7 });
});

test('broken sections are a DwarfError or say something else, and never take long', () => {
  let state = 12345;
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  let broken = 0;
  for (const name of ['ledger-4.wasm', 'ledger-5.wasm', 'tally.wasm']) {
    const module = read(name);
    const sound = dwarfSections(module);
    const keys = Object.keys(sound) as (keyof typeof sound)[];
    for (let round = 0; round < 400; round++) {
      const sections = { ...sound };
      const key = keys[random(keys.length)]!;
      const bytes = Uint8Array.from(sound[key]!);
      if (random(4) === 0) sections[key] = bytes.subarray(0, random(bytes.length));
      else {
        for (let i = random(4); i >= 0; i--) bytes[random(bytes.length)] = random(256);
        sections[key] = bytes;
      }
      if (random(16) === 0) delete sections[key];
      try {
        const places = new DwarfPlaces(module, sections);
        for (const func of module.funcs) {
          if (places.find(func.body.start, func))
            expect(places.sources[places.source]).toBeTypeOf('string');
          places.functionName(func);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(DwarfError);
        broken++;
      }
    }
  }
  expect(broken).toBeGreaterThan(100);
});

test('paths are put together as compilers mean them', () => {
  expect(join('/src', 'a/./b.c')).toBe('/src/a/b.c');
  expect(join('/src/lib', '../b.c')).toBe('/src/b.c');
  expect(join('.', 'b.c')).toBe('b.c');
  expect(join('..', 'b.c')).toBe('../b.c');
  expect(join('/src', '/b.c')).toBe('/b.c');
  expect(join('C:\\src', 'lib\\b.c')).toBe('C:/src/lib/b.c');
  expect(join('', 'b.c')).toBe('b.c');
});
