/**
 * Line tables (DWARF 2 to 5, section 6.2): gets `.debug_line`, gives for each address of code the line that it
 * comes from. Time and memory go with the section's size.
 */
import { type Bases, type DwarfSections, Form, readForm, textOf } from './dwarf-forms.js';
import { DwarfError, DwarfReader } from './dwarf-reader.js';
import { Numbering } from './numbering.js';

/** Numbers of a row: address, source, line, column. */
const ROW = 4;
/** `source` of the row that ends a sequence. */
const END = -1;

const NO_BASES: Bases = { strOffsets: 0, addr: 0, rnglists: 0 };

/** Lines by address. */
export class LineTable {
  private readonly paths = new Numbering<string>();
  /** Paths of the sources, as the compiler said them. */
  readonly sources: readonly string[] = this.paths.all;
  /** By offset of the table: what the numbers of its files stand for in `sources`, or -1. */
  readonly files = new Map<number, readonly number[]>();
  private rows = new Float64Array(1 << 10);
  private used = 0;
  private readonly sequences: { start: number; end: number; from: number; to: number }[] = [];
  private current: (typeof this.sequences)[number] | undefined;

  /** What {@link find} has found: index into `sources`, line and column from 1 on (column 0: the whole line). */
  source = 0;
  line = 0;
  column = 0;

  /**
   * Reads all line tables.
   * @param sections `.debug_line` and the texts that it refers to
   * @param folders where the compiler ran, by offset of the table: what relative paths count from
   * @param size of the code: rows beyond belong to code that the linker has left out
   * @throws DwarfError where the bytes are not what the format says
   */
  constructor(
    private readonly sections: DwarfSections,
    folders: ReadonlyMap<number, string>,
    size: number,
  ) {
    const bytes = sections.line ?? new Uint8Array(0);
    let pos = 0;
    while (pos < bytes.length) {
      const reader = new DwarfReader(bytes, pos);
      const end = reader.unitEnd();
      reader.end = end;
      this.files.set(pos, this.unit(reader, folders.get(pos) ?? '', size));
      pos = end;
    }
    this.sequences.sort((a, b) => a.start - b.start);
  }

  /** Are there lines? */
  get isEmpty(): boolean {
    return this.sequences.length === 0;
  }

  /** Finds the line of an address; false where there is none. @param least address whose line counts */
  find(address: number, least: number): boolean {
    let sequence = this.current;
    if (sequence === undefined || address < sequence.start || address >= sequence.end) {
      sequence =
        this.sequences[lastUpTo(this.sequences.length, (i) => this.sequences[i]!.start, address)];
      if (sequence === undefined || address >= sequence.end) return false;
      this.current = sequence;
    }
    const { from, to } = sequence;
    const { rows } = this;
    let at = from + lastUpTo(to - from, (i) => rows[(from + i) * ROW]!, address);
    // Of line 0 nothing is known but that the compiler has made it: it counts to what precedes it.
    while (at > from && rows[at * ROW + 2] === 0) at--;
    if (rows[at * ROW]! < least) return false;
    this.source = rows[at * ROW + 1]!;
    this.line = rows[at * ROW + 2]!;
    this.column = rows[at * ROW + 3]!;
    return this.line > 0 && this.source >= 0;
  }

  private unit(reader: DwarfReader, folder: string, size: number): readonly number[] {
    const version = reader.u16();
    if (version < 2 || version > 5) throw new DwarfError(`a line table of version ${version}`);
    let addressSize = 4;
    if (version >= 5) {
      addressSize = reader.u8();
      reader.u8();
    }
    const headerLength = reader.offset();
    const program = reader.pos + headerLength;
    const minimum = reader.u8();
    if (version >= 4) reader.u8();
    reader.u8();
    const lineBase = reader.s8();
    const lineRange = reader.u8();
    const opcodeBase = reader.u8();
    if (lineRange === 0) throw new DwarfError('a line table without a range of lines');
    const lengths: number[] = [0];
    for (let i = 1; i < opcodeBase; i++) lengths.push(reader.u8());
    const files =
      version >= 5 ? this.files5(reader, addressSize, folder) : this.files4(reader, folder);
    reader.pos = program;
    this.run(reader, { minimum, lineBase, lineRange, opcodeBase, lengths, files, size });
    return files;
  }

  /** Folders and files up to version 4: folder 0 is where the compiler ran, files count from 1. */
  private files4(reader: DwarfReader, folder: string): number[] {
    const folders = [folder];
    for (let text = reader.text(); text !== ''; text = reader.text())
      folders.push(join(folder, text));
    const files: number[] = [END];
    for (let name = reader.text(); name !== ''; name = reader.text()) {
      files.push(this.paths.of(join(folders[reader.uleb()] ?? '', name)));
      reader.uleb();
      reader.uleb();
    }
    return files;
  }

  /** Folders and files of version 5, which say themselves how they are written. */
  private files5(reader: DwarfReader, addressSize: number, folder: string): number[] {
    const folders = this.entries(reader, addressSize).map(({ path }) => path);
    folders[0] = join(folder, folders[0] ?? '');
    for (let i = 1; i < folders.length; i++) folders[i] = join(folders[0], folders[i]!);
    return this.entries(reader, addressSize).map((file) =>
      this.paths.of(join(folders[file.folder] ?? '', file.path)),
    );
  }

