/**
 * Puts functions that are alike behind one another: compression looks back 32 KB, and a copy is not found beyond. Gets the
 * text of functions, gives the same functions in another order, always the same one for the same text, and their marks. Must
 * keep: each function's text but for letters of variables (`letters.ts`); the effort is linear in all of it.
 *
 * Functions are alike by the share of pieces of their text, without names of variables, that they have in common, of which a
 * sample is looked at. The
 * most alike become neighbours first, so that chains of functions arise; these are in the order of the module.
 */
import { Letters } from './letters.js';
import { linesUpTo, type Marks, reorderMarks } from './marks.js';
import { withoutNames } from './tokens.js';

/** Bytes of a piece: an access with its address, or an operation with its operands. */
const PIECE = 16;
/** Text that compression sees at once: of less the order does not matter. */
const WINDOW = 1 << 15;
/** One piece of so many is looked at, or fewer where there would be more than `SAMPLES`. */
const EVERY = 8;
const SAMPLES = 300_000;
/** Functions before it with which one is compared for each piece, the last ones. */
const COMPARED = 16;
/** Neighbours that a function asks for, and the share of pieces they must have in common. */
const WANTED = 8;
const LEAST_SHARE = 0.02;

/** Share of a table that is in use at most. */
const FULL = 0.75;

/** Begins a line of text where a function begins. */
const HEAD = '\nfunction';
const LINE_FEED = 10;
const BRACE = 123;

const ENCODER = new TextEncoder();

const DECODER = new TextDecoder();

export interface OrderedFunctions {
  functions: string[];
  marks: Marks | undefined;
}

/** Is text of so many bytes put in order? */
export const isOrdered = (length: number): boolean => length > WINDOW;

/**
 * Orders functions so that their text compresses well, and names their variables.
 * @param texts pieces of text that end where functions end
 * @param marks of where they come from
 * @returns the same functions with their marks; the pieces themselves where they are few
 */
export function alikeTogether(texts: string[], marks?: Marks): OrderedFunctions {
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  if (!isOrdered(length)) return { functions: texts, marks };
  const functions = texts.flatMap(functionsOf);
  const likeness = new Likeness(length);
  const lines = functions.map((text) => linesUpTo([text]));
  let bytes = new Uint8Array(WINDOW);
  for (const text of functions) {
    // As many bytes as a character can take.
    if (bytes.length < 3 * text.length) bytes = new Uint8Array(6 * text.length);
    likeness.add(bytes, 0, ENCODER.encodeInto(text, bytes).written);
  }
  const order = likeness.order();
  const letters = new Letters(length);
  return {
    functions: order.map((index) => {
      const { written } = ENCODER.encodeInto(functions[index]!, bytes);
      letters.rename(bytes, 0, written);
      return DECODER.decode(bytes.subarray(0, written));
    }),
    marks: marks && reorderMarks(marks, lines, order),
  };
}

/**
 * Orders functions whose text is kept elsewhere.
 * @param length bytes of all text
 * @param pieces of it in order, as UTF-8, which end where functions end
 * @returns from where to where each function's text goes, in the order that they get
 */
