/** A whole session: every benchmark on every contender on every host, rounds interleaved. */

import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { inTurn, median } from '@wasm2js/cli/measure';
import type { Benchmark, SetName } from './benchmark.js';
import {
  type Artifact,
  type ContenderName,
  type Failure,
  isFailure,
  large,
  type Maker,
  makerOf,
  prepare,
} from './contenders.js';
import { type Host, optimisedFlags } from './hosts.js';
import { excluded, mainHost, type Scope } from './matrix.js';
import { measure, type Sample } from './measure.js';

/** The figures of one cell: a benchmark, a host, a contender. Times in milliseconds, medians. */
export interface Cell {
  set: SetName;
  benchmark: string;
  group: string;
  host: string;
  contender: ContenderName;
  rounds: number;
  ms?: number;
  load?: number;
  first?: number;
  process?: number;
  cpu?: number;
  error?: string;
}

/** What building one module gave. */
export interface BuildCell {
  module: string;
  group: string;
  wasmBytes: number;
  wasmGzip: number;
  contender: Maker;
  buildMs?: number;
  memory?: number;
  bytes?: number;
  gzip?: number;
  error?: string;
}

/** A benchmark as it is measured. */
export interface Item {
  set: SetName;
  benchmark: Benchmark;
}

/** What a session is to measure. */
export interface Plan {
  scope: Scope;
  hosts: Host[];
  contenders: ContenderName[];
  items: Item[];
  rounds: number;
  clock: 'wall' | 'processor';
  /** How many processes at a time. */
  jobs: number;
  /** Milliseconds: of a measurement of the steady state; that a run may take; that a build may. */
  budget: number;
  limit: number;
  buildLimit: number;
  /** How often a module of middle size is built (default {@link BUILD_ROUNDS}). */
  buildRounds?: number;
  /** Build also what no contender of this session runs: binaryen -O0. */
  builds: boolean;
  out: string;
  progress(text: string): void;
}

/** The artifact of a contender for a benchmark, or why there is none. */
export type FindArtifact = (contender: ContenderName, benchmark: Benchmark) => Artifact | Failure;

const keyOf = (maker: Maker, wasm: string) => `${maker} ${wasm}`;

/** Modules whose build speed is compared: neither tiny nor so large that binaryen takes minutes. */
const midSize = (bytes: number) => bytes > 100_000 && bytes < large;

/** How often each of them is built. */
const BUILD_ROUNDS = 3;

/** Builds every module of the plan for every contender that will run it. */
export async function buildAll(plan: Plan): Promise<{ cells: BuildCell[]; find: FindArtifact }> {
  const artifacts = new Map<string, Artifact | Failure>();
  const cells: BuildCell[] = [];
  const tasks = new Map<string, () => Promise<void>>();
  const main = mainHost(plan.hosts);
  const node = plan.hosts.find(({ name }) => name === main && name.startsWith('node'))?.command;
  const common = { limit: plan.buildLimit, clock: plan.clock, node: node ?? process.execPath };
  const add = (maker: Maker, { benchmark: { wasm, name, group, kind } }: Item) => {
    const rounds = midSize(statSync(wasm).size) ? (plan.buildRounds ?? BUILD_ROUNDS) : 1;
    const settings = { ...common, rounds, out: join(plan.out, kind) };
    tasks.set(keyOf(maker, wasm), async () => {
      plan.progress(`building ${name} for ${maker}`);
      const made = await prepare(maker, wasm, settings);
      artifacts.set(keyOf(maker, wasm), made);
      if (maker.startsWith('native') || maker === 'polywasm') return;
      const native = (await prepare('native', wasm, settings)) as Artifact;
      const module = kind === 'kernel' ? name : `${basename(wasm, '.wasm')} (program)`;
      const { bytes: wasmBytes, gzip: wasmGzip } = native;
      const facts = isFailure(made)
        ? made
        : { buildMs: made.buildMs!, memory: made.memory!, bytes: made.bytes, gzip: made.gzip };
      cells.push({ module, group, wasmBytes, wasmGzip, contender: maker, ...facts });
    });
  };
  for (const item of plan.items) {
    const { size } = statSync(item.benchmark.wasm);
    for (const contender of plan.contenders) {
      const reasons = plan.hosts.map((host) =>
        excluded(plan.scope, main, host, item.set, contender, item.benchmark, size),
      );
      if (reasons.some((reason) => reason === undefined)) add(makerOf(contender), item);
    }
    if (plan.builds && midSize(size)) add('binaryen-O0', item);
  }
  await inTurn([...tasks.values()], plan.jobs);
  cells.sort((a, b) => (a.module < b.module ? -1 : a.module > b.module ? 1 : 0));
  return { cells, find: (contender, { wasm }) => artifacts.get(keyOf(makerOf(contender), wasm))! };
}

