import { describe, expect, test } from 'vitest';
import type { Benchmark } from '../src/benchmark.js';
import type { ContenderName } from '../src/contenders.js';
import type { Host } from '../src/hosts.js';
import { chart, insertReport, markdown, type Results } from '../src/index.js';
import { excluded, mainHost } from '../src/matrix.js';
import type { BuildCell, Cell } from '../src/session.js';

const cell = (
  set: Cell['set'],
  benchmark: string,
  contender: ContenderName,
  ms: number | undefined,
  more: Partial<Cell> = {},
): Cell => ({
  set,
  benchmark,
  group: 'integer',
  host: 'node24',
  contender,
  rounds: 1,
  ...(ms === undefined ? {} : { ms }),
  ...more,
});

const built = (contender: BuildCell['contender'], buildMs: number, gzip: number): BuildCell => ({
  module: 'sqlite (program)',
  group: 'npm',
  wasmBytes: 700_000,
  wasmGzip: 300_000,
  contender,
  buildMs,
  memory: 100,
  bytes: gzip * 4,
  gzip,
});

const results: Results = {
  date: '2026-01-01',
  command: 'npm run bench',
  minutes: 1,
  machine: 'a machine',
  rounds: 1,
  clock: 'wall',
  hosts: [{ name: 'node24', version: 'v24' }],
  missing: ['host bun (not installed)'],
  cells: [
    cell('steady', 'sieve', 'ours', 20),
    cell('steady', 'sieve', 'native', 10),
    cell('steady', 'sieve', 'binaryen', 60),
    cell('steady', 'pcg', 'ours', 80, { group: 'i64' }),
    cell('steady', 'pcg', 'native', 10, { group: 'i64' }),
    cell('steady', 'pcg', 'binaryen', undefined, { group: 'i64', error: 'more than 120 s' }),
    cell('cold', 'ruby-puts', 'ours', 300, { group: 'ruby' }),
    cell('cold', 'ruby-puts', 'native', 100, { group: 'ruby' }),
  ],
  builds: [built('ours', 1000, 450_000), built('binaryen-O0', 6000, 600_000)],
};

describe('the report', () => {
  const text = markdown(results);

  test('has medians and ratios of each host', () => {
    expect(text).toContain('| node24 | ours | native | 4.00 | 2.00 sieve | 8.00 pcg | 2/2 |');
    expect(text).toContain('| sieve | integer | 10.00 | 2.00 | 6.00 |');
    expect(text).toContain('Left out: host bun (not installed).');
  });

  test('sets what was measured beside the bars', () => {
    expect(text).toContain('| steady vs native, worst | ≤ 3 | 2.00 sieve | – | – |');
    expect(text).toContain('| the same, 64-bit integers | ≤ 4 | 8.00 pcg | – | – |');
    expect(text).toContain('| steady, binaryen vs ours, geomean | ≥ 1.6 | 3.00 (1) | – | – |');
    expect(text).toContain('| CRuby `puts 1`, cold, vs native | ≤ 3 | 3.00 (1) | – | – |');
    expect(text).toContain('| build, binaryen -O0 vs ours, geomean | ≥ 5 | 6.00 (1) |  |  |');
    expect(text).toContain('| gzip vs gzip of the .wasm, modules over 100 kB | ≤ 1.6 | 1.50 (1) |');
  });

  test('sets vectors beside bars of their own', () => {
    const vectors = [
      cell('steady', 'simd-hex', 'ours', 90, { group: 'simd' }),
      cell('steady', 'simd-hex', 'native', 10, { group: 'simd' }),
      cell('steady', 'scalar-hex', 'ours', 60, { group: 'simd-scalar' }),
      cell('steady', 'scalar-hex', 'native', 30, { group: 'simd-scalar' }),
    ];
    const both = markdown({ ...results, cells: [...results.cells, ...vectors] });
    expect(both).toContain('| vectors, steady vs native’s own, geomean | ≤ 6 | 9.00 (1) |');
    expect(both).toContain(
      '| vectors vs our build of the same source without, worst | ≤ 1.1 | 1.50 simd-hex |',
    );
    expect(both).toContain('| steady vs native, worst | ≤ 3 | 2.00 sieve | – | – |');
  });

  test('loses no failure', () => {
    expect(text).toContain('- binaryen: more than 120 s — steady pcg (node24)');
  });

  test('goes between the marks of a README, and again', () => {
    const readme = 'before\n<!-- report -->\nWHAT STOOD HERE\n<!-- end of report -->\nafter\n';
    const once = insertReport(readme, results);
    expect(once).toMatch(
      /^before\n<!-- report -->\n\nMade by [\s\S]*\n<!-- end of report -->\nafter\n$/,
    );
    expect(once).not.toContain('WHAT STOOD HERE');
    expect(insertReport(once, results)).toBe(once);
  });

  test('has sections of its own for many rounds and for many hosts', () => {
    const empty = (name: string) => `<!-- ${name} -->\n<!-- end of ${name} -->\n`;
    const readme = `${empty('report')}MIDDLE\n${empty('wide report')}`;
    const both = insertReport(insertReport(readme, results, 'wide report'), results);
    expect(both.match(/Made by/g)).toHaveLength(2);
    expect(both.match(/chart\.svg/g)).toHaveLength(1);
    expect(both.indexOf('chart.svg')).toBeLessThan(both.indexOf('MIDDLE'));
    expect(() => insertReport(empty('report'), results, 'wide report')).toThrow('no marks');
  });

  test('has a chart with a dot a figure', () => {
    const drawn = chart(results).match(/<title>(?!Time).*?<\/title>/g);
    expect(drawn).toHaveLength(8 - 1);
  });
});

describe('the matrix', () => {
  const host = (name: string, more: Partial<Host> = {}): Host => ({
    name,
    version: '',
    command: process.execPath,
    before: () => [],
    v8: true,
    wasm: true,
    flags: [],
    interpreter: false,
    ...more,
  });
  const sieve = { kind: 'kernel', name: 'sieve', group: 'integer' } as Benchmark;
  const life = { kind: 'kernel', name: 'life', group: 'integer' } as Benchmark;
  const why = (scope: 'full' | 'quick', where: Host, who: ContenderName, what = sieve) =>
    excluded(scope, 'node24', where, 'steady', who, what, 1000);

  test('the main host is Node 24, else the first', () => {
    expect(mainHost([{ name: 'node20' }, { name: 'node24' }])).toBe('node24');
    expect(mainHost([{ name: 'node20' }, { name: 'bun' }])).toBe('node20');
  });

  test('a full session leaves out only what cannot run', () => {
    expect(why('full', host('node20'), 'polywasm')).toBeUndefined();
    const jitless = host('node26-jitless', { wasm: false, interpreter: true });
    expect(why('full', jitless, 'native')).toMatch('no WebAssembly');
    expect(why('full', jitless, 'ours')).toBeUndefined();
    expect(why('full', jitless, 'ours', life)).toMatch('representative');
    expect(why('full', host('wasmtime', { driver: 'x.py', v8: false }), 'ours')).toMatch(
      'no JavaScript',
    );
  });

  test('a quick one measures peers on the main hosts', () => {
    expect(why('quick', host('node24'), 'polywasm')).toBeUndefined();
    expect(why('quick', host('node22'), 'polywasm')).toMatch('quick');
    expect(why('quick', host('node22'), 'ours')).toBeUndefined();
  });
});
