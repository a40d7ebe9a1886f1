/** One measurement: a contender's artifact in a fresh process of a host. */

import { join } from 'node:path';
import { runProcess } from '@wasm2js/cli/measure';
import type { Benchmark, SetName } from './benchmark.js';
import type { Artifact, Failure } from './contenders.js';
import { hermesScript } from './hermes.js';
import type { Host } from './hosts.js';
import { benchRoot, workspaceRoot } from './packages.js';

/** What a run took, in milliseconds. */
export interface Sample {
  /** Steady state: a step. One shot: from the start of the step to its end. */
  ms: number;
  /** Reading, compiling and instantiating the module. */
  load: number;
  /** Steady state: the first call. */
  first?: number;
  /** Start of the process to its end, wall time. */
  process: number;
  /** Processor time of the whole process; not of every host. */
  cpu?: number;
  /** The result as text. */
  value: string;
}

/** How long measurements may and should take. */
export interface Limits {
  /** Milliseconds of a measurement of the steady state. */
  budget: number;
  /** Milliseconds that a process may take. */
  limit: number;
  /** The environment, where it is not the harness's own. */
  env?: NodeJS.ProcessEnv;
}

const runner = join(benchRoot, 'runner/run.mjs');
const wasi = join(workspaceRoot, 'packages/wasi-runtime/dist/index.js');

/** What does not get faster by being repeated needs fewer repetitions. */
const repetitions = (host: Host, { budget }: Limits) =>
  host.interpreter ? { budget: 0, minimum: 1 } : { budget, minimum: 3 };

function hostArguments(
  host: Host,
  set: SetName,
  benchmark: Benchmark,
  artifact: Artifact,
  limits: Limits,
): string[] {
  const repeat = repetitions(host, limits);
  if (host.scripts && benchmark.kind === 'kernel') {
    return [hermesScript(artifact, benchmark, repeat)];
  }
  const { loader, file, support } = artifact;
  const work = { ...benchmark, wasi, ...(set === 'steady' ? repeat : {}) };
  const script = host.driver === undefined ? [runner, loader, file, support] : [host.driver, file];
  return [...script, JSON.stringify(work)];
}

/** The line of a complaint that says most. */
function complaint(stderr: string): string {
  const lines = stderr.split('\n');
  const patterns = [/^(Uncaught |error: )*\w*Error\b/, /^.{0,200}\b(Error|error|fatal|FATAL)\b/];
  return patterns.map((p) => lines.find((text) => p.test(text))).find(Boolean) ?? stderr;
}

/**
 * Runs a benchmark once.
 * @param flags V8 flags besides the host's own
 */
export async function measure(
  host: Host,
  flags: readonly string[],
  set: SetName,
  benchmark: Benchmark,
  artifact: Artifact,
  limits: Limits,
): Promise<Sample | Failure> {
  const args = [...host.before(flags), ...hostArguments(host, set, benchmark, artifact, limits)];
  const { ms, code, failure, stdout, stderr } = await runProcess(host.command, args, limits);
  if (failure !== undefined) return { error: failure };
  if (code !== 0) return { error: complaint(stderr).trim().slice(0, 200) };
  const last = stdout.toString().trim().split('\n').at(-1)!;
  const sample = { ...JSON.parse(last), process: ms } as Sample;
  const { expect } = benchmark;
  return expect === undefined || sample.value === expect
    ? sample
    : { error: `wrong result ${sample.value.slice(0, 60)}, not ${expect.slice(0, 60)}` };
}
