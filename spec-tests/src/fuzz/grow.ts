/**
 * Random modules of our own, without a detour through a generator of syntax trees: see
 * `grow-body.ts` for what they are good at.
 */

import { I32, I64, V128, type ValType } from '@wasm2js/decoder';
import { Random } from '../mutate/random.js';
import { Encoder } from '../run/encoder.js';
import { BodyGrower, type Surroundings } from './grow-body.js';
import { type ExceptionForm, exceptionTypes } from './grow-exceptions.js';
import { NUMERIC, type Signature, WITH_VECTORS } from './grow-instructions.js';
import { type MemoryKind, memoryType } from './grow-memory.js';
import { defineObjects, OBJECT_TYPES } from './grow-objects.js';

const LOG_NAMES = ['log-i32', 'log-i64', 'log-f32', 'log-f64'];
/** What the host does in modules with exceptions, by a number. */
const HOST_NAMES = ['call-export', 'throw-host'];
/** Units of fuel that a call from outside has: function entries and rounds of loops. */
const FUEL = 300n;
/** Initialised bytes of the memory: all small addresses. */
const DATA_LENGTH = 160;
/** Tables: the first holds all functions in order, the second backwards. */
const TABLES = 2;
/** Passive segments. */
const ELEMS = 2;
const DATAS = 2;
const PASSIVE_LENGTH = 12;

const typesIn = (random: Random, most: number, kinds: readonly ValType[]): ValType[] =>
  Array.from({ length: random.below(most + 1) }, () => random.pick(kinds));

/** Signatures, those of the log functions first. */
function makeTypes(random: Random, kinds: readonly ValType[]): Signature[] {
  const types: Signature[] = NUMERIC.map((type) => ({ params: [type], results: [] }));
  types.push({ params: [], results: [] });
  for (const type of kinds) types.push({ params: [], results: [type] });
  for (let i = 0; i < 5; i++)
    types.push({ params: typesIn(random, 3, kinds), results: typesIn(random, 3, kinds) });
  return types;
}

/** What JavaScript passes and gets for these types: an i64 for a vector. */
const seen = (types: readonly ValType[]): ValType[] =>
  types.map((type) => (type === V128 ? I64 : type));

/**
 * An instruction sequence that gives a function fuel and calls it with the parameters. Vectors are made of one
 * i64 and given back as a mixture of their two.
 */
function wrapper(index: number, { params, results }: Signature): Encoder {
  const code = new Encoder().u32(results.length);
  for (const type of results) code.u32(1).valType(type);
  code.byte(0x41).signed(FUEL).byte(0x24, 0);
  params.forEach((type, i) => {
    code.byte(0x20).u32(i);
    if (type === V128) code.byte(0xfd, 0x12); // i64x2.splat
  });
  code.byte(0x10).u32(index);
  for (let i = results.length - 1; i >= 0; i--) code.byte(0x21).u32(params.length + i);
  results.forEach((type, i) => {
    const local = params.length + i;
    code.byte(0x20).u32(local);
    if (type !== V128) return;
    code.byte(0xfd, 0x1d, 0, 0x42, 7, 0x89); // i64x2.extract_lane 0, i64.const 7, i64.rotl
    code.byte(0x20).u32(local).byte(0xfd, 0x1d, 1, 0x85); // i64x2.extract_lane 1, i64.xor
  });
  return code.byte(0x0b);
}

function globalSection(globals: ValType[], random: Random): Encoder {
  const section = new Encoder().u32(globals.length);
  const [i32, i64, f32] = NUMERIC;
  for (const type of globals) {
    section.valType(type).byte(1);
    if (type === i32) section.byte(0x41).signed(BigInt(random.below(9)));
    else if (type === i64) section.byte(0x42).signed(-BigInt(random.bits()));
    else if (type === f32) section.byte(0x43).fixed(0x7fa0_0000n + BigInt(random.below(3)), 32);
    else if (type === V128) {
      section
        .byte(0xfd, 0x0c)
        .fixed(BigInt(random.bits()), 64)
        .fixed(0x7ff4_0000n << 32n, 64);
    } else section.byte(0x44).fixed(0x7ff0_0000_0000_0000n + BigInt(random.below(3)), 64);
    section.byte(0x0b);
  }
  return section;
}

/** What modules have beyond the features that every host knows. */
export interface MoreFeatures {
  /** Garbage-collected objects. */
  objects?: boolean;
  /** Exceptions, in one of their encodings. */
  exceptions?: ExceptionForm | undefined;
  /** What the memory is, instead of a plain one. */
  memory?: MemoryKind;
}

const PLAIN_MEMORY: MemoryKind = { atomics: false, shared: false, wide: false };