/** One cell while it is being measured. */
interface Run {
  host: Host;
  contender: ContenderName;
  error: string | undefined;
  samples: Sample[];
}

/** The figure of a set: of a cold start that of the whole process. */
function figure(set: SetName, clock: Plan['clock'], sample: Sample): number {
  if (set !== 'cold') return sample.ms;
  return clock === 'processor' ? (sample.cpu ?? Number.NaN) : sample.process;
}

function summary(set: SetName, clock: Plan['clock'], samples: readonly Sample[]): Partial<Cell> {
  const of = (key: 'load' | 'first' | 'process' | 'cpu') =>
    median(samples.map((sample) => sample[key] ?? 0));
  return {
    ms: median(samples.map((sample) => figure(set, clock, sample))),
    load: of('load'),
    first: of('first'),
    process: of('process'),
    cpu: of('cpu'),
  };
}

/** Where a benchmark names no result, all must agree with the first native one. */
function agree(benchmark: Benchmark, runs: readonly Run[]): void {
  if (benchmark.expect !== undefined) return;
  const judge = runs.find((run) => run.contender.startsWith('native') && run.samples.length > 0);
  const expected = judge?.samples[0]?.value;
  for (const run of runs) {
    const differs = run.samples.some((sample) => sample.value !== expected);
    if (judge !== undefined && differs) run.error = 'another output than native WebAssembly';
  }
}

/** The tasks of one benchmark: rounds outside, hosts and contenders inside. */
function tasksOf(plan: Plan, { set, benchmark }: Item, runs: readonly Run[], find: FindArtifact) {
  return Array.from({ length: plan.rounds }, (_, round) =>
    runs.map(({ host, contender }, index) => async () => {
      const run = runs[index]!;
      if (run.error !== undefined) return;
      plan.progress(`${set} ${benchmark.name} ${host.name} ${contender} round ${round + 1}`);
      const flags = contender === 'native-opt' ? (optimisedFlags(host) ?? []) : [];
      const artifact = find(contender, benchmark) as Artifact;
      const cached = contender === 'ours-cached';
      const cache = { NODE_COMPILE_CACHE: join(plan.out, 'compile-cache') };
      const limits = cached ? { ...plan, env: { ...process.env, ...cache } } : plan;
      const start = () => measure(host, flags, set, benchmark, artifact, limits);
      // What the cache holds is from an earlier start.
      if (cached && round === 0) await start();
      const sample = await start();
      if (isFailure(sample)) run.error = sample.error;
      else run.samples.push(sample);
    }),
  ).flat();
}

/** Runs the plan; the cells of what is not measured on purpose are left out. */
export async function runAll(plan: Plan, find: FindArtifact): Promise<Cell[]> {
  const main = mainHost(plan.hosts);
  const measured = plan.items.map((item) => {
    const { size } = statSync(item.benchmark.wasm);
    const runs = plan.hosts.flatMap((host) =>
      plan.contenders.flatMap((contender): Run[] => {
        const { set, benchmark } = item;
        if (excluded(plan.scope, main, host, set, contender, benchmark, size) !== undefined) {
          return [];
        }
        const artifact = find(contender, benchmark);
        const error = isFailure(artifact) ? artifact.error : undefined;
        return [{ host, contender, error, samples: [] }];
      }),
    );
    return { item, runs };
  });
  const tasks = measured.flatMap(({ item, runs }) => tasksOf(plan, item, runs, find));
  await inTurn(tasks, plan.jobs);
  return measured.flatMap(({ item: { set, benchmark }, runs }) => {
    agree(benchmark, runs);
    const { name, group } = benchmark;
    return runs.map(({ host, contender, error, samples }): Cell => {
      const facts = error === undefined ? summary(set, plan.clock, samples) : { error };
      const rounds = samples.length;
      return { set, benchmark: name, group, host: host.name, contender, rounds, ...facts };
    });
  });
}
