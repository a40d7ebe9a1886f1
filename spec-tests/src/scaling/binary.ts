/** Writes modules of the generated families: pieces of bytes, joined once, so that large ones are made in linear time. */

export type Bytes = readonly number[] | Uint8Array;

/** An unsigned LEB128. */
export function leb(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
  bytes.push(value);
  return bytes;
}

/** A signed LEB128 of a 32-bit integer. */
export function sleb(value: number): number[] {
  const bytes: number[] = [];
  for (; value < -64 || value > 63; value >>= 7) bytes.push((value & 0x7f) | 0x80);
  bytes.push(value & 0x7f);
  return bytes;
}

/** A name: its length and its characters, all of ASCII. */
export const name = (text: string): number[] => [
  ...leb(text.length),
  ...[...text].map((c) => c.charCodeAt(0)),
];

/** All pieces in a row. */
export function join(pieces: readonly Bytes[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Pieces with their size in front: a body, say. */
export function sized(pieces: readonly Bytes[]): Bytes[] {
  return [leb(pieces.reduce((sum, piece) => sum + piece.length, 0)), ...pieces];
}

/** A section of these items. */
export const section = (id: number, items: readonly Bytes[], count = items.length): Bytes[] => [
  [id],
  ...sized([leb(count), ...items]),
];

/** A module of sections. */
export const moduleOf = (...sections: readonly Bytes[][]): Uint8Array =>
  join([[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0], ...sections.flat()]);

/** The bytes of value types. */
export const I32 = 0x7f;
export const I64 = 0x7e;
export const F64 = 0x7c;

/** Instructions. */
export const get = (index: number): number[] => [0x20, ...leb(index)];
export const set = (index: number): number[] => [0x21, ...leb(index)];
export const i32 = (value: number): number[] => [0x41, ...sleb(value)];
export const br = (depth: number): number[] => [0x0c, ...leb(depth)];
export const brIf = (depth: number): number[] => [0x0d, ...leb(depth)];
export const call = (index: number): number[] => [0x10, ...leb(index)];
export const BLOCK = [0x02, 0x40];
export const LOOP = [0x03, 0x40];
export const IF = [0x04, 0x40];
export const ELSE = [0x05];
export const END = [0x0b];
export const DROP = [0x1a];
export const ADD = [0x6a];
export const EQ = [0x46];
export const LT = [0x48];
export const GT = [0x4a];
export const GT_U = [0x4b];

/** The body of a function: groups of locals (number, type), instructions without the last `end`. */
export const body = (
  locals: readonly (readonly [number, number])[],
  code: readonly Bytes[],
): Uint8Array =>
  join(
    sized([leb(locals.length), ...locals.flatMap(([n, type]) => [leb(n), [type]]), ...code, END]),
  );

/** A module of one function, `f`: two i32 to one. Where asked for, there is a tag of one i32. */
export const oneFunction = (
  code: readonly Bytes[],
  locals: readonly (readonly [number, number])[] = [],
  tag = false,
): Uint8Array =>
  moduleOf(
    section(1, [
      [0x60, 2, I32, I32, 1, I32],
      [0x60, 1, I32, 0],
    ]),
    section(3, [[0]]),
    tag ? section(13, [[0, 1]]) : [],
    section(7, [[...name('f'), 0, 0]]),
    section(10, [body(locals, code)]),
  );
