/**
 * Functions and what compilers have put into them (DWARF 2 to 5, sections 2 and 3.3): gets `.debug_info`, gives
 * for an address the name of the innermost function there, inlined or not. Also where compilers ran.
 */
import {
  addressOf,
  type Bases,
  type DwarfSections,
  entry,
  Form,
  readForm,
  textOf,
} from './dwarf-forms.js';
import { lastUpTo } from './dwarf-lines.js';
import { DwarfError, DwarfReader } from './dwarf-reader.js';

const Tag = {
  class: 0x02,
  compileUnit: 0x11,
  structure: 0x13,
  inlined: 0x1d,
  subprogram: 0x2e,
  namespace: 0x39,
  skeletonUnit: 0x4a,
} as const;

const At = {
  name: 0x03,
  stmtList: 0x10,
  lowPc: 0x11,
  highPc: 0x12,
  compDir: 0x1b,
  abstractOrigin: 0x31,
  specification: 0x47,
  ranges: 0x55,
  callColumn: 0x57,
  callFile: 0x58,
  callLine: 0x59,
  dwoName: 0x76,
  strOffsetsBase: 0x72,
  addrBase: 0x73,
  rnglistsBase: 0x74,
} as const;

/** Abbreviations that are used: one for each attribute that matters, else skipped. */
interface Abbreviation {
  tag: number;
  children: boolean;
  /** Attribute, form and constant of each. */
  specs: Float64Array;
}

/** A function at a range of addresses. */
interface Scope {
  low: number;
  high: number;
  depth: number;
  /** Offset of the entry that has the name, or whose origin does. */
  entry: number;
  /** Of an inlined one, where it was called. */
  call: CallSite | undefined;
  /** Index of the scope around it, or -1. */
  parent: number;
}

/** Where an inlined function was called. */
export interface CallSite {
  /** Offset of the line table that the file is of, and its number there. */
  table: number;
  file: number;
  /** From 1 on; column 0: not known. */
  line: number;
  column: number;
}

/** A function of an address. */
export interface FoundScope {
  name: string | undefined;
  /** Of an inlined one, where it was called. */
  call: CallSite | undefined;
  /** The function that it is in. */
  around: FoundScope | undefined;
}

/** How deep scopes are looked into; deeper ones belong to those around them. */
const MOST_DEPTH = 250;

/** Functions by address. */
export class ScopeTable {
  /** Where compilers ran, by offset of the line table. */
  readonly folders = new Map<number, string>();
  /** Line tables and code of another file (`-gsplit-dwarf`). */
  splits = false;
  private readonly scopes: Scope[] = [];
  /** Names of functions, and the entries that tell theirs, by offset. */
  private readonly names = new Map<number, string>();
  private readonly origins = new Map<number, number>();
  private readonly abbreviations = new Map<number, Map<number, Abbreviation>>();
  private readonly most: number;
  /** Where the innermost function changes, and the index of its scope from there on (-1: none). */
  private starts: number[] = [];
  private innermost: number[] = [];

  /**
   * Reads all units.
   * @param sections `.debug_info` and what it refers to
   * @param size of the code: what lies beyond was left out by the linker
   * @throws DwarfError where the bytes are not what the format says
   */
  constructor(
    private readonly sections: DwarfSections,
    private readonly size: number,
  ) {
    const { info: bytes = new Uint8Array(0), ranges, rnglists } = sections;
    this.most = bytes.length + (ranges?.length ?? 0) + (rnglists?.length ?? 0);
    let pos = 0;
    while (pos < bytes.length) {
      const reader = new DwarfReader(bytes, pos);
      const end = reader.unitEnd();
      reader.end = end;
      this.unit(reader, pos);
      pos = end;
    }
    this.flatten();
  }

  /** The innermost function of an address. @returns undefined where none is known */
  functionAt(address: number): FoundScope | undefined {
    return this.found(
      this.innermost[lastUpTo(this.starts.length, (i) => this.starts[i]!, address)],
    );
  }

