/**
 * Functions of two i32 to one that nest as deep as is asked: what compilers make of long `switch`es and else-if
 * chains, and what only a generator makes. Each reads its first parameter to choose a way, counts in its second.
 */
import {
  ADD,
  BLOCK,
  type Bytes,
  br,
  brIf,
  ELSE,
  END,
  EQ,
  GT,
  GT_U,
  get,
  I32,
  IF,
  i32,
  LOOP,
  LT,
  leb,
  oneFunction,
  set,
} from './binary.js';

const count = (by: number): number[] => [...get(1), ...i32(by), ...ADD, ...set(1)];
const is = (value: number): number[] => [...get(0), ...i32(value), ...EQ];
const times = <T>(n: number, make: (i: number) => T): T[] =>
  Array.from({ length: n }, (_, i) => make(i));

/** A table of `n` targets and the default; `target` gives their depths. */
const table = (n: number, target: (i: number) => number = (i) => i): Bytes[] => [
  [...get(0), 0x0e, ...leb(n)],
  ...times(n + 1, (i) => leb(target(i))),
];

/** `n + 1` blocks around a table, code behind each that may leave the nest. */
const arms = (n: number, choice: readonly Bytes[], leave: (i: number) => number[]): Bytes[] => [
  ...times(n + 1, () => BLOCK),
  ...choice,
  ...times(n, (i) => [...END, ...count(i % 9), ...leave(i)]),
  END,
  get(1),
];

/** By name: the code of a nest of depth `n`. */
const NESTS: Readonly<Record<string, (n: number) => Bytes[]>> = {
  'blocks, all left from the innermost': (n) => [
    ...times(n, () => BLOCK),
    ...times(n, (i) => [...is(i), ...brIf(i)]),
    ...times(n, (i) => [...END, ...count(i % 7)]),
    get(1),
  ],
  'blocks that nothing leaves': (n) => [
    ...times(n, () => [...BLOCK, ...count(1)]),
    ...times(n, () => END),
    get(1),
  ],
  'ifs, code behind each': (n) => [
    ...times(n, (i) => [...get(0), ...i32(i), ...GT_U, ...IF, ...count(1)]),
    ...times(n, () => [...END, ...count(3)]),
    get(1),
  ],
  'ifs, nothing behind': (n) => [
    ...times(n, (i) => [...get(0), ...i32(i), ...GT_U, ...IF, ...count(1)]),
    ...times(n, () => END),
    get(1),
  ],
  'else if': (n) => [
    ...times(n, (i) => [...is(i), ...IF, ...count(i), ...ELSE]),
    ...times(n, () => END),
    get(1),
  ],
  'else if, with values': (n) => [
    ...times(n, (i) => [...is(i), 0x04, I32, ...i32(i * 3), ...ELSE]),
    get(1),
    ...times(n, () => END),
  ],
  'ifs in the first arms': (n) => [
    ...times(n, (i) => [...get(0), ...i32(i), 0x47, ...IF]),
    count(5),
    ...times(n, (i) => [...ELSE, ...count(i), ...END]),
    get(1),
  ],
  loops: (n) => [
    ...times(n, () => [...LOOP, ...count(1)]),
    ...times(n, (i) => [
      ...[...get(1), ...i32(n * 2 + i), ...LT, ...brIf(0), ...END],
      ...count(i % 5),
    ]),
    get(1),
  ],
  'loops in blocks': (n) => [
    ...times(n, () => [...BLOCK, ...LOOP]),
    ...times(n, (i) => [
      ...[...is(i), ...brIf(1), ...count(1)],
      ...[...get(1), ...i32(n + i), ...LT, ...brIf(0), ...END, ...END],
    ]),
    get(1),
  ],
  'all kinds in turn': (n) => {
    const opened: Bytes[] = times(n, (i) => {
      if (i % 4 === 0) return [...BLOCK, ...count(1), ...is(i), ...brIf(0)];
      if (i % 4 === 1) return [...LOOP, ...count(2)];
      if (i % 4 === 2) return [...get(1), ...i32(i * 3), ...GT, ...IF, ...count(1)];
      return [...get(1), ...i32(1), 0x71, ...IF, ...count(1), ...ELSE, ...count(2)];
    });
    const closed = times(n, (i) => {
      const again = [...get(1), ...i32(i * 2), ...LT, ...brIf(0)];
      return [...(i % 4 === 1 ? again : []), ...END, ...count(1)];
    });
    return [...opened, ...closed.reverse(), get(1)];
  },
  'a switch whose arms fall through or leave': (n) =>
    arms(n, table(n), (i) => (i % 3 === 0 ? br(n - 1 - i) : [])),
  'a switch with targets in any order': (n) =>
    arms(
      n,
      table(n, (i) => (i * 7) % (n + 1)),
      () => [],
    ),
  'a switch with one arm and many indices': (n) => [
    ...[BLOCK, BLOCK, BLOCK],
    ...table(n, (i) => (i === 5 ? 0 : i === n >> 1 ? 1 : 2)),
    ...[END, count(5), END, count(7), END, get(1)],
  ],
  'a switch with code between the starts of its blocks': (n) => [
    ...times(n + 1, (i) => (i % 10 === 3 ? [...BLOCK, ...count(1)] : BLOCK)),
    ...arms(n, table(n), (i) => (i % 3 === 0 ? br(n - 1 - i) : [])).slice(n + 1),
  ],
  'a switch whose arms go to others': (n) =>
    arms(
      n,
      table(n, (i) => (i * 7) % (n + 1)),
      (i) => [...[...get(0), ...i32(3), 0x70, ...brIf((n - 1 - i) >> 1)]],
    ),
  'a switch with values': (n) => [
    ...times(n + 1, () => [0x02, I32]),
    get(1),
    ...table(n),
    ...times(n, (i) => [...END, ...i32(i % 9), ...ADD, ...(i % 3 === 0 ? br(n - 1 - i) : [])]),
    END,
  ],
  'a switch in a loop, some arms of which go on': (n) => [
    ...[BLOCK, LOOP, ...times(n, () => BLOCK)],
    [...count(1), ...get(1), ...i32(999), ...GT, ...brIf(n + 1)],
    [...get(0), ...get(1), ...ADD, ...i32(n), 0x70, 0x0e, ...leb(n)],
    ...times(n + 1, (i) => leb(i % 5 === 4 ? n : Math.min(i, n - 1))),
    ...times(n, (i) => [...END, ...count(1 + (i % 4)), ...(i % 6 === 0 ? br(n - 1 - i) : [])]),
    ...[END, END, get(1)],
  ],
};

