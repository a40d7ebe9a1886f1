/** Lowerings of the i32 and i64 instructions. */

import { I32 } from '@wasm2js/decoder';
import { AHEAD } from '../../../ahead.js';
import {
  add,
  and,
  binary,
  COMPARISONS,
  COUNTS,
  constant,
  counting,
  eqz,
  isConst,
  mul,
  or,
  popcount,
  select,
  shl,
  shrS,
  shrU,
  sub,
  trailingZeros,
  unary,
  width,
} from '../../ir/int.js';
import {
  addHigh,
  clz64,
  compare64,
  ctz64,
  eq64,
  eqz64,
  mulHighHalf,
  popcnt64,
  rotlConst,
  rotlVar,
  rotrVar,
  shlConst,
  shlVar,
  shrConst,
  shrVar,
  subHigh,
  unbranched,
} from '../../ir/int64.js';
import { Fx, helper, I, isPure, type Node, nameNode, Op } from '../../ir/ir.js';
import {
  asSum,
  isSignExtended,
  joinSums,
  MAX_TERMS,
  plainSum,
  product,
  sumWords,
} from '../../ir/sums.js';
import type { FunctionBuilder } from '../builder.js';
import { lowering } from '../builder.js';

const BINARY32: (readonly [string, Op])[] = [
  ['add', Op.Add],
  ['sub', Op.Sub],
  ['mul', Op.Mul],
  ['and', Op.And],
  ['or', Op.Or],
  ['xor', Op.Xor],
  ['shl', Op.Shl],
  ['shr_s', Op.ShrS],
  ['shr_u', Op.ShrU],
  ['div_s', Op.DivS],
  ['div_u', Op.DivU],
  ['rem_s', Op.RemS],
  ['rem_u', Op.RemU],
  ...COMPARISONS,
];
for (const [name, op] of BINARY32)
  lowering(`i32.${name}`, ({ stack, ctx }) => {
    const counts = ctx.costs.blends && (op === Op.Add || op === Op.Sub);
    const [b, a] = [stack.pop(), stack.pop()].map((x) => (counts ? unbranched(x) : x));
    stack.push(I32, AHEAD ? counting(binary(op, a!, b!), COUNTS) : binary(op, a!, b!));
  });

lowering('i32.const', ({ stack, reader }) => stack.push(I32, constant(reader.lo)));
lowering('i32.eqz', ({ stack }) => stack.push(I32, eqz(stack.pop())));
for (const [name, op] of [
  ['clz', Op.Clz],
  ['extend8_s', Op.Extend8],
  ['extend16_s', Op.Extend16],
] as const)
  lowering(`i32.${name}`, ({ stack }) => stack.push(I32, unary(op, stack.pop())));

lowering('i32.ctz', ({ stack }) => {
  const a = stack.force(0);
  stack.pop();
  stack.push(I32, trailingZeros(a));
});
lowering('i32.popcnt', ({ stack }) => {
  const a = stack.force(0);
  stack.pop();
  stack.push(
    I32,
    popcount(a, (node) => stack.toTemp(node)),
  );
});

/** Rotation as two shifts; the right one where `right`. */
const rotate32 =
  (right: boolean) =>
  ({ stack }: FunctionBuilder): void => {
    stack.forceTop(2);
    const n = stack.pop();
    const x = stack.pop();
    const there = right ? shrU : shl;
    const back = right ? shl : shrU;
    if (n.op === Op.Const && (n.n & 31) === 0) stack.push(I32, x);
    else stack.push(I32, or(there(x, n), back(x, sub(constant(32), n))));
  };
lowering('i32.rotl', rotate32(false));
lowering('i32.rotr', rotate32(true));

lowering('i64.const', ({ stack, reader }) =>
  stack.push64(constant(reader.lo), constant(reader.hi)),
);
lowering('i32.wrap_i64', ({ stack }) => {
  stack.types.pop();
  const hi = stack.popSlot();
  discard(hi, stack);
  stack.types.push(I32);
});

/** Keeps the effects of a value that is not used; the operands below it stay. */
export function discard(node: Node, stack: FunctionBuilder['stack']): void {
  if (!isPure(node.fx)) stack.effect(node);
}

