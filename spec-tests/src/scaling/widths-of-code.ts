/** Functions that are large in one way: each row makes a module with one of a given size. */
import {
  ADD,
  BLOCK,
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
  LOOP,
  leb,
  moduleOf,
  name,
  oneFunction,
  section,
  set,
} from './binary.js';
import { functions, MEMORY, type Row, TYPES, times } from './row.js';

/** Rows of families of modules that have one large function. */
export const widthsOfCode: readonly Row[] = [
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
    'ifs in a row, in a loop',
    100_000,
    (n) =>
      oneFunction([
        [...BLOCK, ...LOOP, ...get(1), ...brIf(1)],
        ...times(n, (i) => [
          ...[...get(0), ...i32(i), 0x46, ...IF, ...get(1), ...i32(1), ...ADD, ...set(1), ...END],
        ]),
        [0x0c, 0, ...END, ...END, ...get(1)],
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
