/** The command of the benchmarks, on one kernel and one program. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import type { Results } from '../src/index.js';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const out = mkdtempSync(join(tmpdir(), 'wasm2js-bench-test-'));
afterAll(() => rmSync(out, { recursive: true }));

test('measures, checks and reports', () => {
  const host = `node${process.versions.node.split('.')[0]}`;
  const options = ['--filter', 'tak,primes', '--contenders', 'ours,native', '--hosts', host];
  const args = [main, ...options, '--rounds', '1', '--budget', '10', '--out', out];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  const { cells, builds } = JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')) as Results;
  const named = cells.map(({ set, benchmark, contender }) => `${set} ${benchmark} ${contender}`);
  expect(named).toEqual([
    'steady tak ours',
    'steady tak native',
    'oneshot primes ours',
    'oneshot primes native',
    'cold primes-start ours',
    'cold primes-start native',
  ]);
  for (const { error, ms } of cells) {
    expect(error).toBeUndefined();
    expect(ms).toBeGreaterThan(0);
  }
  const ours = builds.filter(({ contender }) => contender === 'ours');
  expect(ours.map(({ module }) => module)).toEqual(['primes (program)', 'tak']);
  for (const { buildMs, memory } of ours) {
    expect(buildMs).toBeGreaterThan(0);
    expect(memory).toBeGreaterThan(10);
  }
  expect(readFileSync(join(out, 'report.md'), 'utf8')).toContain('## Steady state');
  expect(readFileSync(join(out, 'chart.svg'), 'utf8')).toMatch(/^<svg/);
}, 120_000);
