/**
 * What clang makes of C and C++ with features beyond the first version (`compilers/build.sh`) prints on every host what
 * the same source prints as a program of the machine.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { build } from '../src/index.js';
import { repository, temporaryFolder, wasm2js } from './cli.js';
import { describeHosts } from './hosts.js';

const programs = [
  { name: 'vectors', expected: 'vectors.txt', feature: 'simd' },
  { name: 'exceptions', expected: 'exceptions.txt', feature: 'exceptions' },
  { name: 'exceptions-legacy', expected: 'exceptions.txt', feature: 'legacy-exceptions' },
];
const folder = temporaryFolder();
const source = (name: string): string => join(repository, 'packages/cli/test/compilers', name);
const printed = (name: string) => ({
  code: 0,
  stdout: readFileSync(source(name), 'utf8'),
  stderr: '',
});

beforeAll(async () => {
  for (const { name } of programs)
    await build({
      input: source(`${name}.wasm`),
      output: join(folder, `${name}.mjs`),
      dts: false,
    });
});

describe('modules of clang', () => {
  test.each(programs)('$name has $feature', ({ name, feature }) => {
    const { stdout } = wasm2js(['inspect', source(`${name}.wasm`)]);
    expect(stdout).toMatch(new RegExp(`^features: .*\\b${feature}\\b`, 'm'));
  });

  test.each(programs)('wasm2js run: $name', ({ name, expected }) => {
    expect(wasm2js(['run', source(`${name}.wasm`)])).toEqual(printed(expected));
  });
});

describeHosts('a program of clang', (host) => {
  test.each(programs)('$name', ({ name, expected }) => {
    expect(host.run(join(folder, `${name}.mjs`), [])).toEqual(printed(expected));
  });
});
