import { describe, expect, it } from 'vitest';
import {
  BLOCK_EMPTY,
  BLOCK_TYPE,
  BLOCK_VALUE,
  FUNCREF,
  Heap,
  I32,
  InstructionReader,
  opcodeId,
  opcodeName,
  refType,
} from '../src/index.js';
import { leb, malformedBy, readerOf } from './binary.js';

/** A reader that has read the first instruction of the bytes, which must be all of them. */
function read(...bytes: number[]): InstructionReader {
  const reader = readerOf(...bytes);
  expect(reader.next()).toBe(true);
  expect(reader.pos).toBe(bytes.length);
  return reader;
}

const failure = (...bytes: number[]): string =>
  malformedBy(() => {
    const reader = readerOf(...bytes);
    while (reader.next());
  }).message;

const END = 'unexpected end of section or function';

describe('the instruction reader', () => {
  it('reads a sequence and stops at its end', () => {
    const reader = readerOf(0x20, 0, 0x20, 1, 0x6a, 0x0b);
    const seen: [number, string, number][] = [];
    while (reader.next()) seen.push([reader.offset, opcodeName(reader.op), reader.x]);
    expect(seen).toEqual([
      [0, 'local.get', 0],
      [2, 'local.get', 1],
      [4, 'i32.add', 1],
      [5, 'end', 1],
    ]);
    expect(reader.next()).toBe(false);
  });

  it('continues with another range after reset', () => {
    const reader = readerOf(0x01, 0x00, 0x0b, 0x1a);
    reader.reset(2, 3, 7);
    expect(reader.next()).toBe(true);
    expect([reader.op, reader.offset, reader.func]).toEqual([opcodeId('end'), 2, 7]);
    expect(reader.next()).toBe(false);
  });

  it('never reads behind its end', () => {
    const bytes = Uint8Array.of(0x41, 0x80, 0x01);
    const error = malformedBy(() => new InstructionReader(bytes, 0, 2, 5).next());
    expect([error.message, error.offset, error.func]).toEqual([END, 2, 5]);
  });

  it('reads i32 constants', () => {
    expect(read(0x41, 0x7f).lo).toBe(-1);
    expect(read(0x41, 0x3f).lo).toBe(63);
    expect(read(0x41, 0x80, 0x7f).lo).toBe(-128);
    expect(read(0x41, 0xff, 0xff, 0xff, 0xff, 0x07).lo).toBe(0x7fffffff);
    expect(read(0x41, 0x80, 0x80, 0x80, 0x80, 0x78).lo).toBe(-0x80000000);
    expect(failure(0x41, 0x80, 0x80, 0x80, 0x80, 0x08)).toBe('integer too large');
    expect(failure(0x41, 0x80, 0x80, 0x80, 0x80, 0x80)).toBe('integer representation too long');
  });

  it('reads i64 constants of every length as BigInt does', () => {
    const values = [0n, 1n, -1n, 63n, 64n, -64n, -65n, 2n ** 63n - 1n, -(2n ** 63n)];
    for (let bit = 5n; bit < 63n; bit++) values.push(2n ** bit, -(2n ** bit), 2n ** bit - 3n);
    for (const value of values) {
      const bytes: number[] = [];
      for (let rest = value; ; ) {
        const low = Number(rest & 0x7fn);
        rest >>= 7n;
        const done = rest === (low & 0x40 ? -1n : 0n);
        bytes.push(done ? low : low | 0x80);
        if (done) break;
      }
      const { lo, hi } = read(0x42, ...bytes);
      expect((BigInt(hi) << 32n) | BigInt(lo >>> 0)).toBe(value);
    }
    const nine = Array.from({ length: 9 }, () => 0x80);
    expect(failure(0x42, ...nine, 0x7e)).toBe('integer too large');
    expect(failure(0x42, ...nine, 0x01)).toBe('integer too large');
    expect(failure(0x42, ...nine, 0x80)).toBe('integer representation too long');
  });

  it('keeps the bits of float constants', () => {
    expect(read(0x43, 0x01, 0x00, 0xa0, 0x7f).lo).toBe(0x7fa00001);
    const { lo, hi } = read(0x44, 1, 0, 0, 0, 0, 0, 0xf4, 0xff);
    expect([lo, hi]).toEqual([1, 0xfff40000 | 0]);
    expect(failure(0x43, 0, 0, 0)).toBe(END);
  });

  it('reads v128.const and i8x16.shuffle as 16 bytes', () => {
    const bytes = Array.from({ length: 16 }, (_, index) => index);
    expect([...read(0xfd, 0x0c, ...bytes).lanes]).toEqual(bytes);
    expect([...read(0xfd, 0x0d, ...bytes).lanes]).toEqual(bytes);
    expect(failure(0xfd, 0x0c, ...bytes.slice(1))).toBe(END);
  });

  it('reads memory arguments', () => {
    const plain = read(0x28, 2, 8);
    expect([plain.align, plain.memOffset, plain.x]).toEqual([2, 8, 0]);
    const other = read(0x37, 0x43, 5, ...leb(2 ** 40 + 1));
    expect([other.align, other.memOffset, other.x]).toEqual([3, 2 ** 40 + 1, 5]);
    expect([other.lo, other.hi]).toEqual([1, 256]);
    const lane = read(0xfd, 0x57, 0, 4, 3);
    expect([lane.align, lane.memOffset, lane.lane]).toEqual([0, 4, 3]);
    expect(failure(0x28, 0x80, 0x01, 0)).toBe('malformed memop flags');
    expect(failure(0x28, 0, ...Array.from({ length: 9 }, () => 0xff), 2)).toBe('integer too large');
  });

  it('reads two indices in the order of the abstract syntax', () => {
    for (const bytes of [
      [0x11, 4, 9],
      [0xfc, 0x08, 4, 9],
      [0xfc, 0x0a, 4, 9],
      [0xfc, 0x0c, 4, 9],
      [0xfc, 0x0e, 4, 9],
      [0xfb, 0x02, 4, 9],
      [0xfb, 0x11, 4, 9],
      [0xfb, 0x08, 4, 9],
    ]) {
      const { x, y } = read(...bytes);
      expect([x, y]).toEqual([4, 9]);
    }
  });

  it('reads block types', () => {
    expect(read(0x02, 0x40).blockKind).toBe(BLOCK_EMPTY);
    const value = read(0x03, 0x7f);
    expect([value.blockKind, value.blockType]).toEqual([BLOCK_VALUE, I32]);
    const reference = read(0x04, 0x64, 0x05);
    expect([reference.blockKind, reference.blockType]).toEqual([BLOCK_VALUE, refType(5, false)]);
    const type = read(0x02, 0xc0, 0x00);
    expect([type.blockKind, type.blockType]).toEqual([BLOCK_TYPE, 0x40]);
    expect(failure(0x02, 0x41)).toBe('malformed value type');
    expect(failure(0x02, 0xff, 0x7f)).toBe('malformed heap type');
  });

  it('reads br_table with a fresh array', () => {
    const reader = readerOf(0x0e, 2, 0, 1, 2, 0x0e, 0, 7);
    reader.next();
    const first = reader.targets;
    reader.next();
    expect([first, reader.targets]).toEqual([[0, 1, 2], [7]]);
  });

  it('refuses counts that the bytes cannot hold, at once', () => {
    const huge = [0xff, 0xff, 0xff, 0xff, 0x0f];
    expect(failure(0x0e, ...huge, 0, 0)).toBe(END);
    expect(failure(0x1c, ...huge, 0x7f)).toBe(END);
    expect(failure(0x1f, 0x40, ...huge, 2, 0)).toBe(END);
  });

  it('reads select with types', () => {
    expect(read(0x1c, 2, 0x7f, 0x70).types).toEqual([I32, FUNCREF]);
  });

  it('reads catch clauses', () => {
    const reader = read(0x1f, 0x40, 4, 0, 5, 1, 1, 6, 2, 2, 3, 3, 4);
    expect(reader.blockKind).toBe(BLOCK_EMPTY);
    expect(reader.catches).toEqual([
      { kind: 0, tag: 5, label: 1 },
      { kind: 1, tag: 6, label: 2 },
      { kind: 2, tag: 0, label: 3 },
      { kind: 3, tag: 0, label: 4 },
    ]);
    expect(failure(0x1f, 0x40, 1, 4, 0)).toBe('malformed catch clause');
  });

  it('reads heap types and casts', () => {
    expect(read(0xd0, 0x6e).reftype).toBe(refType(Heap.any, true));
    expect(read(0xd0, 0x03).reftype).toBe(refType(3, true));
    expect(read(0xfb, 0x14, 0x6d).reftype).toBe(refType(Heap.eq, false));
    expect(read(0xfb, 0x17, 0x62, 0x03).reftype).toBe(refType(3, true, true));
    const cast = read(0xfb, 0x18, 1, 2, 0x6e, 0x6b);
    expect([cast.x, cast.reftype, cast.reftype2]).toEqual([
      2,
      refType(Heap.any, true),
      refType(Heap.struct, false),
    ]);
    expect(failure(0xfb, 0x18, 4, 0, 0x6e, 0x6b)).toBe('malformed br_on_cast flags');
    expect(failure(0xd0, 0x7f)).toBe('malformed heap type');
    expect(failure(0xd0, 0x62, 0x6e)).toBe('malformed heap type');
  });

  it('keeps type indices above 24 bits unknown', () => {
    expect(read(0xd0, ...leb(0xffffffff)).reftype).toBe(refType(0xffffff, true));
    expect(failure(0xd0, 0xff, 0xff, 0xff, 0xff, 0x1f)).toBe('integer too large');
  });

  it('accepts long encodings of a code behind a prefix', () => {
    expect(opcodeName(read(0xfc, 0x87, 0x80, 0x80, 0x80, 0x00).op)).toBe('i64.trunc_sat_f64_u');
    expect(failure(0xfc, 0x87, 0x80, 0x80, 0x80, 0x80, 0x00)).toBe(
      'integer representation too long',
    );
  });

  it('refuses unknown opcodes and names their bytes', () => {
    expect(failure(0xff, 0x00)).toBe('illegal opcode ff');
    expect(failure(0x27)).toBe('illegal opcode 27');
    expect(failure(0xfd, 0xff, 0x03)).toBe('illegal opcode fd ff 03');
    expect(failure(0xfe, 0x80, 0x04)).toBe('illegal opcode fe 80 04');
    expect(failure(0xfb, 0x80, 0x80, 0x04)).toBe('illegal opcode fb 80 80 04');
    expect(failure(0xfc)).toBe(END);
  });

  it('checks the reserved byte of atomic.fence', () => {
    expect(opcodeName(read(0xfe, 0x03, 0x00).op)).toBe('atomic.fence');
    expect(failure(0xfe, 0x03, 0x01)).toBe('zero byte expected');
  });
});