/** The module that a seed stands for: every second one has vectors. */
export function grow(
  seed: number,
  { objects = false, exceptions, memory = PLAIN_MEMORY }: MoreFeatures = {},
): Uint8Array {
  const random = new Random(seed);
  const kinds = seed % 2 === 0 ? WITH_VECTORS : NUMERIC;
  const types = makeTypes(random, kinds);
  const globals = [I32, ...kinds, ...typesIn(random, 4, kinds)];
  const log = new Map(NUMERIC.map((type, i) => [type, i]));
  const count = 2 + random.below(7);
  const names = exceptions === undefined ? LOG_NAMES : [...LOG_NAMES, ...HOST_NAMES];
  // Behind them, the types of the wrappers, of objects and of exceptions.
  const objectTypes = types.length + count;
  const handlerTypes = objectTypes + (objects ? OBJECT_TYPES : 0);
  const tags = exceptions === undefined ? [] : [[], [I32], typesIn(random, 3, kinds)];
  const thrown = exceptions && exceptionTypes(exceptions, tags, handlerTypes, log.size);
  const around: Surroundings = {
    types,
    callable: [],
    memory,
    globals,
    tableSize: count + 1,
    tables: TABLES,
    elems: ELEMS,
    datas: DATAS,
    log,
    kinds,
    objects: objects ? objectTypes : undefined,
    exceptions: thrown,
    imports: names.length,
  };
  const bodies: Encoder[] = [];
  for (let i = 0; i < count; i++) {
    const type = random.below(types.length);
    bodies.push(new BodyGrower(random, around, types[type]!).grow());
    around.callable.push(type);
  }
  const { callable } = around;
  const first = names.length;

  const wrapped = callable.map((type) => {
    const { params, results } = types[type]!;
    return { params: seen(params), results: seen(results) };
  });
  const typeSection = new Encoder().u32(handlerTypes + (thrown?.types.length ?? 0));
  const define = ({ params, results }: Signature) => {
    typeSection.byte(0x60).u32(params.length);
    for (const type of params) typeSection.valType(type);
    typeSection.u32(results.length);
    for (const type of results) typeSection.valType(type);
  };
  for (const type of [...types, ...wrapped]) define(type);
  if (objects) defineObjects(typeSection, objectTypes);
  for (const type of thrown?.types ?? []) define(type);
  const imports = new Encoder().u32(first);
  names.forEach((name, i) => {
    // What the host does instead of logging takes an i32.
    imports
      .name('fuzzing-support')
      .name(name)
      .byte(0)
      .u32(i < log.size ? i : 0);
  });
  const funcs = new Encoder().u32(2 * count);
  for (const type of callable) funcs.u32(type);
  for (let i = 0; i < count; i++) funcs.u32(types.length + i);
  const exports = new Encoder().u32(count + tags.length);
  tags.forEach((_, i) => {
    exports.name(`tag${i}`).byte(4).u32(i);
  });
  const indices = Array.from({ length: count }, (_, i) => first + i);
  const elements = new Encoder().u32(ELEMS + TABLES);
  for (let i = 0; i < ELEMS; i++) elements.byte(1, 0).u32(2).u32(random.pick(indices)).u32(first);
  elements.byte(0, 0x41, 0, 0x0b).u32(count);
  for (const index of indices) elements.u32(index);
  elements.byte(2, 1, 0x41, 0, 0x0b, 0).u32(count);
  for (const index of indices.toReversed()) elements.u32(index);
  const code = new Encoder().u32(2 * count);
  for (const body of bodies) code.sized(body);
  for (let i = 0; i < count; i++) {
    exports
      .name(`f${i}`)
      .byte(0)
      .u32(first + count + i);
    code.sized(wrapper(first + i, types[callable[i]!]!));
  }
  const data = new Encoder().u32(DATAS + 1);
  for (let i = 0; i < DATAS; i++) {
    data.byte(1).u32(PASSIVE_LENGTH);
    for (let k = 0; k < PASSIVE_LENGTH; k++) data.byte(random.below(256));
  }
  data.byte(0, memory.wide ? 0x42 : 0x41, 0, 0x0b).u32(DATA_LENGTH);
  for (let i = 0; i < DATA_LENGTH; i++) data.byte(random.below(3) ? random.below(256) : 0xff);

  const tables = new Encoder().u32(TABLES);
  for (let i = 0; i < TABLES; i++)
    tables
      .byte(0x70, 1)
      .u32(around.tableSize)
      .u32(2 * around.tableSize);
  const tagSection = new Encoder().u32(tags.length);
  tags.forEach((_, i) => {
    tagSection.byte(0).u32(handlerTypes + i);
  });
  const out = new Encoder().byte(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  const sections: [number, Encoder][] = [
    [1, typeSection],
    [2, imports],
    [3, funcs],
    [4, tables],
    [5, new Encoder().byte(1).raw(memoryType(memory).bytes)],
    ...(thrown ? ([[13, tagSection]] as [number, Encoder][]) : []),
    [6, globalSection(globals, random)],
    [7, exports],
    [9, elements],
    [12, new Encoder().u32(DATAS + 1)],
    [10, code],
    [11, data],
  ];
  for (const [id, section] of sections) out.byte(id).sized(section);
  return Uint8Array.from(out.bytes);
}
