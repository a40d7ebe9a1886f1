/**
 * Lowerings of the float vector instructions and of selection: a lane is a float (`ir/lanes.ts`) as long as
 * float instructions take it. Relaxed forms are calculated as the specification's deterministic profile has
 * them: products are rounded before they are added, least and greatest are those of `min` and `max`.
 */
import { constant, floatOp, isAtom, maskOf, select } from '../../ir/int.js';
import { D, F, helper, I, type Node, Op } from '../../ir/ir.js';
import { doubleOf, floatOf, isLane, wordOf, wordsOf } from '../../ir/lanes.js';
import { choose, conditionOf } from '../../ir/swar.js';
import { lowering } from '../builder.js';
import type { OperandStack } from '../stack.js';
import { discardWords, eachWord, popVectors, type Words } from '../vector.js';

type Make = (...floats: Node[]) => Node;

/**
 * Registers an instruction of f32x4 and f64x2 that is done float by float.
 * @param atoms are operands read more than once?
 */
function lanewise(names: string[], arity: number, atoms: boolean, make: Make): void {
  for (const name of names) {
    lowering(`f32x4.${name}`, ({ stack }) => {
      if (atoms) stack.forceTop(4 * arity);
      const keep = (x: Node) => (!atoms || isAtom(x) ? x : stack.toTemp(x));
      stack.pushVector(
        eachWord(popVectors(stack, arity), (...words) =>
          wordOf(make(...words.map((word) => keep(floatOf(word))))),
        ),
      );
    });
    lowering(`f64x2.${name}`, ({ stack }) => {
      stack.forceTop(4 * arity);
      const vectors = popVectors(stack, arity);
      const keep = (x: Node) => (!atoms || isAtom(x) ? x : stack.toTemp(x));
      const lane = (i: 0 | 2): [Node, Node] =>
        wordsOf(
          stack.toTemp(make(...vectors.map((words) => keep(doubleOf(words[i], words[i + 1]!))))),
        );
      stack.pushVector([...lane(0), ...lane(2)]);
    });
  }
}

const same = (op: Op, a: Node, b: Node | null = null): Node => floatOp(op, a.type, a, b);
for (const [names, op] of [
  [['add'], Op.FAdd],
  [['sub'], Op.FSub],
  [['mul'], Op.FMul],
  [['div'], Op.FDiv],
  [['min', 'relaxed_min'], Op.FMin],
  [['max', 'relaxed_max'], Op.FMax],
] as [string[], Op][])
  lanewise(names, 2, op === Op.FMin || op === Op.FMax, (a, b) => same(op, a!, b));
for (const [name, op] of [
  ['sqrt', Op.FSqrt],
  ['ceil', Op.FCeil],
  ['floor', Op.FFloor],
  ['trunc', Op.FTrunc],
  ['nearest', Op.FNearest],
] as const)
  lanewise([name], 1, false, (a) => same(op, a!));
// These move bits, of NaNs too: their operands are read as numbers and as bits.
lanewise(['abs'], 1, true, (a) => same(Op.FAbs, a!));
lanewise(['neg'], 1, true, (a) => same(Op.FNeg, a!));
lanewise(['pmin'], 2, true, (a, b) => select(a!.type, floatOp(Op.FLt, I, b!, a!), b!, a!));
lanewise(['pmax'], 2, true, (a, b) => select(a!.type, floatOp(Op.FLt, I, a!, b!), b!, a!));
lanewise(['relaxed_madd'], 3, false, (a, b, c) => same(Op.FAdd, same(Op.FMul, a!, b), c));
lanewise(['relaxed_nmadd'], 3, false, (a, b, c) => same(Op.FSub, c!, same(Op.FMul, a!, b)));

for (const [name, op] of [
  ['eq', Op.FEq],
  ['ne', Op.FNe],
  ['lt', Op.FLt],
  ['gt', Op.FGt],
  ['le', Op.FLe],
  ['ge', Op.FGe],
] as const) {
  lowering(`f32x4.${name}`, ({ stack }) =>
    stack.pushVector(
      eachWord(popVectors(stack, 2), (a, b) => maskOf(floatOp(op, I, floatOf(a!), floatOf(b!)))),
    ),
  );
  lowering(`f64x2.${name}`, ({ stack }) => {
    stack.forceTop(8);
    const [a, b] = popVectors(stack, 2) as [Words, Words];
    const lane = (i: 0 | 2): Node =>
      stack.toTemp(maskOf(floatOp(op, I, doubleOf(a[i], a[i + 1]!), doubleOf(b[i], b[i + 1]!))));
    const [low, high] = [lane(0), lane(2)];
    stack.pushVector([low, low, high, high]);
  });
}

