/**
 * What instructions on lanes of 8 and 16 bits calculate, in both ways: several lanes at a time within a word
 * (`swar.ts`), or each lane as a number (`lane-numbers.ts`). While a function is built an operation on words is one
 * node (`Op.Lane`); `passes/lane-forms.ts` then chooses.
 */
import {
  add,
  and,
  binary,
  constant,
  eqz,
  maskOf,
  mul,
  or,
  select,
  shl,
  shrS,
  shrU,
  sub,
  xor,
} from './int.js';
import { helper, I, Node, nameNode, Op, R, setList } from './ir.js';
import { laneBounds } from './lane-bounds.js';
import {
  clampLane,
  type Keeper,
  type LaneNumber,
  laneNumber,
  signedLane,
  unsignedLane,
} from './lane-numbers.js';
import {
  absLanes,
  addBytePairs,
  addLanes,
  areBytes,
  averageLanes,
  BYTES,
  type Compare,
  clampHalves,
  compareLanes,
  conditionOf,
  countBytes,
  extreme,
  HALVES,
  halves,
  type Lanes,
  maskBits,
  mulHalves,
  packHalves,
  saturating,
  shiftLanes,
  signBits,
  someZero,
  spread,
  subLanes,
  widenBytes,
  withLane,
} from './swar.js';

/** What operations are given to calculate with. */
export interface LaneAccess extends Keeper {
  /** An operand as a word. */
  word(node: Node): Node;
  /** Lane `i` of an operand. */
  lane(node: Node, bits: 8 | 16, i: number): LaneNumber;
  /** Asks for a support helper. */
  helper(name: string): string;
  /** The table by which two of 16 bytes are looked up at a time. */
  nibbleTable(words: readonly number[]): string;
  /** The words of moved bytes (`bytes`). */
  moved(node: Node): Node;
}

export interface LaneOperation {
  /** So many operations are calculated for a word of bytes, about, if it is done byte by byte. */
  readonly effort?: number;
  /** The lanes of the result; 32: it is a word. */
  readonly bits: 8 | 16 | 32;
  /** The word of the result. */
  packed(g: LaneAccess, node: Node): Node;
  /** Lane `i` of it as a number. */
  lane?(g: LaneAccess, node: Node, i: number): LaneNumber;
}

const OPERATIONS = new Map<string, LaneOperation>();

/** The operation of a node. */
export const laneOperation = (node: Node): LaneOperation => OPERATIONS.get(node.name)!;

/** An operation on words, which are atoms; `n` is a constant operand. */
export function laneNode(name: string, words: Node[], n = 0): Node {
  const fx = words.reduce((all, word) => all | word.fx, 0);
  const node = new Node(Op.Lane, I, fx, null, null, null, n);
  node.name = name;
  setList(node, words);
  return node;
}

type Combine = (bits: 8 | 16, keeper: Keeper, ...lanes: LaneNumber[]) => LaneNumber;

/** An operation of bytes and halves that is done lane by lane. */
function elementwise(
  name: string,
  packed: (lanes: Lanes, keep: (node: Node) => Node, ...words: Node[]) => Node,
  combine: Combine,
  effort: number,
  widths: readonly Lanes[] = [BYTES, HALVES],
): void {
  for (const lanes of widths)
    OPERATIONS.set(`i${lanes.bits}x${128 / lanes.bits}.${name}`, {
      bits: lanes.bits,
      effort,
      packed: (g, { list }) => packed(lanes, g.keep, ...list!.map((word) => g.word(word))),
      lane: (g, { list }, i) =>
        combine(lanes.bits, g, ...list!.map((word) => g.lane(word, lanes.bits, i))),
    });
}

const keepLane = (keeper: Keeper, x: LaneNumber): LaneNumber => ({
  ...x,
  node: keeper.keep(x.node),
});

// Arithmetic.

const sum = (a: LaneNumber, b: LaneNumber): LaneNumber =>
  laneNumber(add(a.node, b.node), a.low + b.low, a.high + b.high);
const difference = (a: LaneNumber, b: LaneNumber): LaneNumber =>
  laneNumber(sub(a.node, b.node), a.low - b.high, a.high - b.low);
