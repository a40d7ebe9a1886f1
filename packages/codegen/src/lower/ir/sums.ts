/**
 * Sums of 64-bit products, kept whole until it is known of their operands which are sign-extended or small words
 * (`passes/products.ts` makes them operations on words). Two nodes stand for a sum: its low and its high word. Both list
 * all operands, four words for a product, two for a number that is added; all of them are free of effects.
 */
import { constant, copyOf } from './int.js';
import { Fx, get, I, type IrType, Node, Op, setList } from './ir.js';

/** The terms of a sum: a product or a number, added or taken away. Their kinds make the name of the sum's nodes. */
export const Term = { product: '*', lessProduct: '/', plain: '+', lessPlain: '-' } as const;

/** More terms than this are several sums; numbers tell so many products of signed words exactly. */
export const MAX_TERMS = 15;

/** A sum: the kinds of its terms, and their operands in the same order. */
export interface Sum {
  kinds: string;
  list: Node[];
}

/** Has a term of this kind four operands? */
export const isProduct = (kind: string): boolean =>
  kind === Term.product || kind === Term.lessProduct;

const opposite: Readonly<Record<string, string>> = {
  [Term.product]: Term.lessProduct,
  [Term.lessProduct]: Term.product,
  [Term.plain]: Term.lessPlain,
  [Term.lessPlain]: Term.plain,
};

function word(op: Op, { kinds, list }: Sum, number: number): Node {
  const node = new Node(op, I as IrType, 0, null, null, null, number);
  node.name = kinds;
  setList(node, list.map(copyOf));
  for (const part of list) node.fx |= part.fx & Fx.readLocal;
  return node;
}

/**
 * The words of a sum.
 * @param number one that no other sum of the function has
 */
export const sumWords = (sum: Sum, number: number): [lo: Node, hi: Node] => [
  word(Op.SumLow, sum, number),
  word(Op.SumHigh, sum, number),
];

/** The sum that a pair of words is, if it is one. */
export function asSum(lo: Node, hi: Node): Sum | undefined {
  if (hi.op !== Op.SumHigh) return undefined;
  const low = lo.op === Op.Get && lo.v!.stable ? lo.v!.sets[0]?.e : lo;
  if (low?.op !== Op.SumLow || low.n !== hi.n) return undefined;
  return { kinds: hi.name, list: hi.list! };
}

/** The number of a pair of words as a sum of one term. */
export const plainSum = (lo: Node, hi: Node): Sum => ({ kinds: Term.plain, list: [lo, hi] });

/** The product of two pairs of words, as a sum of one term. */
export const product = (a: readonly [Node, Node], b: readonly [Node, Node]): Sum => ({
  kinds: Term.product,
  list: [...a, ...b],
});

/** The sum or difference of two sums that have `MAX_TERMS` terms at most together. */
export function joinSums(a: Sum, b: Sum, less: boolean): Sum {
  const kinds = less ? [...b.kinds].map((kind) => opposite[kind]!).join('') : b.kinds;
  return { kinds: a.kinds + kinds, list: [...a.list, ...b.list] };
}

/** Is the high word the sign of the low one, an atom, as they stand? */
export function isSignExtended(lo: Node, hi: Node): boolean {
  if (lo.op === Op.Const) return hi.op === Op.Const && hi.n === lo.n >> 31;
  if (lo.op !== Op.Get) return false;
  let sign: Node | null | undefined = hi;
  if (hi.op === Op.Get && hi.v!.stable && lo.v!.stable && hi.v!.sets.length === 1)
    sign = hi.v!.sets[0]!.e;
  return (
    sign!.op === Op.ShrS &&
    sign!.b!.op === Op.Const &&
    sign!.b!.n === 31 &&
    sign!.a!.op === Op.Get &&
    sign!.a!.v === lo.v
  );
}

/** The high word of a sign-extended word. */
export const signOf = (lo: Node): Node =>
  lo.op === Op.Const
    ? constant(lo.n >> 31)
    : new Node(Op.ShrS, I, lo.fx, get(lo.v!), constant(31), null, 0);
