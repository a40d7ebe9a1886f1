/**
 * Data segments: as literals in the text, or as ranges of one file. Long runs of zeros are neither: they are
 * numbers among the literals. What nothing was written to before needs none written, so the zeros of large
 * tables cost nothing from here to the instance's memory.
 */

import type { DataSegment, Module } from '@wasm2js/decoder';
import type { ModuleContext } from '../context.js';
import { plainConstant } from '../plain-constant.js';
import { DataText } from './data-text.js';

/** Bytes of one literal. */
const PIECE = 3 * 65536;

/** So many zeros in a row are a number among the literals; fewer compress as well. */
const LONG = 256;

/** Up to so many zeros behind a segment's bytes are the array's own: it is made before they are copied. */
const TAIL = 4096;

/**
 * So many segments in a row that go, one behind the other, where nothing was written before are written by one statement.
 * Go's linker makes a segment of whatever stands between eight zeros: a hundred thousand for a compiler.
 */
const JOINED_FROM = 8;

/** Such a statement's list has no more items than this, about. */
const LONGEST_LIST = 5000;

/** Bytes of data from which on the decoder of `DataText` and its table pay; fewer are numbers. */
const TEXT_FROM = 400;

/** Bytes as a list of numbers. */
const listOf = (bytes: Uint8Array): string => `[${bytes.join()}]`;

/** Puts a list of bytes into an array of them, and gives the place behind it. */
const PUT_BYTES = '(t,b,i)=>(b.set(t,i),i+t.length)';

/** Where the bytes of segments are found at run time. */
export interface DataStore {
  /** Source of an expression that gives the bytes of a segment. */
  bytes(segment: DataSegment): string[];
  /** Source of a statement that writes an active segment to a memory (its name) at an offset (gives an expression). */
  write(segment: DataSegment, memory: string, offset: () => string): string[];
  /** Statements of the module that these need; to be read last. */
  readonly declaration: string;
  /** Contents of the data file, if there is one. */
  file: Uint8Array | undefined;
}

/** Bytes, or so many zeros. */
type Run = Uint8Array | number;

/** Bytes as runs of them and numbers of zeros, in order; zeros behind the last ones are left out. */
function runsOf(bytes: Uint8Array): Run[] {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  const runs: Run[] = [];
  let from = 0;
  for (let at = 0; at < end; ) {
    if (bytes[at] !== 0) {
      at++;
      continue;
    }
    const zero = at;
    while (bytes[at] === 0) at++;
    if (at - zero < LONG) continue;
    if (zero > from) runs.push(bytes.subarray(from, zero));
    runs.push(at - zero);
    from = at;
  }
  if (end > from) runs.push(bytes.subarray(from, end));
  return runs;
}

/** How a segment is stored: in one piece, zeros behind it perhaps left out, or in runs. */
interface Layout {
  size: number;
  /** Where it goes, if nothing was written there before. */
  place: number | undefined;
  whole?: Uint8Array;
  runs?: Run[];
}

/** Those of segments, by the segment's offset in the module, but of such as are stored with the one before them. */
type Layouts = ReadonlyMap<number, Layout>;

/** The layout of bytes that are these runs, and zeros behind them. */
function layoutOf(runs: Run[], size: number, place?: number): Layout {
  const [first = new Uint8Array()] = runs;
  const isWhole = runs.length < 2 && typeof first === 'object' && size - first.length < TAIL;
  return isWhole ? { whole: first, size, place } : { runs, size, place };
}

/** An active segment, where it is written, and its runs. */
interface Placed {
  segment: DataSegment;
  offset: number;
  area: Area;
  runs: Run[];
}

const sizeOf = ({ bytes: { start, end } }: DataSegment): number => end - start;

/** Puts runs behind one another, with zeros between them; few zeros are bytes like others. */
class Joiner {
  readonly runs: Run[] = [];
  private parts: Uint8Array[] = [];
  private zeros = 0;

