/** Markdown tables, and the rows that reports and charts are made of. */

import { geomean } from '@wasm2js/cli/measure';
import type { SetName } from './benchmark.js';
import { type ContenderName, contenderNames } from './contenders.js';
import type { BuildCell, Cell } from './session.js';

/** Everything a report says. */
export interface Results {
  date: string;
  /** The command that made it. */
  command: string;
  minutes: number;
  machine: string;
  rounds: number;
  /** Which clock the times are of. */
  clock: 'wall' | 'processor';
  hosts: { name: string; version: string }[];
  missing: string[];
  cells: Cell[];
  builds: BuildCell[];
}

/** A figure for people; a dash where there is none. */
export const number = (value: number | undefined): string =>
  value === undefined || !Number.isFinite(value)
    ? '–'
    : value >= 100
      ? value.toFixed(0)
      : value.toFixed(2);

/** A table whose columns but the first are numbers. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, i) => (i === 0 ? '---' : '--:')), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');

/** The values without repetitions, in their order. */
export const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];

/** Contender → cell, of one benchmark. */
export type Row = Map<ContenderName, Cell>;

/** Benchmark → row, of one set on one host. */
export function byBenchmark(cells: readonly Cell[], set: SetName, host: string): Map<string, Row> {
  const found = new Map<string, Row>();
  for (const cell of cells) {
    if (cell.set !== set || cell.host !== host) continue;
    const row: Row = found.get(cell.benchmark) ?? new Map();
    found.set(cell.benchmark, row.set(cell.contender, cell));
  }
  return found;
}

/** The contenders that have a figure in these rows. */
export function measuredContenders(rows: Map<string, Row>): ContenderName[] {
  const all = [...rows.values()];
  return contenderNames.filter((name) => all.some((row) => row.get(name)?.ms !== undefined));
}

/** The contender that the others are compared with on a host. */
export function baseline(rows: Map<string, Row>, set: SetName): ContenderName {
  const wanted: ContenderName[] =
    set === 'oneshot' ? ['native-opt', 'native', 'ours'] : ['native', 'native-opt', 'ours'];
  return (
    wanted.find((name) => [...rows.values()].some((row) => row.get(name)?.ms !== undefined)) ??
    'ours'
  );
}

/** Time of `over` divided by the time of `under`, of one benchmark. */
export function ratio(row: Row, over: ContenderName, under: ContenderName): number | undefined {
  const [a, b] = [row.get(over)?.ms, row.get(under)?.ms];
  return a === undefined || b === undefined || b === 0 ? undefined : a / b;
}

/** What a list of ratios comes to. */
export interface RatioSummary {
  geomean: number;
  best: { benchmark: string; value: number };
  worst: { benchmark: string; value: number };
  count: number;
}

/** What ratios come to; undefined of none. */
export function summaryOf(
  ratios: readonly { benchmark: string; value: number }[],
): RatioSummary | undefined {
  if (ratios.length === 0) return undefined;
  return {
    geomean: geomean(ratios.map(({ value }) => value)),
    best: ratios.reduce((a, b) => (b.value < a.value ? b : a)),
    worst: ratios.reduce((a, b) => (b.value > a.value ? b : a)),
    count: ratios.length,
  };
}

/** The ratios of two contenders over the benchmarks that both ran; undefined of none. */
export function summarise(
  rows: Map<string, Row>,
  over: ContenderName,
  under: ContenderName,
  wanted: (cell: Cell) => boolean = () => true,
): RatioSummary | undefined {
  const ratios = [...rows].flatMap(([benchmark, row]) => {
    const value = ratio(row, over, under);
    return value === undefined || !wanted(row.get(over)!) ? [] : [{ benchmark, value }];
  });
  return summaryOf(ratios);
}
