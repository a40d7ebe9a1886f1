/** Lowerings of loads, stores and the other memory instructions. */

import { F32, F64, I32 } from '@wasm2js/decoder';
import { hasAccessors, wordsAccessor } from '../../../accessors.js';
import { AHEAD } from '../../../ahead.js';
import { LAST_ELEMENTS, type ModuleContext } from '../../../context.js';
import { constant, isConst, shrS } from '../../ir/int.js';
import {
  D,
  F,
  FX_CALL,
  Fx,
  helper,
  I,
  type IrType,
  Node,
  nameNode,
  Op,
  R,
  S,
  Stmt,
  setName,
} from '../../ir/ir.js';
import type { FunctionBuilder } from '../builder.js';
import { lowering } from '../builder.js';

/**
 * A read of `access` (a DataView method) at address a + offset.
 * @param align what the module says of the address's alignment
 */
export function load(
  type: IrType,
  access: string,
  memory: number,
  a: Node,
  offset: number,
  align = 0,
): Node {
  const node = new Node(Op.Load, type, a.fx | Fx.readMemory | Fx.trapMemory, a, null, null, offset);
  node.name = access;
  node.memory = memory;
  node.align = align;
  return node;
}

/** A write of the value by `access` at address a + offset; `align` as of `load`. */
export function store(
  access: string,
  memory: number,
  a: Node,
  offset: number,
  value: Node,
  align = 0,
): Node {
  const fx = a.fx | value.fx | Fx.writeMemory | Fx.trapMemory;
  const node = new Node(Op.Store, value.type, fx, a, value, null, offset);
  node.name = access;
  node.memory = memory;
  node.align = align;
  return node;
}

/** Pops the address of the present load or store. */
export function address(b: FunctionBuilder): Node {
  const plan = b.ctx.memory(b.reader.x);
  return b.popAddress(plan.addr64, '_addr64');
}

const LOADS32: [string, string][] = [
  ['i32.load', 'getInt32'],
  ['i32.load8_s', 'getInt8'],
  ['i32.load8_u', 'getUint8'],
  ['i32.load16_s', 'getInt16'],
  ['i32.load16_u', 'getUint16'],
];
for (const [name, access] of LOADS32)
  lowering(name, (b) => {
    const { x, memOffset, align } = b.reader;
    b.stack.push(I32, load(I, access, x, address(b), memOffset, align));
  });

const LOADS64: [string, string, boolean][] = [
  ['i64.load8_s', 'getInt8', true],
  ['i64.load8_u', 'getUint8', false],
  ['i64.load16_s', 'getInt16', true],
  ['i64.load16_u', 'getUint16', false],
  ['i64.load32_s', 'getInt32', true],
  ['i64.load32_u', 'getInt32', false],
];
for (const [name, access, signed] of LOADS64)
  lowering(name, (b) => {
    const { x, memOffset, align } = b.reader;
    const lo = load(I, access, x, address(b), memOffset, align);
    if (!signed) {
      b.stack.push64(lo, constant(0));
      return;
    }
    const word = b.stack.toTemp(lo);
    b.stack.push64(word, shrS(word, constant(31)));
  });

/** Pops the address as an atom: it is used for two accesses. */
export function addressAtom(b: FunctionBuilder): Node {
  return b.stack.toTemp(address(b));
}

lowering('i64.load', (b) => {
  const { x, memOffset, align } = b.reader;
  const { stack } = b;
  const addr64 = b.ctx.memory(x).addr64;
  if (!addr64) stack.force(0);
  const a = addr64 ? addressAtom(b) : address(b);
  // The high word lies behind the low one: where it is in bounds, so is the low one.
  const lo = load(I, 'getInt32', x, a, memOffset, align);
  lo.fx &= ~Fx.trapMemory;
  stack.push64(lo, load(I, 'getInt32', x, a, memOffset + 4, align));
});
for (const [name, valType, type, access] of [
  ['f32.load', F32, F, 'getFloat32'],
  ['f64.load', F64, D, 'getFloat64'],
] as const)
  lowering(name, (b) => {
    // Number and bits may both be read: the address must be an atom.
    const { x, memOffset, align } = b.reader;
    const addr64 = b.ctx.memory(x).addr64;
    if (!addr64) b.stack.force(0);
    const a = addr64 ? addressAtom(b) : address(b);
    b.stack.push(valType, load(type, access, x, a, memOffset, align));
  });

