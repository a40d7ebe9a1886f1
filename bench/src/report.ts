/** The session's figures as Markdown. */

import { type ContenderName, contenderNames } from './contenders.js';
import { type BuildCell, type Cell, notApplicable } from './session.js';
import { geomean } from './statistics.js';

/** Everything a report says. */
export interface Results {
  date: string;
  command: string;
  machine: string;
  rounds: number;
  /** Which clock the times are of. */
  clock: 'wall' | 'processor';
  hosts: { name: string; version: string }[];
  missing: string[];
  cells: Cell[];
  builds: BuildCell[];
}

const number = (value: number | undefined) =>
  value === undefined || !Number.isFinite(value)
    ? '–'
    : value >= 100
      ? value.toFixed(0)
      : value.toFixed(2);

const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map((_, i) => (i === 0 ? '---' : '--:')), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');

const unique = <T>(values: readonly T[]) => [...new Set(values)];

/** Benchmark → contender → cell, of one set on one host. */
export function byBenchmark(
  cells: readonly Cell[],
  set: Cell['set'],
  host: string,
): Map<string, Map<ContenderName, Cell>> {
  const found = new Map<string, Map<ContenderName, Cell>>();
  for (const cell of cells) {
    if (cell.set !== set || cell.host !== host) continue;
    const row = found.get(cell.benchmark) ?? new Map<ContenderName, Cell>();
    found.set(cell.benchmark, row.set(cell.contender, cell));
  }
  return found;
}

/** The contenders that have a figure in these rows. */
export function measuredContenders(rows: Map<string, Map<ContenderName, Cell>>): ContenderName[] {
  const all = [...rows.values()];
  return contenderNames.filter((name) => all.some((row) => row.get(name)?.ms !== undefined));
}

/** The contender that the others are compared with on a host. */
export function baseline(rows: Map<string, Map<ContenderName, Cell>>, set: Cell['set']) {
  const wanted: ContenderName[] =
    set === 'oneshot' ? ['native-opt', 'native', 'ours'] : ['native', 'native-opt', 'ours'];
  return wanted.find((name) => [...rows.values()].some((row) => row.get(name)?.ms !== undefined))!;
}

/** Time of `over` divided by the time of `under`, of one benchmark. */
export function ratio(
  row: Map<ContenderName, Cell>,
  over: ContenderName,
  under: ContenderName,
): number | undefined {
  const [a, b] = [row.get(over)?.ms, row.get(under)?.ms];
  return a === undefined || b === undefined || b === 0 ? undefined : a / b;
}

function summaryTable(results: Results, set: Cell['set']): string {
  const rows: string[][] = [];
  for (const { name } of results.hosts) {
    const found = byBenchmark(results.cells, set, name);
    if (found.size === 0) continue;
    const base = baseline(found, set);
    for (const contender of contenderNames) {
      const ratios = [...found.entries()]
        .map(([benchmark, row]) => ({ benchmark, value: ratio(row, contender, base) }))
        .filter((item): item is { benchmark: string; value: number } => item.value !== undefined);
      if (ratios.length === 0 || contender === base) continue;
      const worst = ratios.reduce((a, b) => (b.value > a.value ? b : a));
      const best = ratios.reduce((a, b) => (b.value < a.value ? b : a));
      rows.push([
        name,
        contender,
        base,
        number(geomean(ratios.map((item) => item.value))),
        `${number(best.value)} ${best.benchmark}`,
        `${number(worst.value)} ${worst.benchmark}`,
        `${ratios.length}/${found.size}`,
      ]);
    }
  }
  return table(['host', 'contender', 'against', 'geomean', 'best', 'worst', 'ran'], rows);
}

/** Native WebAssembly of every host against that of the first: what the hosts themselves differ by. */
function hostTable(results: Results, set: Cell['set']): string {
  const [first, ...others] = results.hosts.map(({ name }) => ({
    name,
    rows: byBenchmark(results.cells, set, name),
  }));
  const rows = others.flatMap(({ name, rows: found }) => {
    const ratios = [...found].flatMap(([benchmark, row]) => {
      const [a, b] = [row.get('native')?.ms, first?.rows.get(benchmark)?.get('native')?.ms];
      return a !== undefined && b !== undefined ? [a / b] : [];
    });
    return ratios.length === 0 ? [] : [[name, number(geomean(ratios)), String(ratios.length)]];
  });
  return rows.length === 0
    ? ''
    : table([`native WebAssembly of`, `against ${first!.name}'s`, 'benchmarks'], rows);
}