export function alikeRanges(length: number, pieces: Iterable<Uint8Array>): [number, number][] {
  if (!isOrdered(length)) return length === 0 ? [] : [[0, length]];
  const likeness = new Likeness(length);
  const ends: number[] = [];
  let before = 0;
  for (const piece of pieces) {
    for (let start = 0; start < piece.length; ) {
      const end = endOfFunction(piece, start);
      likeness.add(piece, start, end);
      ends.push(before + end);
      start = end;
    }
    before += piece.length;
  }
  return likeness.order().map((index) => [index === 0 ? 0 : ends[index - 1]!, ends[index]!]);
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

/** Where the declaration ends that begins at a byte: behind the line feed in front of the next one. */
function endOfFunction(bytes: Uint8Array, start: number): number {
  for (let at = bytes.indexOf(LINE_FEED, start); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) {
    let same = 1;
    while (same < HEAD.length && bytes[at + same] === HEAD.charCodeAt(same)) same++;
    if (same === HEAD.length) return at + 1;
  }
  return bytes.length;
}

/** What the first byte of a piece has become when the last one comes. */
let firstFactor = 1;
for (let i = 0; i < PIECE; i++) firstFactor = Math.imul(firstFactor, 31);

/** The same numbers with as many zeros behind them. */
function enlarged<T extends Int32Array | Float32Array>(numbers: T): T {
  const larger = new (numbers.constructor as new (length: number) => T)(2 * numbers.length);
  larger.set(numbers);
  return larger;
}

/** Finds out which functions are alike. They come one after the other; of their text nothing is kept but the sample. */
class Likeness {
  /** Hashes below are in the sample. */
  private readonly limit: number;
  /** The hashes of the sample, each at a free place behind the one that it asks for, and the last entry of each (0: free). */
  private hashes: Uint32Array;
  private lasts: Int32Array;
  private used = 0;
  /** Entries: a function that has a piece, and the entry of the one before it that has it. The first one stands for none. */
  private owners: Int32Array;
  private befores: Int32Array;
  private entries = 1;
  /** The text of the present function without names of variables. */
  private text = new Uint8Array(WINDOW);
  /** By function: pieces in its sample, and those in common with the present one. */
  private readonly sizes: number[] = [];
  private readonly common: number[] = [];
  /** Pairs that are alike: `WANTED` for each function, of which the share is 0 where there is none. */
  private others = new Int32Array(WANTED << 10);
  private shares = new Float32Array(WANTED << 10);

  /** @param length of the text of all functions, about */
  constructor(length: number) {
    const every = Math.max(EVERY, Math.ceil(length / SAMPLES));
    this.limit = 2 ** 32 / every;
    // Room for what is expected, so that none of it is copied: hashes are spread evenly, about.
    const samples = Math.ceil((1.1 * length) / every);
    const size = 2 ** Math.ceil(Math.log2(samples / FULL));
    this.hashes = new Uint32Array(size);
    this.lasts = new Int32Array(size);
    this.owners = new Int32Array(samples).fill(-1, 0, 1);
    this.befores = new Int32Array(samples);
  }

  /** Adds the function whose text goes from one of these bytes to before another, and compares it with those before it. */
  add(bytes: Uint8Array, start: number, end: number): void {
    const met: number[] = [];
    const b = this.sizes.length;
    this.common.push(0);
    if (this.text.length < end - start) this.text = new Uint8Array(2 * (end - start));
    const text = this.text.subarray(0, end - start);
    withoutNames(bytes.subarray(start, end), text);
    this.sizes.push(this.sample(text, b, met));
    this.compare(b, met);
  }

  /** Looks up pieces of a function, each once. @param met gets those before it that have any. @returns their number */
  private sample(text: Uint8Array, b: number, met: number[]): number {
    const { limit } = this;
    let size = 0;
    let rolling = 0;
    // Names of functions say nothing.
    const start = text.indexOf(BRACE);
    for (let i = start; i < text.length; i++) {
      rolling = (Math.imul(rolling, 31) + text[i]!) | 0;
      if (i - start < PIECE) continue;
      rolling = (rolling - Math.imul(firstFactor, text[i - PIECE]!)) | 0;
      // Which pieces are in the sample must not depend on how they end.
      const hash = Math.imul(rolling ^ (rolling >>> 15), 0x2c1b3c6d) >>> 0;
      if (hash < limit && this.meet(hash, b, met)) size++;
    }
    return size;
  }

  /** Notes that a function has a piece, and with which others. @returns whether it had not had it yet */
  private meet(hash: number, b: number, met: number[]): boolean {
    const { owners, befores, common } = this;
    const place = this.placeOf(hash);
    const last = this.lasts[place]!;
    if (owners[last] === b) return false;
    for (let i = 0, entry = last; i < COMPARED && entry > 0; i++, entry = befores[entry]!) {
      const a = owners[entry]!;
      if (common[a]!++ === 0) met.push(a);
    }
    if (this.entries === owners.length) {
      this.owners = enlarged(owners);
      this.befores = enlarged(befores);
    }
    this.lasts[place] = this.entries;
    this.owners[this.entries] = b;
    this.befores[this.entries++] = last;
    if (last === 0) {
      this.hashes[place] = hash;
      this.used++;
      if (this.used > FULL * this.hashes.length) this.grow();
    }
    return true;
  }

  /** Where a hash is, or may be put. */
  private placeOf(hash: number): number {
    const { hashes, lasts } = this;
    const mask = hashes.length - 1;
    // Those of the sample are small: what tells them apart are their low bits.
    let place = hash & mask;
    while (lasts[place] !== 0 && hashes[place] !== hash) place = (place + 1) & mask;
    return place;
  }

  private grow(): void {
    const { hashes, lasts } = this;
    this.hashes = new Uint32Array(2 * hashes.length);
    this.lasts = new Int32Array(2 * hashes.length);
    for (let i = 0; i < hashes.length; i++) {
      if (lasts[i] === 0) continue;
      const place = this.placeOf(hashes[i]!);
      this.hashes[place] = hashes[i]!;
      this.lasts[place] = lasts[i]!;
    }
  }

  /** Chooses those that a function is most like. */
  private compare(b: number, met: readonly number[]): void {
    const { common, sizes } = this;
    const from = WANTED * b;
    if (from === this.others.length) {
      this.others = enlarged(this.others);
      this.shares = enlarged(this.shares);
    }
    for (let n = 0; n < WANTED; n++) {
      let a = met[0]!;
      for (const other of met)
        if (common[other]! > common[a]! || (common[other] === common[a] && other > a)) a = other;
      if (met.length === 0 || common[a]! < 2) break;
      const share = common[a]! / Math.sqrt(sizes[b]! * sizes[a]!);
      if (share >= LEAST_SHARE) {
        this.others[from + n] = a;
        this.shares[from + n] = share;
      }
      common[a] = 0;
    }
    for (const a of met) common[a] = 0;
  }

  /** All functions, in chains of those that are most alike. */
  order(): number[] {
    const { others, shares } = this;
    const count = WANTED * this.sizes.length;
    const pairs: number[] = [];
    for (let i = 0; i < count; i++) if (shares[i]! > 0) pairs.push(i);
    const ownerOf = (pair: number): number => Math.floor(pair / WANTED);
    pairs.sort(
      (x, y) => shares[y]! - shares[x]! || ownerOf(x) - ownerOf(y) || others[y]! - others[x]!,
    );
    const chains = new Chains(this.sizes.length);
    for (const pair of pairs) chains.join(others[pair]!, ownerOf(pair));
    return chains.order();
  }
}

/** Chains of functions: each has at most two neighbours, and none is its own. */
class Chains {
  /** By function: its neighbours; -1 for none, the first one first. */
  private readonly first: Int32Array;
  private readonly second: Int32Array;
  /** By function: another one of the same chain, up to one that stands for all. */
  private readonly same: Int32Array;

  constructor(count: number) {
    this.first = new Int32Array(count).fill(-1);
    this.second = new Int32Array(count).fill(-1);
    this.same = Int32Array.from({ length: count }, (_, i) => i);
  }

  /** Makes two functions neighbours, where both are at the end of a chain, and not of the same one. */
  join(a: number, b: number): void {
    const { second } = this;
    if (second[a]! >= 0 || second[b]! >= 0) return;
    const [one, other] = [this.find(a), this.find(b)];
    if (one === other) return;
    this.same[one] = other;
    this.put(a, b);
    this.put(b, a);
  }

  private put(a: number, neighbour: number): void {
    const { first, second } = this;
    (first[a]! < 0 ? first : second)[a] = neighbour;
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
    const all: number[] = [];
    const seen = new Uint8Array(this.first.length);
    for (let index = 0; index < seen.length; index++) {
      if (seen[index] === 1) continue;
      let end = index;
      this.along(index, (at) => {
        end = at;
      });
      this.along(end, (at) => {
        seen[at] = 1;
        all.push(at);
      });
    }
    return all;
  }

  /** Visits the functions of a chain from one on, on the side of its first neighbour. */
  private along(start: number, visit: (at: number) => void): void {
    const { first, second } = this;
    for (let at = start, from = -1; at >= 0; ) {
      visit(at);
      const next = first[at] === from ? second[at]! : first[at]!;
      from = at;
      at = next;
    }
  }
}