  private found(index = -1): FoundScope | undefined {
    const scope = this.scopes[index];
    if (scope === undefined) return undefined;
    const around = (): FoundScope | undefined => this.found(scope.parent);
    return {
      name: this.nameOf(scope.entry),
      call: scope.call,
      get around() {
        return around();
      },
    };
  }

  /** Number of inlined calls. */
  get inlinedCount(): number {
    return this.scopes.reduce((sum, { call }) => sum + (call ? 1 : 0), 0);
  }

  private nameOf(at: number): string | undefined {
    let offset: number | undefined = at;
    for (let steps = 0; steps < 8 && offset !== undefined; steps++) {
      const name = this.names.get(offset);
      if (name !== undefined) return name;
      offset = this.origins.get(offset);
    }
    return undefined;
  }

  private unit(reader: DwarfReader, start: number): void {
    const version = reader.u16();
    if (version < 2 || version > 5) throw new DwarfError(`a unit of version ${version}`);
    let type = 1;
    let addressSize = 4;
    let table: number;
    if (version >= 5) {
      type = reader.u8();
      addressSize = reader.u8();
      table = reader.offset();
      // Units of types have no code; a skeleton has its unit elsewhere.
      if (type === 2 || type === 6) return;
      if (type === 4 || type === 5) reader.skip(8);
    } else {
      table = reader.offset();
      addressSize = reader.u8();
    }
    const walk = new UnitWalk(this, reader, this.abbreviationsAt(table), {
      sections: this.sections,
      version,
      addressSize,
      start,
    });
    walk.run();
    if (type === 4) this.splits = true;
  }

  private abbreviationsAt(offset: number): Map<number, Abbreviation> {
    let found = this.abbreviations.get(offset);
    if (found !== undefined) return found;
    found = new Map();
    const reader = new DwarfReader(this.sections.abbrev ?? new Uint8Array(0), offset);
    for (let code = reader.uleb(); code !== 0; code = reader.uleb()) {
      const tag = reader.uleb();
      const children = reader.u8() !== 0;
      const specs: number[] = [];
      for (;;) {
        const attribute = reader.uleb();
        const form = reader.uleb();
        const implicit = form === Form.implicit_const ? reader.sleb() : 0;
        if (attribute === 0 && form === 0) break;
        specs.push(attribute, form, implicit);
      }
      found.set(code, { tag, children, specs: Float64Array.from(specs) });
    }
    this.abbreviations.set(offset, found);
    return found;
  }

  /** Notes a function's name, or where that is told. */
  note(entryOffset: number, name: string | undefined, origin: number | undefined): void {
    if (name !== undefined) this.names.set(entryOffset, name);
    else if (origin !== undefined) this.origins.set(entryOffset, origin);
  }

  /** Notes that addresses belong to a function. */
  cover(
    low: number,
    high: number,
    depth: number,
    entryOffset: number,
    call: CallSite | undefined,
  ): void {
    if (!(low > 0 && low < high && high <= this.size)) return;
    // Lists of ranges may be shared, and must not multiply.
    if (this.scopes.length > this.most) throw new DwarfError('more ranges than there is room for');
    this.scopes.push({ low, high, depth, entry: entryOffset, call, parent: -1 });
  }

  /** Finds out which scope is innermost where. */
  private flatten(): void {
    const { scopes } = this;
    scopes.sort((a, b) => a.low - b.low || a.depth - b.depth || b.high - a.high);
    const open: number[] = [];
    const put = (address: number): void => {
      const scope = open.length > 0 ? open[open.length - 1]! : -1;
      if (this.starts[this.starts.length - 1] === address)
        this.innermost[this.innermost.length - 1] = scope;
      else {
        this.starts.push(address);
        this.innermost.push(scope);
      }
    };
    const close = (until: number): void => {
      while (open.length > 0 && scopes[open[open.length - 1]!]!.high <= until) {
        const { high } = scopes[open.pop()!]!;
        while (open.length > 0 && scopes[open[open.length - 1]!]!.high <= high) open.pop();
        put(high);
      }
    };
    scopes.forEach((scope, i) => {
      close(scope.low);
      scope.parent = open[open.length - 1] ?? -1;
      open.push(i);
      put(scope.low);
    });
    close(Infinity);
  }
}

