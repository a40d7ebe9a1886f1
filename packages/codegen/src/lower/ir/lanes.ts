/**
 * Float lanes of a vector. A v128 is four words (I); a lane that float instructions made is a word of the form
 * "bits of x" whose x is kept whole, so that the next float instruction takes x and no bits are ever made.
 * `passes/lanes.ts` does the same for what goes through variables.
 */
import { constant, floatConst, floatOp } from './int.js';
import { D, F, Fx, I, Node, Op } from './ir.js';

/** `m` of a BitsLo or BitsHi that is a word of a float lane. */
const LANE = 1;

/** Is the word one of a float lane: bits of a float that is kept whole? */
export const isLane = (node: Node): boolean =>
  node.m === LANE && (node.op === Op.BitsLo || node.op === Op.BitsHi);

function bits(op: Op.BitsLo | Op.BitsHi, x: Node): Node {
  if (x.op === Op.FConst) return constant(op === Op.BitsLo ? x.n : x.m);
  if (x.op === Op.FromBits) return op === Op.BitsLo ? x.a! : x.b!;
  const node = floatOp(op, I, x);
  node.m = LANE;
  return node;
}

/** The word of an f32. */
export const wordOf = (x: Node): Node => bits(Op.BitsLo, x);
/** The words of an f64, which is an atom. */
export const wordsOf = (x: Node): [Node, Node] => [bits(Op.BitsLo, x), bits(Op.BitsHi, x)];
/** The same word of another float. */
export const likeLane = (node: Node, x: Node): Node => bits(node.op as Op.BitsLo, x);

/** A float load instead of the integer load that a word is. */
function loadFloat(type: typeof F | typeof D, low: Node, fx: number): Node {
  const node = new Node(Op.Load, type, fx, low.a, null, null, low.n);
  node.name = type === F ? 'getFloat32' : 'getFloat64';
  node.memory = low.memory;
  node.align = low.align;
  node.at = low.at;
  return node;
}

const isWordLoad = (node: Node): boolean => node.op === Op.Load && node.name === 'getInt32';
/** Are both the same variable or the same constant? */
export const isSameAtom = (a: Node, b: Node): boolean =>
  (a.op === Op.Get && b.op === Op.Get && a.v === b.v) ||
  (a.op === Op.Const && b.op === Op.Const && a.n === b.n);

/** The f32 that a word holds. */
export function floatOf(word: Node): Node {
  if (word.op === Op.BitsLo && word.a!.type === F) return word.a!;
  if (word.op === Op.Const) return floatConst(F, word.n, 0);
  if (isWordLoad(word) && (word.a!.op === Op.Get || word.a!.op === Op.Const))
    return loadFloat(F, word, word.fx);
  return floatOp(Op.FromBits, F, word);
}

/** The f64 that two words hold. */
export function doubleOf(low: Node, high: Node): Node {
  if (low.op === Op.BitsLo && high.op === Op.BitsHi && isSameAtom(low.a!, high.a!)) return low.a!;
  if (low.op === Op.Const && high.op === Op.Const) return floatConst(D, low.n, high.n);
  if (
    isWordLoad(low) &&
    isWordLoad(high) &&
    high.n === low.n + 4 &&
    low.memory === high.memory &&
    isSameAtom(low.a!, high.a!)
  )
    return loadFloat(D, low, low.fx | high.fx | Fx.trapMemory);
  return floatOp(Op.FromBits, D, low, high);
}
