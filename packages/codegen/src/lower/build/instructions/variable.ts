/** Lowerings of local and global variables, drop and select. */
import type { ValType } from '@wasm2js/decoder';
import { AHEAD } from '../../../ahead.js';
import { blend, floatOp, isAtom, maskOf, select, selectTruth } from '../../ir/int.js';
import { unbranched } from '../../ir/int64.js';
import {
  D,
  eachOperand,
  F,
  Fx,
  get,
  I,
  isPure,
  type Node,
  nameNode,
  Op,
  R,
  READS,
  S,
  Stmt,
  setName,
  setStmt,
  someOperand,
  TRAPS,
  type Variable,
  WRITES,
} from '../../ir/ir.js';
import { slotCount, slotType } from '../../ir/slots.js';
import { isSignExtended, signOf } from '../../ir/sums.js';
import type { FunctionBuilder } from '../builder.js';
import { lowering } from '../builder.js';
import { discard } from './numeric.js';

lowering('local.get', ({ stack, reader, locals, localTypes }) => {
  const type = localTypes[reader.x]!;
  stack.pushValue(type, locals[reader.x]!.map(get));
});

/** Assigns the popped components to a local. */
function setLocal(b: FunctionBuilder, index: number): void {
  const { stack } = b;
  const parts = b.locals[index]!;
  if (parts.length === 1) {
    stack.assign(parts[0]!, stack.pop());
    return;
  }
  for (const v of parts) saveBelow(b, v, parts.length);
  if (parts.length === 2 && signExtended(b)) {
    // Of such a pair the passes are to see that it is one.
    const [lo] = stack.popValue() as [Node, Node];
    if (lo.v !== parts[0]) stack.assign(parts[0]!, lo);
    stack.assign(parts[1]!, signOf(get(parts[0]!)));
    return;
  }
  stack.forceTop(parts.length);
  // An atom may be another component of the same local (a swap of halves): copy those first.
  let nodes = stack.popValue();
  if (
    nodes.some(
      (node, i) => node.op === Op.Get && parts.indexOf(node.v!) >= 0 && node.v !== parts[i],
    )
  )
    nodes = nodes.map((node) => stack.toTemp(node));
  for (let i = 0; i < parts.length; i++)
    if (nodes[i]!.op !== Op.Get || nodes[i]!.v !== parts[i]) stack.assign(parts[i]!, nodes[i]!);
}

/** Is the 64-bit value on top a sign-extended word? */
function signExtended({ stack }: FunctionBuilder): boolean {
  const [lo, hi] = stack.slots.slice(-2) as [Node, Node];
  return lo.op === Op.Get && isSignExtended(lo, hi);
}

/** Saves pending reads of v in the slots below the top `count`. */
function saveBelow({ stack }: FunctionBuilder, v: Parameters<typeof get>[0], count: number): void {
  const kept = stack.popSlots(count);
  stack.saveReads(v);
  for (const node of kept) stack.slots.push(node);
}

lowering('local.set', (b) => setLocal(b, b.reader.x));
lowering('local.tee', (b) => {
  const type = b.localTypes[b.reader.x]!;
  setLocal(b, b.reader.x);
  b.stack.pushValue(type, b.locals[b.reader.x]!.map(get));
});

lowering('global.get', (b) => {
  const { stack, ctx, reader, facts } = b;
  const plan = ctx.global(reader.x);
  const fx = plan.mutable ? Fx.readState : 0;
  const type = slotType(plan.type);
  if (type === I || type === R) {
    stack.pushValue(
      plan.type,
      plan.parts.map((part) => {
        const node = nameNode(part, type, fx);
        if (AHEAD) node.align = facts.aligned[reader.x] ?? 0;
        return node;
      }),
    );
    return;
  }
  // Floats are held as bits.
  const words = plan.parts.map((part) => stack.toTemp(nameNode(part, I, fx)));
  stack.push(plan.type, floatOp(Op.FromBits, type, words[0]!, words[1] ?? null));
});

lowering('global.set', (b) => {
  const { stack, ctx, reader } = b;
  const plan = ctx.global(reader.x);
  const type = slotType(plan.type);
  let nodes: Node[];
  if (type === F || type === D) {
    const x = stack.force(0);
    stack.pop();
    nodes = plan.parts.map((_, i) => floatOp(i === 0 ? Op.BitsLo : Op.BitsHi, I, x));
  } else {
    if (slotCount(plan.type) > 1) stack.forceTop(slotCount(plan.type));
    nodes = stack.popValue();
  }
  nodes.forEach((node, i) => {
    const stmt = setName(plan.parts[i]!, node);
    stack.emit(stmt, stmt.e!.fx);
  });
});

lowering('drop', ({ stack }) => {
  const count = slotCount(stack.types[stack.types.length - 1]!);
  if (count > 1) stack.forceTop(count);
  for (const node of stack.popValue()) discard(node, stack);
});

/** From such a cost of an operand of select on, a branch is cheaper than evaluating both. */
const COSTLY = 12;

/** Deeper stacks are not looked at, and no more statements are moved: selects take constant time. */
const MAX_LOOKED_AT = 64;
const MAX_MOVED = 16;

/** Costs of operations that are more than a simple one. */
const OWN_COSTS: Readonly<Partial<Record<Op, number>>> = {
  [Op.Mul]: 3,
  [Op.SumLow]: 3,
  [Op.SumHigh]: COSTLY,
};

/** About the cost of evaluating a tree, in simple operations. */
function costOf(node: Node): number {
  if (isAtom(node)) return 0;
  let sum = OWN_COSTS[node.op] ?? 1;
  eachOperand(node, (part) => {
    sum += costOf(part);
  });
  return sum;
}