function detailTable(results: Results, set: Cell['set'], host: string): string {
  const found = byBenchmark(results.cells, set, host);
  const base = baseline(found, set);
  const present = measuredContenders(found);
  const others = present.filter((name) => name !== base);
  const rows = [...found.entries()].map(([benchmark, row]) => [
    benchmark,
    [...row.values()][0]!.group,
    number(row.get(base)?.ms),
    ...others.map((name) => number(ratio(row, name, base))),
  ]);
  return table(['benchmark', 'group', `${base}, ms`, ...others.map((name) => `${name} ×`)], rows);
}

/** Build time and gzip size of each maker over all modules that it and the first maker could build. */
function buildSummary(results: Results): string {
  const rows = contenderNames.flatMap((name) => {
    const cells = results.builds.filter(
      (cell) => cell.contender === name && (cell.buildMs ?? 0) > 0,
    );
    if (cells.length === 0) return [];
    const ratios = cells.map((cell) => cell.gzip! / cell.wasmBytes);
    const times = cells.map((cell) => cell.buildMs!);
    return [[name, String(cells.length), number(geomean(times)), number(geomean(ratios))]];
  });
  return table(['', 'modules', 'build ms, geomean', 'gzip ×, geomean'], rows);
}

function buildTable(results: Results): string {
  const modules = unique(results.builds.map((cell) => cell.module));
  const makers = contenderNames.filter((name) =>
    results.builds.some((cell) => cell.contender === name && (cell.buildMs ?? 0) > 0),
  );
  const cell = (module: string, contender: ContenderName) =>
    results.builds.find((item) => item.module === module && item.contender === contender);
  const rows = modules.map((module) => [
    module,
    ...makers.flatMap((name) => {
      const found = cell(module, name);
      return [
        number(found?.buildMs),
        number(found?.bytes === undefined ? undefined : found.bytes / 1024),
        number(found?.gzip === undefined ? undefined : found.gzip / found.wasmBytes),
      ];
    }),
  ]);
  const head = makers.flatMap((name) => [`${name} ms`, 'KiB', 'gzip ×']);
  return table(['module', ...head], rows);
}

function failures(results: Results): string {
  const lines = [
    ...results.cells.map((cell) => [
      `${cell.set} ${cell.benchmark}`,
      cell.host,
      cell.contender,
      cell.error,
    ]),
    ...results.builds.map((cell) => [cell.module, 'build', cell.contender, cell.error]),
  ].filter((line) => line[3] !== undefined && !line[3].startsWith(notApplicable));
  if (lines.length === 0) return 'None.';
  const groups = new Map<string, Set<string>>();
  for (const [what, where, who, why] of lines) {
    const key = `${who}: ${why!.replaceAll('|', '\\|')}`;
    groups.set(key, (groups.get(key) ?? new Set()).add(`${what} (${where})`));
  }
  return [...groups].map(([key, where]) => `- ${key} — ${[...where].join(', ')}`).join('\n');
}

/** The report of a session. */
export function markdown(results: Results): string {
  const sets = unique(results.cells.map((cell) => cell.set));
  const titles = {
    steady: 'Steady state',
    oneshot: 'One shot (fresh process, `_start` to its end)',
  };
  const parts = [
    `Made by \`${results.command}\` on ${results.date}, ${results.machine}; median of ${results.rounds} interleaved rounds, times of the ${results.clock === 'wall' ? 'wall clock' : 'processor (BENCH_CLOCK=cpu)'}.`,
    `Hosts: ${results.hosts.map((host) => `${host.name} (${host.version})`).join(', ')}.`,
    ...(results.missing.length > 0 ? [`Left out: ${results.missing.join('; ')}.`] : []),
    'Every figure is a time divided by the time of the contender it is set against: smaller is faster.',
  ];
  for (const set of sets) {
    parts.push(`## ${titles[set]}`, summaryTable(results, set), hostTable(results, set));
    for (const { name } of results.hosts) {
      if (byBenchmark(results.cells, set, name).size === 0) continue;
      parts.push(
        `<details><summary>${name}, every benchmark</summary>`,
        detailTable(results, set, name),
        '</details>',
      );
    }
  }
  parts.push(
    '## Build time and size',
    'Build time is the wall time of the whole command; gzip ×: gzip of the output against gzip of the `.wasm`.',
    buildSummary(results),
  );
  parts.push('<details><summary>every module</summary>', buildTable(results), '</details>');
  parts.push('## What failed', failures(results));
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** Replaces what stands between the marks of a README by the report, its headings one level down. */
export function insertReport(readme: string, results: Results): string {
  const report = markdown(results).replace(/^## /gm, '### ');
  const chart = '![time of every contender against native WebAssembly](chart.svg)';
  return readme.replace(
    /(<!-- report -->\n)[\s\S]*(<!-- end of report -->)/,
    (_, begin: string, end: string) => `${begin}\n${report}\n${chart}\n\n${end}`,
  );
}
