/**
 * Makes a module smaller while a property holds: deletes and simplifies lines of its flat text, where
 * each instruction is a line. A folded text would not do, as folding moves values into locals.
 */

/** Lines that may stand for a few others. */
const REPLACEMENTS = [
  'drop',
  'unreachable',
  'i32.const 0',
  'i32.const 1',
  'i64.const 0',
  'i64.const -1',
  'f32.const 0',
  'f32.const nan:0x200000',
  'f64.const 0',
  'f64.const nan:0x4000000000000',
  'local.get 0',
];
/** Longest run of lines that a replacement is tried for. */
const MOST_REPLACED = 4;

const OPENS = /^\s*(block|loop|if)\b/;
const ENDS = /^\s*end\b/;

/** Index of the `end` of the block that a line opens. */
function endOf(lines: string[], opener: number): number {
  let depth = 0;
  for (let i = opener; i < lines.length; i++) {
    if (OPENS.test(lines[i]!)) depth++;
    else if (ENDS.test(lines[i]!) && --depth === 0) return i;
  }
  return -1;
}

/** Shorter variants of the text, the boldest first; each call begins anew for changed lines. */
function* variants(lines: string[]): Generator<string[]> {
  const without = (from: number, to: number, instead: string[] = []) => [
    ...lines.slice(0, from),
    ...instead,
    ...lines.slice(to),
  ];
  for (let size = lines.length >> 1; size >= 1; size = size > 16 ? size >> 1 : size - 1) {
    for (let from = lines.length - size; from >= 0; from -= size > 16 ? size >> 1 : 1) {
      yield without(from, from + size);
    }
  }
  for (let i = 0; i < lines.length; i++) {
    const end = OPENS.test(lines[i]!) ? endOf(lines, i) : -1;
    if (end < 0) continue;
    yield [...lines.slice(0, i), ...lines.slice(i + 1, end), ...lines.slice(end + 1)];
    for (const line of REPLACEMENTS) yield without(i, end + 1, [line]);
    const middle = lines.findIndex((line, k) => k > i && k < end && /^\s*else\b/.test(line));
    if (middle > 0) yield without(middle, end + 1, ['end']);
  }
  for (let size = MOST_REPLACED; size >= 1; size--) {
    for (let from = lines.length - size; from >= 0; from--) {
      for (const line of REPLACEMENTS) {
        if (size > 1 || lines[from]!.trim().length > line.length) {
          yield without(from, from + size, [line]);
        }
      }
    }
  }
}

/**
 * Reduces the flat text of a module. `holds` says of a text whether it is a module that still shows
 * what is looked for; `budget` bounds its calls.
 */
export async function reduce(
  text: string,
  holds: (text: string) => Promise<boolean>,
  budget: number,
): Promise<string> {
  let lines = text.split('\n').map((line) => line.replace(/\s*(;;.*|\(;@\d+;\))$/, ''));
  let left = budget;
  for (let changed = true; changed && left > 0; ) {
    changed = false;
    for (const shorter of variants(lines)) {
      if (left-- <= 0) break;
      if (!(await holds(shorter.join('\n')))) continue;
      lines = shorter;
      changed = true;
      break;
    }
  }
  return lines.join('\n');
}