  private entries(reader: DwarfReader, addressSize: number): { path: string; folder: number }[] {
    const formats: [content: number, form: number][] = [];
    for (let left = reader.u8(); left > 0; left--) formats.push([reader.uleb(), reader.uleb()]);
    const context = { sections: this.sections, version: 5, addressSize, start: 0 };
    const found: { path: string; folder: number }[] = [];
    const count = reader.uleb();
    if (formats.length === 0 && count > 0) throw new DwarfError('files without a format');
    for (let i = 0; i < count; i++) {
      const item = { path: '', folder: 0 };
      const start = reader.pos;
      for (const [content, form] of formats) {
        if (form === Form.implicit_const) throw new DwarfError('a constant in a list of files');
        const value = readForm(reader, form, 0, context);
        if (content === 1)
          item.path = textOf(form, value, reader.bytes, this.sections, NO_BASES, reader.wide) ?? '';
        else if (content === 2) item.folder = value;
      }
      if (reader.pos === start) throw new DwarfError('files without contents');
      found.push(item);
    }
    return found;
  }

  /** Runs the program of a table (section 6.2.5). */
  private run(
    reader: DwarfReader,
    { minimum, lineBase, lineRange, opcodeBase, lengths, files, size }: Program,
  ): void {
    let address = 0;
    let file = 1;
    let line = 1;
    let column = 0;
    let from = this.used;
    const row = (source: number): void => this.row(address, source, line, column);
    while (reader.pos < reader.end) {
      const op = reader.u8();
      if (op >= opcodeBase) {
        const step = op - opcodeBase;
        address += Math.floor(step / lineRange) * minimum;
        line += lineBase + (step % lineRange);
        row(files[file] ?? END);
        continue;
      }
      switch (op) {
        case 0: {
          const length = reader.uleb();
          const end = reader.pos + length;
          if (length === 0 || end > reader.end)
            throw new DwarfError('an extended opcode is broken');
          const extended = reader.u8();
          if (extended === 1) {
            row(END);
            this.sequence(from, size);
            from = this.used;
            address = 0;
            file = 1;
            line = 1;
            column = 0;
          } else if (extended === 2) address = reader.sized(length - 1);
          else if (extended === 3) {
            files.push(this.paths.of(reader.text()));
          }
          reader.pos = end;
          break;
        }
        case 1:
          row(files[file] ?? END);
          break;
        case 2:
          address += reader.uleb() * minimum;
          break;
        case 3:
          line += reader.sleb();
          break;
        case 4:
          file = reader.uleb();
          break;
        case 5:
          column = reader.uleb();
          break;
        case 8:
          address += Math.floor((255 - opcodeBase) / lineRange) * minimum;
          break;
        case 9:
          address += reader.u16();
          break;
        case 6:
        case 7:
        case 10:
        case 11:
          break;
        case 12:
          reader.uleb();
          break;
        default:
          for (let left = lengths[op]!; left > 0; left--) reader.uleb();
      }
    }
    // A sequence that does not end says nothing.
    this.used = from;
  }

  private row(address: number, source: number, line: number, column: number): void {
    const at = this.used * ROW;
    if (at + ROW > this.rows.length) {
      const grown = new Float64Array(2 * this.rows.length);
      grown.set(this.rows);
      this.rows = grown;
    }
    this.rows[at] = address;
    this.rows[at + 1] = source;
    this.rows[at + 2] = line;
    this.rows[at + 3] = column;
    this.used++;
  }

  /** Keeps the rows from `from` on, unless the linker has left out their code: it then stands at 0 or beyond. */
  private sequence(from: number, size: number): void {
    const start = this.rows[from * ROW]!;
    const end = this.rows[(this.used - 1) * ROW]!;
    if (start <= 0 || start >= end || end > size) this.used = from;
    else this.sequences.push({ start, end, from, to: this.used - 1 });
  }
}

interface Program {
  minimum: number;
  lineBase: number;
  lineRange: number;
  opcodeBase: number;
  lengths: readonly number[];
  files: number[];
  size: number;
}

/** The last index whose key is not above `wanted`; -1 where there is none. Keys ascend. */
export function lastUpTo(count: number, key: (index: number) => number, wanted: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (key(middle) <= wanted) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

const isAbsolute = (path: string): boolean => /^(?:[/\\]|[A-Za-z]:[/\\])/.test(path);

/** A path seen from a folder, without `.` and `..` where that can be told. */
export function join(folder: string, path: string): string {
  const whole =
    path === '' || isAbsolute(path) || folder === '' ? path || folder : `${folder}/${path}`;
  const parts: string[] = [];
  for (const part of whole.replace(/\\/g, '/').split('/')) {
    if (part === '.' || (part === '' && parts.length > 0)) continue;
    const last = parts[parts.length - 1];
    if (part === '..' && last !== undefined && last !== '..' && last !== '') parts.pop();
    else if (part === '..' && last === '') continue;
    else parts.push(part);
  }
  return parts.join('/') || (whole.startsWith('/') ? '/' : '');
}
