/** The example programs print on every host what they print as WebAssembly. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { build } from '../src/index.js';
import { execute, repository, temporaryFolder, wasm2js } from './cli.js';
import { describeHosts } from './hosts.js';

interface Example {
  name: string;
  args: string[];
  expected: string;
}

const examples: Example[] = [
  { name: 'wordfreq', args: ['-n', '8', 'poem.txt'], expected: 'expected.txt' },
  { name: 'markdown', args: ['sample.md'], expected: 'expected.html' },
  { name: 'primes', args: [], expected: 'expected.txt' },
];

const folder = temporaryFolder();
const source = (name: string): string => join(repository, 'examples', name);
const wasm = (name: string): string => join(source(name), `${name}.wasm`);
const expected = (example: Example): string =>
  readFileSync(join(source(example.name), example.expected), 'utf8');

beforeAll(async () => {
  for (const { name } of examples) {
    await build({ input: wasm(name), output: join(folder, `${name}.mjs`), dts: false });
  }
});

describe('the engine’s own WebAssembly', () => {
  test.each(examples)('$name', (example) => {
    const { name, args } = example;
    const code = `
      import { readFileSync } from 'node:fs';
      import { WASI } from 'node:wasi';
      const [file, preopen, ...args] = process.argv.slice(1);
      const wasi = new WASI({ version: 'preview1', args, preopens: { '.': preopen } });
      const module = new WebAssembly.Module(readFileSync(file));
      wasi.start(new WebAssembly.Instance(module, wasi.getImportObject()));`;
    const flags = ['--no-warnings', '--input-type=module', '-e', code];
    const result = execute(process.execPath, [...flags, wasm(name), source(name), name, ...args]);
    expect(result).toEqual({ code: 0, stdout: expected(example), stderr: '' });
  });
});

describeHosts('a built example', (host) => {
  test.each(examples)('$name', (example) => {
    const env = { WASM2JS_DIRS: `${source(example.name)}::.` };
    const result = host.run(join(folder, `${example.name}.mjs`), example.args, { env });
    expect(result).toEqual({ code: 0, stdout: expected(example), stderr: '' });
  });
});

describe('wasm2js run', () => {
  test.each(examples)('$name', (example) => {
    const flags = ['run', wasm(example.name), '--dir', `${source(example.name)}::.`];
    const result = wasm2js([...flags, '--', ...example.args]);
    expect(result).toEqual({ code: 0, stdout: expected(example), stderr: '' });
  });
});