  add(run: Run): void {
    if (typeof run === 'number') {
      this.zeros += run;
      return;
    }
    if (this.zeros >= LONG || (this.zeros > 0 && this.parts.length === 0)) {
      this.end();
      this.runs.push(this.zeros);
    } else if (this.zeros > 0) this.parts.push(new Uint8Array(this.zeros));
    this.zeros = 0;
    this.parts.push(run);
  }

  /** Ends the bytes so far; zeros behind them are left out. */
  end(): void {
    if (this.parts.length > 0) this.runs.push(concatenate(this.parts));
    this.parts = [];
  }
}

/** The layouts of segments that follow one another in a memory. */
function join(row: readonly Placed[], found: Map<number, Layout>): void {
  const first = row[0]!;
  if (row.length < JOINED_FROM) {
    for (const { segment, runs, offset } of row)
      found.set(segment.offset, layoutOf(runs, sizeOf(segment), offset));
    return;
  }
  const joiner = new Joiner();
  let at = first.offset;
  for (const { offset, runs } of row) {
    joiner.add(offset - at);
    at = offset;
    for (const run of runs) {
      joiner.add(run);
      at += typeof run === 'number' ? run : run.length;
    }
  }
  joiner.end();
  const last = row.at(-1)!;
  const size = last.offset + sizeOf(last.segment) - first.offset;
  found.set(first.segment.offset, layoutOf(joiner.runs, size, first.offset));
}

/** @param places where nothing was written before; left out: nobody knows */
function layouts({ bytes, datas }: Module, places?: FreshPlaces): Layouts {
  const found = new Map<number, Layout>();
  let row: Placed[] = [];
  let length = 0;
  const flush = (): void => {
    if (row.length > 0) join(row, found);
    row = [];
    length = 0;
  };
  for (const segment of datas) {
    const runs = runsOf(bytes.subarray(segment.bytes.start, segment.bytes.end));
    const place = places?.next(segment);
    const before = row.at(-1)?.area;
    if ((before !== undefined && before !== place?.row) || length > LONGEST_LIST) flush();
    if (place === undefined) found.set(segment.offset, layoutOf(runs, sizeOf(segment)));
    else {
      row.push({ segment, offset: place.offset, area: place.row, runs });
      length += runs.length;
    }
  }
  flush();
  return found;
}

/** The bytes that are stored, in order. */
const stored = (all: Layouts): Uint8Array[] =>
  [...all.values()].flatMap(
    ({ whole, runs }) => whole ?? runs!.filter((run) => typeof run === 'object'),
  );

/** How one kind of store writes segments. */
interface Writing {
  /** An array of `size` bytes that begins with these. */
  whole(bytes: Uint8Array, size: number): string[];
  /** What typed arrays can be set to, where that is shorter. */
  list?: ((bytes: Uint8Array) => string[]) | undefined;
  /** Items of a list for some bytes, each with a comma behind it. */
  items(bytes: Uint8Array): string[];
  /** A function that puts such an item into an array of bytes, and gives the place behind it. */
  put(): string;
}

