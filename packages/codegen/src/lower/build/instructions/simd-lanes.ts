/**
 * Lowerings of constants, splats, single lanes, shuffles and the instructions that widen or narrow lanes.
 * What moves whole words moves expressions; floats stay floats.
 */
import { F32, F64, I32 } from '@wasm2js/decoder';
import { add, and, constant, mul, or, shl, shrS, shrU, sub } from '../../ir/int.js';
import { mulHigh } from '../../ir/int64.js';
import { Fx, get, helper, I, type Node, nameNode, Op, R } from '../../ir/ir.js';
import { laneBounds } from '../../ir/lane-bounds.js';
import { doubleOf, floatOf, isLane, wordOf, wordsOf } from '../../ir/lanes.js';
import {
  areBytes,
  byte,
  clampHalves,
  half,
  halves,
  type Keep,
  packHalves,
  saturate,
  spread,
  widenBytes,
  withLane,
} from '../../ir/swar.js';
import type { FunctionBuilder } from '../builder.js';
import { lowering } from '../builder.js';
import type { OperandStack } from '../stack.js';
import {
  discardWords,
  eachWord,
  forceEffects,
  popAtom,
  popAtoms,
  popVectors,
  popWords,
  type Words,
} from '../vector.js';

/** The little-endian word at byte `at`. */
const wordAt = (bytes: Uint8Array, at: number): number =>
  bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);

lowering('v128.const', ({ stack, reader }) =>
  stack.pushVector([0, 4, 8, 12].map((at) => constant(wordAt(reader.lanes, at)))),
);

// Splats and single lanes.

for (const [name, bits] of [
  ['i8x16.splat', 8],
  ['i16x8.splat', 16],
] as const)
  lowering(name, ({ stack }) => {
    const word = stack.toTemp(spread(bits, stack.pop()));
    stack.pushVector([word, word, word, word]);
  });
lowering('i32x4.splat', ({ stack }) => {
  const x = popAtom(stack);
  stack.pushVector([x, x, x, x]);
});
lowering('i64x2.splat', ({ stack }) => {
  stack.forceTop(2);
  const [lo, hi] = stack.popValue() as [Node, Node];
  stack.pushVector([lo, hi, lo, hi]);
});
lowering('f32x4.splat', ({ stack }) => {
  const word = wordOf(popAtom(stack));
  stack.pushVector([word, word, word, word]);
});
lowering('f64x2.splat', ({ stack }) => {
  const words = wordsOf(popAtom(stack));
  stack.pushVector([...words, ...words]);
});

/** Pops a vector, keeps words `from` to before `to`, evaluates the others for their effects. */
function popPart(stack: OperandStack, from: number, to: number): Node[] {
  const words = popWords(stack);
  discardWords(stack, [...words.slice(0, from), ...words.slice(to)]);
  return words.slice(from, to);
}

for (const [prefix, bits, lane] of [
  ['i8x16', 8, byte],
  ['i16x8', 16, half],
] as const) {
  const count = 32 / bits;
  for (const signed of [true, false])
    lowering(`${prefix}.extract_lane_${signed ? 's' : 'u'}`, ({ stack, reader }) => {
      const index = Math.floor(reader.lane / count);
      const [word] = popPart(stack, index, index + 1) as [Node];
      stack.push(I32, lane(word, reader.lane % count, signed));
    });
  lowering(`${prefix}.replace_lane`, ({ stack, reader }) => {
    forceEffects(stack);
    const x = stack.pop();
    const words = popWords(stack);
    const index = Math.floor(reader.lane / count);
    words[index] = withLane(words[index]!, bits, reader.lane % count, x);
    stack.pushVector(words);
  });
}
lowering('i32x4.extract_lane', ({ stack, reader }) => {
  const [word] = popPart(stack, reader.lane, reader.lane + 1) as [Node];
  stack.push(I32, word);
});
lowering('i64x2.extract_lane', ({ stack, reader }) => {
  const [lo, hi] = popPart(stack, 2 * reader.lane, 2 * reader.lane + 2) as [Node, Node];
  stack.push64(lo, hi);
});
lowering('f32x4.extract_lane', ({ stack, reader }) => {
  const [word] = popPart(stack, reader.lane, reader.lane + 1) as [Node];
  const x = floatOf(word);
  // Number and bits may both be read.
  stack.push(F32, x.op === Op.FromBits ? floatOf(stack.toTemp(word)) : x);
});
lowering('f64x2.extract_lane', ({ stack, reader }) => {
  stack.forceTop(4);
  const [lo, hi] = popPart(stack, 2 * reader.lane, 2 * reader.lane + 2) as [Node, Node];
  stack.push(F64, doubleOf(lo, hi));
});

/** Replaces words by those that `make` gives of the number popped. */
function replace(name: string, slots: 1 | 2, make: (stack: OperandStack) => Node[]): void {
  lowering(name, ({ stack, reader }) => {
    forceEffects(stack, slots);
    const parts = make(stack);
    const words = popWords(stack);
    discardWords(stack, words.splice(parts.length * reader.lane, parts.length, ...parts));
    stack.pushVector(words);
  });
}
replace('i32x4.replace_lane', 1, (stack) => [stack.pop()]);
replace('i64x2.replace_lane', 2, (stack) => stack.popValue());
replace('f32x4.replace_lane', 1, (stack) => [wordOf(stack.pop())]);
replace('f64x2.replace_lane', 1, (stack) => wordsOf(popAtom(stack)));

