/**
 * Random modules of our own, without a detour through a generator of syntax trees: see
 * `grow-body.ts` for what they are good at.
 */

import { I32, type ValType } from '@wasm2js/decoder';
import { Random } from '../mutate/random.js';
import { Encoder } from '../run/encoder.js';
import { BodyGrower, NUMERIC, type Signature, type Surroundings } from './grow-body.js';

const LOG_NAMES = ['log-i32', 'log-i64', 'log-f32', 'log-f64'];
/** Units of fuel that a call from outside has: function entries and rounds of loops. */
const FUEL = 300n;
/** Initialised bytes of the memory: all small addresses. */
const DATA_LENGTH = 160;

const typesIn = (random: Random, most: number): ValType[] =>
  Array.from({ length: random.below(most + 1) }, () => random.pick(NUMERIC));

/** Signatures, those of the log functions first. */
function makeTypes(random: Random): Signature[] {
  const types: Signature[] = NUMERIC.map((type) => ({ params: [type], results: [] }));
  types.push({ params: [], results: [] });
  for (const type of NUMERIC) types.push({ params: [], results: [type] });
  for (let i = 0; i < 5; i++)
    types.push({ params: typesIn(random, 3), results: typesIn(random, 3) });
  return types;
}

/** An instruction sequence that gives a function fuel and calls it with the parameters. */
function wrapper(index: number, { params }: Signature): Encoder {
  const code = new Encoder().u32(0).byte(0x41).signed(FUEL).byte(0x24, 0);
  params.forEach((_, i) => {
    code.byte(0x20).u32(i);
  });
  return code.byte(0x10).u32(index).byte(0x0b);
}

function globalSection(globals: ValType[], random: Random): Encoder {
  const section = new Encoder().u32(globals.length);
  const [i32, i64, f32] = NUMERIC;
  for (const type of globals) {
    section.valType(type).byte(1);
    if (type === i32) section.byte(0x41).signed(BigInt(random.below(9)));
    else if (type === i64) section.byte(0x42).signed(-BigInt(random.bits()));
    else if (type === f32) section.byte(0x43).fixed(0x7fa0_0000n + BigInt(random.below(3)), 32);
    else section.byte(0x44).fixed(0x7ff0_0000_0000_0000n + BigInt(random.below(3)), 64);
    section.byte(0x0b);
  }
  return section;
}

/** The module that a seed stands for. */
export function grow(seed: number): Uint8Array {
  const random = new Random(seed);
  const types = makeTypes(random);
  const globals = [I32, ...NUMERIC, ...typesIn(random, 4)];
  const log = new Map(NUMERIC.map((type, i) => [type, i]));
  const count = 2 + random.below(7);
  const around: Surroundings = { types, callable: [], globals, tableSize: count + 1, log };
  const bodies: Encoder[] = [];
  for (let i = 0; i < count; i++) {
    const type = random.below(types.length);
    bodies.push(new BodyGrower(random, around, types[type]!).grow());
    around.callable.push(type);
  }
  const { callable } = around;
  const first = log.size;

  const typeSection = new Encoder().u32(types.length);
  for (const { params, results } of types) {
    typeSection.byte(0x60).u32(params.length);
    for (const type of params) typeSection.valType(type);
    typeSection.u32(results.length);
    for (const type of results) typeSection.valType(type);
  }
  const imports = new Encoder().u32(first);
  LOG_NAMES.forEach((name, i) => {
    imports.name('fuzzing-support').name(name).byte(0).u32(i);
  });
  const funcs = new Encoder().u32(2 * count);
  for (const type of [...callable, ...callable]) funcs.u32(type);
  const exports = new Encoder().u32(count);
  const elements = new Encoder().u32(1).byte(0, 0x41, 0, 0x0b).u32(count);
  const code = new Encoder().u32(2 * count);
  for (const body of bodies) code.sized(body);
  for (let i = 0; i < count; i++) {
    exports
      .name(`f${i}`)
      .byte(0)
      .u32(first + count + i);
    elements.u32(first + i);
    code.sized(wrapper(first + i, types[callable[i]!]!));
  }
  const data = new Encoder().u32(1).byte(0, 0x41, 0, 0x0b).u32(DATA_LENGTH);
  for (let i = 0; i < DATA_LENGTH; i++) data.byte(random.below(3) ? random.below(256) : 0xff);

  const out = new Encoder().byte(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  const sections: [number, Encoder][] = [
    [1, typeSection],
    [2, imports],
    [3, funcs],
    [4, new Encoder().byte(1, 0x70, 0).u32(around.tableSize)],
    [5, new Encoder().byte(1, 1, 1, 2)],
    [6, globalSection(globals, random)],
    [7, exports],
    [9, elements],
    [10, code],
    [11, data],
  ];
  for (const [id, section] of sections) out.byte(id).sized(section);
  return Uint8Array.from(out.bytes);
}