lowering('i64.extend_i32_s', ({ stack }) => {
  const lo = stack.force(0);
  stack.pop();
  stack.push64(lo, shrS(lo, constant(31)));
});
lowering('i64.extend_i32_u', ({ stack, ctx }) => {
  // Halves never carry other traps than those of memory: see int64.ts.
  if ((stack.slots[stack.slots.length - 1]!.fx & Fx.trap) !== 0) stack.force(0);
  const word = stack.pop();
  stack.push64(ctx.costs.blends ? unbranched(word) : word, constant(0));
});
for (const [name, op] of [
  ['i64.extend8_s', Op.Extend8],
  ['i64.extend16_s', Op.Extend16],
] as const)
  lowering(name, ({ stack }) => {
    const [lo, hi] = stack.popValue() as [Node, Node];
    discard(hi, stack);
    const word = stack.toTemp(unary(op, lo));
    stack.push64(word, shrS(word, constant(31)));
  });
lowering('i64.extend32_s', ({ stack }) => {
  const [lo, hi] = stack.popValue() as [Node, Node];
  discard(hi, stack);
  const word = stack.toTemp(lo);
  stack.push64(word, shrS(word, constant(31)));
});

/** Is the unsigned word from 1 to 2^16? */
const isSmallDivisor = (n: number): boolean => n > 0 && n <= 65536;

const popPairs = ({ stack }: FunctionBuilder): [Node, Node, Node, Node] => {
  const [bl, bh] = stack.popValue() as [Node, Node];
  const [al, ah] = stack.popValue() as [Node, Node];
  return [al, ah, bl, bh];
};

for (const [name, op] of [
  ['and', Op.And],
  ['or', Op.Or],
  ['xor', Op.Xor],
] as const)
  lowering(`i64.${name}`, (b) => {
    const [al, ah, bl, bh] = popPairs(b);
    b.stack.push64(binary(op, al, bl), binary(op, ah, bh));
  });

/**
 * Adds or subtracts where one of the pairs on top is a sum already; tells whether one was. Where numbers make sums of
 * several terms cheaper, the first two are one.
 */
function joined(builder: FunctionBuilder, less: boolean): boolean {
  const { stack, ctx } = builder;
  const [al, ah, bl, bh] = stack.slots.slice(-4) as [Node, Node, Node, Node];
  const [a, b] = [asSum(al, ah), asSum(bl, bh)];
  if (a === undefined && b === undefined) {
    const begins = ctx.costs.numberProducts && ![al, ah, bl, bh].some(({ op }) => op === Op.Const);
    if (!begins) return false;
  }
  if ((a?.kinds.length ?? 1) + (b?.kinds.length ?? 1) > MAX_TERMS) return false;
  // Numbers wait in variables, in the order in which they are computed.
  if (a === undefined) stack.forceTop(4);
  else if (b === undefined) stack.forceTop(2);
  const [xl, xh, yl, yh] = popPairs(builder);
  const sum = joinSums(a ?? plainSum(xl, xh), b ?? plainSum(yl, yh), less);
  stack.push64(...sumWords(sum, stack.sums++));
  return true;
}

