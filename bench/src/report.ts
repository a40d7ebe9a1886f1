/** The session's figures as Markdown. */

import { geomean } from '@wasm2js/cli/measure';
import { barTable } from './bars.js';
import type { SetName } from './benchmark.js';
import { contenderNames, type Maker, makerOf } from './contenders.js';
import { mainHost, notApplicable } from './matrix.js';
import type { BuildCell } from './session.js';
import {
  baseline,
  byBenchmark,
  measuredContenders,
  number,
  type Results,
  ratio,
  summarise,
  table,
  unique,
} from './tables.js';

const makers: readonly Maker[] = [...new Set(contenderNames.map(makerOf)), 'binaryen-O0'];

function summaryTable(results: Results, set: SetName): string {
  const rows = results.hosts.flatMap(({ name }) => {
    const found = byBenchmark(results.cells, set, name);
    const base = baseline(found, set);
    return contenderNames.flatMap((contender) => {
      const summary = contender === base ? undefined : summarise(found, contender, base);
      if (summary === undefined) return [];
      const { best, worst, count } = summary;
      return [
        [
          name,
          contender,
          base,
          number(summary.geomean),
          `${number(best.value)} ${best.benchmark}`,
          `${number(worst.value)} ${worst.benchmark}`,
          `${count}/${found.size}`,
        ],
      ];
    });
  });
  return table(['host', 'contender', 'against', 'geomean', 'best', 'worst', 'ran'], rows);
}

