/**
 * Which instructions the text of functions comes from: what a source map is made of. Gets text piece by piece as
 * `Text` does, and where the printer is at present; gives marks. Must hold: the text is the same as without.
 */
import type { Expression, FunctionDeclaration, Pattern, Statement } from 'estree';
import { FunctionPrinter } from './print.js';
import { Text } from './text.js';

/** Mark of text that comes from no instruction. */
export const NOWHERE = -1;

/** The mark of the head of a function, by function index. */
const functionMark = (index: number): number => -2 - index;

/** The function whose head a mark less than {@link NOWHERE} is of. */
export const functionOfMark = (mark: number): number => -2 - mark;

/**
 * Marks are so many numbers each, in the order of the text: line and column (counted from 0, in UTF-16 code units)
 * from which on text comes from an instruction, and the offset of that in the module; or {@link NOWHERE}, or of the
 * head of a function a number that {@link functionOfMark} takes. A mark reaches to the next one, and no further than
 * the end of its line.
 */
export const MARK = 3;

/** Marks of a piece of text. */
export interface Marks {
  /** Line feeds in the text. */
  lines: number;
  /** See {@link MARK}. */
  marks: Int32Array;
}

/** Text that knows where it comes from. */
export class MarkedText extends Text {
  /** Where what is added comes from. */
  at = NOWHERE;
  private line = 0;
  private column = 0;
  /** Where the last mark of this line comes from. */
  private last = NaN;
  private numbers = new Int32Array(1 << 12);
  private used = 0;

  override add(piece: string): void {
    if (piece === '') return;
    if (this.at !== this.last && (this.column === 0 || canStand(piece.charCodeAt(0)))) this.mark();
    super.add(piece);
    const end = piece.lastIndexOf('\n');
    if (end < 0) {
      this.column += piece.length;
      return;
    }
    for (let i = piece.indexOf('\n'); i >= 0; i = piece.indexOf('\n', i + 1)) this.line++;
    this.column = piece.length - end - 1;
    // Marks do not reach beyond their line.
    this.last = NaN;
  }

  private mark(): void {
    if (this.used + MARK > this.numbers.length) {
      const grown = new Int32Array(2 * this.numbers.length);
      grown.set(this.numbers);
      this.numbers = grown;
    }
    this.numbers[this.used] = this.line;
    this.numbers[this.used + 1] = this.column;
    this.numbers[this.used + 2] = this.at;
    this.used += MARK;
    this.last = this.at;
  }

  /** All marks; what comes behind the text comes from nowhere. */
  marks(): Marks {
    return { lines: this.line, marks: this.numbers.slice(0, this.used) };
  }
}

/**
 * Can text that begins with this character be a place of a stack trace: a name, a call of what stands before, a
 * property of it? Operators, numbers and closing brackets get no mark of their own.
 */
const canStand = (code: number): boolean =>
  (code >= 97 && code <= 122) ||
  (code >= 65 && code <= 90) ||
  code === 36 ||
  code === 95 ||
  code === 40 ||
  code === 46 ||
  code === 91 ||
  code > 127;

/**
 * Appends a function to text that knows where it comes from.
 * @param index of the function that it is of
 * @param start offset of the first instruction of that: where comes from what no other is known of
 * @param taken short names that local variables must not have
 */
export function printMarked(
  text: MarkedText,
  node: FunctionDeclaration,
  index: number,
  start: number,
  taken: ReadonlySet<string> | undefined,
): void {
  text.at = functionMark(index);
  node.body.at = start;
  new MarkingPrinter(text, taken).func(node);
  text.at = NOWHERE;
}

class MarkingPrinter extends FunctionPrinter {
  constructor(
    private readonly marked: MarkedText,
    taken: ReadonlySet<string> | undefined,
  ) {
    super(marked, taken);
  }

  protected override statement(node: Statement): boolean {
    const { marked } = this;
    const { at } = marked;
    marked.at = node.at ?? at;
    const open = super.statement(node);
    marked.at = at;
    return open;
  }

  protected override expression(node: Expression | Pattern, least: number): void {
    const { marked } = this;
    const { at } = marked;
    marked.at = node.at ?? at;
    super.expression(node, least);
    marked.at = at;
  }
}

/** Marks of texts that follow one another. */
export function joinMarks(all: readonly Marks[]): Marks {
  const marks = new Int32Array(all.reduce((sum, part) => sum + part.marks.length, 0));
  let lines = 0;
  let at = 0;
  for (const part of all) {
    marks.set(part.marks, at);
    shift(marks.subarray(at, at + part.marks.length), lines);
    lines += part.lines;
    at += part.marks.length;
  }
  return { lines, marks };
}

/**
 * The marks of text whose parts are put into another order.
 * @param counts lines of each part, in the order that the parts had
 * @param order the parts by what number they had, in the order that they get
 */
export function reorderMarks(
  { lines, marks }: Marks,
  counts: readonly number[],
  order: readonly number[],
): Marks {
  // By part: its first line, and its first mark.
  const starts = [0];
  const firsts = [0];
  let mark = 0;
  counts.forEach((count, part) => {
    const end = starts[part]! + count;
    while (mark < marks.length && marks[mark]! < end) mark += MARK;
    starts.push(end);
    firsts.push(mark);
  });
  const moved = new Int32Array(mark);
  let at = 0;
  let line = 0;
  for (const part of order) {
    const own = marks.subarray(firsts[part]!, firsts[part + 1]!);
    moved.set(own, at);
    shift(moved.subarray(at, at + own.length), line - starts[part]!);
    at += own.length;
    line += counts[part]!;
  }
  return { lines, marks: moved };
}

/** The marks of text that so many lines precede; what follows it comes from nowhere. */
export function place({ lines, marks }: Marks, before: number): Int32Array {
  const placed = new Int32Array(marks.length + MARK);
  placed.set(marks);
  shift(placed, before);
  placed.set([before + lines, 0, NOWHERE], marks.length);
  return placed;
}

/** Number of lines that end in the pieces of a text up to one of them, or in all. */
export function linesUpTo(pieces: readonly string[], last?: string): number {
  let lines = 0;
  for (const piece of pieces) {
    for (let i = piece.indexOf('\n'); i >= 0; i = piece.indexOf('\n', i + 1)) lines++;
    if (piece === last) break;
  }
  return lines;
}

/** Moves marks down by some lines. */
export function shift(marks: Int32Array, lines: number): void {
  for (let i = 0; i < marks.length; i += MARK) marks[i]! += lines;
}
