/** The output does not depend on how many threads compile. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { command, execute, repository, temporaryFolder } from './cli.js';

const folder = temporaryFolder();

/** What the built command makes of a module with so many threads. */
const built = (input: string, jobs: number, ...more: string[]): string => {
  const output = join(folder, `${jobs}.mjs`);
  const args = [command, 'build', input, '-o', output, '--jobs', String(jobs), ...more];
  const { code, stderr } = execute(process.execPath, args);
  expect([code, stderr]).toEqual([0, '']);
  return readFileSync(output, 'utf8');
};

test('one thread and three make the same of a program', () => {
  const input = join(repository, 'examples/markdown/markdown.wasm');
  const one = built(input, 1);
  expect(built(input, 3) === one).toBe(true);
  expect(built(input, 3, '--names', 'minify') === built(input, 1, '--names', 'minify')).toBe(true);
});
