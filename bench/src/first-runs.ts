/**
 * First runs on engines with a JIT: `npm run bench -- --set first`. Gets two lists of programs of 5 to 50 ms of native
 * work, that which the code generator is tuned on (`cold.json`) and that which it never was (`holdout/cold.json`);
 * runs each once in a fresh process, rounds interleaved, and gives a table for each list and host. A time is from
 * reading the module to the result; what the process takes to start is in none of them.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Benchmark, Kernel, Program } from './benchmark.js';
import type { ContenderName } from './contenders.js';
import { proseFile } from './inputs.js';
import { benchRoot, packageFile } from './packages.js';
import { buildAll, type Cell, type Plan, runAll } from './session.js';
import { byBenchmark, table as markdownTable, type Row, summaryOf } from './tables.js';

/** A list as it is committed: sizes of kernels by name, and modules of npm packages. */
interface ListFile {
  kernels: Readonly<Record<string, number>>;
  packages: readonly {
    name: string;
    wasm: string;
    driver?: string;
    glue?: string | readonly string[];
    args: readonly string[];
  }[];
}

/** The lists by title. */
export const firstRunLists = (): [title: string, file: ListFile][] =>
  [['tuned on', 'cold.json'] as const, ['hold-out', 'holdout/cold.json'] as const].map(
    ([title, path]) => [title, JSON.parse(readFileSync(join(benchRoot, path), 'utf8')) as ListFile],
  );

interface Engine {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: Record<string, (n: number) => unknown> };
}

/** A kernel in that size, with the result of this host's own WebAssembly. */
function kernel(name: string, n: number): Kernel {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: Engine };
  const wasm = join(benchRoot, 'kernels/wasm', `${name}.wasm`);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(wasm)));
  const expect = String(exports['run']!(n));
  return { kind: 'kernel', name, group: 'ours', sets: ['oneshot'], wasm, n, expect };
}

/** An argument: a made file (`prose:WORDS`), one of `scripts/` (`script:NAME`), or itself. */
function argument(text: string): string {
  const [kind, rest] = text.split(':');
  if (kind === 'prose') return proseFile(Number(rest));
  return kind === 'script' ? join(benchRoot, 'scripts', rest!) : text;
}

/** A module of a package; undefined where the package is not installed. */
function program(item: ListFile['packages'][number]): Program | undefined {
  const { name, driver = 'package', glue = [] } = item;
  const [wasm, ...scripts] = [item.wasm, glue].flat().map(packageFile);
  if (wasm === undefined || scripts.includes(undefined)) return undefined;
  const found = scripts as string[];
  return {
    kind: 'program',
    name,
    group: 'npm',
    sets: ['oneshot'],
    wasm,
    driver,
    args: item.args.map(argument),
    ...(typeof item.glue === 'string' ? { glue: found[0]! } : { glue: found }),
  };
}

/** The programs of a list that are wanted, and the names of those that are not installed. */
function programsOf(
  { kernels, packages }: ListFile,
  isWanted: (program: { name: string }) => boolean,
): { items: Benchmark[]; missing: string[] } {
  const items: Benchmark[] = Object.entries(kernels)
    .filter(([name]) => isWanted({ name }))
    .map(([name, n]) => kernel(name, n));
  const missing: string[] = [];
  for (const item of packages.filter(isWanted)) {
    const made = program(item);
    if (made === undefined) missing.push(item.name);
    else items.push(made);
  }
  return { items, missing };
}

/** Who is measured. */
const CONTENDERS: readonly ContenderName[] = ['native', 'ours', 'binaryen'];

/** Measures what the plan wants of the lists. @returns the tables, as Markdown */
export async function measureFirstRuns(
  plan: Omit<Plan, 'items' | 'contenders'>,
  filter: readonly string[] | undefined,
  lists: readonly string[] | undefined,
): Promise<string> {
  const parts: string[] = [];
  for (const [title, file] of firstRunLists()) {
    if (!(lists?.includes(title) ?? true)) continue;
    const { items, missing } = programsOf(file, ({ name }) => filter?.includes(name) ?? true);
    const session: Plan = {
      ...plan,
      contenders: [...CONTENDERS],
      items: items.map((benchmark) => ({ set: 'oneshot', benchmark })),
    };
    const { find } = await buildAll(session);
    const cells = await runAll(session, find);
    for (const { name } of plan.hosts) parts.push(table(title, name, cells));
    if (missing.length > 0) parts.push(`Not installed: ${missing.join(', ')}.\n`);
  }
  return parts.join('\n');
}

/** Reading, compiling and running; undefined where that failed. */
const total = (cell: Cell | undefined): number | undefined =>
  cell === undefined || cell.error !== undefined ? undefined : cell.ms! + cell.load!;

/** What our time of a program is of a peer's. */
function over(row: Row, peer: ContenderName): number | undefined {
  const [ours, theirs] = [total(row.get('ours')), total(row.get(peer))];
  return ours === undefined || theirs === undefined ? undefined : ours / theirs;
}

/** The measurements of a list on a host: time of each program, and what that is of its peers'. */
export function table(title: string, host: string, all: readonly Cell[]): string {
  const cells = all.filter((cell) => cell.host === host);
  const programs = byBenchmark(cells, 'oneshot', host);
  const ratios = (peer: ContenderName) =>
    [...programs].flatMap(([benchmark, row]) => {
      const value = over(row, peer);
      return value === undefined ? [] : [{ benchmark, value }];
    });
  const of = (peer: ContenderName): string => {
    const summary = summaryOf(ratios(peer));
    if (summary === undefined) return '–';
    const { geomean, worst, count } = summary;
    return `${geomean.toFixed(2)} (worst ${worst.benchmark} ${worst.value.toFixed(2)}, n=${count})`;
  };
  const rows = [...programs].map(([name, row]) => {
    const ours = row.get('ours');
    const figures = [
      total(row.get('native'))?.toFixed(1),
      total(ours) === undefined ? undefined : `${ours!.load!.toFixed(1)} + ${ours!.ms!.toFixed(1)}`,
      over(row, 'native')?.toFixed(2),
      over(row, 'binaryen')?.toFixed(2),
    ];
    return [name, ...figures.map((figure) => figure ?? '–')];
  });
  const behind = ratios('binaryen')
    .filter(({ value }) => value > 1.05)
    .map(({ benchmark }) => benchmark);
  const failed = cells
    .filter(({ error }) => error !== undefined)
    .map(({ benchmark, contender, error }) => `failed: ${benchmark}, ${contender}: ${error}`);
  return [
    `First runs, ${title}, ${host}: ours / native ${of('native')}, ours / binaryen ${of('binaryen')}` +
      `${behind.length > 0 ? `; behind binaryen by more than 5 %: ${behind.join(', ')}` : ''}.`,
    '',
    markdownTable(
      ['program', 'native, ms', 'ours, ms: load + run', 'ours / native', 'ours / binaryen'],
      rows,
    ),
    '',
    ...failed,
    '',
  ].join('\n');
}
