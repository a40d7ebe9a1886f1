/**
 * Lowerings of constants, splats, single lanes, shuffles and the instructions that widen or narrow lanes.
 * What moves whole words moves expressions; floats stay floats.
 */
import { F32, F64, I32 } from '@wasm2js/decoder';
import { add, and, constant, mul, shrS, sub } from '../../ir/int.js';
import { mulHigh } from '../../ir/int64.js';
import { Fx, helper, I, type Node, nameNode, Op } from '../../ir/ir.js';
import { laneNode, picks } from '../../ir/lane-operations.js';
import { doubleOf, floatOf, wordOf, wordsOf } from '../../ir/lanes.js';
import { spread } from '../../ir/swar.js';
import type { FunctionBuilder } from '../builder.js';
import { lowering } from '../builder.js';
import type { OperandStack } from '../stack.js';
import {
  discardWords,
  forceEffects,
  integer,
  popAtom,
  popAtoms,
  popVectors,
  popWords,
  pushLanes,
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
    const x = popAtom(stack);
    const word = stack.toTemp(x.op === Op.Const ? spread(bits, x) : laneNode(name, [x]));
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

for (const [prefix, bits] of [
  ['i8x16', 8],
  ['i16x8', 16],
] as const) {
  const count = 32 / bits;
  for (const sign of ['s', 'u'])
    lowering(`${prefix}.extract_lane_${sign}`, ({ stack, reader }) => {
      const index = Math.floor(reader.lane / count);
      const lane = reader.lane % count;
      stack.force(3 - index);
      const [word] = popPart(stack, index, index + 1).map((node) => integer(stack, node));
      stack.push(I32, laneNode(`${prefix}.extract_${sign}`, [word!], lane));
    });
  lowering(`${prefix}.replace_lane`, ({ stack, reader }) => {
    forceEffects(stack);
    stack.force(0);
    const index = Math.floor(reader.lane / count);
    stack.force(4 - index);
    const x = stack.pop();
    const words = popWords(stack);
    const word = integer(stack, words[index]!);
    words[index] = stack.toTemp(laneNode(`${prefix}.replace`, [word, x], reader.lane % count));
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

/** Pushes the shuffle of the words by 16 source bytes. */
function shuffle(stack: OperandStack, lanes: Uint8Array): void {
  const rows = [0, 4, 8, 12].map((at) => [...lanes.subarray(at, at + 4)]);
  const isWhole = (row: number[]) => row[0]! % 4 === 0 && row.every((x, i) => x === row[0]! + i);
  // How often each word is read, and whether as a word as it is.
  const counts = new Array<number>(8).fill(0);
  const whole = new Array<boolean>(8).fill(true);
  for (const row of rows)
    for (const word of new Set(row.map((lane) => lane >> 2))) {
      counts[word]!++;
      if (!isWhole(row)) whole[word] = false;
    }
  for (let i = 0; i < 8; i++) if (counts[i]! > 1 || !whole[i]) stack.force(7 - i);
  const words = popVectors(stack, 2).flat();
  discardWords(
    stack,
    words.filter((_, i) => counts[i] === 0),
  );
  const integers = words.map((word, i) => (whole[i] ? word : integer(stack, word)));
  stack.pushVector(
    rows.map((row) => {
      if (isWhole(row)) return words[row[0]! >> 2]!;
      const read = [...new Set(row.map((lane) => lane >> 2))];
      const moves = picks(row.map((lane) => (read.indexOf(lane >> 2) << 2) | (lane & 3)));
      const operands = read.map((i) => integers[i]!);
      return stack.toTemp(laneNode('bytes', operands, moves));
    }),
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
    if (table.every((word) => word.op === Op.Const)) {
      pushLanes(stack, [indices], (word) => laneNode('swizzle', [word!, ...table]));
      return;
    }
    const call = helper(ctx.helper('_i8x16_swizzle'), I, Fx.writeState, [...table, ...indices]);
    stack.pushVector(restOf(b, call));
  });

// Wider lanes.

/** Registers `name` for low and high part and both signs: the two words of that part become four. */
function widening(
  name: (part: string, sign: string) => string,
  arity: number,
  make: (sign: string, i: 0 | 1, ...words: Node[]) => Node,
): void {
  for (const part of ['low', 'high'])
    for (const sign of ['s', 'u'])
      lowering(name(part, sign), ({ stack }) => {
        const vectors = popAtoms(stack, arity);
        const words = (at: number): Node[] => vectors.map((vector) => vector[at]!);
        const first = part === 'low' ? 0 : 2;
        stack.pushVector(
          [0, 1, 2, 3].map((i) =>
            stack.toTemp(make(sign, (i & 1) as 0 | 1, ...words(first + (i >> 1)))),
          ),
        );
      });
}
widening(
  (part, sign) => `i16x8.extend_${part}_i8x16_${sign}`,
  1,
  (sign, i, a) => laneNode(`i16x8.extend_${sign}`, [a!], 2 * i),
);
widening(
  (part, sign) => `i32x4.extend_${part}_i16x8_${sign}`,
  1,
  (sign, i, a) => laneNode(`i16x8.extract_${sign}`, [a!], i),
);
widening(
  (part, sign) => `i64x2.extend_${part}_i32x4_${sign}`,
  1,
  (sign, i, a) => (i === 0 ? a! : sign === 's' ? shrS(a!, constant(31)) : constant(0)),
);
widening(
  (part, sign) => `i16x8.extmul_${part}_i8x16_${sign}`,
  2,
  (sign, i, ...words) => laneNode(`i16x8.extmul_${sign}`, words, 2 * i),
);
widening(
  (part, sign) => `i32x4.extmul_${part}_i16x8_${sign}`,
  2,
  (sign, i, ...words) => laneNode(`i32x4.extmul_${sign}`, words, i),
);
/** The 64-bit product of two words. */
function product(stack: OperandStack, signed: boolean, a: Node, b: Node): [Node, Node] {
  const word = (node: Node): Node => stack.toTemp(node);
  const lo = word(mul(a, b));
  const high = mulHigh(a, b, lo, { word, number: (node) => pinned(word(node)) });
  if (!signed) return [lo, high];
  // A negative factor counts as 2^32 more than it is.
  const more = add(and(shrS(a, constant(31)), b), and(shrS(b, constant(31)), a));
  return [lo, sub(high, more)];
}
for (const [part, first] of [
  ['low', 0],
  ['high', 2],
] as const)
  for (const sign of ['s', 'u'])
    lowering(`i64x2.extmul_${part}_i32x4_${sign}`, ({ stack }) => {
      const [a, b] = popAtoms(stack, 2) as [Words, Words];
      stack.pushVector(
        [first, first + 1].flatMap((i) => product(stack, sign === 's', a[i]!, b[i]!)),
      );
    });

/** The variable that a value was put into stays where it is assigned. */
function pinned(node: Node): Node {
  if (node.v !== null) node.v.pinned = true;
  return node;
}

// Dot products of bytes, the second operand's being signed as the first's are.

lowering('i16x8.relaxed_dot_i8x16_i7x16_s', ({ stack }) =>
  pushLanes(stack, popAtoms(stack, 2), (...words) => laneNode('i16x8.dot_i8', words)),
);
lowering('i32x4.relaxed_dot_i8x16_i7x16_add_s', ({ stack }) =>
  pushLanes(stack, popAtoms(stack, 3), (...words) => laneNode('i32x4.dot_i8', words)),
);

// Narrower lanes.

for (const sign of ['s', 'u'])
  for (const [name, operation] of [
    [`i16x8.narrow_i32x4_${sign}`, `i16x8.narrow_${sign}`],
    [`i8x16.narrow_i16x8_${sign}`, `i8x16.narrow_${sign}`],
  ] as const)
    lowering(name, ({ stack }) => {
      const words = popAtoms(stack, 2).flat();
      stack.pushVector(
        [0, 2, 4, 6].map((i) => stack.toTemp(laneNode(operation, [words[i]!, words[i + 1]!]))),
      );
    });