lowering('i64.add', (b) => {
  const { stack } = b;
  if (joined(b, false)) return;
  const top = stack.slots.length;
  // The carry compares the sum with one operand: a constant, or the left one made an atom.
  if (stack.slots[top - 2]!.op !== Op.Const)
    stack.force(stack.slots[top - 4]!.op === Op.Const ? 1 : 3);
  const [al, ah, bl, bh] = popPairs(b);
  const lo = stack.toTemp(add(al, bl));
  stack.push64(lo, addHigh(lo, al, ah, bl, bh));
});
lowering('i64.sub', (b) => {
  if (joined(b, true)) return;
  b.stack.force(3);
  b.stack.force(1);
  const [al, ah, bl, bh] = popPairs(b);
  b.stack.push64(sub(al, bl), subHigh(al, ah, bl, bh));
});
/** The product of two pairs of atoms. */
export function multiply(
  stack: FunctionBuilder['stack'],
  [al, ah]: readonly [Node, Node],
  [bl, bh]: readonly [Node, Node],
): [Node, Node] {
  // What a constant needs to know of the low word: see mulHigh.
  let lo = mul(al, bl);
  if (al.op === Op.Const || bl.op === Op.Const) lo = stack.toTemp(lo);
  const high = mulHighHalf(lo, al, ah, bl, bh, {
    word: (node) => stack.toTemp(node),
    number: (node) => {
      const kept = stack.toTemp(node);
      kept.v!.pinned = true;
      return kept;
    },
  });
  return [lo, high];
}
lowering('i64.mul', (b) => {
  const { stack } = b;
  for (const depth of [2, 0]) {
    stack.force(depth + 1);
    const [lo, hi] = stack.slots.slice(-2 - depth) as [Node, Node];
    if (!isSignExtended(lo, hi)) stack.force(depth);
  }
  const [al, ah, bl, bh] = popPairs(b);
  const small = isConst(ah, 0) && isConst(bh, 0) && width(al) + width(bl) <= 32;
  const known = [al, ah, bl, bh].every((node) => node.op === Op.Const);
  if (small || known) stack.push64(...multiply(stack, [al, ah], [bl, bh]));
  else stack.push64(...sumWords(product([al, ah], [bl, bh]), stack.sums++));
});

for (const [name, small] of [
  ['div_s', undefined],
  ['div_u', Op.DivU],
  ['rem_s', undefined],
  ['rem_u', Op.RemU],
] as const)
  lowering(`i64.${name}`, (b) => {
    const { stack, ctx } = b;
    stack.forceTop(4);
    const [al, ah, bl, bh] = popPairs(b);
    if (small !== undefined && isConst(ah, 0) && isConst(bh, 0)) {
      // Both operands fit in 32 bits.
      stack.push64(stack.toTemp(binary(small, al, bl)), constant(0));
      return;
    }
    if (small !== undefined && isConst(bh, 0) && bl.op === Op.Const && isSmallDivisor(bl.n)) {
      // Digit loops: a divisor of 16 bits divides half words exactly.
      const helperName = ctx.helper(small === Op.DivU ? '_i64_div_small' : '_i64_rem_small');
      const lo = stack.toTemp(helper(helperName, I, Fx.writeState, [al, ah, bl]));
      stack.push64(
        lo,
        small === Op.DivU ? stack.toTemp(nameNode(ctx.channel('h', 0), I)) : constant(0),
      );
      return;
    }
    const traps =
      bl.op === Op.Const && bh.op === Op.Const && (bl.n | bh.n) !== 0 && (bl.n & bh.n) !== -1;
    const fx = (traps ? 0 : Fx.trap) | Fx.writeState;
    const lo = stack.toTemp(helper(ctx.helper(`_i64_${name}`), I, fx, [al, ah, bl, bh]));
    const hi = stack.toTemp(nameNode(ctx.channel('h', 0), I));
    stack.push64(lo, hi);
  });

for (const [name, isLeft, signed] of [
  ['shl', true, false],
  ['shr_s', false, true],
  ['shr_u', false, false],
] as const)
  lowering(`i64.${name}`, (b) => {
    const { stack } = b;
    const top = stack.slots.length;
    const amount = stack.slots[top - 2]!;
    if (amount.op === Op.Const) {
      const n = amount.n & 63;
      stack.force(2);
      stack.force(3);
      stack.popValue();
      const [al, ah] = stack.popValue() as [Node, Node];
      stack.push64(...(isLeft ? shlConst(al, ah, n) : shrConst(al, ah, n, signed)));
      return;
    }
    stack.forceTop(4);
    const [al, ah, n] = popPairs(b);
    stack.push64(...(isLeft ? shlVar(al, ah, n) : shrVar(al, ah, n, signed)));
  });