/** Walks the entries of one unit. */
class UnitWalk {
  private readonly bases: Bases = { strOffsets: 0, addr: 0, rnglists: 0 };
  private base = 0;
  /** Offset of the unit's line table. */
  private lines = -1;

  constructor(
    private readonly table: ScopeTable,
    private readonly reader: DwarfReader,
    private readonly abbreviations: ReadonlyMap<number, Abbreviation>,
    private readonly context: {
      sections: DwarfSections;
      version: number;
      addressSize: number;
      start: number;
    },
  ) {
    const header = reader.wide ? 16 : 8;
    if (context.version >= 5) this.bases = { strOffsets: header, addr: header, rnglists: 0 };
  }

  run(): void {
    const { reader } = this;
    /** Of the entries around: qualifying names, depth of functions. */
    const prefixes: string[] = [''];
    const depths: number[] = [0];
    let first = true;
    while (reader.pos < reader.end) {
      const at = reader.pos;
      const code = reader.uleb();
      if (code === 0) {
        if (prefixes.length > 1) {
          prefixes.pop();
          depths.pop();
        }
        continue;
      }
      const abbreviation = this.abbreviations.get(code);
      if (abbreviation === undefined) throw new DwarfError('an entry without abbreviation');
      const { tag, children } = abbreviation;
      const around = depths[depths.length - 1]!;
      const prefix = prefixes[prefixes.length - 1]!;
      let inner = prefix;
      let depth = around;
      if (first) {
        this.root(abbreviation);
        first = false;
      } else if (tag === Tag.subprogram || tag === Tag.inlined) {
        depth = Math.min(around + 1, MOST_DEPTH);
        const name = this.scope(abbreviation, at, depth, prefix);
        inner = name === undefined ? prefix : `${name}::`;
      } else if (tag === Tag.namespace || tag === Tag.structure || tag === Tag.class) {
        const name = this.values(abbreviation).name;
        inner = `${prefix}${name ?? '(anonymous)'}::`;
      } else this.skip(abbreviation);
      if (children) {
        prefixes.push(inner);
        depths.push(depth);
      }
    }
  }

  private skip({ specs }: Abbreviation): void {
    for (let i = 0; i < specs.length; i += 3)
      readForm(this.reader, specs[i + 1]!, specs[i + 2]!, this.context);
  }

  /** The entry of the unit itself: what all others refer to. */
  private root(abbreviation: Abbreviation): void {
    // Bases may stand behind what needs them.
    const { pos } = this.reader;
    const { specs } = abbreviation;
    for (let i = 0; i < specs.length; i += 3) {
      const value = readForm(this.reader, specs[i + 1]!, specs[i + 2]!, this.context);
      if (specs[i] === At.strOffsetsBase) this.bases.strOffsets = value;
      else if (specs[i] === At.addrBase) this.bases.addr = value;
      else if (specs[i] === At.rnglistsBase) this.bases.rnglists = value;
    }
    this.reader.pos = pos;
    const values = this.values(abbreviation);
    this.base = values.low ?? 0;
    this.lines = values.lines ?? -1;
    if (values.lines !== undefined) this.table.folders.set(values.lines, values.folder ?? '');
    if (values.split) this.table.splits = true;
  }

  /** A function or an inlined call. @returns its qualified name */
  private scope(
    abbreviation: Abbreviation,
    at: number,
    depth: number,
    prefix: string,
  ): string | undefined {
    const values = this.values(abbreviation);
    const name = values.name === undefined ? undefined : prefix + values.name;
    this.table.note(at, values.origin === undefined ? name : undefined, values.origin);
    const call =
      abbreviation.tag === Tag.inlined
        ? {
            table: this.lines,
            file: values.callFile ?? -1,
            line: values.callLine ?? 0,
            column: values.callColumn ?? 0,
          }
        : undefined;
    if (values.low !== undefined && values.high !== undefined)
      this.table.cover(values.low, values.high, depth, at, call);
    if (values.ranges !== undefined)
      this.ranges(values.ranges, (low, high) => this.table.cover(low, high, depth, at, call));
    return name;
  }

