/**
 * The committed list of expected failures. Two kinds of lines, in order of files:
 *
 *     file.wast:LINE            # reason        a command that fails (`:LINE#2`: second on its line)
 *     file.wast unsupported N   # reason        N commands need something that is not lowered yet
 *
 * What is listed must fail and what fails must be listed, so that the list can only be kept true.
 */

import type { FileResult } from '../run/outcome.js';
import { countOf } from '../run/outcome.js';

/** An entry: a failing command has count 1. */
export interface Entry {
  count: number;
  reason: string;
}
/** Entries by key: `file:line`, `file:line#n` or `file unsupported`. */
export type Expected = Map<string, Entry>;

const LINE = /^(\S+?)(?: unsupported (\d+))?(?:\s+#\s*(.*))?$/;
const UNSUPPORTED = ' unsupported';

/** The list is not of the form above. */
export class ExpectedFormatError extends Error {
  override readonly name = 'ExpectedFormatError';
}

/** Reads the text of a list. */
export function parseExpected(text: string): Expected {
  const expected: Expected = new Map();
  text.split('\n').forEach((line, i) => {
    if (line.trim() === '' || line.startsWith('#')) return;
    const match = LINE.exec(line.trim());
    if (!match) throw new ExpectedFormatError(`line ${i + 1}: ${line}`);
    const [, key, count, reason = ''] = match;
    expected.set(count ? key + UNSUPPORTED : key!, { count: Number(count ?? 1), reason });
  });
  return expected;
}

/** Writes the text of a list. */
export function formatExpected(expected: Expected): string {
  const collator = new Intl.Collator('en', { numeric: true });
  const lines = [...expected]
    .sort(([a], [b]) => collator.compare(a, b))
    .map(([key, { count, reason }]) => {
      const entry = key.endsWith(UNSUPPORTED) ? `${key} ${count}` : key;
      return reason ? `${entry}  # ${reason}` : entry;
    });
  const header = [
    '# Expected failures of the official test suite (npm run spec -- --update rewrites this list).',
    '# file:line            a command that fails',
    '# file unsupported N   N commands of the file need something that is not lowered yet',
    '',
  ];
  return `${[...header, ...lines].join('\n')}\n`;
}

/** The entries that a file's result asks for. */
export function entriesOf(result: FileResult): Expected {
  const entries: Expected = new Map();
  const onLine = new Map<number, number>();
  for (const { line, reason } of result.failures) {
    const nth = (onLine.get(line) ?? 0) + 1;
    onLine.set(line, nth);
    entries.set(`${result.file}:${line}${nth > 1 ? `#${nth}` : ''}`, {
      count: 1,
      reason: reason.slice(0, 160),
    });
  }
  const count = countOf(result, 'unsupported');
  if (count > 0) {
    const most = result.reasons
      .filter(({ status }) => status === 'unsupported')
      .sort((a, b) => b.count - a.count)[0]!;
    entries.set(result.file + UNSUPPORTED, { count, reason: most.reason });
  }
  return entries;
}

/** How a run differs from the list. */
export interface Difference {
  /** Failures that are not listed, or are more than listed. */
  grown: string[];
  /** Listed failures that are passes now, or fewer. */
  shrunk: string[];
}

const fileOf = (key: string): string => key.replace(/(:\d+(#\d+)?| unsupported)$/, '');

/** Compares the list with the results of the files that ran. */
export function compareExpected(expected: Expected, results: FileResult[]): Difference {
  const difference: Difference = { grown: [], shrunk: [] };
  const ran = new Set(results.map(({ file }) => file));
  const actual: Expected = new Map(results.flatMap((result) => [...entriesOf(result)]));
  for (const [key, { count, reason }] of actual) {
    const listed = expected.get(key)?.count ?? 0;
    const counts = key.endsWith(UNSUPPORTED) ? ` ${count} (listed: ${listed})` : '';
    if (count > listed) difference.grown.push(`${key}${counts}  # ${reason}`);
    else if (count < listed) difference.shrunk.push(`${key}${counts}`);
  }
  for (const key of expected.keys()) {
    if (ran.has(fileOf(key)) && !actual.has(key)) difference.shrunk.push(key);
  }
  return difference;
}

/** The list after a run: entries of the files that ran are replaced. */
export function updateExpected(expected: Expected, results: FileResult[]): Expected {
  const ran = new Set(results.map(({ file }) => file));
  const kept = [...expected].filter(([key]) => !ran.has(fileOf(key)));
  return new Map([...kept, ...results.flatMap((result) => [...entriesOf(result)])]);
}