const STORES: [string, string][] = [
  ['i32.store', 'setInt32'],
  ['i32.store8', 'setInt8'],
  ['i32.store16', 'setInt16'],
  ['f32.store', 'setFloat32'],
];
for (const [name, access] of STORES)
  lowering(name, (b) => {
    const { x, memOffset, align } = b.reader;
    b.settleAbove(b.ctx.memory(x).addr64, 1);
    const value = b.stack.pop();
    b.stack.effect(store(access, x, address(b), memOffset, value, align));
  });
for (const [name, access] of [
  ['i64.store8', 'setInt8'],
  ['i64.store16', 'setInt16'],
  ['i64.store32', 'setInt32'],
] as const)
  lowering(name, (b) => {
    const { x, memOffset, align } = b.reader;
    const { stack } = b;
    const hi = stack.slots[stack.slots.length - 1]!;
    if ((hi.fx & Fx.trapMemory) !== 0) stack.force(0);
    b.settleAbove(b.ctx.memory(x).addr64, 2);
    const [lo] = stack.popValue() as [Node, Node];
    stack.effect(store(access, x, address(b), memOffset, lo, align));
  });
lowering('i64.store', (b) => {
  const { x, memOffset, align } = b.reader;
  const { stack } = b;
  const unsafe = Fx.readMemory | Fx.trapMemory;
  const addr64 = b.ctx.memory(x).addr64;
  if (AHEAD && !addr64 && hasAccessors(b.ctx, x) && storeWords(b, x, memOffset)) return;
  if (!addr64) stack.force(2);
  // The first store must not change what the second one's value reads.
  if ((stack.slots[stack.slots.length - 2]!.fx & unsafe) !== 0) stack.force(1);
  const [lo, hi] = stack.popValue() as [Node, Node];
  const a = addr64 ? addressAtom(b) : address(b);
  stack.effect(store('setInt32', x, a, memOffset + 4, hi, align));
  stack.effect(store('setInt32', x, a, memOffset, lo, align));
});
/** Writes 64 bits by a function of the instance. @returns is there one? */
function storeWords({ ctx, stack }: FunctionBuilder, memory: number, offset: number): boolean {
  const [base, lo, hi] = stack.slots.slice(-3) as [Node, Node, Node];
  const copied =
    isWord(lo, memory) && isWord(hi, memory) && hi.n === lo.n + 4 && isSameAtom(lo.a!, hi.a!);
  const from = copied ? { base: lo.a!, offset: lo.n } : ([lo, hi] as const);
  const writes = wordsAccessor(ctx, memory, { base, offset }, from);
  if (writes === undefined) return false;
  stack.popValue();
  stack.pop();
  const fx = Fx.readMemory | Fx.writeMemory | Fx.trapMemory;
  const list = [...writes.args, ...writes.offsets.map((at) => constant(at))];
  stack.effect(helper(writes.name, I, fx, list));
  return true;
}

const isWord = ({ op, name, memory }: Node, of: number): boolean =>
  op === Op.Load && name === 'getInt32' && memory === of;

const isSameAtom = (a: Node, b: Node): boolean =>
  a.op === b.op && ((a.op === Op.Get && a.v === b.v) || (a.op === Op.Const && a.n === b.n));

lowering('f64.store', (b) => {
  const { x, memOffset, align } = b.reader;
  const { stack } = b;
  const addr64 = b.ctx.memory(x).addr64;
  // Two words are written where the value travels as bits: address and value must be atoms then.
  if (!addr64) stack.force(1);
  b.settleAbove(addr64, 1);
  const value = stack.pop();
  const a = addr64 ? addressAtom(b) : address(b);
  stack.effect(store('setFloat64', x, a, memOffset, value, align));
});

