/**
 * Data segments: as literals in the text, or as ranges of one file. Long runs of zeros are neither: they are
 * numbers among the literals. What nothing was written to before needs none written, so the zeros of large
 * tables cost nothing from here to the instance's memory.
 */

import { type DataSegment, InstructionReader, type Module, opcodeId } from '@wasm2js/decoder';
import type { ModuleContext } from '../context.js';
import { base64 } from './base64.js';
import { DataText } from './data-text.js';

/** Bytes of one literal: a multiple of three, so that only the last one of base64 is padded. */
const PIECE = 3 * 65536;

/** So many zeros in a row are a number among the literals; fewer compress as well. */
const LONG = 256;

/** Up to so many zeros behind a segment's bytes are the array's own: it is made before they are copied. */
const TAIL = 4096;

/** Bytes of data from which on the table of `DataText` pays. */
const TEXT_FROM = 400;

/** Where the bytes of segments are found at run time. */
export interface DataStore {
  /** Source of an expression that gives the bytes of a segment. */
  bytes(segment: DataSegment): string[];
  /** Source of a statement that writes an active segment to a memory (its name) at an offset (an expression). */
  write(segment: DataSegment, memory: string, offset: string): string[];
  /** Statements of the module that these need; to be read last. */
  readonly declaration: string;
  /** Contents of the data file, if there is one. */
  file: Uint8Array | undefined;
}

/** Bytes of the module. */
interface Range {
  start: number;
  end: number;
}

/** A segment as runs of its bytes and numbers of zeros, in order; zeros behind the last bytes are left out. */
function runsOf(bytes: Uint8Array, { start, end }: Range): (Range | number)[] {
  while (end > start && bytes[end - 1] === 0) end--;
  const runs: (Range | number)[] = [];
  let from = start;
  for (let at = start; at < end; ) {
    if (bytes[at] !== 0) {
      at++;
      continue;
    }
    const zero = at;
    while (bytes[at] === 0) at++;
    if (at - zero < LONG) continue;
    if (zero > from) runs.push({ start: from, end: zero });
    runs.push(at - zero);
    from = at;
  }
  if (end > from) runs.push({ start: from, end });
  return runs;
}

/** How a segment is stored: in one piece, zeros behind it perhaps left out, or in runs. */
type Layout = { whole: Range } | { runs: (Range | number)[] };

function layouts({ bytes, datas }: Module): Map<DataSegment, Layout> {
  return new Map(
    datas.map((segment): [DataSegment, Layout] => {
      const runs = runsOf(bytes, segment.bytes);
      const { start, end } = segment.bytes;
      const [first = { start, end: start }] = runs;
      const isWhole = runs.length < 2 && typeof first === 'object' && end - first.end < TAIL;
      return [segment, isWhole ? { whole: first } : { runs }];
    }),
  );
}

/** The bytes that are stored, in order. */
const stored = (all: Map<DataSegment, Layout>): Range[] =>
  [...all.values()].flatMap((layout) =>
    'whole' in layout ? [layout.whole] : layout.runs.filter((run) => typeof run === 'object'),
  );

/** How one kind of store writes segments. */
interface Writing {
  /** An array of `size` bytes that begins with these. */
  whole(range: Range, size: number): string[];
  /** Items of a list for some bytes, each with a comma behind it. */
  items(range: Range): string[];
  /** A function that puts such an item into an array of bytes, and gives the place behind it. */
  put(): string;
}

/** What the kinds of stores have in common. */
function makeStore(ctx: ModuleContext, all: Map<DataSegment, Layout>, writing: Writing) {
  const fresh = freshSegments(ctx.module);
  const head = { put: '' };
  const sizeOf = ({ bytes: { start, end } }: DataSegment): number => end - start;
  const scattered = (runs: (Range | number)[]): string[] => {
    if (head.put === '') head.put = `const _put=${writing.put()};\n`;
    const items = runs.flatMap((run) =>
      typeof run === 'number' ? [`${run},`] : writing.items(run),
    );
    return ['_put,[', ...items, ']'];
  };
  const whole = (range: Range, size: number): string[] =>
    size === 0 ? [ctx.helper('_empty')] : writing.whole(range, size);
  return {
    head,
    bytes: (segment: DataSegment): string[] => {
      const layout = all.get(segment)!;
      const size = sizeOf(segment);
      if ('whole' in layout) return whole(layout.whole, size);
      return [`${ctx.helper('_scattered')}(`, ...scattered(layout.runs), `,${size})`];
    },
    write: (segment: DataSegment, memory: string, offset: string): string[] => {
      const layout = all.get(segment)!;
      const size = sizeOf(segment);
      if ('whole' in layout) {
        const bytes = whole(layout.whole, size);
        return [`${ctx.helper('_memory_init')}(${memory}, `, ...bytes, `, ${offset}, 0, ${size});`];
      }
      const call = `${ctx.helper('_memory_scatter')}(${memory},`;
      return [call, ...scattered(layout.runs), `,${offset},${size},${fresh.has(segment)});`];
    },
  };
}