function product(a: LaneNumber, b: LaneNumber): LaneNumber {
  const corners = [a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high];
  return laneNumber(mul(a.node, b.node), Math.min(...corners), Math.max(...corners));
}
const plus = (a: LaneNumber, n: number): LaneNumber => sum(a, laneNumber(constant(n), n, n));

elementwise(
  'add',
  (lanes, keep, a, b) => addLanes(lanes, a!, b!, keep),
  (_, _keeper, a, b) => sum(a!, b!),
  5,
);
elementwise(
  'sub',
  (lanes, keep, a, b) => subLanes(lanes, a!, b!, keep),
  (_, _keeper, a, b) => difference(a!, b!),
  5,
);
elementwise(
  'neg',
  (lanes, keep, a) => subLanes(lanes, constant(0), a!, keep),
  (_, _keeper, a) => difference(laneNumber(constant(0), 0, 0), a!),
  5,
);
elementwise(
  'mul',
  (_, _keep, a, b) => mulHalves(a!, b!),
  (_, _keeper, a, b) => product(a!, b!),
  7,
  [HALVES],
);
elementwise(
  'abs',
  (lanes, keep, a) => absLanes(lanes, a!, keep),
  (bits, keeper, a) => {
    const x = keepLane(keeper, signedLane(a!, bits));
    const sign = keeper.keep(shrS(x.node, constant(31)));
    return laneNumber(sub(xor(x.node, sign), sign), 0, 2 ** (bits - 1));
  },
  6,
);
elementwise(
  'avgr_u',
  (lanes, _keep, a, b) => averageLanes(lanes, a!, b!),
  (bits, _keeper, a, b) => {
    const all = plus(sum(unsignedLane(a!, bits), unsignedLane(b!, bits)), 1);
    return laneNumber(shrU(all.node, constant(1)), all.low >> 1, all.high >> 1);
  },
  5,
);
for (const signed of [true, false])
  for (const isSum of [true, false])
    elementwise(
      `${isSum ? 'add' : 'sub'}_sat_${signed ? 's' : 'u'}`,
      (lanes, keep, a, b) => saturating(lanes, isSum, signed, a!, b!, keep),
      (bits, keeper, a, b) => {
        const exact = signed ? signedLane : unsignedLane;
        const [x, y] = [exact(a!, bits), exact(b!, bits)];
        const all = isSum ? sum(x, y) : difference(x, y);
        return clampLane(keepLane(keeper, all), bits, signed, keeper);
      },
      12,
    );
for (const name of ['q15mulr_sat_s', 'relaxed_q15mulr_s'])
  elementwise(
    name,
    (_, keep, a, b) => {
      const lane = (x: Node): Node => {
        const rounded = keep(shrS(add(x, constant(0x4000)), constant(15)));
        // Only -1 * -1 is too large.
        return sub(rounded, binary(Op.Eq, rounded, constant(32768)));
      };
      const low = (x: Node) => shrS(shl(x, constant(16)), constant(16));
      const high = (x: Node) => shrS(x, constant(16));
      return halves(lane(mul(low(a!), low(b!))), lane(mul(high(a!), high(b!))));
    },
    (bits, keeper, a, b) => {
      const all = plus(product(signedLane(a!, bits), signedLane(b!, bits)), 0x4000);
      const x = laneNumber(shrS(all.node, constant(15)), all.low >> 15, all.high >> 15);
      if (x.high < 32768) return x;
      const kept = keepLane(keeper, x);
      const node = sub(kept.node, binary(Op.Eq, kept.node, constant(32768)));
      return laneNumber(node, x.low, 32767);
    },
    9,
    [HALVES],
  );
elementwise(
  'popcnt',
  (_, keep, a) => countBytes(a!, keep),
  (bits, { keep }, a) => laneNumber(countBytes(keep(unsignedLane(a!, bits).node), keep), 0, 8),
  9,
  [BYTES],
);

// Shifts: the amount is the second word.

