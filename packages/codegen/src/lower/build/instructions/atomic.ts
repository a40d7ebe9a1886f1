/**
 * Lowerings of the atomic instructions: calls of helpers that take the memory, the address, the offset and an
 * operation of the host's `Atomics`. They read and write memory, trap, and see other threads, so nothing that
 * reads or writes state moves past them.
 */
import { I32 } from '@wasm2js/decoder';
import { constant } from '../../ir/int.js';
import { FX_CALL, helper, I, type Node, nameNode } from '../../ir/ir.js';
import type { FunctionBuilder } from '../builder.js';
import { lowering } from '../builder.js';

/** A call of an atomic helper on the present memory. */
function atomic(b: FunctionBuilder, name: string, address: Node, more: Node[]): Node {
  const plan = b.ctx.memory(b.reader.x);
  const list = [
    nameNode(plan.name, 3, 0),
    address,
    nameNode(String(b.reader.memOffset), I, 0),
    ...more,
  ];
  return helper(b.ctx.helper(name), I, FX_CALL, list);
}

/**
 * Pops components and, below them, the address.
 * @param dropped will some of the components not be evaluated?
 */
function operands(
  b: FunctionBuilder,
  slots: number,
  values: number,
  dropped = false,
): { a: Node; list: Node[] } {
  const { stack } = b;
  const { addr64 } = b.ctx.memory(b.reader.x);
  if (dropped) stack.settleTop(slots, FX_CALL);
  b.settleAbove(addr64, slots);
  const list = stack.popValues(values);
  return { a: b.popAddress(addr64, '_addr64'), list };
}

/** Pushes an i64 result whose high half is in the channel. */
function push64(b: FunctionBuilder, low: Node): void {
  const { stack, ctx } = b;
  const lo = stack.toTemp(low);
  const name = ctx.channel('h', 0);
  stack.push64(lo, stack.toTemp(nameNode(name, I)));
}

/** Pushes a result of at most 32 bits as i32 or zero-extended as i64. */
function push(b: FunctionBuilder, wide: boolean, node: Node): void {
  if (!wide) b.stack.push(I32, b.stack.toTemp(node));
  else b.stack.push64(b.stack.toTemp(node), constant(0));
}

/** Suffixes of the instructions' names, by type: width in bits of what is accessed. */
const WIDTHS: ['i32' | 'i64', string, number][] = [
  ['i32', '', 32],
  ['i32', '8', 8],
  ['i32', '16', 16],
  ['i64', '', 64],
  ['i64', '8', 8],
  ['i64', '16', 16],
  ['i64', '32', 32],
];

for (const [type, narrow, bits] of WIDTHS) {
  const wide = type === 'i64';
  const unsigned = narrow === '' ? '' : '_u';
  lowering(`${type}.atomic.load${narrow}${unsigned}`, (b) => {
    const { a } = operands(b, 0, 0);
    const value = atomic(b, `_atomic_load${bits}`, a, []);
    if (bits === 64) push64(b, value);
    else push(b, wide, value);
  });
  const operate = (b: FunctionBuilder, operation: string, values: number): Node => {
    const dropped = wide && bits !== 64;
    const { a, list } = operands(b, (wide ? 2 : 1) * values, values, dropped);
    // Of a 64-bit operand a narrow access takes the low half.
    const parts = dropped ? list.filter((_, i) => i % 2 === 0) : list;
    return atomic(b, `_atomic${bits}`, a, [nameNode(`Atomics.${operation}`, 3, 0), ...parts]);
  };
  lowering(`${type}.atomic.store${narrow}`, (b) => {
    b.stack.effect(operate(b, 'store', 1));
  });
  for (const [name, operation, values] of [
    ['add', 'add', 1],
    ['sub', 'sub', 1],
    ['and', 'and', 1],
    ['or', 'or', 1],
    ['xor', 'xor', 1],
    ['xchg', 'exchange', 1],
    ['cmpxchg', 'compareExchange', 2],
  ] as const)
    lowering(`${type}.atomic.rmw${narrow}.${name}${unsigned}`, (b) => {
      const old = operate(b, operation, values);
      if (bits === 64) push64(b, old);
      else push(b, wide, old);
    });
}

lowering('memory.atomic.notify', (b) => {
  const { a, list } = operands(b, 1, 1);
  b.stack.push(I32, b.stack.toTemp(atomic(b, '_atomic_notify', a, list)));
});
for (const [name, slots] of [
  ['32', 3],
  ['64', 4],
] as const)
  lowering(`memory.atomic.wait${name}`, (b) => {
    const { a, list } = operands(b, slots, 2);
    b.stack.push(I32, b.stack.toTemp(atomic(b, `_atomic_wait${name}`, a, list)));
  });
lowering('atomic.fence', (b) => {
  if (b.module.memoryTypes.some(({ limits }) => limits.shared))
    b.stack.effect(helper(b.ctx.helper('_atomic_fence'), I, FX_CALL, []));
});
