/**
 * What the lowerings of vector instructions share: a v128 is four slots of the operand stack, words of 32 bits,
 * lowest lane first. Words on the stack read and may trap on memory accesses, but write nothing and trap in no
 * other way: so those of several operands may be evaluated in any order.
 */

import { Fx, get, I, isPure, type Node, setStmt, type Variable, WRITES } from '../ir/ir.js';
import { isLane } from '../ir/lanes.js';
import type { OperandStack } from './stack.js';

export type Words = [Node, Node, Node, Node];

/** Pops a vector. */
export function popWords(stack: OperandStack): Words {
  stack.vectors = true;
  return stack.popValue() as Words;
}

/** Pops `count` vectors as they are, the first operand first. */
export function popVectors(stack: OperandStack, count: number): Words[] {
  const vectors: Words[] = [];
  for (let i = 0; i < count; i++) vectors.unshift(popWords(stack));
  return vectors;
}

/** A word, an atom or that of a float lane, as an integer. */
export function integer(stack: OperandStack, node: Node): Node {
  if (!isLane(node)) return node;
  const v = stack.temp(I);
  stack.assign(v, node);
  return get(v);
}

/** Pops `count` vectors whose words are integers that cost nothing to read again. */
export function popAtoms(stack: OperandStack, count: number): Words[] {
  stack.forceTop(4 * count);
  const kept = new Map<Variable, Node>();
  const integer = (node: Node): Node => {
    if (!isLane(node)) return node;
    const known = node.a!.v === null ? undefined : kept.get(node.a!.v);
    if (known !== undefined && known.v!.sets[0]!.e!.op === node.op) return known;
    const v = stack.temp(I);
    stack.out.push(setStmt(v, node));
    const read = get(v);
    if (node.a!.v !== null) kept.set(node.a!.v, read);
    return read;
  };
  return popVectors(stack, count).map((words) => words.map(integer) as Words);
}

/** Makes the top slot safe to be a word of a vector: it writes nothing and traps on memory at most. */
export function forceEffects(stack: OperandStack, count = 1): void {
  const effects = Fx.trap | WRITES;
  for (let depth = count - 1; depth >= 0; depth--)
    if ((stack.slots[stack.slots.length - 1 - depth]!.fx & effects) !== 0) stack.force(depth);
}

/** Pushes words that operations on lanes of vectors make (`Op.Lane`), each in a variable. */
export function pushLanes(
  stack: OperandStack,
  vectors: Words[],
  make: (...words: Node[]) => Node,
): void {
  stack.pushVector(eachWord(vectors, (...words) => stack.toTemp(make(...words))));
}

/** Pops a number of one slot as an atom. */
export function popAtom(stack: OperandStack): Node {
  const node = stack.force(0);
  stack.pop();
  return node;
}

/** Applies `make` to each word of the vectors. */
export const eachWord = (vectors: Words[], make: (...words: Node[]) => Node): Words =>
  [0, 1, 2, 3].map((i) => make(...vectors.map((words) => words[i]!))) as Words;

/** Applies `make` to the pairs of words that are the vector's 64-bit lanes. */
export function eachPair(
  vectors: Words[],
  make: (...pairs: [Node, Node][]) => readonly [Node, Node],
): Words {
  const lane = (i: 0 | 2) =>
    make(...vectors.map((words): [Node, Node] => [words[i], words[i + 1]!]));
  return [...lane(0), ...lane(2)];
}

/** Keeps the effects of words that are not used. */
export function discardWords(stack: OperandStack, words: readonly Node[]): void {
  for (const node of words) if (!isPure(node.fx)) stack.effect(node);
}
