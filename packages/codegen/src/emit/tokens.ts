/**
 * Takes the text of a printed function apart: into tokens, of which those are known that name a variable by one letter.
 * Gets bytes of what `print.ts` makes, and of nothing else: no comments, no patterns, no labels but letters. Must keep: every
 * place where a variable stands is found, since names are exchanged by it; the effort is linear.
 */

/** Kinds of bytes. */
const OTHER = 0;
const WORD = 1;
const DIGIT = 2;
const KINDS = /* @__PURE__ */ new Uint8Array(256).map((_, code) => {
  if (isDigit(code)) return DIGIT;
  return isLetter(code) || code === 36 || code === 95 || code > 127 ? WORD : OTHER;
});

const LINE_FEED = 10;
const BLANK = 32;
const DOUBLE_QUOTE = 34;
const QUOTE = 39;
const OPEN = 40;
const CLOSE = 41;
const COMMA = 44;
const MINUS = 45;
const DOT = 46;
const COLON = 58;
const SEMICOLON = 59;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const LETTER_E = 101;

/** The view of the memory has the same letter in all functions. */
export const VIEW = 109;

/** One of the letters that variables are named by? */
export function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

/** One of the ten digits? */
export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** What a word says about the next one. */
const NOTHING = 0;
const DECLARES = 1;
const JUMPS = 2;
const CASE = 3;
const ELSE = 4;
const KEYWORDS: Readonly<Record<string, number>> = {
  var: DECLARES,
  let: DECLARES,
  const: DECLARES,
  break: JUMPS,
  continue: JUMPS,
  case: CASE,
  default: CASE,
  else: ELSE,
};
const WORDS = /* @__PURE__ */ wordsByNumber();

/** The keywords by the numbers of their text. */
function wordsByNumber(): Map<number, string> {
  const bytes = (word: string): Uint8Array =>
    Uint8Array.from(word, (letter) => letter.charCodeAt(0));
  return new Map(Object.keys(KEYWORDS).map((word) => [hashOf(bytes(word), 0, word.length), word]));
}

/** The tokens of one function after the other, in the same arrays. */
export class Tokens {
  count = 0;
  /** By token: a number for its text, 0 for any variable of one letter; where it begins; the letter of a variable, or 0. */
  hashes = new Int32Array(1 << 12);
  starts = new Int32Array(1 << 12);
  letters = new Uint8Array(1 << 12);
  /** By code of a letter: is it a variable of the function? */
  readonly declared = new Uint8Array(128);
  /** From where to where variables are declared, list by list, without the word in front. */
  readonly lists: number[] = [];
  /** Where the text ends. */
  end = 0;

