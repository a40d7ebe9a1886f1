/** Lowerings of the f32 and f64 instructions and of all conversions from and to floats. */
import { F32, F64, I32, type ValType } from '@wasm2js/decoder';
import { constant, floatConst, floatOp } from '../../ir/int.js';
import { D, F, Fx, helper, I, type IrType, type Node, nameNode, Op } from '../../ir/ir.js';
import { lowering } from '../builder.js';

const ARITHMETIC: [string, Op, number][] = [
  ['add', Op.FAdd, 2],
  ['sub', Op.FSub, 2],
  ['mul', Op.FMul, 2],
  ['div', Op.FDiv, 2],
  ['min', Op.FMin, 2],
  ['max', Op.FMax, 2],
  ['copysign', Op.FCopysign, 2],
  ['abs', Op.FAbs, 1],
  ['neg', Op.FNeg, 1],
  ['sqrt', Op.FSqrt, 1],
  ['ceil', Op.FCeil, 1],
  ['floor', Op.FFloor, 1],
  ['trunc', Op.FTrunc, 1],
  ['nearest', Op.FNearest, 1],
];
const COMPARE: [string, Op][] = [
  ['eq', Op.FEq],
  ['ne', Op.FNe],
  ['lt', Op.FLt],
  ['le', Op.FLe],
  ['gt', Op.FGt],
  ['ge', Op.FGe],
];

/** Operations that read their operands more than once: those must be atoms. */
const REREAD = new Set([Op.FAbs, Op.FNeg, Op.FCopysign, Op.FMin, Op.FMax]);

const KINDS: [string, ValType, IrType][] = [
  ['f32', F32, F],
  ['f64', F64, D],
];
for (const [prefix, type, irType] of KINDS) {
  for (const [name, op, arity] of ARITHMETIC)
    lowering(`${prefix}.${name}`, ({ stack }) => {
      if (REREAD.has(op)) stack.forceTop(arity);
      const b = arity === 2 ? stack.pop() : null;
      const a = stack.pop();
      stack.push(type, floatOp(op, irType, a, b));
    });
  for (const [name, op] of COMPARE)
    lowering(`${prefix}.${name}`, ({ stack }) => {
      const b = stack.pop();
      const a = stack.pop();
      stack.push(I32, floatOp(op, I, a, b));
    });
  for (const [sign, op, op64] of [
    ['s', Op.ConvertS, Op.Convert64S],
    ['u', Op.ConvertU, Op.Convert64U],
  ] as const) {
    lowering(`${prefix}.convert_i32_${sign}`, ({ stack }) => {
      stack.push(type, floatOp(op, irType, stack.pop()));
    });
    lowering(`${prefix}.convert_i64_${sign}`, ({ stack }) => {
      const [lo, hi] = stack.popValue() as [Node, Node];
      stack.push(type, floatOp(op64, irType, lo, hi));
    });
    // Truncations: to i32 an expression, to i64 a helper that sets the channel.
    for (const saturating of ['trunc', 'trunc_sat']) {
      const suffix = `${saturating}_${prefix}_${sign}`;
      const fx = saturating === 'trunc' ? Fx.trap : 0;
      lowering(`i32.${suffix}`, ({ stack }) => {
        const x = stack.force(0);
        stack.pop();
        stack.push(I32, helper(`_i32_${saturating}_${sign}`, I, fx, [x]));
      });
      lowering(`i64.${suffix}`, ({ stack, ctx }) => {
        const x = stack.pop();
        const name = ctx.helper(`_i64_${saturating}_${sign}`);
        const lo = stack.toTemp(helper(name, I, fx | Fx.writeState, [x]));
        const hi = stack.toTemp(nameNode(ctx.channel('h', 0), I));
        stack.push64(lo, hi);
      });
    }
  }
}

lowering('f32.const', ({ stack, reader }) => stack.push(F32, floatConst(F, reader.lo, 0)));
lowering('f64.const', ({ stack, reader }) => stack.push(F64, floatConst(D, reader.lo, reader.hi)));
lowering('f32.demote_f64', ({ stack }) => stack.push(F32, floatOp(Op.Demote, F, stack.pop())));
lowering('f64.promote_f32', ({ stack }) => stack.push(F64, floatOp(Op.Promote, D, stack.pop())));

/** The bits of a float atom. */
const bits = (op: Op.BitsLo | Op.BitsHi, x: Node): Node => floatOp(op, I, x);

lowering('i32.reinterpret_f32', ({ stack }) => {
  const x = stack.force(0);
  stack.pop();
  stack.push(I32, x.op === Op.FConst ? constant(x.n) : bits(Op.BitsLo, x));
});
lowering('i64.reinterpret_f64', ({ stack }) => {
  const x = stack.force(0);
  stack.pop();
  if (x.op === Op.FConst) stack.push64(constant(x.n), constant(x.m));
  else stack.push64(bits(Op.BitsLo, x), bits(Op.BitsHi, x));
});
lowering('f32.reinterpret_i32', ({ stack }) => {
  stack.force(0);
  stack.push(F32, fromBits(F, stack.pop(), null));
});
lowering('f64.reinterpret_i64', ({ stack }) => {
  stack.forceTop(2);
  const [lo, hi] = stack.popValue() as [Node, Node];
  stack.push(F64, fromBits(D, lo, hi));
});

function fromBits(type: typeof F | typeof D, lo: Node, hi: Node | null): Node {
  if (lo.op === Op.Const && (hi === null || hi.op === Op.Const))
    return floatConst(type, lo.n, hi === null ? 0 : hi.n);
  return floatOp(Op.FromBits, type, lo, hi);
}
