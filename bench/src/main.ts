/** The command of the benchmarks: measures, then writes report.md, results.json and chart.svg. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { kernels, programs } from './benchmarks.js';
import { chart } from './chart.js';
import { contenderNames } from './contenders.js';
import { findHosts } from './hosts.js';
import { benchRoot } from './packages.js';
import { insertReport, markdown, type Results } from './report.js';
import { buildAll, type Plan, runAll } from './session.js';

const help = `npm run bench -- [options]
  --set steady,oneshot,build   what to measure (default: all; build: only build time and size)
  --filter TEXT                only benchmarks whose name or group holds one of these, comma-separated
  --hosts LIST                 only these hosts (node20, node24, deno, bun, node26-jitless...)
  --contenders LIST            of ${contenderNames.join(', ')}
  --rounds N                   default 5
  --out DIR                    default bench/out
  --readme                     put the report into bench/README.md, the chart beside it`;

const listOf = (text: string | undefined) => text?.split(',').filter((item) => item !== '');

function parse() {
  const { values } = parseArgs({
    options: {
      set: { type: 'string', default: 'steady,oneshot' },
      filter: { type: 'string' },
      hosts: { type: 'string' },
      contenders: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      out: { type: 'string', default: join(benchRoot, 'out') },
      readme: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  return values;
}

const values = parse();
if (values.help) {
  console.log(help);
  process.exit(0);
}
const sets = listOf(values.set)!;
const filter = listOf(values.filter);
const wantedHosts = listOf(values.hosts);
const wantedContenders = listOf(values.contenders);
const hosts = findHosts().filter((host) => wantedHosts?.includes(host.name) ?? true);
const known = ['node20', 'node22', 'node24', 'node26', 'deno', 'bun', 'hermes', 'wasmtime'];
const absent = (wantedHosts ?? known).filter((name) => !hosts.some((host) => host.name === name));
const onlyBuild = sets.includes('build') && sets.length === 1;
const benchmarks: Plan['benchmarks'] = [
  ...(sets.includes('steady') || onlyBuild ? kernels() : []).map((benchmark) => ({
    set: 'steady' as const,
    benchmark,
  })),
  ...(sets.includes('oneshot') || onlyBuild ? programs() : []).map((benchmark) => ({
    set: 'oneshot' as const,
    benchmark,
  })),
].filter(
  ({ benchmark }) =>
    filter?.some((text) => benchmark.name.includes(text) || benchmark.group === text) ?? true,
);
const plan: Plan = {
  hosts,
  contenders: contenderNames.filter((name) => wantedContenders?.includes(name) ?? true),
  benchmarks,
  rounds: Number(values.rounds),
  out: values.out,
  progress: (text) => process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${text}` : `${text}\n`),
};
mkdirSync(plan.out, { recursive: true });
const { cells: builds, find } = buildAll(plan);
const cells = onlyBuild ? [] : runAll(plan, find);
const cpu = cpus();
const results: Results = {
  date: new Date().toISOString().slice(0, 10),
  command: ['npm run bench -w bench --', ...process.argv.slice(2)].join(' '),
  machine: `${cpu.length} × ${cpu[0]!.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
  rounds: plan.rounds,
  clock: process.env['BENCH_CLOCK'] === 'cpu' ? 'processor' : 'wall',
  hosts: hosts.map(({ name, version }) => ({ name, version })),
  missing: absent.map((name) => `host ${name} (not installed)`),
  cells,
  builds,
};
writeFileSync(join(plan.out, 'results.json'), `${JSON.stringify(results, null, 1)}\n`);
writeFileSync(join(plan.out, 'report.md'), markdown(results));
if (cells.length > 0) writeFileSync(join(plan.out, 'chart.svg'), chart(results));
if (values.readme) {
  const readme = join(benchRoot, 'README.md');
  writeFileSync(readme, insertReport(readFileSync(readme, 'utf8'), results));
  writeFileSync(join(benchRoot, 'chart.svg'), chart(results));
}
plan.progress(`wrote ${plan.out}/report.md, results.json, chart.svg`);
process.stderr.write('\n');
