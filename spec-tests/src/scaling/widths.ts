/**
 * Modules that are large in one way: many of something, or much in one function. Each family makes a module of
 * a given size; what else is in it stays the same.
 */
import {
  ADD,
  BLOCK,
  type Bytes,
  body,
  brIf,
  call,
  DROP,
  ELSE,
  END,
  F64,
  get,
  I32,
  I64,
  IF,
  i32,
  join,
  LOOP,
  leb,
  moduleOf,
  name,
  oneFunction,
  section,
  set,
  sleb,
} from './binary.js';

const times = <T>(n: number, make: (i: number) => T): T[] =>
  Array.from({ length: n }, (_, i) => make(i));

/** Types: none to none, i32 to i32. */
const TYPES = section(1, [
  [0x60, 0, 0],
  [0x60, 1, I32, 1, I32],
]);
const NOTHING = body([], []);
const MEMORY = section(5, [[0, ...leb(1000)]]);
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

/** A module of `n` functions of type 1. */
const functions = (n: number, code: (i: number) => Bytes[], exported = 0): Uint8Array =>
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

/** A family: what grows, a module of size `n`, the greatest size that is taken (the compiler's own limit). */
export interface Family {
  name: string;
  most: number;
  make(n: number): Uint8Array;
}

const WIDTHS: readonly [name: string, most: number, make: (n: number) => Uint8Array][] = [
  // One function.
  [
    'assignments of one local',
    1_000_000,
    (n) =>
      oneFunction([
        ...times(n, (i) => [...get(1), ...get(0), ...ADD, ...i32(i & 63), ...ADD, ...set(1)]),
        get(1),
      ]),
  ],
  [
    'locals, each assigned and read once',
    50_000,
    (n) =>
      oneFunction(
        [
          ...times(n, (i) => [...get(0), ...i32(i & 63), ...ADD, ...set(2 + i)]),
          get(1),
          ...times(n, (i) => [...get(2 + i), ...ADD]),
        ],
        [[n, I32]],
      ),
  ],
  [
    'locals that live across branches',
    50_000,
    (n) =>
      oneFunction(
        [
          ...times(n, (i) => [...get(0), ...i32(i & 63), ...ADD, ...set(2 + i)]),
          ...times(n, (i) => [
            ...[...get(2 + ((i * 7) % n)), ...IF, ...get(2 + i), ...set(2 + ((i + 1) % n))],
            ...[...ELSE, ...get(1), ...i32(1), ...ADD, ...set(1), ...END],
          ]),
          get(1),
        ],
        [[n, I32]],
      ),
  ],
  [
    'locals of 64 bits, in a loop',
    50_000,
    (n) =>
      oneFunction(
        [
          LOOP,
          ...times(n, (i) => [
            ...[...get(2 + i), 0x42, 1, 0x7c, ...get(2 + ((i * 5) % n)), 0x85, ...set(2 + i)],
          ]),
          [...get(0), ...i32(-1), ...ADD, 0x22, 0, ...brIf(0), ...END, ...get(1)],
        ],
        [[n, I64]],
      ),
  ],
  [
    'locals of f64, copied in circles',
    50_000,
    (n) =>
      oneFunction(
        [
          ...times(n, (i) => [...get(2 + ((i + 1) % n)), ...set(2 + i)]),
          [...get(2), 0x44, 0, 0, 0, 0, 0, 0, 0, 0, 0x61],
        ],
        [[n, F64]],
      ),
  ],
  [
    'locals of f64, copied from the last to the first',
    50_000,
    (n) =>
      oneFunction(
        [
          [...get(0), 0xb7, ...set(2)],
          [0x20, ...leb(n), 0xbd, 0xbf, ...set(1 + n)],
          ...times(n - 1, (i) => [...get(1 + n - i), ...set(n - i)]),
          [...get(2), 0xbd, 0xa7],
        ],
        [[n, F64]],
      ),
  ],
  [
    'copies of locals',
    50_000,
    (n) =>
      oneFunction(
        [
          ...times(n, (i) => [...(i < 2 ? get(i) : get(i)), ...set(2 + i)]),
          ...times(n, (i) => [...get(n + 1 - i), ...set(2 + i)]),
          get(1),
          ...times(n, (i) => [...get(2 + i), ...ADD]),
        ],
        [[n, I32]],
      ),
  ],
  [
    'height of the operand stack',
    1_000_000,
    (n) =>
      oneFunction([
        get(0),
        ...times(n, (i) => [...get(1), ...i32(i), ...ADD]),
        ...times(n, () => ADD),
      ]),
  ],
  [
    'a chain of additions',
    1_000_000,
    (n) => oneFunction([get(0), ...times(n, () => [...get(1), ...ADD])]),
  ],
  [
    'calls, each the argument of the next',
    500_000,
    (n) => functions(1, () => [get(0), ...times(n, () => call(0))]),
  ],
  [
    'loads and stores',
    300_000,
    (n) =>
      moduleOf(
        TYPES,
        section(3, [[1]]),
        MEMORY,
        section(7, [[...name('f'), 0, 0]]),
        section(10, [
          body(
            [],
            [
              ...times(n, (i) => [
                ...[...get(0), ...get(0), 0x28, 2, ...leb(4 * i), ...get(0), ...ADD],
                ...[0x36, 2, ...leb(4 * i + 4)],
              ]),
              get(0),
            ],
          ),
        ]),
      ),
  ],
  [
    'blocks in a row',
    300_000,
    (n) =>
      oneFunction([
        ...times(n, (i) => [
          ...[...BLOCK, ...get(0), ...i32(i), 0x46, ...brIf(0)],
          ...[...get(1), ...i32(1), ...ADD, ...set(1), ...END],
        ]),
        get(1),
      ]),
  ],
  [
    'ifs in a row, with values',
    300_000,
    (n) =>
      oneFunction([
        get(0),
        ...times(n, (i) => [
          ...[...get(1), 0x04, I32, ...i32(i), ...ELSE, ...get(1), ...END, ...ADD],
        ]),
      ]),
  ],
  [
    'loops in a row',
    200_000,
    (n) =>
      oneFunction([
        ...times(n, () => [
          ...[...LOOP, ...get(1), ...i32(-1), ...ADD, 0x22, 1, ...i32(0), 0x4a, ...brIf(0), ...END],
        ]),
        get(1),
      ]),
  ],
  [
    'branches out of one block',
    300_000,
    (n) =>
      oneFunction([
        BLOCK,
        ...times(n, (i) => [
          ...[...get(0), ...i32(i), 0x46, ...brIf(0), ...get(1), ...i32(1), ...ADD, ...set(1)],
        ]),
        [...END, ...get(1)],
      ]),
  ],
  [
    'switches in a row',
    50_000,
    (n) =>
      oneFunction([
        ...times(n, () => [
          ...[...BLOCK, ...BLOCK, ...BLOCK, ...get(0), 0x0e, 2, 0, 1, 2, ...END],
          ...[...get(1), ...i32(1), ...ADD, ...set(1), 0x0c, 1, ...END],
          ...[...get(1), ...i32(2), ...ADD, ...set(1), ...END],
        ]),
        get(1),
      ]),
  ],
  // Many of something.
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
  [
    'groups of locals',
    50_000,
    (n) =>
      oneFunction(
        [get(0)],
        times(n, (i) => [1, i % 2 ? I32 : I64] as const),
      ),
  ],
  [
    'ways that constant conditions choose',
    100_000,
    (n) =>
      oneFunction([
        ...times(n, (i) => [
          ...i32(i % 2),
          ...IF,
          ...get(1),
          ...i32(i & 63),
          ...ADD,
          ...set(1),
          ...END,
        ]),
        get(1),
      ]),
  ],
  [
    'selects, each the condition of the next',
    50_000,
    (n) =>
      oneFunction([...times(n, (i) => [...i32(i & 63), ...get(0)]), get(1), times(n, () => 0x1b)]),
  ],
  [
    'values without a use',
    500_000,
    (n) => oneFunction([...times(n, (i) => [...get(0), ...i32(i), ...ADD, ...DROP]), get(1)]),
  ],
];

/** All families of this kind. */
export const widths: readonly Family[] = WIDTHS.map(([title, most, make]) => ({
  name: title,
  most,
  make,
}));
