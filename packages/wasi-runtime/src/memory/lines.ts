/**
 * Output on hosts that take text by the line: gets bytes, gives lines to whatever function the host
 * shows them with. Bytes that are not UTF-8 become U+FFFD, and an unfinished last line is ended.
 */

import { decodeUtf8 } from '../core/utf8.js';

type Show = (text: string) => void;

/** Where hosts show text; shells of engines have the first three. */
interface Shown {
  print?: Show;
  printErr?: Show;
  printerr?: Show;
  console?: { log?: Show; error?: Show };
  document?: unknown;
}

/**
 * What shows a line of standard output (1) or of standard error (2); where the host has nothing for
 * errors they are shown as output. `undefined` where it shows nothing at all.
 */
export function lineSink(fd: 1 | 2): Show | undefined {
  const { print, printErr, printerr, console, document } = globalThis as Shown;
  // A page's `print` prints the page.
  const shell = document === undefined && typeof print === 'function';
  const log = typeof console?.log === 'function' ? console.log.bind(console) : undefined;
  const output = shell ? print : log;
  if (fd === 1) return output;
  const error = shell ? (printErr ?? printerr) : undefined;
  if (error) return error;
  return typeof console?.error === 'function' ? console.error.bind(console) : output;
}

/** Bytes of a line kept before it is shown. */
const LINE_LIMIT = 65536;
const NEWLINE = 10;

/** Collects output until there is a line to show. */
export class Line {
  private readonly show: Show;
  private readonly bytes = new Uint8Array(LINE_LIMIT);
  private used = 0;

  /** @param show takes each line, without its end */
  constructor(show: Show) {
    this.show = show;
  }

  /** Adds bytes, and shows the lines that they end. */
  add(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) {
      if (bytes[i] === NEWLINE) {
        this.take(this.used);
      } else {
        this.bytes[this.used++] = bytes[i]!;
        if (this.used === LINE_LIMIT) this.take(wholeCharacters(this.bytes));
      }
    }
  }

  /** Shows what is left of the last line. */
  flush(): void {
    if (this.used > 0) this.take(this.used);
  }

  /** Shows the first `count` bytes. */
  private take(count: number): void {
    this.show(decodeUtf8(this.bytes.subarray(0, count), true));
    this.bytes.copyWithin(0, count, this.used);
    this.used -= count;
  }
}

/** How many bytes there are without a character at the end that is not complete. */
function wholeCharacters(bytes: Uint8Array): number {
  let end = bytes.length;
  for (let back = 1; back <= 3; back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) break;
    if (byte >= 0xc0) {
      const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
      if (length > back) end = bytes.length - back;
      break;
    }
  }
  return end;
}