const I32_CONST = opcodeId('i32.const');
const END = opcodeId('end');

/** The active segments in front of which nothing can have been written to where they go. */
function freshSegments(module: Module): Set<DataSegment> {
  const found = new Set<DataSegment>();
  // By memory: the end of what was written, or undefined where that is not known.
  const ends = module.memoryTypes.map((_, i): number | undefined =>
    i < module.importCounts.memory ? undefined : 0,
  );
  const reader = new InstructionReader(module.bytes, 0, 0);
  for (const segment of module.datas) {
    if (segment.mode !== 'active') continue;
    const end = ends[segment.memory];
    if (end === undefined) continue;
    const { start, end: behind } = segment.offsetExpr!;
    reader.reset(start, behind);
    reader.next();
    const offset = reader.op === I32_CONST ? reader.lo >>> 0 : undefined;
    reader.next();
    const known = offset !== undefined && reader.op === END;
    if (known && offset >= end) found.add(segment);
    ends[segment.memory] = known
      ? Math.max(end, offset + segment.bytes.end - segment.bytes.start)
      : undefined;
  }
  return found;
}

/**
 * Segments as literals.
 * @param keep decoded once, for all instances
 */
export function inlineData(ctx: ModuleContext, keep = false): DataStore {
  const { bytes } = ctx.module;
  const all = layouts(ctx.module);
  const ranges = stored(all).map(({ start, end }) => bytes.subarray(start, end));
  const long = ranges.reduce((sum, range) => sum + range.length, 0) >= TEXT_FROM;
  const text = long ? new DataText(ranges) : undefined;
  const encode = (part: Uint8Array): string => text?.encode(part) ?? base64(part);
  const items = ({ start, end }: Range): string[] => {
    const pieces: string[] = [];
    for (let at = start; at < end; at += PIECE)
      pieces.push("'", encode(bytes.subarray(at, Math.min(at + PIECE, end))), "',");
    return pieces;
  };
  const codes =
    text === undefined
      ? ''
      : `const _codes=${ctx.helper('_byte_codes')}('${text.freed}',[${text.taking.join()}]);\n`;
  let kept = 0;
  const store = makeStore(ctx, all, {
    whole: (range, size) => {
      const pieces = items(range);
      const last = pieces.pop()?.slice(0, -1) ?? '';
      const start =
        text === undefined ? `${ctx.helper('_base64')}([` : `${ctx.helper('_text_bytes')}(_codes,[`;
      const bytes = [start, ...pieces, last, `],${size})`];
      if (!keep) return bytes;
      const place = `_kept[${kept++}]`;
      return [`(${place}||(${place}=`, ...bytes, '))'];
    },
    items,
    put: () =>
      text === undefined
        ? `(t,b,i)=>i+${ctx.helper('_decode_base64')}(t,b.subarray(i))`
        : `(t,b,i)=>${ctx.helper('_decode_text')}(_codes,t,b,i)`,
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
  const { module } = ctx;
  const all = layouts(module);
  const ranges = stored(all);
  /** By where bytes begin in the module: where they begin in the file. */
  const offsets = new Map<number, number>();
  let length = 0;
  for (const { start, end } of ranges) {
    offsets.set(start, length);
    length += end - start;
  }
  const range = ({ start, end }: Range): string => {
    const from = offsets.get(start)!;
    return `_file.subarray(${from}, ${from + end - start})`;
  };
  const store = makeStore(ctx, all, {
    whole: (bytes, size) =>
      bytes.end - bytes.start === size
        ? [range(bytes)]
        : [`${ctx.helper('_extended')}(${range(bytes)},${size})`],
    items: (bytes) => [`${range(bytes)},`],
    put: () => '(t,b,i)=>(b.set(t,i),i+t.length)',
  });
  return {
    ...store,
    file: concatenate(module, ranges, length),
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
        `,${offset},0,${size});`,
      ];
    },
    file: undefined,
    declaration: '',
  };
}

/** Are there bytes that a file would hold? */
export const hasData = (module: Module): boolean =>
  stored(layouts(module)).some(({ start, end }) => end > start);

function concatenate(module: Module, ranges: readonly Range[], length: number): Uint8Array {
  const file = new Uint8Array(length);
  let at = 0;
  for (const { start, end } of ranges) {
    file.set(module.bytes.subarray(start, end), at);
    at += end - start;
  }
  return file;
}
