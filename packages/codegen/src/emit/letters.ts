/**
 * Names variables so that functions repeat what stands before them: compression finds a copy where all of it is the same.
 * Gets the text of functions in the order in which they stand, and exchanges letters in place. Must keep: a function has as
 * many variables as before, each with a letter of its own out of those that the function had, so that every byte but these is
 * where it was; parameters in their order; the effort is linear in the text.
 *
 * What stood in the last 32 KB with the same text but for names votes for the letters that it has, by its length. A second
 * round counts what differs from the letters of the first.
 */
import { PIECE_LENGTH, pieceAt } from '../pieces.js';
import { isDigit, isLetter, Tokens, VIEW } from './tokens.js';

/** How far back compression looks, in bytes. */
const WINDOW = 32_000;
/** Tokens that are kept of what stood before: as many as a window can have. */
const KEPT = 1 << 15;
const LOW = KEPT - 1;
/** Places that are looked at, the last ones. */
const LOOKED_AT = 12;
/** Rounds of votes: one where there is so much text that builds take long. */
const ROUNDS = 2;
const LONG_TEXT = 1 << 23;
/** Letters that may differ in a copy from the second round on, and what each costs, in bytes. */
const MOST_OTHER = 2;
const COST_OF_OTHER = 3;
/** Tokens at the end of a copy that are looked at again. */
const AGAIN = 5;
const HASH_BITS = 15;

const COMMA = 44;
const EQUALS = 61;
const CODES = 128;

/** Letters in the order in which variables are declared. */
const ORDER = /* @__PURE__ */ new Uint8Array(CODES).map((_, code) => {
  if (!isLetter(code)) return 0;
  return code >= 97 ? code - 96 : code - 65 + 27;
});

/** A variable, a letter, and the bytes that speak for it. */
type Vote = [variable: number, letter: number, weight: number];

export class Letters {
  private readonly rounds: number;
  private readonly tokens = new Tokens();
  /** Of the last tokens, by number modulo `KEPT`, a power of two: see `Tokens`; letters are those that were given. */
  private readonly hashes = new Int32Array(KEPT);
  private readonly letters = new Uint8Array(KEPT);
  private readonly starts = new Float64Array(KEPT);
  /** By hash of a piece: the last place, and by place the one before; 0 for none. */
  private readonly last = new Int32Array(1 << HASH_BITS);
  private readonly before = new Int32Array(KEPT);
  /** Tokens and bytes that came until now. The first token stands for none. */
  private count = 1;
  private bytes = 0;
  /** By letter that a variable has, and letter that it may get: bytes of copies. */
  private readonly votes = new Float64Array(CODES * CODES);
  /** By letter of a variable: the one that it gets. */
  private readonly given = new Uint8Array(CODES);

  /** @param length of all text, in bytes */
  constructor(length: number) {
    this.rounds = length > LONG_TEXT ? 1 : ROUNDS;
  }

  /** Names the variables of the function whose text goes from one of these bytes to before another. */
  rename(text: Uint8Array, start: number, end: number): void {
    const { tokens, given } = this;
    tokens.read(text, start, end);
    const variables: number[] = [];
    for (let code = 0; code < CODES; code++) {
      given[code] = code;
      if (tokens.declared[code] === 1 && code !== VIEW) variables.push(code);
    }
    if (variables.length > 1) {
      for (let round = 0; round < this.rounds; round++) {
        this.vote(round, variables);
        this.elect(variables);
      }
      for (let i = 0; i < tokens.count; i++)
        if (tokens.letters[i] !== 0) text[tokens.starts[i]!] = given[tokens.letters[i]!]!;
      const { lists } = tokens;
      for (let i = 0; i < lists.length; i += 2) sortNames(text, lists[i]!, lists[i + 1]!);
    }
    this.keep(end - start);
  }

  /** Counts what speaks for each letter: the copies that there would be. @param round from 0 on; the first one knows no letters yet */
  private vote(round: number, variables: readonly number[]): void {
    const { tokens, hashes, letters, starts, before, given, votes, count } = this;
    const own = tokens.hashes;
    const first = Math.max(1, count - KEPT);
    for (const variable of variables) votes.fill(0, variable * CODES, (variable + 1) * CODES);
    for (let i = 0; i + PIECE_LENGTH <= tokens.count; ) {
      const here = this.bytes + tokens.starts[i]! - tokens.starts[0]!;
      let best = 0;
      let from = 0;
      let length = 0;
      let place = this.last[pieceAt(own, i, HASH_BITS)]!;
      for (let looked = 0; looked < LOOKED_AT && place >= first; looked++) {
        if (here - starts[place & LOW]! >= WINDOW) break;
        // Most of them are no longer than the best one yet.
        if (length > 0 && own[i + length] !== hashes[(place + length) & LOW]) {
          place = before[place & LOW]!;
          continue;
        }
        let same = 0;
        let others = 0;
        for (; i + same < tokens.count && place + same < count; same++) {
          const there = (place + same) & LOW;
          const hash = own[i + same]!;
          if (hash !== hashes[there]) break;
          if (round === 0 || hash !== 0) continue;
          if (given[tokens.letters[i + same]!] !== letters[there] && ++others > MOST_OTHER) break;
        }
        const weight = this.bytesIn(i, same) - COST_OF_OTHER * others;
        if (weight > best) {
          best = weight;
          from = place;
          length = same;
        }
        place = before[place & LOW]!;
      }
      if (length < PIECE_LENGTH) {
        i++;
        continue;
      }
      const weight = this.bytesIn(i, length);
      for (let j = 0; j < length; j++) {
        const variable = tokens.letters[i + j]!;
        if (variable !== 0) votes[variable * CODES + letters[(from + j) & LOW]!]! += weight;
      }
      i += Math.max(1, length - AGAIN);
    }
  }

