/**
 * Writes source maps (ECMA-426, version 3) of compiled text: gets the marks of the code generator and places, gives
 * JSON in pieces. Written one segment after the other: maps of large programs have millions.
 */
import { InstructionReader, type Module } from '@wasm2js/decoder';
import { lastUpTo } from './dwarf-lines.js';
import { Numbering } from './numbering.js';
import type { Places } from './places.js';

/** What marks are made of; see `@wasm2js/codegen`. */
export interface MarkFormat {
  /** Numbers of a mark: line, column, and where it comes from. */
  size: number;
  /** Comes from nowhere. */
  nowhere: number;
  /** The index of the function whose head a mark below `nowhere` is of. */
  functionOf(mark: number): number;
}

/** What a map is made of. */
export interface MapInput {
  module: Module;
  marks: Int32Array;
  format: MarkFormat;
  places: Places;
  /** Name of the file that it is the map of. */
  file: string;
  /** Gives texts of sources that the places do not have, by index, for those that the map names. */
  contents?: ((sources: readonly number[]) => readonly (string | undefined)[]) | undefined;
}

/** Sizes of a map. */
export interface MapResult {
  /** The JSON text in pieces. */
  chunks: string[];
  segments: number;
}

const DIGITS = Uint8Array.from(
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
  (digit) => digit.charCodeAt(0),
);
const SEMICOLON = 59;
const COMMA = 44;
/** Bytes after which mappings are handed over. */
const PIECE = 1 << 20;
/** Bytes that a segment takes at most: five numbers of seven digits, and a comma. */
const SEGMENT = 36;

const DECODER = new TextDecoder('latin1');

/** Encodes `mappings`: every number as its difference to the one before. */
class Encoder {
  readonly chunks: string[] = [];
  private bytes = new Uint8Array(PIECE);
  private used = 0;
  private line = 0;
  private column = 0;
  private source = 0;
  private sourceLine = 0;
  private sourceColumn = 0;
  private name = 0;
  private first = true;
  segments = 0;

  /** Begins a segment at a place of the text. */
  private begin(line: number, column: number): void {
    for (; this.line < line; this.line++) {
      this.byte(SEMICOLON);
      this.column = 0;
      this.first = true;
    }
    if (this.used + SEGMENT > this.bytes.length) this.cut();
    if (!this.first) this.byte(COMMA);
    this.first = false;
    this.vlq(column - this.column);
    this.column = column;
    this.segments++;
  }

  nowhere(line: number, column: number): void {
    this.begin(line, column);
  }

  /**
   * @param source index in the map
   * @param name index, or -1
   */
  place(
    line: number,
    column: number,
    source: number,
    { line: sourceLine, column: sourceColumn }: Places,
    name: number,
  ): void {
    this.begin(line, column);
    this.vlq(source - this.source);
    this.vlq(sourceLine - this.sourceLine);
    this.vlq(sourceColumn - this.sourceColumn);
    this.source = source;
    this.sourceLine = sourceLine;
    this.sourceColumn = sourceColumn;
    if (name < 0) return;
    this.vlq(name - this.name);
    this.name = name;
  }

  private vlq(value: number): void {
    let rest = value < 0 ? (-value << 1) | 1 : value << 1;
    do {
      const digit = rest & 31;
      rest >>>= 5;
      this.bytes[this.used++] = DIGITS[rest > 0 ? digit | 32 : digit]!;
    } while (rest > 0);
  }

  private byte(code: number): void {
    if (this.used === this.bytes.length) this.cut();
    this.bytes[this.used++] = code;
  }

  private cut(): void {
    this.chunks.push(DECODER.decode(this.bytes.subarray(0, this.used)));
    this.used = 0;
  }

  /** @param feed an empty line at the end: Node 20 takes a last segment without a source for one with */
  end(feed: boolean): string[] {
    if (feed) this.byte(SEMICOLON);
    this.cut();
    return this.chunks;
  }
}

/**
 * Makes a source map.
 * @returns its JSON text; the same for the same input
 */