/** Does the tree read the variable, stable or not? */
const mentions = (node: Node, v: Variable): boolean =>
  node.v === v || someOperand(node, (part) => mentions(part, v));

/** One side of a select: its components, and the statements before that compute for it alone. */
interface Side {
  nodes: Node[];
  before: Stmt[];
}

const needs = ({ nodes, before }: Side, v: Variable): boolean =>
  nodes.some((node) => mentions(node, v)) || before.some(({ e }) => mentions(e!, v));

/**
 * A select of integers one of which is costly becomes a branch around what only it needs.
 * @returns whether it did; else nothing has changed
 */
function selectByBranch(b: FunctionBuilder, type: ValType, count: number): boolean {
  const { stack } = b;
  const top = stack.slots.length - 1;
  if (top > MAX_LOOKED_AT) return false;
  const condition = stack.slots[top]!;
  const below = stack.slots.slice(0, top - 2 * count);
  const side = (from: number): Side => ({
    nodes: stack.slots.slice(from, from + count),
    before: [],
  });
  const sides = [side(top - 2 * count), side(top - count)];
  if (![condition, ...sides.flatMap(({ nodes }) => nodes)].every((node) => isPure(node.fx)))
    return false;
  // What stands before the block or loop stays there.
  const { start } = b.frames[b.frames.length - 1]!;
  const first = Math.max(start, stack.out.length - MAX_MOVED);
  let kept = stack.out.length;
  for (; kept > first; kept--) {
    const stmt = stack.out[kept - 1]!;
    const v = stmt.v;
    if (stmt.kind !== S.Set || !v!.stable || v!.sets.length > 1 || !isPure(stmt.e!.fx)) break;
    const users = sides.filter((item) => needs(item, v!));
    if (users.length !== 1 || [...below, condition].some((node) => mentions(node, v!))) break;
    users[0]!.before.unshift(stmt);
  }
  const cost = ({ nodes, before }: Side): number =>
    [...nodes, ...before.map(({ e }) => e!)].reduce((sum, node) => sum + costOf(node), 0);
  if (Math.max(...sides.map(cost)) < COSTLY) return false;
  stack.out.length = kept;
  stack.popSlots(2 * count + 1);
  stack.types.length -= 3;
  const results = sides[0]!.nodes.map(() => stack.temp(I));
  const choice = new Stmt(S.If);
  choice.e = condition;
  [choice.body, choice.alt] = sides.map(({ nodes, before }) => [
    ...before,
    ...nodes.map((node, i) => setStmt(results[i]!, node)),
  ]) as [Stmt[], Stmt[]];
  stack.out.push(choice);
  stack.pushValue(
    type,
    results.map((v) => get(v)),
  );
  return true;
}

/** A select of which only the operand that is chosen is evaluated; the others' effects come before. */
function selectByChoice({ stack }: FunctionBuilder, type: ValType, count: number): void {
  const top = stack.slots.length - 1;
  const writes = (stack.slots[top]!.fx & WRITES) !== 0;
  const reading = TRAPS | WRITES | (writes ? READS : 0);
  for (let i = top - 2 * count; i < top; i++)
    if ((stack.slots[i]!.fx & reading) !== 0) stack.force(top - i);
  if (count > 1) stack.force(0);
  const c = stack.pop();
  const b = stack.popValue();
  const a = stack.popValue();
  stack.pushValue(
    type,
    a.map((node, i) => select(I, c, node, b[i]!)),
  );
}

function selectValue(builder: FunctionBuilder, type: ValType): void {
  const { stack } = builder;
  const irType = slotType(type);
  const count = slotCount(type);
  if (irType === I) {
    const [a1, b1, c1] = stack.slots.slice(-3);
    const truth = count === 1 ? selectTruth(c1!, a1!, b1!) : undefined;
    if (truth !== undefined) {
      for (let i = 0; i < 3; i++) stack.pop();
      stack.push(type, truth);
      return;
    }
    if (selectByBranch(builder, type, count)) return;
    if (!builder.ctx.costs.blends) {
      selectByChoice(builder, type, count);
      return;
    }
    // Without a branch, everything is evaluated: the second operand twice.
    for (let i = 0; i < count; i++) stack.force(1 + i);
    let mask = maskOf(unbranched(stack.pop()));
    if (count > 1) mask = stack.toTemp(mask);
    const b = stack.popValue();
    const a = stack.popValue();
    stack.pushValue(
      type,
      a.map((node, i) => blend(mask, unbranched(node), b[i]!)),
    );
    return;
  }
  const top = stack.slots.length - 1;
  const effects = TRAPS | WRITES;
  const condition = stack.slots[top]!;
  // Only one operand will be evaluated, after the condition: neither may have effects.
  const writes = (condition.fx & WRITES) !== 0;
  const reading = effects | (writes ? READS : 0);
  const isFloat = irType === F || irType === D;
  for (let i = top - 2 * count; i < top; i++)
    if ((stack.slots[i]!.fx & reading) !== 0 || (isFloat && !isAtom(stack.slots[i]!)))
      stack.force(top - i);
  if (isFloat) stack.force(0);
  const c = stack.pop();
  const b = stack.popValue();
  const a = stack.popValue();
  stack.pushValue(
    type,
    a.map((node, i) => select(irType, c, node, b[i]!)),
  );
}
lowering('select', (b) => selectValue(b, b.stack.types[b.stack.types.length - 2]!));
lowering('select_t', (b) => selectValue(b, b.reader.types[0]!));
