/**
 * A cursor over bytes of a module: integers, names and types of the binary format
 * (specification, sections 5.2 "Values" and 5.3 "Types").
 *
 * All reads stop at `end`, whatever lies behind it, and throw `MalformedError`.
 */
import { MalformedError } from './errors.js';
import {
  ABSTRACT_BIT,
  F32,
  F64,
  type HeapType,
  I8,
  I16,
  I32,
  I64,
  isRef,
  refType,
  type StorageType,
  V128,
  type ValType,
} from './types.js';

/** Message of every read past the end of a section, function or expression. */
export const UNEXPECTED_END = 'unexpected end of section or function';

/**
 * Type indices in reference types have 24 bits. No module that the decoder accepts has as many
 * types, so a greater index is replaced by this one, which is as unknown.
 */
const MAX_TYPE_INDEX = 0xffffff;

const TWO_32 = 4294967296;
const EXACT_PREFIX = 0x62;
const REF_NULL_PREFIX = 0x63;
const REF_PREFIX = 0x64;
const FIRST_ABSTRACT_HEAP = 0x69;
const LAST_ABSTRACT_HEAP = 0x74;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads values of the binary format in sequence. */
export class Cursor {
  /** The whole module. */
  readonly bytes: Uint8Array;
  /** Offset of the next byte. */
  pos: number;
  /** Offset behind the last byte that may be read. */
  end: number;
  /** Function index that errors name. */
  func: number | undefined;
  /** Low and high half (signed) of the integer that `s64` or `u64` read last. */
  lo = 0;
  hi = 0;

  /**
   * @param bytes the whole module, so that offsets are offsets in it
   * @param start first byte to read
   * @param end offset behind the last byte, at most `bytes.length`
   * @param func function index (imports included) for errors
   */
  constructor(bytes: Uint8Array, start: number, end: number, func?: number) {
    this.bytes = bytes;
    this.pos = start;
    this.end = end;
    this.func = func;
  }

  /** Makes the error that a caller throws; the offset is the current one unless given. */
  malformed(message: string, offset = this.pos): MalformedError {
    return new MalformedError(message, { offset, func: this.func });
  }

  /** One byte. */
  u8(): number {
    if (this.pos >= this.end) throw this.malformed(UNEXPECTED_END);
    return this.bytes[this.pos++]!;
  }

  /** An unsigned LEB128 of 32 bits. */
  u32(): number {
    const pos = this.pos;
    if (pos < this.end) {
      const byte = this.bytes[pos]!;
      if (byte < 0x80) {
        this.pos = pos + 1;
        return byte;
      }
    }
    return this.longU32();
  }

  private longU32(): number {
    const start = this.pos;
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.u8();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    const last = this.lastByte(start);
    if (last > 0x0f) throw this.malformed('integer too large', start);
    return (value | (last << 28)) >>> 0;
  }

  /** The final byte that the width of an integer allows. */
  private lastByte(start: number): number {
    const byte = this.u8();
    if (byte >= 0x80) throw this.malformed('integer representation too long', start);
    return byte;
  }

