/**
 * First runs on engines with a JIT: `npm run bench -- --set first`. Gets two lists of programs of 5 to 50 ms of native
 * work, that which the code generator is tuned on (`cold.json`) and that which it never was (`holdout/cold.json`);
 * runs each once in a fresh process, rounds interleaved, and gives a table for each list and host. A time is from
 * reading the module to the result; what the process takes to start is in none of them.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { geomean } from '@wasm2js/cli/measure';
import type { Benchmark, Kernel, Program } from './benchmark.js';
import type { ContenderName } from './contenders.js';
import { proseFile } from './inputs.js';
import { benchRoot, packageFile } from './packages.js';
import { buildAll, type Cell, type Plan, runAll } from './session.js';

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

/** Reading, compiling and running. */
const total = ({ ms, load }: Cell): number => ms! + load!;

/** The measurements of a list on a host: time of each program, and what that is of its peers'. */
export function table(title: string, host: string, all: readonly Cell[]): string {
  const cells = all.filter((cell) => cell.host === host);
  const find = (benchmark: string, contender: string): Cell | undefined =>
    cells.find(
      (cell) =>
        cell.benchmark === benchmark && cell.contender === contender && cell.error === undefined,
    );
  const names = [...new Set(cells.map(({ benchmark }) => benchmark))];
  const rows: string[] = [];
  const ratios: { name: string; native: number | undefined; binaryen: number | undefined }[] = [];
  for (const name of names) {
    const [native, ours, peer] = CONTENDERS.map((contender) => find(name, contender));
    const over = (other: Cell | undefined): number | undefined =>
      ours === undefined || other === undefined ? undefined : total(ours) / total(other);
    const ratio = { name, native: over(native), binaryen: over(peer) };
    ratios.push(ratio);
    const figures = [
      native && total(native).toFixed(1),
      ours && `${ours.load!.toFixed(1)} + ${ours.ms!.toFixed(1)}`,
      ratio.native?.toFixed(2),
      ratio.binaryen?.toFixed(2),
    ];
    rows.push(`| ${[name, ...figures.map((figure) => figure ?? '–')].join(' | ')} |`);
  }
  const of = (key: 'native' | 'binaryen'): string => {
    const known = ratios.filter((ratio) => ratio[key] !== undefined);
    if (known.length === 0) return '–';
    const worst = known.reduce((a, b) => (b[key]! > a[key]! ? b : a));
    const mean = geomean(known.map((ratio) => ratio[key]!));
    return `${mean.toFixed(2)} (worst ${worst.name} ${worst[key]!.toFixed(2)}, n=${known.length})`;
  };
  const behind = ratios.filter(({ binaryen }) => (binaryen ?? 0) > 1.05).map(({ name }) => name);
  const failed = cells
    .filter(({ error }) => error !== undefined)
    .map(({ benchmark, contender, error }) => `failed: ${benchmark}, ${contender}: ${error}`);
  return [
    `First runs, ${title}, ${host}: ours / native ${of('native')}, ours / binaryen ${of('binaryen')}` +
      `${behind.length > 0 ? `; behind binaryen by more than 5 %: ${behind.join(', ')}` : ''}.`,
    '',
    '| program | native, ms | ours, ms: load + run | ours / native | ours / binaryen |',
    '|---|--:|--:|--:|--:|',
    ...rows,
    '',
    ...failed,
    '',
  ].join('\n');
}
