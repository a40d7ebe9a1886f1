/** A small writer of the binary format (specification, chapter 5), for the checker modules. */

import { heapOf, isAbstract, isExact, isNullable, isRef, type ValType } from '@wasm2js/decoder';

/** Section numbers that a checker uses, in their order. */
export const Section = { type: 1, import: 2, func: 3, export: 7, code: 10 } as const;

/** Codes of the external kinds that a checker imports. */
export const ExternCode = { func: 0, global: 3 } as const;

const utf8 = new TextEncoder();

/** Collects bytes. */
export class Encoder {
  readonly bytes: number[] = [];

  /** Single bytes, for instance opcodes. */
  byte(...values: number[]): this {
    for (const value of values) this.bytes.push(value);
    return this;
  }

  /** Bytes that are encoded already. */
  raw(bytes: Iterable<number>): this {
    for (const value of bytes) this.bytes.push(value);
    return this;
  }

  /** An unsigned LEB128 number. */
  u32(value: number): this {
    for (; value > 0x7f; value = Math.floor(value / 128)) this.bytes.push((value & 0x7f) | 0x80);
    this.bytes.push(value);
    return this;
  }

  /** A signed LEB128 number. */
  signed(value: bigint): this {
    for (;;) {
      const low = Number(value & 0x7fn);
      value >>= 7n;
      const done = (value === 0n && low < 0x40) || (value === -1n && low >= 0x40);
      this.bytes.push(done ? low : low | 0x80);
      if (done) return this;
    }
  }

  /** The low `width` bits in little-endian order. */
  fixed(value: bigint, width: number): this {
    for (let i = 0; i < width; i += 8) this.bytes.push(Number((value >> BigInt(i)) & 0xffn));
    return this;
  }

  /** A name: length and UTF-8 bytes. */
  name(text: string): this {
    const bytes = utf8.encode(text);
    return this.u32(bytes.length).raw(bytes);
  }

  /** A heap type: an abstract one's code, or a type index. */
  heapType(heap: number): this {
    return isAbstract(heap) ? this.byte(heap & 0xff) : this.signed(BigInt(heap));
  }

  /** A value type. */
  valType(type: ValType): this {
    if (!isRef(type)) return this.byte(type);
    const heap = heapOf(type);
    // The short form, which engines without typed references know as well.
    if (isNullable(type) && !isExact(type) && isAbstract(heap)) return this.heapType(heap);
    this.byte(isNullable(type) ? 0x63 : 0x64);
    if (isExact(type)) this.byte(0x62);
    return this.heapType(heap);
  }

  /** A content with its size before it, as sections and code entries have. */
  sized(content: Encoder): this {
    return this.u32(content.bytes.length).raw(content.bytes);
  }
}
