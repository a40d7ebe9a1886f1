/** Lowerings of local and global variables, drop and select. */
import { type FunctionBuilder, lowering } from '../builder.js';
import { blend, floatOp, isAtom, maskOf, select, selectTruth } from '../int.js';
import { D, F, Fx, get, I, type Node, nameNode, Op, R, setName } from '../ir.js';
import { slotCount, slotType } from '../stack.js';
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
  const { stack, ctx, reader } = b;
  const plan = ctx.global(reader.x);
  const fx = plan.mutable ? Fx.readState : 0;
  const type = slotType(plan.type);
  if (type === I || type === R) {
    stack.pushValue(
      plan.type,
      plan.parts.map((part) => nameNode(part, type, fx)),
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

function selectValue({ stack }: FunctionBuilder): void {
  const type = stack.types[stack.types.length - 2]!;
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
    // Without a branch, everything is evaluated: the second operand twice.
    for (let i = 0; i < count; i++) stack.force(1 + i);
    let mask = maskOf(stack.pop());
    if (count > 1) mask = stack.toTemp(mask);
    const b = stack.popValue();
    const a = stack.popValue();
    stack.pushValue(
      type,
      a.map((node, i) => blend(mask, node, b[i]!)),
    );
    return;
  }
  const top = stack.slots.length - 1;
  const effects = Fx.trapMemory | Fx.trap | Fx.writeMemory | Fx.writeState;
  const condition = stack.slots[top]!;
  // Only one operand will be evaluated, after the condition: neither may have effects.
  const writes = (condition.fx & (Fx.writeMemory | Fx.writeState)) !== 0;
  const reading = effects | (writes ? Fx.readMemory | Fx.readState : 0);
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
lowering('select', selectValue);
lowering('select_t', selectValue);