/** Native WebAssembly of every host against that of the first: what the hosts themselves differ by. */
function hostTable(results: Results, set: SetName): string {
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

function detailTable(results: Results, set: SetName, host: string): string {
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

const isKernel = (cell: BuildCell) => !cell.module.endsWith('(program)');
const classes: [string, (cell: BuildCell) => boolean][] = [
  ['kernels', isKernel],
  ['programs below 100 kB', (cell) => !isKernel(cell) && cell.wasmBytes < 100_000],
  ['programs above', (cell) => !isKernel(cell) && cell.wasmBytes >= 100_000],
];

/** Build time and gzip size of each maker, by classes of modules. */
function buildSummary({ builds }: Results): string {
  const rows = classes.flatMap(([title, belongs]) =>
    makers.flatMap((maker) => {
      const cells = builds.filter((cell) => cell.contender === maker && belongs(cell));
      const built = cells.filter((cell) => cell.buildMs !== undefined);
      if (built.length === 0) return [];
      const mean = (value: (cell: BuildCell) => number) => number(geomean(built.map(value)));
      return [
        [
          title,
          maker,
          `${built.length}/${cells.length}`,
          mean((cell) => cell.buildMs!),
          mean((cell) => cell.memory!),
          mean((cell) => cell.gzip! / cell.wasmGzip),
        ],
      ];
    }),
  );
  return table(['modules', '', 'built', 'ms', 'peak MiB', 'gzip ×'], rows);
}

/** Every module above 100 kB, with the speed at which it is built. */
function speedTable({ builds }: Results): string {
  const modules = unique(builds.filter((cell) => cell.wasmBytes > 100_000).map((c) => c.module));
  const rows = modules.map((module) => {
    const cell = (maker: Maker) =>
      builds.find((item) => item.module === module && item.contender === maker);
    const [ours, zero, two] = [cell('ours'), cell('binaryen-O0'), cell('binaryen')];
    const any = (ours ?? zero ?? two)!;
    const over = (other: BuildCell | undefined) =>
      other?.buildMs === undefined || ours?.buildMs === undefined
        ? undefined
        : other.buildMs / ours.buildMs;
    const gzip = (found: BuildCell | undefined) =>
      number(found?.gzip === undefined ? undefined : found.gzip / any.wasmGzip);
    return [
      module.replace(' (program)', ''),
      number(any.wasmBytes / 1e6),
      number(ours?.buildMs),
      number(ours?.buildMs && any.wasmBytes / 1000 / ours.buildMs),
      number(ours?.memory),
      number(over(zero)),
      number(over(two)),
      number(two?.memory),
      gzip(ours),
      gzip(two),
    ];
  });
  const head = ['module', 'MB', 'ours ms', 'MB/s', 'peak MiB', 'binaryen -O0 ×', 'binaryen -O2 ×'];
  return table([...head, 'its peak MiB', 'gzip ×: ours', 'binaryen -O2'], rows);
}

function buildTable({ builds }: Results): string {
  const modules = unique(builds.map((cell) => cell.module));
  const present = makers.filter((name) =>
    builds.some((cell) => cell.contender === name && cell.buildMs !== undefined),
  );
  const rows = modules.map((module) => [
    module,
    ...present.flatMap((name) => {
      const found = builds.find((item) => item.module === module && item.contender === name);
      return [
        number(found?.buildMs),
        number(found?.bytes === undefined ? undefined : found.bytes / 1024),
        number(found?.gzip === undefined ? undefined : found.gzip / found.wasmGzip),
      ];
    }),
  ]);
  const head = present.flatMap((name) => [`${name} ms`, 'KiB', 'gzip ×']);
  return table(['module', ...head], rows);
}

/** What could not be built or run, did not end in its time or gave another result, by reason. */
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
  if (lines.length === 0) return 'Nothing.';
  const groups = new Map<string, Set<string>>();
  for (const [what, where, who, why] of lines) {
    const key = `${who}: ${why!.replaceAll('|', '\\|').replace(/\s+/g, ' ')}`;
    groups.set(key, (groups.get(key) ?? new Set()).add(`${what} (${where})`));
  }
  return [...groups].map(([key, where]) => `- ${key} — ${[...where].join(', ')}`).join('\n');
}

const titles: Record<SetName, string> = {
  steady: 'Steady state',
  oneshot: 'One shot (fresh process, `_start` to its end)',
  cold: 'Cold start (start of the process to its result)',
};

const folded = (title: string, content: string): string[] => [
  `<details><summary>${title}</summary>`,
  content,
  '</details>',
];

function setParts(results: Results, set: SetName): string[] {
  const details = results.hosts.flatMap(({ name }) =>
    byBenchmark(results.cells, set, name).size === 0
      ? []
      : folded(`${name}, every benchmark`, detailTable(results, set, name)),
  );
  const hosts = set === 'cold' ? '' : hostTable(results, set);
  return [`## ${titles[set]}`, summaryTable(results, set), hosts, ...details];
}

function buildParts(results: Results): string[] {
  const clock = results.clock === 'wall' ? 'Wall time' : 'Processor time, of all its threads,';
  const builder = mainHost(results.hosts);
  return [
    '## Build time and size',
    `${clock} of the whole command (of \`ours-O\`, which starts another process, the wall time), on ${builder}; median of three builds where modules between 100 kB and 5 MB are compared. gzip ×: gzip of the output against gzip of the \`.wasm\`.`,
    buildSummary(results),
    'Modules above 100 kB; binaryen ×: its time against ours.',
    speedTable(results),
    ...folded('every module', buildTable(results)),
  ];
}

/** The report of a session. */
export function markdown(results: Results): string {
  const clock = results.clock === 'wall' ? 'wall clock' : 'processor (BENCH_CLOCK=cpu)';
  const minutes = results.minutes.toFixed(0);
  const parts = [
    `Made by \`${results.command}\` on ${results.date} in ${minutes} minutes, ${results.machine}; median of ${results.rounds} interleaved rounds, times of the ${clock}.`,
    `Hosts: ${results.hosts.map((host) => `${host.name} (${host.version})`).join(', ')}.`,
    ...(results.missing.length > 0 ? [`Left out: ${results.missing.join('; ')}.`] : []),
    'Every figure is a time divided by the time of the contender it is set against: smaller is faster.',
    ...(results.cells.length > 0
      ? ['## The bars', 'In parentheses: over how many benchmarks.', barTable(results)]
      : []),
    ...unique(results.cells.map((cell) => cell.set)).flatMap((set) => setParts(results, set)),
    ...(results.builds.length > 0 ? buildParts(results) : []),
    '## What failed',
    failures(results),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** The reports of bench/README.md: of many rounds, and of one with every host and every peer. */
export type Section = 'report' | 'wide report';

/**
 * Replaces what stands between a section's marks in a README by a report, its headings one level down.
 * The chart is shown with the first section.
 * @throws Error where the README has no such marks
 */
export function insertReport(
  readme: string,
  results: Results,
  section: Section = 'report',
): string {
  const begin = `<!-- ${section} -->\n`;
  const end = `<!-- end of ${section} -->`;
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the README has no marks of the ${section}`);
  const report = markdown(results).replace(/^## /gm, '### ');
  const chart = '![time of every contender against native WebAssembly](chart.svg)\n\n';
  const shown = section === 'report' ? chart : '';
  return `${readme.slice(0, from)}${begin}\n${report}\n${shown}${readme.slice(to)}`;
}