/** What the kinds of stores have in common. */
function makeStore(ctx: ModuleContext, all: Layouts, writing: Writing) {
  const head = { put: '' };
  const scattered = (runs: Run[]): string[] => {
    if (head.put === '') head.put = `const _put=${writing.put()};\n`;
    const items = runs.flatMap((run) =>
      typeof run === 'number' ? [`${run},`] : writing.items(run),
    );
    return ['_put,[', ...items, ']'];
  };
  const whole = (bytes: Uint8Array, size: number): string[] =>
    size === 0 ? [ctx.helper('_empty')] : writing.whole(bytes, size);
  return {
    head,
    bytes: (segment: DataSegment): string[] => {
      const { whole: bytes, runs, size } = all.get(segment.offset)!;
      if (bytes !== undefined) return whole(bytes, size);
      return [`${ctx.helper('_scattered')}(`, ...scattered(runs!), `,${size})`];
    },
    write: (segment: DataSegment, memory: string, offset: () => string): string[] => {
      const layout = all.get(segment.offset);
      if (layout === undefined) return [];
      const { size, place } = layout;
      if (layout.whole !== undefined) {
        const { limits, pageSizeLog2 } = ctx.module.memoryTypes[segment.memory]!;
        if (place !== undefined && place + size <= limits.min * 2 ** pageSizeLog2) {
          // It is inside, and zeros behind it are there.
          const { length } = layout.whole;
          if (length === 0) return [];
          const bytes = writing.list?.(layout.whole) ?? writing.whole(layout.whole, length);
          return [`${memory}.u.set(`, ...bytes, `,${place});`];
        }
        const bytes = whole(layout.whole, size);
        const at = offset();
        return [`${ctx.helper('_memory_init')}(${memory}, `, ...bytes, `, ${at}, 0, ${size});`];
      }
      const call = `${ctx.helper('_memory_scatter')}(${memory},`;
      return [call, ...scattered(layout.runs!), `,${offset()},${size},${place !== undefined});`];
    },
  };
}

/** Where a segment goes that nothing was written to before; segments of one row follow one another with nothing between. */
interface Fresh {
  offset: number;
  row: Area;
}

/** Where something may have been written. */
interface Area {
  start: number;
  end: number;
}

/** So far behind an area a segment begins another one: what is between them may be written later. */
const FAR = 4096;

/** More areas of a memory are not told apart. */
const MOST_AREAS = 256;

/** What has been written to a memory while segments are. */
class Written {
  private areas: Area[] = [];
  /** The area of the segment before. */
  private last: Area | undefined;

  /** Writes a range. @returns the row that it goes on or begins; undefined where something may have been there */
  add(start: number, end: number): Area | undefined {
    const { last } = this;
    const near = last !== undefined && start >= last.end && start - last.end < FAR;
    if (near && this.isFree(last.end, end, last)) {
      last.end = end;
      return last;
    }
    const free = this.isFree(start, end);
    if (this.areas.length < MOST_AREAS) this.areas.push((this.last = { start, end }));
    else this.addUnknown();
    return free ? this.last : undefined;
  }

  /** Writes somewhere. */
  addUnknown(): void {
    this.areas = [{ start: 0, end: Infinity }];
    this.last = undefined;
  }

  private isFree(start: number, end: number, except?: Area): boolean {
    return this.areas.every((area) => area === except || start >= area.end || end <= area.start);
  }
}

/** Which active segments go where nothing can have been written before: asks for each, in their order. */
class FreshPlaces {
  private readonly memories: Written[];

  constructor(private readonly module: Module) {
    // By memory; an imported one has what it has.
    this.memories = module.memoryTypes.map((_, i) => {
      const written = new Written();
      if (i < module.importCounts.memory) written.addUnknown();
      return written;
    });
  }

  /** Where the next segment goes; undefined where something may be. */
  next(segment: DataSegment): Fresh | undefined {
    if (segment.mode !== 'active') return undefined;
    const written = this.memories[segment.memory]!;
    const constant = plainConstant(this.module, segment.offsetExpr!);
    if (constant === undefined) {
      written.addUnknown();
      return undefined;
    }
    const offset = constant >>> 0;
    const row = written.add(offset, offset + sizeOf(segment));
    return row && { offset, row };
  }
}

/**
 * Segments as literals.
 * @param keep decoded once, for all instances
 */