// Shuffles.

/** Bytes of one word that move by the same distance: to the bytes of the mask. */
interface Move {
  word: number;
  shift: number;
  mask: number;
}

/** The moves that make a word of these four source bytes (0 … 31). */
function movesOf(bytes: Uint8Array): Move[] {
  const moves: Move[] = [];
  bytes.forEach((from, to) => {
    const word = from >> 2;
    const shift = 8 * (to - (from & 3));
    let move = moves.find((known) => known.word === word && known.shift === shift);
    if (move === undefined) {
      move = { word, shift, mask: 0 };
      moves.push(move);
    }
    move.mask |= 255 << (8 * to);
  });
  return moves;
}

/** The bytes that a shift leaves. */
const reach = (shift: number): number =>
  shift === 0 ? -1 : shift > 0 ? -1 << shift : (-1 >>> -shift) | 0;

function move(node: Node, { shift, mask }: Move): Node {
  const moved =
    shift === 0 ? node : shift > 0 ? shl(node, constant(shift)) : shrU(node, constant(-shift));
  return mask === reach(shift) ? moved : and(moved, constant(mask));
}

/** Pushes the shuffle of the words by 16 source bytes. */
function shuffle(stack: OperandStack, lanes: Uint8Array): void {
  const rows = [0, 4, 8, 12].map((at) => lanes.subarray(at, at + 4));
  const isSpread = (row: Uint8Array) => row.every((lane) => lane === row[0]);
  const plans = rows.map(movesOf);
  // How often each word is read, and whether as a word as it is.
  const counts = new Array<number>(8).fill(0);
  const whole = new Array<boolean>(8).fill(true);
  rows.forEach((row, i) => {
    const moves = isSpread(row) ? plans[i]!.slice(0, 1) : plans[i]!;
    for (const { word, mask } of moves) {
      counts[word]!++;
      if (mask !== -1) whole[word] = false;
    }
  });
  for (let i = 0; i < 8; i++) {
    if (counts[i]! < 2) continue;
    const node = stack.force(7 - i);
    if (isLane(node) && !whole[i]) {
      const v = stack.temp(I);
      stack.assign(v, node);
      stack.replace(stack.slots.length - 8 + i, get(v));
    }
  }
  const words = popVectors(stack, 2).flat();
  discardWords(
    stack,
    words.filter((_, i) => counts[i] === 0),
  );
  stack.pushVector(
    rows.map((row, i) =>
      isSpread(row)
        ? spread(8, byte(words[row[0]! >> 2]!, row[0]! & 3, false))
        : plans[i]!.map((item) => move(words[item.word]!, item)).reduce(or),
    ),
  );
}

lowering('i8x16.shuffle', ({ stack, reader }) => shuffle(stack, reader.lanes));

/** What the result channel holds behind the first word of a vector. */
function restOf(b: FunctionBuilder, first: Node): Words {
  const { stack, ctx } = b;
  const words = [stack.toTemp(first)];
  for (let i = 0; i < 3; i++) words.push(stack.toTemp(nameNode(ctx.channel('h', i), I)));
  return words as Words;
}

for (const name of ['i8x16.swizzle', 'i8x16.relaxed_swizzle'])
  lowering(name, (b) => {
    const { stack, ctx } = b;
    const [table, indices] = popAtoms(stack, 2) as [Words, Words];
    if (indices.every((word) => word.op === Op.Const)) {
      // A shuffle with zeros.
      const zero = constant(0);
      stack.pushVector(table);
      stack.pushVector([zero, zero, zero, zero]);
      const lanes = Uint8Array.from({ length: 16 }, (_, i) => {
        const index = (indices[i >> 2]!.n >>> (8 * (i & 3))) & 255;
        return Math.min(index, 16);
      });
      shuffle(stack, lanes);
      return;
    }
    const small = (word: Node) => laneBounds(word, 8).every((bound) => bound < 16);
    if (table.every((word) => word.op === Op.Const) && indices.every(small)) {
      const pairs = nameNode(ctx.nibbleTable(table.map((word) => word.n)), R, 0);
      const name = ctx.helper('_nibbles');
      stack.pushVector(eachWord([indices], (word) => helper(name, I, 0, [pairs, word!])));
      return;
    }
    const call = helper(ctx.helper('_i8x16_swizzle'), I, Fx.writeState, [...table, ...indices]);
    stack.pushVector(restOf(b, call));
  });

// Wider lanes.

