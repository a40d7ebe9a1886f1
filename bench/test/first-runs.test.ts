import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { firstRunLists, table } from '../src/first-runs.js';
import { benchRoot } from '../src/packages.js';
import type { Cell } from '../src/session.js';

it('lists programs that are there, none of them twice', () => {
  const lists = firstRunLists();
  const names = lists.flatMap(([, { kernels, packages }]) => [
    ...Object.keys(kernels),
    ...packages.map(({ name }) => name),
  ]);
  expect(new Set(names).size).toBe(names.length);
  const [[, tuned]] = lists as [(typeof lists)[0]];
  expect(Object.keys(tuned.kernels).length + tuned.packages.length).toBeGreaterThanOrEqual(20);
  for (const [, { kernels }] of lists)
    for (const name of Object.keys(kernels))
      expect(existsSync(join(benchRoot, 'kernels/wasm', `${name}.wasm`)), name).toBe(true);
});

it('tells loading and running in relation to the engine and to binaryen', () => {
  const cell = (benchmark: string, contender: Cell['contender'], ms: number): Cell => ({
    set: 'oneshot',
    benchmark,
    group: 'ours',
    host: 'node24',
    contender,
    rounds: 1,
    ms,
    load: 1,
  });
  const failed: Cell = { ...cell('b', 'binaryen', 0), error: 'no' };
  const cells = [
    ...[cell('a', 'native', 9), cell('a', 'ours', 19), cell('a', 'binaryen', 15)],
    ...[cell('b', 'native', 19), cell('b', 'ours', 9), failed],
  ];
  const text = table('tuned on', 'node24', cells);
  expect(text).toContain('ours / native 1.00 (worst a 2.00, n=2)');
  expect(text).toContain('ours / binaryen 1.25 (worst a 1.25, n=1)');
  expect(text).toContain('behind binaryen by more than 5 %: a.');
  expect(text).toContain('| a | 10.0 | 1.0 + 19.0 | 2.00 | 1.25 |');
  expect(text).toContain('| b | 20.0 | 1.0 + 9.0 | 0.50 | – |');
  expect(text).toContain('failed: b, binaryen: no');
});
