/** Lowerings of the table instructions. */

import { constant, shrS } from '../../ir/int.js';
import { Fx, helper, I, type Node, nameNode, R, setName } from '../../ir/ir.js';
import type { FunctionBuilder } from '../builder.js';
import { lowering } from '../builder.js';

const READ = Fx.readTable | Fx.trap;
const WRITE = Fx.readTable | Fx.writeTable | Fx.trap;

const is64 = (b: FunctionBuilder, table: number): boolean =>
  b.module.tableTypes[table]!.limits.addr64;
const popIndex = (b: FunctionBuilder, table: number): Node =>
  b.popAddress(is64(b, table), '_table64');
const tableNode = (b: FunctionBuilder, table: number): Node => nameNode(b.ctx.table(table), R, 0);

lowering('table.get', (b) => {
  const { stack, ctx, reader } = b;
  const i = popIndex(b, reader.x);
  const element = b.module.tableTypes[reader.x]!.element;
  stack.push(element, helper(ctx.helper('_table_get'), R, READ, [tableNode(b, reader.x), i]));
});
lowering('table.set', (b) => {
  const { stack, ctx, reader } = b;
  b.settleAbove(is64(b, reader.x), 1);
  const value = stack.pop();
  const i = popIndex(b, reader.x);
  stack.effect(helper(ctx.helper('_table_set'), I, WRITE, [tableNode(b, reader.x), i, value]));
});
lowering('table.size', (b) => {
  const { ctx, reader } = b;
  const size = nameNode(`${ctx.table(reader.x)}.a.length`, I, Fx.readTable);
  b.pushAddress(is64(b, reader.x), size, () => constant(0));
});
lowering('table.grow', (b) => {
  const { stack, ctx, reader } = b;
  const addr64 = is64(b, reader.x);
  let n: Node;
  if (addr64) {
    const [lo, hi] = stack.popValue() as [Node, Node];
    n = helper(ctx.helper('_grow64'), I, 0, [lo, hi]);
  } else n = stack.pop();
  const value = stack.pop();
  const fx = Fx.readTable | Fx.writeTable;
  const args = [tableNode(b, reader.x), value, n];
  const old = stack.toTemp(helper(ctx.helper('_table_grow'), I, fx, args));
  b.pushAddress(addr64, old, (lo) => shrS(lo, constant(31)));
});
lowering('table.fill', (b) => {
  const { stack, ctx, reader } = b;
  b.settleAbove(is64(b, reader.x), 3);
  const n = popIndex(b, reader.x);
  const value = stack.pop();
  const i = popIndex(b, reader.x);
  stack.effect(helper(ctx.helper('_table_fill'), I, WRITE, [tableNode(b, reader.x), i, value, n]));
});
lowering('table.copy', (b) => {
  const { stack, ctx, reader } = b;
  const { x, y } = reader;
  const [to64, from64] = [is64(b, x), is64(b, y)];
  const count = to64 && from64 ? 2 : 1;
  b.settleAbove(from64, count);
  b.settleAbove(to64, (from64 ? 2 : 1) + count);
  const n = b.popAddress(to64 && from64, '_table64');
  const s = popIndex(b, y);
  const d = popIndex(b, x);
  const tables = [tableNode(b, x), tableNode(b, y)];
  stack.effect(helper(ctx.helper('_table_copy'), I, WRITE, [...tables, d, s, n]));
});
lowering('table.init', (b) => {
  const { stack, ctx, reader } = b;
  const addr64 = is64(b, reader.y);
  b.settleAbove(addr64, 2);
  // The segment is read before the operands are evaluated: they must not drop it.
  stack.settleTop(addr64 ? 4 : 3, Fx.readState);
  const n = stack.pop();
  const s = stack.pop();
  const d = popIndex(b, reader.y);
  const objects = [tableNode(b, reader.y), nameNode(ctx.elem(reader.x), R)];
  stack.effect(helper(ctx.helper('_table_init'), I, WRITE, [...objects, d, s, n]));
});
lowering('elem.drop', (b) => {
  const { stack, ctx, reader } = b;
  const stmt = setName(ctx.elem(reader.x), nameNode(ctx.helper('_none'), R, 0));
  stack.emit(stmt, Fx.writeState);
});