/** Registers `name` for low and high half and both signs: the two words of that half become four. */
function widening(
  name: (half: string, sign: string) => string,
  arity: number,
  make: (keep: Keep, signed: boolean, ...words: Node[]) => [Node, Node],
): void {
  for (const part of ['low', 'high'])
    for (const sign of ['s', 'u'])
      lowering(name(part, sign), ({ stack }) => {
        const keep: Keep = (node) => stack.toTemp(node);
        const vectors = popAtoms(stack, arity);
        const first = part === 'low' ? 0 : 2;
        stack.pushVector(
          [first, first + 1].flatMap((i) =>
            make(keep, sign === 's', ...vectors.map((words) => words[i]!)),
          ),
        );
      });
}
const bytePair = (signed: boolean, a: Node): [Node, Node] => [
  widenBytes(a, 0, signed),
  widenBytes(a, 2, signed),
];
const halfPair = (signed: boolean, a: Node): [Node, Node] => [
  half(a, 0, signed),
  half(a, 1, signed),
];

widening(
  (part, sign) => `i16x8.extend_${part}_i8x16_${sign}`,
  1,
  (_, signed, a) => bytePair(signed, a!),
);
widening(
  (part, sign) => `i32x4.extend_${part}_i16x8_${sign}`,
  1,
  (_, signed, a) => halfPair(signed, a!),
);
widening(
  (part, sign) => `i64x2.extend_${part}_i32x4_${sign}`,
  1,
  (_, signed, a) => [a!, signed ? shrS(a!, constant(31)) : constant(0)],
);
widening(
  (part, sign) => `i16x8.extmul_${part}_i8x16_${sign}`,
  2,
  (_, signed, a, b) => {
    const product = (i: number) => mul(byte(a!, i, signed), byte(b!, i, signed));
    return [halves(product(0), product(1)), halves(product(2), product(3))];
  },
);
widening(
  (part, sign) => `i32x4.extmul_${part}_i16x8_${sign}`,
  2,
  (_, signed, a, b) => [
    mul(half(a!, 0, signed), half(b!, 0, signed)),
    mul(half(a!, 1, signed), half(b!, 1, signed)),
  ],
);
widening(
  (part, sign) => `i64x2.extmul_${part}_i32x4_${sign}`,
  2,
  (keep, signed, a, b) => {
    const number = (node: Node): Node => pinned(keep(node));
    const lo = keep(mul(a!, b!));
    const high = mulHigh(a!, b!, lo, { word: keep, number });
    if (!signed) return [lo, high];
    // A negative factor counts as 2^32 more than it is.
    const more = add(and(shrS(a!, constant(31)), b!), and(shrS(b!, constant(31)), a!));
    return [lo, sub(high, more)];
  },
);

// Dot products of bytes, the second operand's being signed as the first's are.

/** The variable that a value was put into stays where it is assigned. */
function pinned(node: Node): Node {
  if (node.v !== null) node.v.pinned = true;
  return node;
}
/** Calculates a value now. */
const hold = (stack: OperandStack, node: Node): Node => pinned(stack.toTemp(node));

/** Sums of two neighbouring products of bytes, saturated: lane `i` of the word's two. */
const dotPair = (a: Node, b: Node, i: 0 | 1): Node =>
  add(
    mul(byte(a, 2 * i, true), byte(b, 2 * i, true)),
    mul(byte(a, 2 * i + 1, true), byte(b, 2 * i + 1, true)),
  );
/** Only (-128)² twice is above what a half holds. */
const dotWord = (stack: OperandStack, a: Node, b: Node): [Node, Node] => {
  const lane = (i: 0 | 1) =>
    saturate(stack.toTemp(dotPair(a, b, i)), 16, true, (node) => hold(stack, node));
  return [lane(0), lane(1)];
};
lowering('i16x8.relaxed_dot_i8x16_i7x16_s', ({ stack }) => {
  const vectors = popAtoms(stack, 2);
  stack.pushVector(eachWord(vectors, (a, b) => halves(...dotWord(stack, a!, b!))));
});
lowering('i32x4.relaxed_dot_i8x16_i7x16_add_s', ({ stack }) => {
  const vectors = popAtoms(stack, 3);
  stack.pushVector(
    eachWord(vectors, (a, b, c) => {
      const [low, high] = dotWord(stack, a!, b!);
      return add(add(low, high), c!);
    }),
  );
});

// Narrower lanes.

for (const signed of [true, false]) {
  const sign = signed ? 's' : 'u';
  lowering(`i16x8.narrow_i32x4_${sign}`, ({ stack }) => {
    const words = popAtoms(stack, 2).flat();
    const lane = (i: number) => saturate(words[i]!, 16, signed, (node) => hold(stack, node));
    stack.pushVector([0, 2, 4, 6].map((i) => halves(lane(i), lane(i + 1))));
  });
  lowering(`i8x16.narrow_i16x8_${sign}`, (b) => {
    const { stack } = b;
    const words = popAtoms(stack, 2).flat();
    const keep: Keep = (node) => stack.toTemp(node);
    const bytes = (word: Node): Node => (areBytes(word) ? word : keep(clampHalves(word, keep)));
    stack.pushVector(
      [0, 2, 4, 6].map((i) => {
        const [p, q] = [words[i]!, words[i + 1]!];
        return signed
          ? helper(b.ctx.helper('_i8x4_narrow_s'), I, 0, [p, q])
          : packHalves(bytes(p), bytes(q));
      }),
    );
  });
}
