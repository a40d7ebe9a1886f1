/**
 * `npm run hosts:check -- [--host NAME] [--program NAME] [--limit SECONDS]`: every kernel and example on
 * every host that is installed. Prints a table and what was wrong; exit code 1 for anything that is wrong
 * or slow.
 */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { programs } from './programs.js';
import { endAll, type Result, runHost } from './run.js';
import { hosts } from './table.js';

/** Hosts that run at the same time. */
const TOGETHER = 2;

const SIGNS = { ok: '.', wrong: 'W', slow: 's', absent: '-' } as const;

const { values } = parseArgs({
  options: {
    host: { type: 'string', multiple: true, default: [] },
    program: { type: 'string', multiple: true, default: [] },
    limit: { type: 'string', default: '110' },
  },
});

process.on('exit', endAll);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => process.exit(1));
}
const folder = mkdtempSync(join(tmpdir(), 'hosts-check-'));
try {
  const all = await programs(folder, values.program);
  const rows = hosts().filter(({ name }) => values.host.length === 0 || values.host.includes(name));
  const results = new Map<string, { results: Map<string, Result>; seconds: number }>();
  // The slow ones are the last rows: they begin, so that nobody waits for one in the end.
  const waiting = [...rows].reverse();
  const work = async (): Promise<void> => {
    for (let host = waiting.shift(); host !== undefined; host = waiting.shift()) {
      const own = join(folder, host.name.replaceAll(' ', '-'));
      mkdirSync(own);
      const start = Date.now();
      const done = await runHost(host, all, own, Number(values.limit) * 1000);
      results.set(host.name, { results: done, seconds: (Date.now() - start) / 1000 });
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, work));

  const counts = { ok: 0, wrong: 0, slow: 0, absent: 0 };
  const width = Math.max(...rows.map(({ name }) => name.length));
  const names = all.map(({ name }) => name);
  console.log(`programs: ${names.join(' ')}\n`);
  const notes: string[] = [];
  for (const { name, command, from } of rows) {
    const { results: done, seconds } = results.get(name)!;
    const cells = names.map((program) => done.get(program)!);
    for (const { state } of cells) counts[state]++;
    const signs = cells.map(({ state }) => SIGNS[state]).join('');
    const note = command === undefined ? `not installed (${from})` : `${seconds.toFixed(1)} s`;
    console.log(`${name.padEnd(width)}  ${signs}  ${note}`);
    cells.forEach(({ state, detail }, i) => {
      if (state === 'wrong') notes.push(`${name}: ${names[i]}: ${detail}`);
    });
  }
  console.log(
    `\n. ok (${counts.ok})  W wrong (${counts.wrong})  s slow (${counts.slow})  - absent (${counts.absent})`,
  );
  for (const note of notes) console.log(note);
  const failed = counts.wrong + counts.slow;
  console.log(`${counts.ok} passed, ${failed} failed, ${counts.absent} skipped`);
  if (failed > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
