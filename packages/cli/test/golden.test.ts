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

describe('golden outputs', () => {
  test.each(inputs)('%s', async (name) => {
    const bytes = await readFile(new URL(name, folder));
    const result = await compileSource(
      { bytes, name, wasi: 'none' },
      { format: 'esm', data: 'inline', names: 'keep', sourceName: name },
    );
    const output = (extension: string): string =>
      fileURLToPath(new URL(name.replace('.wat', extension), folder));
    await expect(result.chunks.join('')).toMatchFileSnapshot(output('.mjs'));
    await expect(result.dts).toMatchFileSnapshot(output('.d.mts'));
  });

  test('there is an input for every expected output', () => {
    const names = new Set(inputs.map((name) => name.replace('.wat', '')));
    const outputs = readdirSync(folder).filter((name) => !name.endsWith('.wat'));
    for (const output of outputs)
      expect(names).toContain(output.replace(/(\.d)?\.mjs$|\.d\.mts$/, ''));
  });
});
