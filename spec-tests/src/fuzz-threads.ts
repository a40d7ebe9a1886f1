/**
 * `npm run fuzz:threads`: small programs of several threads over one memory, run many times by real workers. What comes
 * out must be what some order of the threads' steps gives, or keep what holds in each of them (locks, sums, tickets).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Child, hostCommand } from './run/child.js';
import { checkProgram, programOf } from './threads/check.js';
import type { ThreadsAnswer, ThreadsRequest } from './threads/host.js';

const USAGE = `npm run fuzz:threads -- [options]
  --count N     number of programs (300)
  --seed N      the first seed (1)
  --rounds N    how much each is run, in percent of what it is made for (100)
  --host PATH   what runs them: a Node, Deno or Bun (the Node that runs this)
  --native      by the host's own WebAssembly: are the expectations right?
  --keep DIR    where finds are kept as text (nowhere)`;

const HOST = fileURLToPath(new URL('./threads/host.js', import.meta.url));

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '300' },
      seed: { type: 'string', default: '1' },
      rounds: { type: 'string', default: '100' },
      host: { type: 'string' },
      native: { type: 'boolean', default: false },
      keep: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const first = Number(values.seed);
  const count = Number(values.count);
  // Processors with weaker orders of stores promise less where accesses of several widths overlap.
  const mixed = process.arch === 'x64';
  const child = new Child<ThreadsRequest, ThreadsAnswer>(hostCommand(values.host, HOST));
  let [failed, ends, rounds] = [0, 0, 0];
  for (let seed = first; seed < first + count; seed++) {
    const program = programOf(seed, mixed);
    program.rounds = Math.ceil((program.rounds * Number(values.rounds)) / 100);
    const { wrong, ...more } = await checkProgram(child, program, seed, values.native);
    ends += more.ends;
    rounds += program.rounds;
    if (wrong.length === 0) continue;
    failed++;
    console.log(`${seed}: ${program.name}: ${wrong.slice(0, 4).join('\n  ')}`);
    if (values.keep === undefined) continue;
    mkdirSync(values.keep, { recursive: true });
    const note = wrong[0]!.replaceAll('\n', ' ');
    writeFileSync(
      join(values.keep, `threads-${seed}.wat`),
      `;; ${program.name}: ${note}\n${program.wat}\n`,
    );
  }
  child.stop();
  console.log(
    `${rounds} runs with ${ends} ends\nfuzz:threads: ${count - failed} passed, ${failed} failed, 0 skipped`,
  );
  return failed > 0 ? 1 : 0;
}

process.exitCode = await main();
