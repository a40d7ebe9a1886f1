/**
 * Small inputs and the scripts they become. `npm run bless` rewrites the expected outputs; their
 * diff is what a reviewer of the code generator reads.
 */

import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { compileSource } from '../src/compile.js';

const folder = new URL('golden/', import.meta.url);
const inputs = readdirSync(folder).filter((name) => name.endsWith('.wat'));

/**
 * What stands for this module alone: the support library before it is the same text everywhere, so
 * only the names of the helpers in use are kept.
 */
const ownPart = (text: string, helpers: readonly string[]): string => {
  const start = text.search(/^(const instantiate=\(|function instantiate\()/m);
  expect(start).toBeGreaterThan(0);
  return `// uses ${helpers.join(', ')}\n${text.slice(start)}`;
};

describe('golden outputs', () => {
  test.each(inputs)('%s', async (name) => {
    const bytes = await readFile(new URL(name, folder));
    const { chunks, dts, helpers } = await compileSource(
      { bytes, name, wasi: 'none' },
      { format: 'esm', data: 'inline', names: 'keep', sourceName: name },
    );
    const output = (extension: string): string =>
      fileURLToPath(new URL(name.replace('.wat', extension), folder));
    const text = ownPart(chunks.join(''), helpers);
    await expect.soft(text).toMatchFileSnapshot(output('.js'));
    await expect.soft(dts).toMatchFileSnapshot(output('.d.ts'));
  });

  test('there is an input for every expected output', () => {
    const names = new Set(inputs.map((name) => name.replace('.wat', '')));
    const outputs = readdirSync(folder).filter((name) => !name.endsWith('.wat'));
    for (const output of outputs) expect(names).toContain(output.replace(/\.(d\.ts|js)$/, ''));
  });
});