const rotate64 =
  (right: boolean) =>
  (b: FunctionBuilder): void => {
    const { stack } = b;
    stack.forceTop(4);
    const [al, ah, n] = popPairs(b);
    if (n.op === Op.Const) {
      const [lo, hi] = rotlConst(al, ah, right ? 64 - (n.n & 63) : n.n);
      stack.push64(lo, hi);
      return;
    }
    const swapped = and(n, constant(32));
    const x = stack.toTemp(select(I, swapped, ah, al));
    const y = stack.toTemp(select(I, swapped, al, ah));
    stack.push64(...(right ? rotrVar(x, y, n) : rotlVar(x, y, n)));
  };
lowering('i64.rotl', rotate64(false));
lowering('i64.rotr', rotate64(true));

for (const [name, make] of [
  ['clz', clz64],
  ['ctz', ctz64],
  ['popcnt', popcnt64],
] as const)
  lowering(`i64.${name}`, ({ stack }) => {
    stack.forceTop(2);
    const [al, ah] = stack.popValue() as [Node, Node];
    stack.push64(
      make(al, ah, (node) => stack.toTemp(node)),
      constant(0),
    );
  });

lowering('i64.eqz', ({ stack }) => {
  const [al, ah] = stack.popValue() as [Node, Node];
  stack.push(I32, eqz64(al, ah));
});
for (const name of ['eq', 'ne'] as const)
  lowering(`i64.${name}`, (b) => {
    b.stack.forceTop(4);
    const [al, ah, bl, bh] = popPairs(b);
    const equal = eq64(al, ah, bl, bh);
    b.stack.push(I32, name === 'eq' ? equal : eqz(equal));
  });
for (const [name, strict, low] of [
  ['lt_s', Op.LtS, Op.LtU],
  ['lt_u', Op.LtU, Op.LtU],
  ['le_s', Op.LtS, Op.LeU],
  ['le_u', Op.LtU, Op.LeU],
  ['gt_s', Op.GtS, Op.GtU],
  ['gt_u', Op.GtU, Op.GtU],
  ['ge_s', Op.GtS, Op.GeU],
  ['ge_u', Op.GtU, Op.GeU],
] as const)
  lowering(`i64.${name}`, (b) => {
    b.stack.forceTop(4);
    const [al, ah, bl, bh] = popPairs(b);
    b.stack.push(I32, compare64(strict, low, al, ah, bl, bh));
  });

for (const [name, sign] of [
  ['add', 1],
  ['sub', -1],
] as const)
  lowering(`i64.${name}128`, (b) => {
    const { stack } = b;
    stack.forceTop(8);
    const [c0, c1, d0, d1] = popPairs(b);
    const [a0, a1, b0, b1] = popPairs(b);
    // Word by word; the carry into word i is told from the words below.
    const words = [
      [a0, c0],
      [a1, c1],
      [b0, d0],
      [b1, d1],
    ] as const;
    let carry: Node = constant(0);
    const out: Node[] = [];
    for (const [x, y] of words) {
      if (sign > 0) {
        const part = stack.toTemp(add(x, y));
        const sum = stack.toTemp(add(part, carry));
        carry = stack.toTemp(or(binary(Op.LtU, part, y), binary(Op.LtU, sum, carry)));
        out.push(sum);
      } else {
        const part = stack.toTemp(sub(x, y));
        const difference = stack.toTemp(sub(part, carry));
        carry = stack.toTemp(or(binary(Op.LtU, x, y), binary(Op.LtU, part, carry)));
        out.push(difference);
      }
    }
    stack.push64(out[0]!, out[1]!);
    stack.push64(out[2]!, out[3]!);
  });

for (const signed of [true, false])
  lowering(`i64.mul_wide_${signed ? 's' : 'u'}`, (b) => {
    const { stack, ctx } = b;
    stack.forceTop(4);
    const args = popPairs(b);
    const words = [
      stack.toTemp(
        helper(ctx.helper(`_i64_mul_wide_${signed ? 's' : 'u'}`), I, Fx.writeState, args),
      ),
    ];
    for (let i = 0; i < 3; i++) words.push(stack.toTemp(nameNode(ctx.channel('h', i), I)));
    stack.push64(words[0]!, words[1]!);
    stack.push64(words[2]!, words[3]!);
  });
