/** Lowerings of the reference instructions that look at no type and no object. */
import { I32, refType, withNullable } from '@wasm2js/decoder';
import { eqz } from '../../ir/int.js';
import { Fx, I, Node, nameNode, Op, R } from '../../ir/ir.js';
import { lowering } from '../builder.js';

/** The null reference. */
export const nullNode = (): Node => new Node(Op.Null, R, 0, null, null, null, 0);
/** 1 where the reference is null. */
export const isNull = (a: Node): Node => {
  const node = new Node(Op.IsNull, I, a.fx, a, null, null, 0);
  return node;
};

lowering('ref.null', ({ stack, reader }) => stack.push(reader.reftype, nullNode()));
lowering('ref.is_null', ({ stack }) => stack.push(I32, isNull(stack.pop())));
lowering('ref.func', ({ stack, reader, ctx, module }) => {
  const type = refType(module.funcTypes[reader.x]!, false);
  stack.push(type, nameNode(ctx.refFunc(reader.x), R, 0));
});
lowering('ref.as_non_null', ({ stack }) => {
  const type = withNullable(stack.types[stack.types.length - 1]!, false);
  const a = stack.pop();
  stack.push(type, new Node(Op.NonNull, R, a.fx | Fx.trap, a, null, null, 0));
});
lowering('ref.eq', ({ stack }) => {
  const b = stack.pop();
  const a = stack.pop();
  const node = new Node(Op.RefEq, I, a.fx | b.fx, a, b, null, 0);
  stack.push(I32, node);
});
lowering('br_on_null', (b) => {
  const { stack, reader } = b;
  const type = stack.types[stack.types.length - 1]!;
  const a = stack.force(0);
  stack.pop();
  b.branchIf(reader.x, isNull(a));
  stack.push(withNullable(type, false), a);
});
lowering('br_on_non_null', (b) => {
  const { stack, reader } = b;
  const a = stack.force(0);
  b.branchIf(reader.x, eqz(isNull(a)));
  stack.pop();
});
