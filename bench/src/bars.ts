/** What the project asks of itself, and what a session measured of it. */

import { geomean } from '@wasm2js/cli/measure';
import type { ContenderName } from './contenders.js';
import type { BuildCell, Cell } from './session.js';
import {
  byBenchmark,
  number,
  type RatioSummary,
  type Results,
  summarise,
  table,
} from './tables.js';

/** Kernels that spend their time in 64-bit integers, besides those of the group `i64`. */
const wide = new Set(['fib64', 'sha512', 'blake2b', 'xxh64', 'siphash', 'bits']);

const isWide = ({ group, benchmark }: Cell) => group === 'i64' || wide.has(benchmark);

const hosts = ['node24', 'node26', 'bun'];

const mean = (summary: RatioSummary | undefined) =>
  summary === undefined ? '–' : `${number(summary.geomean)} (${summary.count})`;

const worst = (summary: RatioSummary | undefined) =>
  summary === undefined ? '–' : `${number(summary.worst.value)} ${summary.worst.benchmark}`;

/** What vectors cost against the same source without them, both compiled by us. */
function vectorsOverScalars(results: Results, host: string): RatioSummary | undefined {
  const rows = byBenchmark(results.cells, 'steady', host);
  // The build with vectors stands for the contender that is set against the other.
  const pairs = [...rows].flatMap(([name, row]): [string, Map<ContenderName, Cell>][] => {
    const [vector, scalar] = [
      row.get('ours'),
      rows.get(name.replace('simd-', 'scalar-'))?.get('ours'),
    ];
    if (vector?.group !== 'simd' || scalar === undefined) return [];
    return [
      [
        name,
        new Map([
          ['ours', vector],
          ['native', scalar],
        ]),
      ],
    ];
  });
  return summarise(new Map(pairs), 'ours', 'native');
}

/** A row: what, the bar, and the figure of a host. */
type Bar = [string, string, (host: string) => string];

function timeBars(results: Results): Bar[] {
  const compare = (
    set: Cell['set'],
    over: ContenderName,
    under: ContenderName,
    wanted?: (cell: Cell) => boolean,
  ) => {
    return (host: string) => summarise(byBenchmark(results.cells, set, host), over, under, wanted);
  };
  // Kernels with vectors, and the same without, have bars of their own.
  const isVector = ({ group }: Cell) => group === 'simd';
  const isPlain = ({ group }: Cell) => !group.startsWith('simd');
  const steady = compare('steady', 'ours', 'native', isPlain);
  const ruby = ({ group }: Cell) => group === 'ruby';
  const start = ({ benchmark }: Cell) => benchmark === 'ruby-puts';
  return [
    ['steady vs native, geomean', '≤ 1.25; Bun ≤ 1.6', (host) => mean(steady(host))],
    [
      'steady vs native, worst',
      '≤ 3',
      (host) =>
        worst(compare('steady', 'ours', 'native', (cell) => isPlain(cell) && !isWide(cell))(host)),
    ],
    [
      'the same, 64-bit integers',
      '≤ 4',
      (host) => worst(compare('steady', 'ours', 'native', isWide)(host)),
    ],
    [
      'steady, binaryen vs ours, geomean',
      '≥ 1.6',
      (host) => mean(compare('steady', 'binaryen', 'ours', isPlain)(host)),
    ],
    [
      'steady, ours vs binaryen, worst',
      '≤ 1.05',
      (host) => worst(compare('steady', 'ours', 'binaryen', isPlain)(host)),
    ],
    [
      'steady, polywasm vs ours, geomean',
      '≥ 3',
      (host) => mean(compare('steady', 'polywasm', 'ours', isPlain)(host)),
    ],
    [
      'vectors, steady vs native’s own, geomean',
      '≤ 6',
      (host) => mean(compare('steady', 'ours', 'native', isVector)(host)),
    ],
    [
      'vectors vs our build of the same source without, worst',
      '≤ 1.1',
      (host) => worst(vectorsOverScalars(results, host)),
    ],
    [
      'one shot vs native-opt, geomean',
      '≤ 2.0',
      (host) => mean(compare('oneshot', 'ours', 'native-opt')(host)),
    ],
    [
      'one shot, binaryen vs native-opt',
      '',
      (host) => mean(compare('oneshot', 'binaryen', 'native-opt')(host)),
    ],
    [
      'one shot, polywasm vs native-opt',
      '',
      (host) => mean(compare('oneshot', 'polywasm', 'native-opt')(host)),
    ],
    [
      'CRuby scripts steady vs native, geomean',
      '≤ 3',
      (host) => mean(compare('steady', 'ours', 'native', ruby)(host)),
    ],
    [
      'CRuby `puts 1`, cold, vs native',
      '≤ 3',
      (host) => mean(compare('cold', 'ours', 'native', start)(host)),
    ],
    [
      'the same with Node’s compile cache',
      '',
      (host) => mean(compare('cold', 'ours-cached', 'native', start)(host)),
    ],
  ];
}

const has = (cell: BuildCell | undefined): cell is Required<BuildCell> =>
  cell?.buildMs !== undefined;

function buildBars({ builds }: Results): Bar[] {
  const of = (contender: string) => builds.filter((cell) => cell.contender === contender);
  const ours = of('ours').filter(has);
  const partner = (cell: BuildCell, contender: string) =>
    of(contender).find((other) => other.module === cell.module);
  const ruby = ours.find(({ module }) => module.startsWith('ruby'));
  const speeds = ours.flatMap((cell) => {
    const other = partner(cell, 'binaryen-O0');
    return has(other) ? [other.buildMs / cell.buildMs] : [];
  });
  const programs = ours.filter(({ wasmBytes }) => wasmBytes > 100_000);
  const sizes = programs.map((cell) => cell.gzip / cell.wasmGzip);
  const against = programs.flatMap((cell) => {
    const other = partner(cell, 'binaryen');
    return has(other) ? [cell.gzip / other.gzip] : [];
  });
  const megabytes = ruby === undefined ? undefined : ruby.wasmBytes / 1e6;
  const list = (values: number[]) => `${number(geomean(values))} (${values.length})`;
  const once = (text: string) => (host: string) => (host === hosts[0] ? text : '');
  return [
    [
      'build of CRuby, MB/s',
      '≥ 2',
      once(number(ruby && megabytes && (megabytes / ruby.buildMs) * 1000)),
    ],
    ['the same, peak memory, MiB', '≤ 1536', once(number(ruby?.memory))],
    ['build, binaryen -O0 vs ours, geomean', '≥ 5', once(list(speeds))],
    ['gzip vs gzip of the .wasm, modules over 100 kB', '≤ 1.6', once(list(sizes))],
    ['gzip vs binaryen’s, the same modules', '< 1', once(list(against))],
  ];
}

/** The table of the bars; in parentheses over how many benchmarks. */
export function barTable(results: Results): string {
  const rows = [...timeBars(results), ...buildBars(results)].map(([what, bar, figure]) => [
    what,
    bar,
    ...hosts.map(figure),
  ]);
  return table(['what', 'bar', ...hosts], rows);
}
