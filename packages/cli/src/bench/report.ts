/** What `bench` prints. */

import { median } from '../measure/statistics.js';

/** A contender and what was measured of it, in milliseconds. */
export interface Figures {
  name: string;
  load: number[];
  run: number[];
  first: number[];
  /** Start of the process to its end. */
  process: number[];
  /** Why there are no figures, or why they do not count. */
  problem?: string;
}

/** Everything that a comparison found out. */
export interface Comparison {
  input: string;
  /** How the program was run: for the heading. */
  title: string;
  rounds: number;
  /** Whether an export was called until it was steady. */
  steady: boolean;
  buildMs: number;
  sizes: { wasm: number; wasmGzip: number; script: number; scriptGzip: number };
  /** The contender that the others are set against. */
  baseline: string;
  contenders: Figures[];
  /** Who was not measured, and why. */
  skipped: { name: string; reason: string }[];
}

const bytes = (count: number): string =>
  count < 1e6 ? `${(count / 1e3).toFixed(1)} kB` : `${(count / 1e6).toFixed(2)} MB`;

const time = (values: readonly number[]): string => {
  const middle = median(values);
  if (Number.isNaN(middle)) return '–';
  return middle < 10 ? middle.toFixed(2) : middle < 100 ? middle.toFixed(1) : middle.toFixed(0);
};

const quotient = (over: readonly number[], under: readonly number[] | undefined): string => {
  const value = median(over) / median(under ?? []);
  return Number.isFinite(value) ? value.toFixed(2) : '–';
};

const align = (rows: readonly (readonly string[])[]): string => {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const pad = (cell: string, i: number) =>
    i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!);
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
};

/** The medians of a contender, for programs. */
const medians = ({ name, load, run, first, process, problem }: Figures) => {
  const of = (values: number[]) => (values.length === 0 ? {} : { median: median(values), values });
  return { name, load: of(load), run: of(run), first: of(first), process: of(process), problem };
};

/** The comparison as JSON. */
export const comparisonJson = (comparison: Comparison): string =>
  `${JSON.stringify({ ...comparison, contenders: comparison.contenders.map(medians) }, null, 2)}\n`;

/** The comparison as a table for people. */
export const comparisonText = (comparison: Comparison): string => {
  const { sizes, contenders, steady } = comparison;
  const base = contenders.find(({ name }) => name === comparison.baseline);
  const head = steady
    ? ['', 'load', 'first call', 'call', '×']
    : ['', 'load', 'run', '×', 'process', '×'];
  const rows = contenders.map((figures) => [
    figures.name,
    time(figures.load),
    ...(steady ? [time(figures.first)] : []),
    time(figures.run),
    quotient(figures.run, base?.run),
    ...(steady ? [] : [time(figures.process), quotient(figures.process, base?.process)]),
  ]);
  const problems = contenders.flatMap(({ name, problem }) =>
    problem === undefined ? [] : [`${name}: ${problem}`],
  );
  const reasons = [...new Set(comparison.skipped.map(({ reason }) => reason))];
  const skipped = (why: string) =>
    comparison.skipped.flatMap(({ name, reason }) => (reason === why ? [name] : [])).join(', ');
  return [
    comparison.title,
    `module ${bytes(sizes.wasm)} (gzip ${bytes(sizes.wasmGzip)}); compiled ${bytes(sizes.script)} (gzip ${bytes(sizes.scriptGzip)}), built in ${(comparison.buildMs / 1000).toFixed(2)} s`,
    '',
    align([head, ...rows]),
    '',
    `milliseconds, medians of ${comparison.rounds} interleaved rounds, a fresh process each; ×: against ${comparison.baseline}`,
    ...problems,
    ...reasons.map((reason) => `not measured: ${skipped(reason)} (${reason})`),
    '',
  ].join('\n');
};
