/** Values of attributes (DWARF 5, sections 7.5.5 and 7.5.6): reads those of any form, understands the ones used here. */
import { DwarfError, type DwarfReader, textAt } from './dwarf-reader.js';

/** The sections that debugging information may consist of, by their names without `.debug_`. */
export type DwarfSections = Partial<
  Record<
    | 'abbrev'
    | 'addr'
    | 'info'
    | 'line'
    | 'line_str'
    | 'ranges'
    | 'rnglists'
    | 'str'
    | 'str_offsets',
    Uint8Array
  >
>;

/** Forms, by the names of the standard. */
export const Form = {
  addr: 0x01,
  block2: 0x03,
  block4: 0x04,
  data2: 0x05,
  data4: 0x06,
  data8: 0x07,
  string: 0x08,
  block: 0x09,
  block1: 0x0a,
  data1: 0x0b,
  flag: 0x0c,
  sdata: 0x0d,
  strp: 0x0e,
  udata: 0x0f,
  ref_addr: 0x10,
  ref1: 0x11,
  ref2: 0x12,
  ref4: 0x13,
  ref8: 0x14,
  ref_udata: 0x15,
  indirect: 0x16,
  sec_offset: 0x17,
  exprloc: 0x18,
  flag_present: 0x19,
  strx: 0x1a,
  addrx: 0x1b,
  ref_sup4: 0x1c,
  strp_sup: 0x1d,
  data16: 0x1e,
  line_strp: 0x1f,
  ref_sig8: 0x20,
  implicit_const: 0x21,
  loclistx: 0x22,
  rnglistx: 0x23,
  ref_sup8: 0x24,
  strx1: 0x25,
  strx2: 0x26,
  strx3: 0x27,
  strx4: 0x28,
  addrx1: 0x29,
  addrx2: 0x2a,
  addrx3: 0x2b,
  addrx4: 0x2c,
} as const;

/** What forms depend on besides their bytes. */
export interface FormContext {
  sections: DwarfSections;
  version: number;
  addressSize: number;
  /** Where the unit begins in its section: what references within it count from. */
  start: number;
}

/**
 * Reads a value and gives its number: of texts, the place in the reader's section or an offset; references count
 * from the section's start; blocks and flags give 0 or 1.
 * @throws DwarfError for a form that is unknown
 */
export function readForm(
  reader: DwarfReader,
  form: number,
  implicit: number,
  { version, addressSize, start }: FormContext,
): number {
  switch (form) {
    case Form.addr:
      return reader.sized(addressSize);
    case Form.data1:
    case Form.strx1:
    case Form.addrx1:
    case Form.flag:
      return reader.u8();
    case Form.data2:
    case Form.strx2:
    case Form.addrx2:
      return reader.u16();
    case Form.strx3:
    case Form.addrx3:
      return reader.u24();
    case Form.data4:
    case Form.strx4:
    case Form.addrx4:
    case Form.ref_sup4:
      return reader.u32();
    case Form.data8:
    case Form.ref_sig8:
    case Form.ref_sup8:
      return reader.u64();
    case Form.data16:
      return reader.skip(16);
    case Form.sdata:
      return reader.sleb();
    case Form.udata:
    case Form.strx:
    case Form.addrx:
    case Form.loclistx:
    case Form.rnglistx:
      return reader.uleb();
    case Form.string: {
      const at = reader.pos;
      const end = reader.bytes.indexOf(0, at);
      if (end < 0) throw new DwarfError('a text does not end');
      reader.skip(end + 1 - at);
      return at;
    }
    case Form.strp:
    case Form.line_strp:
    case Form.strp_sup:
    case Form.sec_offset:
      return reader.offset();
    case Form.ref_addr:
      return version < 3 ? reader.sized(addressSize) : reader.offset();
    case Form.ref1:
      return start + reader.u8();
    case Form.ref2:
      return start + reader.u16();
    case Form.ref4:
      return start + reader.u32();
    case Form.ref8:
      return start + reader.u64();
    case Form.ref_udata:
      return start + reader.uleb();
    case Form.block1:
      return reader.skip(reader.u8());
    case Form.block2:
      return reader.skip(reader.u16());
    case Form.block4:
      return reader.skip(reader.u32());
    case Form.block:
    case Form.exprloc:
      return reader.skip(reader.uleb());
    case Form.flag_present:
      return 1;
    case Form.implicit_const:
      return implicit;
    case Form.indirect: {
      const actual = reader.uleb();
      if (actual === Form.indirect || actual === Form.implicit_const)
        throw new DwarfError('a form that refers to itself');
      return readForm(reader, actual, 0, { version, addressSize, start } as FormContext);
    }
    default:
      throw new DwarfError(`unknown form 0x${form.toString(16)}`);
  }
}

/** Where a unit's tables of texts and addresses begin. */
export interface Bases {
  strOffsets: number;
  addr: number;
  rnglists: number;
}

/**
 * The text that a value of {@link readForm} stands for; undefined for what is no text.
 * @param bytes the section that the value was read from
 */
export function textOf(
  form: number,
  value: number,
  bytes: Uint8Array,
  sections: DwarfSections,
  bases: Bases,
  wide: boolean,
): string | undefined {
  switch (form) {
    case Form.string:
      return textAt(bytes, value);
    case Form.strp:
      return textAt(sections.str, value);
    case Form.line_strp:
      return textAt(sections.line_str, value);
    case Form.strx:
    case Form.strx1:
    case Form.strx2:
    case Form.strx3:
    case Form.strx4: {
      const offset = entry(sections.str_offsets, bases.strOffsets, value, wide ? 8 : 4);
      return offset === undefined ? undefined : textAt(sections.str, offset);
    }
    default:
      return undefined;
  }
}

/** The address that a value of {@link readForm} stands for; undefined for what is none. */
export function addressOf(
  form: number,
  value: number,
  sections: DwarfSections,
  bases: Bases,
  size: number,
): number | undefined {
  if (form === Form.addr) return value;
  const indexed = form === Form.addrx || (form >= Form.addrx1 && form <= Form.addrx4);
  return indexed ? entry(sections.addr, bases.addr, value, size) : undefined;
}

/** An entry of a table of numbers. */
export function entry(
  section: Uint8Array | undefined,
  base: number,
  index: number,
  size: number,
): number | undefined {
  if (section === undefined) return undefined;
  const at = base + index * size;
  if (at + size > section.length) return undefined;
  const view = new DataView(section.buffer, section.byteOffset, section.byteLength);
  const low = view.getUint32(at, true);
  return size === 8 ? low + view.getUint32(at + 4, true) * 4294967296 : low;
}
