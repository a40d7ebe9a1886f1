/** The command of the benchmarks: measures, then writes report.md, results.json and chart.svg. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { SetName } from './benchmark.js';
import { benchmarks } from './benchmarks.js';
import { chart } from './chart.js';
import { contenderNames } from './contenders.js';
import { measureFirstRuns } from './first-runs.js';
import { findHosts } from './hosts.js';
import { measureNoJit } from './nojit.js';
import { benchRoot } from './packages.js';
import { insertReport, markdown } from './report.js';
import { buildAll, type Plan, runAll } from './session.js';
import type { Results } from './tables.js';

const help = `npm run bench -- [options]
  --quick                      one round, short samples, peers on the main hosts only: the whole
                               report in 45 minutes on two cores
  --set steady,oneshot,cold,build
                               what to measure (default: all; build alone: only build time and size)
                               first, alone: first runs of two lists of small programs, a table
                               (--hosts, --filter, --list)
  --filter TEXT                only benchmarks whose name or group holds one of these, comma-separated
  --hosts LIST                 only these hosts (node20, node24, deno, bun, node26-jitless...);
                               nojit: the engines without a JIT, one table against binaryen's output;
                               nojit,v8-24,jsc: only those of them (--contenders, --filter, --list)
  --list TITLE                 nojit, first: only this list of kernels (tuned on, hold-out)
  --contenders LIST            of ${contenderNames.join(', ')}
  --rounds N                   default 5; 1 with --quick
  --budget MS                  of a measurement of the steady state (400; 150 with --quick)
  --limit SECONDS              that one run may take (120); --build-limit: that one build may (600)
  --jobs N                     processes at a time (1; 2 with --quick)
  --out DIR                    default bench/out
  --readme                     put the report into bench/README.md, the chart beside it
  --wide                       with --readme: as the report of the other hosts and peers, without a chart
  --from FILE                  measure nothing: report the results.json of an earlier session`;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    set: { type: 'string', default: 'steady,oneshot,cold,build' },
    filter: { type: 'string' },
    hosts: { type: 'string' },
    list: { type: 'string' },
    contenders: { type: 'string' },
    rounds: { type: 'string' },
    budget: { type: 'string' },
    limit: { type: 'string', default: '120' },
    'build-limit': { type: 'string', default: '600' },
    jobs: { type: 'string' },
    out: { type: 'string', default: join(benchRoot, 'out') },
    readme: { type: 'boolean' },
    wide: { type: 'boolean' },
    from: { type: 'string' },
    help: { type: 'boolean' },
  },
});

const listOf = (text: string | undefined) => text?.split(',').filter((item) => item !== '');

/** How a session is repeated: its options, and what of the environment it depends on. */
function commandLine(): string {
  const clock = process.env['BENCH_CLOCK'];
  const prefix = clock === undefined ? '' : `BENCH_CLOCK=${clock} `;
  return `${prefix}${['npm run bench --', ...process.argv.slice(2)].join(' ')}`;
}

const progress = (text: string) =>
  process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${text}` : `${text}\n`);

/** What sessions of all kinds take from the command line. */
const common = {
  clock: process.env['BENCH_CLOCK'] === 'cpu' ? 'processor' : 'wall',
  limit: Number(values.limit) * 1000,
  buildLimit: Number(values['build-limit']) * 1000,
  out: values.out,
  progress,
} as const;

async function session(): Promise<Results> {
  const sets = listOf(values.set)! as (SetName | 'build')[];
  const filter = listOf(values.filter);
  const wantedHosts = listOf(values.hosts);
  const wantedContenders = listOf(values.contenders);
  const hosts = findHosts().filter((host) => wantedHosts?.includes(host.name) ?? true);
  const known = ['node20', 'node22', 'node24', 'node26', 'deno', 'bun', 'hermes', 'wasmtime'];
  const absent = (wantedHosts ?? known).filter((name) => !hosts.some((host) => host.name === name));
  const onlyBuild = sets.length === 1 && sets[0] === 'build';
  const defaults = values.quick
    ? { rounds: '1', budget: '150', jobs: '2' }
    : { rounds: '5', budget: '400', jobs: '1' };
  const plan: Plan = {
    ...common,
    scope: values.quick ? 'quick' : 'full',
    hosts,
    contenders: contenderNames.filter((name) => wantedContenders?.includes(name) ?? true),
    items: benchmarks()
      .filter(
        ({ name, group }) => filter?.some((text) => name.includes(text) || group === text) ?? true,
      )
      .flatMap((benchmark) => benchmark.sets.map((set) => ({ set, benchmark })))
      .filter(({ set }) => onlyBuild || sets.includes(set)),
    rounds: Number(values.rounds ?? defaults.rounds),
    jobs: Number(values.jobs ?? defaults.jobs),
    budget: Number(values.budget ?? defaults.budget),
    builds: sets.includes('build'),
  };
  mkdirSync(plan.out, { recursive: true });
  const start = performance.now();
  const { cells: builds, find } = await buildAll(plan);
  const cells = onlyBuild ? [] : await runAll(plan, find);
  const cpu = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    command: commandLine(),
    minutes: (performance.now() - start) / 60_000,
    machine: `${cpu.length} × ${cpu[0]!.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    rounds: plan.rounds,
    clock: plan.clock,
    hosts: hosts.map(({ name, version }) => ({ name, version })),
    missing: absent.map((name) => `host ${name} (not installed)`),
    cells,
    builds,
  };
}

if (values.help) {
  console.log(help);
} else if (listOf(values.hosts)?.includes('nojit')) {
  const only = listOf(values.hosts)!.filter((name) => name !== 'nojit');
  const report = await measureNoJit({
    hosts: only.length === 0 ? undefined : only,
    contenders: listOf(values.contenders),
    filter: listOf(values.filter),
    lists: listOf(values.list),
    rounds: Number(values.rounds ?? '3'),
    limit: Number(values.limit) * 1000,
    out: values.out,
    progress: process.stderr.isTTY ? progress : () => {},
  });
  console.log(report);
} else if (values.set === 'first') {
  const names = listOf(values.hosts) ?? ['node24', 'node26'];
  const report = await measureFirstRuns(
    {
      ...common,
      scope: 'full',
      hosts: findHosts().filter(({ name }) => names.includes(name)),
      rounds: Number(values.rounds ?? '5'),
      jobs: Number(values.jobs ?? '1'),
      budget: 0,
      buildRounds: 1,
      builds: false,
    },
    listOf(values.filter),
    listOf(values.list),
  );
  console.log(report);
} else {
  const results = values.from
    ? (JSON.parse(readFileSync(values.from, 'utf8')) as Results)
    : await session();
  const { out } = values;
  mkdirSync(out, { recursive: true });
  if (!values.from)
    writeFileSync(join(out, 'results.json'), `${JSON.stringify(results, null, 1)}\n`);
  writeFileSync(join(out, 'report.md'), markdown(results));
  if (results.cells.length > 0) writeFileSync(join(out, 'chart.svg'), chart(results));
  if (values.readme) {
    const readme = join(benchRoot, 'README.md');
    const section = values.wide ? 'wide report' : 'report';
    writeFileSync(readme, insertReport(readFileSync(readme, 'utf8'), results, section));
    if (!values.wide) writeFileSync(join(benchRoot, 'chart.svg'), chart(results));
  }
  process.stderr.write(`\nwrote ${out}: report.md, results.json, chart.svg\n`);
}