// Conversions.

const ZERO = constant(0);
/** A vector of two f64 that are made one after the other. */
function pushDoubles(stack: OperandStack, doubles: [Node, Node]): void {
  const [low, high] = doubles.map((x) => wordsOf(stack.toTemp(x))) as [[Node, Node], [Node, Node]];
  stack.pushVector([...low, ...high]);
}
/** Pops a vector as two f64. */
function popDoubles(stack: OperandStack): [Node, Node] {
  stack.forceTop(4);
  const [[a, b, c, d]] = popVectors(stack, 1) as [Words];
  return [doubleOf(a, b), doubleOf(c, d)];
}

lowering('f32x4.demote_f64x2_zero', ({ stack }) => {
  const [low, high] = popDoubles(stack).map((x) => wordOf(floatOp(Op.Demote, F, x)));
  stack.pushVector([low!, high!, ZERO, ZERO]);
});
lowering('f64x2.promote_low_f32x4', ({ stack }) => {
  const [[a, b, ...rest]] = popVectors(stack, 1) as [Words];
  discardWords(stack, rest);
  const promote = (word: Node) => floatOp(Op.Promote, D, floatOf(word));
  pushDoubles(stack, [promote(a), promote(b)]);
});
for (const [sign, op] of [
  ['s', Op.ConvertS],
  ['u', Op.ConvertU],
] as const) {
  lowering(`f32x4.convert_i32x4_${sign}`, ({ stack }) =>
    stack.pushVector(eachWord(popVectors(stack, 1), (a) => wordOf(floatOp(op, F, a!)))),
  );
  lowering(`f64x2.convert_low_i32x4_${sign}`, ({ stack }) => {
    const [[a, b, ...rest]] = popVectors(stack, 1) as [Words];
    discardWords(stack, rest);
    pushDoubles(stack, [floatOp(op, D, a), floatOp(op, D, b)]);
  });
  for (const kind of ['trunc_sat', 'relaxed_trunc']) {
    const name = `_i32_trunc_sat_${sign}`;
    lowering(`i32x4.${kind}_f32x4_${sign}`, ({ stack }) => {
      stack.forceTop(4);
      const [words] = popVectors(stack, 1) as [Words];
      // The test for the range reads the float again.
      const whole = (word: Node): Node => helper(name, I, 0, [stack.toTemp(floatOf(word))]);
      stack.pushVector(eachWord([words], (word) => whole(word!)));
    });
    lowering(`i32x4.${kind}_f64x2_${sign}_zero`, ({ stack }) => {
      const [low, high] = popDoubles(stack).map((x) => helper(name, I, 0, [stack.toTemp(x)]));
      stack.pushVector([low!, high!, ZERO, ZERO]);
    });
  }
}

// Selection.

/** `mask ? a : b` of a word; of floats where the mask is a condition. */
function bitselect(stack: OperandStack, a: Node, b: Node, mask: Node): Node {
  const condition = conditionOf(mask);
  if (condition === undefined || !(isLane(a) || isLane(b)) || D === a.a?.type || D === b.a?.type)
    return choose(mask, a, b);
  const atom = (x: Node): Node => (isAtom(x) ? x : stack.toTemp(x));
  const [x, y] = [atom(floatOf(a)), atom(floatOf(b))];
  return wordOf(select(F, stack.toTemp(condition), x, y));
}

for (const name of [
  'v128.bitselect',
  ...['i8x16', 'i16x8', 'i32x4', 'i64x2'].map((prefix) => `${prefix}.relaxed_laneselect`),
])
  lowering(name, ({ stack }) => {
    const depth = 4;
    // The second operand is read twice.
    for (let i = 0; i < 4; i++) stack.force(depth + i);
    const [a, b, mask] = popVectors(stack, 3) as [Words, Words, Words];
    stack.pushVector([0, 1, 2, 3].map((i) => bitselect(stack, a[i]!, b[i]!, mask[i]!)));
  });