  /** Bytes of some tokens of the function. */
  private bytesIn(from: number, count: number): number {
    const { starts, end, count: all } = this.tokens;
    return (from + count < all ? starts[from + count]! : end) - starts[from]!;
  }

  /** Gives each variable the letter that most speaks for, the most wanted first; who has none keeps its own, or takes what is left. */
  private elect(variables: readonly number[]): void {
    const { votes, given } = this;
    const wanted: Vote[] = [];
    for (const variable of variables)
      for (const letter of variables) {
        const weight = votes[variable * CODES + letter]!;
        if (weight > 0) wanted.push([variable, letter, weight]);
      }
    const has = ([variable, letter]: Vote): number => (given[variable] === letter ? 1 : 0);
    wanted.sort((x, y) => y[2] - x[2] || has(y) - has(x) || x[0] - y[0] || x[1] - y[1]);
    const without = new Set(variables);
    const free = new Set(variables);
    const give = (variable: number, letter: number): void => {
      if (!without.has(variable) || !free.has(letter)) return;
      without.delete(variable);
      free.delete(letter);
      given[variable] = letter;
    };
    for (const [variable, letter] of wanted) give(variable, letter);
    for (const variable of [...without]) give(variable, given[variable]!);
    const rest = [...free].sort((x, y) => ORDER[x]! - ORDER[y]!);
    [...without]
      .sort((x, y) => ORDER[x]! - ORDER[y]!)
      .forEach((variable, i) => {
        give(variable, rest[i]!);
      });
  }

  /** Keeps the function's tokens for those behind it. */
  private keep(length: number): void {
    const { tokens, given, last, before } = this;
    for (let i = Math.max(0, tokens.count - KEPT); i < tokens.count; i++) {
      const number = this.count + i;
      const at = number & LOW;
      this.hashes[at] = tokens.hashes[i]!;
      this.letters[at] = given[tokens.letters[i]!]!;
      this.starts[at] = this.bytes + tokens.starts[i]! - tokens.starts[0]!;
      if (i + PIECE_LENGTH > tokens.count) continue;
      const hash = pieceAt(tokens.hashes, i, HASH_BITS);
      before[at] = last[hash]!;
      last[hash] = number;
    }
    this.count += tokens.count;
    this.bytes += length;
  }
}

/**
 * Puts a list of declarations in the order of letters, where nothing but numbers is assigned; what stands in front because it
 * is more than that stays there.
 */
function sortNames(text: Uint8Array, start: number, end: number): void {
  const list = text.slice(start, end);
  const items: Uint8Array[] = [];
  for (let from = 0; from < list.length; ) {
    const comma = list.indexOf(COMMA, from);
    const to = comma < 0 ? list.length : comma;
    items.push(list.subarray(from, to));
    from = to + 1;
  }
  const head = items.findIndex(isPlain);
  if (head < 0) return;
  const tail = items.slice(head);
  if (!tail.every(isPlain)) return;
  tail.sort((x, y) => orderOf(x) - orderOf(y));
  let at = start + items.slice(0, head).reduce((sum, item) => sum + item.length + 1, 0);
  for (const item of tail) {
    text.set(item, at);
    at += item.length;
    if (at < end) text[at++] = COMMA;
  }
}

/** A variable but the view that starts as nothing, or as an integer? */
function isPlain(item: Uint8Array): boolean {
  const equals = item.indexOf(EQUALS);
  const name = equals < 0 ? item : item.subarray(0, equals);
  if (name.length === 1 && name[0] === VIEW) return false;
  return name.every(isLetter) && (equals < 0 || item.subarray(equals + 1).every(isDigit));
}

/** Where a variable stands in a list: those of one letter first. */
const orderOf = (item: Uint8Array): number =>
  item.length > 1 && isLetter(item[1]!) ? CODES : ORDER[item[0]!]!;