  /** A signed LEB128 of 32 bits. */
  s32(): number {
    const start = this.pos;
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.u8();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value << (25 - shift)) >> (25 - shift);
    }
    const last = this.lastByte(start);
    if (last > 0x07 && last < 0x78) throw this.malformed('integer too large', start);
    return value | (last << 28);
  }

  /** A signed LEB128 of 33 bits that must not be negative: a type index. */
  typeIndex(): number {
    const start = this.pos;
    const first = this.u8();
    if (first < 0x40) return first;
    let value = first & 0x7f;
    let byte = first;
    for (let shift = 7; shift < 28 && byte >= 0x80; shift += 7) {
      byte = this.u8();
      value |= (byte & 0x7f) << shift;
    }
    if (byte < 0x80) {
      if (byte >= 0x40) throw this.malformed('malformed heap type', start);
      return value;
    }
    const last = this.lastByte(start);
    if (last >= 0x10 && last < 0x70) throw this.malformed('integer too large', start);
    if (last >= 0x70) throw this.malformed('malformed heap type', start);
    return (value | (last << 28)) >>> 0;
  }

  /** A signed LEB128 of 64 bits, into `lo` and `hi`. */
  s64(): void {
    const pos = this.pos;
    if (pos < this.end) {
      const byte = this.bytes[pos]!;
      if (byte < 0x80) {
        this.pos = pos + 1;
        this.lo = (byte << 25) >> 25;
        this.hi = this.lo >> 31;
        return;
      }
    }
    this.leb64(true);
  }

  /** An unsigned LEB128 of 64 bits; the nearest double. Exact halves are in `lo` and `hi`. */
  u64(): number {
    const pos = this.pos;
    if (pos < this.end) {
      const byte = this.bytes[pos]!;
      if (byte < 0x80) {
        this.pos = pos + 1;
        this.lo = byte;
        this.hi = 0;
        return byte;
      }
    }
    this.leb64(false);
    return (this.hi >>> 0) * TWO_32 + (this.lo >>> 0);
  }

  private leb64(signed: boolean): void {
    const start = this.pos;
    let lo = 0;
    let hi = 0;
    let shift = 0;
    let byte = 0x80;
    for (; shift < 63 && byte >= 0x80; shift += 7) {
      byte = this.u8();
      const low = byte & 0x7f;
      if (shift < 32) {
        lo |= low << shift;
        if (shift === 28) hi |= low >>> 4;
      } else {
        hi |= low << (shift - 32);
      }
    }
    if (byte >= 0x80) {
      const last = this.lastByte(start);
      const fits = signed ? last === 0 || last === 0x7f : last <= 1;
      if (!fits) throw this.malformed('integer too large', start);
      hi |= (last & 1) << 31;
    } else if (signed && byte >= 0x40) {
      if (shift < 32) {
        lo |= -1 << shift;
        hi = -1;
      } else {
        hi |= -1 << (shift - 32);
      }
    }
    this.lo = lo;
    this.hi = hi;
  }

  /** Four bytes, little-endian, as a signed integer. */
  i32le(): number {
    const { bytes, pos } = this;
    if (this.end - pos < 4) throw this.malformed(UNEXPECTED_END, this.end);
    this.pos = pos + 4;
    return bytes[pos]! | (bytes[pos + 1]! << 8) | (bytes[pos + 2]! << 16) | (bytes[pos + 3]! << 24);
  }

  /** `length` bytes as a view of the module. */
  view(length: number, message = UNEXPECTED_END): Uint8Array {
    const start = this.pos;
    if (length > this.end - start) throw this.malformed(message);
    this.pos = start + length;
    return this.bytes.subarray(start, start + length);
  }

  /** A length and as many bytes of UTF-8. */
  name(): string {
    const start = this.pos;
    const bytes = this.view(this.u32(), 'length out of bounds');
    try {
      return utf8.decode(bytes);
    } catch {
      throw this.malformed('malformed UTF-8 encoding', start);
    }
  }

  /** A heap type without `exact`. */
  private heap(): HeapType {
    const byte = this.peek();
    if (byte >= 0x40 && byte < 0x80) {
      if (byte < FIRST_ABSTRACT_HEAP || byte > LAST_ABSTRACT_HEAP) {
        throw this.malformed('malformed heap type');
      }
      this.pos++;
      return ABSTRACT_BIT | byte;
    }
    return Math.min(this.typeIndex(), MAX_TYPE_INDEX);
  }

  /** The next byte, which stays unread. */
  peek(): number {
    if (this.pos >= this.end) throw this.malformed(UNEXPECTED_END);
    return this.bytes[this.pos]!;
  }

  /** A heap type (`exact` included), as the reference type to it. */
  refTo(nullable: boolean): ValType {
    if (this.peek() !== EXACT_PREFIX) return refType(this.heap(), nullable);
    this.pos++;
    return refType(Math.min(this.typeIndex(), MAX_TYPE_INDEX), nullable, true);
  }

  /** A value type; `message` is the error's when the byte begins none. */
  valType(message = 'malformed value type'): ValType {
    const type = this.typeOrZero();
    if (type === 0) throw this.malformed(message, this.pos - 1);
    return type;
  }

  /** A reference type. */
  refType(): ValType {
    const start = this.pos;
    const type = this.typeOrZero();
    if (!isRef(type)) throw this.malformed('malformed reference type', start);
    return type;
  }

  /** A storage type of a field: a value type, `I8` or `I16`. */
  storageType(): StorageType {
    const byte = this.peek();
    if (byte === I8 || byte === I16) {
      this.pos++;
      return byte;
    }
    return this.valType('malformed storage type');
  }

  /** A value type, or 0 when the byte begins none. */
  private typeOrZero(): ValType {
    const byte = this.u8();
    switch (byte) {
      case I32:
      case I64:
      case F32:
      case F64:
      case V128:
        return byte;
      case REF_NULL_PREFIX:
        return this.refTo(true);
      case REF_PREFIX:
        return this.refTo(false);
    }
    if (byte >= FIRST_ABSTRACT_HEAP && byte <= LAST_ABSTRACT_HEAP) {
      return refType(ABSTRACT_BIT | byte, true);
    }
    if (byte >= 0x80) throw this.malformed('integer representation too long', this.pos - 1);
    return 0;
  }
}