for (const how of ['shl', 'shr_s', 'shr_u'] as const)
  for (const lanes of [BYTES, HALVES]) {
    const { bits } = lanes;
    OPERATIONS.set(`i${bits}x${128 / bits}.${how}`, {
      bits,
      effort: how === 'shr_s' ? 6 : 2,
      packed: (g, { list }) => shiftLanes(lanes, how, g.word(list![0]!), g.word(list![1]!), g.keep),
      lane: (g, { list }, i) => {
        const amount = list![1]!;
        const a = g.lane(list![0]!, bits, i);
        const n = amount.op === Op.Const ? amount.n : undefined;
        if (how === 'shl')
          return n === undefined
            ? laneNumber(shl(a.node, amount), -Infinity, Infinity)
            : laneNumber(shl(a.node, amount), a.low * 2 ** n, a.high * 2 ** n);
        const signed = how === 'shr_s';
        const x = (signed ? signedLane : unsignedLane)(a, bits);
        return laneNumber(
          (signed ? shrS : shrU)(x.node, amount),
          n === undefined ? Math.min(0, x.low) : x.low >> n,
          n === undefined ? Math.max(0, x.high) : x.high >> n,
        );
      },
    });
  }

// Comparisons.

const HOW: [Compare, Op][] = [
  ['eq', Op.Eq],
  ['ne', Op.Ne],
  ['lt_s', Op.LtS],
  ['lt_u', Op.LtS],
  ['gt_s', Op.GtS],
  ['gt_u', Op.GtS],
  ['le_s', Op.LeS],
  ['le_u', Op.LeS],
  ['ge_s', Op.GeS],
  ['ge_u', Op.GeS],
];
/** Both lanes as integers that compare as the lanes do. */
function comparable(how: string, bits: 8 | 16, a: LaneNumber, b: LaneNumber): LaneNumber[] {
  const exact = how.endsWith('_s') ? signedLane : unsignedLane;
  return [exact(a, bits), exact(b, bits)];
}
for (const [how, op] of HOW)
  elementwise(
    how,
    (lanes, keep, a, b) => compareLanes(lanes, how, a!, b!, keep),
    (bits, _keeper, a, b) => {
      const [x, y] = comparable(how, bits, a!, b!) as [LaneNumber, LaneNumber];
      return laneNumber(maskOf(binary(op, x.node, y.node)), -1, 0);
    },
    8,
  );
for (const [name, how, op] of [
  ['min_s', 'lt_s', Op.LtS],
  ['min_u', 'lt_u', Op.LtS],
  ['max_s', 'gt_s', Op.GtS],
  ['max_u', 'gt_u', Op.GtS],
] as const)
  elementwise(
    name,
    (lanes, keep, a, b) => extreme(lanes, how, a!, b!, keep),
    (bits, keeper, a, b) => {
      const [x, y] = comparable(how, bits, a!, b!).map((lane) => keepLane(keeper, lane)) as [
        LaneNumber,
        LaneNumber,
      ];
      const pick = op === Op.LtS ? Math.min : Math.max;
      return laneNumber(
        select(I, binary(op, x.node, y.node), x.node, y.node),
        pick(x.low, y.low),
        pick(x.high, y.high),
      );
    },
    12,
  );

// Moves.

/** Source byte `to` of a `bytes` node: the operand and its byte. */
export const pickOf = (node: Node, to: number): { word: Node; byte: number } => {
  const pick = (node.n >>> (8 * to)) & 255;
  return { word: node.list![pick >> 2]!, byte: pick & 3 };
};
/** The four picks as a number. */
export const picks = (bytes: readonly number[]): number =>
  bytes.reduce((all, pick, i) => all | (pick << (8 * i)), 0);

