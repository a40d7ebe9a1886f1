/** One measurement: a contender's artifact in a fresh process of a host. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Benchmark } from './benchmarks.js';
import type { Artifact, Failure } from './contenders.js';
import { hermesScript } from './hermes.js';
import type { Host } from './hosts.js';
import { benchRoot, workspaceRoot } from './packages.js';

/** What a run took, in milliseconds. */
export interface Sample {
  /** Steady state: a call of `run`. One shot: from the start of `_start` to its end. */
  ms: number;
  /** Reading, compiling and instantiating the module. */
  load: number;
  /** Steady state: the first call. */
  first?: number;
  /** Start of the process to its end. */
  process: number;
  /** The result as text. */
  value: string;
}

/** How long one measurement of the steady state should take. */
const steadyBudget = 400;
/** Longest that a process may take. */
const processLimit = 180_000;

const runner = join(benchRoot, 'runner/run.mjs');
const wasi = join(workspaceRoot, 'packages/wasi-runtime/dist/index.js');

function runnerArguments(host: Host, benchmark: Benchmark, artifact: Artifact): string[] {
  if (host.scripts && benchmark.kind === 'kernel') {
    return [hermesScript(artifact, benchmark, steadyBudget)];
  }
  const { loader, file, support } = artifact;
  const common = host.driver === undefined ? [loader, file, support] : [file];
  if (benchmark.kind === 'kernel') {
    return ['steady', ...common, String(benchmark.n), String(steadyBudget), benchmark.expect];
  }
  const { driver, glue, args, stdin, dir } = benchmark;
  return ['program', ...common, JSON.stringify({ driver, glue, args, stdin, dir, wasi })];
}

/**
 * Runs a benchmark once.
 * @param flags V8 flags besides the host's own
 */
export function measure(
  host: Host,
  flags: readonly string[],
  benchmark: Benchmark,
  artifact: Artifact,
): Sample | Failure {
  const start = performance.now();
  const script = host.scripts ? [] : [host.driver ?? runner];
  const args = [...host.before(flags), ...script, ...runnerArguments(host, benchmark, artifact)];
  const { status, stdout, stderr, signal } = spawnSync(host.command, args, {
    encoding: 'utf8',
    timeout: processLimit,
    maxBuffer: 1 << 26,
  });
  const process = performance.now() - start;
  if (signal === 'SIGTERM') return { error: `ran for more than ${processLimit / 1000} s` };
  if (status !== 0) {
    const line = stderr.split('\n').find((text) => /Error|error|fatal|FATAL/.test(text));
    return { error: (line ?? signal ?? stderr).trim().slice(0, 200) };
  }
  const sample = { ...JSON.parse(stdout), process } as Sample;
  const { expect } = benchmark;
  return expect === undefined || sample.value === expect
    ? sample
    : { error: `wrong result ${sample.value.slice(0, 60)}, not ${expect.slice(0, 60)}` };
}
