/**
 * Lowerings of vector loads and stores. The words of an access are those of several: the last one is accessed
 * first (or alone may trap), so that where it is in bounds the others are, and nothing is written by halves.
 */
import { constant, shrS, shrU } from '../../ir/int.js';
import { F, Fx, I, type Node } from '../../ir/ir.js';
import { laneNode } from '../../ir/lane-operations.js';
import { doubleOf, floatOf, isLane } from '../../ir/lanes.js';
import { withLane } from '../../ir/swar.js';
import type { FunctionBuilder } from '../builder.js';
import { lowering } from '../builder.js';
import { discardWords, popWords, type Words } from '../vector.js';
import { address, addressAtom, load, store } from './memory.js';

/** Pops the address of an access as an atom. */
function popAddressAtom(b: FunctionBuilder): Node {
  const { addr64 } = b.ctx.memory(b.reader.x);
  if (!addr64) b.stack.force(0);
  return addr64 ? addressAtom(b) : address(b);
}

/** Pops the address and reads `count` words; the last one traps for all. */
function loadWords(b: FunctionBuilder, count: number): Node[] {
  const { x, memOffset, align } = b.reader;
  const a = popAddressAtom(b);
  return Array.from({ length: count }, (_, i) => {
    const word = load(I, 'getInt32', x, a, memOffset + 4 * i, align);
    if (i < count - 1) word.fx &= ~Fx.trapMemory;
    return word;
  });
}

const signOf = (signed: boolean): string => (signed ? 's' : 'u');

lowering('v128.load', (b) => b.stack.pushVector(loadWords(b, 4)));

for (const signed of [true, false])
  for (const [name, widen] of [
    ['8x8', (a: Node) => [0, 2].map((i) => laneNode(`i16x8.extend_${signOf(signed)}`, [a], i))],
    ['16x4', (a: Node) => [0, 1].map((i) => laneNode(`i16x8.extract_${signOf(signed)}`, [a], i))],
    ['32x2', (a: Node) => [a, signed ? shrS(a, constant(31)) : constant(0)]],
  ] as [string, (a: Node) => Node[]][])
    lowering(`v128.load${name}_${signed ? 's' : 'u'}`, (b) => {
      const words = loadWords(b, 2).map((word) => b.stack.toTemp(word));
      b.stack.pushVector(words.flatMap(widen).map((word) => b.stack.toTemp(word)));
    });

for (const [bits, access] of [
  ['8', 'getUint8'],
  ['16', 'getUint16'],
  ['32', 'getInt32'],
] as const)
  lowering(`v128.load${bits}_splat`, (b) => {
    const { x, memOffset } = b.reader;
    const lane = load(I, access, x, address(b), memOffset);
    const { stack } = b;
    const word =
      bits === '32'
        ? stack.toTemp(lane)
        : stack.toTemp(laneNode(`i${bits}x${128 / Number(bits)}.splat`, [stack.toTemp(lane)]));
    b.stack.pushVector([word, word, word, word]);
  });
lowering('v128.load64_splat', (b) => {
  const words = loadWords(b, 2).map((word) => b.stack.toTemp(word));
  b.stack.pushVector([...words, ...words]);
});
for (const count of [1, 2])
  lowering(`v128.load${32 * count}_zero`, (b) => {
    const words = loadWords(b, count);
    while (words.length < 4) words.push(constant(0));
    b.stack.pushVector(words);
  });

/** Pops a vector that lies above an address; its words are evaluated behind the address. */
function popAbove(b: FunctionBuilder): Words {
  const { stack } = b;
  if (!b.ctx.memory(b.reader.x).addr64) stack.force(4);
  return popWords(stack);
}

for (const [bits, access] of [
  [8, 'getUint8'],
  [16, 'getUint16'],
] as const)
  lowering(`v128.load${bits}_lane`, (b) => {
    const { x, memOffset, lane } = b.reader;
    const words = popAbove(b);
    const value = load(I, access, x, address(b), memOffset);
    const index = Math.floor((lane * bits) / 32);
    words[index] = withLane(words[index]!, bits, lane % (32 / bits), value);
    b.stack.pushVector(words);
  });
for (const count of [1, 2])
  lowering(`v128.load${32 * count}_lane`, (b) => {
    const words = popAbove(b);
    const { lane } = b.reader;
    discardWords(b.stack, words.splice(lane * count, count, ...loadWords(b, count)));
    b.stack.pushVector(words);
  });

/** Writes words at the address, an atom: the last first. Floats are written as such. */
function storeWords(b: FunctionBuilder, a: Node, offset: number, words: readonly Node[]): void {
  const { stack, reader } = b;
  for (let i = words.length - 1; i >= 0; i--) {
    const word = words[i]!;
    const below = words[i - 1];
    const at = offset + 4 * i;
    if (isLane(word) && word.a!.type === F)
      stack.effect(store('setFloat32', reader.x, a, at, floatOf(word), reader.align));
    else if (below !== undefined && isLane(word) && doubleOf(below, word) === below.a) {
      stack.effect(store('setFloat64', reader.x, a, at - 4, below.a!, reader.align));
      i--;
    } else stack.effect(store('setInt32', reader.x, a, at, word, reader.align));
  }
}

/** Evaluates words that the first write would change, or whose trap comes before it. */
function settleWords({ stack }: FunctionBuilder, count: number): void {
  for (let depth = count - 1; depth > 0; depth--) {
    const word = stack.slots[stack.slots.length - 1 - depth]!;
    if ((word.fx & (Fx.readMemory | Fx.trapMemory)) !== 0) stack.force(depth);
  }
}

lowering('v128.store', (b) => {
  const { stack, reader } = b;
  const { addr64 } = b.ctx.memory(reader.x);
  if (!addr64) stack.force(4);
  settleWords(b, 4);
  const words = popWords(stack);
  const a = addr64 ? addressAtom(b) : address(b);
  storeWords(b, a, reader.memOffset, words);
});
for (const [bits, access] of [
  [8, 'setInt8'],
  [16, 'setInt16'],
] as const)
  lowering(`v128.store${bits}_lane`, (b) => {
    const { x, memOffset, lane } = b.reader;
    const words = popAbove(b);
    const at = lane * bits;
    const [word] = words.splice(at >> 5, 1) as [Node];
    discardWords(b.stack, words);
    const value = shrU(word, constant(at & 31));
    b.stack.effect(store(access, x, address(b), memOffset, value));
  });
for (const count of [1, 2])
  lowering(`v128.store${32 * count}_lane`, (b) => {
    const { stack, reader } = b;
    const { addr64 } = b.ctx.memory(reader.x);
    if (!addr64) stack.force(4);
    settleWords(b, 4);
    const words = popWords(stack);
    const stored = words.splice(reader.lane * count, count);
    discardWords(stack, words);
    const a = addr64 ? addressAtom(b) : address(b);
    storeWords(b, a, reader.memOffset, stored);
  });
