/** What the tables of generated families are made of. */
import { type Bytes, body, I32, leb, moduleOf, name, section } from './binary.js';

/** A family: what grows, a module of size `n`, the greatest size that is taken (the compiler's own limit). */
export interface Family {
  name: string;
  most: number;
  make(n: number): Uint8Array;
}

/** A family as the tables have it: its name, `most`, `make`. */
export type Row = readonly [name: string, most: number, make: (n: number) => Uint8Array];

export const times = <T>(n: number, make: (i: number) => T): T[] =>
  Array.from({ length: n }, (_, i) => make(i));

/** Types: none to none, i32 to i32. */
export const TYPES = section(1, [
  [0x60, 0, 0],
  [0x60, 1, I32, 1, I32],
]);
/** A memory of 1000 pages. */
export const MEMORY = section(5, [[0, ...leb(1000)]]);

/** A module of `n` functions of type 1. */
export const functions = (n: number, code: (i: number) => Bytes[], exported = 0): Uint8Array =>
  moduleOf(
    TYPES,
    section(
      3,
      times(n, () => [1]),
    ),
    section(7, [[...name('f'), 0, ...leb(exported)]]),
    section(
      10,
      times(n, (i) => body([], code(i))),
    ),
  );
