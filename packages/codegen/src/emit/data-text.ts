/**
 * Bytes as printable text. The 90 most frequent bytes of a module's data are one character each, those
 * that are printable themselves; the others are two. Text in the data stays text and what repeats
 * repeats, so that compressors find it; base64 hides both behind its groups of three bytes.
 */

const DECODER = new TextDecoder();

/** Characters that stand for bytes: printable, safe in a quoted string and in HTML. */
const USABLE = [...Array(95).keys()].map((i) => i + 32).filter((c) => !"'<\\`~".includes(char(c)));

/** The first of two characters: of the 90 less frequent bytes in order, of those behind. */
const FIRST = ['~', '`'];

function char(code: number): string {
  return String.fromCharCode(code);
}

/** Counts each byte: a loop in a function of its own, so that engines need not leave optimised code. */
function count(bytes: Uint8Array, counts: number[]): void {
  for (let i = 0; i < bytes.length; i++) counts[bytes[i]!]!++;
}

/** How the bytes of a module are written. */
export class DataText {
  /** Printable characters that stand for other bytes, in order, and those bytes. */
  readonly freed: string;
  readonly taking: number[];
  /** By byte: its character, and the one before it or 0. */
  private readonly codes = new Uint8Array(256);
  private readonly pairs = new Uint8Array(256);
  /** Room for one piece. */
  private text = new Uint8Array(0);

  /** @param ranges all bytes that will be written */
  constructor(ranges: Iterable<Uint8Array>) {
    const counts = new Array<number>(256).fill(0);
    for (const bytes of ranges) count(bytes, counts);
    const order = [...counts.keys()].sort((a, b) => counts[b]! - counts[a]! || a - b);
    const frequent = new Set(order.slice(0, USABLE.length));
    const freed = USABLE.filter((code) => !frequent.has(code));
    this.freed = freed.map(char).join('');
    this.taking = [...counts.keys()].filter((b) => frequent.has(b) && !USABLE.includes(b));
    let rest = 0;
    for (let byte = 0; byte < 256; byte++) {
      if (frequent.has(byte)) {
        this.codes[byte] = USABLE.includes(byte) ? byte : freed[this.taking.indexOf(byte)]!;
        continue;
      }
      const index = rest++;
      this.pairs[byte] = FIRST[Math.floor(index / USABLE.length)]!.charCodeAt(0);
      this.codes[byte] = USABLE[index % USABLE.length]!;
    }
  }

  /** The text of some bytes, for `_text_bytes` of the support library. */
  encode(bytes: Uint8Array): string {
    const { codes, pairs } = this;
    if (this.text.length < 2 * bytes.length) this.text = new Uint8Array(2 * bytes.length);
    const { text } = this;
    let at = 0;
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i]!;
      if (pairs[byte] !== 0) text[at++] = pairs[byte]!;
      text[at++] = codes[byte]!;
    }
    return DECODER.decode(text.subarray(0, at));
  }
}
