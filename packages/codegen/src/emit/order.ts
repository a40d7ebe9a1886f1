/**
 * Puts functions that are alike behind one another: compression looks back 32 KB, and a copy is not found beyond. Gets the
 * text of functions, gives the same functions in another order, always the same one for the same text, and their marks. Must
 * keep: each function's text; the effort is linear in all of it.
 *
 * Functions are alike by the share of pieces of their text that they have in common, of which a sample is looked at. The
 * most alike become neighbours first, so that chains of functions arise; these are in the order of the module.
 */
import { linesUpTo, type Marks, reorderMarks } from './marks.js';

/** Characters of a piece: an access with its address, or an operation with its operands. */
const PIECE = 12;
/** Text that compression sees at once: of less the order does not matter. */
const WINDOW = 1 << 15;
/** One piece of so many is looked at, or fewer where there would be more than `SAMPLES`. */
const EVERY = 8;
const SAMPLES = 300_000;
/** Functions before it with which one is compared for each piece, the last ones. */
const COMPARED = 16;
/** Neighbours that a function asks for, and the share of pieces they must have in common. */
const WANTED = 3;
const LEAST_SHARE = 0.05;

/** Begins a line of text where a function begins. */
const HEAD = '\nfunction';

export interface OrderedFunctions {
  functions: string[];
  marks: Marks | undefined;
}

/**
 * Orders functions so that their text compresses well.
 * @param texts pieces of text that end where functions end
 * @param marks of where they come from
 * @returns the same functions with their marks; the pieces themselves where they are few
 */
export function alikeTogether(texts: string[], marks?: Marks): OrderedFunctions {
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  if (length <= WINDOW) return { functions: texts, marks };
  const functions = texts.flatMap(functionsOf);
  const samples = sampleAll(functions, Math.max(EVERY, Math.ceil(length / SAMPLES)));
  const chains = new Chains(functions.length);
  for (const [a, b] of pairs(samples)) chains.join(a, b);
  const order = chains.order();
  const lines = functions.map((text) => linesUpTo([text]));
  return {
    functions: order.map((index) => functions[index]!),
    marks: marks && reorderMarks(marks, lines, order),
  };
}

/** The declarations of a text, each with the line feed behind it. */
function functionsOf(text: string): string[] {
  const found: string[] = [];
  for (let start = 0; start < text.length; ) {
    const next = text.indexOf(HEAD, start);
    const end = next < 0 ? text.length : next + 1;
    found.push(text.slice(start, end));
    start = end;
  }
  return found;
}

/** Hashes of some pieces of each function, without those that come again. */
function sampleAll(functions: readonly string[], every: number): number[][] {
  const limit = 2 ** 32 / every;
  // What the first character of a piece has become when the last one comes.
  let first = 1;
  for (let i = 0; i < PIECE; i++) first = Math.imul(first, 31);
  return functions.map((text) => {
    const found = new Set<number>();
    let rolling = 0;
    // Names of functions say nothing.
    const start = text.indexOf('{');
    for (let i = start; i < text.length; i++) {
      rolling = (Math.imul(rolling, 31) + text.charCodeAt(i)) | 0;
      if (i - start < PIECE) continue;
      rolling = (rolling - Math.imul(first, text.charCodeAt(i - PIECE))) | 0;
      // Which pieces are in the sample must not depend on how they end.
      const hash = Math.imul(rolling ^ (rolling >>> 15), 0x2c1b3c6d) >>> 0;
      if (hash < limit) found.add(hash);
    }
    return [...found];
  });
}

/** Pairs of functions that are alike, the most alike first. */
function pairs(samples: readonly number[][]): [number, number][] {
  const having = new Map<number, number[]>();
  const common = new Int32Array(samples.length);
  const found: { a: number; b: number; share: number }[] = [];
  samples.forEach((hashes, b) => {
    const met: number[] = [];
    for (const hash of hashes) {
      const others = having.get(hash);
      if (others === undefined) having.set(hash, [b]);
      else {
        for (const a of others) if (common[a]!++ === 0) met.push(a);
        others.push(b);
        if (others.length > COMPARED) others.shift();
      }
    }
    for (let n = 0; n < WANTED; n++) {
      let a = met[0]!;
      for (const other of met)
        if (common[other]! > common[a]! || (common[other] === common[a] && other > a)) a = other;
      if (met.length === 0 || common[a]! < 2) break;
      const share = common[a]! / Math.sqrt(hashes.length * samples[a]!.length);
      if (share >= LEAST_SHARE) found.push({ a, b, share });
      common[a] = 0;
    }
    for (const a of met) common[a] = 0;
  });
  found.sort((x, y) => y.share - x.share || x.b - y.b || y.a - x.a);
  return found.map(({ a, b }) => [a, b]);
}

/** Chains of functions: each has at most two neighbours, and none is its own. */
class Chains {
  private readonly neighbours: number[][];
  /** By function: another one of the same chain, up to one that stands for all. */
  private readonly same: Int32Array;

  constructor(count: number) {
    this.neighbours = Array.from({ length: count }, () => []);
    this.same = Int32Array.from({ length: count }, (_, i) => i);
  }

  /** Makes two functions neighbours, where both are at the end of a chain, and not of the same one. */
  join(a: number, b: number): void {
    const { neighbours } = this;
    if (neighbours[a]!.length > 1 || neighbours[b]!.length > 1) return;
    const [one, other] = [this.find(a), this.find(b)];
    if (one === other) return;
    this.same[one] = other;
    neighbours[a]!.push(b);
    neighbours[b]!.push(a);
  }

  private find(index: number): number {
    const { same } = this;
    let at = index;
    while (same[at] !== at) {
      same[at] = same[same[at]!]!;
      at = same[at]!;
    }
    return at;
  }

  /** All functions, chain by chain: in the place of the first function of each. */
  order(): number[] {
    const seen = new Set<number>();
    for (let first = 0; first < this.neighbours.length; first++) {
      if (seen.has(first)) continue;
      const [end] = [...this.along(first, new Set())].slice(-1);
      for (const index of this.along(end!, seen)) seen.add(index);
    }
    return [...seen];
  }

  /** The functions of a chain from one on, along one of its ends; none that was passed. */
  private *along(start: number, passed: Set<number>): Generator<number> {
    for (let at: number | undefined = start; at !== undefined; ) {
      passed.add(at);
      yield at;
      at = this.neighbours[at]!.find((next) => !passed.has(next));
    }
  }
}