OPERATIONS.set('bytes', {
  bits: 8,
  packed: (g, node) => g.moved(node),
  lane: (g, node, i) => {
    const { word, byte: from } = pickOf(node, i);
    return g.lane(word, 8, from);
  },
});
for (const { bits } of [BYTES, HALVES]) {
  OPERATIONS.set(`i${bits}x${128 / bits}.splat`, {
    bits,
    packed: (g, { list }) => spread(bits, g.word(list![0]!)),
    lane: (g, { list }) => laneNumber(g.word(list![0]!), -Infinity, Infinity),
  });
  OPERATIONS.set(`i${bits}x${128 / bits}.replace`, {
    bits,
    packed: (g, { list, n }) => withLane(g.word(list![0]!), bits, n, g.word(list![1]!)),
    lane: (g, { list, n }, i) =>
      i === n ? laneNumber(g.word(list![1]!), -Infinity, Infinity) : g.lane(list![0]!, bits, i),
  });
  for (const [sign, exact] of [
    ['s', signedLane],
    ['u', unsignedLane],
  ] as const)
    OPERATIONS.set(`i${bits}x${128 / bits}.extract_${sign}`, {
      bits: 32,
      packed: (g, { list, n }) => exact(g.lane(list![0]!, bits, n), bits).node,
    });
}
/** An entry of a table of bytes, none above `most`. */
function entry(table: Node, most: number, index: Node): Node {
  const node = new Node(Op.Entry, I, index.fx, index, null, null, 0);
  node.name = table.name;
  node.m = most;
  return node;
}
/** Each byte of the word looked up in a table, the second operand; `m` is the greatest one in it. */
OPERATIONS.set('lookup', {
  bits: 8,
  packed: (g, { list, m }) =>
    [0, 1, 2, 3]
      .map((i) => {
        const index = unsignedLane(g.lane(list![0]!, 8, i), 8);
        return shl(entry(list![1]!, m, index.node), constant(8 * i));
      })
      .reduce(or),
  lane: (g, { list, m }, i) =>
    laneNumber(entry(list![1]!, m, unsignedLane(g.lane(list![0]!, 8, i), 8).node), 0, m),
});
/** `i8x16.swizzle` of a constant table, the four words behind that of the indices. */
OPERATIONS.set('swizzle', {
  bits: 8,
  effort: 10,
  packed: (g, { list }) => {
    const [indices, ...table] = list! as [Node, ...Node[]];
    const word = g.word(indices);
    const pairs = nameNode(g.nibbleTable(table.map(({ n }) => n)), R, 0);
    const small = laneBounds(word, 8).every((bound) => bound < 16);
    return helper(g.helper(small ? '_nibbles' : '_nibbles_of'), I, 0, [pairs, word]);
  },
  lane: (g, { list }, i) => {
    const [indices, ...table] = list! as [Node, ...Node[]];
    const pairs = nameNode(g.nibbleTable(table.map(({ n }) => n)), R, 0);
    const index = unsignedLane(g.lane(indices, 8, i), 8);
    return laneNumber(helper(g.helper('_nibble_of'), I, 0, [pairs, index.node]), 0, 255);
  },
});

/** An operation on halves, of which either lane is calculated as a number. */
const ofHalves = (lane: NonNullable<LaneOperation['lane']>): LaneOperation => ({
  bits: 16,
  packed: (g, node) => halves(lane(g, node, 0).node, lane(g, node, 1).node),
  lane,
});

// Wider lanes.

for (const [sign, signed, exact] of [
  ['s', true, signedLane],
  ['u', false, unsignedLane],
] as const) {
  // `n` is the first byte.
  OPERATIONS.set(`i16x8.extend_${sign}`, {
    bits: 16,
    packed: (g, { list, n }) => widenBytes(g.word(list![0]!), n as 0 | 2, signed),
    lane: (g, { list, n }, i) => exact(g.lane(list![0]!, 8, n + i), 8),
  });
  const extmul = (g: LaneAccess, node: Node, i: number): LaneNumber => {
    const [x, y] = node.list!.map((word) => exact(g.lane(word, 8, node.n + i), 8));
    return product(x!, y!);
  };
  OPERATIONS.set(`i16x8.extmul_${sign}`, ofHalves(extmul));
  OPERATIONS.set(`i16x8.extadd_${sign}`, {
    bits: 16,
    packed: (g, { list }) => addBytePairs(g.word(list![0]!), signed),
    lane: (g, { list }, i) =>
      sum(exact(g.lane(list![0]!, 8, 2 * i), 8), exact(g.lane(list![0]!, 8, 2 * i + 1), 8)),
  });
  OPERATIONS.set(`i32x4.extmul_${sign}`, {
    bits: 32,
    packed: (g, { list, n }) => {
      const [x, y] = list!.map((word) => exact(g.lane(word, 16, n), 16));
      return mul(x!.node, y!.node);
    },
  });
  OPERATIONS.set(`i32x4.extadd_${sign}`, {
    bits: 32,
    packed: (g, { list }) =>
      sum(exact(g.lane(list![0]!, 16, 0), 16), exact(g.lane(list![0]!, 16, 1), 16)).node,
  });
}
/** The sum of the products of both lanes. */
const dot = (g: LaneAccess, [a, b]: Node[], bits: 8 | 16, first: number): LaneNumber => {
  const lane = (i: number): LaneNumber =>
    product(signedLane(g.lane(a!, bits, i), bits), signedLane(g.lane(b!, bits, i), bits));
  return sum(lane(first), lane(first + 1));
};
OPERATIONS.set('i32x4.dot', { bits: 32, packed: (g, { list }) => dot(g, list!, 16, 0).node });
/** A dot product of bytes; only (-128)² twice is above what a half holds. */
const dotBytes = (g: LaneAccess, { list }: Node, i: number): LaneNumber =>
  clampLane(keepLane(g, dot(g, list!, 8, 2 * i)), 16, true, g);