  private values({ specs }: Abbreviation): Values {
    const { reader, context, bases } = this;
    const { sections, addressSize } = context;
    const found: Values = {};
    let size: number | undefined;
    for (let i = 0; i < specs.length; i += 3) {
      const form = specs[i + 1]!;
      const value = readForm(reader, form, specs[i + 2]!, context);
      switch (specs[i]) {
        case At.name:
          found.name = textOf(form, value, reader.bytes, sections, bases, reader.wide);
          break;
        case At.compDir:
          found.folder = textOf(form, value, reader.bytes, sections, bases, reader.wide);
          break;
        case At.stmtList:
          found.lines = value;
          break;
        case At.lowPc:
          found.low = addressOf(form, value, sections, bases, addressSize);
          break;
        case At.highPc: {
          const address = addressOf(form, value, sections, bases, addressSize);
          if (address === undefined) size = value;
          else found.high = address;
          break;
        }
        case At.abstractOrigin:
        case At.specification:
          if (form !== Form.ref_sig8 && form !== Form.ref_sup4 && form !== Form.ref_sup8)
            found.origin = value;
          break;
        case At.ranges:
          found.ranges = form === Form.rnglistx ? this.rangeList(value) : value;
          break;
        case At.callFile:
          found.callFile = value;
          break;
        case At.callLine:
          found.callLine = value;
          break;
        case At.callColumn:
          found.callColumn = value;
          break;
        case At.dwoName:
          found.split = true;
          break;
      }
    }
    if (size !== undefined && found.low !== undefined) found.high = found.low + size;
    return found;
  }

  /** Where the range list of this index begins. */
  private rangeList(index: number): number | undefined {
    const { rnglists } = this.bases;
    const offset = entry(this.context.sections.rnglists, rnglists, index, this.reader.wide ? 8 : 4);
    return offset === undefined ? undefined : rnglists + offset;
  }

  /** Calls back for each range of a list (sections 2.17.3 of DWARF 4 and 5). */
  private ranges(offset: number, found: (low: number, high: number) => void): void {
    const { sections, version, addressSize } = this.context;
    let { base } = this;
    if (version < 5) {
      const reader = new DwarfReader(sections.ranges ?? new Uint8Array(0), offset);
      const select = addressSize === 8 ? 2 ** 64 : 0xffffffff;
      for (;;) {
        const low = reader.sized(addressSize);
        const high = reader.sized(addressSize);
        if (low === 0 && high === 0) return;
        if (low >= select) base = high;
        else found(base + low, base + high);
      }
    }
    const reader = new DwarfReader(sections.rnglists ?? new Uint8Array(0), offset);
    const indexed = (): number =>
      entry(sections.addr, this.bases.addr, reader.uleb(), addressSize) ?? 0;
    for (;;) {
      switch (reader.u8()) {
        case 0:
          return;
        case 1:
          base = indexed();
          break;
        case 2:
          found(indexed(), indexed());
          break;
        case 3: {
          const low = indexed();
          found(low, low + reader.uleb());
          break;
        }
        case 4: {
          const low = reader.uleb();
          found(base + low, base + reader.uleb());
          break;
        }
        case 5:
          base = reader.sized(addressSize);
          break;
        case 6: {
          const low = reader.sized(addressSize);
          found(low, reader.sized(addressSize));
          break;
        }
        case 7: {
          const low = reader.sized(addressSize);
          found(low, low + reader.uleb());
          break;
        }
        default:
          throw new DwarfError('a list of ranges is broken');
      }
    }
  }
}

/** What is wanted of an entry. */
interface Values {
  name?: string | undefined;
  folder?: string | undefined;
  lines?: number;
  low?: number | undefined;
  high?: number;
  origin?: number;
  ranges?: number | undefined;
  split?: boolean;
  callFile?: number;
  callLine?: number;
  callColumn?: number;
}
