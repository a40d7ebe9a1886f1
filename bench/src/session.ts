/** A whole session: every benchmark on every contender on every host, rounds interleaved. */

import { join } from 'node:path';
import type { Benchmark } from './benchmarks.js';
import { type Artifact, type ContenderName, type Failure, prepare } from './contenders.js';
import { type Host, optimisedFlags } from './hosts.js';
import { measure, type Sample } from './measure.js';
import { median } from './statistics.js';

/** The figures of one cell: a benchmark, a host, a contender. Times in milliseconds, medians. */
export interface Cell {
  set: 'steady' | 'oneshot';
  benchmark: string;
  group: string;
  host: string;
  contender: ContenderName;
  rounds: number;
  ms?: number;
  load?: number;
  first?: number;
  process?: number;
  error?: string;
}

/** What building one module gave. */
export interface BuildCell {
  module: string;
  wasmBytes: number;
  contender: ContenderName;
  buildMs?: number;
  bytes?: number;
  gzip?: number;
  error?: string;
}

/** What a session is to measure. */
export interface Plan {
  hosts: Host[];
  contenders: ContenderName[];
  benchmarks: { set: 'steady' | 'oneshot'; benchmark: Benchmark }[];
  rounds: number;
  out: string;
  progress(text: string): void;
}

/** What begins a reason that tells of the host, not of the contender. */
export const notApplicable = 'not applicable: ';

/** Why a contender cannot run on a host at all; undefined where it can. */
function excluded(host: Host, contender: ContenderName, benchmark: Benchmark): string | undefined {
  if (host.driver !== undefined) {
    if (contender !== 'native') return `${notApplicable}the host has no JavaScript`;
    const script = benchmark.kind === 'program' && benchmark.driver !== 'command';
    return script ? `${notApplicable}the program needs JavaScript beside it` : undefined;
  }
  if (host.scripts && (benchmark.kind === 'program' || contender === 'polywasm')) {
    return `${notApplicable}the host runs only single scripts`;
  }
  if (contender.startsWith('native') && !host.wasm)
    return `${notApplicable}the host has no WebAssembly`;
  if (contender === 'native-opt' && optimisedFlags(host) === undefined)
    return `${notApplicable}no such flags here`;
  return undefined;
}

const isFailure = (value: object): value is Failure => 'error' in value;

/** Builds every module of the plan for every contender; the artifacts by contender and module. */
export function buildAll(plan: Plan): { cells: BuildCell[]; find: FindArtifact } {
  const artifacts = new Map<string, Artifact | Failure>();
  const cells: BuildCell[] = [];
  for (const { benchmark, set } of plan.benchmarks) {
    for (const contender of plan.contenders) {
      const key = `${contender} ${benchmark.wasm}`;
      if (artifacts.has(key)) continue;
      plan.progress(`building ${benchmark.name} for ${contender}`);
      const reason = benchmark.kind === 'program' ? benchmark.hopeless?.[contender] : undefined;
      const made =
        reason === undefined
          ? prepare(contender, benchmark.wasm, join(plan.out, set))
          : { error: reason };
      artifacts.set(key, made);
      const wasm = prepare('native', benchmark.wasm, plan.out) as Artifact;
      const facts = isFailure(made)
        ? { error: made.error }
        : { buildMs: made.buildMs ?? 0, bytes: made.bytes, gzip: made.gzip };
      const module = set === 'steady' ? benchmark.name : `${benchmark.name} (program)`;
      cells.push({ module, wasmBytes: wasm.gzip, contender, ...facts });
    }
  }
  return {
    cells,
    find: (contender, benchmark) => artifacts.get(`${contender} ${benchmark.wasm}`)!,
  };
}

/** The artifact of a contender for a benchmark, or why there is none. */
export type FindArtifact = (contender: ContenderName, benchmark: Benchmark) => Artifact | Failure;

function summary(samples: readonly Sample[]): Partial<Cell> {
  const of = (key: 'ms' | 'load' | 'first' | 'process') =>
    median(samples.map((sample) => sample[key] ?? 0));
  return { ms: of('ms'), load: of('load'), first: of('first'), process: of('process') };
}

/** Runs the plan: for each benchmark, rounds outside, hosts and contenders inside. */
export function runAll(plan: Plan, find: FindArtifact): Cell[] {
  const cells: Cell[] = [];
  for (const { set, benchmark } of plan.benchmarks) {
    const runs = plan.hosts.flatMap((host) =>
      plan.contenders.map((contender) => {
        const artifact = find(contender, benchmark);
        const error =
          excluded(host, contender, benchmark) ??
          (isFailure(artifact) ? artifact.error : undefined);
        const flags = contender === 'native-opt' ? (optimisedFlags(host) ?? []) : [];
        return { host, contender, artifact, flags, error, samples: [] as Sample[] };
      }),
    );
    for (let round = 1; round <= plan.rounds; round++) {
      for (const run of runs) {
        if (run.error !== undefined || isFailure(run.artifact)) continue;
        plan.progress(`${set} ${benchmark.name} ${run.host.name} ${run.contender} round ${round}`);
        const sample = measure(run.host, run.flags, benchmark, run.artifact);
        if (isFailure(sample)) run.error = sample.error;
        else run.samples.push(sample);
      }
      agree(benchmark, runs);
    }
    for (const { host, contender, error, samples } of runs) {
      const facts = error === undefined ? summary(samples) : { error };
      const { name, group } = benchmark;
      const rounds = samples.length;
      cells.push({ set, benchmark: name, group, host: host.name, contender, rounds, ...facts });
    }
  }
  return cells;
}

/** Where a benchmark names no result, all must agree with the first native one. */
function agree(
  benchmark: Benchmark,
  runs: { contender: ContenderName; samples: Sample[]; error?: string | undefined }[],
): void {
  if (benchmark.expect !== undefined) return;
  const judge = runs.find((run) => run.contender.startsWith('native') && run.samples.length > 0);
  const expected = judge?.samples[0]?.value;
  for (const run of runs) {
    const differs = run.samples.some((sample) => sample.value !== expected);
    if (judge !== undefined && differs) run.error = 'another output than native WebAssembly';
  }
}
