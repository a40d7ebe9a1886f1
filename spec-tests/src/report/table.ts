/** The report for a person: a row for each family, the reasons of what was not judged, details. */

import { countOf, type FileResult, type Status } from '../run/outcome.js';
import { FAMILIES, familyOf } from '../suite.js';

const COLUMNS: Status[] = ['passed', 'failed', 'unsupported', 'not applicable', 'not run'];

/** Rows of cells as text: the first column left-aligned, the others right. */
export function formatTable(header: string[], rows: string[][]): string {
  const all = [header, ...rows];
  const widths = header.map((_, i) => Math.max(...all.map((row) => row[i]!.length)));
  const format = (row: string[]) =>
    row.map((cell, i) => (i ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join('  ');
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [format(header), rule, ...rows.map(format)].join('\n');
}

const sumRow = (name: string, results: FileResult[], columns: Status[]): string[] => [
  name,
  `${results.length}`,
  ...columns.map((status) => `${results.reduce((sum, r) => sum + countOf(r, status), 0)}`),
];

const columnsIn = (results: FileResult[]): Status[] =>
  COLUMNS.filter((status) => status !== 'not run' || results.some((r) => countOf(r, status)));

/** The table of families, proposals after the fixed ones, with a row of sums. */
export function familyTable(results: FileResult[]): string {
  const columns = columnsIn(results);
  const byFamily = new Map<string, FileResult[]>();
  for (const result of results) {
    const family = familyOf(result.file);
    byFamily.set(family, [...(byFamily.get(family) ?? []), result]);
  }
  const fixed = FAMILIES.filter((family) => byFamily.has(family));
  const proposals = [...byFamily.keys()].filter((family) => !fixed.includes(family as never));
  const rows = [...fixed, ...proposals.sort()].map((family) =>
    sumRow(family, byFamily.get(family)!, columns),
  );
  return formatTable(['family', 'files', ...columns], [...rows, sumRow('all', results, columns)]);
}

/** The table of command kinds. */
export function commandTable(results: FileResult[]): string {
  const columns = columnsIn(results);
  const kinds = [...new Set(results.flatMap(({ counts }) => Object.keys(counts)))].sort();
  const rows = kinds.map((kind) => [
    kind,
    ...columns.map(
      (status) => `${results.reduce((n, r) => n + (r.counts[kind]?.[status] ?? 0), 0)}`,
    ),
  ]);
  return formatTable(['command', ...columns], rows);
}

/** Reasons of what is neither passed nor failed, with their counts. */
export function reasonList(results: FileResult[], statuses: Status[]): string {
  const counts = new Map<string, number>();
  for (const { status, reason, count } of results.flatMap(({ reasons }) => reasons)) {
    if (!statuses.includes(status)) continue;
    const key = `${status}: ${reason}`;
    counts.set(key, (counts.get(key) ?? 0) + count);
  }
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([key, count]) => `${`${count}`.padStart(7)}  ${key}`)
    .join('\n');
}

/** One line for each file, and its failures below it. */
export function fileDetails(results: FileResult[]): string {
  const columns = columnsIn(results);
  const rows = results.map((result) => [
    result.file,
    ...columns.map((status) => `${countOf(result, status)}`),
    `${result.milliseconds}`,
  ]);
  const failures = results.flatMap(({ file, failures }) =>
    failures.map(({ line, command, reason }) => `  ${file}:${line}  ${command}: ${reason}`),
  );
  return [formatTable(['file', ...columns, 'ms'], rows), ...failures].join('\n');
}
