/**
 * Modules that are large in one way: many of something, or much in one function (`widths-of-code.ts`). Each family
 * makes a module of a given size; what else is in it stays the same.
 */
import {
  ADD,
  type Bytes,
  body,
  call,
  END,
  F64,
  get,
  I32,
  I64,
  i32,
  join,
  leb,
  moduleOf,
  name,
  section,
  sleb,
} from './binary.js';
import { type Family, functions, MEMORY, type Row, TYPES, times } from './row.js';
import { widthsOfCode } from './widths-of-code.js';

const NOTHING = body([], []);
const TABLE = (size: number): Bytes[] => section(4, [[0x70, 0, ...leb(size)]]);
const active = (offset: number): number[] => [0, ...i32(offset), ...END];

/** Bytes that repeat at no short distance. */
function random(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = 1;
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

function mostlyZero(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 5; i < size; i += 4096) bytes[i] = 1 + (i % 255);
  return bytes;
}

const oneSegment = (bytes: Uint8Array): Uint8Array =>
  moduleOf(MEMORY, section(11, [join([active(0), leb(bytes.length), bytes])]));

const ROWS: readonly Row[] = [
  ['functions', 1_000_000, (n) => functions(n, (i) => [get(0), i32(i), ADD])],
  [
    'a chain of calls',
    500_000,
    (n) => functions(n, (i) => [get(0), ...(i + 1 < n ? [call(i + 1)] : [])]),
  ],
  [
    'a chain of calls with floats',
    500_000,
    (n) =>
      moduleOf(
        section(1, [[0x60, 1, F64, 1, F64]]),
        section(
          3,
          times(n, () => [0]),
        ),
        section(7, [[...name('f'), 0, 0]]),
        section(
          10,
          times(n, (i) => body([], [get(0), ...(i + 1 < n ? [call(i + 1)] : [])])),
        ),
      ),
  ],
  [
    'exports',
    1_000_000,
    (n) =>
      moduleOf(
        TYPES,
        section(3, [[0]]),
        section(
          7,
          times(n, (i) => [...name(`e${i}`), 0, 0]),
        ),
        section(10, [NOTHING]),
      ),
  ],
  [
    'functions, all exported',
    500_000,
    (n) =>
      moduleOf(
        TYPES,
        section(
          3,
          times(n, () => [0]),
        ),
        section(
          7,
          times(n, (i) => [...name(`e${i}`), 0, ...leb(i)]),
        ),
        section(
          10,
          times(n, () => NOTHING),
        ),
      ),
  ],
  [
    'imports',
    1_000_000,
    (n) =>
      moduleOf(
        TYPES,
        section(
          2,
          times(n, (i) => [...name('m'), ...name(`i${i}`), 0, 0]),
        ),
      ),
  ],
  [
    'imported globals',
    1_000_000,
    (n) =>
      moduleOf(
        section(
          2,
          times(n, (i) => [...name('m'), ...name(`i${i}`), 3, I32, 0]),
        ),
      ),
  ],
  [
    'types, all alike',
    1_000_000,
    (n) =>
      moduleOf(
        section(
          1,
          times(n, () => [0x60, 1, I32, 1, I32]),
        ),
      ),
  ],
  [
    'types, all different',
    300_000,
    (n) =>
      moduleOf(
        section(
          1,
          times(n, (i) => {
            const params = times(20, (k) => ((i >> k) & 1 ? I64 : I32));
            return [0x60, params.length, ...params, 0];
          }),
        ),
      ),
  ],
  [
    'types that refer to the one before',
    300_000,
    (n) =>
      moduleOf(
        section(
          1,
          times(n, (i) => [0x60, ...(i === 0 ? [0] : [1, 0x63, ...sleb(i - 1)]), 0]),
        ),
      ),
  ],
  [
    'a chain of subtypes of depth 60',
    300_000,
    (n) =>
      moduleOf(
        section(
          1,
          times(n, (i) => [0x50, ...(i % 60 === 0 ? [0] : [1, ...leb(i - 1)]), 0x5f, 0]),
        ),
      ),
  ],
  [
    'types in one recursive group',
    300_000,
    (n) => {
      const types = times(n, (i) => [0x5f, 1, 0x63, ...sleb((i + 1) % n), 1]);
      return moduleOf(section(1, [join([[0x4e], leb(n), ...types])]));
    },
  ],
  [
    'recursive groups, all alike',
    200_000,
    (n) =>
      moduleOf(
        section(
          1,
          times(n, (i) => {
            const other = (k: number): number[] => [0x5f, 1, 0x63, ...sleb(2 * i + k), 1];
            return [0x4e, 2, ...other(1), ...other(0)];
          }),
        ),
      ),
  ],
  [
    'types of functions in use',
    100_000,
    (n) =>
      moduleOf(
        section(
          1,
          times(n, (i) => {
            const params = times(20, (k) => ((i >> k) & 1 ? I64 : I32));
            return [0x60, params.length, ...params, 0];
          }),
        ),
        section(
          3,
          times(n, (i) => leb(i)),
        ),
        section(
          7,
          times(n, (i) => [...name(`e${i}`), 0, ...leb(i)]),
        ),
        section(
          10,
          times(n, () => NOTHING),
        ),
      ),
  ],
  [
    'globals',
    1_000_000,
    (n) =>
      moduleOf(
        section(
          6,
          times(n, (i) => [I32, 1, ...i32(i), ...END]),
        ),
      ),
  ],
  [
    'globals of the one before',
    1_000_000,
    (n) =>
      moduleOf(
        section(
          6,
          times(n, (i) => [I32, 0, ...(i === 0 ? i32(7) : [0x23, ...leb(i - 1)]), ...END]),
        ),
        section(7, [[...name('g'), 3, ...leb(n - 1)]]),
      ),
  ],
  [
    'tables',
    100_000,
    (n) =>
      moduleOf(
        section(
          4,
          times(n, () => [0x70, 0, 1]),
        ),
      ),
  ],
  [
    'tags',
    1_000_000,
    (n) =>
      moduleOf(
        TYPES,
        section(
          13,
          times(n, () => [0, 0]),
        ),
      ),
  ],
  [
    'elements of a table',
    1_000_000,
    (n) =>
      moduleOf(
        TYPES,
        section(3, [[0]]),
        TABLE(n),
        section(7, [[...name('t'), 1, 0]]),
        section(9, [join([active(0), leb(n), ...times(n, () => [0])])]),
        section(10, [NOTHING]),
      ),
  ],
  [
    'functions in a table',
    500_000,
    (n) =>
      moduleOf(
        TYPES,
        section(
          3,
          times(n, () => [0]),
        ),
        TABLE(n),
        section(7, [[...name('t'), 1, 0]]),
        section(9, [join([active(0), leb(n), ...times(n, (i) => leb(i))])]),
        section(
          10,
          times(n, () => NOTHING),
        ),
      ),
  ],
  [
    'element segments',
    100_000,
    (n) =>
      moduleOf(
        TYPES,
        section(3, [[0]]),
        TABLE(n),
        section(
          9,
          times(n, (i) => [...active(i), 1, 0]),
        ),
        section(10, [NOTHING]),
      ),
  ],
  [
    'data segments',
    100_000,
    (n) =>
      moduleOf(
        MEMORY,
        section(
          11,
          times(n, (i) => [...active(8 * i), 3, 1, 2, 3]),
        ),
      ),
  ],
  ['bytes of data, any', 30_000_000, (n) => oneSegment(random(n))],
  ['bytes of data, most of them zero', 60_000_000, (n) => oneSegment(mostlyZero(n))],
  [
    'names of functions',
    500_000,
    (n) => {
      const names = join([
        leb(n),
        ...times(n, (i) => [...leb(i), ...name(`some.name.${i % 1000}`)]),
      ]);
      const custom = [...name('name'), 1, ...leb(names.length)];
      return join([
        functions(n, () => [get(0)]),
        [0],
        leb(custom.length + names.length),
        custom,
        names,
      ]);
    },
  ],
];

/** All families of this kind. */
export const widths: readonly Family[] = [...widthsOfCode, ...ROWS].map(([title, most, make]) => ({
  name: title,
  most,
  make,
}));