export function inlineData(ctx: ModuleContext, keep = false): DataStore {
  const all = layouts(ctx.module, new FreshPlaces(ctx.module));
  const ranges = stored(all);
  const long = ranges.reduce((sum, range) => sum + range.length, 0) >= TEXT_FROM;
  const text = long ? new DataText(ranges) : undefined;
  const items = (bytes: Uint8Array): string[] => {
    if (text === undefined) return [`${listOf(bytes)},`];
    const pieces: string[] = [];
    for (let at = 0; at < bytes.length; at += PIECE)
      pieces.push("'", text.encode(bytes.subarray(at, at + PIECE)), "',");
    return pieces;
  };
  const codes =
    text === undefined
      ? ''
      : `const _codes=${ctx.helper('_byte_codes')}('${text.freed}',[${text.taking.join()}]);\n`;
  let kept = 0;
  const store = makeStore(ctx, all, {
    whole: (part, size) => {
      let bytes: string[];
      if (text === undefined) {
        const list = listOf(part);
        bytes = [
          part.length < size
            ? `${ctx.helper('_extended')}(${list},${size})`
            : `new Uint8Array(${list})`,
        ];
      } else {
        const pieces = items(part);
        const last = pieces.pop()?.slice(0, -1) ?? '';
        bytes = [`${ctx.helper('_text_bytes')}(_codes,[`, ...pieces, last, `],${size})`];
      }
      if (!keep) return bytes;
      const place = `_kept[${kept++}]`;
      return [`(${place}||(${place}=`, ...bytes, '))'];
    },
    list: text === undefined && !keep ? (bytes) => [listOf(bytes)] : undefined,
    items,
    put: () =>
      text === undefined ? PUT_BYTES : `(t,b,i)=>${ctx.helper('_decode_text')}(_codes,t,b,i)`,
  });
  return {
    ...store,
    file: undefined,
    get declaration() {
      return codes + store.head.put + (kept === 0 ? '' : 'const _kept=[];\n');
    },
  };
}

/** Source of an expression that gives these bytes, as text. */
export function inlineBytes(ctx: Pick<ModuleContext, 'helper'>, bytes: Uint8Array): string[] {
  const text = new DataText([bytes]);
  const codes = `${ctx.helper('_byte_codes')}('${text.freed}',[${text.taking.join()}])`;
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += PIECE)
    pieces.push(`'${text.encode(bytes.subarray(at, at + PIECE))}',`);
  return [`${ctx.helper('_text_bytes')}(${codes},[`, ...pieces, `],${bytes.length})`];
}

/** Segments as ranges of one file, which `_file` holds. */
export function fileData(ctx: ModuleContext): DataStore {
  const all = layouts(ctx.module, new FreshPlaces(ctx.module));
  const ranges = stored(all);
  /** Where bytes begin in the file. */
  const offsets = new Map<Uint8Array, number>();
  let length = 0;
  for (const bytes of ranges) {
    offsets.set(bytes, length);
    length += bytes.length;
  }
  const range = (bytes: Uint8Array): string => {
    const from = offsets.get(bytes)!;
    return `_file.subarray(${from}, ${from + bytes.length})`;
  };
  const store = makeStore(ctx, all, {
    whole: (bytes, size) =>
      bytes.length === size
        ? [range(bytes)]
        : [`${ctx.helper('_extended')}(${range(bytes)},${size})`],
    items: (bytes) => [`${range(bytes)},`],
    put: () => PUT_BYTES,
  });
  return {
    ...store,
    file: concatenate(ranges),
    get declaration() {
      return store.head.put;
    },
  };
}

/** Segments as ranges of the module itself, whose bytes `_wasm` holds. */
export function moduleData(ctx: ModuleContext): DataStore {
  const bytes = ({ bytes: { start, end } }: DataSegment): string[] =>
    start === end ? [ctx.helper('_empty')] : [`_wasm.subarray(${start},${end})`];
  return {
    bytes,
    write: (segment, memory, offset) => {
      const size = segment.bytes.end - segment.bytes.start;
      return [
        `${ctx.helper('_memory_init')}(${memory},`,
        ...bytes(segment),
        `,${offset()},0,${size});`,
      ];
    },
    file: undefined,
    declaration: '',
  };
}

/** Are there bytes that a file would hold? */
export const hasData = (module: Module): boolean =>
  stored(layouts(module)).some(({ length }) => length > 0);

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
