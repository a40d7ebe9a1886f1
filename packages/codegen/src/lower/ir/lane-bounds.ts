/**
 * What is known of the lanes of a word: how large each can be. Bytes that were widened and sums of a few of
 * them leave the upper bits of their lanes free, so that carries need no care.
 */
import { isBool } from './int.js';
import { type Node, Op, type Variable } from './ir.js';

/** Bounds are looked for through so many operations. */
const DEPTH = 12;

/** Bounds of variables that are assigned once. */
const knownBytes = new WeakMap<Variable, number[]>();
const knownHalves = new WeakMap<Variable, number[]>();

/** Takes note of what is known of the lanes of a variable otherwise. */
export function noteLaneBounds(v: Variable, bits: 8 | 16, bounds: number[]): void {
  (bits === 8 ? knownBytes : knownHalves).set(v, bounds);
}

/** The greatest value of each lane of `bits` bits, unsigned, the lowest lane first. */
export function laneBounds(node: Node, bits: 8 | 16, depth = DEPTH): number[] {
  const count = 32 / bits;
  const greatest = 2 ** bits - 1;
  const all = (value: number): number[] => new Array<number>(count).fill(value);
  const split = (word: number): number[] =>
    Array.from({ length: count }, (_, i) => (word >>> (bits * i)) & greatest);
  if (depth === 0) return all(greatest);
  const of = (part: Node): number[] => laneBounds(part, bits, depth - 1);
  /** All bits below the highest that a lane can have, as a word. */
  const mask = (bounds: number[]): number =>
    bounds.reduce((word, bound, i) => word | (fill(bound) << (bits * i)), 0);
  switch (node.op) {
    case Op.Const:
      return split(node.n);
    case Op.Get: {
      const { stable, sets } = node.v!;
      const cache = bits === 8 ? knownBytes : knownHalves;
      let known = cache.get(node.v!);
      if (known === undefined && (!stable || sets.length !== 1)) return all(greatest);
      if (known === undefined) {
        known = of(sets[0]!.e!);
        cache.set(node.v!, known);
      }
      return known;
    }
    case Op.And: {
      const b = of(node.b!);
      const shifted = node.a!;
      if (shifted.op === Op.ShrU && shifted.b!.op === Op.Const) {
        // Each lane shifted by itself: what came from the lane above is masked.
        const n = shifted.b!.n & 31;
        if (b.every((bound) => bound <= greatest >>> n))
          return of(shifted.a!).map((bound, i) => Math.min(bound >>> n, b[i]!));
      }
      return of(node.a!).map((bound, i) => Math.min(bound, b[i]!));
    }
    case Op.Or:
    case Op.Xor: {
      const b = of(node.b!);
      return of(node.a!).map((bound, i) => fill(Math.max(bound, b[i]!)));
    }
    case Op.Add: {
      const b = of(node.b!);
      const sums = of(node.a!).map((bound, i) => bound + b[i]!);
      return sums.every((sum) => sum <= greatest) ? sums : all(greatest);
    }
    case Op.Shl:
    case Op.ShrU: {
      if (node.b!.op !== Op.Const) return all(greatest);
      const n = node.b!.n & 31;
      const a = of(node.a!);
      if (node.op === Op.ShrU) return split(mask(a) >>> n);
      const shifted = a.map((bound) => bound * 2 ** n);
      return shifted.every((bound) => bound <= greatest) ? shifted : split(mask(a) << n);
    }
    case Op.Mul: {
      if (node.b!.op !== Op.Const) return all(greatest);
      // One factor for all lanes: no lane may grow into the next.
      const products = of(node.a!).map((bound) => bound * (node.b!.n >>> 0));
      return products.every((product) => product <= greatest) ? products : all(greatest);
    }
    case Op.Select: {
      const b = of(node.b!);
      return of(node.a!).map((bound, i) => Math.max(bound, b[i]!));
    }
    case Op.Entry:
      return split(node.m);
    case Op.Load:
      if (node.name === 'getUint8') return split(255);
      return node.name === 'getUint16' ? split(65535) : all(greatest);
    default:
      return isBool(node) ? split(1) : all(greatest);
  }
}

/** All bits up to the highest of x. */
const fill = (x: number): number => (x === 0 ? 0 : 2 ** (32 - Math.clz32(x)) - 1);