lowering('memory.size', (b) => {
  const plan = b.ctx.memory(b.reader.x);
  if (plan.shared) {
    const size = helper(b.ctx.helper('_shared_size'), I, FX_CALL, [nameNode(plan.name, 3, 0)]);
    b.pushAddress(plan.addr64, b.stack.toTemp(size), () => constant(0));
  } else b.pushAddress(plan.addr64, nameNode(`${plan.name}.n`, I), () => constant(0));
});
lowering('memory.grow', (b) => {
  const { stack, ctx } = b;
  const plan = ctx.memory(b.reader.x);
  let delta: Node;
  if (plan.addr64) {
    const [lo, hi] = stack.popValue() as [Node, Node];
    // A delta of 2^32 pages or more never fits.
    delta = isConst(hi, 0) ? lo : helper(ctx.helper('_grow64'), I, 0, [lo, hi]);
  } else delta = stack.pop();
  const fx = Fx.readState | Fx.writeState | Fx.writeMemory | Fx.readMemory;
  const old = stack.toTemp(helper('_memory_grow', I, fx, [nameNode(plan.name, 3, 0), delta]));
  stack.out.push(new Stmt(S.Reload));
  b.pushAddress(plan.addr64, old, (lo) => shrS(lo, constant(31)));
});

const BULK = Fx.readMemory | Fx.writeMemory | Fx.trapMemory | Fx.readState;

/** The bytes of a memory that is read by typed arrays, and the index of the last one. */
const bytesOf = (ctx: ModuleContext, memory: number): Node[] => [
  nameNode(ctx.memoryView(memory, 'b'), R, 0),
  nameNode(ctx.memoryView(memory, LAST_ELEMENTS[0]!), I),
];

lowering('memory.fill', (b) => {
  const { stack, ctx, reader } = b;
  const plan = ctx.memory(reader.x);
  b.settleAbove(plan.addr64, 3);
  const n = b.popAddress(plan.addr64, '_addr64');
  const value = stack.pop();
  const d = b.popAddress(plan.addr64, '_addr64');
  const [name, objects] =
    AHEAD && plan.typed
      ? ['_bytes_fill', bytesOf(ctx, reader.x)]
      : ['_memory_fill', [nameNode(plan.name, R, 0)]];
  const node = helper(name, I, BULK, [...objects, d, value, n]);
  node.memory = reader.x;
  stack.effect(node);
});
lowering('memory.copy', (b) => {
  const { stack, ctx, reader } = b;
  const { x, y } = reader;
  const to = ctx.memory(x);
  const from = ctx.memory(y);
  const count = to.addr64 && from.addr64 ? 2 : 1;
  b.settleAbove(from.addr64, count);
  b.settleAbove(to.addr64, (from.addr64 ? 2 : 1) + count);
  const n = b.popAddress(to.addr64 && from.addr64, '_addr64');
  const s = b.popAddress(from.addr64, '_addr64');
  const d = b.popAddress(to.addr64, '_addr64');
  const [name, objects] = copier(ctx, x, y);
  const node = helper(name, I, BULK, [...objects, d, s, n]);
  node.memory = x;
  stack.effect(node);
});

/** What copies from a memory to another, or within one, and what it has to be given of them. */
function copier(ctx: ModuleContext, x: number, y: number): [name: string, objects: Node[]] {
  const to = ctx.memory(x);
  const from = ctx.memory(y);
  if (!AHEAD || !to.typed || !from.typed)
    return ['_memory_copy', [nameNode(to.name, R, 0), nameNode(from.name, R, 0)]];
  if (x === y) return ['_bytes_copy', bytesOf(ctx, x)];
  return ['_bytes_copy_between', [...bytesOf(ctx, x), ...bytesOf(ctx, y)]];
}

lowering('memory.init', (b) => {
  const { stack, ctx, reader } = b;
  const plan = ctx.memory(reader.y);
  b.settleAbove(plan.addr64, 2);
  // The segment is read before the operands are evaluated: they must not drop it.
  stack.settleTop(plan.addr64 ? 4 : 3, Fx.readState);
  const n = stack.pop();
  const s = stack.pop();
  const d = b.popAddress(plan.addr64, '_addr64');
  const objects = [nameNode(plan.name, 3, 0), nameNode(ctx.data(reader.x), 3)];
  stack.effect(helper(ctx.helper('_memory_init'), I, BULK, [...objects, d, s, n]));
});
lowering('data.drop', (b) => {
  const { stack, ctx, reader } = b;
  const stmt = setName(ctx.data(reader.x), nameNode(ctx.helper('_empty'), 3, 0));
  stack.emit(stmt, Fx.writeState);
});