const TRY = [0x06, 0x40];
const CATCH = [0x07, 0];
const CATCH_ALL = [0x19];
const delegate = (depth: number): number[] => [0x18, ...leb(depth)];
const throwIf = (value: number): number[] => [...is(value), ...IF, ...get(1), 0x08, 0, ...END];
/** What a handler adds from the payload. */
const caught = [...get(1), ...ADD, ...set(1)];

/** By name: nests with handlers, the outermost of which takes everything. */
const TRIES: Readonly<Record<string, (n: number) => Bytes[]>> = {
  'tries that delegate to the one half as deep': (n) => [
    [...TRY, ...TRY],
    ...times(n, (i) => [...(i % 3 === 0 ? BLOCK : TRY), ...count(i % 7), ...throwIf(i)]),
    ...times(n, (k) => {
      const i = n - 1 - k;
      if (i % 3 === 0) return [...END, ...count(1)];
      if (i % 3 === 1) return [...delegate(i - (i >> 1)), ...count(2)];
      return [...CATCH, ...caught, ...throwIf(i + 1), ...END, ...count(3)];
    }),
    [...CATCH, ...caught, ...END, ...CATCH_ALL, ...count(5), ...END, ...get(1)],
  ],
  'tries, each of which delegates to the outermost': (n) => [
    TRY,
    ...times(n, (i) => [0x06, I32, ...throwIf(i)]),
    get(1),
    ...times(n, (k) => [...delegate(n - 1 - k), ...i32(k), ...ADD]),
    [...set(1), ...CATCH, ...caught, ...END, ...get(1)],
  ],
  'tries in the handlers of others, with values': (n) => [
    ...times(n, (i) => [0x06, I32, ...throwIf(i), ...count(1), ...get(1), ...CATCH, ...caught]),
    [...i32(7)],
    ...times(n, () => END),
  ],
  'tries with values, a switch inside': (n) => [
    ...times(n, (i) => [...(i % 2 ? [0x02, I32] : [0x06, I32]), ...throwIf(i)]),
    get(1),
    ...table(n),
    ...times(n, (k) =>
      (n - 1 - k) % 2 ? [...END, ...i32(3), ...ADD] : [...CATCH, ...get(0), ...ADD, ...END],
    ),
  ],
};

/** Names of the nests. */
export const nestNames: readonly string[] = [...Object.keys(NESTS), ...Object.keys(TRIES)];

/**
 * A module with a function `f` (i32, i32) → i32 whose blocks nest `depth` deep.
 * @param nest one of `nestNames`
 */
export const nest = (nest: string, depth: number): Uint8Array => {
  const plain = NESTS[nest];
  return plain ? oneFunction(plain(depth)) : oneFunction(TRIES[nest]!(depth), [], true);
};
