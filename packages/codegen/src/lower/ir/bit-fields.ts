/**
 * A word as bit fields that do not overlap: what shifts, masks and moves of bytes are made of. So a byte that was put
 * into a word and is taken out again is that byte, and what moves by the same distance moves together.
 */
import { and, constant, or, shl, shrU } from './int.js';
import { type Node, Op } from './ir.js';

/** Bits `from` to before `from + width` of a node, at bit `at` of the word. */
export interface Field {
  /** An atom. */
  readonly node: Node;
  readonly from: number;
  readonly width: number;
  readonly at: number;
}

/** The fields within `width` bits from `from`, moved to bit `to`. */
export function slice(fields: readonly Field[], from: number, width: number, to: number): Field[] {
  const found: Field[] = [];
  for (const field of fields) {
    const first = Math.max(field.at, from);
    const end = Math.min(field.at + field.width, from + width);
    if (first >= end) continue;
    found.push({
      node: field.node,
      from: field.from + first - field.at,
      width: end - first,
      at: first - from + to,
    });
  }
  return found;
}

/** The fields under a mask. */
export function masked(fields: readonly Field[], mask: number): Field[] {
  const found: Field[] = [];
  for (let at = 0; at < 32; ) {
    if (((mask >>> at) & 1) === 0) {
      at++;
      continue;
    }
    const first = at;
    while (at < 32 && ((mask >>> at) & 1) === 1) at++;
    found.push(...slice(fields, first, at - first, first));
  }
  return found;
}

const overlap = (a: Field, b: Field): boolean => a.at < b.at + b.width && b.at < a.at + a.width;

/** Both together, if they have no bit in common. */
export const disjoint = (a: readonly Field[], b: readonly Field[]): Field[] | undefined =>
  a.some((x) => b.some((y) => overlap(x, y))) ? undefined : [...a, ...b];

/** Mask of `width` bits from bit `at`. */
const span = (at: number, width: number): number =>
  width === 32 ? -1 : ((2 ** width - 1) << at) | 0;

/**
 * The word of the fields.
 * @param possible the bits that a node can have
 */
export function wordOfFields(fields: readonly Field[], possible: (node: Node) => number): Node {
  const moves: { node: Node; shift: number; mask: number }[] = [];
  for (const { node, from, width, at } of fields) {
    const shift = at - from;
    const same = (other: Node): boolean =>
      node.op === Op.Const
        ? other.op === Op.Const && other.n === node.n
        : other.op === Op.Get && other.v === node.v;
    const known = moves.find((move) => move.shift === shift && same(move.node));
    if (known === undefined) moves.push({ node, shift, mask: span(at, width) });
    else known.mask |= span(at, width);
  }
  return moves
    .map(({ node, shift, mask }) => {
      const bits = possible(node);
      const moved = shift >= 0 ? shl(node, constant(shift)) : shrU(node, constant(-shift));
      const reached = shift >= 0 ? bits << shift : bits >>> -shift;
      return (reached & ~mask) === 0 ? moved : and(moved, constant(mask));
    })
    .reduce(or, constant(0));
}
