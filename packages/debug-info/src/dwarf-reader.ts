/** Reads the encodings of DWARF (version 5, section 7): little-endian numbers, LEB128, strings, lengths. */

/** The bytes are not what the format says. */
export class DwarfError extends Error {
  override readonly name = 'DwarfError';
}

const TEXT = new TextDecoder();

/** A cursor over a section. Whatever is read beyond the end throws a {@link DwarfError}. */
export class DwarfReader {
  private readonly view: DataView;
  /** Offsets of the present unit take 8 bytes. */
  wide = false;

  /**
   * @param bytes the section
   * @param pos where to start
   * @param end where to stop
   */
  constructor(
    readonly bytes: Uint8Array,
    public pos = 0,
    public end = bytes.length,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (pos > end || end > bytes.length) throw new DwarfError('a part lies outside of its section');
  }

  /** Takes so many bytes; their position. */
  skip(count: number): number {
    const at = this.pos;
    if (!(count >= 0 && count <= this.end - at)) throw new DwarfError('unexpected end');
    this.pos = at + count;
    return at;
  }

  u8(): number {
    return this.view.getUint8(this.skip(1));
  }

  s8(): number {
    return this.view.getInt8(this.skip(1));
  }

  u16(): number {
    return this.view.getUint16(this.skip(2), true);
  }

  u24(): number {
    const at = this.skip(3);
    return this.view.getUint16(at, true) | (this.view.getUint8(at + 2) << 16);
  }

  u32(): number {
    return this.view.getUint32(this.skip(4), true);
  }

  /** A 64-bit number; above 2^53 the nearest double. */
  u64(): number {
    const at = this.skip(8);
    return this.view.getUint32(at, true) + this.view.getUint32(at + 4, true) * 4294967296;
  }

  /** A number of so many bytes. */
  sized(size: number): number {
    switch (size) {
      case 1:
        return this.u8();
      case 2:
        return this.u16();
      case 4:
        return this.u32();
      case 8:
        return this.u64();
      default:
        throw new DwarfError(`a number of ${size} bytes`);
    }
  }

  uleb(): number {
    return this.leb(false);
  }

  sleb(): number {
    return this.leb(true);
  }

  private leb(signed: boolean): number {
    let value = 0;
    let factor = 1;
    for (let count = 0; count < 10; count++) {
      const byte = this.u8();
      value += (byte & 127) * factor;
      factor *= 128;
      if (byte < 128) return signed && byte & 64 ? value - factor : value;
    }
    throw new DwarfError('a number is too long');
  }

  /** An offset into a section, of the present unit's format. */
  offset(): number {
    return this.wide ? this.u64() : this.u32();
  }

  /** The length of a unit, which tells its format; gives where the unit ends. */
  unitEnd(): number {
    let length = this.u32();
    this.wide = length === 0xffffffff;
    if (this.wide) length = this.u64();
    if (length > this.end - this.pos) throw new DwarfError('a unit is longer than its section');
    return this.pos + length;
  }

  /** A text that ends with a zero byte. */
  text(): string {
    const end = this.bytes.indexOf(0, this.pos);
    if (end < 0 || end >= this.end) throw new DwarfError('a text does not end');
    const text = TEXT.decode(this.bytes.subarray(this.pos, end));
    this.pos = end + 1;
    return text;
  }
}

/** The text at an offset of a section of texts; empty where there is none. */
export function textAt(section: Uint8Array | undefined, offset: number): string {
  if (section === undefined || offset >= section.length) return '';
  return new DwarfReader(section, offset).text();
}