OPERATIONS.set('i16x8.dot_i8', ofHalves(dotBytes));
OPERATIONS.set('i32x4.dot_i8', {
  bits: 32,
  packed: (g, node) => {
    const both = sum(dotBytes(g, node, 0), dotBytes(g, node, 1));
    return add(both.node, g.word(node.list![2]!));
  },
});

// Narrower lanes.

for (const signed of [true, false]) {
  const sign = signed ? 's' : 'u';
  const half = (g: LaneAccess, { list }: Node, i: number): LaneNumber => {
    const x = laneNumber(g.keep(g.word(list![i]!)), -Infinity, Infinity);
    return clampLane(x, 16, signed, g);
  };
  OPERATIONS.set(`i16x8.narrow_${sign}`, ofHalves(half));
  OPERATIONS.set(`i8x16.narrow_${sign}`, {
    bits: 8,
    packed: (g, { list }) => {
      const [p, q] = list!.map((word) => g.word(word)) as [Node, Node];
      const bytes = (word: Node): Node =>
        areBytes(word) ? word : g.keep(clampHalves(word, g.keep));
      return signed
        ? helper(g.helper('_i8x4_narrow_s'), I, 0, [p, q])
        : packHalves(bytes(p), bytes(q));
    },
    lane: (g, { list }, i) => {
      const x = signedLane(g.lane(list![i >> 1]!, 16, i & 1), 16);
      return clampLane(keepLane(g, x), 8, signed, g);
    },
  });
}

// Questions about all lanes; the operands are the words of a vector, no atoms.

OPERATIONS.set('any_true', {
  bits: 32,
  packed: (g, { list }) => {
    // Masks are told by their conditions.
    const [a, b, c, d] = list!.map((node) => {
      const mask = g.word(node);
      return conditionOf(mask) ?? maskBits(BYTES, mask) ?? maskBits(HALVES, mask) ?? mask;
    }) as [Node, Node, Node, Node];
    return eqz(eqz(or(or(a, b), or(c, d))));
  },
});
for (const lanes of [BYTES, HALVES]) {
  const prefix = `i${lanes.bits}x${128 / lanes.bits}`;
  OPERATIONS.set(`${prefix}.all_true`, {
    bits: 32,
    packed: (g, { list }) => {
      const words = list!.map((word) => g.keep(g.word(word)));
      const masks = words.map((word) => maskBits(lanes, word));
      if (masks.every((mask) => mask !== undefined)) {
        const [a, b, c, d] = masks as Node[];
        return binary(Op.Eq, and(and(a!, b!), and(c!, d!)), lanes.high);
      }
      const [a, b, c, d] = words.map((word) => someZero(lanes, word));
      return eqz(and(or(or(a!, b!), or(c!, d!)), lanes.high));
    },
  });
  OPERATIONS.set(`${prefix}.bitmask`, {
    bits: 32,
    packed: (g, { list }) => {
      const bits = list!.map((word, i) =>
        shl(signBits(lanes, g.keep(g.word(word))), constant((i * 32) / lanes.bits)),
      );
      return or(or(bits[0]!, bits[1]!), or(bits[2]!, bits[3]!));
    },
  });
}