  /** Reads a function's text from one byte to before another. */
  read(text: Uint8Array, start: number, end: number): void {
    this.count = this.lists.length = 0;
    this.end = end;
    this.declared.fill(0);
    const { declared } = this;
    // May what comes be a label? Is it one that is jumped to? Does a colon end the beginning of a statement?
    let fresh = false;
    let jump = false;
    let ends = false;
    // Parameters are the first names in parentheses; a declaration goes on behind commas outside of brackets.
    let params = 0;
    let declaring = false;
    let names = false;
    let depth = 0;
    for (let at = start; at < end; ) {
      const from = at;
      const code = text[at]!;
      let hash = code;
      let letter = 0;
      if (KINDS[code] === WORD) {
        while (at < end && KINDS[text[++at]!] !== OTHER);
        if (at === from + 1 && isLetter(code)) {
          const label = jump || (fresh && text[at] === COLON);
          if (label) ends = !jump;
          else if (params === 1 || names) declared[code] = 1;
          if (!label && declared[code] === 1 && code !== VIEW) {
            letter = code;
            hash = 0;
          }
          fresh = jump = names = false;
        } else {
          hash = hashOf(text, from, at);
          const keyword = keywordOf(hash, text, from, at);
          fresh = keyword === ELSE;
          jump = keyword === JUMPS && text[at] === BLANK;
          names = keyword === DECLARES;
          if (keyword === CASE) ends = true;
          if (names) {
            declaring = true;
            depth = 0;
          }
        }
      } else if (KINDS[code] === DIGIT || (code === DOT && KINDS[text[at + 1]!] === DIGIT)) {
        at = endOfNumber(text, at, end);
        hash = hashOf(text, from, at);
        fresh = jump = names = false;
      } else if (code === DOT && KINDS[text[at + 1]!] === WORD) {
        while (at < end && KINDS[text[++at]!] !== OTHER);
        hash = hashOf(text, from, at);
        fresh = jump = names = false;
      } else if (code === QUOTE || code === DOUBLE_QUOTE) {
        for (at++; at < end && text[at] !== code; at++) if (text[at] === BACKSLASH) at++;
        at++;
        hash = hashOf(text, from, at);
        fresh = jump = names = false;
      } else {
        at++;
        if (code === BLANK) {
          if (names) this.lists.push(at);
        } else {
          jump = names = false;
          switch (code) {
            case OPEN:
              if (params < 2) params++;
              fresh = false;
              depth++;
              break;
            case CLOSE:
              if (params === 1) params = 2;
              fresh = true;
              depth--;
              break;
            case OPEN_BRACKET:
              fresh = false;
              depth++;
              break;
            case CLOSE_BRACKET:
              fresh = false;
              depth--;
              break;
            case COMMA:
              fresh = false;
              names = declaring && depth === 0;
              break;
            case COLON:
              fresh = ends;
              ends = false;
              break;
            case LINE_FEED:
            case SEMICOLON:
            case OPEN_BRACE:
            case CLOSE_BRACE:
              fresh = true;
              if (declaring) this.lists.push(from);
              declaring = false;
              break;
            default:
              fresh = false;
          }
        }
      }
      this.add(hash, from, letter);
    }
  }

  private add(hash: number, start: number, letter: number): void {
    const { count } = this;
    if (count === this.hashes.length) this.grow();
    this.hashes[count] = hash;
    this.starts[count] = start;
    this.letters[count] = letter;
    this.count++;
  }

  private grow(): void {
    const { hashes, starts, letters } = this;
    this.hashes = new Int32Array(2 * hashes.length);
    this.hashes.set(hashes);
    this.starts = new Int32Array(2 * starts.length);
    this.starts.set(starts);
    this.letters = new Uint8Array(2 * letters.length);
    this.letters.set(letters);
  }
}

/** Writes a text with one letter for all names of one letter: without what tells variables and labels apart. */
export function withoutNames(text: Uint8Array, into: Uint8Array): void {
  let before: number = OTHER;
  for (let i = 0; i < text.length; i++) {
    const code = text[i]!;
    const name =
      before === OTHER && isLetter(code) && code !== VIEW && !(KINDS[text[i + 1]!]! > OTHER);
    into[i] = name ? 97 : code;
    before = code === DOT ? WORD : KINDS[code]!;
  }
}

/** Where a number ends. */
function endOfNumber(text: Uint8Array, start: number, end: number): number {
  let at = start + 1;
  for (; at < end; at++) {
    const code = text[at]!;
    const sign = code === MINUS && text[at - 1] === LETTER_E && KINDS[text[at + 1]!] === DIGIT;
    if (KINDS[code] === OTHER && code !== DOT && !sign) break;
  }
  return at;
}

function hashOf(text: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + text[i]!) | 0;
  // No variable.
  return hash || 1;
}

/** Which keyword of those that matter the text is, of which the number is given. */
function keywordOf(hash: number, text: Uint8Array, start: number, end: number): number {
  const word = WORDS.get(hash);
  if (word?.length !== end - start) return NOTHING;
  for (let i = 0; i < word.length; i++) if (word.charCodeAt(i) !== text[start + i]) return NOTHING;
  return KEYWORDS[word]!;
}
