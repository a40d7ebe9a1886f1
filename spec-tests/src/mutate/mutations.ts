/** Ways to damage a module: bits, bytes, lengths, instructions, sections. */
import { decodeModule, InstructionReader, type Module } from '@wasm2js/decoder';
import type { Random } from './random.js';

const HEADER_SIZE = 8;
const CODE_SECTION = 10;
/** Bytes that mean something in many places of the format, and numbers at the edges of LEB128. */
const TELLING_BYTES = [
  [0x00],
  [0x01],
  [0x0b],
  [0x05],
  [0x40],
  [0x60],
  [0x64],
  [0x70],
  [0x7f],
  [0xfb],
  [0xfc],
  [0xfd],
  [0xfe],
  [0x80, 0x80, 0x80, 0x80, 0x00],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0x07],
  [0x80, 0x80, 0x80, 0x80, 0x78],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
];

/** A seed taken apart, so that its sections can be recombined. */
export interface Seed {
  name: string;
  bytes: Uint8Array;
  sections: Section[];
  functions: FunctionParts[];
}
/** A function body taken apart. */
interface FunctionParts {
  /** Declarations of locals. */
  locals: Uint8Array;
  instructions: Uint8Array[];
}
interface Section {
  id: number;
  content: Uint8Array;
}

/** Takes a well-formed module apart. */
export function makeSeed(name: string, bytes: Uint8Array): Seed {
  const module = decodeModule(bytes);
  const sections = module.sections.map(({ id, range }) => {
    return { id, content: bytes.subarray(range.start, range.end) };
  });
  return { name, bytes, sections, functions: functionsOf(module) };
}

function functionsOf({ bytes, funcs }: Module): FunctionParts[] {
  return funcs.map(({ offset, body }) => {
    const entry = new InstructionReader(bytes, offset, body.end);
    entry.u32();
    const instructions: Uint8Array[] = [];
    const reader = new InstructionReader(bytes, body.start, body.end);
    while (reader.next()) instructions.push(bytes.subarray(reader.offset, reader.pos));
    return { locals: bytes.subarray(entry.pos, body.start), instructions };
  });
}

function leb(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 0x80; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return [...bytes, value];
}

function join(parts: readonly ArrayLike<number>[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

function assemble(header: Uint8Array, sections: readonly Section[]): Uint8Array {
  return join([
    header,
    ...sections.flatMap(({ id, content }) => [[id, ...leb(content.length)], content]),
  ]);
}

/** Replaces a range of bytes. */
const splice = (
  bytes: Uint8Array,
  start: number,
  end: number,
  inserted: ArrayLike<number>,
): Uint8Array => join([bytes.subarray(0, start), inserted, bytes.subarray(end)]);

function flipBits(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = bytes.slice();
  for (let left = 1 + random.below(8); left > 0; left--) {
    copy[random.below(copy.length)]! ^= 1 << random.below(8);
  }
  return copy;
}

function overwrite(bytes: Uint8Array, random: Random): Uint8Array {
  const inserted = random.pick(TELLING_BYTES);
  const start = random.below(bytes.length);
  return splice(bytes, start, start + inserted.length, inserted);
}

const insert = (bytes: Uint8Array, random: Random): Uint8Array => {
  const start = random.below(bytes.length + 1);
  return splice(bytes, start, start, random.pick(TELLING_BYTES));
};

function repeat(bytes: Uint8Array, random: Random): Uint8Array {
  const start = random.below(bytes.length);
  const copied = bytes.subarray(start, start + 1 + random.below(32));
  const times = 1 + random.below(random.below(4) === 0 ? 2000 : 4);
  return splice(bytes, start, start, join(Array.from({ length: times }, () => copied)));
}

function remove(bytes: Uint8Array, random: Random): Uint8Array {
  const start = random.below(bytes.length);
  return splice(bytes, start, start + 1 + random.below(16), []);
}

const truncate = (bytes: Uint8Array, random: Random): Uint8Array =>
  bytes.slice(0, random.below(bytes.length));

const BYTE_MUTATIONS = [flipBits, flipBits, flipBits, overwrite, insert, repeat, remove];

/** Mutates the content of one section and keeps its size field true. */
function mutateContent(sections: Section[], random: Random): void {
  const index = random.below(sections.length);
  const { id, content } = sections[index]!;
  if (content.length === 0) return;
  sections[index] = { id, content: random.pick(BYTE_MUTATIONS)(content, random) };
}

/** Removes, repeats, swaps or replaces whole instructions of one function; all sizes stay true. */
function mutateInstructions(sections: Section[], seed: Seed, other: Seed, random: Random): void {
  const position = sections.findIndex(({ id }) => id === CODE_SECTION);
  if (position < 0 || seed.functions.length === 0) return;
  const functions = [...seed.functions];
  const index = random.below(functions.length);
  const { locals, instructions } = functions[index]!;
  const changed = [...instructions];
  const donor = other.functions.length > 0 ? random.pick(other.functions).instructions : changed;
  for (let left = 1 + random.below(3); left > 0; left--) {
    const at = random.below(changed.length);
    const removed = random.below(3) === 0 ? 0 : 1;
    changed.splice(at, removed, ...(random.below(3) === 0 ? [] : [random.pick(donor)]));
  }
  functions[index] = { locals, instructions: changed };
  const bodies = functions.map((parts) => join([parts.locals, ...parts.instructions]));
  const entries = bodies.flatMap((body) => [leb(body.length), body]);
  sections[position] = { id: CODE_SECTION, content: join([leb(bodies.length), ...entries]) };
}

function spliceSections(sections: Section[], other: Seed, random: Random): void {
  const foreign = random.pick(other.sections);
  const index = random.below(sections.length);
  switch (random.below(5)) {
    case 0:
      sections[index] = foreign;
      break;
    case 1:
      sections.splice(index, 0, foreign);
      break;
    case 2:
      sections.splice(index, 1);
      break;
    case 3:
      sections.push(sections[index]!);
      break;
    case 4: {
      const same = sections.findIndex(({ id }) => id === foreign.id);
      sections[same < 0 ? index : same] = foreign;
      break;
    }
  }
}

/**
 * A damaged module.
 * @param seeds at least one, each with at least one section
 * @param random decides everything; equal states give equal modules
 */
export function mutate(
  seeds: readonly Seed[],
  random: Random,
): { seed: string; bytes: Uint8Array } {
  const seed = random.pick(seeds);
  const sections = [...seed.sections];
  if (random.below(2) === 0) {
    mutateInstructions(sections, seed, random.pick(seeds), random);
    return { seed: seed.name, bytes: assemble(seed.bytes.subarray(0, HEADER_SIZE), sections) };
  }
  for (let left = 1 + random.below(3); left > 0 && sections.length > 0; left--) {
    if (random.below(3) === 0) spliceSections(sections, random.pick(seeds), random);
    else mutateContent(sections, random);
  }
  let bytes = assemble(seed.bytes.subarray(0, HEADER_SIZE), sections);
  const last = random.below(8);
  if (last === 0) bytes = truncate(bytes, random);
  else if (last === 1) bytes = random.pick(BYTE_MUTATIONS)(bytes, random);
  return { seed: seed.name, bytes };
}