export function sourceMap({ module, marks, format, places, file, contents }: MapInput): MapResult {
  const encoder = new Encoder();
  const names = new Numbering<string>();
  const sources = new Numbering<number>();
  const nameIndex = (name: string | undefined): number =>
    name === undefined ? -1 : names.of(name);
  const last = { line: -1, mapped: false, source: -1, sourceLine: -1, sourceColumn: -1, name: -1 };
  const { funcs, importCounts } = module;
  const nameOf = (defined: number): string =>
    functionName(module, importCounts.func + defined, places.functionName(funcs[defined]!));
  /** The function whose text it is, among those that are defined. */
  let own = 0;
  for (let i = 0; i < marks.length; i += format.size) {
    const line = marks[i]!;
    const column = marks[i + 1]!;
    let at = marks[i + 2]!;
    let name = -1;
    if (at < format.nowhere) {
      const index = format.functionOf(at);
      own = index - importCounts.func;
      at = funcs[own]!.body.start;
      name = nameIndex(nameOf(own));
    }
    const from = at < 0 ? own : functionOf(module, at, own);
    if (at === format.nowhere || !places.find(at, funcs[from]!)) {
      if (last.mapped) encoder.nowhere(line, column);
      last.mapped = false;
      last.line = line;
      continue;
    }
    if (name < 0) name = nameIndex(places.name ?? (from === own ? undefined : nameOf(from)));
    const known =
      last.mapped &&
      last.line === line &&
      last.source === places.source &&
      last.sourceLine === places.line &&
      last.sourceColumn === places.column &&
      last.name === name;
    if (known) continue;
    encoder.place(line, column, sources.of(places.source), places, name);
    last.line = line;
    last.mapped = true;
    last.source = places.source;
    last.sourceLine = places.line;
    last.sourceColumn = places.column;
    last.name = name;
  }
  const mappings = encoder.end(true);
  const texts = places.contents ?? contents?.(sources.all);
  const paths = sources.all.map((source) => places.sources[source]);
  const chunks = [
    `{"version":3,"file":${JSON.stringify(file)},"sources":${JSON.stringify(paths)},`,
    ...(texts === undefined ? [] : contentsJson(sources.all.map((source) => texts[source]))),
    `"names":${JSON.stringify(names.all)},"mappings":"`,
    ...mappings,
    '"}\n',
  ];
  return { chunks, segments: encoder.segments };
}

/** The function that an instruction is in: `likely`, unless the code generator has put another one into that. */
function functionOf({ funcs }: Module, offset: number, likely: number): number {
  const { body } = funcs[likely]!;
  if (offset >= body.start && offset < body.end) return likely;
  return Math.max(
    0,
    lastUpTo(funcs.length, (i) => funcs[i]!.offset, offset),
  );
}

/** What a function is called: by the name section, unless its name is mangled there. */
function functionName(module: Module, index: number, known: string | undefined): string {
  const given = module.names?.funcs.get(index);
  if (given === undefined || /^_(?:ZN?|R)/.test(given)) return known ?? given ?? `func ${index}`;
  return given;
}

/**
 * A module's places as the source map of the module itself: line 1, columns are offsets. It is what tools take that
 * rewrite modules.
 * @param places of the module; what they call sources is what the map does
 * @returns its JSON text
 */
export function moduleMap(module: Module, places: Places): string {
  const encoder = new Encoder();
  const names = new Numbering<string>();
  const last = { mapped: false, source: -1, line: -1, column: -1, name: -1 };
  for (const func of module.funcs) {
    const reader = new InstructionReader(module.bytes, func.body.start, func.body.end);
    while (reader.next()) {
      if (!places.find(reader.offset, func)) {
        if (last.mapped) encoder.nowhere(0, reader.offset);
        last.mapped = false;
        continue;
      }
      const { source, line, column } = places;
      const name = places.name === undefined ? -1 : names.of(places.name);
      const known =
        last.mapped &&
        last.source === source &&
        last.line === line &&
        last.column === column &&
        last.name === name;
      if (known) continue;
      encoder.place(0, reader.offset, source, places, name);
      Object.assign(last, { mapped: true, source, line, column, name });
    }
  }
  const head = { version: 3, sources: places.sources, names: names.all };
  return `${JSON.stringify(head).slice(0, -1)},"mappings":"${encoder.end(false).join('')}"}`;
}

/** The texts of sources as JSON, in pieces. */
function contentsJson(texts: NonNullable<Places['contents']>): string[] {
  const chunks = ['"sourcesContent":['];
  texts.forEach((text, i) => {
    if (i > 0) chunks.push(',');
    if (text === undefined) chunks.push('null');
    else if (typeof text === 'string') chunks.push(JSON.stringify(text));
    else {
      chunks.push('"');
      for (const piece of text) chunks.push(JSON.stringify(piece).slice(1, -1));
      chunks.push('"');
    }
  });
  chunks.push('],');
  return chunks;
}
